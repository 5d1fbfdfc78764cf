//! One attempt at a connection.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Uri};
use packets_core::control::Credential;
use packets_core::net::{ConnectionLimits, Figures, Greeted, Streams, greet_server};
use packets_core::{Claim, Registry};
use tokio::time::timeout;

use crate::connector::{Connector, Request};
use crate::error::ConnectError;

/// The application's function that gives out tokens.
pub(crate) type Token = Box<dyn FnMut() -> TokenFuture + Send>;

pub(crate) type TokenFuture =
    Pin<Box<dyn Future<Output = Result<String, Box<dyn std::error::Error + Send + Sync>>> + Send>>;

/// All that it takes to connect.
pub(crate) struct Dialer<C> {
    pub(crate) connector: C,
    pub(crate) headers: HeaderMap,
    pub(crate) token: Option<Token>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) figures: Figures,
    pub(crate) limits: ConnectionLimits,
    pub(crate) streams: Streams,
}

impl<C: Connector> Dialer<C> {
    /// What the server shall know the client by, if there is anything.
    pub(crate) async fn credential(&mut self) -> Result<Option<HeaderValue>, ConnectError> {
        Ok(self.renewal().await?.map(|(_, header)| header))
    }

    /// The same, and as it is told on a live connection.
    pub(crate) async fn renewal(&mut self) -> Result<Option<(Credential, HeaderValue)>, ConnectError> {
        let Some(token) = &mut self.token else { return Ok(None) };
        let token = timeout(self.limits.handshake_timeout, token()).await;
        let token = token.map_err(|_| ConnectError::Token("the token function took too long".into()))?;
        let token = token.map_err(ConnectError::Token)?;
        let mut header = HeaderValue::try_from(format!("Bearer {token}"))
            .map_err(|_| ConnectError::Token("it cannot be sent in a header".into()))?;
        header.set_sensitive(true);
        Ok(Some((Credential::new(token), header)))
    }

    /// Connects and greets the server.
    pub(crate) async fn dial(
        &mut self,
        location: &Uri,
        credential: Option<HeaderValue>,
        claim: Option<&mut Claim>,
    ) -> Result<Greeted<C::Transport>, ConnectError> {
        let mut request = Request::new(());
        *request.uri_mut() = location.clone();
        request.headers_mut().clone_from(&self.headers);
        if let Some(credential) = credential {
            request.headers_mut().insert(AUTHORIZATION, credential);
        }
        let connecting = timeout(self.limits.handshake_timeout, self.connector.connect(request, self.limits));
        let transport = connecting.await.map_err(|_| ConnectError::Timeout)??;
        let (registry, figures) = (self.registry.clone(), self.figures.clone());
        let greeting = greet_server(transport, registry, figures, self.limits, self.streams.clone(), claim);
        greeting.await.map_err(ConnectError::Closed)
    }
}
