//! SchemaPack's schemas, which are JSON, as types.

use packets_core::schema::{Field, Node, Type};
use serde_json::Value as Json;

/// The type of a schema.
pub(super) fn schema(json: &Json) -> Result<Type, String> {
    match json {
        Json::String(name) => scalar(name),
        Json::Array(items) => match &**items {
            [] => Err("the schema [] has no item".to_owned()),
            [item] => Ok(Type::Array(schema(item)?.into())),
            items => Ok(Type::OpenTuple(items.iter().map(node).collect::<Result<Vec<_>, _>>()?.into())),
        },
        Json::Object(members) => {
            let field = |(name, ty): (&String, &Json)| {
                Ok(Field { name: name.clone().into(), ty: node(ty)?, default: None })
            };
            let mut fields = members.iter().map(field).collect::<Result<Vec<_>, String>>()?;
            fields.sort_by(|a, b| a.name.encode_utf16().cmp(b.name.encode_utf16()));
            Ok(Type::Object(fields.into()))
        }
        _ => Err(format!("{json} is no schema")),
    }
}

fn node(json: &Json) -> Result<Node, String> {
    schema(json).map(Node::from)
}

fn scalar(name: &str) -> Result<Type, String> {
    match name.trim().to_lowercase().as_str() {
        "boolean" => Ok(Type::Bool),
        word if word.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            word.parse().map_err(|error| format!("{name}: {error}"))
        }
        _ => Err(format!("{name} is no type")),
    }
}
