//! A request's path and headers in one piece of memory.

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

/// The largest that a request's path, query and headers may be together, in bytes.
pub(crate) const MAX_HEAD: usize = 16 << 10;

/// The largest number of a request's headers.
pub(crate) const MAX_HEADERS: usize = 64;

/// A request's path, query and headers, as long as its socket lives. A `HeaderMap` would keep some kilobytes
/// of hyper's buffer.
///
/// The path and query, then the name and value of each header in turn; each with its length in two bytes.
#[derive(Clone, Default)]
pub(crate) struct Head(Box<[u8]>);

/// They are about the connection, and say nothing of the client.
const LEFT_OUT: [HeaderName; 5] = [
    header::CONNECTION,
    header::UPGRADE,
    header::SEC_WEBSOCKET_KEY,
    header::SEC_WEBSOCKET_VERSION,
    header::SEC_WEBSOCKET_EXTENSIONS,
];

/// Whether a request's head is within its bounds.
pub(crate) fn is_bounded(uri: &Uri, headers: &HeaderMap) -> bool {
    let size = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>();
    headers.len() <= MAX_HEADERS && target(uri).len() + size <= MAX_HEAD
}

fn target(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |target| target.as_str())
}

impl Head {
    /// The head of a request that is within its bounds.
    pub(crate) fn new(parts: &Parts) -> Self {
        let mut bytes = Vec::new();
        push(&mut bytes, target(&parts.uri).as_bytes());
        for (name, value) in &parts.headers {
            if !LEFT_OUT.contains(name) {
                push(&mut bytes, name.as_str().as_bytes());
                push(&mut bytes, value.as_bytes());
            }
        }
        Self(bytes.into())
    }

    /// The path and the query.
    pub(crate) fn target(&self) -> &str {
        self.pieces().next().and_then(|target| std::str::from_utf8(target).ok()).unwrap_or("/")
    }

    /// Names, in lower case, and values.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut pieces = self.pieces().skip(1);
        std::iter::from_fn(move || Some((pieces.next()?, pieces.next()?)))
    }

    pub(crate) fn to_map(&self) -> HeaderMap {
        let header = |(name, value): (&[u8], &[u8])| {
            Some((HeaderName::from_bytes(name).ok()?, HeaderValue::from_bytes(value).ok()?))
        };
        let mut map = HeaderMap::new();
        for (name, value) in self.headers().filter_map(header) {
            map.append(name, value);
        }
        map
    }

    fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = &*self.0;
        std::iter::from_fn(move || {
            let (length, after) = rest.split_first_chunk()?;
            let (piece, after) = after.split_at_checked(u16::from_le_bytes(*length).into())?;
            rest = after;
            Some(piece)
        })
    }
}

/// All pieces are shorter than [`MAX_HEAD`].
fn push(bytes: &mut Vec<u8>, piece: &[u8]) {
    bytes.extend((piece.len() as u16).to_le_bytes());
    bytes.extend(piece);
}
