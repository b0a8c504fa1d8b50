//! Model files: JSON with a version. Numbers are read back bit by bit as they were written.
//!
//! ```json
//! {
//!   "format": "joint-effects model",
//!   "version": 4,
//!   "program": "0.2.0",
//!   "estimator": "separate",
//!   "outcome": "brightness",
//!   "scale": "identity",
//!   "degree": 1,
//!   "actions": [{"name": "red", "shift": 63.5, "factor": 0.015}],
//!   "coefficients": [
//!     {"block": "obs", "values": [120.0, 60.0]},
//!     {"block": "red", "values": [-10.0, 5.0]}
//!   ],
//!   "regimes": [
//!     {"sets": [], "rows": 1350, "alpha": 0.1, "ranges": [{"min": 0.0, "max": 127.0}]},
//!     {"sets": ["red"], "rows": 1800, "alpha": 0.1, "ranges": [{"min": 0.0, "max": 127.0}]}
//!   ],
//!   "seen": [{}],
//!   "checksum": "3f1a09c2"
//! }
//! ```
//!
//! [`Seen`] shows what `seen` holds for every action. A model of the estimator `structured`, and no
//! other, has a part of that name besides: [`mod@structured`] shows it.
//!
//! `checksum` is the CRC-32 (IEEE 802.3) of the whole text, in which its own eight hexadecimal digits are
//! taken for zeros. A file that was changed is refused; [`signed`] is for one that was changed on purpose.

use crate::fit::structured::Structured;
use crate::log::expression::RESERVED;
use crate::log::input;
use crate::log::levels::Levels;
use crate::model::json::{on_one_line, present};
use crate::model::support::Seen;
use crate::model::{FittedRegime, Model};
use crate::moments::Range;
use crate::write::{self, WriteError};
use joint_effects_kernel::Regime;
use joint_effects_kernel::digest::crc32;
use joint_effects_kernel::features::monomials::{Basis, Monomials, UnsupportedBasis};
use joint_effects_kernel::predict::scale::Scale;
use joint_effects_kernel::structured::covariance::Term;
use memchr::{memchr, memmem};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

mod seen;
pub mod structured;

const FORMAT: &str = "joint-effects model";
const VERSION: u32 = 4;

/// The most bytes of a file: more than a model has that anyone can fit.
const LONGEST: u64 = 1 << 30;

/// How many of the first bytes show whether there is an object at all.
const BEGINNING: u64 = 1 << 12;

/// The label of the coefficients β; that of γ_k is the name of action k.
const OBSERVATIONAL: &str = "obs";

/// The estimator whose models have the part of that name.
const STRUCTURED: &str = "structured";

/// A model file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ModelFileError {
    /// It cannot be opened or read.
    #[error("{}: cannot be read: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// It does not hold a model, or what was to be written is none.
    #[error("{}: {problem}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: Problem,
    },
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// What can be wrong in a model file.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It is not JSON, or its end is missing.
    #[error("damaged JSON: {0}")]
    Damaged(serde_json::Error),
    /// It was written by an earlier or a later program.
    #[error(
        "version: expected {VERSION}, found {0}; fit the data again with this version of the program"
    )]
    Version(u32),
    /// Its text is not the one that was written.
    #[error("damaged model file: the checksum differs")]
    Checksum,
    /// A field is missing or has the wrong type.
    #[error("{field}: {cause}")]
    Type {
        /// The field, or the object where a field is missing.
        field: String,
        /// What was expected, and where in the file.
        cause: serde_json::Error,
    },
    /// A field has a value that does not go with the others.
    #[error("{field}: expected {expected}, found {found}")]
    Value {
        /// The field.
        field: String,
        /// What was expected.
        expected: String,
        /// What it is.
        found: String,
    },
    /// So many actions to this degree are not supported.
    #[error("degree: {0}")]
    Degree(UnsupportedBasis),
}

/// Reads a model and checks that it is whole.
pub fn read(path: impl AsRef<Path>) -> Result<Model, ModelFileError> {
    let path = path.as_ref().to_path_buf();
    match text(&path) {
        Err(cause) => Err(ModelFileError::Unreadable { path, cause }),
        Ok(json) => decode(&json).map_err(|problem| ModelFileError::Invalid { path, problem }),
    }
}

