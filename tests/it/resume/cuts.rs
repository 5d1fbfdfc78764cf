//! Nothing is lost, doubled or reordered, wherever in a frame a connection is cut; and a killed server is told.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use packets_client::{
    Client, ClientBuilder, ConnectError, Event, Recovered, Request, SendError, ValidationError,
};
use packets_server::{Resume, Server, Socket};
use packets_tests::harness::{Count, Echo, paused_time};
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use tokio::time::{sleep, timeout};

use super::cut::{Cut, Kind, Part, pair};
use super::{client, server};

const MINUTE: Duration = Duration::from_secs(60);

/// What each end sends, and so where it can be cut off.
const OF_SERVER: [Kind; 7] =
    [Kind::Welcome, Kind::Resumed, Kind::Ack, Kind::Packet, Kind::Call, Kind::Reply, Kind::Reject];
const OF_CLIENT: [Kind; 6] = [Kind::Hello, Kind::Ack, Kind::Packet, Kind::Call, Kind::Reply, Kind::Reject];
const PARTS: [Part; 3] = [Part::Nothing, Part::Half, Part::All];

/// The numbers that have arrived, in order.
type Seen = Arc<Mutex<Vec<u32>>>;

/// How often each text was accepted.
type Ran = Arc<Mutex<BTreeMap<String, usize>>>;

/// How often a connection was cut at these places: whether by the client, where, and how much of the frame arrived.
type Cuts = BTreeMap<(bool, Kind, Part), usize>;

/// What arrives at one end.
#[derive(Clone, Default)]
struct Arrivals {
    numbers: Seen,
    texts: Ran,
}

impl Arrivals {
    fn count(&self, packet: Count) -> impl Future<Output = u32> + Send + use<> {
        self.numbers.lock().expect("no panic").push(packet.value);
        async move { packet.value }
    }

    /// Takes its time, and refuses every third.
    fn echo(&self, packet: Echo) -> impl Future<Output = Result<String, ValidationError>> + Send + use<> {
        *self.texts.lock().expect("no panic").entry(packet.0.clone()).or_default() += 1;
        async move {
            sleep(Duration::from_millis(packet.0.len() as u64 * 7 % 20)).await;
            expected(packet.0)
        }
    }

    fn numbers(&self) -> Vec<u32> {
        self.numbers.lock().expect("no panic").clone()
    }

    fn texts(&self) -> BTreeMap<String, usize> {
        self.texts.lock().expect("no panic").clone()
    }
}

/// What comes of a call with this text.
fn expected(text: String) -> Result<String, ValidationError> {
    let number: u32 = text.parse().expect("a number");
    if number.is_multiple_of(3) { Err(ValidationError::new(number, "a third")) } else { Ok(text) }
}

/// The way to a server, which is cut so many times, and the server killed with some of the cuts.
#[derive(Clone)]
struct Network {
    server: Arc<Mutex<Server>>,
    up: Arrivals,
    attempts: Arc<AtomicUsize>,
    cuts: usize,
    /// Every so many attempts there is another server.
    lives: usize,
    seed: u64,
    made: Arc<Mutex<Cuts>>,
}

impl Network {
    fn new(seed: u64, cuts: usize, lives: usize) -> Self {
        let up = Arrivals::default();
        let server = Arc::new(Mutex::new(build(&up)));
        Self { server, up, attempts: Arc::default(), cuts, lives, seed, made: Arc::default() }
    }

    fn server(&self) -> Server {
        self.server.lock().expect("no panic").clone()
    }

    fn is_over(&self) -> bool {
        self.attempts.load(Ordering::Relaxed) > self.cuts
    }

    /// How often the server was killed.
    fn kills(&self) -> usize {
        self.attempts.load(Ordering::Relaxed).saturating_sub(1) / self.lives
    }

    /// Where the connection of this number is cut: whether by the client, and how.
    fn plan(&self, number: usize) -> Option<(bool, Cut)> {
        let mut random = SmallRng::seed_from_u64(self.seed << 32 | number as u64);
        // At first, there is nothing to go on with, and so no RESUMED.
        let (is_client, kind) = match number {
            0 => (false, Kind::Packet),
            _ if number > self.cuts => return None,
            // A server that begins does so with a new session, which the client may not hear of.
            _ if number.is_multiple_of(self.lives) && random.random() => (false, Kind::Resumed),
            _ => {
                let of_server = OF_SERVER.map(|kind| (false, kind));
                let of_client = OF_CLIENT.map(|kind| (true, kind));
                let all = [&of_server[..], &of_client[..]].concat();
                *all.choose(&mut random).expect("some")
            }
        };
        let skip = match kind {
            Kind::Packet | Kind::Call | Kind::Reply | Kind::Reject => random.random_range(0..4),
            _ => 0,
        };
        let part = *PARTS.choose(&mut random).expect("some");
        *self.made.lock().expect("no panic").entry((is_client, kind, part)).or_default() += 1;
        Some((is_client, Cut { kind, skip, part }))
    }

