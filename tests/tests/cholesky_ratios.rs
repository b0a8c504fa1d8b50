//! The packed Cholesky factor: LAPACK's test ratios below LAPACK's own threshold, which pivot fails, and
//! what is read.

use joint_effects_kernel::algebra::cholesky::{self, Factor, Semidefinite};
use joint_effects_kernel::algebra::packed::{self, Packed, PackedMut};
use joint_effects_tests::accuracy::lapack::{
    Kind, Matrix, Ratios, THRESHOLD, worst_in_f32, worst_in_f64,
};
use joint_effects_tests::random::{self, normals};
use rand::RngExt;

fn below_the_threshold(worst: fn(Kind) -> Option<Ratios>) {
    for kind in Kind::ALL {
        let ratios = worst(kind);
        println!("{}: {ratios:.2?}", kind.name());
        assert_eq!(ratios.is_none(), kind.zero(1).is_some(), "{kind:?}");
        let mut ratios = ratios.into_iter().flatten();
        assert!(ratios.all(|ratio| ratio < THRESHOLD), "{kind:?}");
    }
}

#[test]
fn ratios_in_f64() {
    below_the_threshold(worst_in_f64);
}

#[test]
fn ratios_in_f32() {
    below_the_threshold(worst_in_f32);
}

/// A packed matrix has no other triangle to be read by mistake. What it does have is rows further down:
/// they do not enter a leading matrix, nor what is found before the pivot that fails.
#[test]
fn rows_further_down_are_not_read() {
    let mut random = random::stream(4);
    for order in [1, 2, 5, 31] {
        for leading in 0..order {
            let matrix = Matrix::random(order, 10.0, 1.0, &mut random).packed(|entry| entry);
            let first = packed::len(leading);
            let mut garbage = matrix.clone();
            garbage[first..].fill(f64::NAN);

            let mut alone = matrix[..first].to_vec();
            Factor::of(PackedMut::of(&mut alone).unwrap()).unwrap();
            let failed = Factor::of(PackedMut::of(&mut garbage).unwrap()).unwrap_err();
            assert_eq!(failed.pivot, leading);
            assert_eq!(&garbage[..first], &alone[..]);

            let mut expected = normals(&mut random, leading);
            let mut found = expected.clone();
            let alone = Packed::of(&alone).unwrap();
            let garbage = Packed::of(&garbage).unwrap().leading(leading);
            Factor::in_place(alone).solve(&mut expected).unwrap();
            Factor::in_place(garbage).solve(&mut found).unwrap();
            assert_eq!(found, expected);
        }
    }
}

#[test]
fn the_failing_pivot_is_named() {
    let mut random = random::stream(2);
    for order in [1, 2, 7, 40] {
        let matrix = Matrix::random(order, 10.0, 1.0, &mut random).packed(|entry| entry);
        for pivot in [0, order / 2, order - 1] {
            let fails = |change: &dyn Fn(usize, usize, f64) -> f64| {
                let mut broken = matrix.clone();
                let mut packed = PackedMut::of(&mut broken).unwrap();
                for i in 0..order {
                    for (j, entry) in packed.row_mut(i).iter_mut().enumerate() {
                        *entry = change(i, j, *entry);
                    }
                }
                Factor::of(packed).unwrap_err().pivot
            };
            let on = |i, j| i == pivot || j == pivot;
            let at = |i, j| i == pivot && j == pivot;
            assert_eq!(
                fails(&|i, j, entry| if on(i, j) { 0.0 } else { entry }),
                pivot
            );
            assert_eq!(
                fails(&|i, j, entry| if at(i, j) { -entry } else { entry }),
                pivot
            );
            assert_eq!(
                fails(&|i, j, entry| if at(i, j) { f64::NAN } else { entry }),
                pivot
            );
            assert_eq!(
                fails(&|i, j, entry| if at(i, j) { f64::INFINITY } else { entry }),
                pivot
            );
        }
    }
}

