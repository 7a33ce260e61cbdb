//! Applications: registered by administrators, listed, disabled.

use tacenda_accounts::RoleGrant;
use tacenda_contracts::accounts::{
    Accounts as _, IdentifyError, TokenError,
    applications::{ApplicationProof, Applications as _, NewApplication},
    people::PeopleError,
};
use tacenda_contracts::accounts::{ClientProof, TokenRequest};
use tacenda_kernel::Role;

use super::{
    super::{client_keys::ClientKeys, world::World},
    administrator, token,
};

fn charts() -> NewApplication {
    NewApplication {
        name: "Charts".to_owned(),
        client_id: "charts".to_owned(),
        proof: ApplicationProof::Public,
        redirect_uris: vec!["https://charts.example/callback".to_owned()],
        post_logout_uris: vec![],
        scopes: Some(vec!["openid".to_owned(), "patient/Observation.rs".to_owned()]),
        roles: vec![],
    }
}

fn importer() -> NewApplication {
    NewApplication {
        name: "An importer".to_owned(),
        client_id: "importer".to_owned(),
        proof: ApplicationProof::Secret,
        redirect_uris: vec![],
        scopes: None,
        roles: vec![RoleGrant::lasting(Role::Application)],
        ..charts()
    }
}

#[tokio::test]
async fn applications_are_registered_and_listed_by_name() {
    let world = World::open().await;
    let (_, admin) = administrator(&world, "admin@example.org").await;
    let public = world.accounts.register_application(&admin, charts(), world.trace).await.unwrap();
    assert!(public.secret.is_none());
    let own = world.accounts.register_application(&admin, importer(), world.trace).await.unwrap();
    assert_eq!(own.secret.unwrap().expose().len(), 43);
    let listed = world.accounts.applications(&admin, world.trace).await.unwrap();
    let names: Vec<_> =
        listed.iter().map(|one| (one.name.as_str(), one.proves_itself, one.disabled)).collect();
    assert_eq!(names, [("An importer", true, false), ("Charts", false, false)]);
    assert_eq!(listed[0].roles, [RoleGrant::lasting(Role::Application)]);
    assert!(listed[1].roles.is_empty(), "it never acts for itself");
    assert_eq!(listed[1].redirect_uris, ["https://charts.example/callback"]);
    assert_eq!(listed[1].scopes.as_ref().unwrap().len(), 2);
}

#[tokio::test]
async fn what_does_not_fit_leaves_neither_account_nor_client() {
    let world = World::open().await;
    let (_, admin) = administrator(&world, "admin@example.org").await;
    world.accounts.register_application(&admin, charts(), world.trace).await.unwrap();
    let before = (world.count("accounts").await, world.count("clients").await);
    let address = |uri: &str| NewApplication { redirect_uris: vec![uri.to_owned()], ..charts() };
    for (wrong, error) in [
        (NewApplication { name: " ".to_owned(), ..charts() }, PeopleError::Invalid("display name".into())),
        (NewApplication { name: "a\nb".to_owned(), ..charts() }, PeopleError::Invalid("display name".into())),
        (
            NewApplication { client_id: "with space".to_owned(), ..charts() },
            PeopleError::Invalid("client id".into()),
        ),
        (NewApplication { client_id: "c".repeat(129), ..charts() }, PeopleError::Invalid("client id".into())),
        (
            NewApplication { proof: ApplicationProof::Keys("{}".to_owned()), ..charts() },
            PeopleError::Invalid("key set".into()),
        ),
        (NewApplication { redirect_uris: vec![], ..charts() }, PeopleError::Invalid("grant types".into())),
        (
            NewApplication { proof: ApplicationProof::Public, ..importer() },
            PeopleError::Invalid("grant types".into()),
        ),
        (
            NewApplication { roles: vec![RoleGrant::lasting(Role::Patient)], ..importer() },
            PeopleError::Invalid("patient".into()),
        ),
        (
            NewApplication { roles: vec![RoleGrant::lasting(Role::Device)], ..importer() },
            PeopleError::Invalid("roles".into()),
        ),
        (address("http://charts.example/callback"), PeopleError::Invalid("redirect URIs".into())),
        (address("https://charts.example/callback#x"), PeopleError::Invalid("redirect URIs".into())),
        (address("javascript:alert(1)"), PeopleError::Invalid("redirect URIs".into())),
        (
            NewApplication { scopes: Some(vec!["king".to_owned()]), ..charts() },
            PeopleError::Invalid("scopes".into()),
        ),
        (charts(), PeopleError::Taken),
    ] {
        let shown = format!("{wrong:?}");
        let answer = world.accounts.register_application(&admin, wrong, world.trace).await;
        assert_eq!(answer.unwrap_err(), error, "{shown}");
    }
    assert_eq!((world.count("accounts").await, world.count("clients").await), before);
}

#[tokio::test]
async fn a_disabled_application_gets_nothing_and_is_not_believed_until_it_is_enabled() {
    let world = World::open().await;
    let (_, admin) = administrator(&world, "admin@example.org").await;
    let registered = world.accounts.register_application(&admin, importer(), world.trace).await.unwrap();
    let secret = registered.secret.unwrap();
    let ask = async || {
        let proof = ClientProof::Secret(secret.clone());
        let client_id = Some("importer".to_owned());
        world
            .accounts
            .issue_token(TokenRequest { client_id, proof, scope: None, request: world.trace.into() })
            .await
    };
    let held = ask().await.unwrap().access_token;
    world.accounts.disable_application(&admin, "importer", world.trace).await.unwrap();
    assert_eq!(ask().await.unwrap_err(), TokenError::InvalidClient);
    let believed = world.accounts.identify(Some(&held), world.trace.into()).await;
    assert_eq!(believed.unwrap_err(), IdentifyError::Unauthenticated);
    assert!(world.accounts.applications(&admin, world.trace).await.unwrap()[0].disabled);
    world.accounts.enable_application(&admin, "importer", world.trace).await.unwrap();
    ask().await.unwrap();
}

#[tokio::test]
async fn only_administrators_manage_applications_and_people_and_devices_are_none() {
    let world = World::open().await;
    let (_, admin) = administrator(&world, "admin@example.org").await;
    let person = world.person("anna@example.org", &[Role::Clinician]).await;
    let clinician = token(&world, person, Role::Clinician).await;
    let keys = ApplicationProof::Keys(ClientKeys::make().jwks);
    let new = NewApplication { proof: keys, ..charts() };
    let answer = world.accounts.register_application(&clinician, new.clone(), world.trace).await;
    assert_eq!(answer.unwrap_err(), PeopleError::Refused);
    assert!(world.accounts.applications(&clinician, world.trace).await.is_err());
    world.accounts.register_application(&admin, new, world.trace).await.unwrap();
    for id in ["charts", "nothing"] {
        let answer = world.accounts.disable_application(&clinician, id, world.trace).await;
        assert_eq!(answer.unwrap_err(), PeopleError::Refused, "whether there is one is not told");
    }
    for id in ["nothing", "", "zero\0byte"] {
        let answer = world.accounts.disable_application(&admin, id, world.trace).await;
        assert_eq!(answer.unwrap_err(), PeopleError::NotFound);
    }
}
