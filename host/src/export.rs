//! The effect of one regime as code or bytes for a device.
//!
//! The polynomial is nested as Horner's rule nests it: what multiplies a monomial, itself a
//! polynomial, is summed, multiplied by the first factor, and added to what multiplies the rest. So each costs one
//! multiplication and one addition, whatever its degree, and monomials that are zero cost nothing.
//! The factors of the standardisation are multiplied into the coefficients; the shifts stay, because
//! expanding the polynomial about zero loses digits where an action is far from zero.

pub mod c;
mod levels;
pub mod postcard;
pub mod rust;
mod uncertainty;

use crate::log::expression;
use crate::log::levels::Levels;
use crate::model::{FittedRegime, LEVEL, Model, PredictionError};
use crate::moments::Range;
use joint_effects_kernel::Regime;
use joint_effects_kernel::digest::Digest;
use joint_effects_kernel::error::ShapeError;
use joint_effects_kernel::predict::artifact::ArtifactError;
use joint_effects_kernel::structured::tails::t_quantile;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::fmt;
use uncertainty::Uncertainty;

/// The numbers that the device computes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}

impl Scalar {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::F32, Self::F64];

    /// The name in commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }

    /// The nearest number of this precision. A sum or product of two, rounded so, is what the
    /// device computes: double precision is wide enough for rounding twice to do no harm.
    fn round(self, value: f64) -> f64 {
        match self {
            Self::F32 => f64::from(value as f32),
            Self::F64 => value,
        }
    }

    /// Whether a number keeps its digits.
    fn holds(self, value: f64) -> bool {
        match self {
            Self::F32 => value == 0.0 || (value as f32).is_normal(),
            Self::F64 => value == 0.0 || value.is_normal(),
        }
    }

    /// The largest relative rounding error.
    fn roundoff(self) -> f64 {
        match self {
            Self::F32 => f64::from(f32::EPSILON) / 2.0,
            Self::F64 => f64::EPSILON / 2.0,
        }
    }

    /// Whether an error is within its bound.
    fn expect(
        self,
        bound: f64,
        error: f64,
        what: &'static str,
        whole: &'static str,
    ) -> Result<(), ExportError> {
        if error <= bound {
            return Ok(());
        }
        Err(ExportError::Inaccurate {
            what,
            whole,
            error,
            bound,
            scalar: self,
        })
    }

    /// What to do where there are too few digits.
    fn remedy(self) -> &'static str {
        match self {
            Self::F32 => "; --scalar f64 has more digits",
            Self::F64 => "",
        }
    }

    /// Bytes of a number.
    fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// The shortest decimal that is read back as the same number.
    fn decimal(self, value: f64) -> String {
        match self {
            Self::F32 => format!("{:?}", value as f32),
            Self::F64 => format!("{value:?}"),
        }
    }

    /// The bit pattern, in hexadecimal.
    fn bits(self, value: f64) -> String {
        match self {
            Self::F32 => format!("0x{:08x}", (value as f32).to_bits()),
            Self::F64 => format!("0x{:016x}", value.to_bits()),
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A model's effect cannot be exported.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ExportError {
    /// The regime sets an action that the model does not have.
    #[error(transparent)]
    Regime(#[from] ShapeError),
    /// The effects add up on another scale than that of the outcome.
    #[error(
        "the model is on the scale {0}: expected one on the scale identity, fit --scale identity"
    )]
    Scale(&'static str),
    /// The model has no prediction where it has data.
    #[error(transparent)]
    Prediction(#[from] PredictionError),
    /// The kernel cannot write it.
    #[error(transparent)]
    Artifact(ArtifactError),
    /// A number is beyond the scalar's range.
    #[error("{what} is beyond the range of {scalar}")]
    Overflow {
        /// The number.
        what: String,
        /// The scalar.
        scalar: Scalar,
    },
    /// The scalar has too few digits for the model.
    #[error(
        "in {scalar} {what} are off by up to {error:.1e} of {whole}, expected at most {bound:.0e}{}",
        scalar.remedy()
    )]
    Inaccurate {
        /// What is off.
        what: &'static str,
        /// By what it is measured.
        whole: &'static str,
        /// The largest error.
        error: f64,
        /// The largest error that is allowed.
        bound: f64,
        /// The scalar.
        scalar: Scalar,
    },
}