/// `B Bᵀ` of whole numbers, of known rank: exact until the roots are taken.
#[test]
fn a_semidefinite_factor_has_the_rank_and_the_product() {
    let mut random = random::stream(3);
    for (order, rank) in [(1, 0), (4, 2), (12, 5), (20, 19), (20, 20)] {
        let b: Vec<Vec<f64>> = (0..order)
            .map(|_| {
                (0..rank)
                    .map(|_| f64::from(random.random_range(-9_i32..=9)))
                    .collect()
            })
            .collect();
        let inner = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
        let matrix: Vec<f64> = (0..order)
            .flat_map(|i| (0..=i).map(move |j| (i, j)))
            .map(|(i, j)| inner(&b[i], &b[j]))
            .collect();
        let largest = Packed::of(&matrix).unwrap().diagonal().fold(0.0, f64::max);
        let noise = 1e-9 * largest;
        let mut factor = matrix.clone();
        let mut order_taken: Vec<usize> = (0..order).collect();
        let swap = |i, j| order_taken.swap(i, j);
        let semidefinite = Semidefinite::of(PackedMut::of(&mut factor).unwrap(), noise, swap);
        let (truncation, factor) = (semidefinite.truncation, semidefinite.lower());
        // From here on the matrix is the one with its rows in the order taken.
        let matrix: Vec<f64> = (0..order)
            .flat_map(|i| (0..=i).map(move |j| (i, j)))
            .map(|(i, j)| inner(&b[order_taken[i]], &b[order_taken[j]]))
            .collect();
        let kept: Vec<f64> = factor.diagonal().filter(|&pivot| pivot > 0.0).collect();
        assert_eq!(kept.len(), rank);
        if rank < order {
            let expected = kept
                .iter()
                .fold(f64::INFINITY, |least, pivot| least.min(pivot * pivot));
            let truncation = truncation.unwrap();
            assert!(rank == 0 || (truncation.taken / expected - 1.0).abs() < 1e-12);
            assert!(truncation.left <= noise);
        } else {
            assert_eq!(truncation, None);
        }

        let row = |i: usize| factor.row(i);
        for i in 0..order {
            for j in 0..=i {
                let error = inner(row(i), row(j)) - Packed::of(&matrix).unwrap().row(i)[j];
                assert!(
                    error.abs() <= noise,
                    "order {order}, rank {rank}: {i}, {j}: {error:e}"
                );
            }
        }

        let mut product = factor.entries().to_vec();
        cholesky::normal_product(PackedMut::of(&mut product).unwrap());
        for i in 0..order {
            for j in 0..=i {
                let expected: f64 = (i..order).map(|k| row(k)[i] * row(k)[j]).sum();
                let error = Packed::of(&product).unwrap().row(i)[j] - expected;
                assert!(error.abs() <= noise, "Lᵀ L at {i}, {j}: {error:e}");
            }
        }

        // In the range nothing is left over, and the solution gives the right side back.
        let weights = normals(&mut random, order);
        let mut right = vec![0.0; order];
        Packed::of(&matrix)
            .unwrap()
            .multiply(&weights, &mut right)
            .unwrap();
        let mut solution = right.clone();
        let outside = semidefinite.forward(&mut solution).unwrap();
        assert!(outside <= noise, "{outside:e}");
        semidefinite.multiply(&mut solution).unwrap();
        for (found, expected) in solution.iter().zip(&right) {
            assert!((found - expected).abs() <= noise);
        }
        // Outside the range something is.
        if rank < order {
            let dependent = factor.diagonal().position(|pivot| pivot == 0.0).unwrap();
            right[dependent] += largest + 1.0;
            let outside = semidefinite.forward(&mut right).unwrap();
            assert!(outside > 0.5 * (largest + 1.0) || rank == 0, "{outside:e}");
        }
    }
}
