//! The programs that engines connect to, each test's own, and faults on the way to them.

mod program;
mod proxy;

pub use self::program::{Broker, Program};
pub use self::proxy::Proxy;
