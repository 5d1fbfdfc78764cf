//! Frames as bytes, written without the code that is tested.

use packets_core::Registry;

/// Appends a varuint.
pub fn varuint(bytes: &mut Vec<u8>, mut value: u32) {
    while value > 0x7f {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn headed(kind: u32, number: u32, rest: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    varuint(&mut frame, number << 3 | kind);
    frame.extend(rest);
    frame
}

/// PACKET.
#[must_use]
pub fn packet(id: u16, body: &[u8]) -> Vec<u8> {
    headed(0, id.into(), body)
}

/// CALL, without a time limit.
#[must_use]
pub fn call(id: u16, call: u32, body: &[u8]) -> Vec<u8> {
    let mut rest = Vec::new();
    varuint(&mut rest, call);
    varuint(&mut rest, 0);
    rest.extend(body);
    headed(1, id.into(), &rest)
}

/// REPLY.
#[must_use]
pub fn reply(call: u32, body: &[u8]) -> Vec<u8> {
    headed(2, call, body)
}

/// CANCEL.
#[must_use]
pub fn cancel(call: u32) -> Vec<u8> {
    headed(4, call, &[])
}

/// CONTROL.
#[must_use]
pub fn control(number: u32, rest: &[u8]) -> Vec<u8> {
    headed(5, number, rest)
}

/// WELCOME, with 64 KiB for messages and 25 s between heartbeats.
#[must_use]
pub fn welcome(version: u32, registry: &Registry) -> Vec<u8> {
    let mut rest = Vec::new();
    varuint(&mut rest, version);
    rest.push(16);
    rest.extend([7; 16]);
    rest.extend(registry.digest().0.to_be_bytes());
    varuint(&mut rest, 64 << 10);
    varuint(&mut rest, 25_000);
    control(0, &rest)
}

/// HELLO of an end that takes messages of `max_message` bytes.
#[must_use]
pub fn hello(version: u32, registry: &Registry, max_message: u32) -> Vec<u8> {
    let mut rest = Vec::new();
    varuint(&mut rest, version);
    rest.extend(registry.digest().0.to_be_bytes());
    varuint(&mut rest, max_message);
    control(1, &rest)
}

/// HELLO of a client that wants to go on with the session of these tokens, where it has received so many frames.
#[must_use]
pub fn hello_again(registry: &Registry, tokens: &[u8], received: u64) -> Vec<u8> {
    let mut frame = hello(1, registry, 1 << 20);
    varuint(&mut frame, tokens.len() as u32);
    frame.extend(tokens);
    frame.extend(received.to_be_bytes());
    // Of its own frames, all can still be sent.
    frame.extend([0; 8]);
    frame
}

/// A string's encoding.
#[must_use]
pub fn string(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    varuint(&mut bytes, text.len() as u32);
    bytes.extend(text.as_bytes());
    bytes
}

/// An item of a bundle.
#[must_use]
pub fn item(id: u16, body: &[u8]) -> Vec<u8> {
    let mut item = Vec::from((body.len() as u32).to_le_bytes());
    item.extend(id.to_le_bytes());
    item.extend(body);
    item
}

/// A bundle's body, of items.
#[must_use]
pub fn bundle(items: &[Vec<u8>]) -> Vec<u8> {
    let items = items.concat();
    let mut body = Vec::new();
    varuint(&mut body, items.len() as u32);
    body.extend(items);
    body
}

/// A manifest's entry, of a packet without a response or defaults.
#[must_use]
pub fn entry(name: &str, number: u32, schema: &str) -> Vec<u8> {
    let mut entry = string(name);
    varuint(&mut entry, number);
    entry.extend([0; 8]);
    entry.extend(string(schema));
    entry.extend(string("{}"));
    entry
}

/// MANIFEST, which says that it has so many entries.
#[must_use]
pub fn manifest(count: u32, entries: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut rest = Vec::new();
    varuint(&mut rest, count);
    for entry in entries {
        varuint(&mut rest, entry.len() as u32);
        rest.extend(entry);
    }
    control(3, &rest)
}
