//! Behaviour through the public API, over transports in memory and real sockets.

mod agreement;
mod attack;
mod bundle;
mod cancellation;
mod client;
mod cluster;
mod hostile;
mod http;
mod layer;
mod limits;
mod observe;
mod pressure;
mod rate;
mod resume;
mod rooms;
mod settles;
mod socket;
mod testkit;
mod travel;
mod typescript;
mod websocket;
