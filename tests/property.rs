//! What holds for every schema and every value of it, tried with random ones.

mod random;

use packets_core::schema::Type;
use packets_core::value::Value;
use packets_core::{DecodeError, schema};
use proptest::collection::vec;
use proptest::prelude::*;

use self::random::{decode, encode, types, values};

fn typed_values() -> impl Strategy<Value = (Type, Value)> {
    types().prop_flat_map(|ty| {
        let values = values(&ty);
        (Just(ty), values)
    })
}

proptest! {
    // What fails shows up in the output; nothing is written beside the tests.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_schema_is_its_text(ty in types()) {
        let parsed: Type = ty.to_string().parse()?;
        prop_assert_eq!(parsed.fingerprint(), ty.fingerprint());
        prop_assert_eq!(parsed, ty);
    }

    #[test]
    fn a_value_comes_back_and_no_beginning_of_it_does((ty, value) in typed_values()) {
        let bytes = encode(&ty, &value);
        let decoded = decode(&ty, &bytes)?;
        prop_assert_eq!(encode(&ty, &decoded), &bytes[..], "{} became {}", value, decoded);
        prop_assert!(bytes.len() >= ty.min_size());
        prop_assert!(ty.fixed_size().is_none_or(|size| size == bytes.len()));
        for length in 0..bytes.len() {
            prop_assert!(decode(&ty, &bytes[..length]).is_err(), "{length} of {} bytes", bytes.len());
        }
        let more = [&bytes[..], &[0]].concat();
        prop_assert_eq!(decode(&ty, &more), Err(DecodeError::TrailingBytes));
    }

    #[test]
    fn bytes_that_are_accepted_are_the_only_ones_of_their_value(ty in types(), bytes in vec(0..4u8, 0..24)) {
        if let Ok(value) = decode(&ty, &bytes) {
            prop_assert_eq!(encode(&ty, &value), bytes, "{} as {}", value, ty);
        }
    }

    #[test]
    fn no_text_upsets_the_parser(text in "[\\[\\](){}<>:;,?@=\"\\\\a-z0-9é]{0,40}") {
        if let Ok(ty) = text.parse::<Type>() {
            // Names may be quoted without need, so the text need not be the same.
            prop_assert_eq!(ty.to_string().parse::<Type>()?, ty);
        }
    }

    #[test]
    fn typed_and_dynamic_encodings_are_the_same(value in any::<Vec<(String, u32)>>()) {
        let value: Vec<String> = value.into_iter().map(|(text, number)| format!("{text}{number}")).collect();
        let dynamic = Value::of(&value)?;
        prop_assert_eq!(encode(<Vec<String> as packets_core::Schema>::TYPE, &dynamic), schema::encode(&value)?);
    }
}
