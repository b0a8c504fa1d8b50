//! Moments of whole numbers, beside sums that are exact, however the rows arrive.

use joint_effects_kernel::error::RowError;
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::moments::compensated::Compensated;
use joint_effects_kernel::moments::{Moments, buffer_len};
use joint_effects_kernel::scalar::Scalar;
use joint_effects_tests::feed::{self, Owned, empty, zeros};
use proptest::prelude::*;

/// Features without the constant, then the outcome.
type Row = Vec<i64>;

/// Rows of 1 to 5 columns. Two rows at the ends of the range keep every column's spread comparable
/// with its size, so that one tolerance is right for all.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    (1_usize..=5).prop_flat_map(|columns| {
        let row = prop::collection::vec(-1000_i64..=1000, columns);
        prop::collection::vec(row, 0..100).prop_map(move |mut rows| {
            rows.insert(rows.len() / 2, vec![1000; columns]);
            rows.push(vec![-1000; columns]);
            rows
        })
    })
}

/// The rows, and in which of four parts each belongs.
fn parted_rows() -> impl Strategy<Value = (Vec<Row>, Vec<usize>)> {
    rows().prop_flat_map(|rows| {
        let parts = prop::collection::vec(0_usize..4, rows.len());
        (Just(rows), parts)
    })
}

fn scalar<S: Scalar>(value: i64) -> S {
    let size = S::from_count(value.unsigned_abs());
    if value < 0 { -size } else { size }
}

/// The features, the constant first, and the outcome.
fn parted<S: Scalar>(row: &Row) -> (Vec<S>, S) {
    let (&outcome, features) = row.split_last().unwrap();
    let features = [1].iter().chain(features);
    let features = features.map(|&value| scalar(value)).collect();
    (features, scalar(outcome))
}

fn pushed<'a, S: Scalar>(columns: usize, rows: impl IntoIterator<Item = &'a Row>) -> Owned<S> {
    let mut moments = empty(columns);
    for row in rows {
        let (features, outcome) = parted(row);
        moments.push(&features, outcome).unwrap();
    }
    moments
}

fn compensated<S: Scalar>(rows: &[Row]) -> Compensated<S, Box<[S]>> {
    let columns = rows[0].len();
    let mut moments = Compensated::new(columns, zeros(columns), zeros(columns)).unwrap();
    for row in rows {
        let (features, outcome) = parted(row);
        moments.push(&features, outcome).unwrap();
    }
    moments
}

/// Weights of rows, to be repeated.
fn weights() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(1_u64..5, 1..10)
}

/// In tiles, the last one ragged: every feature is an action.
fn tiled<S: Scalar, const DOWN: usize>(rows: &[Row]) -> Owned<S> {
    let (monomials, actions, outcomes) = by_actions(rows);
    feed::by_blocks::<S, DOWN>(monomials, &actions, &outcomes)
}

/// In one tile, which has room for all.
fn weighted_tile<S: Scalar>(rows: &[Row], weights: &[u64]) -> Owned<S> {
    let (monomials, actions, outcomes) = by_actions(rows);
    let weights: Vec<_> = weights
        .iter()
        .map(|&weight| S::from_count(weight))
        .collect();
    let mut tiles = feed::Tiles::<S, 4>::new(monomials);
    tiles.push_weighted(&actions, &outcomes, Some(&weights));
    tiles.moments
}

/// The features as actions, and the outcomes.
fn by_actions<S: Scalar>(rows: &[Row]) -> (Monomials, Vec<S>, Vec<S>) {
    let features = rows[0].len() - 1;
    // Where there is none, an action that has no monomial.
    let monomials = match features {
        0 => Monomials::new(1, 0).unwrap(),
        _ => Monomials::new(features, 1).unwrap(),
    };
    let absent = monomials.variables() - features;
    let parted = rows.iter().map(|row| row.split_last().unwrap());
    let (outcomes, actions): (Vec<S>, Vec<Vec<S>>) = parted
        .map(|(&outcome, actions)| -> (S, Vec<S>) {
            let actions = actions.iter().chain(&[0][..absent]);
            (
                scalar(outcome),
                actions.map(|&value| scalar(value)).collect(),
            )
        })
        .unzip();
    (monomials, actions.concat(), outcomes)
}

/// Sums without rounding, rounded once.
fn exact<S: Scalar>(rows: &[Row]) -> Owned<S> {
    let (columns, count) = (rows[0].len(), rows.len() as i64);
    let sum = |i: usize| rows.iter().map(|row| row[i]).sum::<i64>();
    let product = |i: usize, j: usize| rows.iter().map(|row| row[i] * row[j]).sum::<i64>();
    let mut buffer: Vec<S> = (0..columns)
        .map(|i| scalar::<S>(sum(i)) / scalar(count))
        .collect();
    for i in 0..columns {
        for j in 0..=i {
            let numerator = count * product(i, j) - sum(i) * sum(j);
            buffer.push(scalar::<S>(numerator) / scalar(count));
        }
    }
    Moments::from_parts(columns, count as u64, buffer.into()).unwrap()
}

