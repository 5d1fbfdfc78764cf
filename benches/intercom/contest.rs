//! Measuring: some questions of every contestant, round after round, so that what disturbs the machine disturbs all of
//! them. A ratio compares what came out in the same round.

use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use rand::seq::SliceRandom;

/// How many questions follow each other in a round, beside the first, which is not measured: it finds the caches as the
/// contestant before left them.
const QUESTIONS: usize = 20;

/// Asks nodes.
pub(crate) trait Asker {
    fn name(&self) -> &'static str;

    /// Asks so often, one after the other; how long each took, until all answers were there.
    fn ask(&mut self, times: usize) -> LocalBoxFuture<'_, Vec<Duration>>;
}

/// What came out for one contestant, in seconds.
pub(crate) struct Outcome {
    pub(crate) name: &'static str,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// The median of each round.
    rounds: Vec<f64>,
}

impl Outcome {
    /// The median of the ratios within a round.
    pub(crate) fn by(&self, other: &Self) -> f64 {
        let mut ratios: Vec<_> =
            self.rounds.iter().zip(&other.rounds).map(|(ours, theirs)| ours / theirs).collect();
        quantile(&mut ratios, 0.5)
    }
}

pub(crate) async fn hold(askers: &mut [Box<dyn Asker>], rounds: usize) -> Vec<Outcome> {
    let mut order = Vec::from_iter(0..askers.len());
    let mut times = vec![Vec::new(); askers.len()];
    let mut medians = vec![Vec::new(); askers.len()];
    for asker in &mut *askers {
        asker.ask(5 * QUESTIONS).await;
    }
    for _ in 0..rounds {
        order.shuffle(&mut rand::rng());
        for &index in &order {
            let took = askers[index].ask(1 + QUESTIONS).await;
            let mut took: Vec<_> = took[1..].iter().map(Duration::as_secs_f64).collect();
            medians[index].push(quantile(&mut took, 0.5));
            times[index].extend(took);
        }
    }
    let outcomes = askers.iter().zip(times).zip(medians).map(|((asker, mut times), rounds)| Outcome {
        name: asker.name(),
        p50: quantile(&mut times, 0.5),
        p99: quantile(&mut times, 0.99),
        rounds,
    });
    outcomes.collect()
}

pub(crate) fn quantile(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(part * (values.len() - 1) as f64).round() as usize]
}