/// The largest error of an exported effect, as a part of the largest prediction: a digit less than
/// anyone reads off a plot.
const WORST_EFFECT: f64 = 1e-3;

/// The largest error of an exported standard error, as a part of it.
const WORST_UNCERTAINTY: f64 = 1e-2;

/// The factors of a monomial, ascending, and its coefficient.
type Monomial = (Vec<usize>, f64);

/// Total degree.
fn degree(monomials: &[Monomial]) -> usize {
    let degrees = monomials.iter().map(|(factors, _)| factors.len());
    degrees.max().unwrap_or(0)
}

/// A polynomial of the standardised actions and, behind them, the bounded ones, nested:
/// `coefficient + Σ variable · inner`.
#[derive(Clone, Debug, PartialEq)]
struct Sum {
    coefficient: f64,
    terms: Vec<(usize, Sum)>,
}

impl Sum {
    fn of(monomials: &[Monomial]) -> Self {
        let mut reversed = monomials.to_vec();
        for (factors, _) in &mut reversed {
            factors.reverse();
        }
        reversed.sort_by(|(a, _), (b, _)| a.cmp(b));
        Self::nest(&reversed, 0)
    }

    /// Nests monomials, by their factors from the last to the first, that share `depth` of them, in
    /// lexicographic order.
    fn nest(monomials: &[Monomial], depth: usize) -> Self {
        let (coefficient, rest) = match monomials.split_first() {
            Some(((factors, value), rest)) if factors.len() == depth => (*value, rest),
            _ => (0.0, monomials),
        };
        let groups = rest.chunk_by(|(a, _), (b, _)| a[depth] == b[depth]);
        let terms = groups.map(|group| (group[0].0[depth], Self::nest(group, depth + 1)));
        Self {
            coefficient,
            terms: terms.collect(),
        }
    }

    /// The value as the device computes it.
    fn value(&self, scalar: Scalar, variables: &[f64]) -> f64 {
        self.terms
            .iter()
            .fold(self.coefficient, |sum, (variable, inner)| {
                let product = scalar.round(variables[*variable] * inner.value(scalar, variables));
                scalar.round(sum + product)
            })
    }

    /// The sum of the monomials' absolute values.
    fn magnitude(&self, variables: &[f64]) -> f64 {
        let terms = self.terms.iter();
        let inner =
            terms.map(|(variable, sum)| variables[*variable].abs() * sum.magnitude(variables));
        self.coefficient.abs() + inner.sum::<f64>()
    }

    /// Multiplications and additions.
    fn operations(&self) -> (usize, usize) {
        let skipped = usize::from(self.coefficient == 0.0 && !self.terms.is_empty());
        let own = (self.terms.len(), self.terms.len() - skipped);
        self.terms.iter().fold(own, |(products, sums), (_, inner)| {
            let (more_products, more_sums) = inner.operations();
            (products + more_products, sums + more_sums)
        })
    }

    fn uses(&self, variable: usize) -> bool {
        let mut terms = self.terms.iter();
        terms.any(|(own, inner)| *own == variable || inner.uses(variable))
    }
}

