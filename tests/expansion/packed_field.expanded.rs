#[allow(deprecated)]
const _: () = {
    use ::packets_core::__private as __p;
    #[automatically_derived]
    impl __p::Schema for AnythingField {
        const TYPE: &'static __p::Type = &__p::Type::Object(
            __p::Cow::Borrowed(
                &[
                    __p::Field::new(
                        "document",
                        <serde_json::Value as __p::AsPacked>::TYPE,
                    ),
                    __p::Field::new("entryId", <u32 as __p::Schema>::TYPE),
                ],
            ),
        );
        #[inline]
        fn size(&self) -> ::core::primitive::usize {
            <serde_json::Value as __p::AsPacked>::size(&self.document)
                + <u32 as __p::Schema>::size(&self.entry_id)
        }
        #[inline]
        fn encode(&self, __writer: &mut __p::Writer) {
            <serde_json::Value as __p::AsPacked>::encode(&self.document, __writer);
            <u32 as __p::Schema>::encode(&self.entry_id, __writer);
        }
        #[inline]
        fn decode(
            __reader: &mut __p::Reader<'_>,
        ) -> ::core::result::Result<Self, __p::DecodeError> {
            ::core::result::Result::Ok(Self {
                document: <serde_json::Value as __p::AsPacked>::decode(__reader)?,
                entry_id: <u32 as __p::Schema>::decode(__reader)?,
            })
        }
    }
    const _: () = ::core::assert!(
        __p::is_closed:: < AnythingField > (),
        "a type in the packet refers to a recursive type that is not around it",
    );
    #[automatically_derived]
    impl __p::Packet for AnythingField {
        const NAME: &'static ::core::primitive::str = "AnythingField";
        type Response = ();
        const ORIGIN: __p::Origin = __p::Origin {
            type_name: ::core::concat!(::core::module_path!(), "::AnythingField"),
            file: ::core::file!(),
            line: ::core::line!(),
        };
    }
    __p::describe! {
        AnythingField, "AnythingField", "", "", [("document", "", "serde_json :: Value"),
        ("entryId", "", "u32")]
    }
};
