//! What must hold of the indicator model whatever the data.

use joint_effects_kernel::Regime;
use joint_effects_kernel::algebra::packed;
use joint_effects_kernel::error::FitError;
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::fit::indicator::{Pattern, System, arrow_scratch_len};
use joint_effects_kernel::identification::first_unidentified;
use joint_effects_kernel::moments::Moments;
use joint_effects_tests::compare::relative_distance;
use joint_effects_tests::feed::{self, Owned};
use joint_effects_tests::{indicator, random};
use rand::RngExt;
use rand_distr::StandardNormal;
use rand_xoshiro::Xoshiro256PlusPlus;

/// Rows of one regime before they are summarised.
struct Rows {
    regime: Regime,
    actions: Vec<Vec<f64>>,
    outcomes: Vec<f64>,
}

impl Rows {
    fn moments(&self, monomials: Monomials) -> (Regime, Owned<f64>) {
        let moments = feed::by_rows(monomials, &self.actions.concat(), &self.outcomes);
        (self.regime, moments)
    }
}

fn regime(actions: &[usize]) -> Regime {
    actions
        .iter()
        .fold(Regime::OBSERVATIONAL, |regime, &action| regime.with(action))
}

fn normal(random: &mut Xoshiro256PlusPlus) -> f64 {
    random.sample(StandardNormal)
}

/// `count` rows of every regime, with an outcome of these coefficients `[β, γ₁, …, γ_K]`.
fn simulate(
    monomials: Monomials,
    coefficients: &[f64],
    regimes: &[&[usize]],
    count: usize,
    noise: f64,
    seed: u64,
) -> Vec<Rows> {
    let mut random = random::stream(seed);
    let rows = |set: &&[usize]| {
        let regime = regime(set);
        let polynomial = indicator::polynomial(monomials, coefficients, regime);
        let actions: Vec<Vec<f64>> = (0..count)
            .map(|_| {
                (0..monomials.variables())
                    .map(|action| {
                        let shift = if regime.sets(action) { -0.2 } else { 0.3 };
                        shift + normal(&mut random)
                    })
                    .collect()
            })
            .collect();
        let mut outcomes = feed::predict(monomials, &polynomial, &actions);
        outcomes
            .iter_mut()
            .for_each(|outcome| *outcome += noise * normal(&mut random));
        Rows {
            regime,
            actions,
            outcomes,
        }
    };
    regimes.iter().map(rows).collect()
}

fn coefficients(monomials: Monomials, seed: u64) -> Vec<f64> {
    let mut random = random::stream(seed);
    (0..(monomials.variables() + 1) * monomials.len())
        .map(|_| normal(&mut random))
        .collect()
}

fn summarise(monomials: Monomials, rows: &[Rows]) -> Vec<(Regime, Owned<f64>)> {
    rows.iter().map(|rows| rows.moments(monomials)).collect()
}

const SINGLES: [&[usize]; 4] = [&[], &[0], &[1], &[2]];

#[test]
fn a_polynomial_without_noise_is_recovered() {
    for (variables, degree) in [(1, 3), (2, 3), (3, 2)] {
        let monomials = Monomials::new(variables, degree).unwrap();
        let truth = coefficients(monomials, 1);
        let rows = simulate(monomials, &truth, &SINGLES[..=variables], 200, 0.0, 2);
        let data = summarise(monomials, &rows);
        let fitted = indicator::fit(monomials, &data, 1e-9).unwrap();
        for asked in 0..1 << variables {
            let regime = Regime::from_bits(asked);
            let found = indicator::polynomial(monomials, &fitted, regime);
            let expected = indicator::polynomial(monomials, &truth, regime);
            let error = relative_distance(&found, &expected);
            assert!(error < 1e-8, "{variables} actions, {regime}: {error:e}");
        }
    }
}