/// The effect of one regime, rounded to the device's numbers, with vectors to test it by.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    scalar: Scalar,
    /// What it is, in one line.
    title: String,
    outcome: String,
    actions: Vec<String>,
    /// The names of the levels of each category; none of an action whose values are numbers.
    levels: Vec<Vec<String>>,
    regime: Regime,
    /// What tells the data of the fit from others.
    data: u64,
    /// Where the data support each action.
    ranges: Vec<Range>,
    /// Of every action, then of every bounded one where there are any.
    shift: Vec<f64>,
    factor: Vec<f64>,
    /// The monomials that are not zero.
    monomials: Vec<Monomial>,
    sum: Sum,
    vectors: Vec<(Vec<f64>, f64)>,
    tolerance: f64,
    error: f64,
    uncertainty: Option<Uncertainty>,
    artifact: Vec<u8>,
    /// What tells the model from others.
    id: u64,
}

/// Points inside the support, and corners of it.
const INSIDE: usize = 24;
const CORNERS: usize = 8;

impl Export {
    /// The effect of setting the actions of `regime`.
    ///
    /// ```
    /// use joint_effects::export::{Export, Scalar, c};
    /// # use joint_effects::log::observations::{Columns, Observations};
    /// # use joint_effects::log::table::Table;
    /// # use joint_effects::{Data, Estimator, Regime, fit};
    ///
    /// # let mut log = String::from("regime,red,green,y\n");
    /// # for row in 0..300 {
    /// #     for regime in ["obs", "do(red)", "do(green)"] {
    /// #         let [red, green, noise] = [0.7, 1.3, 2.9].map(|rate| (rate * f64::from(row)).sin());
    /// #         log += &format!("{regime},{red},{green},{}\n", 3.0 * red + green * green + 0.1 * noise);
    /// #     }
    /// # }
    /// # let table = Table::new("log", log.as_bytes())?;
    /// # let mut rows = Observations::new(vec![table], &Columns::new("y"))?;
    /// # let data = Data::read(&mut rows, 2, |_| ())?;
    /// let model = fit(&data, Estimator::Structured, None)?;
    /// let export = Export::new(&model, Regime::joint(2), Scalar::F32)?;
    /// let mut header = Vec::new();
    /// c::write(&export, "joint", &mut header)?;
    /// assert!(String::from_utf8(header)?.contains("float joint_predict(const float"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(model: &Model, regime: Regime, scalar: Scalar) -> Result<Self, ExportError> {
        if !model.scale.is_of_outcome() {
            return Err(ExportError::Scale(model.scale.name()));
        }
        let basis = &model.basis;
        let overflow = |what: &str| ExportError::Overflow {
            what: what.into(),
            scalar,
        };
        let monomial = |(index, value)| {
            let factors: Vec<usize> = basis.monomials().factors(index).collect();
            (factors, value)
        };
        let effect = (0..).zip(model.polynomial(regime)?).map(monomial).collect();
        // The effect, then the columns of its uncertainty.
        let mut polynomials: Vec<Vec<Monomial>> = vec![effect];
        let learned = model.structured.as_ref();
        let sure = learned.map(|learned| learned.effect(regime)).transpose()?;
        let sure = sure.flatten();
        let quantile = sure
            .as_ref()
            .map(|sure| t_quantile(LEVEL, sure.degrees_of_freedom));
        let mut covariance = None;
        if let Some(sure) = sure {
            for column in uncertainty::columns(sure.covariance.clone()) {
                let listed = sure.monomials.iter().copied().zip(column);
                polynomials.push(listed.map(monomial).collect());
            }
            let factors = sure.monomials.iter().map(|&index| monomial((index, 0.0)).0);
            covariance = Some((factors.collect::<Vec<_>>(), sure.covariance));
        }

