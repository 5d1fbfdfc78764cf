//! Values to bytes and back: [`Writer`], the bounded [`Reader`], and the schemas of Rust's own types.

mod compound;
mod limits;
pub(crate) mod message_pack;
pub(crate) mod packed;
mod reader;
mod scalar;
mod string;
mod varint;
mod writer;

pub use self::limits::Limits;
pub use self::packed::AsPacked;
pub use self::reader::Reader;
pub use self::varint::{AsVarint, AsVaruint, varuint_size};
pub use self::writer::Writer;
