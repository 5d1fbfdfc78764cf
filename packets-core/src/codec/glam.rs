//! glam's vectors and quaternions: objects of their components.

use std::borrow::Cow;

use glam::{DQuat, DVec2, DVec3, DVec4, IVec2, IVec3, IVec4, Quat, UVec2, UVec3, UVec4, Vec2, Vec3, Vec4};

use super::reader::Reader;
use super::writer::Writer;
use crate::error::DecodeError;
use crate::schema::{Field, Schema, Type};

/// The components in the order of their names, so that `w` comes first.
macro_rules! vectors {
    ($($vector:ident { $($component:ident)* } of $number:ty = $make:expr;)*) => {$(
        impl Schema for $vector {
            const TYPE: &'static Type = &Type::Object(Cow::Borrowed(&[
                $(Field::new(stringify!($component), <$number>::TYPE)),*
            ]));

            #[inline]
            fn size(&self) -> usize {
                0 $(+ self.$component.size())*
            }

            #[inline]
            fn encode(&self, writer: &mut Writer) {
                $(self.$component.encode(writer);)*
            }

            #[inline]
            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                $(let $component = <$number>::decode(reader)?;)*
                Ok($make($($component),*))
            }
        }
    )*};
}

vectors! {
    Vec2 { x y } of f32 = Self::new;
    Vec3 { x y z } of f32 = Self::new;
    Vec4 { w x y z } of f32 = |w, x, y, z| Self::new(x, y, z, w);
    Quat { w x y z } of f32 = |w, x, y, z| Self::from_xyzw(x, y, z, w);
    DVec2 { x y } of f64 = Self::new;
    DVec3 { x y z } of f64 = Self::new;
    DVec4 { w x y z } of f64 = |w, x, y, z| Self::new(x, y, z, w);
    DQuat { w x y z } of f64 = |w, x, y, z| Self::from_xyzw(x, y, z, w);
    IVec2 { x y } of i32 = Self::new;
    IVec3 { x y z } of i32 = Self::new;
    IVec4 { w x y z } of i32 = |w, x, y, z| Self::new(x, y, z, w);
    UVec2 { x y } of u32 = Self::new;
    UVec3 { x y z } of u32 = Self::new;
    UVec4 { w x y z } of u32 = |w, x, y, z| Self::new(x, y, z, w);
}