        let mut shift = basis.shift().to_vec();
        let mut factor = basis.factor().to_vec();
        let effect = polynomials[0].iter().filter(|(_, value)| *value != 0.0);
        let known = covariance.iter().flat_map(|(monomials, _)| monomials);
        let used = effect.map(|(factors, _)| factors).chain(known).flatten();
        if used.max() >= Some(&model.actions.len()) {
            let (bounded_shift, bounded_factor): (Vec<_>, Vec<_>) = basis.bounded().unzip();
            shift.extend(bounded_shift);
            factor.extend(bounded_factor);
        }
        // A bounded action keeps its factor: it is bounded behind it.
        let unit = |factors: &[usize]| -> f64 {
            let factors = factors.iter();
            factors
                .filter_map(|&variable| basis.factor().get(variable))
                .product()
        };
        let mut folded = polynomials.clone();
        for (factors, value) in folded.iter_mut().flatten() {
            *value *= unit(factors);
        }
        if folded
            .iter()
            .flatten()
            .all(|&(_, value)| scalar.holds(value))
        {
            factor[..model.actions.len()].fill(1.0);
            polynomials = folded;
            if let Some((monomials, covariance)) = &mut covariance {
                let mut entries = covariance.iter_mut();
                for (i, down) in monomials.iter().enumerate() {
                    for (across, entry) in monomials[..=i].iter().zip(&mut entries) {
                        *entry *= unit(down) * unit(across);
                    }
                }
            }
        }
        for polynomial in &mut polynomials {
            for (_, value) in polynomial.iter_mut() {
                *value = scalar.round(*value);
            }
            polynomial.retain(|&(_, value)| value != 0.0);
        }
        for value in shift.iter_mut().chain(&mut factor) {
            *value = scalar.round(*value);
        }
        let coefficients = polynomials.iter().flatten().map(|(_, value)| value);
        if !coefficients
            .chain(&shift)
            .chain(&factor)
            .all(|value| value.is_finite())
        {
            return Err(overflow("a coefficient"));
        }

