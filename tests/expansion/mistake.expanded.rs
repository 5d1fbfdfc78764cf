::core::compile_error! {
    "unknown attribute `nane`: a packet takes `name = \"…\"`, `response = Type`, `idempotent`, `rate = \"20/s\"`, `burst = 40`, `max_size = \"4KiB\"`, `overflow = \"drop-oldest\"`, `gather = false`, `rename_all = \"camelCase\"`, `recursive`, `crate = path`"
}
#[allow(deprecated)]
const _: () = {
    use ::packets_core::__private as __p;
    #[automatically_derived]
    impl __p::Schema for Move {
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
            ::core::result::Result::Err(__p::DecodeError::UnexpectedEnd)
        }
    }
    const _: () = ::core::assert!(
        __p::is_closed:: < Move > (),
        "a type in the packet refers to a recursive type that is not around it",
    );
    #[automatically_derived]
    impl __p::Packet for Move {
        const NAME: &'static ::core::primitive::str = "Move";
        type Response = Position;
        const ORIGIN: __p::Origin = __p::Origin {
            type_name: ::core::concat!(::core::module_path!(), "::Move"),
            file: ::core::file!(),
            line: ::core::line!(),
        };
    }
    __p::inventory::submit! {
        __p::Gathered(__p::Descriptor::of:: < Move >)
    }
};
