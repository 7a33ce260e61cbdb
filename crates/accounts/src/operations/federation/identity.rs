//! What a provider's claims mean here: roles, factors, a name.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tacenda_crypto::ProviderClaims;
use tacenda_kernel::{Role, Secret};

use super::provider::Provider;
use crate::address;

const LONGEST_NAME: usize = 200;

/// Somebody as the provider knows them.
pub(super) struct Identity {
    /// Their number there, which never changes and is nobody else's (OpenID Connect Core 1.0 §2).
    pub(super) subject: Secret<String>,
    /// Their roles here: what the mapping gives, and nothing else.
    pub(super) roles: BTreeSet<Role>,
    /// Whether they proved two factors there.
    pub(super) two_factors: bool,
    /// When they proved themselves there; none where that is not told.
    pub(super) proven_at: Option<Timestamp>,
    /// What they are called.
    pub(super) display_name: Secret<String>,
    /// Where they get mail, if the provider made sure that it is theirs.
    pub(super) email: Option<Secret<String>>,
}

impl Identity {
    /// Reads verified claims; none where they name nobody.
    pub(super) fn read(provider: &Provider, claims: &ProviderClaims) -> Option<Self> {
        let subject = claims.subject()?;
        Some(Self {
            subject: Secret::new(subject.to_owned()),
            roles: roles(provider, claims),
            two_factors: two_factors(provider, claims),
            proven_at: claims.moment("auth_time"),
            display_name: display_name(claims),
            email: email(claims),
        })
    }
}

fn roles(provider: &Provider, claims: &ProviderClaims) -> BTreeSet<Role> {
    let name = provider.role_claim.as_str();
    // A claim may have dots in its name (`https://hospital.example/roles`), or be a path.
    let mut named = claims.texts(&[name]);
    if named.is_empty() {
        named = claims.texts(&name.split('.').collect::<Vec<_>>());
    }
    named.into_iter().filter_map(|name| provider.roles.get(name).copied()).collect()
}

fn two_factors(provider: &Provider, claims: &ProviderClaims) -> bool {
    let second = &provider.second_factor;
    let acr = claims.text("acr").is_some_and(|acr| second.acr.iter().any(|one| one == acr));
    acr || claims.texts(&["amr"]).iter().any(|amr| second.amr.iter().any(|one| one == amr))
}

/// The first name that can stand on a page. Somebody without any is called by nothing that the provider did not say.
fn display_name(claims: &ProviderClaims) -> Secret<String> {
    let usable = |name: &&str| {
        !name.trim().is_empty() && name.len() <= LONGEST_NAME && !name.contains(char::is_control)
    };
    let named = ["name", "preferred_username"].into_iter().filter_map(|claim| claims.text(claim));
    Secret::new(named.filter(|name| usable(name)).map(str::trim).next().unwrap_or("—").to_owned())
}

fn email(claims: &ProviderClaims) -> Option<Secret<String>> {
    let email = claims.text("email").filter(|_| claims.flag("email_verified"))?;
    address::normal(&Secret::new(email.to_owned())).ok()
}
