//! A recorder to read figures from.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit, with_local_recorder,
};

/// What was recorded, by name and labels, as in `packets_sent_total{end=client,packet=Echo}`.
#[derive(Clone, Default)]
pub(super) struct Recorded(Arc<Mutex<Recording>>);

#[derive(Default)]
struct Recording {
    figures: BTreeMap<String, Figure>,
    described: BTreeMap<String, Option<Unit>>,
    lookups: usize,
}

type Figure = Arc<Mutex<Vec<f64>>>;

impl Recorded {
    /// Runs something whose figures are recorded.
    pub(super) fn during(act: impl FnOnce(&Self)) -> Self {
        let recorded = Self::default();
        with_local_recorder(&recorded, || act(&recorded));
        recorded
    }

    fn lock(&self) -> MutexGuard<'_, Recording> {
        self.0.lock().expect("no panic")
    }

    /// A counter or gauge.
    pub(super) fn value(&self, figure: &str) -> f64 {
        self.samples(figure).iter().sum()
    }

    /// A histogram's values.
    pub(super) fn samples(&self, figure: &str) -> Vec<f64> {
        let recording = self.lock();
        let samples = recording.figures.get(figure);
        samples.unwrap_or_else(|| panic!("no {figure}")).lock().expect("no panic").clone()
    }

    /// All that there are.
    pub(super) fn names(&self) -> Vec<String> {
        self.lock().figures.keys().cloned().collect()
    }

    /// The names that were described, with their units.
    pub(super) fn described(&self) -> BTreeMap<String, Option<Unit>> {
        self.lock().described.clone()
    }

    /// How often somebody looked for a figure.
    pub(super) fn lookups(&self) -> usize {
        self.lock().lookups
    }

    fn figure(&self, key: &Key) -> Arc<Cell> {
        let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let name = format!("{}{{{}}}", key.name(), labels.join(","));
        let mut recording = self.lock();
        recording.lookups += 1;
        Arc::new(Cell(recording.figures.entry(name).or_default().clone()))
    }

    fn describe(&self, name: &KeyName, unit: Option<Unit>) {
        self.lock().described.insert(name.as_str().to_owned(), unit);
    }
}

struct Cell(Figure);

impl Cell {
    fn push(&self, value: f64) {
        self.0.lock().expect("no panic").push(value);
    }
}

impl CounterFn for Cell {
    fn increment(&self, value: u64) {
        self.push(value as f64);
    }

    fn absolute(&self, value: u64) {
        panic!("a counter counts, and is not set to {value}");
    }
}

impl GaugeFn for Cell {
    fn increment(&self, value: f64) {
        self.push(value);
    }

    fn decrement(&self, value: f64) {
        self.push(-value);
    }

    fn set(&self, value: f64) {
        panic!("several connections share a gauge, and none sets it to {value}");
    }
}

impl HistogramFn for Cell {
    fn record(&self, value: f64) {
        self.push(value);
    }
}

impl Recorder for Recorded {
    fn describe_counter(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        self.describe(&name, unit);
    }

    fn describe_gauge(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        self.describe(&name, unit);
    }

    fn describe_histogram(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        self.describe(&name, unit);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.figure(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.figure(key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.figure(key))
    }
}
