//! Identity providers, as configured.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use data_encoding::BASE64;
use serde::Deserialize;
use tacenda_accounts::{Provider, ProviderApi, ProviderCredential, SecondFactor, check_providers};
use tacenda_kernel::{Language, Role, Secret};

use crate::folder::refuse_shared;

const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";

/// One `[[providers]]` of a configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSettings {
    /// How it is named in paths.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its issuer, exactly as its tokens say it.
    pub issuer: String,
    /// As which client this server is registered there.
    pub client_id: String,
    /// The file with the client's secret, mode 0600.
    pub client_secret_file: Option<PathBuf>,
    /// Or the file with its private key: P-256, PKCS#8, PEM, mode 0600.
    pub client_key_file: Option<PathBuf>,
    /// Scopes asked for beside `openid`.
    #[serde(default = "usual_scopes")]
    pub scopes: Vec<String>,
    /// Which claim names roles: its name, or a path with dots.
    pub role_claim: String,
    /// Which of those is which role here.
    pub roles: BTreeMap<String, Role>,
    /// When two factors were proven there.
    #[serde(default)]
    pub second_factor: SecondFactorSettings,
    /// In which language people are written to who come for the first time; without it nobody gets an account.
    pub new_accounts: Option<Language>,
    /// Which of its access tokens the API takes; without it none.
    pub api: Option<ApiSettings>,
}

/// Claims that mean two factors.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondFactorSettings {
    /// Values of `acr`.
    #[serde(default)]
    pub acr: Vec<String>,
    /// Values of `amr`.
    #[serde(default)]
    pub amr: Vec<String>,
}

/// Access tokens that the API takes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiSettings {
    /// For this audience.
    pub audience: String,
    /// Given to these clients; to any where it is not said.
    #[serde(default)]
    pub clients: Vec<String>,
}

fn usual_scopes() -> Vec<String> {
    ["profile", "email"].map(str::to_owned).to_vec()
}

/// The providers of a configuration.
///
/// # Errors
/// Where a file is missing or readable by others, or a provider cannot be believed as configured.
pub fn providers(settings: &[ProviderSettings]) -> Result<Vec<Provider>> {
    let read = |one: &ProviderSettings| one.read().with_context(|| format!("in the provider {}", one.id));
    settings.iter().map(read).collect()
}

/// Whether they can be believed as configured.
///
/// # Errors
/// As [`providers`], and where two of them are the same.
pub fn check(settings: &[ProviderSettings]) -> Result<()> {
    check_providers(providers(settings)?).context("in [[providers]]")
}

impl ProviderSettings {
    fn read(&self) -> Result<Provider> {
        let provider = Provider {
            id: self.id.clone(),
            name: self.name.clone(),
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            credential: self.credential()?,
            scopes: self.scopes.clone(),
            role_claim: self.role_claim.clone(),
            roles: self.roles.clone(),
            second_factor: SecondFactor {
                acr: self.second_factor.acr.clone(),
                amr: self.second_factor.amr.clone(),
            },
            new_accounts: self.new_accounts,
            api: self
                .api
                .as_ref()
                .map(|api| ProviderApi { audience: api.audience.clone(), clients: api.clients.clone() }),
        };
        provider.check()?;
        Ok(provider)
    }

    fn credential(&self) -> Result<ProviderCredential> {
        match (&self.client_secret_file, &self.client_key_file) {
            (Some(path), None) => {
                // EXPOSE: the line's end is no part of it.
                let secret = Secret::new(read_private(path)?.expose().trim().to_owned());
                // EXPOSE: only whether there is one.
                if secret.expose().is_empty() {
                    bail!("{} is empty", path.display());
                }
                Ok(ProviderCredential::Secret(secret))
            }
            (None, Some(path)) => {
                let key = der(&read_private(path)?);
                key.map(ProviderCredential::Key).with_context(|| {
                    format!(
                        "{} is no PEM of a PKCS#8 key; run: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
                        path.display()
                    )
                })
            }
            _ => bail!("name either client_secret_file or client_key_file"),
        }
    }
}

fn read_private(path: &Path) -> Result<Secret<String>> {
    // The other files of its kind are made by `tacenda init`; this one comes from whoever runs the provider.
    if !path.exists() {
        bail!("{} is not there", path.display());
    }
    refuse_shared(path)?;
    Ok(Secret::new(fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?))
}

/// RFC 7468 §10.
fn der(pem: &Secret<String>) -> Option<Secret<Vec<u8>>> {
    // EXPOSE: it is decoded, and wrapped again at once.
    let inner = pem.expose().trim().strip_prefix(PEM_BEGIN)?.strip_suffix(PEM_END)?;
    let text = Secret::new(inner.split_ascii_whitespace().collect::<String>());
    // EXPOSE: as above.
    BASE64.decode(text.expose().as_bytes()).ok().map(Secret::new)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn settings(text: &str) -> Vec<ProviderSettings> {
        #[derive(Deserialize)]
        struct Part {
            providers: Vec<ProviderSettings>,
        }
        toml::from_str::<Part>(text).unwrap().providers
    }

    fn example(secret: &Path) -> String {
        format!(
            "[[providers]]\nid = \"hospital\"\nname = \"Ospedale\"\nissuer = \"https://login.hospital.example\"\n\
             client_id = \"tacenda\"\nclient_secret_file = {:?}\nrole_claim = \"realm_access.roles\"\n\
             roles = {{ dottore = \"clinician\" }}\nnew_accounts = \"it\"\n",
            secret.display().to_string()
        )
    }

    #[test]
    fn a_provider_is_read_with_its_secret_and_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let text = example(&path);
        let fault = |text: &str| format!("{:#}", check(&settings(text)).unwrap_err());
        assert!(fault(&text).contains("is not there"));
        fs::write(&path, "the-secret\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(fault(&text).contains("can be read by others"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        check(&settings(&text)).unwrap();
        let plain = text.replace("https://login", "http://login");
        assert!(fault(&plain).contains("in the provider hospital: an issuer on http://"));
        assert!(fault(&text.replace("clinician", "patient")).contains("the role patient"));
        assert!(fault(&format!("{text}{text}")).contains("no other provider has it"));
        assert!(fault(&text.replace("secret_file", "key_file")).contains("openssl genpkey"));
        let ProviderCredential::Secret(secret) = &providers(&settings(&text)).unwrap()[0].credential else {
            panic!("it has a secret");
        };
        assert_eq!(secret.expose(), "the-secret");
    }
}