#[test]
fn observation_is_predicted_by_beta() {
    let monomials = Monomials::new(2, 2).unwrap();
    let truth = coefficients(monomials, 3);
    let data = summarise(
        monomials,
        &simulate(monomials, &truth, &SINGLES[..3], 50, 0.5, 4),
    );
    let fitted = indicator::fit(monomials, &data, 1.0).unwrap();
    let found = indicator::polynomial(monomials, &fitted, Regime::OBSERVATIONAL);
    assert_eq!(found, fitted[..monomials.len()]);
}

#[test]
fn naming_the_actions_otherwise_names_the_effects_otherwise() {
    let monomials = Monomials::new(3, 2).unwrap();
    let truth = coefficients(monomials, 5);
    let regimes: [&[usize]; 6] = [&[], &[0], &[1], &[2], &[0, 1], &[1, 2]];
    let rows = simulate(monomials, &truth, &regimes, 60, 0.5, 6);
    // Action k becomes action NEW[k].
    const NEW: [usize; 3] = [2, 0, 1];
    let renamed = |old: Regime| regime(&old.actions().map(|k| NEW[k]).collect::<Vec<_>>());
    let moved = |row: &Vec<f64>| {
        let mut moved = vec![0.0; 3];
        (0..3).for_each(|k| moved[NEW[k]] = row[k]);
        moved
    };
    let other: Vec<Rows> = rows
        .iter()
        .map(|rows| Rows {
            regime: renamed(rows.regime),
            actions: rows.actions.iter().map(moved).collect(),
            outcomes: rows.outcomes.clone(),
        })
        .collect();
    let fitted = indicator::fit(monomials, &summarise(monomials, &rows), 0.3).unwrap();
    let refitted = indicator::fit(monomials, &summarise(monomials, &other), 0.3).unwrap();
    for asked in (0..8).map(Regime::from_bits) {
        let expected = indicator::polynomial(monomials, &fitted, asked);
        let found = indicator::polynomial(monomials, &refitted, renamed(asked));
        let matched: Vec<f64> = (0..monomials.len())
            .map(|index| {
                let mut factors: Vec<usize> = monomials.factors(index).map(|k| NEW[k]).collect();
                factors.sort_unstable();
                found[monomials.index_of(factors).unwrap()]
            })
            .collect();
        assert!(relative_distance(&matched, &expected) < 1e-11, "{asked}");
    }
}

#[test]
fn a_regime_may_come_in_parts() {
    let monomials = Monomials::new(3, 2).unwrap();
    let truth = coefficients(monomials, 7);
    let rows = simulate(monomials, &truth, &SINGLES, 60, 0.5, 8);
    let part = |rows: &Rows, range: std::ops::Range<usize>| {
        let part = Rows {
            regime: rows.regime,
            actions: rows.actions[range.clone()].to_vec(),
            outcomes: rows.outcomes[range].to_vec(),
        };
        part.moments(monomials)
    };
    let parts: Vec<_> = [0..7, 7..7, 7..40, 40..60]
        .into_iter()
        .flat_map(|range| rows.iter().map(move |rows| (rows, range.clone())))
        .map(|(rows, range)| part(rows, range))
        .collect();
    let whole = indicator::fit(monomials, &summarise(monomials, &rows), 0.1).unwrap();
    let found = indicator::fit(monomials, &parts, 0.1).unwrap();
    assert!(relative_distance(&found, &whole) < 1e-12);
}

#[test]
fn the_arrow_grows_linearly_with_the_actions() {
    let terms = 56;
    for actions in 1..=32 {
        // A triangle a diagonal block; the border follows from these.
        let expected = (actions + 1) * packed::len(terms);
        let arrow = Pattern::arrow(actions, terms);
        assert_eq!(arrow.len(), expected);
        let scratch = arrow_scratch_len(actions, terms);
        assert_eq!(arrow.scratch_len(), scratch);
        let singles = (0..actions)
            .map(Regime::single)
            .chain([Regime::OBSERVATIONAL]);
        assert_eq!(Pattern::new(actions, terms, singles).len(), expected);
    }
    // Only actions that were set together add squares: for their coupling, and for each one's with β.
    let pair = Pattern::new(5, terms, [regime(&[1, 3])].into_iter());
    assert_eq!(
        pair.len(),
        Pattern::arrow(5, terms).len() + 3 * terms * terms
    );
}