    async fn connect(&self, builder: ClientBuilder) -> Client {
        let network = self.clone();
        let connector = move |_: Request| {
            let network = network.clone();
            async move {
                let number = network.attempts.fetch_add(1, Ordering::Relaxed);
                if number > 0 && number.is_multiple_of(network.lives) {
                    let next = build(&network.up);
                    let killed = std::mem::replace(&mut *network.server.lock().expect("no panic"), next);
                    // Nobody waits for an answer any more in a process that is gone.
                    killed.all().close();
                }
                let ((here, there), server) = (pair().await, network.server());
                let (here, there) = match network.plan(number) {
                    Some((true, cut)) => (here.cut(cut), there),
                    Some((false, cut)) => (here, there.cut(cut)),
                    None => (here, there),
                };
                tokio::spawn(async move { server.serve_transport(there).await });
                Ok::<_, ConnectError>(here)
            }
        };
        builder.connector(connector).connect("ws://example.org/").await.expect("a connection")
    }
}

fn build(up: &Arrivals) -> Server {
    let (counts, echoes) = (up.clone(), up.clone());
    server(Resume::default())
        .accept(move |packet: Count, _: Socket| counts.count(packet))
        .accept(move |packet: Echo, _: Socket| echoes.echo(packet))
        .build()
        .expect("a server")
}

fn accepting(down: &Arrivals) -> ClientBuilder {
    let (counts, echoes) = (down.clone(), down.clone());
    client()
        .accept(move |packet: Count, _: Client| counts.count(packet))
        .accept(move |packet: Echo, _: Client| echoes.echo(packet))
}

/// Emits numbers until there were enough cuts; how many.
async fn emit(network: &Network, emit: impl Fn(Count) -> Result<(), SendError>) -> u32 {
    let mut next = 0;
    while !network.is_over() {
        match emit(Count { value: next }) {
            Ok(()) => next += 1,
            // A killed server knows nobody.
            Err(SendError::Full | SendError::Disconnected(_)) => {}
            Err(error) => panic!("{error}"),
        }
        sleep(Duration::from_millis(8)).await;
    }
    next
}

/// Calls with one number after the other until there were enough cuts; those that were settled by an answer, and those
/// of which nobody knows.
async fn call(
    network: &Network,
    mut call: impl AsyncFnMut(Echo) -> Result<String, SendError>,
) -> (Vec<String>, Vec<String>) {
    let (mut answered, mut unknown) = (Vec::new(), Vec::new());
    for number in 0_u32.. {
        if network.is_over() {
            break;
        }
        let text = number.to_string();
        match call(Echo(text.clone())).await {
            Err(SendError::Disconnected(_)) => {
                unknown.push(text);
                sleep(Duration::from_millis(1)).await;
            }
            result => {
                assert_eq!(result, expected(text.clone()).map_err(SendError::Validation));
                answered.push(text);
            }
        }
    }
    (answered, unknown)
}

/// Waits until no more arrives.
async fn arrived(up: &Arrivals, down: &Arrivals) {
    let quiet = async {
        loop {
            let before = (up.numbers().len(), down.numbers().len());
            sleep(Duration::from_secs(2)).await;
            if before == (up.numbers().len(), down.numbers().len()) {
                return;
            }
        }
    };
    timeout(MINUTE, quiet).await.expect("it comes to rest");
}

/// Goes on with one session over a quarter of a thousand cuts.
fn nothing_is_lost(seed: u64, made: &Arc<Mutex<Cuts>>) {
    paused_time(async {
        let network = Network { made: made.clone(), ..Network::new(seed, 250, usize::MAX) };
        let down = Arrivals::default();
        let client = network.connect(accepting(&down)).await;
        let (mut events, id, server) = (client.events(), client.id(), network.server());
        let socket = packets_tests::harness::only_socket(&server).await;
        let recovered = async {
            let mut connections = 0;
            while !network.is_over() {
                match events.next().await.expect("it goes on") {
                    Event::Connected { session, recovered } => {
                        assert_eq!((session, recovered), (id, Recovered::Full));
                        connections += 1;
                    }
                    Event::Disconnected(reason) => {
                        assert!(matches!(reason, packets_core::CloseReason::Lost(_)), "{reason}");
                    }
                    _ => {}
                }
            }
            connections
        };
        let (emitted_up, emitted_down, called_up, called_down, recovered) = tokio::join!(
            emit(&network, |packet| client.emit(&packet)),
            emit(&network, |packet| socket.emit(&packet)),
            call(&network, async |packet| client.send(packet).timeout(MINUTE).await),
            call(&network, async |packet| socket.send(packet).timeout(MINUTE).await),
            recovered,
        );
        arrived(&network.up, &down).await;

        println!("{emitted_up} up, {emitted_down} down, {recovered} resumed");
        assert!(recovered > 175);

        for (arrivals, emitted, (answered, unknown)) in
            [(&network.up, emitted_up, called_up), (&down, emitted_down, called_down)]
        {
            assert!(arrivals.numbers().into_iter().eq(0..emitted), "each once, and in order");
            assert!(unknown.is_empty() && answered.len() > 75);
            assert_eq!(arrivals.texts(), answered.into_iter().map(|text| (text, 1)).collect());
        }
        assert_eq!((client.calls(), socket.calls(), server.sockets().len()), (0, 0, 1));
    });
}

