//! What is measured of a server in one batch.

use std::time::Duration;

use crate::generator::Measured;

/// A figure's name, and its value in one batch.
pub(crate) type Figures = Vec<(Figure, f64)>;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Figure {
    /// Packets, deliveries or connections a second.
    Rate,
    /// Of the server, in seconds for a million of them.
    Cpu,
    /// The median of the times from a request to its answer, in microseconds.
    P50,
    /// What 1 of 100 of these exceed.
    P99,
    /// Of the server's memory, a connection.
    Bytes,
}

impl Figure {
    pub(crate) const ALL: [Self; 5] = [Self::Rate, Self::Cpu, Self::P50, Self::P99, Self::Bytes];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Cpu => "cpu",
            Self::P50 => "p50",
            Self::P99 => "p99",
            Self::Bytes => "bytes",
        }
    }

    pub(crate) const fn unit(self) -> &'static str {
        match self {
            Self::Rate => "1/s",
            Self::Cpu => "s/million",
            Self::P50 | Self::P99 => "µs",
            Self::Bytes => "a connection",
        }
    }
}

/// The rate, and what the server's processor was busy for.
pub(crate) fn rate(count: u64, time: Duration, cpu: Duration) -> Figures {
    let count = count.max(1) as f64;
    vec![(Figure::Rate, count / time.as_secs_f64()), (Figure::Cpu, cpu.as_secs_f64() * 1e6 / count)]
}

/// The rate, the processor and the times to the answers.
pub(crate) fn load(mut measured: Measured) -> Figures {
    let mut figures = rate(measured.count, measured.time, measured.cpu);
    let times = &mut measured.times;
    times.sort_unstable();
    if !times.is_empty() {
        let at = |part: usize| f64::from(times[(times.len() - 1) * part / 100]) / 1e3;
        figures.extend([(Figure::P50, at(50)), (Figure::P99, at(99))]);
    }
    figures
}
