//! What takes a fit its time, with the best instructions the processor has.
//!
//! The kernel's functions are inlined into these, so that they are compiled for each kind of processor;
//! which it is changes no bit of a result. Whoever depends on this crate shares what was compiled here of what
//! must not be inlined, which takes minutes to compile.

use joint_effects_kernel::algebra::cholesky::{self, Factor};
use joint_effects_kernel::algebra::packed::{Packed, PackedMut};
use joint_effects_kernel::error::{FitError, NotPositiveDefinite};
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::fit::cross_validation;
use joint_effects_kernel::fit::indicator::{Pattern, System};
use joint_effects_kernel::fit::ridge as kernel_ridge;
use joint_effects_kernel::moments::Moments;
use joint_effects_kernel::predict::support;
use joint_effects_kernel::storage::Storage;
use joint_effects_kernel::structured::design::Regressor;
use joint_effects_kernel::structured::{self as kernel_structured, Known, Sample, Workspace};
use joint_effects_kernel::{Regime, Scalar};
use multiversion::multiversion;

/// [`Factor::of`].
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
#[inline(never)]
pub fn factor<'a, S: Scalar>(
    matrix: PackedMut<'a, S>,
) -> Result<Factor<'a, S>, NotPositiveDefinite> {
    Factor::of(matrix)
}

/// [`cholesky::inverse`].
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
#[inline(never)]
pub fn inverse<S: Scalar>(lower: PackedMut<'_, S>) {
    cholesky::inverse(lower);
}

/// [`support::factor`].
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
#[inline(never)]
pub fn leverage_factor<'a, S: Scalar>(
    products: PackedMut<'a, S>,
) -> Result<Factor<'a, S>, NotPositiveDefinite> {
    support::factor(products)
}

/// [`support::mean_leverage`].
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
#[inline(never)]
pub fn mean_leverage<S: Scalar>(
    products: PackedMut<'_, S>,
    others: Packed<'_, S>,
) -> Result<S, FitError> {
    support::mean_leverage(products, others)
}

/// [`cross_validation::ridge`].
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
#[inline(never)]
pub fn ridge_path<S: Scalar, B: AsRef<[S]>>(
    folds: &[Moments<S, B>],
    alphas: &[S],
    scores: &mut [S],
    scratch: &mut [S],
) -> Result<usize, FitError> {
    cross_validation::ridge(folds, alphas, scores, scratch)
}

/// [`kernel_ridge::fit`].
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
#[inline(never)]
pub fn ridge<S: Scalar, B: AsRef<[S]>>(
    moments: &Moments<S, B>,
    alpha: S,
    coefficients: &mut [S],
    scratch: &mut [S],
) -> Result<S, FitError> {
    kernel_ridge::fit(moments, alpha, coefficients, scratch)
}

/// [`cross_validation::indicator`].
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
#[inline(never)]
pub fn indicator_path<S: Scalar, B: AsRef<[S]>>(
    pattern: &Pattern,
    data: &[(Regime, &[Moments<S, B>])],
    alphas: &[S],
    scores: &mut [S],
    scratch: &mut [S],
) -> Result<usize, FitError> {
    cross_validation::indicator(pattern, data, alphas, scores, scratch)
}

/// [`System::solve`].
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
#[inline(never)]
pub fn indicator<S: Scalar>(
    system: &mut System<'_, S>,
    alpha: S,
    coefficients: &mut [S],
) -> Result<S, FitError> {
    system.solve(alpha, coefficients)
}

/// [`structured::fit`](kernel_structured::fit).
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
#[inline(never)]
pub fn structured<'a, S: Scalar, B: AsRef<[S]>, N: Storage<S>, C: Storage<Regressor>>(
    monomials: Monomials,
    regimes: &'a [Regime],
    data: Sample<'_, S, B>,
    known: Known<'a, S>,
    workspace: &'a mut Workspace<N, C>,
) -> Result<kernel_structured::Fit<'a, S>, FitError> {
    kernel_structured::fit(monomials, regimes, data, known, workspace)
}
