//! What an installation is told of an identity provider.

use std::{collections::BTreeMap, net::IpAddr};

use reqwest::Url;
use tacenda_kernel::{Language, Role, Secret};

const LONGEST_ID: usize = 32;
const LONGEST_NAME: usize = 80;

/// An identity provider whose people are let in.
#[derive(Clone, Debug)]
pub struct Provider {
    /// How it is named in paths: 1 to 32 lower-case letters, digits and hyphens.
    pub id: String,
    /// What people call it: 1 to 80 characters.
    pub name: String,
    /// Its issuer, exactly as its tokens say it. `https`, or `http` on this machine.
    pub issuer: String,
    /// As which client this server is registered there.
    pub client_id: String,
    /// How this server proves that it is this client.
    pub credential: ProviderCredential,
    /// Scopes asked for beside `openid`.
    pub scopes: Vec<String>,
    /// Which claim names somebody's roles there: its name, or a path such as `realm_access.roles`.
    pub role_claim: String,
    /// Which of those is which role here. Whatever is not in it gives nothing.
    pub roles: BTreeMap<String, Role>,
    /// When somebody has proven two factors there.
    pub second_factor: SecondFactor,
    /// In which language people are written to for whom an account is made when they first come; with none, nobody gets an
    /// account.
    pub new_accounts: Option<Language>,
    /// Whether its access tokens are taken by the API.
    pub api: Option<ProviderApi>,
}

/// How this server proves itself at a provider's token endpoint.
#[derive(Clone, Debug)]
pub enum ProviderCredential {
    /// By a secret that both know.
    Secret(Secret<String>),
    /// By signatures (RFC 7523) under this P-256 key, PKCS#8 in DER.
    Key(Secret<Vec<u8>>),
}

/// Values of claims that mean two factors. With none, no sign-in there counts as two.
#[derive(Clone, Debug, Default)]
pub struct SecondFactor {
    /// Values of `acr`.
    pub acr: Vec<String>,
    /// Values of `amr` (RFC 8176), any of which is enough.
    pub amr: Vec<String>,
}

/// Which of a provider's access tokens the API takes.
#[derive(Clone, Debug)]
pub struct ProviderApi {
    /// For this audience.
    pub audience: String,
    /// Given to these clients; to any where there is none.
    pub clients: Vec<String>,
}

/// A provider that cannot be believed as configured.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderFault {
    /// The name in paths.
    #[error("id is 1 to 32 lower-case letters, digits and hyphens, and no other provider has it")]
    Id,
    /// The name that people see.
    #[error("name is 1 to 80 characters in one line")]
    Name,
    /// The issuer is no URL, or another provider has it.
    #[error("issuer is an absolute URL without query and fragment, and no other provider has it")]
    Issuer,
    /// Whoever is on the network between could be the issuer.
    #[error("an issuer on http:// is believed on this machine only; use https://")]
    PlainIssuer,
    /// The client id or a scope is missing or has spaces in it.
    #[error("client_id and scopes are words without spaces")]
    Words,
    /// No claim, or no role.
    #[error("roles needs a claim and at least one role of it")]
    NoRoles,
    /// A role that no provider gives.
    #[error(
        "the role {0} is not given by a provider: use clinician, technician, monitor, researcher, security-officer or \
         administrator"
    )]
    Role(Role),
    /// An ID token would be taken for an access token.
    #[error("the API's audience is not the client_id: an ID token would be an access token")]
    Audience,
    /// The private key is none.
    #[error("the client's key is no P-256 key in PKCS#8")]
    Key,
}

impl Provider {
    /// Whether it can be believed as configured.
    ///
    /// # Errors
    /// [`ProviderFault`] names the first thing that is wrong.
    pub fn check(&self) -> Result<(), ProviderFault> {
        let of_path = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-';
        if !(1..=LONGEST_ID).contains(&self.id.len()) || !self.id.chars().all(of_path) {
            return Err(ProviderFault::Id);
        }
        let length = self.name.chars().count();
        if !(1..=LONGEST_NAME).contains(&length) || self.name.contains(char::is_control) {
            return Err(ProviderFault::Name);
        }
        self.check_issuer()?;
        let word = |text: &String| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !word(&self.client_id) || !self.scopes.iter().all(word) {
            return Err(ProviderFault::Words);
        }
        if self.role_claim.is_empty() || self.roles.is_empty() {
            return Err(ProviderFault::NoRoles);
        }
        // SECURITY: a patient is a patient of this server's own records, and programs are no people.
        let ours = |role: &&Role| matches!(role, Role::Patient | Role::Application | Role::Device);
        if let Some(role) = self.roles.values().find(ours) {
            return Err(ProviderFault::Role(*role));
        }
        match &self.api {
            Some(api) if api.audience == self.client_id || !word(&api.audience) => {
                Err(ProviderFault::Audience)
            }
            _ => Ok(()),
        }
    }

