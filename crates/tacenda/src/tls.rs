//! The demo's own certificate authority, and certificates by configuration.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use anyhow::{Context, Result, ensure};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tacenda_kernel::Secret;

use crate::folder::{refuse_shared, write_private};

/// A certificate chain and its key, in PEM files.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The server's certificate, then its issuers'.
    pub certificate: PathBuf,
    /// Its key, readable by its owner only.
    pub key: PathBuf,
}

impl TlsFiles {
    /// Where the demo keeps its own.
    #[must_use]
    pub fn of_demo(folder: &Path) -> Self {
        Self { certificate: folder.join("server.pem"), key: folder.join("server.key") }
    }

    /// The certificate with its key, as the files are now.
    ///
    /// # Errors
    /// Where a file is missing, readable by others or holds no certificate or key, or they do not fit each other.
    pub fn read(&self) -> Result<CertifiedKey> {
        refuse_shared(&self.key)?;
        let chain = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .with_context(|| format!("no certificate in {}", self.certificate.display()))?;
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .with_context(|| format!("no private key in {}", self.key.display()))?;
        ensure!(!chain.is_empty(), "no certificate in {}", self.certificate.display());
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        CertifiedKey::from_der(chain, key, &provider).context("certificate and key do not fit each other")
    }

    /// What the files hold, to be served and to be read again.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn certificates(&self) -> Result<Arc<Certificates>> {
        let kept = RwLock::new(Arc::new(self.read()?));
        Ok(Arc::new(Certificates { files: self.clone(), kept }))
    }
}

/// The certificate that is served, which can change while connections are made.
#[derive(Debug)]
pub struct Certificates {
    files: TlsFiles,
    kept: RwLock<Arc<CertifiedKey>>,
}

impl Certificates {
    /// A server configuration: TLS 1.3 only, HTTP/2 and HTTP/1.1.
    ///
    /// # Errors
    /// Where TLS 1.3 is not there.
    pub fn server_config(self: &Arc<Self>) -> Result<ServerConfig> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as _);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }

    /// Reads the files again: from now on whoever connects is shown what they hold. Connections that there are go on.
    /// Says whether it is another certificate.
    ///
    /// # Errors
    /// As [`TlsFiles::read`]; what was served before is served on.
    pub fn reload(&self) -> Result<bool> {
        let new = Arc::new(self.files.read()?);
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        let changed = kept.cert != new.cert;
        *kept = new;
        Ok(changed)
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.kept.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// Makes an authority and a certificate for this host, once. The authority's certificate is `ca.pem`.
///
/// # Errors
/// Where the folder is not writable.
pub fn make_demo_certificate(folder: &Path) -> Result<TlsFiles> {
    let files = TlsFiles::of_demo(folder);
    if files.key.exists() {
        return Ok(files);
    }
    fs::create_dir_all(folder)?;
    let authority_key = KeyPair::generate()?;
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, "Tacenda demo authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority_certificate = authority.self_signed(&authority_key)?;
    let key = KeyPair::generate()?;
    let mut server =
        CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()])?;
    server.distinguished_name.push(DnType::CommonName, "localhost");
    let certificate = server.signed_by(&key, &Issuer::new(authority, authority_key))?;
    fs::write(folder.join("ca.pem"), authority_certificate.pem())?;
    fs::write(&files.certificate, certificate.pem() + &authority_certificate.pem())?;
    // The key last: while it is missing, the next start makes all anew.
    write_private(&files.key, &Secret::new(key.serialize_pem()))?;
    Ok(files)
}
