//! What comes back for a bundle.

use std::borrow::Cow;

use bytes::Bytes;

use super::Bundle;
use crate::codec::{Reader, Writer, varuint_size};
use crate::error::DecodeError;
use crate::packet::Packet;
use crate::reject::Reject;
use crate::schema::{self, Node, Schema, Type, Variant};

/// What a sent bundle resolves to: one result per item, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BundleResponse {
    results: Vec<Result<Bytes, Reject>>,
}

impl BundleResponse {
    /// The results of a bundle's items: each one's encoded response, or why it has none.
    #[must_use]
    pub const fn new(results: Vec<Result<Bytes, Reject>>) -> Self {
        Self { results }
    }

    /// How many results there are: as many as the bundle has items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.results.len()
    }

    /// Whether the bundle was empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.results.is_empty()
    }

    /// Each item's response, still encoded, or why it has none.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Result<&Bytes, &Reject>> {
        self.results.iter().map(Result::as_ref)
    }

    #[cfg(feature = "net")]
    pub(crate) fn into_results(self) -> impl Iterator<Item = Result<Bytes, Reject>> {
        self.results.into_iter()
    }

    /// The response to the item at `index`, which was a `P`; for a nested bundle, `P` is [`Bundle`].
    ///
    /// # Errors
    /// [`ItemError`] if there is no such item, it was refused, or its response is not `P`'s.
    pub fn get<P: Packet>(&self, index: usize) -> Result<P::Response, ItemError> {
        let body = self.results.get(index).ok_or(ItemError::Missing(index))?;
        let body = body.as_ref().map_err(|reject| ItemError::Rejected(reject.clone()))?;
        schema::decode_shared(body).map_err(ItemError::Response)
    }
}

/// Why an item of a bundle has no response.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ItemError {
    /// The bundle has fewer items.
    #[error("the bundle has no item {0}")]
    Missing(usize),
    /// It was refused.
    #[error(transparent)]
    Rejected(Reject),
    /// The response is of another type.
    #[error("the response is not of its schema: {0}")]
    Response(DecodeError),
}

/// On the wire an array of enums: a reply's body, or a reject's fields.
const RESULT: &Type = &Type::Enum(Cow::Borrowed(&[
    Variant::new("reply", &Type::Buffer),
    Variant::new("reject", &Type::Buffer),
]));

impl Schema for BundleResponse {
    const TYPE: &'static Type = &Type::Array(Node::Static(RESULT));

    fn size(&self) -> usize {
        let results = self.results.iter().map(|result| match result {
            Ok(body) => 1 + body.size(),
            Err(reject) => 1 + varuint_size(reject.size()) + reject.size(),
        });
        varuint_size(self.results.len()) + results.sum::<usize>()
    }

    fn encode(&self, writer: &mut Writer) {
        writer.length(self.results.len());
        for result in &self.results {
            match result {
                Ok(body) => {
                    writer.put(&[0]);
                    body.encode(writer);
                }
                Err(reject) => {
                    writer.put(&[1]);
                    writer.prefixed(|writer| reject.encode(writer));
                }
            }
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let count = reader.count(const { RESULT.min_size() })?;
        let mut results = Vec::with_capacity(count.min(Bundle::MAX_PACKETS));
        for _ in 0..count {
            let is_reject = reader.varuint()?;
            let content = reader.buffer()?;
            let content = reader.share(content);
            results.push(match is_reject {
                0 => Ok(content),
                1 => {
                    let mut fields = Reader::over(&content);
                    let reject = Reject::decode(&mut fields)?;
                    fields.finish()?;
                    Err(reject)
                }
                _ => return Err(DecodeError::UnknownVariant),
            });
        }
        Ok(Self { results })
    }
}
