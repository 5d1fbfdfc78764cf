//! A socket: what it knows of its client, how it is closed, and what is told of its end.

mod close;
mod disconnect;
mod extensions;
