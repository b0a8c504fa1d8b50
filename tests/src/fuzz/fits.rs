//! Fits of any numbers: finite coefficients, or an error.

use super::input::Input;
use crate::feed::{self, Owned};
use crate::penalty::Penalty;
use crate::{indicator, structured};
use joint_effects_kernel::algebra::cholesky::{self, Factor, Semidefinite};
use joint_effects_kernel::algebra::packed::{self, Packed, PackedMut};
use joint_effects_kernel::algebra::vector;
use joint_effects_kernel::fit::cross_validation::{self, alphas};
use joint_effects_kernel::moments::{Moments, buffer_len};
use joint_effects_kernel::predict::predictor as polynomial;
use joint_effects_kernel::predict::predictor::{Layout, Predictor};
use joint_effects_kernel::{Regime, Scalar};

fn assert_finite<S: Scalar>(numbers: &[S]) {
    assert!(numbers.iter().all(|n| n.is_finite()), "{numbers:?}");
}

/// Runs a law in single or in double precision, as the first byte says.
macro_rules! in_either {
    ($law:ident, $bytes:ident) => {{
        let mut input = Input::new($bytes);
        match input.flag() {
            false => $law::<f32>(&mut input),
            true => $law::<f64>(&mut input),
        }
    }};
}

pub(super) fn positive_definite(bytes: &[u8]) {
    in_either!(factor, bytes);
}

/// A factor is finite, has a positive diagonal and gives the matrix back; solutions by it are
/// finite where it is of ordinary size.
fn factor<S: Scalar>(input: &mut Input<'_>) {
    let order = input.between(0, 6);
    let mut matrix: Vec<S> = input.numbers(packed::len(order));
    let mut right: Vec<S> = input.numbers(order);
    if input.flag() {
        // Most matrices are not positive definite: L Lᵀ is.
        let any = matrix.clone();
        let lower = Packed::new(order, &any).unwrap();
        let mut product = PackedMut::new(order, &mut matrix).unwrap();
        for (i, x) in lower.rows().enumerate() {
            for (entry, y) in product.row_mut(i).iter_mut().zip(lower.rows()) {
                *entry = vector::dot(x, y);
            }
        }
    }
    semidefinite(order, &matrix, &right);
    let mut entries = matrix.clone();
    let factor = match Factor::of(PackedMut::new(order, &mut entries).unwrap()) {
        Ok(factor) => factor,
        Err(error) => {
            assert!(error.pivot < order);
            return;
        }
    };
    let lower = factor.lower();
    assert_finite(lower.entries());
    assert!(lower.diagonal().all(|pivot| pivot > S::ZERO));
    assert!(factor.condition() >= S::ONE);
    let tolerance = S::from_count(16) * S::EPSILON;
    let ordinary = |value: &S| *value == S::ZERO || is_ordinary(*value);
    if matrix.iter().chain(lower.entries()).all(ordinary) {
        let rows = Packed::new(order, &matrix).unwrap().rows();
        for (x, row) in lower.rows().zip(rows) {
            for (&entry, y) in row.iter().zip(lower.rows()) {
                let size = (vector::dot(x, x) * vector::dot(y, y)).sqrt();
                let error = (vector::dot(x, y) - entry).abs();
                assert!(error <= tolerance * size, "{error:?}");
            }
        }
    }
    factor.solve(&mut right).unwrap();
    cholesky::inverse(PackedMut::new(order, &mut entries).unwrap());
}

/// A factor of any rank is finite where the matrix is, and exchanges rows that there are.
fn semidefinite<S: Scalar>(order: usize, matrix: &[S], right: &[S]) {
    let mut entries = matrix.to_vec();
    let noise = S::from_count(32) * S::EPSILON;
    let mut swaps = 0;
    let swap = |i, j| {
        assert!(i <= j && j < order);
        swaps += 1;
    };
    let factor = Semidefinite::of(PackedMut::new(order, &mut entries).unwrap(), noise, swap);
    factor.forward(&mut right.to_vec()).unwrap();
    factor.multiply(&mut right.to_vec()).unwrap();
    assert!(swaps <= order);
    cholesky::normal_product(PackedMut::new(order, &mut entries).unwrap());
}

