//! Something to be measured.

/// A piece of work that can be done again and again.
pub struct Work<'a> {
    /// Rows that one call goes through; 1 where it sees none.
    pub rows: usize,
    /// Useful floating-point operations of one call, where their number is known.
    pub operations: Option<f64>,
    call: Box<dyn FnMut() + 'a>,
}

impl<'a> Work<'a> {
    /// Work that a call of `call` does.
    pub fn new(rows: usize, operations: Option<f64>, call: impl FnMut() + 'a) -> Self {
        Self {
            rows,
            operations,
            call: Box::new(call),
        }
    }

    /// Does it.
    pub fn call(&mut self) {
        (self.call)();
    }
}
