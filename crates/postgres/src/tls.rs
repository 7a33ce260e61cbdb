//! TLS towards a database on another machine: always verified, chain and name.

use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::EndpointError;

/// Where Debian and its relatives keep the certificate authorities that the operator trusts.
const SYSTEM_ROOTS: &str = "/etc/ssl/certs/ca-certificates.crt";

/// The files that a URL names.
#[derive(Debug, Default)]
pub(crate) struct TlsFiles {
    /// Certificate authorities, in PEM; the system's where none is named.
    pub(crate) roots: Option<String>,
    /// The client's certificate chain, in PEM.
    pub(crate) certificate: Option<String>,
    /// The client's private key, in PEM.
    pub(crate) key: Option<String>,
}

/// A connector that trusts the named authorities and shows the named certificate.
pub(crate) fn connector(files: &TlsFiles) -> Result<MakeRustlsConnect, EndpointError> {
    let roots = files.roots.as_deref().filter(|path| *path != "system").unwrap_or(SYSTEM_ROOTS);
    let mut trusted = RootCertStore::empty();
    trusted.add_parsable_certificates(certificates(roots)?);
    if trusted.is_empty() {
        return Err(unusable(roots));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|_| EndpointError::Tls)?
        .with_root_certificates(trusted);
    let config = match (&files.certificate, &files.key) {
        (Some(certificate), Some(key)) => {
            let private = PrivateKeyDer::from_pem_file(Path::new(key)).map_err(|_| unusable(key))?;
            builder
                .with_client_auth_cert(certificates(certificate)?, private)
                .map_err(|_| unusable(certificate))?
        }
        (None, None) => builder.with_no_client_auth(),
        _ => return Err(EndpointError::HalfClientCertificate),
    };
    Ok(MakeRustlsConnect::new(config))
}

fn certificates(path: &str) -> Result<Vec<CertificateDer<'static>>, EndpointError> {
    let read = CertificateDer::pem_file_iter(Path::new(path)).map_err(|_| unusable(path))?;
    read.collect::<Result<_, _>>().map_err(|_| unusable(path))
}

fn unusable(path: &str) -> EndpointError {
    EndpointError::Pem { path: path.to_owned() }
}
