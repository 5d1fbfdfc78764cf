//! TLS by rustls, if it is switched on.

#[cfg(not(feature = "tls"))]
pub(crate) use self::absent::{Config, Stream};
#[cfg(feature = "tls")]
pub(crate) use self::present::{Config, Stream};

#[cfg(feature = "tls")]
mod present {
    use std::io;
    use std::pin::Pin;
    use std::sync::Arc;
    use std::task::{Context, Poll};

    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
    use tokio::net::TcpStream;
    use tokio_rustls::TlsConnector;
    use tokio_rustls::client::TlsStream;
    use tokio_rustls::rustls::crypto::ring;
    use tokio_rustls::rustls::pki_types::ServerName;
    use tokio_rustls::rustls::{ClientConfig, RootCertStore};

    use crate::error::ConnectError;

    /// What certificates are trusted; the roots of the features if it is nothing else.
    #[derive(Clone, Debug, Default)]
    pub(crate) struct Config(pub(crate) Option<Arc<ClientConfig>>);

    impl Config {
        /// Reads the roots when they are first needed, and keeps them.
        pub(crate) fn connector(&mut self) -> Result<Secure, ConnectError> {
            let config = match &self.0 {
                Some(config) => config.clone(),
                None => self.0.insert(Arc::new(default_config()?)).clone(),
            };
            Ok(Secure(TlsConnector::from(config)))
        }
    }

    pub(crate) struct Secure(TlsConnector);

    impl Secure {
        pub(crate) async fn secure(self, host: &str, stream: TcpStream) -> Result<Stream, ConnectError> {
            let name = ServerName::try_from(host.to_owned());
            let name = name.map_err(|error| ConnectError::Tls(error.to_string()))?;
            let stream = self.0.connect(name, stream).await;
            stream
                .map(|stream| Stream::Tls(Box::new(stream)))
                .map_err(|error| ConnectError::Tls(error.to_string()))
        }
    }

    fn default_config() -> Result<ClientConfig, ConnectError> {
        let roots = roots();
        if roots.is_empty() {
            return Err(ConnectError::NoTls);
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| ConnectError::Tls(error.to_string()))?;
        Ok(config.with_root_certificates(roots).with_no_client_auth())
    }

    #[expect(clippy::allow_attributes, reason = "which of them is needed depends on the features")]
    fn roots() -> RootCertStore {
        #[allow(unused_mut)]
        let mut roots = RootCertStore::empty();
        #[cfg(feature = "tls-webpki-roots")]
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        #[cfg(feature = "tls-native-roots")]
        {
            let native = rustls_native_certs::load_native_certs();
            for error in native.errors {
                tracing::warn!(error = %packets_core::net::Escaped(&error), "cannot read a root certificate");
            }
            roots.add_parsable_certificates(native.certs);
        }
        roots
    }

    /// A TCP connection, with or without TLS.
    #[derive(Debug)]
    pub enum Stream {
        Plain(TcpStream),
        /// Boxed, as it is much larger.
        Tls(Box<TlsStream<TcpStream>>),
    }

    impl From<TcpStream> for Stream {
        fn from(stream: TcpStream) -> Self {
            Self::Plain(stream)
        }
    }

    macro_rules! either {
        ($self:ident, $stream:ident => $result:expr) => {
            match $self.get_mut() {
                Self::Plain($stream) => {
                    let $stream = Pin::new($stream);
                    $result
                }
                Self::Tls($stream) => {
                    let $stream = Pin::new(&mut **$stream);
                    $result
                }
            }
        };
    }

    impl AsyncRead for Stream {
        fn poll_read(
            self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            either!(self, stream => stream.poll_read(cx, buf))
        }
    }

    impl AsyncWrite for Stream {
        fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            either!(self, stream => stream.poll_write(cx, bytes))
        }

        fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            either!(self, stream => stream.poll_flush(cx))
        }

        fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            either!(self, stream => stream.poll_shutdown(cx))
        }
    }
}

#[cfg(not(feature = "tls"))]
mod absent {
    use tokio::net::TcpStream;

    use crate::error::ConnectError;

    pub(crate) type Stream = TcpStream;

    #[derive(Clone, Copy, Debug, Default)]
    pub(crate) struct Config;

    impl Config {
        pub(crate) const fn connector(&mut self) -> Result<Never, ConnectError> {
            Err(ConnectError::NoTls)
        }
    }

    /// There is none.
    pub(crate) enum Never {}

    impl Never {
        pub(crate) async fn secure(self, _: &str, _: TcpStream) -> Result<Stream, ConnectError> {
            match self {}
        }
    }
}
