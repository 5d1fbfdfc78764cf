//! Measuring: a batch of ours and one of a peer, in turn, round after round. A ratio compares two that follow each
//! other, so that what disturbs the machine for longer disturbs no ratio.

use std::collections::HashMap;

use crate::figure::{Figure, Figures};
use crate::options::Options;
use crate::peer::{self, Peer};
use crate::process::Process;
use crate::scenario::{Scenario, Server};

pub(crate) struct Contest {
    ours: Peer,
    peers: Vec<Peer>,
    /// The servers that run, by name.
    processes: HashMap<&'static str, Process>,
}

/// What came out for one peer.
struct Outcome {
    name: &'static str,
    /// The medians of its figures.
    figures: Figures,
    /// The medians of ours by its.
    ratios: Figures,
}

impl Contest {
    pub(crate) fn new(options: &Options) -> Self {
        let mut peers = peer::all();
        let ours = peers.remove(0);
        if !peers.iter().any(|peer| peer.name.starts_with("node")) {
            println!("Node, or what benches/wire/install.sh installs for it, is not there: no peers on Node");
        }
        peers.retain(|peer| options.wants_peer(peer.name));
        Self { ours, peers, processes: HashMap::new() }
    }

    /// Prints a table of the scenario, and returns what is printed last: our figures, and the ratios.
    pub(crate) async fn hold(
        &mut self,
        scenario: &Scenario,
        options: &Options,
    ) -> (Vec<String>, Vec<String>) {
        let rounds = if scenario.is_fresh { 1 } else { options.rounds };
        let peers = self.peers.iter().filter(|peer| scenario.is_for(peer));
        let mut all_ours = Vec::new();
        let mut batches: Vec<(&Peer, Vec<Figures>, Vec<Figures>)> =
            peers.map(|peer| (peer, Vec::new(), Vec::new())).collect();
        let processes = &mut self.processes;
        for _ in 0..rounds {
            let mut ours = None;
            for (peer, theirs, ratios) in &mut batches {
                // What is measured once is measured of us once, too.
                let of_us = match ours.take() {
                    Some(ours) => ours,
                    None => batch(&self.ours, scenario, processes).await,
                };
                let of_them = batch(peer, scenario, processes).await;
                let ratio = |(one, other): (&(Figure, f64), &(Figure, f64))| (one.0, one.1 / other.1);
                ratios.push(of_us.iter().zip(&of_them).map(ratio).collect());
                theirs.push(of_them);
                all_ours.push(of_us.clone());
                ours = scenario.is_fresh.then_some(of_us);
            }
        }
        if batches.is_empty() {
            for _ in 0..rounds {
                all_ours.push(batch(&self.ours, scenario, processes).await);
            }
        }
        let ours = medians(&all_ours);
        let outcomes: Vec<_> = batches
            .iter()
            .map(|(peer, theirs, ratios)| Outcome {
                name: peer.name,
                figures: medians(theirs),
                ratios: medians(ratios),
            })
            .collect();
        print(scenario.name, &ours, &outcomes);
        let line = |outcome: &Outcome, (figure, ratio): &(Figure, f64)| {
            format!("wire/{}/{}/{} {ratio:.3}", scenario.name, figure.name(), outcome.name)
        };
        let ratios = outcomes
            .iter()
            .flat_map(|it| it.ratios.iter().map(|ratio| line(it, ratio)).collect::<Vec<_>>())
            .collect();
        let figures = ours
            .iter()
            .map(|(figure, value)| format!("wire/{}/{} {value:.3}", scenario.name, figure.name()))
            .collect();
        (figures, ratios)
    }
}

async fn batch(peer: &Peer, scenario: &Scenario, processes: &mut HashMap<&'static str, Process>) -> Figures {
    if scenario.is_fresh {
        let process = Process::start(peer);
        return (scenario.run)(&Server { peer, process: &process }).await;
    }
    let process = processes.entry(peer.name).or_insert_with(|| Process::start(peer));
    (scenario.run)(&Server { peer, process }).await
}

fn medians(batches: &[Figures]) -> Figures {
    let of = |figure: Figure| {
        let mut values: Vec<f64> =
            batches.iter().flatten().filter(|(of, _)| *of == figure).map(|(_, value)| *value).collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        match values.len() {
            0 => None,
            odd if odd % 2 == 1 => Some((figure, values[middle])),
            _ => Some((figure, (values[middle - 1] + values[middle]) / 2.0)),
        }
    };
    Figure::ALL.into_iter().filter_map(of).collect()
}

fn print(scenario: &str, ours: &Figures, outcomes: &[Outcome]) {
    print!("\n{scenario:<24}");
    for (figure, _) in ours {
        print!("{:>22}", format!("{}, {}", figure.name(), figure.unit()));
    }
    print!("\n{:<24}", "packets");
    for (figure, value) in ours {
        print!("{:>15}{:7}", number(*figure, *value), "");
    }
    println!();
    for outcome in outcomes {
        print!("{:<24}", outcome.name);
        for ((figure, value), (_, ratio)) in outcome.figures.iter().zip(&outcome.ratios) {
            print!("{:>15}{ratio:>7.2}", number(*figure, *value));
        }
        println!();
    }
}

fn number(figure: Figure, value: f64) -> String {
    match figure {
        Figure::Rate | Figure::Bytes => format!("{value:.0}"),
        Figure::Cpu => format!("{value:.3}"),
        Figure::P50 | Figure::P99 => format!("{value:.1}"),
    }
}
