//! What the tests of the JavaScript client have on the other end: a protocol, random values of it, a server.

mod notation;
#[expect(missing_docs, reason = "fields with and without a doc comment are tried")]
mod protocol;
mod random;
mod server;

pub use self::notation::notation;
pub use self::protocol::{
    AnythingField, AskMe, Blob, Cancelled, Echo, Navigate, Number, Position, PositionRequest, Profile, Rich,
    Slap, Wait, WhoAreYou, registry,
};
pub use self::random::rich;
pub use self::server::server;