        let monomials = polynomials.remove(0);
        polynomials.retain(|column| !column.is_empty());
        let sure = quantile.zip(covariance);
        let mut uncertainty = sure.map(|(quantile, (monomials, covariance))| {
            let (variables, quantile) = (shift.len(), scalar.round(quantile));
            Uncertainty::new(&polynomials, monomials, covariance, variables, quantile)
        });
        let ranges: Vec<Range> = (0..model.actions.len())
            .map(|action| support(model, regime, action))
            .collect();
        let levels = model.levels.iter().map(|levels| {
            let names = levels.as_ref().map_or(&[][..], Levels::names);
            names.to_vec()
        });
        let levels: Vec<Vec<String>> = levels.collect();
        let mut export = Self {
            scalar,
            title: format!(
                "{} on {:?}, by the estimator {:?}",
                expression::write(regime, &model.actions).escape_debug(),
                model.outcome,
                model.estimator,
            ),
            outcome: model.outcome.clone(),
            actions: model.actions.clone(),
            levels,
            regime,
            data: data_digest(model),
            ranges: ranges
                .iter()
                .map(|range| Range {
                    min: scalar.round(range.min),
                    max: scalar.round(range.max),
                })
                .collect(),
            shift,
            factor,
            sum: Sum::of(&monomials),
            monomials,
            vectors: Vec::new(),
            tolerance: 0.0,
            error: 0.0,
            uncertainty: None,
            artifact: Vec::new(),
            id: 0,
        };
        let (mut magnitude, mut largest) = (0.0_f64, 0.0_f64);
        for actions in points(&ranges, &export.levels, scalar) {
            let variables = export.standardise(&actions);
            // Bit by bit as a device without fused operations computes it.
            let predicted = export.sum.value(scalar, &variables);
            if !predicted.is_finite() {
                return Err(overflow("a prediction where the model has data"));
            }
            let exact = model.predict(regime, &actions)?;
            if let (Some(uncertainty), Some(interval)) = (&mut uncertainty, exact.interval) {
                uncertainty
                    .push(scalar, &variables, interval.standard_error)
                    .ok_or_else(|| overflow("a squared standard error"))?;
            }
            largest = largest.max(exact.effect.abs());
            export.error = export.error.max((predicted - exact.effect).abs());
            magnitude = magnitude.max(export.sum.magnitude(&variables));
            export.vectors.push((actions, predicted));
        }
        if largest > 0.0 {
            export.error /= largest;
        }
        // Two roundings of the action, at most one more than variables at each level; either way round.
        let roundings = export.degree() * (export.shift.len() + 3);
        export.tolerance = scalar.round(2.0 * roundings as f64 * scalar.roundoff() * magnitude);
        scalar.expect(WORST_EFFECT, export.error, "predictions", "the largest")?;
        if let Some(uncertainty) = &mut uncertainty {
            let error = uncertainty.error;
            scalar.expect(WORST_UNCERTAINTY, error, "standard errors", "themselves")?;
            uncertainty.tolerance = scalar.round(uncertainty.tolerance);
        }
        export.uncertainty = uncertainty;
        (export.artifact, export.id) = postcard::encode(&export).map_err(|error| match error {
            ArtifactError::NotFinite { what } => overflow(what),
            error => ExportError::Artifact(error),
        })?;
        Ok(export)
    }

    fn standardise(&self, actions: &[f64]) -> Vec<f64> {
        let standardisation = self.shift.iter().zip(&self.factor);
        let twice = actions.iter().chain(actions);
        let standardised = twice.zip(standardisation).map(|(action, (shift, factor))| {
            let centred = self.scalar.round(action - shift);
            self.scalar.round(centred * factor)
        });
        let bounded = standardised.enumerate().map(|(variable, value)| {
            if self.is_bounded(variable) {
                value.clamp(-1.0, 1.0)
            } else {
                value
            }
        });
        bounded.collect()
    }

    fn is_bounded(&self, variable: usize) -> bool {
        variable >= self.actions.len()
    }

    /// The action that a variable is, bounded or not.
    fn action_of(&self, variable: usize) -> usize {
        variable % self.actions.len()
    }

    fn degree(&self) -> usize {
        degree(&self.monomials)
    }

    fn has_categories(&self) -> bool {
        self.levels.iter().any(|levels| !levels.is_empty())
    }

    fn is_shifted(&self, variable: usize) -> bool {
        self.shift[variable] != 0.0
    }

    fn is_scaled(&self, variable: usize) -> bool {
        self.factor[variable] != 1.0
    }

    /// The name of a variable before it is bounded, where it is.
    fn standardised(&self, variable: usize) -> String {
        let standardised = self.is_shifted(variable) || self.is_scaled(variable);
        let letter = match (standardised, self.is_bounded(variable)) {
            (false, _) => "a",
            (true, false) => "z",
            (true, true) => "w",
        };
        format!("{letter}{}", self.action_of(variable))
    }

    /// The name of a variable.
    fn variable(&self, variable: usize) -> String {
        match self.is_bounded(variable) {
            true => format!("u{}", self.action_of(variable)),
            false => self.standardised(variable),
        }
    }

    /// The variables that some sums use, ascending.
    fn used(&self, sums: &[Sum]) -> impl Iterator<Item = usize> + Clone {
        (0..self.shift.len()).filter(move |&variable| sums.iter().any(|sum| sum.uses(variable)))
    }

    /// The statements of a language, and the expression of the effect.
    fn straight_line(&self, language: &impl Language) -> Body {
        let mut body = self.begin(std::slice::from_ref(&self.sum), language);
        body.result = self.accumulate(&self.sum, "s", language, &mut body.statements);
        body
    }

    /// The same for the squared standard error.
    fn variance_straight_line(&self, uncertainty: &Uncertainty, language: &impl Language) -> Body {
        let columns = &uncertainty.columns;
        let mut body = self.begin(columns, language);
        body.result = match columns.len() {
            0 => language.literal(0.0),
            _ => "v".into(),
        };
        for (i, column) in columns.iter().enumerate() {
            let name = format!("r{i}");
            let root = self.accumulate(column, &name, language, &mut body.statements);
            body.statements.push(match i {
                0 => format!(
                    "{}v = {root} * {root};",
                    language.declare(columns.len() > 1)
                ),
                _ => format!("v += {root} * {root};"),
            });
        }
        body
    }

    /// The standardisation of the actions that some sums use.
    fn begin(&self, sums: &[Sum], language: &impl Language) -> Body {
        let mut body = Body {
            uses: vec![false; self.actions.len()],
            statements: Vec::new(),
            result: String::new(),
        };
        let declare = language.declare(false);
        for variable in self.used(sums) {
            body.uses[self.action_of(variable)] = true;
            let mut value = format!("a{}", self.action_of(variable));
            match self.shift[variable] {
                0.0 => {}
                shift if shift < 0.0 => value = format!("{value} + {}", language.literal(-shift)),
                shift => value = format!("{value} - {}", language.literal(shift)),
            }
            if self.is_scaled(variable) {
                if self.is_shifted(variable) {
                    value = format!("({value})");
                }
                value = format!("{value} * {}", language.literal(self.factor[variable]));
            }
            let standardised = self.standardised(variable);
            if self.is_shifted(variable) || self.is_scaled(variable) {
                let statement = format!("{declare}{standardised} = {value};");
                body.statements.push(statement);
            }
            if self.is_bounded(variable) {
                let (name, bounded) = (self.variable(variable), language.bounded(&standardised));
                body.statements
                    .push(format!("{declare}{name} = {bounded};"));
            }
        }
        body
    }

    /// The statements that form one sum, and the expression of its value.
    fn accumulate(
        &self,
        sum: &Sum,
        name: &str,
        language: &impl Language,
        statements: &mut Vec<String>,
    ) -> String {
        if sum.terms.is_empty() {
            return language.literal(sum.coefficient);
        }
        let mut started = sum.coefficient != 0.0;
        let changes = started || sum.terms.len() > 1;
        let start = |value: String| format!("{}{name} = {value};", language.declare(changes));
        if started {
            statements.push(start(language.literal(sum.coefficient)));
        }
        for (variable, inner) in &sum.terms {
            let inside = format!("{name}_{variable}");
            let inside = self.accumulate(inner, &inside, language, statements);
            let product = format!("{} * {inside}", self.variable(*variable));
            statements.push(if started {
                format!("{name} += {product};")
            } else {
                start(product)
            });
            started = true;
        }
        name.to_string()
    }

    /// What the effect takes on the device.
    pub fn size(&self) -> Size {
        self.size_of(std::slice::from_ref(&self.sum), self.monomials.len())
    }

    /// What the squared standard error takes, beside the effect; `None` where the model has none.
    pub fn variance_size(&self) -> Option<Size> {
        let uncertainty = self.uncertainty.as_ref()?;
        let squares = uncertainty.columns.len();
        let sums = self.size_of(&uncertainty.columns, uncertainty.coefficients);
        Some(Size {
            multiplications: sums.multiplications + squares,
            additions: sums.additions + squares.saturating_sub(1),
            ..sums
        })
    }

    fn size_of(&self, sums: &[Sum], coefficients: usize) -> Size {
        let used = self.used(sums);
        let shifted = used.clone().filter(|&variable| self.is_shifted(variable));
        let scaled = used.filter(|&variable| self.is_scaled(variable));
        let (shifts, factors) = (shifted.count(), scaled.count());
        let operations = sums.iter().map(Sum::operations);
        let (multiplications, additions) =
            operations.fold((0, 0), |(products, sums), (more_products, more_sums)| {
                (products + more_products, sums + more_sums)
            });
        Size {
            coefficients,
            bytes: (coefficients + shifts + factors) * self.scalar.bytes(),
            multiplications: multiplications + factors,
            additions: additions + shifts,
        }
    }

    /// Largest error over the test vectors, of the exported numbers against the model's own, as a
    /// part of the largest prediction.
    pub fn error(&self) -> f64 {
        self.error
    }

    /// By how much, in units of the outcome, a device that rounds or fuses differently may differ
    /// from the test vectors.
    pub fn tolerance(&self) -> f64 {
        self.tolerance
    }

    /// Largest error over the test vectors, of the exported standard error against the model's own,
    /// as a part of it; `None` where the model has none.
    pub fn variance_error(&self) -> Option<f64> {
        Some(self.uncertainty.as_ref()?.error)
    }
}