/// The text of a file; only the beginning of one that is no model, and may have no end.
fn text(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let mut json = Vec::new();
    (&mut file).take(BEGINNING).read_to_end(&mut json)?;
    if json.trim_ascii_start().starts_with(b"{") {
        input::read_rest(&mut file, &mut json, LONGEST)?;
    }
    Ok(json)
}

/// Writes a model, in place of what was there; refuses one that could not be read back.
pub fn write(path: impl AsRef<Path>, model: &Model) -> Result<(), ModelFileError> {
    let path = path.as_ref();
    let json = encode(model).map_err(|problem| {
        let path = path.to_path_buf();
        ModelFileError::Invalid { path, problem }
    })?;
    write::atomically(path, |file| file.write_all(&json))?;
    Ok(())
}

/// The text of a file that [`decode`] reads as the same model.
pub fn encode(model: &Model) -> Result<Vec<u8>, Problem> {
    let document = Document::of(model);
    document.check()?;
    let mut json = serde_json::to_vec_pretty(&document).map_err(Problem::Damaged)?;
    json.push(b'\n');
    Ok(signed(&json))
}

/// The name of the checksum as it stands in the text, where quotation marks within texts are escaped.
const CHECKSUM: &[u8] = b"\"checksum\":";

/// What stands for the checksum while it is formed.
const UNSIGNED: &str = "00000000";

/// The text of a model with the checksum that goes with it.
pub fn signed(json: &[u8]) -> Vec<u8> {
    let mut json = json.to_vec();
    if let Some(digits) = digits(&json) {
        json[digits.clone()].copy_from_slice(UNSIGNED.as_bytes());
        let checksum = format!("{:08x}", crc32(&json));
        json[digits].copy_from_slice(checksum.as_bytes());
    }
    json
}

/// Where the checksum is.
fn digits(json: &[u8]) -> Option<std::ops::Range<usize>> {
    let name = memmem::rfind(json, CHECKSUM)? + CHECKSUM.len();
    let start = name + memchr(b'"', json.get(name..)?)? + 1;
    let end = start + UNSIGNED.len();
    json.get(start..end).map(|_| start..end)
}

/// What tells which version of the file it is.
#[derive(Deserialize)]
#[serde(expecting = "a model")]
struct Preamble {
    format: String,
    version: u32,
}

/// The file, field by field.
#[derive(Serialize, Deserialize)]
#[serde(expecting = "a model")]
struct Document {
    format: String,
    version: u32,
    /// The version of the program that wrote it.
    program: String,
    estimator: String,
    outcome: String,
    scale: Scale,
    degree: usize,
    actions: Vec<ActionEntry>,
    /// Behind the monomials stand powers of actions within bounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "present")]
    bounded: Option<Bounded>,
    coefficients: Vec<Block>,
    regimes: Vec<RegimeEntry>,
    seen: Vec<Seen>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "present")]
    structured: Option<structured::Part>,
    checksum: String,
}

#[derive(Serialize, Deserialize)]
#[serde(expecting = "an action")]
struct ActionEntry {
    name: String,
    /// Of a category, in the order of their numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "present")]
    levels: Option<Levels>,
    shift: f64,
    factor: f64,
}

#[derive(Serialize, Deserialize)]
#[serde(expecting = "the powers of actions within bounds")]
struct Bounded {
    highest: usize,
    actions: Vec<BoundedAction>,
}

/// Within its bounds `(a − shift) · factor` lies between −1 and 1, and beyond them it stays there.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(expecting = "an action within bounds")]
struct BoundedAction {
    shift: f64,
    factor: f64,
}

#[derive(Serialize, Deserialize)]
#[serde(expecting = "a block of coefficients")]
struct Block {
    block: String,
    #[serde(serialize_with = "on_one_line")]
    values: Vec<f64>,
}

