//! Factors of packed positive semidefinite matrices: of their rank, with a choice of pivots or in the
//! order given.

use crate::algebra::packed;
use crate::algebra::vector::dot;
use crate::scalar::Scalar;

/// The pivots between which a factor of less than full rank ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truncation<S> {
    /// The smallest that was taken.
    pub taken: S,
    /// The largest that was left, which is rounding alone where the matrix is of this rank.
    pub left: S,
}

/// Replaces a packed positive semidefinite matrix `A` by a lower factor `L` of its rank,
/// `L Lᵀ ≈ P A Pᵀ`: the largest pivot left comes next, and where none is above `noise` the rest of
/// `L` is zero. `swap` is told every exchange of two rows, in order.
///
/// `None` where the rank is full.
pub(crate) fn factor<S: Scalar>(
    matrix: &mut [S],
    noise: S,
    mut swap: impl FnMut(usize, usize),
) -> Option<Truncation<S>> {
    let order = packed::rows(matrix).count();
    let mut taken = S::ZERO;
    for pivot in 0..order {
        let mut next: Option<(usize, S)> = None;
        for (i, entry) in packed::diagonal(matrix).enumerate().skip(pivot) {
            if next.is_none_or(|(_, most)| entry > most) {
                next = Some((i, entry));
            }
        }
        let Some((chosen, square)) = next.filter(|&(_, square)| square > noise) else {
            for i in pivot..order {
                let rest = packed::row_mut(matrix, i).get_mut(pivot..);
                rest.unwrap_or_default().fill(S::ZERO);
            }
            let left = next.map_or(S::ZERO, |(_, square)| square.max(S::ZERO));
            return Some(Truncation { taken, left });
        };
        taken = square;
        packed::swap(matrix, pivot, chosen);
        swap(pivot, chosen);
        let root = square.sqrt();
        if let Some(diagonal) = packed::row_mut(matrix, pivot).last_mut() {
            *diagonal = root;
        }
        for i in pivot + 1..order {
            let Some((above, rest)) = matrix.split_at_mut_checked(packed::len(i)) else {
                break;
            };
            let Some((diagonal, row)) = rest.get_mut(..=i).and_then(<[S]>::split_last_mut) else {
                break;
            };
            let Some((known, [entry, ..])) = row.split_at_mut_checked(pivot) else {
                break;
            };
            *entry = (*entry - dot(packed::row(above, pivot), known)) / root;
            *diagonal -= *entry * *entry;
        }
    }
    None
}

/// Extends a factor whose rows are taken in the order given: row `i` of `matrix`, which holds that of `A`,
/// becomes that of `L`. Of a row of which no more than the share `dependence` is left the pivot is 0, and
/// the answer false.
pub(crate) fn append<S: Scalar>(matrix: &mut [S], i: usize, dependence: S) -> bool {
    let Some((above, rest)) = matrix.split_at_mut_checked(packed::len(i)) else {
        return false;
    };
    let Some((diagonal, row)) = rest.get_mut(..=i).and_then(<[S]>::split_last_mut) else {
        return false;
    };
    forward(above, row);
    let square = *diagonal - dot(row, row);
    let kept = square > dependence * *diagonal;
    *diagonal = if kept { square.sqrt() } else { S::ZERO };
    kept
}

/// Replaces `x` by the solution of `L x = b`, where it holds `b` and `L` is of
/// [`factor`]: 0 at the dependent rows. Returns the largest error that makes there,
/// which is rounding alone where `b` lies in the range of `A`.
pub(crate) fn forward<S: Scalar>(factor: &[S], x: &mut [S]) -> S {
    let mut error = S::ZERO;
    for i in 0..x.len() {
        let Some((&diagonal, row)) = packed::row(factor, i).split_last() else {
            break;
        };
        let Some((known, [value, ..])) = x.split_at_mut_checked(i) else {
            break;
        };
        let rest = *value - dot(row, known);
        if diagonal > S::ZERO {
            *value = rest / diagonal;
        } else {
            *value = S::ZERO;
            error = error.max(rest.abs());
        }
    }
    error
}