/// How a language whose operators are C's writes the rest.
trait Language {
    /// The begin of the declaration of a variable, which changes later or not.
    fn declare(&self, changes: bool) -> String;

    /// A number.
    fn literal(&self, value: f64) -> String;

    /// The value of a variable, where it lies between −1 and 1, and else the nearer of these; NaN stays NaN.
    fn bounded(&self, variable: &str) -> String;
}

/// Straight-line code.
struct Body {
    /// Which of the actions it reads.
    uses: Vec<bool>,
    statements: Vec<String>,
    result: String,
}

/// What an exported predictor takes on the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Coefficients that are not zero.
    pub coefficients: usize,
    /// Bytes of the coefficients, shifts and factors.
    pub bytes: usize,
    /// Multiplications of a prediction.
    pub multiplications: usize,
    /// Additions and subtractions of a prediction.
    pub additions: usize,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} coefficients, {} bytes of constants, {} multiplications, {} additions",
            self.coefficients, self.bytes, self.multiplications, self.additions
        )
    }
}

/// Points at which to test: the same for the same model. A category is at one of its levels.
fn points(ranges: &[Range], levels: &[Vec<String>], scalar: Scalar) -> Vec<Vec<f64>> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
    let mut point = |place: &mut dyn FnMut(&mut Xoshiro256PlusPlus) -> f64| -> Vec<f64> {
        let place = ranges
            .iter()
            .zip(levels)
            .map(|(&Range { min, max }, levels)| {
                let at = place(&mut rng);
                let value = scalar.round(min * (1.0 - at) + max * at);
                match levels.is_empty() {
                    true => value,
                    false => value.round(),
                }
            });
        place.collect()
    };
    let mut points = vec![point(&mut |_| 0.0), point(&mut |_| 1.0)];
    for _ in 2..CORNERS {
        points.push(point(&mut |rng| f64::from(u8::from(rng.random::<bool>()))));
    }
    for _ in 0..INSIDE {
        points.push(point(&mut |rng| rng.random()));
    }
    points
}