/// More actions than a regime can name are as many as it can.
#[test]
fn a_pattern_has_no_more_actions_than_a_regime() {
    let all = Regime::from_bits(u32::MAX);
    for actions in [33, 63, 64, 65, usize::MAX] {
        let pattern = Pattern::new(actions, 2, [all].into_iter());
        assert_eq!(pattern, Pattern::new(32, 2, [all].into_iter()));
    }
}

/// The model written out over the rows: every column of `[φ, R₁φ, …, R_Kφ]`, centred and divided by
/// its standard deviation, and the normal equations eliminated as they stand.
fn dense(monomials: Monomials, data: &[Rows], alpha: f64) -> Vec<f64> {
    let terms = monomials.len();
    let width = (monomials.variables() + 1) * terms;
    let mut columns: Vec<Vec<f64>> = vec![Vec::new(); width];
    let mut outcomes = Vec::new();
    for rows in data {
        for row in &rows.actions {
            let mut features = vec![0.0; terms];
            monomials.evaluate(row, &mut features).unwrap();
            for (index, column) in columns.iter_mut().enumerate() {
                let active = index < terms || rows.regime.sets(index / terms - 1);
                column.push(if active { features[index % terms] } else { 0.0 });
            }
        }
        outcomes.extend(&rows.outcomes);
    }
    let count = outcomes.len() as f64;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / count;
    let means: Vec<f64> = columns.iter().map(|column| mean(column)).collect();
    let mut scales = vec![1.0; width];
    for ((column, &mean), scale) in columns.iter_mut().zip(&means).zip(&mut scales).skip(1) {
        column.iter_mut().for_each(|value| *value -= mean);
        *scale = (column.iter().map(|v| v * v).sum::<f64>() / count).sqrt();
        column.iter_mut().for_each(|value| *value /= *scale);
    }
    let center = mean(&outcomes);
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    outcomes.iter_mut().for_each(|outcome| *outcome -= center);
    // Gauss–Jordan with the right side as the last column; the constant is left out.
    let mut system: Vec<Vec<f64>> = (1..width)
        .map(|i| {
            let mut row: Vec<f64> = (1..width).map(|j| dot(&columns[i], &columns[j])).collect();
            row[i - 1] += alpha;
            row.push(dot(&columns[i], &outcomes));
            row
        })
        .collect();
    for pivot in 0..width - 1 {
        let source = system[pivot].clone();
        for (_, row) in system.iter_mut().enumerate().filter(|&(i, _)| i != pivot) {
            let factor = row[pivot] / source[pivot];
            row.iter_mut()
                .zip(&source)
                .for_each(|(r, s)| *r -= factor * s);
        }
    }
    let slopes = (1..width).map(|i| system[i - 1][width - 1] / system[i - 1][i - 1] / scales[i]);
    let mut solution: Vec<f64> = [0.0].into_iter().chain(slopes).collect();
    solution[0] = center - dot(&solution, &means);
    solution
}

#[test]
fn blocks_give_what_the_dense_equations_give() {
    let monomials = Monomials::new(4, 2).unwrap();
    let truth = coefficients(monomials, 9);
    let cases: [&[&[usize]]; 4] = [
        &[&[], &[0], &[1], &[2], &[3]],
        &[&[], &[0], &[1], &[2], &[3], &[0, 3], &[1, 2]],
        // Eliminating action 0 couples 1 with 2, which no regime sets together.
        &[&[], &[0], &[1], &[2], &[3], &[0, 1], &[0, 2]],
        &[&[], &[0, 1, 2, 3], &[0, 1], &[1, 2], &[2, 3], &[3]],
    ];
    for (case, regimes) in cases.into_iter().enumerate() {
        let rows = simulate(monomials, &truth, regimes, 40, 0.5, 10);
        for alpha in [0.01, 1.0] {
            let found = indicator::fit(monomials, &summarise(monomials, &rows), alpha).unwrap();
            let error = relative_distance(&found, &dense(monomials, &rows, alpha));
            assert!(error < 1e-10, "case {case}, alpha {alpha}: {error:e}");
        }
    }
}

