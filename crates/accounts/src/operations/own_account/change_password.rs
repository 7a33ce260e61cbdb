//! Another password, by somebody who knows the old one.

use tacenda_contracts::accounts::{
    own_account::OwnAccountError,
    sign_in::{Duty, NewSession, SessionToken, Visit},
};
use tacenda_kernel::Secret;

use super::{
    authorise::{Asks, authorise_proven},
    change_own::OwnChange,
    choose_password::choose_password,
};
use crate::{
    error::unanswered,
    notices::NoticeKind,
    operations::{
        read_account::open_profile,
        sign_in::{
            begin_session::{check_length, verify},
            keep_session::{Proof, rise},
            read_session::Current,
            tries::{Tries, is_known},
        },
    },
    service::Accounts,
    store::{authorisations, devices, passwords, sessions},
    visit::device,
};

/// Sets the password. Every other session and what applications may do ends, no other browser is known any more, and
/// this session goes on under another token.
pub(crate) async fn change_password(
    accounts: &Accounts,
    token: &SessionToken,
    old: &Secret<String>,
    new: &Secret<String>,
    visit: &Visit,
) -> Result<NewSession, OwnAccountError> {
    check_length(old)?;
    let Current { session, row, token } =
        authorise_proven(accounts, token, Asks::Fulfil(Duty::ChangePassword)).await?;
    let person = session.person;
    let change = OwnChange { accounts, person, visit };
    let known = is_known(accounts, person, visit).await?;
    let tries = Tries::in_session(accounts, person, visit, known);
    change.take(&tries, "set-password").await?;
    if verify(accounts, person, old).await?.is_none() {
        return Err(change.refuse("wrong-password", "set-password", OwnAccountError::Wrong).await);
    }
    tries.forgive(accounts).await?;
    let profile = open_profile(accounts, person).await?.ok_or(OwnAccountError::Ended)?;
    let sealed_hash = choose_password(accounts, person, &session.roles, &profile, new).await?;
    let mut client = change.client().await?;
    let (transaction, mut held) = change.begin(&mut client).await?;
    let (now, key) = (accounts.clock.now(), &accounts.database.key);
    let put = passwords::put(&transaction, key, &accounts.sealer, &mut held, &sealed_hash, now).await;
    put.map_err(unanswered)?;
    devices::forget_others(&transaction, key, person, device(visit)).await.map_err(unanswered)?;
    sessions::end_all(&transaction, &mut held, Some(row.id)).await.map_err(unanswered)?;
    authorisations::end_all(&transaction, key, &mut held, now).await.map_err(unanswered)?;
    let proof = Proof { standing: session.standing, proven_at: session.proven_at };
    let renewed = rise(accounts, &transaction, &mut held, &token, &row, proof, visit).await?;
    change.tell(&transaction, &profile, NoticeKind::PasswordChanged).await?;
    change.commit(transaction, held, "set-password").await?;
    accounts.sessions.clear();
    accounts.known.clear();
    Ok(renewed)
}
