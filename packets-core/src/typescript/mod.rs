//! The program's packets as a TypeScript module, for pages and for Node.
//!
//! The module has the type of every packet's data and response, the doc comments, the codecs, made of those of the
//! package `packets-client` of npm, of which a page ships what its packets need, and the defaults of fields, for
//! servers of another build. Nobody writes it: a program of four lines does, in a crate that depends on the packets and
//! on `packets-core` with the feature `typescript`.
//!
//! ```no_run
//! // src/bin/typescript.rs
//! # mod my_protocol { #[derive(packets_core::Packet)] struct Slap; }
//! use my_protocol as _;
//!
//! fn main() -> Result<(), packets_core::typescript::TypescriptError> {
//!     packets_core::typescript::write("web/packets.ts")
//! }
//! ```
//!
//! And a test of the same crate fails when the file is stale:
//!
//! ```no_run
//! // tests/typescript.rs
//! # mod my_protocol { #[derive(packets_core::Packet)] struct Slap; }
//! use my_protocol as _;
//!
//! #[test]
//! fn the_page_has_these_packets() -> Result<(), packets_core::typescript::TypescriptError> {
//!     packets_core::typescript::check("web/packets.ts")
//! }
//! ```
//!
//! # Types
//! | schema | TypeScript |
//! |---|---|
//! | `bool` | `boolean` |
//! | integers of 8, 16 and 32 bits, `varuint`, `varint`, floats | `number` |
//! | integers of 64 and 128 bits | `bigint` |
//! | `char`, `string` | `string` |
//! | `buffer`, `[uint8;N]` | `Uint8Array` |
//! | `packed` | `unknown` |
//! | `[T]`, `[T;N]`, `(A,B)` | `T[]`, `[T, T]` (from 9 items on `T[]`), `[A, B]` |
//! | `T?` | `T \| undefined`; as a field `name?: T`; where T may be `undefined` itself, `[] \| [T]` |
//! | `set<T>`, `map<K,V>` | `Set<T>`, `Map<K, V>` |
//! | `enum{A,B}` | `'A' \| 'B'` |
//! | `enum{A,B:T}` | `{ type: 'A' } \| { type: 'B'; value: T }` |
//! | `Duration`; `SystemTime`, `jiff::Timestamp` | `Duration`; `Time`: `{ nanos: number; secs: bigint }` |
//! | `{}` | `Record<string, never>`; a packet or response of nothing is `undefined` |
//!
//! A struct or enum without parameters has an interface or type of its own name. If the program has two of the same
//! schema under different names, there is no telling which one is meant: it is written out where it stands. Of several
//! of the same schema and name, the doc comments are of the one that is nearest to the packet by its crate and modules.

mod description;
mod module;
mod names;
mod shape;
mod value;

use std::path::Path;

pub use self::description::Description;
pub use self::module::module;

use crate::{Registry, RegistryError};

/// Why the module is not there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TypescriptError {
    /// The program's packets do not make a registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The file cannot be read or written.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// The file is not what the packets make.
    #[error("{path} is stale: line {line} is not what the packets make; write it anew")]
    Stale {
        /// The file.
        path: String,
        /// The first line that differs.
        line: usize,
    },
}

/// Writes the module of all packets that the program gathers, unless the file has it already.
///
/// # Errors
/// [`TypescriptError`] if there is no registry, or the file cannot be written.
pub fn write(path: impl AsRef<Path>) -> Result<(), TypescriptError> {
    let path = path.as_ref();
    let text = module(&Registry::gather()?);
    if std::fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    std::fs::write(path, text).map_err(|error| of_file(path, error))
}

/// Checks that the file has the module of all packets that the program gathers.
///
/// # Errors
/// [`Stale`](TypescriptError::Stale) if it has another text, and what keeps it from being read.
pub fn check(path: impl AsRef<Path>) -> Result<(), TypescriptError> {
    check_text(path.as_ref(), &module(&Registry::gather()?))
}

fn check_text(path: &Path, text: &str) -> Result<(), TypescriptError> {
    let there = std::fs::read_to_string(path).map_err(|error| of_file(path, error))?;
    if there == text {
        return Ok(());
    }
    let same = there.lines().zip(text.lines()).take_while(|(there, here)| there == here).count();
    Err(TypescriptError::Stale { path: path.display().to_string(), line: same + 1 })
}

fn of_file(path: &Path, error: std::io::Error) -> TypescriptError {
    TypescriptError::File { path: path.display().to_string(), error }
}
