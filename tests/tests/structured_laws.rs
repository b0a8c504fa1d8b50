//! What the structured model promises of simulated data: intervals that hold the true effect as often
//! as they say, effects of subsets that agree with the regimes' own regressions, and in single
//! precision the same.

use joint_effects::app::lab::scm::{Family, Purpose};
use joint_effects::fit::dispatch;
use joint_effects::fit::structured::Workspace;
use joint_effects_kernel::Regime;
use joint_effects_kernel::algebra::cholesky::{self, Factor};
use joint_effects_kernel::algebra::packed::{self, Packed, PackedMut};
use joint_effects_kernel::algebra::vector;
use joint_effects_kernel::error::FitError;
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::structured::gram::{self, Grams};
use joint_effects_kernel::structured::posterior;
use joint_effects_kernel::structured::{Known, Sample};
use joint_effects_tests::compare::largest_difference;
use joint_effects_tests::coverage;
use joint_effects_tests::feed::{self, Owned};
use joint_effects_tests::random::stream;
use joint_effects_tests::simulate::{self, Rows, Simulation};
use joint_effects_tests::structured;
use rand::RngExt;

const ACTIONS: usize = 4;
const DEGREE: usize = 3;

/// Whatever is set, all actions or some.
#[test]
fn intervals_hold_the_true_effect() {
    for (family, rows) in [
        (Family::Polynomial, 300),
        (Family::Polynomial, 2000),
        (Family::Polynomial, 10_000),
        (Family::Linear, 2000),
    ] {
        let summaries = coverage::summaries(family, 0..40, rows);
        println!("{family:?}, {rows} rows a regime: {summaries:.3?}");
        for summary in summaries {
            assert!(
                (0.92..0.995).contains(&summary.held),
                "{family:?}, {rows}: {summary:?}"
            );
        }
    }
}

/// Ordinary least squares of one regime: the coefficients, and their packed covariance.
fn regression(monomials: Monomials, rows: &Rows) -> (Vec<f64>, Vec<f64>) {
    let terms = monomials.len();
    let moments = feed::by_tiles(monomials, &rows.actions, &rows.outcomes);
    let mut products = vec![0.0; gram::len(terms)];
    let regimes = [Regime::OBSERVATIONAL];
    Grams::new(
        terms,
        &regimes,
        std::slice::from_ref(&moments),
        &mut products,
    )
    .unwrap();
    let (features, outcome) = products.split_at_mut(packed::len(terms));
    let mut coefficients = outcome[..terms].to_vec();
    let factor = Factor::of(PackedMut::new(terms, features).unwrap()).unwrap();
    factor.solve(&mut coefficients).unwrap();
    coefficients[0] += moments.outcome_mean();
    let squares = moments.residual_sum_of_squares(&coefficients).unwrap();
    let noise = squares / (moments.count() as f64 - terms as f64);
    cholesky::inverse(PackedMut::new(terms, features).unwrap());
    (
        coefficients,
        features.iter().map(|value| value * noise).collect(),
    )
}

/// `do(nothing)` is the observational regression and `do(k)` that of the regime: the mean squared
/// difference, in variances of the regime's own regression, which knows less, is about 1 or less.
#[test]
fn effects_of_training_regimes_are_their_regressions() {
    const ROWS: usize = 2000;
    let monomials = Monomials::new(ACTIONS, DEGREE).unwrap();
    let mut features = vec![0.0; monomials.len()];
    let (mut sum, mut count) = ([0.0; 2], [0.0; 2]);
    for seed in 0..8 {
        let simulation = Simulation::draw(Family::Polynomial, ACTIONS, seed);
        let data = simulation.training(ROWS);
        let model = simulate::structured_over(monomials, &data, Known::default());
        for (regime, rows) in &data {
            let polynomial = model.polynomial(*regime).unwrap();
            let (coefficients, covariance) = regression(monomials, rows);
            let difference: Vec<_> = polynomial
                .iter()
                .zip(&coefficients)
                .map(|(p, c)| p - c)
                .collect();
            let mut mean = 0.0;
            for row in rows.actions.chunks_exact(ACTIONS) {
                monomials.evaluate(row, &mut features).unwrap();
                let squared = vector::dot(&difference, &features).powi(2);
                mean += squared
                    / Packed::of(&covariance)
                        .unwrap()
                        .quadratic_form(&features)
                        .unwrap()
                    / ROWS as f64;
            }
            assert!(mean < 4.0, "seed {seed}, {regime}: {mean}");
            sum[regime.size()] += mean;
            count[regime.size()] += 1.0;
        }
    }
    let [observational, single] = [sum[0] / count[0], sum[1] / count[1]];
    println!("squared differences in variances: obs {observational:.2}, do(k) {single:.2}");
    assert!(observational < 1.5 && single < 1.5);
}

