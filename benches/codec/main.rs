//! The codec beside its peers. `benches/README.md` says what is measured and how.
//!
//! ```text
//! cargo bench -p packets-benches --bench codec -- [--rounds N] [set or peer …]
//! ```

mod contest;
mod data;
mod hand;
mod options;
mod peer;
mod shared;

use self::contest::{Contestant, keep_memory, measure};
use self::data::Set;
use self::options::Options;

fn main() {
    let sets = [
        run::<data::player::Player>,
        run::<data::position::Position>,
        run::<data::chat::Chat>,
        run::<data::log::Log>,
        shared::run,
        run::<data::mesh::Mesh>,
        run::<data::minecraft::Minecraft>,
        run::<data::mk48::Mk48>,
    ];
    let options = Options::from_arguments();
    keep_memory();
    let ratios: Vec<String> = sets.iter().flat_map(|run| run(&options)).collect();
    println!();
    for ratio in ratios {
        println!("RATIO {ratio}");
    }
}

/// Prints a table of the set and returns its ratios.
fn run<T: Set>(options: &Options) -> Vec<String> {
    if !options.wants_set(T::NAME) {
        return Vec::new();
    }
    let contestants: Vec<Contestant> = peer::contestants::<T>()
        .into_iter()
        .enumerate()
        .filter(|(index, contestant)| *index == 0 || options.wants_peer(contestant.name))
        .map(|(_, contestant)| contestant)
        .collect();
    let encode: Vec<_> = contestants.iter().map(|contestant| &contestant.encode).collect();
    let decode: Vec<_> = contestants.iter().map(|contestant| &contestant.decode).collect();
    let (encode, decode) = (measure(&encode, options.rounds), measure(&decode, options.rounds));

    println!(
        "\n{:<12}{:>10}{:>14}{:>7}{:>14}{:>7}",
        T::NAME,
        "bytes",
        "encode ns",
        "ratio",
        "decode ns",
        "ratio"
    );
    let mut ratios = Vec::new();
    for ((contestant, encode), decode) in contestants.iter().zip(encode).zip(decode) {
        println!(
            "{:<12}{:>10}{:>14.1}{:>7.2}{:>14.1}{:>7.2}",
            contestant.name, contestant.size, encode.time, encode.ratio, decode.time, decode.ratio
        );
        ratios.push(format!("codec/{}/encode/{} {:.3}", T::NAME, contestant.name, encode.ratio));
        ratios.push(format!("codec/{}/decode/{} {:.3}", T::NAME, contestant.name, decode.ratio));
    }
    ratios.split_off(2)
}
