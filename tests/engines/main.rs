//! The engines that are other programs, with the real ones: `nats-server` and `redis-server` have to be installed.

mod conformance;
mod driver;
mod fault;
mod node;
mod process;
mod rooms;
mod several;
mod tls;

use std::time::Duration;

use packets_server::{Engine, EngineError, EngineFuture, Nats, Redis, Subject, Subscription};
use packets_tests::broker::Program;
use tokio::time::timeout;

/// Runs a test for each engine.
macro_rules! on_each {
    ($($test:ident in $seconds:literal)*) => {
        mod nats {
            $(
                #[test]
                fn $test() {
                    crate::run($seconds, super::$test(packets_tests::broker::Program::Nats));
                }
            )*
        }
        mod redis {
            $(
                #[test]
                fn $test() {
                    crate::run($seconds, super::$test(packets_tests::broker::Program::Redis));
                }
            )*
        }
    };
}
use on_each;

/// Runs a test, which may take so many seconds.
fn run(seconds: u64, test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        timeout(Duration::from_secs(seconds), test).await.expect("the test is done in time");
    });
}

/// Either engine.
#[derive(Clone, Debug)]
enum Either {
    Nats(Nats),
    Redis(Redis),
}

impl Either {
    async fn connect(program: Program, port: u16) -> Result<Self, EngineError> {
        let url = program.url(port);
        match program {
            Program::Nats => Nats::connect(&url).await.map(Self::Nats),
            Program::Redis => Redis::connect(&url).await.map(Self::Redis),
        }
    }

    fn engine(&self) -> &dyn Engine {
        match self {
            Self::Nats(engine) => engine,
            Self::Redis(engine) => engine,
        }
    }
}

impl Engine for Either {
    fn subscribe(&self, subjects: Vec<Subject>) -> EngineFuture<'_, Subscription> {
        self.engine().subscribe(subjects)
    }

    fn publish(&self, subject: &Subject, message: bytes::Bytes) -> EngineFuture<'_, ()> {
        self.engine().publish(subject, message)
    }

    fn publish_to_others(&self, subject: &Subject, message: bytes::Bytes) -> EngineFuture<'_, ()> {
        self.engine().publish_to_others(subject, message)
    }

    fn flush(&self) -> EngineFuture<'_, ()> {
        self.engine().flush()
    }

    fn max_message(&self) -> usize {
        self.engine().max_message()
    }
}
