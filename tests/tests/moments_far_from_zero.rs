//! Moments of monomials whose means are far beyond their spread, beside sums of whole numbers
//! without rounding, however the rows arrive.

use joint_effects::moments::tile::{Accumulator, Fused, ROWS, SingleAccumulator, TileSums};
use joint_effects_kernel::algebra::packed::Packed;
use joint_effects_kernel::features::monomials::{Column, Monomials};
use joint_effects_kernel::scalar::{MultiplyAdd, Scalar};
use joint_effects_tests::feed::{self, Feed, Owned};
use joint_effects_tests::random;
use rand::RngExt;

const ACTIONS: usize = 2;

/// Two actions and an outcome, whole numbers of mean `offset` and standard deviation 5.
fn rows(offset: i32, count: usize) -> (Vec<i32>, Vec<i32>) {
    let mut random = random::stream(1);
    let mut draw = |count| -> Vec<i32> {
        let values = (0..count).map(|_| offset + random.random_range(-8..=8));
        values.collect()
    };
    (draw(count * ACTIONS), draw(count))
}

/// The moments of the monomials as the scalar rounds them, and the sums about the first row exact.
fn exact<S: Scalar + Into<f64>>(
    monomials: Monomials,
    actions: &[S],
    outcomes: &[S],
) -> (Vec<f64>, Vec<f64>) {
    let mut features = vec![S::ZERO; monomials.len()];
    let rows = actions.chunks_exact(ACTIONS).zip(outcomes);
    let rows: Vec<Vec<i128>> = rows
        .map(|(row, &outcome)| {
            monomials.evaluate(row, &mut features).unwrap();
            let columns = features[1..].iter().copied().chain([outcome]);
            // Whole numbers, which an i128 holds exactly.
            columns
                .map(|value| Into::<f64>::into(value) as i128)
                .collect()
        })
        .collect();
    let count = rows.len() as i128;
    let deviation = |row: &[i128], i: usize| row[i] - rows[0][i];
    let sum = |i: usize| rows.iter().map(|row| deviation(row, i)).sum::<i128>();
    let mean = |i: usize| rows[0][i] as f64 + sum(i) as f64 / count as f64;
    let comoment = |i: usize, j: usize| {
        let products = rows.iter().map(|row| deviation(row, i) * deviation(row, j));
        (count * products.sum::<i128>() - sum(i) * sum(j)) as f64 / count as f64
    };
    let columns = monomials.len();
    let comoments = (0..columns).flat_map(|i| (0..=i).map(move |j| (i, j)));
    (
        (0..columns).map(mean).collect(),
        comoments.map(|(i, j)| comoment(i, j)).collect(),
    )
}

/// A co-moment may err by ε of two spreads, and, since every mean is rounded, by ε of a mean where it
/// meets a spread; what must not be there is ε of two means, as sums have that are not centred. `share`
/// is how much of that is allowed.
fn assert_near<S: Scalar + Into<f64>>(
    name: &str,
    share: f64,
    found: &Owned<S>,
    (means, comoments): &(Vec<f64>, Vec<f64>),
) {
    let epsilon: f64 = S::EPSILON.into();
    let count = found.count() as f64;
    let spreads: Vec<f64> = Packed::of(comoments)
        .unwrap()
        .diagonal()
        .map(f64::sqrt)
        .collect();
    let (mut worst, mut naive) = (0.0_f64, 0.0_f64);
    for (i, (&found, &mean)) in found.means().iter().zip(means).enumerate() {
        let error: f64 = found.into() - mean;
        let most = epsilon * mean.abs() * (share * count.sqrt()).max(2.0);
        assert!(error.abs() <= most, "{name}: mean {i} errs by {error:e}");
    }
    for (i, (found, exact)) in found
        .comoments()
        .rows()
        .zip(Packed::of(comoments).unwrap().rows())
        .enumerate()
    {
        for (j, (&found, &exact)) in found.iter().zip(exact).enumerate() {
            let far = |k: usize| means[k].abs() * count.sqrt() / spreads[k];
            let rounding = 16.0 + (far(i) + far(j)) / 4.0 + epsilon * far(i) * far(j);
            let most = share * epsilon * rounding;
            let error = (found.into() - exact).abs() / (spreads[i] * spreads[j]);
            worst = worst.max(error / most);
            naive = naive.max(epsilon * far(i) * far(j) / most);
            assert!(
                error <= most,
                "{name}: co-moment {i}, {j} errs by {error:e} of the spreads"
            );
        }
    }
    println!("{name}: at worst {worst:.1e} of what is allowed; uncentred sums, some {naive:.0e}");
    assert!(naive > 10.0, "{name}: a tolerance that tells nothing");
}

