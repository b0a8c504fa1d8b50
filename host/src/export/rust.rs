//! A Rust module without dependencies, for `mod` or `include!`.

use super::levels;
use super::uncertainty::{Root, Uncertainty};
use super::{Body, Export, Language, Scalar};
use crate::moments::Range;
use std::io::{self, Write};

/// Writes the module.
///
/// It has `ID`, `DATA`, `MIN`, `MAX`, `support`, `predict_checked`, `ACTIONS`, `DEGREE`, `ACTION_NAMES`, `OUTCOME`, `COEFFICIENTS`, `predict`, `VECTORS` (bit
/// patterns of the actions and of the outcome) and `TOLERANCE`; where the model knows its standard
/// errors, `variance`, `T_QUANTILE`, `VARIANCES` and `VARIANCE_TOLERANCE` too; where actions are categories,
/// `LEVELS` and `levels`.
pub fn write(export: &Export, out: &mut impl Write) -> io::Result<()> {
    let scalar = export.scalar;
    let bits = bits(scalar);
    let body = export.straight_line(&scalar);
    let list = |end: fn(&Range) -> f64| -> String {
        let ends = export.ranges.iter().map(|range| scalar.decimal(end(range)));
        ends.collect::<Vec<_>>().join(", ")
    };
    writeln!(
        out,
        "\
// {title}; exported by joint-effects {version}.
// {size}.

/// What tells this model from others.
pub const ID: u64 = 0x{id:016x};

/// What tells the data that it was fitted to from others.
pub const DATA: u64 = 0x{data:016x};

/// What actions and outcomes are.
pub type Scalar = {scalar};

/// Number of actions.
pub const ACTIONS: usize = {actions};

/// Total degree.
pub const DEGREE: usize = {degree};

/// The actions, in the order in which [`predict`] takes them.
#[rustfmt::skip]
pub const ACTION_NAMES: [&str; ACTIONS] = {names:?};

/// The outcome.
#[rustfmt::skip]
pub const OUTCOME: &str = {outcome:?};

/// Number of coefficients; none is zero.
pub const COEFFICIENTS: usize = {coefficients};

/// The expected outcome at these values of the actions.
#[rustfmt::skip]
#[allow(clippy::approx_constant)]
pub fn predict(actions: &[{scalar}; ACTIONS]) -> {scalar} {{
    let [{parameters}] = *actions;",
        title = export.title,
        id = export.id,
        data = export.data,
        version = env!("CARGO_PKG_VERSION"),
        size = export.size(),
        actions = export.actions.len(),
        degree = export.degree(),
        names = export.actions,
        outcome = export.outcome,
        coefficients = export.monomials.len(),
        parameters = parameters(&body),
    )?;
    for statement in &body.statements {
        writeln!(out, "    {statement}")?;
    }
    writeln!(
        out,
        "    {}
}}

/// The least value of each action that the data support.
#[rustfmt::skip]
#[allow(clippy::approx_constant)]
pub const MIN: [{scalar}; ACTIONS] = [{min}];

/// The greatest.
#[rustfmt::skip]
#[allow(clippy::approx_constant)]
pub const MAX: [{scalar}; ACTIONS] = [{max}];

/// Whether the data support values of the actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {{
    /// All lie where they were seen.
    Inside,
    /// One lies beyond.
    Outside,
    /// One is not a number.
    NotANumber,
}}

/// Whether the data support these values of the actions.
#[inline]
pub fn support(actions: &[{scalar}; ACTIONS]) -> Support {{
    for ((action, &min), &max) in actions.iter().zip(&MIN).zip(&MAX) {{
        if !(min..=max).contains(action) {{
            return match actions.iter().any(|action| action.is_nan()) {{
                true => Support::NotANumber,
                false => Support::Outside,
            }};
        }}
    }}
{levels_alone}    Support::Inside
}}

/// A prediction, and what it rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Checked {{
    /// What [`predict`] returns; where the data do not support the actions, it means little.
    pub effect: {scalar},
    /// Its standard error, where the model knows it.
    pub standard_error: Option<{scalar}>,
    /// Whether the data support the actions.
    pub support: Support,
}}

/// The expected outcome at these values of the actions, how sure it is, and whether the data support them.
/// What is not used of it is not computed.
#[inline(always)]
pub fn predict_checked(actions: &[{scalar}; ACTIONS]) -> Checked {{
    Checked {{
        effect: predict(actions),
        standard_error: {standard_error},
        support: support(actions),
    }}
}}

