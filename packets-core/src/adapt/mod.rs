//! What lets ends of different builds understand each other: [`Plan`]s that make values of one schema values of
//! another, bytes to bytes.
//!
//! A client makes them of the server's manifest by itself. By hand they bring stored bytes up to date:
//!
//! ```
//! use packets_core::adapt::Plan;
//! use packets_core::{Schema, schema};
//!
//! #[derive(Schema)]
//! struct Player {
//!     id: u64,
//!     name: String,
//!     #[packet(default)]
//!     score: i32,
//! }
//!
//! let old = "{id:uint16,name:string,shoes:[string]}".parse()?;
//! let plan = Plan::new("Player", &old, Player::TYPE)?;
//! let bytes = plan.adapt(b"\x01\x02\x03joe\x01\x03red")?;
//! let player: Player = schema::decode(&bytes)?;
//! assert_eq!((player.id, &*player.name, player.score), (0x0102, "joe", 0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What can be adapted
//! An adapted value is the same value, or there is none: nothing is rounded, cut off or guessed.
//!
//! | from | to | |
//! |---|---|---|
//! | a field that the receiver lacks | | is left out |
//! | | a field that the sender lacks | takes its `#[packet(default)]`; without one it is absent if it is a `T?`, nothing if its type takes no bytes, and else cannot be |
//! | an integer | any other integer | the same number, or an error if the type cannot say it |
//! | `float32` | `float64` | the same number |
//! | `T` | `T?` | is there |
//! | `T?` | `T` | the value, or an error if it is absent |
//! | a variant | the variant of its name | wherever it stands; an error if there is none |
//! | a list, set, map, option, tuple or array of as many items, an object | the same of other types | each item by itself; maps and sets are put in order anew |
//!
//! All else, such as a `string` for a number or a `float32` for a `float64`, cannot be adapted whatever the
//! value, and there is no plan. Names are what fields and variants are known by: a new name is a new field. The
//! names of types mean nothing.

mod compile;
mod error;
mod integer;
mod place;
mod plan;
mod shape;
mod transcode;

pub use self::error::{AdaptError, Incompatible};
pub use self::plan::{Adaptation, Plan};
