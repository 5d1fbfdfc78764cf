//! To what messages are published, and what is subscribed to.

use std::fmt::{Display, Formatter, Write};
use std::sync::Arc;

/// To what messages are published, and what is subscribed to: a name that every engine takes as it is.
///
/// It is made of parts, which may be any text. What is left of them are letters of ASCII, digits, `-` and `_`,
/// with dots between: no wildcard, no space, no part that is empty. Different parts make different subjects.
///
/// ```
/// use packets_server::Subject;
///
/// assert_eq!(Subject::of(["packets", "my-game", "all"]).as_str(), "packets.my-game.all");
/// assert_eq!(Subject::of(["a.b", "", "*"]).as_str(), "a_2eb._._2a");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject(Arc<str>);

impl Subject {
    /// The subject of these parts.
    #[must_use]
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut subject = String::new();
        for (place, part) in parts.into_iter().enumerate() {
            if place > 0 {
                subject.push('.');
            }
            if part.is_empty() {
                subject.push('_');
            }
            for byte in part.bytes() {
                match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => subject.push(char::from(byte)),
                    // Writing to a `String` does not fail.
                    _ => _ = write!(subject, "_{byte:02x}"),
                }
            }
        }
        Self(subject.into())
    }

    /// The subject as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for Subject {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
