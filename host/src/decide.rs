//! What to do: the setting to choose, the rows to collect next, and the method tried beforehand.

pub mod choose;
pub mod next;
pub mod plan;
pub mod rehearse;
