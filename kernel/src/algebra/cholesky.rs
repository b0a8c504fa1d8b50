//! Cholesky factors of packed symmetric matrices, and what is solved with them.

pub(crate) mod factor;
pub(crate) mod inverse;
pub(crate) mod semidefinite;
pub(crate) mod solve;

pub(crate) use factor::factor;
pub(crate) use inverse::{invert, multiply_lower, transposed_product};
pub(crate) use solve::{backward, forward, forward_rows, refine, solve};

use crate::algebra::packed::{self, Packed, PackedMut};
use crate::error::{NotPositiveDefinite, ShapeError};
use crate::scalar::Scalar;
pub use semidefinite::Truncation;

/// The lower factor `L` of a matrix `A = L Lᵀ`.
///
/// ```
/// use joint_effects_kernel::algebra::cholesky::Factor;
/// use joint_effects_kernel::algebra::packed::PackedMut;
/// let mut matrix = [4.0_f64, 2.0, 5.0];
/// let factor = Factor::of(PackedMut::new(2, &mut matrix)?)?;
/// assert_eq!(factor.lower().row(1), [1.0, 2.0]);
/// let mut x = [8.0, 9.0];
/// factor.solve(&mut x)?;
/// assert_eq!(x, [1.375, 1.25]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Factor<'a, S>(Packed<'a, S>);

impl<'a, S: Scalar> Factor<'a, S> {
    /// Factors a matrix in place. When it fails, the rows before the failing pivot are factored.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    pub fn of(mut matrix: PackedMut<'a, S>) -> Result<Self, NotPositiveDefinite> {
        factor(matrix.entries_mut())?;
        Ok(Self(matrix.into_packed()))
    }

    /// The factor that [`Factor::of`] left in a matrix.
    pub fn in_place(lower: Packed<'a, S>) -> Self {
        Self(lower)
    }

    /// L, packed.
    pub fn lower(self) -> Packed<'a, S> {
        self.0
    }

    /// Replaces `x` by the solution of `L x = b`, where it holds `b`.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    pub fn forward(self, x: &mut [S]) -> Result<(), ShapeError> {
        self.0.takes(x)?;
        forward(self.0.entries(), x);
        Ok(())
    }

    /// Replaces `x` by the solution of `L Lᵀ x = b`, where it holds `b`.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    pub fn solve(self, x: &mut [S]) -> Result<(), ShapeError> {
        self.0.takes(x)?;
        solve(self.0.entries(), x);
        Ok(())
    }

    /// A lower bound of the condition number of A: the squared ratio of the factor's largest and
    /// smallest diagonal entries. 1 for the empty matrix.
    pub fn condition(self) -> S {
        condition(self.0.entries())
    }
}

/// Replaces the factor that [`Factor::of`] left in a matrix by the packed inverse of that matrix.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub fn inverse<S: Scalar>(mut lower: PackedMut<'_, S>) {
    invert(lower.entries_mut());
}

/// A factor of a positive semidefinite matrix: `L Lᵀ ≈ P A Pᵀ`, of A's rank.
#[derive(Clone, Copy, Debug)]
pub struct Semidefinite<'a, S> {
    lower: Packed<'a, S>,
    /// Where the factor ends; `None` where the rank is full.
    pub truncation: Option<Truncation<S>>,
}

impl<'a, S: Scalar> Semidefinite<'a, S> {
    /// Factors a matrix in place: the largest pivot left comes next, and where none is above `noise`
    /// the rest of `L` is zero. `swap` is told every exchange of two rows, in order.
    pub fn of(mut matrix: PackedMut<'a, S>, noise: S, swap: impl FnMut(usize, usize)) -> Self {
        let truncation = semidefinite::factor(matrix.entries_mut(), noise, swap);
        Self {
            lower: matrix.into_packed(),
            truncation,
        }
    }

    /// L, packed.
    pub fn lower(self) -> Packed<'a, S> {
        self.lower
    }

    /// Replaces `x` by the solution of `L x = b`, where it holds `b`: 0 at the dependent rows.
    /// Returns the largest error that makes there, which is rounding alone where `b` lies in the
    /// range of A.
    pub fn forward(self, x: &mut [S]) -> Result<S, ShapeError> {
        self.lower.takes(x)?;
        Ok(semidefinite::forward(self.lower.entries(), x))
    }

    /// Replaces `x` by `L x`.
    pub fn multiply(self, x: &mut [S]) -> Result<(), ShapeError> {
        self.lower.takes(x)?;
        multiply_lower(self.lower.entries(), x);
        Ok(())
    }
}

/// Replaces a packed lower `L` by `Lᵀ L`.
pub fn normal_product<S: Scalar>(mut lower: PackedMut<'_, S>) {
    transposed_product(lower.entries_mut());
}

pub(crate) fn condition<S: Scalar>(factor: &[S]) -> S {
    let (mut least, mut most) = (None, S::ZERO);
    for entry in packed::diagonal(factor) {
        least = Some(least.map_or(entry, |least| if entry < least { entry } else { least }));
        most = most.max(entry);
    }
    least.map_or(S::ONE, |least| (most / least) * (most / least))
}
