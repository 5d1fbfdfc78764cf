#[allow(deprecated)]
const _: () = {
    use ::packets_core::__private as __p;
    #[automatically_derived]
    impl __p::Schema for Slap {
        const TYPE: &'static __p::Type = &__p::Type::UNIT;
        #[inline]
        fn size(&self) -> ::core::primitive::usize {
            0
        }
        #[inline]
        fn encode(&self, __writer: &mut __p::Writer) {}
        #[inline]
        fn decode(
            __reader: &mut __p::Reader<'_>,
        ) -> ::core::result::Result<Self, __p::DecodeError> {
            ::core::result::Result::Ok(Self {})
        }
    }
    const _: () = ::core::assert!(
        __p::is_closed:: < Slap > (),
        "a type in the packet refers to a recursive type that is not around it",
    );
    #[automatically_derived]
    impl __p::Packet for Slap {
        const NAME: &'static ::core::primitive::str = "Slap";
        type Response = ();
        const ORIGIN: __p::Origin = __p::Origin {
            type_name: ::core::concat!(::core::module_path!(), "::Slap"),
            file: ::core::file!(),
            line: ::core::line!(),
        };
    }
    __p::inventory::submit! {
        __p::Gathered(__p::Descriptor::of:: < Slap >)
    }
    __p::describe! {
        Slap, "Slap", "", "", []
    }
};
