//! The engines, by one suite.

mod local {
    packets_tests::conformance!({
        let local = packets_server::Local::default();
        move || std::future::ready(local.clone())
    });
}