/// Equal to 4096 units of rounding (1e-12 in f64) of each column's own spread.
fn assert_close<S: Scalar>(found: &Owned<S>, expected: &Owned<S>) {
    assert_within(4096, found, expected);
}

fn assert_within<S: Scalar>(units: u64, found: &Owned<S>, expected: &Owned<S>) {
    let tolerance = S::from_count(units) * S::EPSILON;
    assert_eq!(found.count(), expected.count());
    let spreads: Vec<S> = expected.comoments().diagonal().map(S::sqrt).collect();
    for (i, &spread) in spreads.iter().enumerate() {
        let error = (found.means()[i] - expected.means()[i]).abs();
        assert!(error <= tolerance * spread, "mean {i}: {error:?}");
        let both = found
            .comoments()
            .row(i)
            .iter()
            .zip(expected.comoments().row(i));
        for (j, (&found, &expected)) in both.enumerate() {
            let error = (found - expected).abs();
            assert!(
                error <= tolerance * spread * spreads[j],
                "co-moment {i}, {j}: {found:?}, not {expected:?}"
            );
        }
    }
}

fn merged<S: Scalar>(left: &Owned<S>, right: &Owned<S>) -> Owned<S> {
    let mut both = left.clone();
    both.merge(right).unwrap();
    both
}

fn parts<S: Scalar>(rows: &[Row], parts: &[usize]) -> [Owned<S>; 4] {
    std::array::from_fn(|part| {
        let chosen = rows.iter().zip(parts).filter(|&(_, &own)| own == part);
        pushed(rows[0].len(), chosen.map(|(row, _)| row))
    })
}

