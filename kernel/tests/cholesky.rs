//! The packed Cholesky factorisation, of orders around the size of its groups of rows.

use joint_effects_kernel::algebra::cholesky;
use joint_effects_kernel::algebra::packed;

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
    for _ in 0..2 * order {
        let x: Vec<f64> = (0..order).map(|_| uniform()).collect();
        for i in 0..order {
            packed::add_scaled(packed::row_mut(&mut matrix, i), x[i], &x);
        }
    }
    matrix
}

#[test]
fn the_factor_gives_the_matrix_back() {
    for order in (1..=20).chain([56, 286]) {
        let matrix = matrix(order);
        let mut factor = matrix.clone();
        cholesky::factor(&mut factor).unwrap();
        let (mut error, mut norm) = (0.0_f64, 0.0_f64);
        for i in 0..order {
            for (j, entry) in packed::row(&matrix, i).iter().enumerate() {
                let (x, y) = (packed::row(&factor, i), packed::row(&factor, j));
                error = error.max((entry - packed::dot(x, y)).abs());
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
    cholesky::factor(&mut want).unwrap();
    for pivot in 0..order {
        for bad in [-1.0, 0.0, f64::NAN, f64::INFINITY] {
            let mut matrix = good.clone();
            *packed::row_mut(&mut matrix, pivot).last_mut().unwrap() = bad;
            let error = cholesky::factor(&mut matrix).unwrap_err();
            assert_eq!(error.pivot, pivot);
            let before = packed::len(pivot);
            assert_eq!(matrix[..before], want[..before]);
        }
    }
}
