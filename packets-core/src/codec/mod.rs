//! Values to bytes and back: [`Writer`], the bounded [`Reader`], and the schemas of Rust's own types, which
//! [`Schema`](crate::Schema) lists.

mod address;
mod array;
mod either;
#[cfg(feature = "glam")]
mod glam;
#[cfg(feature = "jiff")]
mod jiff;
pub(crate) mod kernel;
mod limits;
mod list;
pub(crate) mod message_pack;
mod option;
pub(crate) mod packed;
mod pointer;
mod reader;
pub(crate) mod run;
mod scalar;
pub(crate) mod sorted;
mod string;
mod text;
mod time;
pub(crate) mod tuple;
#[cfg(feature = "uuid")]
mod uuid;
mod varint;
mod writer;

pub use self::limits::Limits;
pub use self::packed::{AsPacked, Packed};
pub use self::reader::Reader;
pub use self::text::Text;
pub use self::varint::{AsVarint, AsVaruint, varuint_size};
pub use self::writer::Writer;
