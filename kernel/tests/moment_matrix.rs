//! Batches of rows against rows one by one.

use joint_effects_kernel::features::monomials::{Basis, Column, Monomials};
use joint_effects_kernel::moments::matrix::{self, Lanes, MomentMatrix, Workspace};
use joint_effects_kernel::moments::{Moments, buffer_len};
use joint_effects_kernel::scalar::{MultiplyAdd, Scalar, Unfused};

const BATCH: usize = 128;
const ROWS: usize = 32;

#[derive(Clone, Copy)]
struct Fused;

impl MultiplyAdd<f64> for Fused {
    #[inline(always)]
    fn multiply_add(self, a: f64, b: f64, c: f64) -> f64 {
        a.mul_add(b, c)
    }
}

/// Rows of K actions and an outcome: `mean` and sums of three uniform numbers from −1 to 1, which
/// are multiples of 2⁻²².
fn rows<S: Scalar>(mean: S, width: usize, count: usize) -> Vec<Vec<S>> {
    let mut state = 1_u64;
    let mut uniform = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        S::from_count(state >> 41) / S::from_count(1 << 22) - S::ONE
    };
    let mut number = || mean + uniform() + uniform() + uniform();
    (0..count)
        .map(|_| (0..width).map(|_| number()).collect())
        .collect()
}

fn basis<S: Scalar>(monomials: Monomials) -> Basis<S, Vec<S>> {
    let variables = monomials.variables();
    Basis::new(
        monomials,
        [vec![S::ZERO; variables], vec![S::ONE; variables]].concat(),
    )
    .unwrap()
}

/// Moments of rows pushed in batches of at most `height`.
fn by_batch<S, A, const LANES: usize, const DOWN: usize, const ACROSS: usize>(
    arithmetic: A,
    monomials: Monomials,
    rows: &[Vec<S>],
    height: usize,
) -> Moments<S, Vec<S>>
where
    S: Scalar,
    A: MultiplyAdd<S>,
{
    by_batch_inline::<S, A, LANES, DOWN, ACROSS>(arithmetic, monomials, rows, height)
}

/// [`by_batch`], with the instructions of its caller.
#[inline(always)]
fn by_batch_inline<S, A, const LANES: usize, const DOWN: usize, const ACROSS: usize>(
    arithmetic: A,
    monomials: Monomials,
    rows: &[Vec<S>],
    height: usize,
) -> Moments<S, Vec<S>>
where
    S: Scalar,
    A: MultiplyAdd<S>,
{
    let terms = monomials.len();
    let tables = vec![0; matrix::tables_len(monomials)];
    let mut scratch = vec![0; matrix::scratch_len(monomials)];
    let matrix = MomentMatrix::new(basis(monomials), tables, &mut scratch).unwrap();
    let mut moments = Moments::new(terms, vec![S::ZERO; buffer_len(terms)]).unwrap();
    // What no row wrote must not be read.
    let mut batch = vec![Column::<S, BATCH>([S::NAN; BATCH]); monomials.variables() + 1];
    let mut columns = vec![Column([S::NAN; ROWS]); matrix::columns_len(monomials)];
    let mut lanes = vec![Lanes::ZEROS; matrix::sums_len(monomials)];
    let mut numbers = vec![S::NAN; matrix::numbers_len(monomials)];
    let mut indices = vec![u32::MAX; terms];
    let mut workspace = Workspace::<S, ROWS, LANES> {
        columns: &mut columns,
        lanes: &mut lanes,
        numbers: &mut numbers,
        indices: &mut indices,
    };
    for rows in rows.chunks(height) {
        for (r, row) in rows.iter().enumerate() {
            for (column, &value) in batch.iter_mut().zip(row) {
                column.0[r] = value;
            }
        }
        matrix
            .push::<A, _, BATCH, ROWS, LANES, DOWN, ACROSS>(
                arithmetic,
                &mut moments,
                &batch,
                None,
                rows.len(),
                &mut workspace,
            )
            .unwrap();
    }
    moments
}

fn by_row<S: Scalar>(monomials: Monomials, rows: &[Vec<S>]) -> Moments<S, Vec<S>> {
    let terms = monomials.len();
    let mut moments = Moments::new(terms, vec![S::ZERO; buffer_len(terms)]).unwrap();
    let mut features = vec![S::ZERO; terms];
    for row in rows {
        let (&outcome, variables) = row.split_last().unwrap();
        monomials.evaluate(variables, &mut features).unwrap();
        moments.push(&features, outcome).unwrap();
    }
    moments
}

