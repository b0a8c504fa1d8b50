//! The τ of the model: that of the fit of polynomials, moved towards that of near rows.

use super::Outline;
use super::bounded::Bounded;
use super::layout::Columns;
use super::near::{Near, Trimmed};
use crate::algebra::packed;
use crate::algebra::scratch::cut;
use crate::error::FitError;
use crate::regime::Regime;
use crate::scalar::Scalar;
use crate::structured::conditional;
use crate::structured::design::{Design, Regressor};
use crate::structured::posterior::Posterior;
use crate::structured::trimming::{Estimate, Move};

/// The fit of polynomials to all rows, where the model has curves within bounds besides.
#[derive(Clone, Debug)]
pub(super) struct Polynomials<'a, S> {
    pub(super) design: Design<'a, S>,
    pub(super) posterior: Posterior<'a, S>,
    pub(super) inflation: S,
}

/// The packed covariance of τ, over `inflation`: of all rows, and of near ones where there are any.
pub(super) fn covariance<S: Scalar>(
    all: Estimate<'_, S>,
    near: Option<(&Near<'_, S>, &[S])>,
    inflation: S,
    covariance: &mut [S],
) {
    let unmoved = Move::none();
    let (moved, near) = match near {
        Some((near, own)) => (&near.moved, near.estimate(own)),
        None => (&unmoved, all),
    };
    moved.covariance(all, near, inflation, covariance);
}

/// Gives the groups of τ the prior variances of all rows, moved towards those of near rows by their share.
fn mix_priors<S: Scalar>(
    design: &Design<'_, S>,
    variances: &mut [S],
    of_all: impl Fn(&Regressor) -> Option<S>,
    of_near: impl Fn(&Regressor) -> Option<(S, S)>,
) {
    for column in design.columns().iter().take(design.of_joint()) {
        let own = of_all(column).unwrap_or_default();
        let (theirs, share) = of_near(column).unwrap_or_default();
        let group = column.group.index(design.monomials());
        if let Some(target) = group.and_then(|group| variances.get_mut(group)) {
            *target = own + share * (theirs - own);
        }
    }
}

impl<S: Scalar> Outline<S> {
    /// The fit of polynomials, as far as it is of τ.
    pub(super) fn estimate<'a>(
        &self,
        design: &Design<'a, S>,
        posterior: &Posterior<'a, S>,
    ) -> Estimate<'a, S> {
        Estimate {
            mean: posterior.mean,
            covariance: posterior.covariance,
            inflation: self.inflation,
            joint: design.of_joint(),
        }
    }

    /// Gives the model τ, and every γ_k what it is expected to be given that: with curves within bounds it would else have
    /// to tell a bend of a γ_k from one of τ where an action is set to values that it never has by itself, and the fit of
    /// polynomials does not know near rows.
    pub(super) fn give(
        &self,
        regimes: &[Regime],
        trimmed: Option<Trimmed<S>>,
        bounded: Option<Bounded<S>>,
        numbers: &mut [S],
        columns: &Columns<'_>,
    ) -> Result<(), FitError> {
        let layout = self.layout;
        let parts = layout.parts(numbers);
        let (mut scratch, own) = (parts.scratch, layout.bounded_parts(parts.bounded));
        let first = self.design(columns.all, parts.design);
        let near = trimmed.map(|near| near.near(layout, regimes, parts.near, columns.near));
        let (size, joint, inflation) = match bounded {
            None => (self.filled, first.of_joint(), self.inflation),
            Some(bounded) => {
                let design = bounded.design(layout, own.design, columns.bounded);
                (bounded.filled, design.of_joint(), bounded.inflation)
            }
        };
        let mean = cut(&mut scratch, joint);
        let covariance = cut(&mut scratch, packed::len(joint));
        {
            let posterior = self.posterior(&*parts.posterior);
            let all = self.estimate(&first, &posterior);
            let near = near.as_ref().map(|near| (near, near.posterior.covariance));
            self::covariance(all, near, inflation, covariance);
            for (index, mean) in mean.iter_mut().enumerate() {
                let step = near.map(|(near, _)| near.moved.step(index));
                *mean = all.mean(index) + step.unwrap_or_default();
            }
            if let Some(bounded) = bounded {
                let design = bounded.design(layout, own.design, columns.bounded);
                let of_all = |column: &Regressor| posterior.prior(&first, column);
                let of_near = |column: &Regressor| {
                    let (near, _) = near?;
                    let own = near.posterior.prior(&near.design, column)?;
                    Some((own, near.moved.share))
                };
                let variances = own.posterior.get_mut(size + packed::len(size)..);
                mix_priors(&design, variances.unwrap_or_default(), of_all, of_near);
            }
        }
        let mut storage = match bounded {
            None => parts.posterior,
            Some(_) => own.posterior,
        };
        let means = cut(&mut storage, size);
        let covariances = cut(&mut storage, packed::len(size));
        conditional::give_mean(mean, means, covariances, scratch)?;
        conditional::give_covariance(covariance, covariances, scratch)
    }
}
