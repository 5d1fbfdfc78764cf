//! What subjects are made of.

use std::collections::HashMap;

use packets_server::Subject;
use proptest::prelude::*;

fn part() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-z_.*> -]{0,6}", "(_2e|_|\\.|a){0,4}"]
}

proptest! {
    #[test]
    fn any_parts_make_a_subject_that_every_engine_takes(parts in prop::collection::vec(part(), 1..5)) {
        let subject = Subject::of(parts.iter().map(String::as_str));
        let tokens: Vec<_> = subject.as_str().split('.').collect();
        prop_assert_eq!(tokens.len(), parts.len());
        for token in tokens {
            prop_assert!(!token.is_empty());
            prop_assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
        }
    }

    #[test]
    fn different_parts_make_different_subjects(all in prop::collection::vec(prop::collection::vec(part(), 1..4), 2..40)) {
        let mut seen = HashMap::new();
        for parts in all {
            let subject = Subject::of(parts.iter().map(String::as_str));
            if let Some(before) = seen.insert(subject, parts.clone()) {
                prop_assert_eq!(before, parts);
            }
        }
    }
}
