//! Changes to accounts: who may make them, what fits, and what the ledger says.

use jiff::SignedDuration;
use tacenda_accounts::{AccountKind, Author, ChangeError, Credential, NewAccount, NewClient, RoleGrant};
use tacenda_contracts::entry::{Event, Outcome};
use tacenda_kernel::{Actor, Clock, Delegation, Language, Narrowing, Pseudonym, Role};

use super::{
    client_keys::ClientKeys,
    world::{World, secret},
};

#[tokio::test]
async fn an_account_is_read_back_as_it_was_made() {
    let world = World::open().await;
    let person = world.person("Anna.Rossi@Example.org", &[Role::Clinician]).await;
    let account = world.accounts.read_account(person).await.unwrap().unwrap();
    assert_eq!(account.kind, AccountKind::Person);
    assert_eq!(account.display_name.expose(), "Name of Anna.Rossi@Example.org");
    assert_eq!(account.email.unwrap().expose(), "Anna.Rossi@Example.org");
    assert_eq!(account.roles, [RoleGrant::lasting(Role::Clinician)]);
    assert!(!account.suspended);
    for spelling in ["anna.rossi@example.org", " ANNA.ROSSI@EXAMPLE.ORG "] {
        assert_eq!(world.accounts.find_by_email(&secret(spelling)).await.unwrap(), Some(person));
    }
    assert_eq!(world.accounts.find_by_email(&secret("rossi@example.org")).await.unwrap(), None);
}

#[tokio::test]
async fn every_change_is_in_the_ledger_with_its_author_and_its_object() {
    let world = World::open().await;
    let admin = world.person("admin@example.org", &[Role::Administrator]).await;
    let author = world.administrator(admin).await;
    let person = world.person("anna@example.org", &[Role::Clinician]).await;
    world.accounts.give_role(&author, person, RoleGrant::lasting(Role::Monitor), world.trace).await.unwrap();
    let entry = world.ledger.opened(&world.audit).pop().unwrap();
    assert_eq!((&entry.event, entry.outcome), (&Event::AccountChanged, Outcome::Allowed));
    assert_eq!((entry.actor, entry.role), (Some(admin), Some(Role::Administrator)));
    assert_eq!(entry.said(), [format!("account/{person}"), "give-role/monitor".to_owned()]);
    world.accounts.take_role(&author, person, Role::Clinician, world.trace).await.unwrap();
    world.accounts.set_password(&author, person, &secret("correct horse"), world.trace).await.unwrap();
    world.accounts.suspend(&author, person, world.trace).await.unwrap();
    world.accounts.reinstate(&author, person, world.trace).await.unwrap();
    let entries = world.ledger.opened(&world.audit);
    let words: Vec<_> = entries.iter().rev().take(4).rev().map(|entry| entry.said()[1].clone()).collect();
    assert_eq!(words, ["take-role/clinician", "set-password", "suspend", "reinstate"]);
}

