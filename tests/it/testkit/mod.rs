//! The kit that applications are tested with.

mod cable;
mod server;