    fn check_issuer(&self) -> Result<(), ProviderFault> {
        let url = Url::parse(&self.issuer).map_err(|_| ProviderFault::Issuer)?;
        let whole = url.has_host() && url.query().is_none() && url.fragment().is_none();
        let anonymous = url.username().is_empty() && url.password().is_none();
        match url.scheme() {
            _ if !whole || !anonymous => Err(ProviderFault::Issuer),
            "https" => Ok(()),
            "http" if is_loopback(&url) => Ok(()),
            "http" => Err(ProviderFault::PlainIssuer),
            _ => Err(ProviderFault::Issuer),
        }
    }
}

/// Whether a URL that the provider named may be asked: by TLS, or on this machine where the issuer is on it, too.
///
/// SECURITY: keys that come over a network in the clear are anybody's keys.
pub(super) fn may_be_asked(url: &str, issuer: &str) -> bool {
    let plain_issuer = issuer.starts_with("http://");
    Url::parse(url).is_ok_and(|url| {
        url.scheme() == "https" || (plain_issuer && url.scheme() == "http" && is_loopback(&url))
    })
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn example() -> Provider {
        Provider {
            id: "hospital".to_owned(),
            name: "Ospedale".to_owned(),
            issuer: "https://login.hospital.example/realms/care".to_owned(),
            client_id: "tacenda".to_owned(),
            credential: ProviderCredential::Secret(Secret::new("secret".to_owned())),
            scopes: vec!["profile".to_owned()],
            role_claim: "realm_access.roles".to_owned(),
            roles: BTreeMap::from([("dottore".to_owned(), Role::Clinician)]),
            second_factor: SecondFactor::default(),
            new_accounts: Some(Language::Italian),
            api: Some(ProviderApi {
                audience: "https://tacenda.example/fhir".to_owned(),
                clients: Vec::new(),
            }),
        }
    }

    fn fault(change: impl FnOnce(&mut Provider)) -> Option<ProviderFault> {
        let mut provider = example();
        change(&mut provider);
        provider.check().err()
    }

    #[test]
    fn what_cannot_be_believed_is_named() {
        assert_eq!(fault(|_| {}), None);
        assert_eq!(fault(|it| it.issuer = "http://127.0.0.1:9000".to_owned()), None);
        assert_eq!(fault(|it| it.issuer = "http://[::1]:9000".to_owned()), None);
        for plain in ["http://login.hospital.example", "http://10.0.0.1", "http://localhost.evil.example"] {
            assert_eq!(fault(|it| it.issuer = plain.to_owned()), Some(ProviderFault::PlainIssuer), "{plain}");
        }
        for no_issuer in ["login", "ftp://a", "https://a?b", "https://a#b", "https://user@a", "https://:pw@a"]
        {
            assert_eq!(
                fault(|it| it.issuer = no_issuer.to_owned()),
                Some(ProviderFault::Issuer),
                "{no_issuer}"
            );
        }
        assert_eq!(fault(|it| it.id = "../x".to_owned()), Some(ProviderFault::Id));
        assert_eq!(fault(|it| it.name = "a\nb".to_owned()), Some(ProviderFault::Name));
        assert_eq!(fault(|it| it.client_id = "a b".to_owned()), Some(ProviderFault::Words));
        assert_eq!(fault(|it| it.roles.clear()), Some(ProviderFault::NoRoles));
        for role in [Role::Patient, Role::Application, Role::Device] {
            let given = fault(|it| it.roles.extend([("x".to_owned(), role)]));
            assert_eq!(given, Some(ProviderFault::Role(role)));
        }
        let audience = fault(|it| it.api.as_mut().unwrap().audience = "tacenda".to_owned());
        assert_eq!(audience, Some(ProviderFault::Audience));
    }

    #[test]
    fn a_provider_on_the_network_names_nothing_in_the_clear() {
        let secure = "https://login.example";
        assert!(may_be_asked("https://keys.example/jwks", secure));
        assert!(!may_be_asked("http://127.0.0.1/jwks", secure), "a provider elsewhere names this machine");
        assert!(may_be_asked("http://127.0.0.1:1/jwks", "http://127.0.0.1:1"));
        assert!(!may_be_asked("http://keys.example/jwks", "http://127.0.0.1:1"));
    }
}
