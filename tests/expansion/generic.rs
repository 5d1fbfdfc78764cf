#[packer("extra")]
struct Page<T, I: Iterator, const N: usize>
where
    T: Clone,
{
    rows: Vec<T>,
    first: Option<I::Item>,
    extra: Vec<T>,
    bytes: [u8; N],
}
