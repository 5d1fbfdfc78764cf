//! What is fuzzed. Each function takes any bytes, and fails by panicking.

use packets_core::adapt::Plan;
use packets_core::bundle::Bundle;
use packets_core::codec::{Reader, Writer};
use packets_core::frame::Frame;
use packets_core::schema::Type;
use packets_core::value::{self, Unknown, Value};
use packets_core::{DecodeError, Packet, Schema, schema};
use serde::{Deserialize, Serialize};

/// A packet with every kind of field.
#[derive(Packet, Debug)]
#[packet(gather = false)]
#[packer("document", "dynamic")]
pub struct Rich {
    flag: bool,
    numbers: Vec<(i8, u16, i32, u64)>,
    floats: Vec<f32>,
    flags: Vec<bool>,
    shorts: Vec<i16>,
    longs: Vec<u64>,
    places: Vec<Place>,
    #[packet(varuint)]
    id: u32,
    #[packet(varint)]
    offsets: Vec<i32>,
    name: String,
    bytes: Vec<u8>,
    maybe: Option<Box<Shape>>,
    tree: Tree,
    document: Document,
    dynamic: Value,
    units: Vec<()>,
}

#[derive(Schema, Debug)]
struct Place {
    known: bool,
    x: f32,
    y: f32,
}

#[derive(Schema, Debug)]
enum Shape {
    Point,
    Circle(f64),
    Box { x: f32, y: f32 },
}

#[derive(Schema, Debug)]
struct Tree {
    children: Vec<Tree>,
    value: u8,
}

#[derive(Serialize, Deserialize, Debug)]
struct Document {
    a: Option<u32>,
    b: Vec<String>,
    c: Option<Box<Document>>,
}

/// Any bytes as a rich packet: what is accepted comes back the same when it has no packed fields' freedom.
pub fn packet(bytes: &[u8]) {
    if let Ok(packet) = schema::decode::<Rich>(bytes) {
        let encoded = schema::encode(&packet).expect("what was decoded can be encoded");
        let again = schema::decode::<Rich>(&encoded).expect("what was encoded can be decoded");
        // Floats may be NaN, so the text is compared.
        assert_eq!(format!("{packet:?}"), format!("{again:?}"));
    }
}

/// Bytes as the text of a schema, a newline, and a value of it: what is accepted has no other encoding.
pub fn schema_and_value(bytes: &[u8]) {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return };
    let Ok(text) = str::from_utf8(&bytes[..end]) else { return };
    let Ok(ty) = text.parse::<Type>() else { return };
    assert_eq!(ty.to_string().parse::<Type>().as_ref(), Ok(&ty));
    let Ok(value) = decode(&ty, &bytes[end + 1..]) else { return };
    let mut writer = Writer::default();
    // Dynamic data has one null: it cannot tell an option that is absent from one of an absent one.
    if text.contains("??") || text.contains(">?") {
        return;
    }
    // Recursive types are encoded less deeply than they are decoded.
    if value::encode_with(&ty, &value, Unknown::Refuse, &mut writer).is_ok() && !text.contains("packed") {
        assert_eq!(writer.finish().expect("in range"), &bytes[end + 1..], "{ty}");
    }
}

/// Bytes as the texts of two schemas, each with a newline, and a value of the first: what becomes of it is a value
/// of the second, or an error.
pub fn adapt(bytes: &[u8]) {
    let mut parts = bytes.splitn(3, |byte| *byte == b'\n');
    let mut ty = || str::from_utf8(parts.next()?).ok()?.parse::<Type>().ok();
    let (Some(from), Some(to)) = (ty(), ty()) else { return };
    let Some(value) = parts.next() else { return };
    let Ok(plan) = Plan::new("Packet", &from, &to) else { return };
    let Ok(adapted) = plan.adapt(value) else { return };
    assert!(!plan.is_identity() || adapted == value, "{from} to {to}");
    if decode(&from, value).is_ok() {
        match decode(&to, &adapted) {
            // What the receiver nests more deeply, or has more of, may be too much for it.
            Ok(_) | Err(DecodeError::TooDeep | DecodeError::TooManyElements) => {}
            Err(error) => panic!("{from} to {to}: {error}"),
        }
    }
}

/// Any bytes as a frame.
pub fn frame(bytes: &[u8]) {
    let _ = Frame::decode(bytes.to_vec().into());
}

/// Any bytes as a bundle: what is accepted comes back the same.
pub fn bundle(bytes: &[u8]) {
    if let Ok(bundle) = schema::decode::<Bundle>(bytes) {
        for item in bundle.received() {
            self::bundle(&item.body);
        }
        assert_eq!(schema::encode(&bundle).as_deref(), Ok(bytes));
    }
}

/// Any bytes as MessagePack, dynamic and typed.
pub fn message_pack(bytes: &[u8]) {
    let mut reader = Reader::new(bytes);
    if let Ok(value) = value::unpack(&mut reader)
        && reader.finish().is_ok()
    {
        let mut writer = Writer::default();
        value::pack(&value, &mut writer).expect("what was unpacked can be packed");
        let packed = writer.finish().expect("no length is out of range");
        let again = value::unpack(&mut Reader::new(&packed)).expect("what was packed can be unpacked");
        assert_eq!(format!("{value:?}"), format!("{again:?}"));
    }
    let mut packed = Writer::default();
    packed.prefixed(|writer| writer.put(bytes));
    let packed = packed.finish().expect("short enough");
    let _ = schema::decode::<Packed>(&packed);
}

#[derive(Schema, Serialize, Deserialize)]
#[packer]
struct Packed(Document);

/// Any bytes as a rich packet, by the derived decoder and by the run-time one: they agree.
pub fn round_trip(bytes: &[u8]) {
    let typed = schema::decode::<Rich>(bytes);
    let dynamic = decode(Rich::TYPE, bytes);
    match (typed, dynamic) {
        (Ok(typed), Ok(dynamic)) => {
            let mut writer = Writer::default();
            value::encode(Rich::TYPE, &dynamic, &mut writer).expect("what was decoded can be encoded");
            let dynamic = writer.finish().expect("in range");
            match schema::decode::<Rich>(&dynamic) {
                Ok(again) => assert_eq!(format!("{typed:?}"), format!("{again:?}")),
                // serde takes a field's number for its name, too, which becomes a text in dynamic data.
                Err(DecodeError::PackedMismatch) => {}
                Err(error) => panic!("both encoders write the same format: {error}"),
            }
        }
        // Only the typed one knows what a document has to look like.
        (Err(_), Ok(_)) => {}
        // A document's type may ignore what dynamic data cannot say, such as maps whose keys are maps.
        (_, Err(DecodeError::PackedMismatch)) => {}
        (Ok(typed), Err(error)) => panic!("only the derived decoder accepts {typed:?}: {error}"),
        (Err(_), Err(_)) => {}
    }
}

fn decode(ty: &Type, bytes: &[u8]) -> Result<Value, DecodeError> {
    let mut reader = Reader::new(bytes);
    let value = value::decode(ty, &mut reader)?;
    reader.finish()?;
    Ok(value)
}
