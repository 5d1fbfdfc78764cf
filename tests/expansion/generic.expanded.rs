#[allow(deprecated)]
const _: () = {
    use ::packets_core::__private as __p;
    #[automatically_derived]
    impl<T, I: Iterator, const N: usize> __p::Schema for Page<T, I, N>
    where
        T: Clone,
        Vec<T>: __p::AsPacked,
        I::Item: __p::Schema,
        T: __p::Schema,
    {
        const TYPE: &'static __p::Type = &__p::Type::Object(
            __p::Cow::Borrowed(
                &[
                    __p::Field::new("bytes", <[u8; N] as __p::Schema>::TYPE),
                    __p::Field::new("extra", <Vec<T> as __p::AsPacked>::TYPE),
                    __p::Field::new("first", <Option<I::Item> as __p::Schema>::TYPE),
                    __p::Field::new("rows", <Vec<T> as __p::Schema>::TYPE),
                ],
            ),
        );
        #[inline]
        fn size(&self) -> ::core::primitive::usize {
            <[u8; N] as __p::Schema>::size(&self.bytes)
                + <Vec<T> as __p::AsPacked>::size(&self.extra)
                + <Option<I::Item> as __p::Schema>::size(&self.first)
                + <Vec<T> as __p::Schema>::size(&self.rows)
        }
        #[inline]
        fn encode(&self, __writer: &mut __p::Writer) {
            let __runs = const {
                __p::runs([
                    <[u8; N] as __p::Schema>::FIXED_SIZE,
                    0,
                    <Option<I::Item> as __p::Schema>::FIXED_SIZE,
                    <Vec<T> as __p::Schema>::FIXED_SIZE,
                ])
            };
            <[u8; N] as __p::Schema>::encode_field(&self.bytes, __runs[0], __writer);
            <Vec<T> as __p::AsPacked>::encode(&self.extra, __writer);
            <Option<
                I::Item,
            > as __p::Schema>::encode_field(&self.first, __runs[2], __writer);
            <Vec<T> as __p::Schema>::encode_field(&self.rows, __runs[3], __writer);
        }
        #[inline]
        fn decode(
            __reader: &mut __p::Reader<'_>,
        ) -> ::core::result::Result<Self, __p::DecodeError> {
            ::core::result::Result::Ok({
                let __runs = const {
                    __p::runs([
                        <[u8; N] as __p::Schema>::FIXED_SIZE,
                        0,
                        <Option<I::Item> as __p::Schema>::FIXED_SIZE,
                        <Vec<T> as __p::Schema>::FIXED_SIZE,
                    ])
                };
                Self {
                    bytes: <[u8; N] as __p::Schema>::decode_field(__runs[0], __reader)?,
                    extra: <Vec<T> as __p::AsPacked>::decode(__reader)?,
                    first: <Option<
                        I::Item,
                    > as __p::Schema>::decode_field(__runs[2], __reader)?,
                    rows: <Vec<T> as __p::Schema>::decode_field(__runs[3], __reader)?,
                }
            })
        }
    }
};
