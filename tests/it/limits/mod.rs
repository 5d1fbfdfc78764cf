//! What happens at each limit that nothing else here reaches.

mod acceptors;
mod page;
mod size;
mod slow;
mod structure;
mod wait;
