//! A caller never hangs, whatever becomes of the other end.

mod close;
mod crowd;
mod deadline;
mod heartbeat;
mod inherit;
mod room;
mod uncancelled;