#[test]
fn data_that_do_not_fit_the_model_are_errors() {
    let monomials = Monomials::new(2, 1).unwrap();
    let rows = simulate(
        monomials,
        &coefficients(monomials, 11),
        &SINGLES[..3],
        9,
        0.5,
        12,
    );
    let data = summarise(monomials, &rows);
    assert!(indicator::fit(monomials, &data, 0.1).is_ok());
    assert_eq!(
        indicator::fit(monomials, &data[1..], 0.1),
        Err(FitError::NoObservational)
    );
    let mut empty = data.clone();
    empty[0].1.clear();
    assert_eq!(
        indicator::fit(monomials, &empty, 0.1),
        Err(FitError::NoObservational)
    );
    let mut stranger = data.clone();
    stranger[1].0 = Regime::single(2);
    assert_eq!(
        indicator::fit(monomials, &stranger, 0.1),
        Err(FitError::UnknownAction {
            regime: Regime::single(2)
        })
    );
    let mut infinite = data.clone();
    let (columns, count) = (infinite[2].1.columns(), infinite[2].1.count());
    let mut numbers = infinite[2].1.buffer().to_vec();
    numbers[0] = f64::INFINITY;
    infinite[2].1 = Moments::from_parts(columns, count, numbers.into()).unwrap();
    assert_eq!(
        indicator::fit(monomials, &infinite, 0.1),
        Err(FitError::NotFinite)
    );
    let wider = Monomials::new(2, 2).unwrap();
    assert!(matches!(
        indicator::fit(wider, &data, 0.1),
        Err(FitError::Shape(_))
    ));
    let pattern = Pattern::arrow(2, 3);
    let mut together = data.clone();
    together[1].0 = regime(&[0, 1]);
    let views = together.iter().map(|(regime, part)| (*regime, part.view()));
    let mut scratch = vec![0.0; pattern.scratch_len()];
    assert_eq!(
        System::assemble(&pattern, views, &mut scratch).err(),
        Some(FitError::UnknownRegime {
            regime: regime(&[0, 1])
        })
    );
    let views = data.iter().map(|(regime, part)| (*regime, part.view()));
    let mut short = vec![0.0; pattern.scratch_len() - 1];
    assert!(matches!(
        System::assemble(&pattern, views, &mut short),
        Err(FitError::Shape(_))
    ));
}

#[test]
fn effects_are_told_apart_where_indicators_are_independent() {
    let first = |actions: usize, regimes: &[&[usize]]| {
        let in_f64 = first_unidentified(
            actions,
            regimes.iter().map(|set| regime(set)),
            &mut vec![0.0_f64; actions * actions],
        );
        let in_f32 = first_unidentified(
            actions,
            regimes.iter().map(|set| regime(set)),
            &mut vec![0.0_f32; actions * actions],
        );
        assert_eq!(in_f64, in_f32);
        in_f64.unwrap()
    };
    assert_eq!(first(3, &SINGLES), None);
    assert_eq!(first(3, &[&[2], &[0], &[1]]), None);
    assert_eq!(first(3, &[&[], &[0], &[2]]), Some(1));
    assert_eq!(first(2, &[&[], &[0, 1]]), Some(0));
    assert_eq!(first(2, &[&[], &[0, 1], &[1]]), None);
    assert_eq!(first(3, &[&[], &[0, 1], &[1, 2], &[0, 2]]), None);
    assert_eq!(first(3, &[&[], &[0, 1], &[1, 2], &[0, 1, 2]]), None);
    // A square of pairs is dependent: {01} + {23} = {12} + {03}.
    assert_eq!(
        first(4, &[&[], &[0, 1], &[1, 2], &[2, 3], &[0, 3]]),
        Some(0)
    );
    assert_eq!(first(4, &[&[3], &[0, 1], &[1, 2], &[2, 3], &[0, 3]]), None);
    assert_eq!(first(3, &[&[0], &[1, 2]]), Some(1));
    assert_eq!(first(1, &[&[]]), Some(0));
    assert_eq!(first(0, &[&[]]), None);
    let chain: Vec<Vec<usize>> = (0..32).map(|last| (0..=last).collect()).collect();
    let chain: Vec<&[usize]> = chain.iter().map(Vec::as_slice).collect();
    assert_eq!(first(32, &chain), None);
    assert_eq!(first(32, &chain[1..]), Some(0));
    assert!(first_unidentified(3, std::iter::empty(), &mut [0.0_f64; 8]).is_err());
}

