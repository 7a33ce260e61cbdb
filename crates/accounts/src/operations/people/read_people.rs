//! Who there is, as administrators see it.
//!
//! SECURITY: an administrator sees no patient. Who is a patient and nothing else is not listed, is found by their exact
//! address only (which whoever asks has from them), and has no name here. Of staff it is not told whether they are
//! patients, too.

use tacenda_contracts::{
    accounts::people::{PEOPLE_ON_A_PAGE, PeopleFilter, PeoplePage, Person, PersonState, ResetRequest},
    entry::{Entry, Event, Fact, Outcome},
};
use tacenda_kernel::{ActorId, Role, Secret, TraceId};

use crate::{
    account::Author,
    address,
    error::ChangeError,
    recorder::about,
    sealing::Profile,
    service::Accounts,
    store::{
        people::{self, PersonRow, Which},
        reset_requests,
    },
};

const LONGEST_NAME: usize = 100;

/// A page of those who fit, by name. Whom it shows is in the ledger first.
pub(crate) async fn list_people(
    accounts: &Accounts,
    author: &Author,
    filter: &PeopleFilter,
    trace: TraceId,
) -> Result<PeoplePage, ChangeError> {
    authorise(accounts, author, trace).await?;
    // EXPOSE: a name is compared.
    let name = filter.name.as_ref().map(|name| Secret::new(name.expose().trim().to_lowercase()));
    if name.as_ref().is_some_and(|name| name.expose().len() > LONGEST_NAME) {
        return Err(ChangeError::Invalid("name"));
    }
    if filter.role == Some(Role::Patient) {
        return Err(ChangeError::Invalid("role"));
    }
    let email = filter.email.as_ref().map(address::normal).transpose();
    let email = email.map_err(|_| ChangeError::Invalid("e-mail address"))?;
    let which = Which {
        one: None,
        role: filter.role,
        state: filter.state,
        email_token: email.map(|email| accounts.sealer.email_token(&email)),
    };
    let rows = people::find(&accounts.database, &which, accounts.clock.now()).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let profile = Profile::open(row.id, &row.sealed_profile, &accounts.sealer)?;
        let shown = (!row.only_patient).then_some(profile);
        // EXPOSE: it is sorted and compared by it.
        let by =
            shown.as_ref().map(|profile| profile.display_name.expose().to_lowercase()).unwrap_or_default();
        if name.as_ref().is_none_or(|name| a_word_begins(&by, name.expose())) {
            found.push((Secret::new(by), row, shown));
        }
    }
    // EXPOSE: it is sorted by it.
    found.sort_by(|one, other| (one.0.expose(), one.1.id).cmp(&(other.0.expose(), other.1.id)));
    let total = found.len();
    let before = usize::try_from(filter.page).unwrap_or(usize::MAX).saturating_mul(PEOPLE_ON_A_PAGE);
    let page: Vec<_> =
        found.into_iter().skip(before).take(PEOPLE_ON_A_PAGE).map(|(_, row, shown)| (row, shown)).collect();
    let people = complete(accounts, page).await?;
    record(accounts, author, people.iter().map(|person| about(person.id)).collect(), trace).await?;
    Ok(PeoplePage { people, total })
}

/// One person. That they are shown is in the ledger first.
pub(crate) async fn read_person(
    accounts: &Accounts,
    author: &Author,
    person: ActorId,
    trace: TraceId,
) -> Result<Person, ChangeError> {
    authorise(accounts, author, trace).await?;
    let which = Which { one: Some(person), ..Which::default() };
    let mut rows = people::find(&accounts.database, &which, accounts.clock.now()).await?;
    let row = rows.pop().ok_or(ChangeError::NotFound)?;
    let profile = Profile::open(row.id, &row.sealed_profile, &accounts.sealer)?;
    let shown = (!row.only_patient).then_some(profile);
    let mut people = complete(accounts, vec![(row, shown)]).await?;
    record(accounts, author, vec![about(person)], trace).await?;
    people.pop().ok_or(ChangeError::NotFound)
}

/// The resets that wait for a second administrator.
pub(crate) async fn list_resets(
    accounts: &Accounts,
    author: &Author,
    trace: TraceId,
) -> Result<Vec<ResetRequest>, ChangeError> {
    authorise(accounts, author, trace).await?;
    let resets = reset_requests::open(&accounts.database, accounts.clock.now()).await?;
    record(accounts, author, resets.iter().map(|reset| about(reset.person)).collect(), trace).await?;
    Ok(resets)
}

fn a_word_begins(lower: &str, prefix: &str) -> bool {
    let words = std::iter::once(0).chain(lower.match_indices(' ').map(|(at, _)| at + 1));
    words.into_iter().any(|at| lower[at..].starts_with(prefix))
}

async fn complete(
    accounts: &Accounts,
    page: Vec<(PersonRow, Option<Profile>)>,
) -> Result<Vec<Person>, ChangeError> {
    let resets = reset_requests::open(&accounts.database, accounts.clock.now()).await?;
    let complete = page.into_iter().map(|(row, shown)| Person {
        id: row.id,
        language: shown.as_ref().map(|profile| profile.language).unwrap_or_default(),
        email: shown.as_ref().and_then(|profile| profile.email.clone()),
        display_name: shown.map(|profile| profile.display_name),
        state: match (row.suspended, row.accepted) {
            (true, _) => PersonState::Suspended,
            (false, true) => PersonState::Active,
            (false, false) => PersonState::Invited,
        },
        roles: row.roles.into_iter().filter(|held| held.grant.role != Role::Patient).collect(),
        made_at: row.made_at,
        last_used_at: row.last_used_at,
        password_demanded: row.must_change_password,
        reset: resets.iter().find(|reset| reset.person == row.id).cloned(),
    });
    Ok(complete.collect())
}

/// Refuses, and records that, where the author is no administrator.
pub(crate) async fn authorise(
    accounts: &Accounts,
    author: &Author,
    trace: TraceId,
) -> Result<(), ChangeError> {
    if author.may_change() {
        return Ok(());
    }
    let entry = accounts.recorder.entry(Event::AccountsRead, Outcome::Denied, trace);
    accounts.recorder.record(author.sign(entry.because("not-an-administrator"))).await?;
    Err(ChangeError::Refused)
}

/// Records that these are shown.
pub(crate) async fn record(
    accounts: &Accounts,
    author: &Author,
    facts: Vec<Fact>,
    trace: TraceId,
) -> Result<(), ChangeError> {
    let entry = accounts.recorder.entry(Event::AccountsRead, Outcome::Allowed, trace);
    Ok(accounts.recorder.record(author.sign(Entry { facts, ..entry })).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_the_beginning_of_any_word_of_it() {
        for prefix in ["", "anna", "anna m", "ann", "maria", "maria r", "rossi", "r"] {
            assert!(a_word_begins("anna maria rossi", prefix), "{prefix}");
        }
        for other in ["nna", "anna r", "ossi", "rossi a", "anna  "] {
            assert!(!a_word_begins("anna maria rossi", other), "{other}");
        }
    }
}
