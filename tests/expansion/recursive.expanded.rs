#[allow(deprecated)]
const _: () = {
    use ::packets_core::__private as __p;
    #[automatically_derived]
    impl<T> __p::Recursive for Tree<T>
    where
        T: __p::Schema,
    {
        const NAME: &'static ::core::primitive::str = "Tree";
    }
    #[automatically_derived]
    impl<T> __p::Schema for Tree<T>
    where
        T: __p::Schema,
    {
        const TYPE: &'static __p::Type = &__p::Type::Definition(
            __p::Cow::Borrowed(<Self as __p::Recursive>::NAME),
            __p::Node::Static(
                &__p::Type::Object(
                    __p::Cow::Borrowed(
                        &[
                            __p::Field::new(
                                "children",
                                <Vec<__p::Reference<Tree<T>>> as __p::Schema>::TYPE,
                            ),
                            __p::Field::new("value", <T as __p::Schema>::TYPE),
                        ],
                    ),
                ),
            ),
        );
        #[inline]
        fn size(&self) -> ::core::primitive::usize {
            <Vec<Tree<T>> as __p::Schema>::size(&self.children)
                + <T as __p::Schema>::size(&self.value)
        }
        #[inline]
        fn encode(&self, __writer: &mut __p::Writer) {
            let __runs = const {
                __p::runs([
                    <Vec<Tree<T>> as __p::Schema>::FIXED_SIZE,
                    <T as __p::Schema>::FIXED_SIZE,
                ])
            };
            <Vec<
                Tree<T>,
            > as __p::Schema>::encode_field(&self.children, __runs[0], __writer);
            <T as __p::Schema>::encode_field(&self.value, __runs[1], __writer);
        }
        #[inline]
        fn decode(
            __reader: &mut __p::Reader<'_>,
        ) -> ::core::result::Result<Self, __p::DecodeError> {
            __reader
                .nested(|__reader| ::core::result::Result::Ok({
                    let __runs = const {
                        __p::runs([
                            <Vec<Tree<T>> as __p::Schema>::FIXED_SIZE,
                            <T as __p::Schema>::FIXED_SIZE,
                        ])
                    };
                    Self {
                        children: <Vec<
                            Tree<T>,
                        > as __p::Schema>::decode_field(__runs[0], __reader)?,
                        value: <T as __p::Schema>::decode_field(__runs[1], __reader)?,
                    }
                }))
        }
    }
};
