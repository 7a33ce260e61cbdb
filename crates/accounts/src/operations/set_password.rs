//! Sets a person's password.

use tacenda_kernel::{ActorId, Secret, TraceId};

use super::change_account::{Change, Step};
use crate::{
    account::{AccountKind, Author},
    bindings::Kind,
    error::ChangeError,
    notices::NoticeKind,
    sealing::{Profile, Sealed},
    service::Accounts,
};

/// NIST SP 800-63B: at least 8; and no more than a sign-in is willing to hash.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=256;

/// Sets or replaces the password.
pub(crate) async fn set_password(
    accounts: &Accounts,
    author: &Author,
    person: ActorId,
    password: &Secret<String>,
    trace: TraceId,
) -> Result<(), ChangeError> {
    let change = Change::authorise(accounts, author, person, trace).await?;
    let row = change.existing().await?;
    // EXPOSE: only its length is looked at.
    if row.kind != AccountKind::Person || !LENGTHS.contains(&password.expose().len()) {
        return Err(ChangeError::Invalid("password"));
    }
    let phc = accounts.hasher.hash(password).await?;
    // EXPOSE: the hash is sealed.
    let sealed_hash = accounts.sealer.seal(&Sealed::Password(person), phc.expose().as_bytes());
    let mut steps = vec![Step::SetPassword { sealed_hash }];
    if row.bindings.any(Kind::Password) {
        let profile = Profile::open(person, &row.sealed_profile, &accounts.sealer)?;
        steps.extend(change.notice(&profile, NoticeKind::PasswordChanged)?);
    }
    change.commit(&steps).await
}
