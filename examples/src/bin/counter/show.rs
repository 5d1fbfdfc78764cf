//! The show: three people count together, while a cable is cut and the server killed.

use std::convert::Infallible;
use std::error::Error;
use std::time::Duration;

use packets_client::{Backoff, Client, Event, Recovered, SendError};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use crate::cable::Cable;
use crate::process::Process;
use crate::protocol::Action;
use crate::replica::Replica;
use crate::store::Store;

/// People do something so often.
const PACE: Duration = Duration::from_millis(80);
/// The totals are shown so often.
const ROW: Duration = Duration::from_millis(500);
/// So long all have, in the end, to be in step.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two things that happen.
const WHILE: Duration = Duration::from_millis(1_600);

/// Somebody who counts.
struct Person {
    name: &'static str,
    /// What is done, the first time, the second time, and so on.
    does: fn(u32) -> Action,
    cable: Cable,
    replica: Replica,
}

/// What came of what somebody did.
#[derive(Default)]
struct Tally {
    /// Done, as the server said.
    done: u64,
    /// Done or not: the server was killed before it said so.
    unknown: u64,
}

impl Person {
    async fn new(
        name: &'static str,
        server: &Process,
        does: fn(u32) -> Action,
    ) -> Result<Self, Box<dyn Error>> {
        let cable = Cable::to(server.address()).await?;
        // By default clients come back as slowly as servers with many of them need. This is a short show.
        let backoff = Backoff::default().most(Duration::from_millis(500));
        let replica = Replica::connect(Client::builder().backoff(backoff), &cable.url()).await?;
        Ok(Self { name, does, cable, replica })
    }

    /// Does one thing after the other, until it is over.
    async fn act(&self, is_over: &watch::Receiver<bool>) -> Result<Tally, Box<dyn Error>> {
        let (mut tally, mut pace) = (Tally::default(), interval(PACE));
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for count in 1.. {
            pace.tick().await;
            if *is_over.borrow() {
                break;
            }
            match self.replica.dispatch((self.does)(count)).await {
                Ok(()) => tally.done += 1,
                Err(SendError::Disconnected(_)) => tally.unknown += 1,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(tally)
    }

    /// Resolves at the next connection.
    fn back(&self) -> impl Future<Output = ()> + use<> {
        let mut events = self.replica.client.events();
        async move { while !matches!(events.next().await, None | Some(Event::Connected { .. })) {} }
    }

    /// Says what becomes of the connection.
    async fn narrate(&self) {
        let (name, mut events) = (self.name, self.replica.client.events());
        while let Some(event) = events.next().await {
            match event {
                Event::Disconnected(_) => say(&format!("{name} is offline")),
                Event::Connected { recovered: Recovered::Full, .. } => {
                    say(&format!("{name} is back in the same session: what was missed arrives, in order"));
                }
                Event::Connected { recovered: Recovered::Gap { missed, .. }, .. } => {
                    say(&format!("{name} is back, but {missed} are gone: here is the whole counter"));
                }
                Event::Connected { .. } => {
                    say(&format!("{name} is back in a new session: here is the whole counter"));
                }
                Event::GaveUp(reason) => say(&format!("{name} gives up: {reason}")),
                _ => {}
            }
        }
    }
}

/// Plays the show; whether all were equal in the end.
pub(crate) async fn run() -> Result<bool, Box<dyn Error>> {
    let mut server = Process::start().await?;
    let ada = Person::new("Ada", &server, |_| Action::Add(1)).await?;
    let bob = Person::new("Bob", &server, |_| Action::Add(10)).await?;
    let eve = Person::new("Eve", &server, add_or_clear).await?;
    let people = [ada, bob, eve];
    let [ada, bob, eve] = &people;

    println!(
        "\n  Three clients of one server. Ada adds 1, Bob adds 10, Eve adds 100 and clears it at times.\n"
    );
    println!("             {:>8}{:>8}{:>8}", ada.name, bob.name, eve.name);
    let (over, is_over) = watch::channel(false);
    let script = async {
        sleep(WHILE).await;
        say("Bob’s cable is cut");
        bob.cable.cut();
        sleep(WHILE).await;
        say("Bob’s cable is mended");
        let back = bob.back();
        bob.cable.mend();
        back.await;
        sleep(WHILE).await;
        let back = [ada.back(), bob.back(), eve.back()];
        say("the server is killed");
        server.kill().await?;
        sleep(WHILE).await;
        say("the server starts again, and reads its journal");
        server.restart().await?;
        for back in back {
            back.await;
        }
        sleep(WHILE).await;
        over.send_replace(true);
        Ok(())
    };
    let acts = async { tokio::try_join!(ada.act(&is_over), bob.act(&is_over), eve.act(&is_over)) };
    let narrator = async { tokio::join!(ada.narrate(), bob.narrate(), eve.narrate(), rows(&people)) };
    let tallies = tokio::select! {
        played = async { tokio::try_join!(acts, script) } => played?.0,
        (.., never) = narrator => match never {},
    };
    finish(&server, &people, &<[Tally; 3]>::from(tallies)).await
}

const fn add_or_clear(count: u32) -> Action {
    if count.is_multiple_of(25) { Action::Set(0) } else { Action::Add(100) }
}

/// Shows the totals, row by row.
async fn rows(people: &[Person]) -> Infallible {
    let begin = Instant::now();
    loop {
        sleep(ROW).await;
        row(&format!("{:.1} s", begin.elapsed().as_secs_f32()), people);
    }
}

/// Compares what all ended with to what the server's journal says.
async fn finish(server: &Process, people: &[Person], tallies: &[Tally]) -> Result<bool, Box<dyn Error>> {
    let truth = Store::open(server.journal())?.counter();
    let in_step = timeout(PATIENCE, async {
        for person in people {
            person.replica.reaches(truth).await;
        }
    });
    let in_step = in_step.await.is_ok();
    let done: u64 = tallies.iter().map(|tally| tally.done).sum();
    let unknown: u64 = tallies.iter().map(|tally| tally.unknown).sum();
    // Each action that the server said was done is in the journal, once, and no other but those.
    let exactly_once = (done..=done + unknown).contains(&truth.actions);

    row("the end", people);
    println!("\n  The journal’s total is {}, after {} actions.", truth.total, truth.actions);
    println!("  The clients were told of {done} that they are done, and of {unknown} that it is unknown.");
    let verdict = match (in_step, exactly_once) {
        (true, true) => "All are equal.",
        (false, _) => "They are not equal.",
        (true, false) => "All are equal, but some actions were lost or doubled.",
    };
    println!("  {verdict}\n");
    Ok(in_step && exactly_once)
}

fn row(when: &str, people: &[Person]) {
    let total = |person: &Person| person.replica.counter().total;
    let totals: String = people.iter().map(|person| format!("{:>8}", total(person))).collect();
    println!("    {when:>9}{totals}");
}

fn say(line: &str) {
    println!("        …  {line}");
}
