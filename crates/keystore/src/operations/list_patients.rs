//! Listing the patients a caller stands in a relation to: their own patients, or the homes they look after.

use tacenda_contracts::keystore::{PermitError, PermitRequest, Subject};

use crate::{service::Keystore, store::standings};

/// Under the numbers of the caller's realm; which of them may be seen, each permit decides.
pub(crate) async fn list(keystore: &Keystore, request: &PermitRequest) -> Result<Vec<Subject>, PermitError> {
    let actor = keystore.identify(request).await?;
    let now = keystore.clock.now();
    let roots = standings::related(&keystore.database, actor.id, request.purpose, now).await?;
    let number = |root| Subject::Public(keystore.numbers.at_the_edge(actor.role.realm(), root));
    Ok(roots.into_iter().map(number).collect())
}
