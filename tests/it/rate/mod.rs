//! How much and how often one end may send.

mod bucket;
mod connection;
mod log;
mod packet;