/// Bit patterns of actions, and of what [`predict`] returns where nothing is fused.
#[rustfmt::skip]
pub const VECTORS: &[([{bits}; ACTIONS], {bits})] = &[",
        body.result,
        min = list(|range| range.min),
        max = list(|range| range.max),
        levels_alone = match export.has_categories() {
            true => LEVELS_ALONE,
            false => "",
        },
        standard_error = match export.uncertainty {
            Some(_) => "Some(root(variance(actions)))",
            None => "None",
        },
    )?;
    for (actions, expected) in &export.vectors {
        let actions: Vec<_> = actions.iter().map(|&value| scalar.bits(value)).collect();
        let expected = scalar.bits(*expected);
        writeln!(out, "    ([{}], {expected}),", actions.join(", "))?;
    }
    writeln!(
        out,
        "];

/// By how much [`predict`] may differ from [`VECTORS`] where operations are fused.
#[rustfmt::skip]
#[allow(clippy::approx_constant)]
pub const TOLERANCE: {scalar} = {};",
        scalar.decimal(export.tolerance)
    )?;
    if export.has_categories() {
        write_levels(export, out)?;
    }
    match &export.uncertainty {
        Some(uncertainty) => write_variance(export, uncertainty, out),
        None => Ok(()),
    }
}

/// What else categories call for, where all actions are within their ranges.
const LEVELS_ALONE: &str = "    for (&action, &levels) in actions.iter().zip(&LEVELS) {
        // Between two levels there is none.
        if levels > 0 && action != Scalar::from(action as u8) {
            return Support::Outside;
        }
    }
";

fn write_levels(export: &Export, out: &mut impl Write) -> io::Result<()> {
    let scalar = export.scalar;
    let numbers: Vec<usize> = export.levels.iter().map(Vec::len).collect();
    writeln!(
        out,
        "
/// Number of levels of each action; 0 where its values are numbers.
#[rustfmt::skip]
pub const LEVELS: [usize; ACTIONS] = {numbers:?};

/// The values that [`predict`] takes for the levels of categories.
#[rustfmt::skip]
#[allow(missing_docs)]
pub mod levels {{"
    )?;
    for constant in levels::constants(&export.actions, &export.levels) {
        let (value, name) = (scalar.decimal(constant.value), constant.name);
        let (level, action) = (constant.level, constant.action);
        writeln!(
            out,
            "    pub const {name}: {scalar} = {value}; // {level:?} of {action:?}"
        )?;
    }
    writeln!(out, "}}")
}

fn write_variance(
    export: &Export,
    uncertainty: &Uncertainty,
    out: &mut impl Write,
) -> io::Result<()> {
    let scalar = export.scalar;
    let bits = bits(scalar);
    let body = export.variance_straight_line(uncertainty, &scalar);
    writeln!(
        out,
        "
/// The expected outcome lies, with 95 % confidence, within this times the standard error of
/// [`predict`].
#[rustfmt::skip]
#[allow(clippy::approx_constant)]
pub const T_QUANTILE: {scalar} = {quantile};

/// The squared standard error of [`predict`] at these values of the actions; never negative.
#[rustfmt::skip]
#[allow(clippy::approx_constant)]
pub fn variance(actions: &[{scalar}; ACTIONS]) -> {scalar} {{
    let [{parameters}] = *actions;",
        quantile = scalar.decimal(uncertainty.quantile),
        parameters = parameters(&body),
    )?;
    for statement in &body.statements {
        writeln!(out, "    {statement}")?;
    }
    let root = Root::of(scalar);
    writeln!(
        out,
        "    {}
}}

/// The square root by Newton's method: there is none without a library.
#[inline]
fn root(x: {scalar}) -> {scalar} {{
    if !matches!(x.partial_cmp(&0.0), Some(core::cmp::Ordering::Greater)) {{
        return x;
    }}
    let mut root = {scalar}::from_bits((x.to_bits() >> 1) + 0x{magic:x});
    for _ in 0..{steps} {{
        root = 0.5 * (root + x / root);
    }}
    root
}}

/// Bit patterns of what [`variance`] returns at the actions of [`VECTORS`] where nothing is fused.
#[rustfmt::skip]
pub const VARIANCES: &[{bits}] = &[",
        body.result,
        magic = root.magic,
        steps = root.steps,
    )?;
    for &variance in &uncertainty.variances {
        writeln!(out, "    {},", scalar.bits(variance))?;
    }
    writeln!(
        out,
        "];

/// By how much [`variance`] may differ from [`VARIANCES`] where operations are fused.
#[rustfmt::skip]
#[allow(clippy::approx_constant)]
pub const VARIANCE_TOLERANCE: {scalar} = {};",
        scalar.decimal(uncertainty.tolerance)
    )
}

/// The integer of a number's bits.
fn bits(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::F32 => "u32",
        Scalar::F64 => "u64",
    }
}

impl Language for Scalar {
    fn declare(&self, changes: bool) -> String {
        if changes { "let mut " } else { "let " }.into()
    }

    fn literal(&self, value: f64) -> String {
        self.decimal(value)
    }

    fn bounded(&self, variable: &str) -> String {
        format!(
            "{variable}.clamp({}, {})",
            self.literal(-1.0),
            self.literal(1.0)
        )
    }
}

/// The pattern of the actions.
fn parameters(body: &Body) -> String {
    let names = body
        .uses
        .iter()
        .enumerate()
        .map(|(action, used)| match used {
            true => format!("a{action}"),
            false => "_".into(),
        });
    names.collect::<Vec<_>>().join(", ")
}
