//! Servers that are nodes of one cluster: above every [engine](crate::Engine), who there is, questions to all, and
//! rooms that reach over them.

mod acceptor;
mod answers;
mod builder;
mod driver;
mod ear;
mod elsewhere;
mod event;
mod everywhere;
mod gather;
mod health;
mod intercom;
mod link;
mod membership;
mod message;
mod node;
mod others;
mod outbox;
mod reader;
mod relay;
mod seal;
mod server;
mod settings;
mod work;
mod writer;

pub use self::answers::NodeAnswers;
pub(crate) use self::builder::ClusterBuilder;
pub(crate) use self::elsewhere::Elsewhere;
pub use self::event::{ClusterEvent, ClusterEvents, Departure};
pub use self::everywhere::{Everywhere, Found, Reached};
pub use self::intercom::{Gathered, Gathering, Intercom, IntercomError, NodeError, Tally};
pub(crate) use self::link::{Belonging, Link};
pub(crate) use self::message::{Choice, Content, Emit};
pub use self::node::{Node, NodeId};
pub(crate) use self::outbox::Destination;
pub use self::outbox::PublishError;
pub use self::settings::Cluster;
