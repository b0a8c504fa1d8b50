//! The packed Cholesky factorisation, of orders around the size of its groups of rows.

use joint_effects_kernel::algebra::cholesky::Factor;
use joint_effects_kernel::algebra::packed::{self, Packed, PackedMut};
use joint_effects_kernel::algebra::vector;
use joint_effects_kernel::error::ShapeError;

/// A packed symmetric positive definite matrix, the same on every machine.
fn matrix(order: usize) -> Vec<f64> {
    let mut state = 1_u64;
    let mut uniform = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 40) as f64 / (1_u64 << 23) as f64 - 1.0
    };
    let mut matrix = vec![0.0; packed::len(order)];
    let mut packed = PackedMut::new(order, &mut matrix).unwrap();
    for _ in 0..2 * order {
        let x: Vec<f64> = (0..order).map(|_| uniform()).collect();
        for i in 0..order {
            vector::add_scaled(packed.row_mut(i), x[i], &x);
        }
    }
    matrix
}

#[test]
fn the_factor_gives_the_matrix_back() {
    for order in (1..=20).chain([56, 286]) {
        let matrix = matrix(order);
        let mut factor = matrix.clone();
        let factor = Factor::of(PackedMut::of(&mut factor).unwrap()).unwrap();
        let factor = factor.lower();
        let (mut error, mut norm) = (0.0_f64, 0.0_f64);
        for i in 0..order {
            for (j, entry) in Packed::of(&matrix).unwrap().row(i).iter().enumerate() {
                let (x, y) = (factor.row(i), factor.row(j));
                error = error.max((entry - vector::dot(x, y)).abs());
                norm = norm.max(entry.abs());
            }
        }
        assert!(
            error < 2.0 * order as f64 * f64::EPSILON * norm,
            "order {order}"
        );
    }
}

#[test]
fn the_failing_pivot_is_named_and_the_rows_before_it_are_factored() {
    let order = 14;
    let good = matrix(order);
    let mut want = good.clone();
    Factor::of(PackedMut::of(&mut want).unwrap()).unwrap();
    for pivot in 0..order {
        for bad in [-1.0, 0.0, f64::NAN, f64::INFINITY] {
            let mut matrix = good.clone();
            let mut packed = PackedMut::of(&mut matrix).unwrap();
            *packed.row_mut(pivot).last_mut().unwrap() = bad;
            let error = Factor::of(packed).unwrap_err();
            assert_eq!(error.pivot, pivot);
            let before = packed::len(pivot);
            assert_eq!(matrix[..before], want[..before]);
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let mut matrix = matrix(4);
    let wrong = |what, needed, found| {
        Some(ShapeError {
            what,
            needed,
            found,
        })
    };
    let of_order = |order: usize| Packed::new(order, &matrix).err();
    assert_eq!(of_order(3), wrong("packed matrix", 6, 10));
    assert_eq!(
        Packed::of(&matrix[..9]).err(),
        wrong("packed matrix", 10, 9)
    );
    let packed = Packed::of(&matrix).unwrap();
    let short = wrong("vector", 4, 3);
    assert_eq!(packed.quadratic_form(&[1.0; 3]).err(), short);
    assert_eq!(packed.multiply(&[1.0; 4], &mut [0.0; 3]).err(), short);
    let factor = Factor::of(PackedMut::of(&mut matrix).unwrap()).unwrap();
    assert_eq!(factor.solve(&mut [1.0; 3]).err(), short);
    assert_eq!(factor.forward(&mut [1.0; 5]).err(), wrong("vector", 4, 5));
}
