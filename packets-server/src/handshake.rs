//! What makes an HTTP request one for a WebSocket (RFC 6455, section 4.2).

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version, header};
use packets_core::control::SUBPROTOCOL;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::head::is_bounded;
use crate::refusal::Refusal;

/// The largest number of subprotocols that a client may name.
const MAX_SUBPROTOCOLS: usize = 8;

/// The headers of the answer to a request for a WebSocket.
///
/// # Errors
/// What to answer instead.
pub(crate) fn answer(parts: &Parts) -> Result<HeaderMap, Refusal> {
    if parts.version != Version::HTTP_11 {
        return Err(Refusal::new(505, "WebSockets are served over HTTP/1.1 here"));
    }
    if parts.method != Method::GET {
        let refusal = Refusal::new(405, "a WebSocket is asked for with GET");
        return Err(refusal.header(header::ALLOW, HeaderValue::from_static("GET")));
    }
    let headers = &parts.headers;
    if !is_bounded(&parts.uri, headers) {
        return Err(Refusal::new(431, "too many or too large headers"));
    }
    if !names(headers, header::UPGRADE, "websocket") || !names(headers, header::CONNECTION, "upgrade") {
        return Err(upgrade_required(&format!("this is a WebSocket that speaks {SUBPROTOCOL}")));
    }
    if only(headers, header::SEC_WEBSOCKET_VERSION) != Some("13") {
        return Err(upgrade_required("this server speaks version 13 of WebSocket"));
    }
    // What follows the request has to be the WebSocket's, for us and for every proxy on the way.
    let is_empty = headers.get_all(header::CONTENT_LENGTH).iter().all(|length| length == "0");
    if !is_empty || headers.contains_key(header::TRANSFER_ENCODING) {
        return Err(Refusal::new(400, "a request for a WebSocket has no body"));
    }
    let Some(key) = only(headers, header::SEC_WEBSOCKET_KEY).filter(|key| is_key(key)) else {
        return Err(Refusal::new(400, "`Sec-WebSocket-Key` has to be 16 bytes in base64"));
    };
    let mut answer = HeaderMap::new();
    answer.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    answer.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    if names_subprotocol(headers)? {
        answer.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    }
    answer.insert(header::SEC_WEBSOCKET_ACCEPT, HeaderValue::try_from(derive_accept_key(key.as_bytes()))?);
    Ok(answer)
}

fn upgrade_required(text: &str) -> Refusal {
    Refusal::new(426, text)
        .header(header::UPGRADE, HeaderValue::from_static("websocket"))
        .header(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"))
}

/// The value of a header that is there once.
pub(crate) fn only(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then(|| value.trim())
}

/// The items of a list, which may be spread over several headers. One that is no text is none.
fn items(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim)
}

fn names(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    items(headers, name).any(|item| item.eq_ignore_ascii_case(token))
}

/// 16 bytes in base64.
fn is_key(key: &str) -> bool {
    let of_base64 = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    key.len() == 24 && key.strip_suffix("==").is_some_and(|key| key.bytes().all(of_base64))
}

/// Whether the client names ours among its subprotocols, which it has to if it names any. Others are never
/// answered with: some clients send a token as one.
fn names_subprotocol(headers: &HeaderMap) -> Result<bool, Refusal> {
    if !headers.contains_key(header::SEC_WEBSOCKET_PROTOCOL) {
        return Ok(false);
    }
    let names = || items(headers, header::SEC_WEBSOCKET_PROTOCOL);
    if names().nth(MAX_SUBPROTOCOLS).is_some() {
        return Err(Refusal::new(400, format!("more than {MAX_SUBPROTOCOLS} subprotocols")));
    }
    if names().any(|name| name == SUBPROTOCOL) {
        Ok(true)
    } else {
        Err(Refusal::new(400, format!("this server speaks {SUBPROTOCOL}")))
    }
}
