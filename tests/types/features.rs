//! Types of other crates, each behind a feature.

use std::time::{Duration, SystemTime};

use glam::{DVec2, IVec3, Quat, UVec2, Vec3, Vec4};
use jiff::Timestamp;
use packets_core::{DecodeError, Schema, Value, schema};
use uuid::Uuid;

use super::{assert_refused, assert_wire, encode_value};

#[test]
fn a_uuid_is_its_bytes() {
    let uuid = Uuid::from_u128(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10);
    assert_wire(&uuid, "[uint8;16]", "0102030405060708090a0b0c0d0e0f10");
    assert_eq!(encode_value(Uuid::TYPE, &Value::of(&uuid).expect("a value")), uuid.as_bytes());
}

#[test]
fn a_timestamp_is_a_system_time() {
    let ty = "{nanos:uint32,secs:int64}";
    let timestamp = |nanos| Timestamp::from_nanosecond(nanos).expect("a timestamp");
    assert_wire(&timestamp(500_000_000), ty, "1dcd65000000000000000000");
    assert_wire(&timestamp(-500_000_000), ty, "1dcd6500ffffffffffffffff");
    assert_wire(&timestamp(-2_000_000_000), ty, "00000000fffffffffffffffe");
    for edge in [Timestamp::MIN, Timestamp::MAX] {
        assert_eq!(schema::decode(&schema::encode(&edge).expect("12 bytes")), Ok(edge));
    }
    let late = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40);
    assert_refused::<Timestamp>(&schema::encode(&late).expect("12 bytes"), DecodeError::OutOfRange);
    assert_refused::<Timestamp>(&[0xff; 12], DecodeError::OutOfRange);
}

#[test]
fn vectors_are_their_components() {
    assert_wire(&Vec3::new(1.0, 2.0, 0.5), "{x:float32,y:float32,z:float32}", "3f800000400000003f000000");
    let ty = "{w:float32,x:float32,y:float32,z:float32}";
    assert_wire(&Vec4::new(1.0, 2.0, 0.5, 0.0), ty, "000000003f800000400000003f000000");
    assert_wire(&Quat::from_xyzw(1.0, 2.0, 0.5, 0.0), ty, "000000003f800000400000003f000000");
    assert_wire(&DVec2::new(1.0, 2.0), "{x:float64,y:float64}", "3ff00000000000004000000000000000");
    assert_wire(&IVec3::new(-1, 1, 2), "{x:int32,y:int32,z:int32}", "ffffffff0000000100000002");
    assert_wire(&UVec2::new(1, 2), "{x:uint32,y:uint32}", "0000000100000002");
}