/// Neither so large nor so small that a product of a few leaves the range of either scalar.
fn is_ordinary<S: Scalar>(value: S) -> bool {
    let most = S::from_count(1 << 20);
    value.abs() < most && value.abs() * most > S::ONE
}

/// A multiple of 1/16 below 8: products of a few of them do not round to nothing.
fn is_sixteenth<S: Scalar>(value: S) -> bool {
    (0..128).any(|sixteenths| value.abs() * S::from_count(16) == S::from_count(sixteenths))
}

pub(super) fn penalties(bytes: &[u8]) {
    in_either!(ridge_and_lasso, bytes);
}

/// Ridge, lasso and the choice of their penalty, of rows or of what claims to be moments.
fn ridge_and_lasso<S: Scalar>(input: &mut Input<'_>) {
    let alpha = input.number::<S>().abs();
    let (folds, finite) = match input.flag() {
        true => {
            let monomials = input.monomials();
            let rows = input.rows::<S>(monomials.variables());
            let fold = |fold| rows.moments(monomials, |place, _| place % 3 == fold);
            ([0, 1, 2].map(fold).to_vec(), rows.are_finite(monomials))
        }
        false => {
            let columns = input.between(1, 5);
            let folds: Vec<_> = (0..input.between(1, 3))
                .map(|_| claimed(columns, input))
                .collect();
            let finite = folds
                .iter()
                .all(|fold| fold.count() == 0 || fold.is_finite());
            (folds, finite)
        }
    };
    let mut total = feed::empty::<S>(folds[0].columns());
    for fold in &folds {
        if total.merge(fold).is_err() {
            return;
        }
    }
    for penalty in [Penalty::Ridge, Penalty::Lasso] {
        if let Ok((coefficients, used)) = penalty.fit(&total, alpha) {
            assert!(finite, "{penalty:?} of what is not finite");
            assert_finite(&coefficients);
            assert!(used >= alpha || !alpha.is_finite());
        }
    }
    let mut scores = vec![S::ZERO; folds.len() * alphas::<S>().len()];
    let columns = total.columns();
    let mut scratch = vec![S::ZERO; cross_validation::ridge_scratch_len(columns)];
    let _ = cross_validation::ridge(&folds, &alphas(), &mut scores, &mut scratch);
    let mut scratch = vec![S::ZERO; cross_validation::lasso_scratch_len(columns)];
    let _ = cross_validation::lasso(&folds, &alphas(), &mut scores, &mut scratch);
    let mut left = total.clone();
    let _ = left.remove(&folds[0]);
    let _ = left.residual_sum_of_squares(&input.numbers(columns));
}

/// Any numbers as moments, as a file may hold them: the co-moments need not be of any rows.
fn claimed<S: Scalar>(columns: usize, input: &mut Input<'_>) -> Owned<S> {
    let count = input.count();
    let buffer = input.numbers(buffer_len(columns)).into();
    let excess = input.number();
    Moments::from_weighted_parts(columns, count, excess, buffer).expect("a buffer of its length")
}

pub(super) fn indicator(bytes: &[u8]) {
    in_either!(indicator_model, bytes);
}

fn indicator_model<S: Scalar>(input: &mut Input<'_>) {
    let alpha = input.number::<S>().abs();
    let monomials = input.monomials();
    let actions = monomials.variables();
    let claims = input.byte() == 0;
    let (data, finite) = if claims {
        let data: Vec<_> = (0..input.between(1, 4))
            .map(|_| (input.regime(actions), claimed(monomials.len(), input)))
            .collect();
        let finite = |part: &(Regime, Owned<S>)| part.1.count() == 0 || part.1.is_finite();
        let finite = data.iter().all(finite);
        (data, finite)
    } else {
        let rows = input.rows::<S>(actions);
        (rows.by_regime(monomials), rows.are_finite(monomials))
    };
    if let Ok(coefficients) = indicator::fit(monomials, &data, alpha) {
        assert!(finite, "a fit of what is not finite");
        assert_finite(&coefficients);
    }
}

