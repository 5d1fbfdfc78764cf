//! Packets of a thousand types.

use packets_core::packet::{Descriptor, Origin};
use packets_core::{Packet, Schema};
use packets_server::{ServerBuilder, Socket};

use super::packets::Position;

/// The packet of 32 bytes, with which it is answered.
#[derive(Schema)]
pub(crate) struct Numbered<const N: usize>(Position);

impl<const N: usize> Numbered<N> {
    const BYTES: &[u8] = &{
        let mut name = *b"Numbered000";
        name[8] += (N / 100) as u8;
        name[9] += (N / 10 % 10) as u8;
        name[10] += (N % 10) as u8;
        name
    };
}

impl<const N: usize> Packet for Numbered<N> {
    const NAME: &'static str = match str::from_utf8(Self::BYTES) {
        Ok(name) => name,
        Err(_) => panic!("it is ASCII"),
    };

    type Response = Position;

    const ORIGIN: Origin = Origin { type_name: "Numbered", file: file!(), line: line!() };
}

/// By the three digits of its number.
type Thousand<T> = [[[T; 10]; 10]; 10];

/// One that is called.
#[derive(Clone, Copy)]
pub(crate) struct Called {
    pub(crate) name: &'static str,
    pub(crate) accept: fn(ServerBuilder) -> ServerBuilder,
}

/// The next digit of a number, all ten of them.
macro_rules! digits {
    ($next:ident, $before:expr) => {
        [
            $next!($before * 10),
            $next!($before * 10 + 1),
            $next!($before * 10 + 2),
            $next!($before * 10 + 3),
            $next!($before * 10 + 4),
            $next!($before * 10 + 5),
            $next!($before * 10 + 6),
            $next!($before * 10 + 7),
            $next!($before * 10 + 8),
            $next!($before * 10 + 9),
        ]
    };
}

macro_rules! tens {
    ($number:expr) => {
        digits!(ones, $number)
    };
}

macro_rules! ones {
    ($number:expr) => {
        digits!(descriptor, $number)
    };
}

macro_rules! descriptor {
    ($number:expr) => {
        Descriptor::of::<Numbered<{ $number }>>
    };
}

macro_rules! called_tens {
    ($number:expr) => {
        digits!(called, $number)
    };
}

macro_rules! called {
    ($number:expr) => {
        Called {
            name: Numbered::<{ $number * 10 }>::NAME,
            accept: |server| {
                server.accept(|packet: Numbered<{ $number * 10 }>, _: Socket| async move { packet.0 })
            },
        }
    };
}

static DESCRIPTORS: Thousand<fn() -> Descriptor> = digits!(tens, 0);
static CALLED: [[Called; 10]; 10] = digits!(called_tens, 0);

/// The first of them.
pub(crate) fn first(count: usize) -> &'static [fn() -> Descriptor] {
    &DESCRIPTORS.as_flattened().as_flattened()[..count]
}

/// One of ten among the first.
pub(crate) fn called(count: usize) -> &'static [Called] {
    &CALLED.as_flattened()[..count.div_ceil(10)]
}
