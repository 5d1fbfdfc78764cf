//! Packets go both ways, and answers come back.

mod acceptor;
mod both_ways;
mod error;
mod order;
mod stream;
