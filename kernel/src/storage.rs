//! Room for a computation that learns its size on the way.

use crate::error::ShapeError;

/// Room that grows: as far as a capacity on a microcontroller, as far as memory reaches on a desktop.
pub trait Storage<T> {
    /// Exactly `len` values. As many as there were before keep their values; new ones have any.
    ///
    /// # Errors
    ///
    /// [`ShapeError`] where there is not so much room.
    fn resize(&mut self, len: usize) -> Result<&mut [T], ShapeError>;
}

impl<T: Clone + Default, const CAPACITY: usize> Storage<T> for heapless::Vec<T, CAPACITY> {
    fn resize(&mut self, len: usize) -> Result<&mut [T], ShapeError> {
        ShapeError::room("capacity", len, CAPACITY)?;
        heapless::Vec::resize(self, len, T::default()).ok();
        Ok(self)
    }
}
