#[allow(deprecated)]
const _: () = {
    use ::packets_core::__private as __p;
    #[automatically_derived]
    impl __p::Schema for Three {
        const TYPE: &'static __p::Type = &__p::Type::Tuple(
            __p::Cow::Borrowed(
                &[
                    __p::Node::Static(<u8 as __p::Schema>::TYPE),
                    __p::Node::Static(<i32 as __p::AsVarint>::TYPE),
                    __p::Node::Static(<String as __p::Schema>::TYPE),
                ],
            ),
        );
        #[inline]
        fn size(&self) -> ::core::primitive::usize {
            __p::varuint_size(3) + <u8 as __p::Schema>::size(&self.0)
                + <i32 as __p::AsVarint>::size(&self.1)
                + <String as __p::Schema>::size(&self.3)
        }
        #[inline]
        fn encode(&self, __writer: &mut __p::Writer) {
            <u8 as __p::Schema>::encode(&self.0, __writer);
            <i32 as __p::AsVarint>::encode(&self.1, __writer);
            __writer.varuint(3);
            <String as __p::Schema>::encode(&self.3, __writer);
        }
        #[inline]
        fn decode(
            __reader: &mut __p::Reader<'_>,
        ) -> ::core::result::Result<Self, __p::DecodeError> {
            ::core::result::Result::Ok(Self {
                0: <u8 as __p::Schema>::decode(__reader)?,
                1: <i32 as __p::AsVarint>::decode(__reader)?,
                3: {
                    __p::exact_count(3, __reader)?;
                    <String as __p::Schema>::decode(__reader)?
                },
                2: <bool as ::core::default::Default>::default(),
            })
        }
    }
    __p::describe! {
        Three, "Three", "", "", [("0", "", "u8"), ("1", "", "i32"), ("3", "", "String")]
    }
};