#[test]
fn nothing_is_lost_doubled_or_reordered_over_a_thousand_cuts() {
    let made = Arc::default();
    (0..4).for_each(|seed| nothing_is_lost(seed, &made));
    let cuts = made.lock().expect("no panic").clone();
    println!("{cuts:?}");
    assert_eq!(cuts.values().sum::<usize>(), 4 * (1 + 250));
    for (is_client, kinds) in [(false, &OF_SERVER[..]), (true, &OF_CLIENT[..])] {
        for (kind, part) in kinds.iter().flat_map(|kind| PARTS.map(|part| (*kind, part))) {
            assert!(cuts.get(&(is_client, kind, part)) > Some(&9), "{kind:?} {part:?}");
        }
    }
}

#[test]
fn a_server_that_is_killed_over_and_over_is_told_each_time() {
    paused_time(async {
        let (network, down) = (Network::new(2, 400, 8), Arrivals::default());
        let client = network.connect(accepting(&down)).await;
        let (mut events, mut id) = (client.events(), client.id());
        let known = async {
            let (mut new, mut full) = (0, 0);
            while !network.is_over() {
                match events.next().await.expect("it goes on") {
                    Event::Connected { session, recovered: Recovered::New } => {
                        assert_ne!(session, id);
                        id = session;
                        new += 1;
                    }
                    Event::Connected { session, recovered: Recovered::Full } => {
                        assert_eq!(session, id);
                        full += 1;
                    }
                    Event::Connected { recovered, .. } => panic!("{recovered:?}"),
                    _ => {}
                }
            }
            (new, full)
        };
        let to_client = |packet: Count| match network.server().socket(client.id()) {
            Some(socket) => socket.emit(&packet),
            None => Err(SendError::Full),
        };
        let ask_client = async |packet: Echo| loop {
            match network.server().socket(client.id()) {
                Some(socket) => return socket.send(packet).timeout(MINUTE).await,
                None => sleep(Duration::from_millis(1)).await,
            }
        };
        let (emitted_up, emitted_down, called_up, called_down, (new, full)) = tokio::join!(
            emit(&network, |packet| client.emit(&packet)),
            emit(&network, to_client),
            call(&network, async |packet| client.send(packet).timeout(MINUTE).await),
            call(&network, ask_client),
            known,
        );
        arrived(&network.up, &down).await;

        let kills = network.kills();
        println!("{kills} kills, {new} new, {full} full; {emitted_up} up, {emitted_down} down");
        assert_eq!(kills, 50);
        // Of one that was killed before a client got through to it, nobody knows.
        assert!(new <= kills && new > kills / 2 && full > 100);
        for (arrivals, emitted, (answered, unknown)) in
            [(&network.up, emitted_up, called_up), (&down, emitted_down, called_down)]
        {
            let numbers = arrivals.numbers();
            assert!(numbers.is_sorted_by(|a, b| a < b), "in order, and once");
            // Only what was on its way to or from a server that was killed is lost.
            let gaps = numbers.windows(2).filter(|pair| pair[1] != pair[0] + 1).count();
            println!("{} of {emitted} in {gaps} gaps, {} calls unknown", numbers.len(), unknown.len());
            assert!(gaps <= new && numbers.len() > emitted as usize / 2);
            assert!(unknown.len() <= kills);
            let texts = arrivals.texts();
            assert!(texts.values().all(|times| *times == 1), "{texts:?}");
            assert!(answered.iter().all(|text| texts.contains_key(text)));
            assert!(texts.keys().all(|text| answered.contains(text) || unknown.contains(text)));
        }
        let sockets = network.server().sockets();
        assert_eq!((client.calls(), sockets.len(), sockets[0].id()), (0, 1, client.id()));
    });
}
