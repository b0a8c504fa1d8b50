//! The levels of an action that is a category, by name.

use serde::{Deserialize, Serialize};

/// The most levels of a category: a polynomial of the highest degree tells no more apart.
pub const MAX_LEVELS: usize = joint_effects_kernel::features::monomials::MAX_DEGREE + 1;

/// Levels of which the same value means different ones.
#[derive(Debug)]
pub(crate) struct Differ;

/// The levels of a category in the order in which they came. A level's place is its value in a fit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Levels(Vec<String>);

impl Levels {
    /// Those of these names.
    pub fn new(names: Vec<String>) -> Self {
        Self(names)
    }

    /// Whether they are levels at all: no more than there may be, and each once.
    pub(crate) fn are_distinct(&self) -> bool {
        let mut names = self.0.iter().enumerate();
        let first = |(place, name): (usize, &String)| !self.0[..place].contains(name);
        self.0.len() <= MAX_LEVELS && names.all(first)
    }

    /// Those of both, of which one must begin with all of the other, so that values mean the same.
    pub(crate) fn join(ours: Option<&Self>, theirs: Option<&Self>) -> Result<Option<Self>, Differ> {
        match (ours, theirs) {
            (None, None) => Ok(None),
            (Some(ours), Some(theirs)) if ours.0.starts_with(&theirs.0) => Ok(Some(ours.clone())),
            (Some(ours), Some(theirs)) if theirs.0.starts_with(&ours.0) => Ok(Some(theirs.clone())),
            _ => Err(Differ),
        }
    }

    /// Their names.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// The value of a level.
    pub fn value(&self, name: &str) -> Option<f64> {
        let place = self.0.iter().position(|level| level == name.trim())?;
        Some(place as f64)
    }

    /// The name of the level of a value.
    pub fn name(&self, value: f64) -> Option<&str> {
        let mut levels = (0..).zip(&self.0);
        let level = levels.find(|&(place, _)| f64::from(place) == value);
        level.map(|(_, name)| name.as_str())
    }

    /// A value of an action: the name of its level, or where it is no category the number as `number` writes it.
    pub fn written(levels: Option<&Self>, value: f64, number: impl Fn(f64) -> String) -> String {
        let level = levels.and_then(|levels| levels.name(value));
        level.map_or_else(|| number(value), str::to_string)
    }

    /// The value of a level, which is added where it is new; `None` where there are too many.
    pub(crate) fn value_or_add(&mut self, name: &str) -> Option<f64> {
        if let Some(value) = self.value(name) {
            return Some(value);
        }
        if self.0.len() == MAX_LEVELS {
            return None;
        }
        self.0.push(name.trim().to_string());
        Some((self.0.len() - 1) as f64)
    }

    /// A list of them, for a message.
    pub fn list(&self) -> String {
        super::expression::quoted(&self.0)
    }
}
