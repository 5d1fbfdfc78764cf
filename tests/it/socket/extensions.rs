//! What the application keeps with a socket.

use std::sync::Arc;

use packets_core::{AcceptError, Acceptor, ValidationError};
use packets_server::{Server, Socket};
use packets_tests::harness::{Count, Echo, client, connect, paused_time, server, socket_of};

/// Who the client is.
#[derive(Debug, PartialEq)]
struct User(String);

/// Answers users alone, and says who they are.
struct Members;

impl Acceptor<Count, Socket> for Members {
    async fn validate(&self, packet: &Count, socket: &Socket) -> Result<(), ValidationError> {
        match socket.user::<User>() {
            Some(user) if user.0.len() as u32 >= packet.value => Ok(()),
            Some(user) => Err(ValidationError::new(403, user.0.clone())),
            None => Err(ValidationError::new(401, "anonymous")),
        }
    }

    async fn respond(&self, packet: Count, _: &Socket) -> Result<u32, AcceptError> {
        Ok(packet.value)
    }
}

/// An [`Echo`] logs in by its text, and out without one.
fn members() -> Server {
    server()
        .accept::<Count>(Members)
        .accept(|packet: Echo, socket: Socket| async move {
            let before = match packet.0 {
                name if name.is_empty() => socket.extensions().remove::<User>(),
                name => socket.extensions().insert(User(name)),
            };
            before.map_or_else(String::new, |user| user.0.clone())
        })
        .build()
        .expect("a server")
}

fn refused(code: u32, reason: &str) -> Result<u32, packets_client::SendError> {
    Err(packets_client::SendError::Validation(ValidationError::new(code, reason)))
}

#[test]
fn credentials_renewed_on_the_live_socket_are_seen_by_the_next_validate() {
    paused_time(async {
        let server = members();
        let (client, _end) = connect(&server, client()).await;
        let ask = || client.send(Count { value: 4 });
        let log_in = |name: &str| client.send(Echo(name.to_owned()));
        assert_eq!(ask().await, refused(401, "anonymous"));
        assert_eq!(log_in("Ada").await.as_deref(), Ok(""));
        assert_eq!(ask().await, refused(403, "Ada"));
        assert_eq!(log_in("Grace").await.as_deref(), Ok("Ada"));
        assert_eq!(ask().await, Ok(4));
        // From outside of acceptors, too.
        socket_of(&client, &server).await.extensions().insert(User("Bob".to_owned()));
        assert_eq!(ask().await, refused(403, "Bob"));
        assert_eq!(log_in("").await.as_deref(), Ok("Bob"));
        assert_eq!(ask().await, refused(401, "anonymous"));
    });
}

#[test]
fn extensions_are_one_of_each_type_and_each_sockets_own() {
    paused_time(async {
        let server = members();
        let (one, _end) = connect(&server, client()).await;
        let (other, _other_end) = connect(&server, client()).await;
        let [one, other] = [socket_of(&one, &server).await, socket_of(&other, &server).await];
        assert_eq!(one.extensions().insert(User("Ada".to_owned())), None);
        assert_eq!(one.extensions().insert(7_u32), None);
        let before = one.extensions().insert(User("Grace".to_owned()));
        assert_eq!(before, Some(Arc::new(User("Ada".to_owned()))));
        assert_eq!(
            (one.user::<User>().map(|user| user.0.clone()), one.user::<u32>()),
            (Some("Grace".to_owned()), Some(7.into()))
        );
        assert_eq!((other.user::<User>(), other.user::<u32>()), (None, None));
    });
}
