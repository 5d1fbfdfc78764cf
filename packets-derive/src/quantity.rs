//! Quantities with units: rates such as `20/s`, sizes such as `4KiB`.

use std::num::NonZeroU32;

use syn::{LitInt, LitStr};

/// So many a time span.
pub(crate) struct Rate {
    pub(crate) count: u32,
    pub(crate) per: Span,
}

/// The time spans that a rate is said by.
#[derive(Clone, Copy)]
pub(crate) enum Span {
    Second,
    Minute,
    Hour,
}

/// Reads `"20/s"`, `"100/min"` or `"5/h"`.
pub(crate) fn rate(written: &LitStr) -> syn::Result<Rate> {
    let value = written.value();
    let parsed = value.split_once('/').and_then(|(count, per)| {
        let per = match per {
            "s" => Span::Second,
            "min" => Span::Minute,
            "h" => Span::Hour,
            _ => return None,
        };
        Some(Rate { count: positive(count)?, per })
    });
    parsed.ok_or_else(|| {
        let message = "expected a number above 0 of packets in a second, minute or hour: \"20/s\", \"100/min\", \"5/h\"";
        syn::Error::new(written.span(), message)
    })
}

/// Reads `"100B"`, `"4KiB"` or `"1MiB"`, in bytes.
pub(crate) fn size(written: &LitStr) -> syn::Result<u32> {
    let value = written.value();
    let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("B", 1)];
    let parsed = units.iter().find_map(|(unit, bytes)| {
        let count = positive(value.strip_suffix(unit)?)?;
        count.checked_mul(*bytes)
    });
    parsed.ok_or_else(|| {
        let message = "expected a size above 0 and below 4096 MiB: \"100B\", \"4KiB\", \"1MiB\"";
        syn::Error::new(written.span(), message)
    })
}

/// Reads the number of packets in a burst.
pub(crate) fn burst(written: &LitInt) -> syn::Result<u32> {
    let parsed = written.base10_parse::<NonZeroU32>();
    let message = "expected a number of packets above 0 that fits a `u32`: `burst = 40`";
    parsed.map(NonZeroU32::get).map_err(|_| syn::Error::new(written.span(), message))
}

/// A number above 0 in digits alone.
fn positive(digits: &str) -> Option<u32> {
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain { digits.parse().ok().filter(|number| *number > 0) } else { None }
}
