//! From the moments of a log to a model.

use crate::fit::estimator::{self, Regularization};
use crate::fit::structured::Structured;
use crate::model::support;
use crate::model::{FittedRegime, Model};
use crate::moments::blocks::Blocks;
use crate::moments::data::{Data, DataError};
use joint_effects_kernel::error::FitError;
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::fit::{cross_validation, indicator};
use joint_effects_kernel::moments::buffer_len;
use joint_effects_kernel::predict::scale::Scale;
use joint_effects_kernel::structured::{Known, gram};
use std::borrow::Cow;

/// The estimators of a log, which need not have joint rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Estimator {
    /// A ridge on the observational rows: what watching alone would predict.
    Observational,
    /// A ridge per regime, added up.
    Separate,
    /// One ridge on all regimes, with an indicator for every action set.
    Indicator,
    /// Additivity, learned influences and estimated shrinkage: the most accurate, and it knows how
    /// sure it is.
    #[default]
    Structured,
}

impl Estimator {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Observational,
        Self::Separate,
        Self::Indicator,
        Self::Structured,
    ];

    /// The name in commands and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Observational => "observational",
            Self::Separate => "separate",
            Self::Indicator => "indicator",
            Self::Structured => "structured",
        }
    }

    /// The least bytes that a fit takes beside the moments; what it learns may take more.
    pub fn memory(self, monomials: Monomials, regimes: usize) -> u64 {
        let (actions, terms) = (monomials.variables(), monomials.len());
        let numbers = match self {
            Self::Observational | Self::Separate => cross_validation::ridge_scratch_len(terms),
            Self::Indicator => indicator::arrow_scratch_len(actions, terms),
            Self::Structured => regimes * (buffer_len(terms) + gram::len(terms)),
        };
        8 * numbers as u64
    }
}

/// Whether a log allows a fit: says better than the error of [`fit`] why it does not.
pub fn check(data: &Data, estimator: Estimator) -> Result<(), DataError> {
    data.check()?;
    match (estimator, &data.blocks) {
        (Estimator::Structured, _) => Ok(()),
        (_, Some(Blocks { column, .. })) => Err(DataError::NoBlocks {
            column: column.clone(),
        }),
        (_, None) => data.check_each_regime(),
    }
}

/// Fits a log. `noise` is the standard deviation of the outcome's noise, for the structured estimator, where
/// it is known; else it is estimated from the rows, where there are enough.
///
/// ```
/// use joint_effects::moments::data::Data;
/// use joint_effects::model::fit::{Estimator, check, fit};
/// use joint_effects::log::observations::{Columns, Observations};
/// use joint_effects::log::table::Table;
/// use joint_effects_kernel::Regime;
///
/// // brightness = 3 red + 2 green, in three regimes.
/// let mut log = String::from("regime,red,green,brightness\n");
/// for row in 0..30 {
///     let (red, green) = (row % 5, row % 6);
///     for regime in ["obs", "do(red)", "do(green)"] {
///         log += &format!("{regime},{red},{green},{}\n", 3 * red + 2 * green);
///     }
/// }
/// let columns = Columns::new("brightness");
/// let mut rows = Observations::new(vec![Table::new("log", log.as_bytes())?], &columns)?;
/// let data = Data::read(&mut rows, 1, |_| ())?;
/// check(&data, Estimator::Indicator)?;
/// let model = fit(&data, Estimator::Indicator, None)?;
/// let prediction = model.predict(Regime::joint(2), &[10.0, 20.0])?;
/// assert!((prediction.effect - 70.0).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn fit(data: &Data, estimator: Estimator, noise: Option<f64>) -> Result<Model, FitError> {
    let products = match estimator {
        Estimator::Structured => Cow::Borrowed(data),
        _ => Cow::Owned(data.without_bounded()),
    };
    let data = products.as_ref();
    let monomials = data.basis.monomials();
    let actions = monomials.variables();
    let mut learned = None;
    let fit = match estimator {
        Estimator::Observational => estimator::observational(actions, &data.regimes)?,
        Estimator::Separate => estimator::separate(Regularization::Ridge, actions, &data.regimes)?,
        Estimator::Indicator => estimator::indicator(actions, monomials, &data.regimes)?,
        Estimator::Structured => {
            let cells = data.cells();
            let known = Known {
                noise: noise.map(|noise| noise * noise),
                categories: data.categories(),
                blocks: cells.view(),
            };
            let (fit, structured) = Structured::fit(monomials, &data.regimes, known)?;
            learned = Some(structured);
            fit
        }
    };
    let seen = support::seen(data, learned.as_ref());
    // Moments that no rows have, from a damaged file, may have got this far.
    for leverage in seen
        .iter()
        .flat_map(|seen| [&seen.set, &seen.alone])
        .flatten()
    {
        leverage.factor()?;
    }
    let alpha = |regime| {
        let mut alphas = fit.alphas.iter();
        alphas
            .find(|(of, _)| *of == regime)
            .map(|&(_, alpha)| alpha)
    };
    let regimes = data.regimes.iter().zip(&data.ranges);
    let regimes = regimes.map(|(part, ranges)| FittedRegime {
        regime: part.regime,
        rows: part.count(),
        alpha: alpha(part.regime),
        variance: None,
        ranges: ranges[..actions].to_vec(),
    });
    let mut model = Model {
        estimator: estimator.name().into(),
        outcome: data.outcome.clone(),
        scale: match data.is_binary() {
            true => Scale::Probability,
            false => data.scale,
        },
        actions: data.actions.clone(),
        levels: data.levels.clone(),
        basis: data.basis.clone(),
        regimes: regimes.collect(),
        coefficients: fit.coefficients,
        seen,
        structured: learned,
    };
    if !model.scale.is_of_outcome() {
        for (index, part) in data.regimes.iter().enumerate() {
            let polynomial = model.polynomial(part.regime)?;
            model.regimes[index].variance = Some(part.residual(&polynomial)?.powi(2));
        }
    }
    Ok(model)
}
