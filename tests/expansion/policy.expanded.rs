#[allow(deprecated)]
const _: () = {
    use ::packets_core::__private as __p;
    #[automatically_derived]
    impl __p::Schema for Move {
        const TYPE: &'static __p::Type = <f32 as __p::Schema>::TYPE;
        const LIST: &'static __p::Type = <f32 as __p::Schema>::LIST;
        #[inline]
        fn size(&self) -> ::core::primitive::usize {
            <f32 as __p::Schema>::size(&self.0)
        }
        #[inline]
        fn encode(&self, __writer: &mut __p::Writer) {
            <f32 as __p::Schema>::encode(&self.0, __writer);
        }
        #[inline]
        fn decode(
            __reader: &mut __p::Reader<'_>,
        ) -> ::core::result::Result<Self, __p::DecodeError> {
            ::core::result::Result::Ok(Self {
                0: <f32 as __p::Schema>::decode(__reader)?,
            })
        }
    }
    const _: () = ::core::assert!(
        __p::is_closed:: < Move > (),
        "a type in the packet refers to a recursive type that is not around it",
    );
    #[automatically_derived]
    impl __p::Packet for Move {
        const NAME: &'static ::core::primitive::str = "Move";
        type Response = ();
        const POLICY: __p::Policy = __p::Policy::new()
            .rate(__p::Rate::per_minute(20u32).burst(40u32))
            .max_size(4096u32)
            .overflow(__p::Overflow::KeepLatest);
        const ORIGIN: __p::Origin = __p::Origin {
            type_name: ::core::concat!(::core::module_path!(), "::Move"),
            file: ::core::file!(),
            line: ::core::line!(),
        };
    }
    __p::inventory::submit! {
        __p::Gathered(__p::Descriptor::of:: < Move >)
    }
    __p::describe! {
        Move, "Move", "", "", [("0", "", "f32")]
    }
};
