//! The responses to a bundle's packets, from a server of another build.

use bytes::Bytes;

use crate::adapt::{AdaptError, Adaptation};
use crate::agreement::Agreement;
use crate::bundle::{Bundle, BundleItem, BundleResponse};
use crate::error::DecodeError;
use crate::frame::Frame;
use crate::registry::PacketId;
use crate::reject::Reject;
use crate::schema;

/// Whether the frame of such a packet has to be kept until its answer is there: only the frame of a bundle says
/// which packets the responses in that are to.
pub(super) fn keeps_frame(id: PacketId, agreement: &Agreement) -> bool {
    agreement.is_translated() && agreement.registry().id_of::<Bundle>() == Some(id)
}

/// A bundle's response, with those to its packets as this end has them.
pub(super) fn bundle_response(
    agreement: &Agreement,
    frame: &Bytes,
    body: &Bytes,
) -> Result<Bytes, DecodeError> {
    match Frame::decode(frame.clone())? {
        Frame::Call { body: bundle, .. } => adapted(agreement, &bundle, body),
        _ => Ok(body.clone()),
    }
}

fn adapted(agreement: &Agreement, bundle: &Bytes, body: &Bytes) -> Result<Bytes, DecodeError> {
    let items = schema::decode_shared::<Bundle>(bundle)?.into_received();
    let results = schema::decode_shared::<BundleResponse>(body)?.into_results();
    let results = items.zip(results).map(|(item, result)| adapted_item(agreement, &item, result?)).collect();
    // What was received is no larger than what can be sent.
    schema::encode(&BundleResponse::new(results)).map(Bytes::from).map_err(|_| DecodeError::OutOfRange)
}

/// The response to an item. One that cannot be adapted does not spoil the others.
fn adapted_item(agreement: &Agreement, item: &BundleItem, body: Bytes) -> Result<Bytes, Reject> {
    let Some(id) = agreement.id_of_wire(item.id.into()) else { return Ok(body) };
    if keeps_frame(id, agreement) {
        return adapted(agreement, &item.body, &body).map_err(|error| AdaptError::Malformed(error).into());
    }
    match agreement.sending(id).map(AsRef::as_ref) {
        Some(Adaptation { response: Some(plan), .. }) => Ok(plan.adapt(&body)?.into()),
        _ => Ok(body),
    }
}