/// Of actions far from their origin, in units of their spread, single precision tells less and less: the
/// joint effect has three digits, or is refused.
#[test]
fn single_precision_is_near_or_refuses() {
    let monomials = Monomials::new(3, 2).unwrap();
    let pairs: [&[usize]; 5] = [&[], &[0], &[1], &[2], &[0, 2]];
    let (mut near, mut refused) = (0, 0);
    for (seed, regimes) in (0..10).flat_map(|seed| [(seed, &SINGLES[..]), (seed, &pairs)]) {
        for origin in [0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 50.0, 1000.0] {
            let truth = coefficients(monomials, seed);
            let rows = simulate(monomials, &truth, regimes, 300, 1.0, seed);
            let single: Vec<(Regime, Owned<f32>)> = rows
                .iter()
                .map(|rows| {
                    let actions: Vec<f32> = rows
                        .actions
                        .iter()
                        .flatten()
                        .map(|a| (a + origin) as f32)
                        .collect();
                    let outcomes: Vec<f32> = rows.outcomes.iter().map(|&y| y as f32).collect();
                    (
                        rows.regime,
                        feed::compensated(monomials, &actions, &outcomes),
                    )
                })
                .collect();
            // The same rows, as single precision has them.
            let double: Vec<(Regime, Owned<f64>)> = rows
                .iter()
                .map(|rows| {
                    let actions: Vec<f64> = rows
                        .actions
                        .iter()
                        .flatten()
                        .map(|a| f64::from((a + origin) as f32))
                        .collect();
                    let outcomes: Vec<f64> =
                        rows.outcomes.iter().map(|&y| f64::from(y as f32)).collect();
                    (
                        rows.regime,
                        feed::compensated(monomials, &actions, &outcomes),
                    )
                })
                .collect();
            let fitted = match indicator::fit(monomials, &single, 0.1) {
                Ok(fitted) => fitted,
                Err(FitError::Dependent { .. } | FitError::NotPositiveDefinite(_)) => {
                    refused += 1;
                    continue;
                }
                Err(error) => panic!("{error}"),
            };
            near += 1;
            let expected = indicator::fit(monomials, &double, 0.1).unwrap();
            let joint = Regime::joint(3);
            let found: Vec<f64> = indicator::polynomial(monomials, &fitted, joint)
                .into_iter()
                .map(f64::from)
                .collect();
            let expected = indicator::polynomial(monomials, &expected, joint);
            let at: Vec<Vec<f64>> = rows[0]
                .actions
                .iter()
                .map(|row| row.iter().map(|a| f64::from((a + origin) as f32)).collect())
                .collect();
            let spread = double[0].1.outcome_comoments().1;
            let pairs = feed::predict(monomials, &found, &at)
                .into_iter()
                .zip(feed::predict(monomials, &expected, &at));
            let square: f64 = pairs.map(|(x, y)| (x - y) * (x - y)).sum();
            let error = (square / spread).sqrt();
            assert!(error < 1e-3, "{seed}, {origin}: {error:e}");
        }
    }
    assert!(near > 60 && refused > 30, "{near} near, {refused} refused");
}
