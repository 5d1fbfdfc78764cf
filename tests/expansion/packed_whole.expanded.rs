#[allow(deprecated)]
const _: () = {
    use ::packets_server::__private as __p;
    #[automatically_derived]
    impl __p::Schema for Action {
        const TYPE: &'static __p::Type = <Self as __p::AsPacked>::TYPE;
        #[inline]
        fn size(&self) -> ::core::primitive::usize {
            <Self as __p::AsPacked>::size(self)
        }
        #[inline]
        fn encode(&self, __writer: &mut __p::Writer) {
            <Self as __p::AsPacked>::encode(self, __writer);
        }
        #[inline]
        fn decode(
            __reader: &mut __p::Reader<'_>,
        ) -> ::core::result::Result<Self, __p::DecodeError> {
            <Self as __p::AsPacked>::decode(__reader)
        }
    }
    const _: () = ::core::assert!(
        __p::is_closed:: < Action > (),
        "a type in the packet refers to a recursive type that is not around it",
    );
    #[automatically_derived]
    impl __p::Packet for Action {
        const NAME: &'static ::core::primitive::str = "Action";
        type Response = ();
        const ORIGIN: __p::Origin = __p::Origin {
            type_name: ::core::concat!(::core::module_path!(), "::Action"),
            file: ::core::file!(),
            line: ::core::line!(),
        };
    }
    __p::inventory::submit! {
        __p::Gathered(__p::Descriptor::of:: < Action >)
    }
    __p::describe! {
        Action, "Action", "", "", [("Set", "", "i64"), ("Set.0", "", "i64"), ("Add", "",
        "i64"), ("Add.0", "", "i64")]
    }
};
