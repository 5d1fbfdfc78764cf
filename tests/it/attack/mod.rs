//! Floods and silence against the real server, each beside a good client that goes on being served.

mod admission;
mod frames;
#[cfg(target_os = "linux")]
mod memory;
mod rooms;
mod shutdown;
mod silence;
