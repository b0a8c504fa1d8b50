//! What the report is made of.

pub mod cholesky;
pub mod compare;
pub mod convergence;
pub mod growth;
pub mod instructions;
pub mod machine;
pub mod moments;
pub mod stages;
pub mod steps;

use crate::results::{Entry, entry};

/// All sections, in the order of the report.
pub fn all() -> Vec<Entry> {
    vec![
        entry::<machine::Machine>(),
        entry::<moments::Moments>(),
        entry::<cholesky::Cholesky>(),
        entry::<compare::Compare>(),
        entry::<stages::Stages>(),
        entry::<growth::Growth>(),
        entry::<convergence::Convergence>(),
        entry::<steps::Steps>(),
        entry::<instructions::Instructions>(),
    ]
}