/// No prior decides what the data cannot.
#[test]
fn an_action_never_set_alone_is_refused() {
    let simulation = Simulation::draw(Family::Polynomial, 3, 0);
    let monomials = Monomials::new(3, 2).unwrap();
    let all: Vec<_> = simulation
        .training(200)
        .into_iter()
        .map(|(regime, rows)| {
            (
                regime,
                feed::by_rows(monomials, &rows.actions, &rows.outcomes),
            )
        })
        .collect();
    let fit = |kept: &[usize]| {
        let data: Vec<_> = kept.iter().map(|&part| all[part].clone()).collect();
        structured::fit(monomials, &data).err()
    };
    assert_eq!(fit(&[0, 1, 2, 3]), None);
    assert_eq!(
        fit(&[0, 1, 3]),
        Some(FitError::NotIdentifiable { action: 1 })
    );
    assert_eq!(fit(&[0, 1]), Some(FitError::NotIdentifiable { action: 1 }));
    assert_eq!(fit(&[0]), Some(FitError::NotIdentifiable { action: 0 }));
    assert_eq!(fit(&[1, 2, 3]), Some(FitError::NoObservational));
    let mut data = all.clone();
    data[2].0 = Regime::single(5);
    let error = structured::fit(monomials, &data).err();
    let regime = Regime::single(5);
    assert_eq!(error, Some(FitError::UnknownAction { regime }));
    // A pair tells action 1 from action 0, which was set alone as well.
    data[2].0 = Regime::single(0).with(1);
    assert!(structured::fit(monomials, &data).is_ok());
}

/// Two actions, the second a copy of the first unless it is set; `outcome` is of both.
fn copies(outcome: fn(f64, f64) -> f64) -> Vec<(Regime, Owned<f64>)> {
    let monomials = Monomials::new(2, 3).unwrap();
    let mut random = stream(1);
    let regimes = [Regime::OBSERVATIONAL, Regime::single(0), Regime::single(1)];
    let parts = regimes.map(|regime| {
        let (mut actions, mut outcomes) = (Vec::new(), Vec::new());
        for _ in 0..200 {
            let [first, other] = [0; 2].map(|_| random.random_range(-1.0..1.0));
            let second = if regime.sets(1) { other } else { first };
            actions.extend([first, second]);
            outcomes.push(outcome(first, second));
        }
        (regime, feed::by_rows(monomials, &actions, &outcomes))
    });
    parts.into()
}

/// An influence without noise of its own, and an outcome without any, are no special cases.
#[test]
fn what_is_exact_is_found_exactly() {
    let monomials = Monomials::new(2, 3).unwrap();
    let data = copies(|first, second| 1.0 + 2.0 * first + second * second);
    let fit = structured::fit(monomials, &data).unwrap();
    assert_eq!(fit.parents, [Regime::OBSERVATIONAL, Regime::single(0)]);
    assert_eq!(fit.influences[1], 0.0);
    assert_eq!(fit.inflation, 1.0);
    let (polynomial, _) = fit.effect(Regime::joint(2));
    let truth = [1.0, 2.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0];
    assert!(largest_difference(&polynomial, &truth) < 1e-6);
}

#[test]
fn an_outcome_that_never_varies_is_refused() {
    let error = structured::fit(Monomials::new(2, 3).unwrap(), &copies(|_, _| 5.0));
    assert_eq!(error.err(), Some(FitError::ConstantOutcome));
}

/// The rows with actions of about unit spread, rounded to single precision.
fn scaled(data: Vec<(Regime, Rows)>) -> Vec<(Regime, Rows)> {
    let narrow = |values: &mut Vec<f64>, scale: f64| {
        values
            .iter_mut()
            .for_each(|value| *value = f64::from((*value * scale) as f32));
    };
    let rows = data.into_iter().map(|(regime, mut rows)| {
        narrow(&mut rows.actions, SCALE);
        narrow(&mut rows.outcomes, 1.0);
        (regime, rows)
    });
    rows.collect()
}

/// Actions of the simulator have standard deviations of about a third.
const SCALE: f64 = 3.0;

fn wide(values: Vec<f32>) -> Vec<f64> {
    values.into_iter().map(f64::from).collect()
}

