//! Both engines, by the suite that all engines pass.

use packets_tests::broker::{Broker, Program};

use crate::Either;

/// A broker that lives as long as what connects to it.
fn connect(program: Program) -> impl Fn() -> std::pin::Pin<Box<dyn Future<Output = Either> + Send>> {
    let broker = Broker::start(program);
    move || {
        let port = broker.port();
        Box::pin(async move { Either::connect(program, port).await.expect("a connection") })
    }
}

mod nats {
    packets_tests::conformance!(super::connect(packets_tests::broker::Program::Nats));
}

mod redis {
    packets_tests::conformance!(super::connect(packets_tests::broker::Program::Redis));
}
