//! The structured indicator model: everything the assumptions say, in one Bayesian regression.
//!
//! Given all actions, a hidden cause depends on its own action and on those that influence it
//! directly, so in regime R
//!
//! `E[Y | a, R] = τ(a) − Σ_{k ∉ R} γ_k(a_k, parents of a_k)`
//!
//! where τ, the joint effect, is additive but for pairs found to interact, and γ_k is what setting
//! action k takes away. Where rows share shifts of the outcome, each [`block`] of them has an
//! intercept. Where far rows are apart ([`Sample`]), τ is that of near rows as far as the two differ by more than noise.
//! Where the monomials have powers of bounded variables, every γ_k has those of the bounded a_k too, given τ, and follows
//! curves that are no polynomials of the degree. In near rows it has those of the parents besides, and τ has those of all
//! actions.
//! Covariances allow for what polynomials leave out ([`Fit::left_out`]) and for interactions too small to be found
//! ([`interaction::Search::unfound`]).
//! Every coefficient has a normal prior whose variance is shared by a group
//! (terms of one kind and degree) and fitted by marginal likelihood. The columns of the regression
//! are products of orthonormal polynomials of the actions, so that a group's coefficients are of
//! comparable size.
//!
//! The regimes must hold observation and identify every action's effect; others are refused. The
//! actions should be of about unit size ([`crate::features::monomials::Basis`]). Then `f32` finds what `f64`
//! finds, and its joint effect differs by a hundredth of a standard error with up to 2,000 rows a
//! regime and by a sixth with 20,000 (four actions, degree 3). Beyond that, sums of squares have lost
//! the digits that measure the lack of fit: with 200,000 the effect was off by up to two standard
//! errors.

pub mod block;
mod conditional;
pub mod covariance;
pub mod design;
mod fit;
pub mod gram;
pub mod influence;
pub mod interaction;
pub mod invariance;
pub mod omission;
pub mod posterior;
mod resolution;
pub mod tails;
mod trimming;

pub use fit::{
    Capacity, Fit, Influence, Interaction, Known, MAX_PAIRS, Prior, Sample, Workspace, capacity,
    fit,
};
pub(crate) use fit::{Outline, outline};