/// Where an action was seen in regimes that treat it as `regime` does, set or left alone; in any,
/// where there are none such; about its shift, where there are none at all.
fn support(model: &Model, regime: Regime, action: usize) -> Range {
    let of_alike = model.range(regime, action);
    let regimes = model.regimes.iter();
    let of_any = || regimes.map(|part| part.ranges[action]).reduce(Range::union);
    of_alike.or_else(of_any).unwrap_or_else(|| {
        let (shift, factor) = (model.basis.shift()[action], model.basis.factor()[action]);
        let spread = if factor == 0.0 {
            0.0
        } else {
            1.0 / factor.abs()
        };
        Range {
            min: shift - spread,
            max: shift + spread,
        }
    })
}

/// What tells the data of a fit from others: how many rows of each regime there were, and where and how its
/// actions were seen in them.
fn data_digest(model: &Model) -> u64 {
    let of_regime = |part: &FittedRegime| {
        let bits = [part.regime.bits().into(), part.rows];
        let ranges = part.ranges.iter().flat_map(|range| [range.min, range.max]);
        bits.into_iter()
            .chain(ranges.map(f64::to_bits))
            .collect::<Vec<u64>>()
    };
    let seen = model.seen.iter().flat_map(|seen| [&seen.set, &seen.alone]);
    let products = seen.flatten().flat_map(|seen| &seen.products);
    let numbers = model.regimes.iter().flat_map(of_regime);
    let numbers = numbers.chain(products.map(|product| product.to_bits()));
    numbers
        .fold(Digest::new(), |digest, number| {
            digest.bytes(&number.to_le_bytes())
        })
        .value()
}
