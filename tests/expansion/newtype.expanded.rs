#[allow(deprecated)]
const _: () = {
    use ::packets_client::__private as __p;
    #[automatically_derived]
    impl __p::Schema for Redirect {
        const TYPE: &'static __p::Type = <String as __p::Schema>::TYPE;
        const LIST: &'static __p::Type = <String as __p::Schema>::LIST;
        #[inline]
        fn size(&self) -> ::core::primitive::usize {
            <String as __p::Schema>::size(&self.0)
        }
        #[inline]
        fn encode(&self, __writer: &mut __p::Writer) {
            <String as __p::Schema>::encode(&self.0, __writer);
        }
        #[inline]
        fn decode(
            __reader: &mut __p::Reader<'_>,
        ) -> ::core::result::Result<Self, __p::DecodeError> {
            ::core::result::Result::Ok(Self {
                0: <String as __p::Schema>::decode(__reader)?,
            })
        }
    }
    const _: () = ::core::assert!(
        __p::is_closed:: < Redirect > (),
        "a type in the packet refers to a recursive type that is not around it",
    );
    #[automatically_derived]
    impl __p::Packet for Redirect {
        const NAME: &'static ::core::primitive::str = "Redirect";
        type Response = ();
        const ORIGIN: __p::Origin = __p::Origin {
            type_name: ::core::concat!(::core::module_path!(), "::Redirect"),
            file: ::core::file!(),
            line: ::core::line!(),
        };
    }
    __p::inventory::submit! {
        __p::Gathered(__p::Descriptor::of:: < Redirect >)
    }
    __p::describe! {
        Redirect, "Redirect", "", "", [("0", "", "String")]
    }
};
