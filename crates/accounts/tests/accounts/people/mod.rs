//! What administrators do to people, each by their own token.

mod applications;
mod changes;
mod dormancy;
mod inviting;
mod reading;
mod resets;

use tacenda_contracts::accounts::{BearerToken, people::Invitation};
use tacenda_kernel::{ActorId, Language, Role};

use super::world::{World, secret};
use tacenda_accounts::RoleGrant;

/// An administrator, and a token of theirs.
async fn administrator(world: &World, email: &str) -> (ActorId, BearerToken) {
    let id = world.person(email, &[Role::Administrator]).await;
    (id, token(world, id, Role::Administrator).await)
}

async fn token(world: &World, person: ActorId, role: Role) -> BearerToken {
    world.token(person, role).await
}

fn invitation(email: &str, roles: &[Role]) -> Invitation {
    Invitation {
        display_name: secret("Anna Rossi"),
        email: secret(email),
        language: Language::Italian,
        roles: roles.iter().copied().map(RoleGrant::lasting).collect(),
    }
}