macro_rules! laws {
    ($scalar:ident) => {
        mod $scalar {
            use super::*;

            proptest! {
                #[test]
                fn one_row_at_a_time(rows in rows()) {
                    assert_close::<$scalar>(&pushed(rows[0].len(), &rows), &exact(&rows));
                }

                #[test]
                fn one_row_at_a_time_compensated(rows in rows()) {
                    let mut moments = compensated::<$scalar>(&rows);
                    assert_within(4, moments.moments(), &exact(&rows));
                    moments.clear();
                    let columns = rows[0].len();
                    let none = Compensated::new(columns, zeros(columns), zeros(columns)).unwrap();
                    prop_assert_eq!(moments, none);
                }

                #[test]
                fn a_weight_is_how_often_a_row_comes(rows in rows(), pattern in weights()) {
                    let weights: Vec<u64> = pattern.into_iter().cycle().take(rows.len()).collect();
                    let each = rows.iter().zip(&weights);
                    let repeated = each.flat_map(|(row, &times)| (0..times).map(|_| row.clone()));
                    let repeated: Vec<_> = repeated.collect();
                    let expected = exact::<$scalar>(&repeated);
                    let mut by_rows = empty(rows[0].len());
                    for (row, &weight) in rows.iter().zip(&weights) {
                        let (features, outcome) = parted(row);
                        let weight = $scalar::from_count(weight);
                        by_rows.push_weighted(&features, outcome, weight).unwrap();
                    }
                    let by_tiles = weighted_tile(&rows, &weights);
                    for found in [by_rows, by_tiles] {
                        prop_assert_eq!(found.count(), rows.len() as u64);
                        prop_assert_eq!(found.weight(), expected.weight());
                        let buffer = found.buffer().into();
                        let found = Moments::from_parts(found.columns(), expected.count(), buffer);
                        assert_close(&found.unwrap(), &expected);
                    }
                }

                #[test]
                fn one_tile_at_a_time(rows in rows()) {
                    assert_close::<$scalar>(&tiled::<_, 2>(&rows), &exact(&rows));
                }

                #[test]
                fn the_block_does_not_change_a_bit(rows in rows()) {
                    prop_assert_eq!(tiled::<$scalar, 4>(&rows), tiled::<_, 1>(&rows));
                }

                #[test]
                fn any_split_in_any_order((rows, own) in parted_rows()) {
                    let [a, b, c, d] = parts::<$scalar>(&rows, &own);
                    let expected = exact(&rows);
                    assert_close(&merged(&merged(&merged(&a, &b), &c), &d), &expected);
                    assert_close(&merged(&a, &merged(&b, &merged(&c, &d))), &expected);
                    assert_close(&merged(&merged(&d, &a), &merged(&c, &b)), &expected);
                }

                #[test]
                fn removing_what_was_merged(rows in rows(), taken in rows()) {
                    let columns = rows[0].len().min(taken[0].len());
                    let cut = |rows: Vec<Row>| -> Vec<Row> {
                        rows.into_iter().map(|row| row[..columns].to_vec()).collect()
                    };
                    let (rows, taken) = (cut(rows), cut(taken));
                    let taken = pushed::<$scalar>(columns, &taken[..taken.len().min(rows.len())]);
                    let mut both = merged(&pushed(columns, &rows), &taken);
                    both.remove(&taken).unwrap();
                    assert_close(&both, &exact(&rows));
                }

                #[test]
                fn no_rows_are_the_identity(rows in rows()) {
                    let moments = pushed::<$scalar>(rows[0].len(), &rows);
                    let none = empty(rows[0].len());
                    prop_assert_eq!(&merged(&moments, &none), &moments);
                    prop_assert_eq!(&merged(&none, &moments), &moments);
                    let mut left = moments.clone();
                    left.remove(&none).unwrap();
                    assert_close(&left, &moments);
                    left.remove(&moments).unwrap();
                    prop_assert_eq!(&left, &none);
                }

                /// Twice the same rows, thirty times: 2³⁰ times the co-moments, to the bit.
                #[test]
                fn doubling_is_exact_beyond_what_the_scalar_can_count(rows in rows()) {
                    let once = pushed::<$scalar>(rows[0].len(), &rows);
                    let mut many = once.clone();
                    for _ in 0..30 {
                        many = merged(&many, &many);
                    }
                    prop_assert_eq!(many.count(), once.count() << 30);
                    prop_assert_eq!(many.means(), once.means());
                    let factor = $scalar::from_count(1 << 30);
                    let expected: Vec<_> = once.comoments().entries().iter().map(|v| v * factor).collect();
                    prop_assert_eq!(many.comoments().entries(), &expected[..]);
                }
            }

            /// A row more or less is below the precision of the count in f32, not of the result.
            #[test]
            fn counts_beyond_the_mantissa() {
                let half = |mean: $scalar| {
                    let buffer = [mean, 25.0 * (1 << 25) as $scalar].into();
                    Moments::from_parts(1, (1 << 25) + 1, buffer).unwrap()
                };
                let both: Owned<$scalar> = merged(&half(-3.0), &half(3.0));
                assert_eq!(both.count(), (1 << 26) + 2);
                assert!(both.means()[0].abs() < 1e-6);
                let variance = both.comoments().entries()[0] / (1 << 26) as $scalar;
                assert!((variance - 34.0).abs() < 34.0 * 4.0 * $scalar::EPSILON.max(2e-8));
            }

            #[test]
            fn a_row_that_is_refused_changes_nothing() {
                let zeros = || vec![0.0 as $scalar; buffer_len(2)];
                let mut plain = empty::<$scalar>(2);
                let mut compensated = Compensated::new(2, zeros(), zeros()).unwrap();
                plain.push(&[1.0, 3.0], 5.0).unwrap();
                compensated.push(&[1.0, 3.0], 5.0).unwrap();
                let before = (plain.clone(), compensated.clone());
                for wrong in [$scalar::NAN, $scalar::INFINITY, -$scalar::MAX] {
                    for (feature, outcome) in [(wrong, 1.0), (1.0, wrong)] {
                        let row = [1.0, feature];
                        assert_eq!(plain.push(&row, outcome), Err(RowError::NotFinite));
                        assert_eq!(compensated.push(&row, outcome), Err(RowError::NotFinite));
                    }
                }
                for weight in [0.0, -1.0, $scalar::NAN, $scalar::INFINITY] {
                    let pushed = plain.push_weighted(&[1.0, 2.0], 1.0, weight);
                    assert_eq!(pushed, Err(RowError::Weight));
                }
                assert_eq!((plain, compensated), before);
            }

            #[test]
            fn wrong_shapes_are_errors() {
                let mut moments = empty::<$scalar>(3);
                assert!(moments.push(&[1.0, 2.0], 1.0).is_err());
                assert!(moments.merge(&empty::<$scalar>(2)).is_err());
                assert!(moments.remove(&empty::<$scalar>(4)).is_err());
                assert_eq!(moments, empty(3));
                assert!(Moments::<$scalar, _>::new(3, vec![0.0; buffer_len(3) - 1]).is_err());
                let zeros = |less| vec![0.0 as $scalar; buffer_len(3) - less];
                assert!(Compensated::new(3, zeros(0), zeros(1)).is_err());
                assert!(Compensated::new(3, zeros(1), zeros(0)).is_err());
                let mut moments = Compensated::new(3, zeros(0), zeros(0)).unwrap();
                assert!(moments.push(&[1.0, 2.0], 1.0).is_err());
                assert_eq!(moments.moments().count(), 0);
            }
        }
    };
}

laws!(f32);
laws!(f64);