#[tokio::test]
async fn nobody_changes_their_own_account_and_only_administrators_others() {
    let world = World::open().await;
    let admin = world.person("admin@example.org", &[Role::Administrator, Role::Clinician]).await;
    let person = world.person("anna@example.org", &[Role::Clinician]).await;
    let author = world.administrator(admin).await;
    let grant = RoleGrant::lasting(Role::SecurityOfficer);
    let answer = world.accounts.give_role(&author, admin, grant, world.trace).await;
    assert_eq!(answer.unwrap_err(), ChangeError::Refused);
    assert_eq!(world.last(), (Event::AccountChanged, Outcome::Denied, "own-account".to_owned()));

    let own = world.actor(admin, Role::Administrator).await;
    let delegation = Delegation {
        client: "app".to_owned(),
        authorisation: uuid::Uuid::from_u128(1),
        identity: Vec::new(),
    };
    for less in [
        Actor { narrowing: Some(Narrowing::default()), ..own.clone() },
        Actor { delegation: Some(delegation), ..own },
    ] {
        let by = Author::Administrator(less);
        let answer = world.accounts.suspend(&by, person, world.trace).await;
        assert_eq!(answer.unwrap_err(), ChangeError::Refused);
        assert_eq!(world.last().2, "not-an-administrator");
    }

    let clinician = world.actor(admin, Role::Clinician).await;
    let answer =
        world.accounts.give_role(&Author::Administrator(clinician), person, grant, world.trace).await;
    assert_eq!(answer.unwrap_err(), ChangeError::Refused);
    assert_eq!(world.last(), (Event::AccountChanged, Outcome::Denied, "not-an-administrator".to_owned()));
    assert_eq!(world.accounts.read_account(admin).await.unwrap().unwrap().roles.len(), 2);
    assert_eq!(world.accounts.read_account(person).await.unwrap().unwrap().roles.len(), 1);
    // Nor behind the service's back.
    let own = format!("insert into account_roles values ('{admin}', 'monitor', '{admin}', now(), null)");
    assert!(world.try_as_owner(&own).await.unwrap_err().contains("account_roles_nobody_gives_themselves"));
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_done() {
    let world = World::open().await;
    let person = world.person("anna@example.org", &[Role::Clinician]).await;
    world.ledger.stop(true);
    let grant = RoleGrant::lasting(Role::Monitor);
    let answer = world.accounts.give_role(&Author::Operator, person, grant, world.trace).await;
    assert_eq!(answer.unwrap_err(), ChangeError::Unavailable);
    let answer = world.accounts.suspend(&Author::Operator, person, world.trace).await;
    assert_eq!(answer.unwrap_err(), ChangeError::Unavailable);
    world.ledger.stop(false);
    let account = world.accounts.read_account(person).await.unwrap().unwrap();
    assert_eq!(account.roles, [RoleGrant::lasting(Role::Clinician)]);
    assert!(!account.suspended);
}

#[tokio::test]
async fn what_fits_no_account_is_refused() {
    let world = World::open().await;
    let fine = NewAccount {
        kind: AccountKind::Person,
        display_name: secret("Anna"),
        email: Some(secret("anna@example.org")),
        language: Language::default(),
        patient: None,
        roles: vec![RoleGrant::lasting(Role::Clinician)],
    };
    let past = Some(world.clock.now() - SignedDuration::from_secs(1));
    let patient = Some(Pseudonym::from_bytes([7; 16]));
    for (wrong, field) in [
        (NewAccount { display_name: secret("  "), ..fine.clone() }, "display name"),
        (NewAccount { email: Some(secret("anna")), ..fine.clone() }, "e-mail address"),
        (NewAccount { kind: AccountKind::Device, ..fine.clone() }, "e-mail address"),
        (NewAccount { patient, ..fine.clone() }, "patient"),
        (NewAccount { roles: vec![RoleGrant::lasting(Role::Patient)], ..fine.clone() }, "patient"),
        (NewAccount { roles: vec![], ..fine.clone() }, "roles"),
        (NewAccount { roles: vec![RoleGrant::lasting(Role::Device)], ..fine.clone() }, "roles"),
        (NewAccount { roles: vec![RoleGrant { role: Role::Monitor, until: past }], ..fine.clone() }, "roles"),
    ] {
        let answer = world.accounts.create_account(&Author::Operator, wrong, world.trace).await;
        assert_eq!(answer.unwrap_err(), ChangeError::Invalid(field));
    }
    world.accounts.create_account(&Author::Operator, fine.clone(), world.trace).await.unwrap();
    let again = NewAccount { email: Some(secret("ANNA@example.org")), ..fine };
    let answer = world.accounts.create_account(&Author::Operator, again, world.trace).await;
    assert_eq!(answer.unwrap_err(), ChangeError::Taken);
    assert_eq!(world.last(), (Event::AccountChanged, Outcome::Failed, "not-possible".to_owned()));
}

#[tokio::test]
async fn a_patient_s_token_says_where_their_own_records_are_and_no_other_role_s() {
    let world = World::open().await;
    let own = Pseudonym::from_bytes([9; 16]);
    let new = NewAccount {
        kind: AccountKind::Person,
        display_name: secret("Anna"),
        email: None,
        language: Language::default(),
        patient: Some(own),
        roles: vec![RoleGrant::lasting(Role::Patient), RoleGrant::lasting(Role::Clinician)],
    };
    let id = world.accounts.create_account(&Author::Operator, new, world.trace).await.unwrap();
    assert_eq!(world.actor(id, Role::Patient).await.patient, Some(own));
    assert_eq!(world.actor(id, Role::Clinician).await.patient, None);
}

#[tokio::test]
async fn clients_are_registered_for_programs_with_public_keys_only() {
    let world = World::open().await;
    let person = world.person("anna@example.org", &[Role::Clinician]).await;
    let (program, _) = world.application("app", &[Role::Researcher]).await;
    let register = async |account, client_id: &str, credential| {
        world
            .accounts
            .register_client(
                &Author::Operator,
                account,
                NewClient::machine(client_id, credential),
                world.trace,
            )
            .await
            .unwrap_err()
    };
    assert_eq!(register(person, "x", Credential::Secret).await, ChangeError::Invalid("account"));
    assert_eq!(register(program, "app", Credential::Secret).await, ChangeError::Taken);
    for id in ["", "with:colon", "with space", "ü"] {
        assert_eq!(register(program, id, Credential::Secret).await, ChangeError::Invalid("client id"));
    }
    let mut with_private: serde_json::Value = serde_json::from_str(&ClientKeys::make().jwks).unwrap();
    with_private["keys"][0]["d"] = "AAAA".into();
    for jwks in ["", "{}", r#"{"keys":[]}"#, &with_private.to_string()] {
        let answer = register(program, "keys", Credential::Keys(jwks.to_owned())).await;
        assert_eq!(answer, ChangeError::Invalid("key set"), "{jwks}");
    }
}
