//! Closing with codes of the application's.

use packets_client::SendError;
use packets_core::{CloseReason, InvalidCloseCode};
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

#[test]
fn a_long_text_is_cut_to_what_a_close_message_holds() {
    paused_time(async {
        let (transport, _end) = {
            let server = echo_server();
            let (transport, end) = attach(&server);
            let mut raw = Raw(transport);
            raw.greet().await;
            only_socket(&server).await.close_as(4000, &"ä".repeat(100)).expect("a code of ours");
            (raw, end)
        };
        let mut raw = transport;
        let message = raw.message().await;
        let expected = Some((4000, "ä".repeat(61)));
        assert_eq!(message, Some(packets_core::net::Message::Close(expected)));
    });
}

#[test]
fn over_a_real_socket_too() {
    real_time(async {
        let server = echo_server();
        let url = format!("ws://{}/", listen(&server).await);
        let client = client().connect(&url).await.expect("a connection");
        only_socket(&server).await.close_as(4001, &"x".repeat(200)).expect("a code of ours");
        assert_eq!(client.closed().await, CloseReason::Remote { code: 4001, reason: "x".repeat(123).into() });
    });
}
