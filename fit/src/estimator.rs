//! The estimators of the joint effect, from moments to the coefficients of every regime.

use crate::dispatch;
use crate::memory::zeros;
use crate::moments::{FOLDS, Moments, RegimeMoments, total};
use joint_effects_kernel::Regime;
use joint_effects_kernel::error::FitError;
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::fit::cross_validation;
use joint_effects_kernel::fit::indicator;
use joint_effects_kernel::fit::lasso;
use joint_effects_kernel::fit::{ridge, separate};
use joint_effects_kernel::moments::buffer_len;
use serde::{Deserialize, Serialize};

/// One polynomial.
#[derive(Clone, Debug, PartialEq)]
pub struct PolynomialFit {
    /// P numbers.
    pub coefficients: Vec<f64>,
    /// The penalty that cross-validation chose.
    pub alpha: f64,
}

/// The polynomials of all regimes.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// `[β, γ₁, …, γ_K]`, P numbers each.
    pub coefficients: Vec<f64>,
    /// The penalty that the rows of a regime were fitted with, for each that was used; none where no
    /// penalty was chosen.
    pub alphas: Vec<(Regime, f64)>,
}

/// How the coefficients of one polynomial are penalised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Regularization {
    /// By the sum of their squares.
    #[default]
    Ridge,
    /// By the sum of their magnitudes.
    Lasso,
}

impl Regularization {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Ridge, Self::Lasso];

    /// The name in commands and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ridge => "ridge",
            Self::Lasso => "lasso",
        }
    }

    /// A fit whose penalty is chosen by cross-validation over the folds, to all of them.
    pub fn fit(self, folds: &[Moments]) -> Result<PolynomialFit, FitError> {
        let all = total(folds);
        let columns = all.columns();
        let alphas = cross_validation::alphas();
        let mut scores = vec![0.0; folds.len() * alphas.len()];
        let scratch = |len: fn(usize) -> usize| zeros(len(columns));
        let best = match self {
            Self::Ridge => {
                let mut scratch = scratch(cross_validation::ridge_scratch_len)?;
                dispatch::ridge_path(folds, &alphas, &mut scores, &mut scratch)
            }
            Self::Lasso => {
                let mut scratch = scratch(cross_validation::lasso_scratch_len)?;
                cross_validation::lasso(folds, &alphas, &mut scores, &mut scratch)
            }
        };
        let (best, mut coefficients) = (alphas[best?], vec![0.0; columns]);
        let alpha = match self {
            Self::Ridge => {
                let mut scratch = scratch(ridge::scratch_len)?;
                dispatch::ridge(&all, best, &mut coefficients, &mut scratch)
            }
            Self::Lasso => {
                let mut scratch = scratch(lasso::scratch_len)?;
                lasso::fit(&all, best, &mut coefficients, &mut scratch)
            }
        }?;
        Ok(PolynomialFit {
            coefficients,
            alpha,
        })
    }

    /// [`Regularization::fit`] of the monomials of single actions alone; the coefficients of the
    /// others are zero.
    pub fn fit_additive(
        self,
        monomials: Monomials,
        folds: &[Moments],
    ) -> Result<PolynomialFit, FitError> {
        let kept = (1..monomials.len()).filter(|&index| monomials.only_variable(index).is_some());
        let buffer = vec![0.0; buffer_len(kept.clone().count() + 1)];
        let folds: Result<Vec<_>, _> = folds
            .iter()
            .map(|fold| {
                fold.select(
                    kept.clone().map(|i| i - 1),
                    buffer.clone().into_boxed_slice(),
                )
            })
            .collect();
        let fit = self.fit(&folds?)?;
        let mut coefficients = vec![0.0; monomials.len()];
        for (index, coefficient) in [0].into_iter().chain(kept).zip(fit.coefficients) {
            coefficients[index] = coefficient;
        }
        Ok(PolynomialFit {
            coefficients,
            alpha: fit.alpha,
        })
    }
}

/// One ridge on the observational rows, for all regimes: what watching alone would predict.
pub fn observational(actions: usize, data: &[RegimeMoments]) -> Result<Fit, FitError> {
    let regime = Regime::OBSERVATIONAL;
    let part = data.iter().find(|part| part.regime == regime);
    let part = part.ok_or(FitError::NoObservational)?;
    let mut fit = Regularization::Ridge.fit(&part.folds())?;
    let terms = fit.coefficients.len();
    fit.coefficients.resize((actions + 1) * terms, 0.0);
    Ok(Fit {
        coefficients: fit.coefficients,
        alphas: vec![(regime, fit.alpha)],
    })
}

/// The paper's released estimator: a fit per regime, `Σ_k ŷ_k − (K − 1) ŷ_obs`, each with a penalty of its
/// own.
pub fn separate(
    regularization: Regularization,
    actions: usize,
    data: &[RegimeMoments],
) -> Result<Fit, FitError> {
    let terms = data.first().map_or(0, RegimeMoments::columns);
    let mut coefficients = vec![0.0; (actions + 1) * terms];
    let mut alphas = Vec::new();
    let parts = data.iter().map(|part| (part.regime, part));
    separate::fit(actions, parts, &mut coefficients, |part, theta| {
        let fit = regularization.fit(&part.folds())?;
        theta.copy_from_slice(&fit.coefficients);
        alphas.push((part.regime, fit.alpha));
        Ok(())
    })?;
    Ok(Fit {
        coefficients,
        alphas,
    })
}

/// One ridge on `[φ, R₁φ, …, R_Kφ]`, its penalty chosen by cross-validation, from data of any
/// regimes. Never a lasso: its blocks are eliminated one by one, which a sum of magnitudes does not
/// allow, the released code has none to reproduce, and sparse effects are the structured model's.
pub fn indicator(
    actions: usize,
    monomials: Monomials,
    data: &[RegimeMoments],
) -> Result<Fit, FitError> {
    let regimes = data.iter().map(|part| part.regime);
    let pattern = indicator::Pattern::new(actions, monomials.len(), regimes);
    let each: Vec<_> = data
        .iter()
        .map(|part| (part.regime, part.folds()))
        .collect();
    let folds: Vec<_> = each
        .iter()
        .map(|(regime, folds)| (*regime, folds.as_ref()))
        .collect();
    let alphas = cross_validation::alphas();
    let mut scores = vec![0.0; FOLDS * alphas.len()];
    let best = {
        let mut scratch = zeros(cross_validation::indicator_scratch_len(&pattern))?;
        dispatch::indicator_path(&pattern, &folds, &alphas, &mut scores, &mut scratch)?
    };
    let parts = folds
        .iter()
        .flat_map(|(regime, folds)| folds.iter().map(|fold| (*regime, fold.view())));
    let mut scratch = zeros(pattern.scratch_len())?;
    let mut coefficients = vec![0.0; pattern.coefficients()];
    let mut system = indicator::System::assemble(&pattern, parts, &mut scratch)?;
    let alpha = dispatch::indicator(&mut system, alphas[best], &mut coefficients)?;
    Ok(Fit {
        coefficients,
        alphas: data.iter().map(|part| (part.regime, alpha)).collect(),
    })
}
