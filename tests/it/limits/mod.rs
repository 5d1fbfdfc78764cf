//! What happens at each limit that nothing else here reaches.

mod acceptors;
mod size;
mod slow;
