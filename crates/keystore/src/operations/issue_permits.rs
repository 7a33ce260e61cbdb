//! Deciding for each candidate of a look-up, in one round trip.

use std::sync::Arc;

use tacenda_contracts::{
    keystore::{PermitError, PermitRequest, Subject},
    permit::Permit,
};

use super::issue_permit::write;
use crate::{
    judge::No,
    service::Keystore,
    store::standings::{self, Asking},
    whom::{Known, Whom},
};

/// A permit for each subject the caller may see. For the others silence is the answer, and silence is not recorded.
pub(crate) async fn issue(
    keystore: &Keystore,
    request: &PermitRequest,
    subjects: &[Subject],
) -> Result<Vec<Option<Arc<Permit>>>, PermitError> {
    let actor = keystore.identify(request).await?;
    // Whether the role could ever do it is no secret about anybody, so that is not answered with silence.
    if let Err(no @ No { error: PermitError::Forbidden, .. }) =
        keystore.judge.rule(&actor, request, &Whom::Unknown)
    {
        return Err(keystore.refuse(&actor, request, &Whom::Unknown, no).await);
    }
    let roots: Vec<_> = subjects.iter().map(|subject| keystore.numbers.root_of(&actor, *subject)).collect();
    let asked: Vec<_> = roots.iter().copied().flatten().collect();
    let asking = Asking { actor: actor.id, purpose: request.purpose, now: keystore.clock.now() };
    let found = standings::standings(&keystore.database, &asked, asking, keystore.row_keys()).await?;
    let permits = roots.into_iter().map(|root| {
        let root = root?;
        let standing = found.get(&root)?.clone();
        let whom = Whom::Patient(Box::new(Known::new(keystore, &actor, root, standing)));
        let opened = keystore.judge.rule(&actor, request, &whom).ok()?;
        Some(write(keystore, &actor, request, Some(root), opened))
    });
    Ok(permits.collect())
}
