//! Servers that are nodes of one cluster: above every [engine](crate::Engine), who there is, questions to all, and
//! rooms that reach over them.

mod acceptor;
mod answers;
mod builder;
mod driver;
mod event;
mod gather;
mod health;
mod intercom;
mod link;
mod membership;
mod message;
mod node;
mod outbox;
mod seal;
mod server;
mod settings;
mod work;

pub use self::answers::NodeAnswers;
pub(crate) use self::builder::ClusterBuilder;
pub use self::event::{ClusterEvent, ClusterEvents, Departure};
pub use self::intercom::{Gathered, Gathering, Intercom, IntercomError, NodeError, Tally};
pub(crate) use self::link::{Belonging, Link};
pub use self::node::{Node, NodeId};
pub use self::outbox::PublishError;
pub use self::settings::Cluster;
