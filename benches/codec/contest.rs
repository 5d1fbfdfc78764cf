//! Measuring: a batch of every contestant, round after round, so that what disturbs the machine disturbs all of them.
//! A ratio compares batches of the same round.

use std::hint::black_box;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::data::Set;
use crate::data::random::Random;
use crate::peer::Peer;

/// How long a batch takes, at least.
const BATCH: Duration = Duration::from_millis(2);

/// Runs an operation so many times.
pub(crate) type Batch = Box<dyn Fn(u32) -> Duration>;

pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    /// How many bytes it encodes to.
    pub(crate) size: usize,
    pub(crate) encode: Batch,
    pub(crate) decode: Batch,
}

impl Contestant {
    /// Checks that what `P` encodes it decodes.
    pub(crate) fn new<T: Set, P: Peer<T>>(value: &Rc<T>) -> Self {
        let value = P::prepare(value);
        let bytes = P::encode(&value);
        assert!(P::decode(&bytes) == *value, "{}: {} does not survive", T::NAME, P::NAME);
        Self {
            name: P::NAME,
            size: bytes.len(),
            encode: Box::new(move |times| batch(times, || P::encode(black_box(&value)))),
            decode: Box::new(move |times| batch(times, || P::decode(black_box(&bytes)))),
        }
    }
}

/// For what is no contestant.
pub(crate) fn decoding<R>(decode: impl Fn() -> R + 'static) -> Batch {
    Box::new(move |times| batch(times, &decode))
}

/// The results are dropped inside the measured time. They stay where they were put: moving what was only just written
/// may cost more than a small packet.
///
/// The first operation is not measured: it finds the caches and the heap as the contestant before left them.
fn batch<R>(times: u32, operation: impl Fn() -> R) -> Duration {
    black_box(&operation());
    let start = Instant::now();
    for _ in 0..times {
        black_box(&operation());
    }
    start.elapsed()
}

/// What came out for one contestant.
pub(crate) struct Outcome {
    /// The median of the times that one operation took, in nanoseconds.
    pub(crate) time: f64,
    /// The median of the first contestant's time by this one's.
    pub(crate) ratio: f64,
}

/// Makes memory stay with the program that was freed, whoever frees how much of it: else whose pages are new to it would
/// depend on who came before. glibc's allocator learns from the largest piece that it gave back.
pub(crate) fn keep_memory() {
    drop(black_box(vec![1_u8; 30 << 20]));
}

pub(crate) fn measure(batches: &[&Batch], rounds: usize) -> Vec<Outcome> {
    let times: Vec<u32> = batches.iter().map(|batch| calibrate(batch)).collect();
    let (mut random, mut order) = (Random::new(5), Vec::from_iter(0..batches.len()));
    let rounds: Vec<Vec<f64>> = (0..rounds)
        .map(|_| {
            // Whom one comes after is chance, because a batch finds the caches and the heap as another left them.
            random.shuffle(&mut order);
            let mut round = vec![0.0; batches.len()];
            for &index in &order {
                round[index] = batches[index](times[index]).as_nanos() as f64 / f64::from(times[index]);
            }
            round
        })
        .collect();
    (0..batches.len())
        .map(|index| Outcome {
            time: median(rounds.iter().map(|round| round[index]).collect()),
            ratio: median(rounds.iter().map(|round| round[0] / round[index]).collect()),
        })
        .collect()
}

/// How many operations make a batch.
fn calibrate(batch: &Batch) -> u32 {
    let mut times = 1;
    loop {
        let took = batch(times);
        if took >= BATCH {
            return times;
        }
        // Towards the goal, but not all at once: the first operations are the slowest.
        let wanted = BATCH.as_secs_f64() / took.as_secs_f64().max(1e-9);
        times = (f64::from(times) * wanted.clamp(1.2, 8.0)).ceil() as u32;
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}
