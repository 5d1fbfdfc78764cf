//! Certificates and keys for serving over TLS.

use std::path::{Path, PathBuf};

use rustls::ServerConfig;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

pub use rustls;

/// Why there is no TLS from some files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read, or holds nothing of what is looked for.
    #[error("cannot read {path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: PemError,
    },
    /// The certificates and the key do not make a server.
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
}

/// TLS with a chain of certificates, the server's first, and its private key, each from a file in PEM, as
/// certbot writes them. Anything else that TLS can do, such as client certificates, takes a
/// [`ServerConfig`] of your own.
///
/// ```no_run
/// # async fn example(server: packets_server::Server) -> Result<(), Box<dyn std::error::Error>> {
/// let tls = packets_server::tls::from_files("fullchain.pem", "privkey.pem")?;
/// server.serve("0.0.0.0:443").with_tls(tls).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`TlsError`] if a file cannot be read, or the key is not that of the certificate.
pub fn from_files(certificates: impl AsRef<Path>, key: impl AsRef<Path>) -> Result<ServerConfig, TlsError> {
    let (certificates, key) = (certificates.as_ref(), key.as_ref());
    let file = |path: &Path| {
        let path = path.to_owned();
        move |error| TlsError::File { path, error }
    };
    let chain: Vec<_> = CertificateDer::pem_file_iter(certificates)
        .and_then(Iterator::collect)
        .map_err(file(certificates))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(file(key))?;
    let provider = rustls::crypto::ring::default_provider().into();
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_no_client_auth().with_single_cert(chain, key)?)
}