#[derive(Serialize, Deserialize)]
#[serde(expecting = "a regime")]
struct RegimeEntry {
    /// The names of the actions set.
    sets: Vec<String>,
    rows: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "present")]
    alpha: Option<f64>,
    /// About the fit, on the scale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "present")]
    variance: Option<f64>,
    #[serde(serialize_with = "on_one_line")]
    ranges: Vec<Range>,
}

/// Reads a model from the text of a file.
pub fn decode(json: &[u8]) -> Result<Model, Problem> {
    let Preamble { format, version } = parse(json)?;
    if format != FORMAT {
        return Err(wrong("format", quoted(FORMAT), quoted(&format)));
    }
    if version != VERSION {
        return Err(Problem::Version(version));
    }
    let document: Document = parse(json)?;
    if signed(json) != json {
        return Err(Problem::Checksum);
    }
    document.into_model()
}

fn parse<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let field = match error.path().iter().len() {
            0 => "top level".to_string(),
            _ => error.path().to_string(),
        };
        let cause = error.into_inner();
        match cause.is_data() {
            true => Problem::Type { field, cause },
            false => Problem::Damaged(cause),
        }
    })?;
    deserializer.end().map_err(Problem::Damaged)?;
    Ok(value)
}

impl Document {
    fn of(model: &Model) -> Self {
        // Where parts of a model do not fit each other, these make up what `check` refuses.
        let name = |action: usize| model.actions.get(action).cloned().unwrap_or_default();
        let entry = |values: &[f64], action| values.get(action).copied().unwrap_or(f64::NAN);
        let label = |block: usize| match block.checked_sub(1) {
            None => OBSERVATIONAL.to_string(),
            Some(action) => name(action),
        };
        let basis = &model.basis;
        let monomials = basis.monomials();
        let actions = (0..model.actions.len()).map(|action| ActionEntry {
            levels: model.levels.get(action).cloned().flatten(),
            name: name(action),
            shift: entry(basis.shift(), action),
            factor: entry(basis.factor(), action),
        });
        let blocks = model.coefficients.chunks(monomials.len()).enumerate();
        let blocks = blocks.map(|(block, values)| Block {
            block: label(block),
            values: values.to_vec(),
        });
        let regimes = model.regimes.iter().map(|fitted| RegimeEntry {
            sets: fitted.regime.actions().map(name).collect(),
            rows: fitted.rows,
            alpha: fitted.alpha,
            variance: fitted.variance,
            ranges: fitted.ranges.clone(),
        });
        Self {
            format: FORMAT.to_string(),
            version: VERSION,
            program: env!("CARGO_PKG_VERSION").to_string(),
            estimator: model.estimator.clone(),
            outcome: model.outcome.clone(),
            scale: model.scale,
            degree: monomials.degree(),
            actions: actions.collect(),
            bounded: (monomials.bounded() > 0).then(|| Bounded {
                highest: monomials.bounded(),
                actions: basis
                    .bounded()
                    .map(|(shift, factor)| BoundedAction { shift, factor })
                    .collect(),
            }),
            coefficients: blocks.collect(),
            regimes: regimes.collect(),
            seen: model.seen.clone(),
            structured: model
                .structured
                .as_ref()
                .map(|learned| structured::Part::of(learned, &name)),
            checksum: UNSIGNED.to_string(),
        }
    }

    fn into_model(self) -> Result<Model, Problem> {
        self.check()?;
        let bounded = || self.bounded.iter().flat_map(|bounded| &bounded.actions);
        let shifts = self.actions.iter().map(|action| action.shift);
        let shifts = shifts.chain(bounded().map(|action| action.shift));
        let factors = self.actions.iter().map(|action| action.factor);
        let factors = factors.chain(bounded().map(|action| action.factor));
        let basis = Basis::new(self.monomials()?, shifts.chain(factors).collect())
            .expect("a shift and a factor for every variable");
        let mut regimes = Vec::with_capacity(self.regimes.len());
        for (index, rows) in self.regimes.iter().enumerate() {
            regimes.push(FittedRegime {
                regime: self.regime(index)?,
                rows: rows.rows,
                alpha: rows.alpha,
                variance: rows.variance,
                ranges: rows.ranges.clone(),
            });
        }
        let structured = self.structured()?;
        let levels = self.actions.iter().map(|action| action.levels.clone());
        let levels = levels.collect();
        let actions = self.actions.into_iter().map(|action| action.name);
        let coefficients = self.coefficients.into_iter().flat_map(|block| block.values);
        Ok(Model {
            estimator: self.estimator,
            outcome: self.outcome,
            scale: self.scale,
            actions: actions.collect(),
            levels,
            basis,
            coefficients: coefficients.collect(),
            regimes,
            seen: self.seen,
            structured,
        })
    }

