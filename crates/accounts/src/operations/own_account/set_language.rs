//! In which language the person reads.

use tacenda_contracts::accounts::{
    own_account::OwnAccountError,
    sign_in::{SessionToken, Visit},
};
use tacenda_contracts::entry::Fact;
use tacenda_kernel::Language;

use super::{
    authorise::{Asks, authorise},
    change_own::OwnChange,
};
use crate::{error::unanswered, sealing::Profile, service::Accounts, store};

/// Keeps the language.
pub(crate) async fn set_language(
    accounts: &Accounts,
    token: &SessionToken,
    language: Language,
    visit: &Visit,
) -> Result<(), OwnAccountError> {
    let person = authorise(accounts, token, Asks::Look).await?.session.person;
    let change = OwnChange { accounts, person, visit };
    let mut client = change.client().await?;
    let (transaction, mut held) = change.begin(&mut client).await?;
    let profile = Profile::open(person, &held.row.sealed_profile, &accounts.sealer)?;
    let sealed = Profile { language, ..profile }.seal(person, &accounts.sealer)?;
    store::accounts::set_profile(&transaction, &mut held, sealed, None).await.map_err(unanswered)?;
    change.commit(transaction, held, ("set-language", Fact::Language(language))).await?;
    accounts.sessions.clear();
    Ok(())
}