/// The largest differences of means, relative to the root mean square of each column, and of
/// co-moments, relative to the roots of both centred sums of squares.
fn difference(a: &Moments<f64, Vec<f64>>, b: &Moments<f64, Vec<f64>>) -> (f64, f64) {
    assert_eq!((a.count(), a.columns()), (b.count(), b.columns()));
    let square = |i: usize| b.comoments().entries()[i * (i + 3) / 2];
    let (mut means, mut comoments) = (0.0_f64, 0.0_f64);
    for i in 0..a.columns() {
        let scale = b.means()[i].abs() + (square(i) / b.count() as f64).sqrt();
        means = means.max((a.means()[i] - b.means()[i]).abs() / scale);
        for j in 0..=i {
            let entry = i * (i + 1) / 2 + j;
            let scale = (square(i) * square(j)).sqrt();
            let error = (a.comoments().entries()[entry] - b.comoments().entries()[entry]).abs();
            comoments = comoments.max(error / scale);
        }
    }
    (means, comoments)
}

#[test]
fn a_batch_is_its_rows() {
    for (variables, degree) in [
        (1, 1),
        (1, 2),
        (1, 7),
        (2, 1),
        (2, 3),
        (2, 4),
        (3, 2),
        (3, 5),
        (5, 3),
        (6, 1),
        (7, 2),
        (8, 3),
        (4, 4),
    ] {
        let monomials = Monomials::new(variables, degree).unwrap();
        // The means of all, of some and of no columns are far from zero.
        for mean in [0.0, 1.0, 4.5, 30.0] {
            let rows = rows(mean, variables + 1, 2 * BATCH + 17);
            let want = by_row(monomials, &rows);
            for height in [5, 40, BATCH] {
                let got = by_batch::<_, _, 8, 4, 4>(Unfused, monomials, &rows, height);
                let (means, comoments) = difference(&got, &want);
                // A power of a mean far from zero is far from zero itself.
                let tolerance = 1e-13 * (1.0 + mean).powi(2);
                assert!(
                    means < 1e-13 && comoments < tolerance,
                    "K = {variables}, degree {degree}, mean {mean}, batches of {height}: {means:e} {comoments:e}"
                );
            }
        }
    }
}

#[test]
fn means_far_from_zero_cost_no_digits() {
    // Adding 2²⁰ is exact, so the co-moments of the actions are the same.
    let monomials = Monomials::new(3, 1).unwrap();
    let near = rows(0.0, 4, 500);
    let far: Vec<Vec<f64>> = near
        .iter()
        .map(|row| row.iter().map(|x| x + 1_048_576.0).collect())
        .collect();
    let want = by_batch::<_, _, 8, 4, 4>(Unfused, monomials, &near, BATCH);
    let got = by_batch::<_, _, 8, 4, 4>(Unfused, monomials, &far, BATCH);
    let scale = want.comoments().entries()[0];
    for (got, want) in got
        .comoments()
        .entries()
        .iter()
        .zip(want.comoments().entries())
    {
        // Four batches are merged, each with a mean known to 1e-10 of the spread.
        assert!((got - want).abs() < 1e-11 * scale, "{got} {want}");
    }
    for (got, want) in got.means().iter().zip(want.means()) {
        assert!((got - 1_048_576.0 - want).abs() < 1e-9, "{got} {want}");
    }
}

#[test]
fn columns_that_do_not_vary_have_no_comoments() {
    let monomials = Monomials::new(3, 3).unwrap();
    let mut rows = rows(0.0, 4, 300);
    for (index, row) in rows.iter_mut().enumerate() {
        row[0] = 0.1;
        // Its square does not vary either.
        row[1] = if index % 3 == 0 { 0.3 } else { -0.3 };
    }
    let got = by_batch::<_, _, 8, 4, 4>(Unfused, monomials, &rows, BATCH);
    for index in 1..monomials.len() {
        let mut constant: f64 = 1.0;
        let mut powers = [0; 3];
        for factor in monomials.factors(index) {
            powers[factor] += 1;
            constant *= [0.1, 0.3, 1.0][factor];
        }
        let square = got.comoments().entries()[(index - 1) * (index + 2) / 2];
        let varies = powers[1] % 2 == 1 || powers[2] > 0;
        let rounding = 300.0 * (4.0 * f64::EPSILON * constant).powi(2);
        assert_eq!(square > rounding, varies, "{powers:?}: {square:e}");
    }
}

