use super::{Hand, Input, Output, varuint_size};
use crate::data::mesh::{Mesh, Triangle};

impl Hand for Mesh {
    #[inline]
    fn encode(&self) -> Vec<u8> {
        let count = self.triangles.len();
        let mut output = Output::with_size(varuint_size(count) + count * size_of::<Triangle>());
        // SAFETY: that is the size of what follows. Triangles lie in memory as they travel.
        unsafe {
            output.varuint(count as u32);
            output.swapped::<_, 4>(&self.triangles);
            output.finish()
        }
    }

    #[inline]
    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut input = Input::new(bytes);
        // SAFETY: any bytes are floats, and a triangle is twelve of them.
        let triangles = unsafe { input.swapped::<Triangle, 4>()? };
        input.finish(Self { triangles })
    }
}
