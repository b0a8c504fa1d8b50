//! A polynomial of one action: where it is greatest.

use super::Line;
use crate::features::monomials::MAX_DEGREE;
use crate::scalar::Scalar;

/// Coefficients of a polynomial of one action, the constant first.
pub(super) type Powers<S> = [S; MAX_DEGREE + 1];

/// Halvings of an interval at the most: in f64 it is then as narrow as a number can tell.
const HALVINGS: usize = 60;

/// Where the polynomial is greatest between these ends, and its value there.
pub(super) fn greatest<S: Scalar>(powers: &Powers<S>, low: S, high: S) -> (S, S) {
    let turns = turns(powers, low, high);
    let inner = turns.into_iter().flatten();
    let mut best = (low, evaluate(powers, low));
    for z in inner.chain([high]) {
        let value = evaluate(powers, z);
        if value > best.1 {
            best = (z, value);
        }
    }
    best
}

pub(super) fn evaluate<S: Scalar>(powers: &Powers<S>, z: S) -> S {
    powers
        .iter()
        .rev()
        .fold(S::ZERO, |sum, &power| power + z * sum)
}

/// A polynomial of what a line makes of a variable, as one of the variable.
pub(super) fn compose<S: Scalar>(powers: &Powers<S>, line: Line<S>) -> Powers<S> {
    let mut composed = [S::ZERO; MAX_DEGREE + 1];
    for &power in powers.iter().rev() {
        // Horner's rule: times the line, and the next coefficient.
        let mut carried = S::ZERO;
        for slot in &mut composed {
            let own = *slot;
            *slot = line.constant * own + line.slope * carried;
            carried = own;
        }
        if let Some(constant) = composed.first_mut() {
            *constant += power;
        }
    }
    composed
}

/// Where a polynomial turns between these ends. Between the turns of its derivative the derivative has at most
/// one root, and a halving of the interval finds it: from the derivative that is constant up.
fn turns<S: Scalar>(powers: &Powers<S>, low: S, high: S) -> [Option<S>; MAX_DEGREE] {
    let degree = powers
        .iter()
        .rposition(|&power| power != S::ZERO)
        .unwrap_or(0);
    let mut roots = [None; MAX_DEGREE];
    for order in (1..degree.max(1)).rev() {
        let derivative = derivative(powers, order);
        let mut ends = [None; MAX_DEGREE + 1];
        let inner = roots.iter().copied().flatten().chain([high]);
        for (slot, end) in ends.iter_mut().zip(inner) {
            *slot = Some(end);
        }
        let (mut start, mut slots) = (low, [None; MAX_DEGREE]);
        let mut places = slots.iter_mut();
        for end in ends.into_iter().flatten() {
            if let (Some(root), Some(place)) = (root(&derivative, start, end), places.next()) {
                *place = Some(root);
            }
            start = end;
        }
        roots = slots;
    }
    roots
}

/// The coefficients of a derivative.
fn derivative<S: Scalar>(powers: &Powers<S>, order: usize) -> Powers<S> {
    let mut derivative = [S::ZERO; MAX_DEGREE + 1];
    for ((power, &coefficient), slot) in powers.iter().enumerate().skip(order).zip(&mut derivative)
    {
        // power (power − 1) …, of as many factors as the order: at most 16!, which is no exact f32, but
        // scales a root's polynomial by parts in 10⁷ alone.
        let falling = (0..order).fold(1, |product, k| product * (power - k) as u64);
        *slot = coefficient * S::from_count(falling);
    }
    derivative
}

/// The root between two ends at which a polynomial that is monotone between them has different signs.
fn root<S: Scalar>(powers: &Powers<S>, start: S, end: S) -> Option<S> {
    let (mut low, mut high) = (start, end);
    let rises = evaluate(powers, low) < S::ZERO;
    if rises != (evaluate(powers, high) > S::ZERO) || low >= high {
        return None;
    }
    for _ in 0..HALVINGS {
        let middle = low + (high - low) / S::from_count(2);
        if middle <= low || middle >= high {
            break;
        }
        match (evaluate(powers, middle) < S::ZERO) == rises {
            true => low = middle,
            false => high = middle,
        }
    }
    Some(high)
}
