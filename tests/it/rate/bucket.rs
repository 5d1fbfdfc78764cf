//! A rate lets pass what a simple model of it does, to the microsecond.

use std::time::Duration;

use packets_server::{Policy, Rate, Socket};
use packets_tests::harness::{Count, client, connect, paused_time, server};
use proptest::prelude::*;

/// Tokens as a fraction of the rate's time span in microseconds.
struct Model {
    tokens: u128,
    most: u128,
    span: u128,
    count: u128,
}

impl Model {
    fn new(rate: Rate) -> Self {
        let span = rate.span().as_micros();
        let most = u128::from(rate.at_once()) * span;
        Self { tokens: most, most, span, count: rate.count().into() }
    }

    fn wait(&mut self, micros: u64) {
        self.tokens = self.most.min(self.tokens + u128::from(micros) * self.count);
    }

    fn take(&mut self) -> bool {
        let passes = self.tokens >= self.span;
        if passes {
            self.tokens -= self.span;
        }
        passes
    }
}

fn rates() -> impl Strategy<Value = Rate> {
    let by = prop_oneof![
        Just(Rate::per_second as fn(u32) -> Rate),
        Just(Rate::per_minute as fn(u32) -> Rate),
        Just(Rate::per_hour as fn(u32) -> Rate),
    ];
    (by, 1..200_u32, 1..20_u32).prop_map(|(by, count, burst)| by(count).burst(burst))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_rate_lets_pass_what_the_model_does(
        rate in rates(),
        waits in prop::collection::vec(prop_oneof![Just(0), 1..100_000_u64, 1..100_000_000_u64], 1..60),
    ) {
        paused_time(async move {
            let server = server()
                .policy::<Count>(Policy::new().rate(rate))
                .accept(|packet: Count, _: Socket| async move { packet.value })
                .build()
                .expect("a server");
            let (client, _end) = connect(&server, client()).await;
            let mut model = Model::new(rate);
            for wait in waits {
                tokio::time::advance(Duration::from_micros(wait)).await;
                model.wait(wait);
                let passed = client.send(Count { value: 1 }).await.is_ok();
                assert_eq!(passed, model.take(), "{rate} after {wait} µs");
            }
        });
    }
}
