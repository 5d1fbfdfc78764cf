#[allow(deprecated)]
const _: () = {
    use ::packets_core::__private as __p;
    #[automatically_derived]
    impl __p::Schema for Shape {
        const TYPE: &'static __p::Type = &__p::Type::Enum(
            __p::Cow::Borrowed(
                &[
                    __p::Variant::new("Empty", &__p::Type::UNIT),
                    __p::Variant::new("Circle", <f32 as __p::Schema>::TYPE),
                    __p::Variant::new(
                        "Line",
                        const {
                            &__p::Type::Tuple(
                                __p::Cow::Borrowed(
                                    &[
                                        __p::Node::Static(<u8 as __p::Schema>::TYPE),
                                        __p::Node::Static(<u8 as __p::Schema>::TYPE),
                                    ],
                                ),
                            )
                        },
                    ),
                    __p::Variant::new(
                        "Box",
                        const {
                            &__p::Type::Object(
                                __p::Cow::Borrowed(
                                    &[
                                        __p::Field::new("height", <u8 as __p::Schema>::TYPE),
                                        __p::Field::new("width", <u8 as __p::Schema>::TYPE),
                                    ],
                                ),
                            )
                        },
                    ),
                ],
            ),
        );
        #[inline]
        fn size(&self) -> ::core::primitive::usize {
            match self {
                Self::Empty { .. } => __p::varuint_size(0) + 0,
                Self::Circle { 0: __0, .. } => {
                    __p::varuint_size(1) + <f32 as __p::Schema>::size(__0)
                }
                Self::Line { 0: __0, 1: __1, .. } => {
                    __p::varuint_size(2) + __p::varuint_size(2)
                        + <u8 as __p::Schema>::size(__0) + <u8 as __p::Schema>::size(__1)
                }
                Self::Box { height: __1, width: __0, .. } => {
                    __p::varuint_size(3) + <u8 as __p::Schema>::size(__1)
                        + <u8 as __p::Schema>::size(__0)
                }
            }
        }
        #[inline]
        fn encode(&self, __writer: &mut __p::Writer) {
            __writer
                .varuint(
                    match self {
                        Self::Empty { .. } => 0,
                        Self::Circle { .. } => 1,
                        Self::Line { .. } => 2,
                        Self::Box { .. } => 3,
                    },
                );
            match self {
                Self::Empty { .. } => {}
                Self::Circle { 0: __0, .. } => {
                    <f32 as __p::Schema>::encode(__0, __writer);
                }
                Self::Line { 0: __0, 1: __1, .. } => {
                    <u8 as __p::Schema>::encode(__0, __writer);
                    __writer.varuint(2);
                    <u8 as __p::Schema>::encode(__1, __writer);
                }
                Self::Box { height: __1, width: __0, .. } => {
                    let __runs = const {
                        __p::runs([
                            <u8 as __p::Schema>::FIXED_SIZE,
                            <u8 as __p::Schema>::FIXED_SIZE,
                        ])
                    };
                    <u8 as __p::Schema>::encode_field(__1, __runs[0], __writer);
                    <u8 as __p::Schema>::encode_field(__0, __runs[1], __writer);
                }
            }
        }
        #[inline]
        fn decode(
            __reader: &mut __p::Reader<'_>,
        ) -> ::core::result::Result<Self, __p::DecodeError> {
            ::core::result::Result::Ok(
                match __reader.varuint()? {
                    0 => Self::Empty {},
                    1 => {
                        Self::Circle {
                            0: <f32 as __p::Schema>::decode(__reader)?,
                        }
                    }
                    2 => {
                        Self::Line {
                            0: <u8 as __p::Schema>::decode(__reader)?,
                            1: {
                                __p::exact_count(2, __reader)?;
                                <u8 as __p::Schema>::decode(__reader)?
                            },
                        }
                    }
                    3 => {
                        let __runs = const {
                            __p::runs([
                                <u8 as __p::Schema>::FIXED_SIZE,
                                <u8 as __p::Schema>::FIXED_SIZE,
                            ])
                        };
                        Self::Box {
                            height: <u8 as __p::Schema>::decode_field(
                                __runs[0],
                                __reader,
                            )?,
                            width: <u8 as __p::Schema>::decode_field(
                                __runs[1],
                                __reader,
                            )?,
                        }
                    }
                    _ => {
                        return ::core::result::Result::Err(
                            __p::DecodeError::UnknownVariant,
                        );
                    }
                },
            )
        }
    }
    __p::describe! {
        Shape, "Shape", "", "", [("Empty", "", ""), ("Circle", "", "f32"), ("Circle.0",
        "", "f32"), ("Line", "", "u8 u8"), ("Line.0", "", "u8"), ("Line.1", "", "u8"),
        ("Box", "", "u8 u8"), ("Box.height", "", "u8"), ("Box.width", "", "u8")]
    }
};