    fn monomials(&self) -> Result<Monomials, Problem> {
        let highest = self.bounded.as_ref().map_or(0, |bounded| bounded.highest);
        let products = Monomials::new(self.actions.len(), self.degree);
        let monomials = products.and_then(|products| products.with_bounded(highest));
        monomials.map_err(Problem::Degree)
    }

    /// The regime of `regimes[index]`.
    fn regime(&self, index: usize) -> Result<Regime, Problem> {
        let mut regime = Regime::OBSERVATIONAL;
        let names = self.names();
        for (place, name) in self.regimes[index].sets.iter().enumerate() {
            let field = || format!("regimes[{index}].sets[{place}]");
            regime = regime.with(position(&names, name, field)?);
        }
        Ok(regime)
    }

    fn names(&self) -> Vec<String> {
        let names = self.actions.iter().map(|action| action.name.clone());
        names.collect()
    }

    /// The part of the structured model.
    fn structured(&self) -> Result<Option<Structured>, Problem> {
        let monomials = self.monomials()?;
        let read = |part: &structured::Part| part.read(&self.names(), monomials);
        self.structured.as_ref().map(read).transpose()
    }

    /// Whether the fields go with each other; every number must be finite.
    fn check(&self) -> Result<(), Problem> {
        let terms = self.monomials()?.len();
        self.check_actions()?;
        self.check_coefficients(terms)?;
        self.check_regimes()?;
        self.check_seen(terms)?;
        self.check_structured()
    }

    fn check_actions(&self) -> Result<(), Problem> {
        for (index, action) in self.actions.iter().enumerate() {
            let field = |name| format!("actions[{index}].{name}");
            let name = &action.name;
            let same = |other: &ActionEntry| other.name == *name;
            if name.is_empty() || *name == self.outcome || self.actions[..index].iter().any(same) {
                return Err(wrong(field("name"), "a name of its own", quoted(name)));
            }
            if RESERVED.contains(&name.as_str()) {
                let expected = "another name than all and none";
                return Err(wrong(field("name"), expected, quoted(name)));
            }
            let levels = action.levels.as_ref().map_or(&[][..], Levels::names);
            let mut known = HashSet::new();
            if let Some(level) = levels.iter().find(|level| !known.insert(*level)) {
                return Err(wrong(field("levels"), "different names", quoted(level)));
            }
            finite(action.shift, || field("shift"))?;
            finite(action.factor, || field("factor"))?;
        }
        let Some(bounded) = &self.bounded else {
            return Ok(());
        };
        let (expected, found) = (self.actions.len(), bounded.actions.len());
        if found != expected {
            let expected = format!("{expected} actions");
            return Err(wrong("bounded.actions", expected, found));
        }
        if bounded.highest == 0 {
            return Err(wrong("bounded.highest", "at least 1", 0));
        }
        for (index, action) in bounded.actions.iter().enumerate() {
            let field = |name| format!("bounded.actions[{index}].{name}");
            finite(action.shift, || field("shift"))?;
            finite(action.factor, || field("factor"))?;
        }
        Ok(())
    }

    fn check_coefficients(&self, terms: usize) -> Result<(), Problem> {
        let names = self.actions.iter().map(|action| action.name.as_str());
        let labels: Vec<_> = std::iter::once(OBSERVATIONAL).chain(names).collect();
        let (expected, found) = (labels.len(), self.coefficients.len());
        if found != expected {
            return Err(wrong("coefficients", format!("{expected} blocks"), found));
        }
        for (index, (block, label)) in self.coefficients.iter().zip(labels).enumerate() {
            let field = |name| format!("coefficients[{index}].{name}");
            if block.block != label {
                return Err(wrong(field("block"), quoted(label), quoted(&block.block)));
            }
            let found = block.values.len();
            if found != terms {
                return Err(wrong(field("values"), format!("{terms} numbers"), found));
            }
            for (position, &value) in block.values.iter().enumerate() {
                finite(value, || format!("{}[{position}]", field("values")))?;
            }
        }
        Ok(())
    }

