//! Behaviour through the public API, over transports in memory and real sockets.

mod agreement;
mod attack;
mod bundle;
mod hostile;
mod http;
mod limits;
mod rooms;
mod settles;
mod socket;
mod travel;
