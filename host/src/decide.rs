//! What to do: the setting to choose, and the rows to collect next.

pub mod choose;
pub mod plan;
