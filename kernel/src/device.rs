//! What a microcontroller keeps and fits: owners of storage whose capacity is known when they are
//! compiled, over [`heapless::Vec`].

mod capacity;
mod drift;
mod error;
mod moments_file;
mod parts;
#[cfg(feature = "flash")]
mod slots;
mod study;

pub use capacity::{columns, numbers, numbers_of_ridges};
pub use drift::{Alarm, Drift};
pub use error::StudyError;
pub use moments_file::{MomentsFileError, Names};
#[cfg(feature = "flash")]
pub use slots::{Slots, SlotsError};
pub use study::{Prediction, Study};
