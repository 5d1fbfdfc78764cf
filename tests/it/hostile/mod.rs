//! Clients that do not behave, over real sockets, each beside a good one that goes on being served.

mod acceptor;
mod bytes;
mod greeting;
mod http;

use packets_tests::harness::{Scene, lives};
