//! How sure a structured fit is of its coefficients over the monomials, and of a regime's polynomial.
//!
//! Effects are smooth, but no polynomials. What a polynomial of degree d leaves out of τ or of a γ_k is taken to
//! be, before any data, as large as what its terms of degree d add: it has their prior variance, estimated with
//! them. The posterior of the coefficients cannot say this, since it takes the polynomial for the truth. The variance
//! of what is left out is that of a constant, so that it is the same at every setting.

use crate::algebra::packed;
use crate::error::{FitError, ShapeError};
use crate::regime::Regime;
use crate::scalar::Scalar;
use crate::structured::design::{Design, Group, Regressor, joint_degree, sign};
use crate::structured::gram::entry;

/// A coefficient of the joint effect τ, or of what setting an action takes away, γ_k.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Term {
    /// The action whose γ it belongs to; `None` for τ.
    pub action: Option<usize>,
    /// The index of its monomial.
    pub monomial: usize,
}

/// The coefficients a design has, at most as many as [`crate::structured::design::max_columns`]: those of τ,
/// then those of every γ_k, each by ascending monomial.
pub fn terms<S: Scalar>(design: &Design<'_, S>) -> impl Iterator<Item = Term> {
    let monomials = design.monomials();
    let blocks = core::iter::once(None).chain((0..monomials.variables()).map(Some));
    let all = blocks.flat_map(move |action| {
        (0..monomials.len()).map(move |monomial| Term { action, monomial })
    });
    all.filter(move |&term| weights(design, term).any(|(_, weight)| weight != S::ZERO))
}

/// The variance of what polynomials leave out of the parts of an effect whose columns are `kept`: that of the prior of
/// their terms of the highest degree, which `prior` tells. A τ that is asked for as lines or parabolas is taken for that, and a γ_k as lines
/// for lines, since so few terms say nothing of how far the next one goes. Where a γ_k has powers of the bounded a_k,
/// the highest of them says how far the next one goes.
pub(crate) fn truncation<S: Scalar>(
    design: &Design<'_, S>,
    prior: impl Fn(&Regressor) -> Option<S>,
    kept: impl Fn(&Regressor) -> bool,
) -> S {
    let (degree, columns) = (design.monomials().degree(), design.columns());
    let of_joint = match design.has_curves() {
        true => joint_degree(design.monomials()),
        false => degree,
    };
    let bounded = columns.iter().any(|column| column.group == Group::Bounded);
    let highest = |&(index, column): &(usize, &Regressor)| match column.group {
        Group::Own(_) if bounded => false,
        Group::Bounded => {
            let next = columns.get(index + 1);
            next.is_none_or(|next| next.action != column.action)
        }
        group if column.action.is_none() => of_joint >= 3 && group.order() == Some(of_joint),
        group => degree >= 2 && group.order() == Some(degree),
    };
    let last = columns.iter().enumerate().filter(highest);
    let last = last.map(|(_, column)| column).filter(|column| kept(column));
    last.filter_map(prior).sum()
}

/// The columns of a term's block, by index, with their coefficients of the term's monomial.
fn weights<S: Scalar>(design: &Design<'_, S>, term: Term) -> impl Iterator<Item = (usize, S)> {
    let columns = design.columns().iter().zip(design.polynomials());
    columns
        .enumerate()
        .filter(move |(_, (column, _))| column.action == term.action)
        .map(move |(index, (_, c))| (index, c.get(term.monomial).copied().unwrap_or_default()))
}

/// The packed covariance of the coefficients of `terms`, from the packed covariance `columns` of the
/// columns' coefficients. `scratch` has as many numbers as there are columns.
pub fn of_terms<S: Scalar>(
    design: &Design<'_, S>,
    columns: &[S],
    terms: &[Term],
    covariance: &mut [S],
    scratch: &mut [S],
) -> Result<(), FitError> {
    let size = design.columns().len();
    ShapeError::exact("covariance of columns", packed::len(size), columns.len())?;
    ShapeError::exact("covariance", packed::len(terms.len()), covariance.len())?;
    ShapeError::exact("scratch", size, scratch.len())?;
    for (i, &term) in terms.iter().enumerate() {
        for (across, target) in scratch.iter_mut().enumerate() {
            *target = weights(design, term)
                .map(|(index, weight)| weight * entry(columns, index, across))
                .sum();
        }
        for (target, &other) in packed::row_mut(covariance, i).iter_mut().zip(terms) {
            let along = |index| scratch.get(index).copied().unwrap_or_default();
            *target = weights(design, other)
                .map(|(index, weight)| weight * along(index))
                .sum();
        }
    }
    FitError::finite(covariance)
}

/// The monomials that a regime's polynomial has, ascending; the coefficients of the others are 0.
pub fn support(terms: &[Term], regime: Regime) -> impl Iterator<Item = usize> + Clone {
    let enters = move |term: &&Term| term.action.is_none_or(|action| !regime.sets(action));
    let entering = terms.iter().filter(enters);
    let end = entering.clone().map(|term| term.monomial + 1).max();
    (0..end.unwrap_or_default())
        .filter(move |&monomial| entering.clone().any(|term| term.monomial == monomial))
}

/// The packed covariance of the coefficients of a regime's polynomial over `monomials`, which are its
/// [`support`], from the packed covariance `terms_covariance` of the coefficients of `terms`.
pub fn collapse<S: Scalar>(
    terms: &[Term],
    terms_covariance: &[S],
    regime: Regime,
    monomials: &[usize],
    covariance: &mut [S],
) -> Result<(), ShapeError> {
    let needed = packed::len(terms.len());
    ShapeError::exact("covariance of terms", needed, terms_covariance.len())?;
    let needed = packed::len(monomials.len());
    ShapeError::exact("covariance", needed, covariance.len())?;
    covariance.fill(S::ZERO);
    let place = |term: &Term| {
        let sign = sign::<S>(term.action, regime);
        let place = monomials.binary_search(&term.monomial).ok();
        place.filter(|_| sign != S::ZERO).map(|place| (place, sign))
    };
    for (i, term) in terms.iter().enumerate() {
        let Some((own, sign)) = place(term) else {
            continue;
        };
        let row = packed::row(terms_covariance, i);
        for (j, (other, &value)) in terms.iter().zip(row).enumerate() {
            let Some((across, other)) = place(other) else {
                continue;
            };
            // Two terms of one monomial enter its variance twice, as (i, j) and as (j, i).
            let twice = own == across && i != j;
            let times = if twice { S::ONE + S::ONE } else { S::ONE };
            let target = packed::row_mut(covariance, own.max(across));
            if let Some(target) = target.get_mut(own.min(across)) {
                *target += times * sign * other * value;
            }
        }
    }
    Ok(())
}
