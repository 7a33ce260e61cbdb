//! What the database holds, and what it does not tell.

use tacenda_accounts::{Accounts, Author, OpenError, RoleGrant};
use tacenda_contracts::accounts::{Accounts as _, sign_in::SignInError};
use tacenda_kernel::{AuthStrength, Role};
use tacenda_postgres::read_catalogue;

use super::{
    browser::Browser,
    world::{Home, World, root, secret},
};

#[tokio::test]
async fn a_thief_of_the_database_reads_no_name_no_address_and_no_hash() {
    let world = World::open().await;
    let person = world.person("canary.rossi@example.org", &[Role::Clinician]).await;
    world
        .accounts
        .set_password(&Author::Operator, person, &secret("canary password"), world.trace)
        .await
        .unwrap();
    let (_, client_secret) = world.application("app", &[Role::Researcher]).await;
    let everything = world.every_row().await;
    assert!(everything.contains(&person.to_string()) && everything.contains("app"), "the rows are there");
    for canary in ["canary", "rossi", "Name of", "example.org", "argon2", client_secret.expose()] {
        let in_hex: String = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(!everything.to_lowercase().contains(&canary.to_lowercase()), "{canary}");
        assert!(!everything.contains(&in_hex), "{canary} in hex");
    }
}

#[tokio::test]
async fn the_signing_key_outlives_the_process() {
    let world = World::open().await;
    let person = world.person("anna@example.org", &[Role::Clinician]).await;
    let issued =
        world.accounts.issue_for_person(person, Role::Clinician, AuthStrength::Multi, world.trace).await;
    let again = world.another_instance().await;
    assert_eq!(again.jwks().await, world.accounts.jwks().await);
    again.identify(Some(&issued.unwrap().access_token), world.trace.into()).await.unwrap();
    let jwks: serde_json::Value = serde_json::from_str(&again.jwks().await.unwrap()).unwrap();
    assert_eq!(jwks["keys"].as_array().unwrap().len(), 1);
    assert_eq!(jwks["keys"][0]["kty"], "EC");
    assert!(jwks["keys"][0].get("d").is_none(), "public keys only");
}

#[tokio::test]
async fn instances_that_start_together_make_one_key() {
    let home = Home::make().await;
    let (one, other) =
        tokio::join!(Accounts::open(home.parts(&root(1))), Accounts::open(home.parts(&root(1))));
    assert_eq!(one.unwrap().jwks().await, other.unwrap().jwks().await);
}

#[tokio::test]
async fn a_database_of_another_root_key_is_refused() {
    let world = World::open().await;
    let answer = Accounts::open(world.parts(&root(2))).await;
    assert!(matches!(answer.err(), Some(OpenError::SigningKey)));
}

#[tokio::test]
async fn sealed_values_do_not_move_between_rows() {
    let world = World::open().await;
    let anna = world.person("anna@example.org", &[Role::Clinician]).await;
    let bruno = world.person("bruno@example.org", &[Role::Clinician]).await;
    for person in [anna, bruno] {
        let password = secret(&format!("password of {person}"));
        world.accounts.set_password(&Author::Operator, person, &password, world.trace).await.unwrap();
    }
    world
        .as_owner(&format!(
            "update passwords p set sealed_hash = o.sealed_hash from passwords o \
         where p.account = '{anna}' and o.account = '{bruno}'"
        ))
        .await;
    let stolen = secret(&format!("password of {bruno}"));
    let answer = Browser::new(&world).sign_in("anna@example.org", stolen.expose()).await;
    assert_eq!(answer, Err(SignInError::Wrong), "an altered row proves nothing");
    world
        .as_owner(&format!(
            "update accounts a set sealed_profile = o.sealed_profile from accounts o \
         where a.account = '{anna}' and o.account = '{bruno}'"
        ))
        .await;
    assert!(world.accounts.read_account(anna).await.unwrap().is_none());
}

#[tokio::test]
async fn every_column_has_its_class() {
    let world = World::open().await;
    assert_eq!(world.undocumented_columns().await, Vec::<String>::new());
}

#[tokio::test]
async fn the_runtime_role_defines_and_removes_nothing() {
    let world = World::open().await;
    let person = world.person("anna@example.org", &[Role::Clinician]).await;
    for statement in [
        "create table extra (x int)",
        "drop table accounts",
        "alter table account_roles drop constraint account_roles_nobody_gives_themselves",
        "truncate accounts",
        "delete from accounts",
        "update signing_keys set retired_at = now()",
        "update clients set jwks = null",
    ] {
        let error = world.try_as_runtime(statement).await.unwrap_err();
        assert!(
            error.contains("permission denied") || error.contains("must be owner"),
            "{statement}: {error}"
        );
    }
    let account = world.accounts.read_account(person).await.unwrap().unwrap();
    assert_eq!(account.roles, [RoleGrant::lasting(Role::Clinician)]);
}

#[tokio::test]
async fn the_catalogue_is_the_reviewed_one() {
    let home = Home::make().await;
    let text = read_catalogue(&home.database).await.unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/catalogue.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap() == text,
        "{path} differs; review it, then set UPDATE_GOLDEN=1"
    );
}