/// The largest difference of effects in standard errors, and of standard errors relative to
/// themselves, between single and double precision.
fn loss_of_single_precision(rows: usize, seed: u64) -> [f64; 2] {
    let monomials = Monomials::new(ACTIONS, DEGREE).unwrap();
    let simulation = Simulation::draw(Family::Polynomial, ACTIONS, seed);
    let (mut single, mut double) = (Vec::new(), Vec::new());
    for (regime, Rows { actions, outcomes }) in scaled(simulation.training(rows)) {
        double.push((regime, feed::by_tiles(monomials, &actions, &outcomes)));
        let [actions, outcomes] =
            [actions, outcomes].map(|v| v.into_iter().map(|x| x as f32).collect::<Vec<_>>());
        single.push((regime, feed::by_tiles(monomials, &actions, &outcomes)));
    }
    let single = structured::fit(monomials, &single).unwrap();
    let double = structured::fit(monomials, &double).unwrap();
    assert_eq!(single.parents, double.parents, "seed {seed}");
    assert_eq!(single.found.len(), double.found.len(), "seed {seed}");
    let joint = Regime::joint(ACTIONS);
    let (polynomial, covariance) = single.effect(joint);
    let (polynomial, covariance) = (wide(polynomial), wide(covariance));
    let (exact, exact_covariance) = double.effect(joint);
    let mut features = vec![0.0; monomials.len()];
    let mut worst = [0.0f64; 2];
    let queries = simulation.rows(joint, 200, Purpose::Test).actions;
    for row in queries.chunks_exact(ACTIONS) {
        let row: Vec<_> = row.iter().map(|action| action * SCALE).collect();
        monomials.evaluate(&row, &mut features).unwrap();
        let error = |covariance| {
            Packed::of(covariance)
                .unwrap()
                .quadratic_form(&features)
                .unwrap()
                .sqrt()
        };
        let (error, exact_error) = (error(&covariance), error(&exact_covariance));
        let shift = vector::dot(&polynomial, &features) - vector::dot(&exact, &features);
        worst[0] = worst[0].max(shift.abs() / exact_error);
        worst[1] = worst[1].max((error / exact_error - 1.0).abs());
    }
    worst
}

#[test]
fn single_precision_is_close() {
    for (rows, bounds) in [
        (300, [0.01, 0.01]),
        (2000, [0.03, 0.01]),
        (20_000, [0.25, 0.12]),
    ] {
        let losses: Vec<_> = (0..4)
            .map(|seed| loss_of_single_precision(rows, seed))
            .collect();
        let [shift, width] = [0, 1].map(|i| losses.iter().map(|loss| loss[i]).fold(0.0, f64::max));
        println!(
            "{rows} rows a regime: effect {shift:.1e} standard errors, these {width:.1e} relative"
        );
        assert!(shift < bounds[0] && width < bounds[1]);
    }
}

/// What is expected of the rows there are is what they gave, and so many times the rows are as good as a noise
/// variance that is so many times smaller.
#[test]
fn more_rows_are_as_good_as_less_noise() {
    let monomials = Monomials::new(ACTIONS, DEGREE).unwrap();
    let training = Simulation::draw(Family::Polynomial, ACTIONS, 7).training(300);
    let data = simulate::regimes(monomials, &training);
    let regimes: Vec<Regime> = data.iter().map(|part| part.regime).collect();
    let totals: Vec<_> = data.iter().map(|part| part.total()).collect();
    let mut workspace = Workspace::default();
    let known = Known::default();
    let fit = dispatch::structured(
        monomials,
        &regimes,
        Sample::undivided(&totals),
        known,
        &mut workspace,
    )
    .unwrap();
    let columns = fit.design.columns().len();
    let expected = |rows: f64, noise: f64| {
        let mut covariance = vec![0.0; packed::len(columns)];
        let len = posterior::expected_scratch_len(monomials, columns, fit.blocks);
        let mut scratch = vec![0.0; len];
        let mut posterior = fit.posterior;
        posterior.dispersion.noise = noise;
        posterior::expected_covariance(
            &fit.grams,
            fit.blocks,
            &fit.design,
            &posterior,
            |_| rows,
            &mut covariance,
            &mut scratch,
        )
        .unwrap();
        covariance
    };
    let noise = fit.posterior.dispersion.noise;
    let largest = fit
        .posterior
        .covariance
        .iter()
        .fold(0.0, |most: f64, x| most.max(x.abs()));
    let now = largest_difference(&expected(1.0, noise), fit.posterior.covariance);
    assert!(now < 1e-9 * largest, "{now}");
    let (more, less) = (expected(3.0, noise), expected(1.0, noise / 3.0));
    assert!(largest_difference(&more, &less) < 1e-12 * largest);
    let traces = [&more[..], fit.posterior.covariance]
        .map(|covariance| -> f64 { Packed::of(covariance).unwrap().diagonal().sum() });
    assert!(traces[0] < traces[1], "{traces:?}");
}
