//! The chat in a terminal: lines are printed as they come, and typed to be said.

use std::error::Error;
use std::io::{IsTerminal, Write, stdin, stdout};

use packets_client::{Client, Event, RejectKind, SendError};
use tokio::sync::mpsc;

use crate::protocol::{Join, Line, Say, Who, check_name};
use crate::room::LOBBY;

const HELP: &str = "/join <room>   enter another room\n/who           who is here\n/quit          leave";

/// Joins the chat, until `/quit` or the end of the input. When the connection breaks, the client makes another one.
pub(crate) async fn run(url: &str, name: &str) -> Result<(), Box<dyn Error>> {
    check_name(name)?;
    let url = format!("{url}?name={}", encoded(name));
    let client = Client::connect(&url).await?;
    let (screen, mut lines, mut typed) = (Screen::new(), client.packets::<Line>(), typed());
    let mut events = client.events();
    screen.notice(&format!("Hello, {name}. What you type is said; /help tells what else there is."));
    let mut room = LOBBY.to_owned();
    enter(&client, &screen, &room).await?;
    loop {
        let done = tokio::select! {
            Some(line) = lines.next() => {
                screen.line(&line);
                Ok(())
            }
            Some(event) = events.next() => match event {
                Event::Disconnected(reason) => {
                    screen.notice(&format!("You are offline: {reason}."));
                    Ok(())
                }
                // The server knows nothing of what was before.
                Event::Connected { .. } => enter(&client, &screen, &room).await,
                Event::GaveUp(reason) => break screen.notice(&format!("The chat has ended: {reason}.")),
                _ => Ok(()),
            },
            input = typed.recv() => match input.as_deref().map(str::trim) {
                None | Some("/quit") => break,
                Some(input) => act(&client, &screen, &mut room, input).await,
            },
        };
        if let Err(error) = done {
            screen.error(&error);
        }
    }
    client.close();
    client.closed().await;
    Ok(())
}

/// Does what somebody typed.
async fn act(client: &Client, screen: &Screen, room: &mut String, input: &str) -> Result<(), SendError> {
    match input.split_once(' ').unwrap_or((input, "")) {
        ("", _) => {}
        ("/help", _) => screen.notice(HELP),
        ("/join", another) => {
            enter(client, screen, another.trim()).await?;
            another.trim().clone_into(room);
        }
        ("/who", _) => screen.notice(&format!("Here are {}.", client.send(Who).await?.join(", "))),
        (word, _) if word.starts_with('/') => screen.notice("There is no such command; see /help."),
        _ => client.send(Say { text: input.to_owned() }).await?,
    }
    Ok(())
}

async fn enter(client: &Client, screen: &Screen, room: &str) -> Result<(), SendError> {
    let entered = client.send(Join { room: room.to_owned() }).await?;
    entered.history.iter().for_each(|line| screen.line(line));
    screen.notice(&format!("You are in {room}, with {}.", entered.users.join(", ")));
    Ok(())
}

/// The lines of the standard input, read by a thread that the program does not wait for at its end.
fn typed() -> mpsc::Receiver<String> {
    let (send, typed) = mpsc::channel(16);
    std::thread::spawn(move || {
        for line in stdin().lines().map_while(Result::ok) {
            if send.blocking_send(line).is_err() {
                return;
            }
        }
    });
    typed
}

/// A name as a URL has it.
fn encoded(name: &str) -> String {
    name.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Prints, in colours where there are any.
struct Screen {
    colours: bool,
}

impl Screen {
    fn new() -> Self {
        Self { colours: stdout().is_terminal() }
    }

    fn line(&self, line: &Line) {
        match &line.name {
            // One of six colours, the same one for the same name.
            Some(name) => {
                let colour = 31 + name.bytes().map(u32::from).sum::<u32>() % 6;
                self.print(&format!("{} {}", self.paint(colour, &format!("{name}:")), line.text));
            }
            None => self.notice(&line.text),
        }
    }

    fn notice(&self, text: &str) {
        self.print(&self.paint(90, text));
    }

    fn error(&self, error: &SendError) {
        self.print(&self.paint(
            33,
            &match error {
                SendError::Validation(error) => format!("No: {}.", error.reason),
                SendError::Rejected(reject) if reject.kind == RejectKind::RateLimited => {
                    "Not so fast, please.".to_owned()
                }
                error => format!("That did not work: {error}."),
            },
        ));
    }

    fn paint(&self, colour: u32, text: &str) -> String {
        if self.colours { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn print(&self, text: &str) {
        // Whoever has closed the output has seen enough.
        let _ = writeln!(stdout(), "{text}");
    }
}
