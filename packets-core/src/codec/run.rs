//! Fields of fixed size in a row, for all of which there is one check.

/// A field's place in its run.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// Whether the run begins with the field.
    pub(super) begins: bool,
    /// How many bytes the field and those behind it in the run have; 0 for a field of no fixed size.
    pub(super) left: usize,
}

/// The places of fields of these [fixed sizes](crate::Schema::FIXED_SIZE), 0 if they have none.
#[must_use]
pub const fn runs<const N: usize>(sizes: [usize; N]) -> [Run; N] {
    let mut runs = [Run { begins: true, left: 0 }; N];
    let (mut i, mut left) = (N, 0);
    while i > 0 {
        i -= 1;
        left = if sizes[i] > 0 { left + sizes[i] } else { 0 };
        runs[i] = Run { begins: i == 0 || sizes[i - 1] == 0, left };
    }
    runs
}