pub(super) fn structured(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    if input.flag() {
        structured_model::<f32>(&mut input);
    } else {
        structured_model::<f64>(&mut input);
    }
}

fn structured_model<S: Scalar>(input: &mut Input<'_>) {
    let monomials = input.monomials();
    let actions = monomials.variables();
    let rows = input.rows::<S>(actions);
    let data = rows.by_regime(monomials);
    if let Ok(fit) = structured::fit(monomials, &data) {
        assert!(rows.are_finite(monomials), "a fit of what is not finite");
        assert_finite(&fit.variances);
        assert_finite(&[
            fit.dispersion.noise,
            fit.inflation,
            fit.dispersion.degrees_of_freedom(),
        ]);
        for bits in 0..=Regime::joint(actions).bits() {
            let (coefficients, covariance) = fit.effect(Regime::from_bits(bits));
            assert_finite(&coefficients);
            assert_finite(&covariance);
        }
        let probability = |p: &S| *p >= S::ZERO && *p <= S::ONE;
        assert!(fit.influences.iter().all(probability));
        assert!(fit.others.iter().all(probability));
    }
}

pub(super) fn predictor(bytes: &[u8]) {
    in_either!(horner, bytes);
}

/// A predictor's value is that of the sum over the monomials.
fn horner<S: Scalar>(input: &mut Input<'_>) {
    const ACTIONS: usize = 3;
    const CAPACITY: usize = Layout::Dense.capacity(ACTIONS, 3);
    let monomials = input.monomials();
    let (actions, degree) = (monomials.variables(), monomials.degree());
    let layout = if input.flag() {
        Layout::Dense
    } else {
        Layout::Additive
    };
    let shifts = input.numbers::<S>(actions);
    let factors = input.numbers::<S>(actions);
    let list = input.numbers::<S>(layout.coefficients(actions, degree));
    let given = shifts.iter().chain(&factors).chain(&list);
    let finite = given.clone().all(|value| value.is_finite());
    let built = Predictor::<S, ACTIONS, CAPACITY>::new(layout, degree, &shifts, &factors, &list);
    assert_eq!(built.is_ok(), finite);
    let Ok(predictor) = built else {
        return;
    };
    let mut row = [S::ZERO; ACTIONS];
    row.iter_mut()
        .take(actions)
        .for_each(|value| *value = input.number());
    let got = predictor.predict(&row);
    if !given.chain(&row).all(|&value| is_sixteenth(value)) {
        return;
    }
    let mut coefficients = vec![S::ZERO; monomials.len()];
    let mut list = list.into_iter();
    for (index, coefficient) in coefficients.iter_mut().enumerate() {
        let power = index == 0 || monomials.only_variable(index).is_some();
        if layout == Layout::Dense || power {
            *coefficient = list.next().expect("a coefficient for every monomial");
        }
    }
    let standard: Vec<S> = (0..actions)
        .map(|k| (row[k] - shifts[k]) * factors[k])
        .collect();
    let mut features = vec![S::ZERO; monomials.len()];
    let expected =
        polynomial::evaluate(monomials, &coefficients, &standard, &mut features).expect("shapes");
    let sizes: Vec<S> = coefficients
        .iter()
        .zip(&features)
        .map(|(&c, &f)| (c * f).abs())
        .collect();
    let tolerance = S::from_count(16) * S::EPSILON * vector::sum(&sizes);
    assert!(
        (got - expected).abs() <= tolerance,
        "{got:?}, not {expected:?}"
    );
}