    fn check_regimes(&self) -> Result<(), Problem> {
        let mut known = Vec::new();
        for (index, rows) in self.regimes.iter().enumerate() {
            let field = |name| format!("regimes[{index}].{name}");
            let regime = self.regime(index)?;
            if known.contains(&regime) {
                let found = format!("{:?}", rows.sets);
                return Err(wrong(field("sets"), "a regime of its own", found));
            }
            known.push(regime);
            if let Some(alpha) = rows.alpha {
                finite(alpha, || field("alpha"))?;
            }
            if let Some(variance) = rows.variance {
                finite(variance, || field("variance"))?;
                if variance < 0.0 {
                    return Err(wrong(field("variance"), "at least 0", variance));
                }
            }
            let links = !self.scale.is_of_outcome();
            if links != rows.variance.is_some() {
                let expected = format!(
                    "one for the scales log and logit alone, this is {}",
                    self.scale.name()
                );
                let found = rows
                    .variance
                    .map_or("none".into(), |variance| variance.to_string());
                return Err(wrong(field("variance"), expected, found));
            }
            let (expected, found) = (self.actions.len(), rows.ranges.len());
            if found != expected {
                return Err(wrong(field("ranges"), format!("{expected} ranges"), found));
            }
            for (action, &Range { min, max }) in rows.ranges.iter().enumerate() {
                let field = || format!("{}[{action}]", field("ranges"));
                finite(min, field)?;
                finite(max, field)?;
                if min > max {
                    return Err(wrong(field(), "min ≤ max", format!("{min} > {max}")));
                }
            }
        }
        Ok(())
    }

    fn check_seen(&self, terms: usize) -> Result<(), Problem> {
        let (expected, found) = (self.actions.len(), self.seen.len());
        if found != expected {
            return Err(wrong("seen", format!("{expected} actions"), found));
        }
        let mut seen = self.seen.iter().enumerate();
        seen.try_for_each(|(action, seen)| seen::check(seen, action, terms))
    }

    fn check_structured(&self) -> Result<(), Problem> {
        if let Some(part) = &self.structured {
            part.check_covariance()?;
        }
        let Some(structured) = self.structured()? else {
            if self.estimator == STRUCTURED {
                let expected = format!("a part of that name for the estimator {STRUCTURED}");
                return Err(wrong(STRUCTURED, expected, "none"));
            }
            return Ok(());
        };
        if self.estimator != STRUCTURED {
            return Err(wrong(
                "estimator",
                quoted(STRUCTURED),
                quoted(&self.estimator),
            ));
        }
        for (block, Block { values, .. }) in self.coefficients.iter().enumerate().skip(1) {
            let action = Some(block - 1);
            for (monomial, &value) in values.iter().enumerate() {
                if value != 0.0 && !structured.terms.contains(&Term { action, monomial }) {
                    let field = format!("coefficients[{block}].values[{monomial}]");
                    let expected = "0, since it is not among structured.terms";
                    return Err(wrong(field, expected, value));
                }
            }
        }
        Ok(())
    }
}

/// The place of an action's name among the names.
fn position(names: &[String], name: &str, field: impl Fn() -> String) -> Result<usize, Problem> {
    let action = names.iter().position(|known| known == name);
    action.ok_or_else(|| wrong(field(), "an action", quoted(name)))
}

fn finite(value: f64, field: impl Fn() -> String) -> Result<(), Problem> {
    if value.is_finite() {
        return Ok(());
    }
    Err(wrong(field(), "a finite number", value))
}

fn wrong(field: impl ToString, expected: impl ToString, found: impl ToString) -> Problem {
    Problem::Value {
        field: field.to_string(),
        expected: expected.to_string(),
        found: found.to_string(),
    }
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}
