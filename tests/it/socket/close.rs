//! Closing with codes of the application's.

use packets_client::SendError;
use packets_core::net::Message;
use packets_core::{CloseReason, InvalidCloseCode};
use packets_server::Socket;
use packets_tests::harness::{
    Count, Raw, attach, client, connect, echo_server, listen, only_socket, paused_time, real_time, socket_of,
};

#[test]
fn both_ends_learn_the_applications_code_and_text() {
    paused_time(async {
        let server = echo_server();
        for code in [4000, 4399, 4500, 4999] {
            let (client, end) = connect(&server, client()).await;
            let mut counts = client.packets::<Count>();
            let socket = socket_of(&client, &server).await;
            socket.emit(&Count { value: 1 }).expect("room");
            socket.close_as(code, "banned: no shouting").expect("a code of ours");
            let ours = CloseReason::Application { code, reason: "banned: no shouting".into() };
            assert_eq!(socket.emit(&Count { value: 2 }), Err(SendError::Disconnected(ours.clone())));
            assert_eq!(
                client.closed().await,
                CloseReason::Remote { code, reason: "banned: no shouting".into() }
            );
            // What was sent before the close still went out.
            assert_eq!(counts.next().await, Some(Count { value: 1 }));
            assert_eq!(counts.next().await, None);
            assert_eq!(socket.closed().await, ours);
            assert_eq!(end.await.expect("no panic"), ours);
        }
    });
}

#[test]
fn a_client_may_say_why_it_goes_too() {
    paused_time(async {
        let server = echo_server();
        let (client, end) = connect(&server, client()).await;
        client.close_as(4242, "").expect("a code of ours");
        assert_eq!(end.await.expect("no panic"), CloseReason::Remote { code: 4242, reason: "".into() });
    });
}

#[test]
fn other_codes_are_an_error_and_close_nothing() {
    paused_time(async {
        let server = echo_server();
        let (client, _end) = connect(&server, client()).await;
        let socket = socket_of(&client, &server).await;
        for code in [0, 999, 1000, 1005, 1006, 3999, 4400, 4406, 4499, 5000, u16::MAX] {
            let error = socket.close_as(code, "no").expect_err("not a code of ours");
            assert_eq!(error, InvalidCloseCode(code));
        }
        let text = "1000 is not the application's: its close codes are 4000 to 4399 and 4500 to 4999";
        assert_eq!(InvalidCloseCode(1000).to_string(), text);
        assert_eq!(socket.emit(&Count { value: 1 }), Ok(()));
    });
}

/// What a client is told by a close.
async fn told(close: impl FnOnce(&Socket)) -> Option<(u16, String)> {
    let server = echo_server();
    let (transport, _end) = attach(&server);
    let mut raw = Raw(transport);
    raw.greet().await;
    close(&only_socket(&server).await);
    match raw.message().await {
        Some(Message::Close(close)) => close,
        other => panic!("no close, but {other:?}"),
    }
}

#[test]
fn the_text_is_the_applications_as_far_as_a_close_message_holds_it() {
    paused_time(async {
        let told_ours = told(|socket| socket.close_as(4000, "so long").expect("a code of ours")).await;
        assert_eq!(told_ours, Some((4000, "so long".to_owned())));
        let told_long = told(|socket| socket.close_as(4000, &"ä".repeat(100)).expect("a code of ours")).await;
        assert_eq!(told_long, Some((4000, "ä".repeat(61))));
        assert_eq!(told(|socket| socket.close()).await, Some((1000, "closed by this end".to_owned())));
    });
}

#[test]
fn what_was_sent_before_goes_out_first_even_if_the_client_is_slow() {
    paused_time(async {
        let server = echo_server();
        let (client, _end) = connect(&server, client()).await;
        let mut counts = client.packets::<Count>();
        let socket = socket_of(&client, &server).await;
        // More than the transport takes at once.
        for value in 0..200 {
            socket.emit(&Count { value }).expect("room");
        }
        socket.close_as(4000, "").expect("a code of ours");
        for value in 0..200 {
            assert_eq!(counts.next().await, Some(Count { value }));
        }
        assert_eq!(client.closed().await, CloseReason::Remote { code: 4000, reason: "".into() });
    });
}

#[test]
fn over_a_real_socket_too() {
    real_time(async {
        let server = echo_server();
        let url = format!("ws://{}/", listen(&server).await);
        let client = client().no_reconnect().connect(&url).await.expect("a connection");
        only_socket(&server).await.close_as(4001, &"x".repeat(200)).expect("a code of ours");
        assert_eq!(client.closed().await, CloseReason::Remote { code: 4001, reason: "x".repeat(123).into() });
    });
}
