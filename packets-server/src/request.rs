//! The HTTP request by which a client asks for its socket.

use http::{HeaderMap, Method, Uri};

use crate::extensions::Extensions;

/// The HTTP request by which a client asks for its socket.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Request {
    /// The method; `GET` for a WebSocket.
    pub method: Method,
    /// The path and the query.
    pub uri: Uri,
    /// The headers.
    pub headers: HeaderMap,
    /// What the application knows about the client. They become the [socket's](crate::Socket::extensions).
    pub extensions: Extensions,
}
