#[allow(deprecated)]
const _: () = {
    use ::packets_core::__private as __p;
    #[automatically_derived]
    impl __p::Schema for PositionRequest {
        const TYPE: &'static __p::Type = &__p::Type::Object(
            __p::Cow::Borrowed(
                &[
                    __p::Field::with_default(
                        "at",
                        <Option<f64> as __p::Schema>::TYPE,
                        |__writer| <Option<
                            f64,
                        > as __p::Schema>::encode(
                            &<Option<f64> as ::core::default::Default>::default(),
                            __writer,
                        ),
                    ),
                    __p::Field::new("id", <u32 as __p::AsVaruint>::TYPE),
                ],
            ),
        );
        #[inline]
        fn size(&self) -> ::core::primitive::usize {
            <Option<f64> as __p::Schema>::size(&self.at)
                + <u32 as __p::AsVaruint>::size(&self.id)
        }
        #[inline]
        fn encode(&self, __writer: &mut __p::Writer) {
            <Option<f64> as __p::Schema>::encode(&self.at, __writer);
            <u32 as __p::AsVaruint>::encode(&self.id, __writer);
        }
        #[inline]
        fn decode(
            __reader: &mut __p::Reader<'_>,
        ) -> ::core::result::Result<Self, __p::DecodeError> {
            ::core::result::Result::Ok(Self {
                at: <Option<f64> as __p::Schema>::decode(__reader)?,
                id: <u32 as __p::AsVaruint>::decode(__reader)?,
                asked: <bool as ::core::default::Default>::default(),
            })
        }
    }
    const _: () = ::core::assert!(
        __p::is_closed:: < PositionRequest > (),
        "a type in the packet refers to a recursive type that is not around it",
    );
    #[automatically_derived]
    impl __p::Packet for PositionRequest {
        const NAME: &'static ::core::primitive::str = "position-request";
        type Response = Position;
        const ORIGIN: __p::Origin = __p::Origin {
            type_name: ::core::concat!(::core::module_path!(), "::PositionRequest"),
            file: ::core::file!(),
            line: ::core::line!(),
        };
    }
    __p::inventory::submit! {
        __p::Gathered(__p::Descriptor::of:: < PositionRequest >)
    }
    __p::describe! {
        PositionRequest, "PositionRequest", "", "Position", [("at", "",
        "Option < f64 >"), ("id", "", "u32")]
    }
};
