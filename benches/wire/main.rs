//! Servers over the wire, ours beside its peers. `benches/README.md` says what is measured and how.
//!
//! ```text
//! cargo bench -p packets-benches --bench wire -- [--rounds N] [scenario or peer …]
//! ```

mod contest;
mod figure;
mod generator;
mod options;
mod peer;
mod pin;
mod process;
mod protocol;
mod scenario;

use std::env;

use self::contest::Contest;
use self::options::Options;

fn main() {
    // A server in a process of its own is this program again.
    if let Some(name) = env::var_os(process::SERVE) {
        return peer::serve(&name.to_string_lossy());
    }
    let options = Options::from_arguments();
    pin::generator();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (figures, ratios) = runtime.block_on(async {
        let mut contest = Contest::new(&options);
        let (mut figures, mut ratios) = (Vec::new(), Vec::new());
        for scenario in scenario::ALL.iter().filter(|scenario| options.wants_scenario(scenario.name)) {
            let outcome = contest.hold(scenario, &options).await;
            figures.extend(outcome.0);
            ratios.extend(outcome.1);
        }
        (figures, ratios)
    });
    println!();
    for figure in figures {
        println!("FIGURE {figure}");
    }
    for ratio in ratios {
        println!("RATIO {ratio}");
    }
}
