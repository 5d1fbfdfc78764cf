//! What the application adds to the request for a connection.

use http::header::{CONNECTION, HOST, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue};
use packets_core::control::SUBPROTOCOL;

use crate::error::ConnectError;

/// Headers and subprotocols, as the application wrote them.
#[derive(Debug, Default)]
pub(crate) struct Headers {
    pub(crate) headers: Vec<(String, String)>,
    /// Those behind our own.
    pub(crate) subprotocols: Vec<String>,
}

impl Headers {
    /// The same as HTTP has them.
    ///
    /// # Errors
    /// [`ConnectError::Header`] names the one that cannot be sent.
    pub(crate) fn build(&self) -> Result<HeaderMap, ConnectError> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let wrong = || ConnectError::Header(name.clone());
            let header = HeaderName::try_from(name).map_err(|_| wrong())?;
            if [CONNECTION, HOST, UPGRADE].contains(&header) || header.as_str().starts_with("sec-websocket-")
            {
                return Err(wrong());
            }
            headers.append(header, HeaderValue::try_from(value).map_err(|_| wrong())?);
        }
        let mut subprotocols = SUBPROTOCOL.to_owned();
        for name in &self.subprotocols {
            // What a header's name may be made of, a subprotocol's may, too.
            if HeaderName::try_from(name).is_err() {
                return Err(ConnectError::Header(name.clone()));
            }
            subprotocols.push_str(", ");
            subprotocols.push_str(name);
        }
        let wrong = |_| ConnectError::Header(subprotocols.clone());
        headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::try_from(&subprotocols).map_err(wrong)?);
        Ok(headers)
    }
}