fn check<S: Scalar + Into<f64>>(offset: i32, round: fn(i32) -> S, feeds: &[(&str, f64, Feed<S>)]) {
    let monomials = Monomials::new(ACTIONS, 3).unwrap();
    for count in [1000, 20 * ROWS + 1] {
        let (actions, outcomes) = rows(offset, count);
        let actions: Vec<S> = actions.into_iter().map(round).collect();
        let outcomes: Vec<S> = outcomes.into_iter().map(round).collect();
        let expected = exact(monomials, &actions, &outcomes);
        for (name, share, feed) in feeds {
            let found = feed(monomials, &actions, &outcomes);
            assert_eq!(found.count(), count as u64);
            assert_near(name, *share, &found, &expected);
        }
    }
}

/// As the program does, with the best instructions of this processor.
fn by_the_host(monomials: Monomials, actions: &[f64], outcomes: &[f64]) -> Owned<f64> {
    by_sums(Accumulator::raw(monomials), actions, outcomes)
}

/// The same in single precision.
fn by_the_host_in_f32(monomials: Monomials, actions: &[f32], outcomes: &[f32]) -> Owned<f32> {
    by_sums(SingleAccumulator::raw(monomials), actions, outcomes)
}

fn by_sums<S: Scalar, const STRIPE: usize, const LANES: usize>(
    mut sums: TileSums<S, STRIPE, LANES>,
    actions: &[S],
    outcomes: &[S],
) -> Owned<S>
where
    Fused: MultiplyAdd<S>,
{
    let mut moments = feed::empty(sums.basis().monomials().len());
    for (actions, outcomes) in actions.chunks(ROWS * ACTIONS).zip(outcomes.chunks(ROWS)) {
        let mut tile = vec![Column::<S, ROWS>::ZEROS; ACTIONS + 1];
        for (index, (row, &outcome)) in actions.chunks(ACTIONS).zip(outcomes).enumerate() {
            let values = row.iter().copied().chain([outcome]);
            let columns = tile.iter_mut().zip(values);
            columns.for_each(|(column, value)| column.0[index] = value);
        }
        let pushed = sums.push(&mut moments, &tile, outcomes.len());
        pushed.unwrap();
    }
    moments
}

#[test]
fn a_million_spreads_from_zero_in_f64() {
    let feeds: [(&str, f64, Feed<f64>); 4] = [
        ("rows, f64", 2.0, feed::by_rows),
        ("compensated, f64", 1e-2, feed::compensated),
        ("tiles, f64", 0.5, feed::by_tiles),
        ("the host's tiles", 0.5, by_the_host),
    ];
    check(5_000_000, f64::from, &feeds);
}

#[test]
fn a_thousand_spreads_from_zero_in_f32() {
    let feeds: [(&str, f64, Feed<f32>); 4] = [
        ("rows, f32", 2.0, feed::by_rows),
        ("compensated, f32", 1e-2, feed::compensated),
        ("tiles, f32", 0.5, feed::by_tiles),
        ("the host's tiles, f32", 0.5, by_the_host_in_f32),
    ];
    check(5_000, |value| value as f32, &feeds);
}
