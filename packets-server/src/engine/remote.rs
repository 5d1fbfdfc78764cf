//! What engines share that are other programs.

use std::time::Duration;

/// How many messages wait for a subscription that is not read.
pub(super) const CAPACITY: usize = 4_096;

/// How often a connection is probed that says nothing. NATS gives up after three probes without an answer.
pub(super) const PING: Duration = Duration::from_secs(2);

/// For how long the other program may take to let one in, or to answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// The time before another attempt to connect: not the same for all nodes.
pub(super) fn pause() -> Duration {
    Duration::from_millis(rand::random_range(100..=2_000))
}

/// Drivers take the process's provider of cryptography, and rustls picks none if it was built with several.
pub(super) fn provide_crypto() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_all_nodes_connect_again_at_once() {
        let pauses: Vec<_> = (0..200).map(|_| pause().as_millis()).collect();
        let (least, most) = (pauses.iter().min().expect("some"), pauses.iter().max().expect("some"));
        assert!(*least >= 100 && *most <= 2_000, "{least} to {most}");
        assert!(most - least > 1_000, "{least} to {most}");
    }
}