#[test]
fn what_is_not_finite_is_seen() {
    let monomials = Monomials::new(2, 2).unwrap();
    for wrong in [f64::NAN, f64::INFINITY, 1e300] {
        let mut rows = rows(0.0, 3, 10);
        rows[7][1] = wrong;
        let moments = by_batch::<_, _, 8, 4, 4>(Unfused, monomials, &rows, BATCH);
        assert!(!moments.is_finite(), "{wrong}");
    }
}

fn bits(moments: &Moments<f64, Vec<f64>>) -> Vec<u64> {
    moments.buffer().iter().map(|x| x.to_bits()).collect()
}

#[test]
fn shapes_give_equal_bits() {
    fn all<A: MultiplyAdd<f64>>(arithmetic: A, monomials: Monomials, rows: &[Vec<f64>]) {
        let want = bits(&by_batch::<_, _, 8, 1, 1>(
            arithmetic, monomials, rows, BATCH,
        ));
        for got in [
            by_batch::<_, _, 8, 1, 4>(arithmetic, monomials, rows, BATCH),
            by_batch::<_, _, 8, 2, 3>(arithmetic, monomials, rows, BATCH),
            by_batch::<_, _, 8, 4, 4>(arithmetic, monomials, rows, BATCH),
        ] {
            assert!(bits(&got) == want, "{monomials:?}");
        }
    }
    for (variables, degree, mean) in [(1, 3, 0.0), (3, 3, 0.5), (5, 2, 9.0)] {
        let monomials = Monomials::new(variables, degree).unwrap();
        let rows = rows(mean, variables + 1, BATCH + 5);
        all(Unfused, monomials, &rows);
        all(Fused, monomials, &rows);
    }
}

#[cfg(target_arch = "x86_64")]
#[test]
fn instruction_sets_give_equal_bits() {
    #[target_feature(enable = "avx512f")]
    fn avx512<A: MultiplyAdd<f64>>(arithmetic: A, rows: &[Vec<f64>]) -> Vec<u64> {
        let monomials = Monomials::new(4, 3).unwrap();
        bits(&by_batch_inline::<_, _, 8, 4, 4>(
            arithmetic, monomials, rows, BATCH,
        ))
    }
    #[target_feature(enable = "avx2,fma")]
    fn avx2<A: MultiplyAdd<f64>>(arithmetic: A, rows: &[Vec<f64>]) -> Vec<u64> {
        let monomials = Monomials::new(4, 3).unwrap();
        bits(&by_batch_inline::<_, _, 8, 2, 2>(
            arithmetic, monomials, rows, BATCH,
        ))
    }
    let monomials = Monomials::new(4, 3).unwrap();
    for mean in [0.0, 5.0] {
        let rows = rows(mean, 5, 200);
        let fused = bits(&by_batch::<_, _, 8, 1, 2>(Fused, monomials, &rows, BATCH));
        let unfused = bits(&by_batch::<_, _, 8, 1, 2>(Unfused, monomials, &rows, BATCH));
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor has it.
            let got = unsafe { [avx512(Fused, &rows), avx512(Unfused, &rows)] };
            assert!(got == [fused.clone(), unfused.clone()]);
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: the processor has them.
            let got = unsafe { [avx2(Fused, &rows), avx2(Unfused, &rows)] };
            assert!(got == [fused, unfused]);
        }
    }
}

#[test]
fn single_precision_is_its_rows() {
    let monomials = Monomials::new(3, 3).unwrap();
    let rows: Vec<Vec<f32>> = rows(0.5, 4, 300);
    let double: Vec<Vec<f64>> = rows
        .iter()
        .map(|row| row.iter().map(|&x| x.into()).collect())
        .collect();
    let want = by_row(monomials, &double);
    let got = by_batch::<_, _, 16, 4, 4>(Unfused, monomials, &rows, BATCH);
    let buffer = got.buffer().iter().map(|&x| x.into()).collect();
    let got = Moments::from_parts(monomials.len(), got.count(), buffer).unwrap();
    let (means, comoments) = difference(&got, &want);
    assert!(means < 1e-6 && comoments < 1e-5, "{means:e} {comoments:e}");
}
