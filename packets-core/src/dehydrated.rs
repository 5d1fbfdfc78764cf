//! A packet as its name and data.

use crate::codec::Writer;
use crate::schema::Type;
use crate::value::{self, Object, Value, ValueError};

/// Encodes a dehydrated packet's data by the packet's schema. Absent data is an object without fields where
/// the packet has fields or is packed as a whole, as flecks has it.
pub(crate) fn encode(ty: &Type, data: Option<&Value>, writer: &mut Writer) -> Result<(), ValueError> {
    match (data, ty) {
        (Some(data), _) => value::encode(ty, data, writer),
        (None, Type::Object(_) | Type::Packed) => {
            value::encode(ty, &Value::Object(Object::default()), writer)
        }
        (None, _) => value::encode(ty, &Value::Null, writer),
    }
}
