//! What the same packets cost with flecks, which sends them over Socket.IO: the formats are fixed, so the
//! sizes can be told without running it.

/// The bytes on the wire of a packet from client to server: a text frame that announces the packet and its
/// acknowledgement, then a binary frame with its body, each masked.
pub(crate) fn packet_up(ack: usize, id: u16, body: usize) -> usize {
    let announcement = format!(r#"451-{ack}[{id},{{"_placeholder":true,"num":0}}]"#);
    frame(announcement.len(), true) + frame(body, true)
}

/// The bytes of a packet from server to client: the same frames, unmasked.
pub(crate) fn packet_down(ack: usize, id: u16, body: usize) -> usize {
    let announcement = format!(r#"451-{ack}[{id},{{"_placeholder":true,"num":0}}]"#);
    frame(announcement.len(), false) + frame(body, false)
}

/// The bytes of a result, which is JSON.
pub(crate) fn result_down(ack: usize, result: &impl serde::Serialize) -> usize {
    frame(json(&format!("43{ack}[null,"), result), false)
}

/// The bytes of a validation error.
pub(crate) fn error_down(ack: usize, error: &impl serde::Serialize) -> usize {
    frame(json(&format!("43{ack}["), error), false)
}

fn json(head: &str, value: &impl serde::Serialize) -> usize {
    // Nothing that is shown here fails to be JSON.
    head.len() + serde_json::to_string(value).map_or(0, |json| json.len()) + "]".len()
}

/// A WebSocket frame of this payload.
fn frame(payload: usize, masked: bool) -> usize {
    let head = match payload {
        0..=125 => 2,
        126..=65_535 => 4,
        _ => 10,
    };
    payload + head + if masked { 4 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slap_costs_what_was_measured() {
        assert_eq!(packet_up(0, 7, 0), 50);
        assert_eq!(packet_down(0, 7, 0), 42);
    }
}
