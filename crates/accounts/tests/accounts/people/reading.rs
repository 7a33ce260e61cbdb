//! What administrators see of people, and what not.

use tacenda_accounts::{AccountKind, Author, NewAccount, RoleGrant};
use tacenda_contracts::{
    accounts::people::{PEOPLE_ON_A_PAGE, People as _, PeopleError, PeopleFilter, PersonState},
    entry::{Event, Outcome},
};
use tacenda_kernel::{ActorId, Language, Pseudonym, Role};

use super::{
    super::world::{World, secret},
    administrator, invitation, token,
};

async fn patient(world: &World, email: &str, number: u8, roles: &[Role]) -> ActorId {
    let new = NewAccount {
        kind: AccountKind::Person,
        display_name: secret("Canary Patient"),
        email: Some(secret(email)),
        language: Language::default(),
        patient: Some(Pseudonym::from_bytes([number; 16])),
        roles: roles.iter().copied().map(RoleGrant::lasting).collect(),
    };
    world.accounts.create_account(&Author::Operator, new, world.trace).await.unwrap()
}

fn named(name: &str) -> PeopleFilter {
    PeopleFilter { name: Some(secret(name)), ..PeopleFilter::default() }
}

#[tokio::test]
async fn people_are_listed_by_name_role_and_state_a_page_at_a_time() {
    let world = World::open().await;
    let (_, admin) = administrator(&world, "admin@example.org").await;
    for number in 0..PEOPLE_ON_A_PAGE {
        world.person(&format!("monitor{number:02}@example.org"), &[Role::Monitor]).await;
    }
    let anna = world.accounts.invite(&admin, invitation("anna@example.org", &[Role::Clinician]), world.trace);
    let anna = anna.await.unwrap();
    let everybody = PeopleFilter::default();
    let first = world.accounts.people(&admin, &everybody, world.trace).await.unwrap();
    assert_eq!((first.people.len(), first.total), (PEOPLE_ON_A_PAGE, PEOPLE_ON_A_PAGE + 2));
    assert_eq!(first.people[0].id, anna, "Anna is before Name of …");
    let second = PeopleFilter { page: 1, ..PeopleFilter::default() };
    assert_eq!(world.accounts.people(&admin, &second, world.trace).await.unwrap().people.len(), 2);
    let far = PeopleFilter { page: u32::MAX, ..PeopleFilter::default() };
    assert!(world.accounts.people(&admin, &far, world.trace).await.unwrap().people.is_empty());

    let found =
        async |filter: PeopleFilter| world.accounts.people(&admin, &filter, world.trace).await.unwrap().total;
    assert_eq!(found(named("ROS")).await, 1);
    assert_eq!(found(named("ossi")).await, 0);
    assert_eq!(
        found(PeopleFilter { role: Some(Role::Monitor), ..PeopleFilter::default() }).await,
        PEOPLE_ON_A_PAGE
    );
    assert_eq!(found(PeopleFilter { role: Some(Role::Clinician), ..named("anna") }).await, 1);
    world.accounts.suspend(&Author::Operator, anna, world.trace).await.unwrap();
    let suspended = PeopleFilter { state: Some(PersonState::Suspended), ..PeopleFilter::default() };
    assert_eq!(found(suspended).await, 1);
    let by_email = PeopleFilter { email: Some(secret("Anna@Example.org")), ..PeopleFilter::default() };
    assert_eq!(found(by_email).await, 1);
    let long = world.accounts.people(&admin, &named(&"a".repeat(101)), world.trace).await;
    assert_eq!(long.unwrap_err(), PeopleError::Invalid("name".into()));
}

#[tokio::test]
async fn an_administrator_sees_no_patient() {
    let world = World::open().await;
    let (_, admin) = administrator(&world, "admin@example.org").await;
    let only = patient(&world, "patient@example.org", 1, &[Role::Patient]).await;
    let both = patient(&world, "both@example.org", 2, &[Role::Patient, Role::Clinician]).await;
    let listed = world.accounts.people(&admin, &PeopleFilter::default(), world.trace).await.unwrap();
    assert!(listed.people.iter().all(|person| person.id != only));
    let staff = listed.people.iter().find(|person| person.id == both).unwrap();
    assert_eq!(staff.roles.len(), 1, "that they are a patient, too, is not told");
    assert_eq!(world.accounts.people(&admin, &named("canary"), world.trace).await.unwrap().total, 1);
    let patients = PeopleFilter { role: Some(Role::Patient), ..PeopleFilter::default() };
    let answer = world.accounts.people(&admin, &patients, world.trace).await;
    assert_eq!(answer.unwrap_err(), PeopleError::Invalid("role".into()));

    let by_email = PeopleFilter { email: Some(secret("patient@example.org")), ..PeopleFilter::default() };
    let found = world.accounts.people(&admin, &by_email, world.trace).await.unwrap().people.remove(0);
    assert_eq!(found.id, only);
    assert!(found.display_name.is_none() && found.email.is_none() && found.roles.is_empty());
    let read = world.accounts.person(&admin, only, world.trace).await.unwrap();
    assert!(read.display_name.is_none() && read.email.is_none());
    for role in [Role::Patient, Role::Device] {
        let given = world.people().give_role(&admin, both, RoleGrant::lasting(role), world.trace).await;
        assert_eq!(given.unwrap_err(), PeopleError::Invalid("role".into()));
    }
    // To give them a role of staff would uncover their name.
    let given = world.people().give_role(&admin, only, RoleGrant::lasting(Role::Monitor), world.trace).await;
    assert_eq!(given.unwrap_err(), PeopleError::Invalid("role".into()));
    let taken = world.people().take_role(&admin, both, Role::Patient, world.trace).await;
    assert_eq!(taken.unwrap_err(), PeopleError::Invalid("role".into()));
    world.people().suspend(&admin, only, world.trace).await.unwrap();
}

#[tokio::test]
async fn every_look_is_recorded_with_whom_it_showed_and_only_administrators_look() {
    let world = World::open().await;
    let (id, admin) = administrator(&world, "admin@example.org").await;
    let person = world.person("anna@example.org", &[Role::Clinician]).await;
    world.accounts.people(&admin, &PeopleFilter::default(), world.trace).await.unwrap();
    let entry = world.ledger.opened(&world.audit).pop().unwrap();
    assert_eq!(
        (&entry.event, entry.outcome, entry.actor),
        (&Event::AccountsRead, Outcome::Allowed, Some(id))
    );
    assert!(entry.said().contains(&format!("account/{person}")));
    let clinician = token(&world, person, Role::Clinician).await;
    let answer = world.accounts.person(&clinician, id, world.trace).await;
    assert_eq!(answer.unwrap_err(), PeopleError::Refused);
    assert_eq!(world.last(), (Event::AccountsRead, Outcome::Denied, "not-an-administrator".to_owned()));
    world.ledger.stop(true);
    let answer = world.accounts.person(&admin, person, world.trace).await;
    assert_eq!(answer.unwrap_err(), PeopleError::Unavailable, "what cannot be recorded is not shown");
}
