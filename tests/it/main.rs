//! Behaviour through the public API, over transports in memory and real sockets.
