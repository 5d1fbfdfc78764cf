//! What every engine has to keep to: one suite for all of them, and an engine that breaks at will.

mod breakable;
mod guest;
mod held;
mod member;
mod suite;

pub use self::breakable::Breakable;
pub use self::guest::Guest;
pub use self::held::Held;
pub use self::member::{Load, Member};
pub use self::suite::*;

/// The tests of the suite for one engine, given what connects to it: a closure, called once for each node.
///
/// ```
/// mod local {
///     packets_tests::conformance!({
///         let local = packets_server::Local::default();
///         move || std::future::ready(local.clone())
///     });
/// }
/// ```
#[macro_export]
macro_rules! conformance {
    ($connect:expr) => {
        $crate::conformance! {
            $connect;
            a_message_reaches_every_subscription_and_oneself
            what_is_for_others_reaches_all_others
            what_one_publishes_comes_in_order
            other_subjects_do_not_come
            what_is_published_before_a_subscription_does_not_come
            any_subject_is_carried
            messages_of_every_size_are_carried_as_they_are
            a_subscription_that_is_not_read_is_bounded_and_holds_up_nobody
            a_burst_for_a_node_that_does_not_read_is_told_as_a_gap
            nodes_find_each_other_and_answer
            nodes_that_share_an_engine_hear_each_other
            a_node_that_leaves_is_gone_at_once
            rooms_reach_over_all_nodes
        }
    };
    ($connect:expr; $($test:ident)*) => {
        $(
            #[test]
            fn $test() {
                $crate::harness::real_time(async {
                    $crate::engine::$test(&$connect).await;
                });
            }
        )*
    };
}
