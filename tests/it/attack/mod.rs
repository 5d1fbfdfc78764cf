//! Floods and silence against the real server, each beside a good client that goes on being served.

mod admission;
mod frames;
mod shutdown;
