//! Powers of actions within bounds follow what leaving an action alone does, where no cubic does.

use joint_effects::app::lab::experiment::{Estimator, Settings, Sizes};
use joint_effects::app::lab::scm::Family;
use joint_effects::model::fit;
use joint_effects::model::likelihood::at_likeliest_degree;
use joint_effects::model::{Model, Prediction, Predictor};
use joint_effects::moments::degree::BOUNDED;
use joint_effects_kernel::Regime;
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::structured::Known;
use joint_effects_tests::average::mean;
use joint_effects_tests::log;
use joint_effects_tests::random;
use joint_effects_tests::simulate::{Rows, Simulation, structured_over};

const ACTIONS: usize = 5;

fn models(seed: u64, rows: usize) -> (Simulation, [Model; 2]) {
    let simulation = Simulation::draw(Family::Polynomial, ACTIONS, seed);
    let data = simulation.training(rows);
    let cubic = Monomials::new(ACTIONS, 3).unwrap();
    let each = [cubic, cubic.with_bounded(BOUNDED).unwrap()];
    let models = each.map(|monomials| structured_over(monomials, &data, Known::default()));
    (simulation, models)
}

/// Of setting the first two actions.
fn of_two(simulation: &Simulation, model: &Model) -> [f64; 2] {
    let set = Regime::single(0).with(1);
    of(&simulation.compare_subset(model, set, 300))
}

/// The root mean square error of predictions, and the share of the intervals that hold.
fn of(compared: &[(Prediction, f64)]) -> [f64; 2] {
    let squares = compared
        .iter()
        .map(|(found, truth)| (found.effect - truth).powi(2));
    let held = compared.iter().map(|(found, truth)| {
        let interval = found.interval.unwrap();
        f64::from(u8::from((interval.lower..=interval.upper).contains(truth)))
    });
    let [square, held] = [squares.collect::<Vec<_>>(), held.collect()].map(|each| mean(&each));
    [square.sqrt(), held]
}

/// Errors of setting some of the actions fall by a quarter; those of setting all stay what they are, and intervals hold.
#[test]
fn errors_of_subsets_fall() {
    let (mut two, mut all, mut held) = (Vec::new(), Vec::new(), Vec::new());
    for seed in 700..712 {
        let (simulation, [cubic, bounded]) = models(seed, 10_000);
        let [without, with] = [&cubic, &bounded].map(|model| of_two(&simulation, model));
        two.push((with[0] / without[0]).ln());
        held.push(with[1]);
        let joint = [&cubic, &bounded].map(|model| of(&simulation.compare(model, 300))[0]);
        all.push((joint[1] / joint[0]).ln());
    }
    let [two, all] = [two, all].map(|ratios| mean(&ratios).exp());
    assert!(two < 0.8, "{two}");
    assert!(all < 1.05, "{all}");
    assert!(mean(&held) > 0.9, "{held:?}");
}

/// What an action does that saturates, that has a threshold, and that is a parabola.
fn curves(actions: &[f64]) -> f64 {
    let logistic = 1.0 / (1.0 + (-6.0 * actions[0]).exp());
    logistic + actions[1].clamp(-0.4, 0.4) + 0.5 * actions[2] * actions[2]
}

/// Rows of one action at a time set, of three that a hidden cause each moves too, which moves the outcome.
fn of_curves(seed: u64, rows: usize) -> String {
    let mut random = random::stream(seed);
    let names = ["a", "b", "c"].map(String::from);
    let regimes = [Regime::OBSERVATIONAL]
        .into_iter()
        .chain((0..3).map(Regime::single));
    let data = regimes.map(|regime| {
        let mut sample = Rows::default();
        for _ in 0..rows {
            let drawn = random::normals(&mut random, 10);
            let (hidden, rest) = drawn.split_at(3);
            let values = (0..3).map(|k| match regime.sets(k) {
                true => 0.6 * rest[k],
                false => 0.6 * (0.8 * hidden[k] + 0.6 * rest[3 + k]),
            });
            let values: Vec<f64> = values.collect();
            let causes: f64 = hidden.iter().sum();
            sample
                .outcomes
                .push(curves(&values) + 0.3 * causes + 0.1 * rest[6]);
            sample.actions.extend(values);
        }
        (regime, sample)
    });
    log::table(&names, &data.collect::<Vec<_>>())
}

/// The joint effect follows curves that no cubic does: its error falls by a fifth, and intervals hold.
#[test]
fn curves_of_the_joint_effect_are_followed() {
    let (mut ratios, mut held) = (Vec::new(), Vec::new());
    for seed in 0..10 {
        let table = of_curves(seed, 5000);
        let cubic = log::fit(&log::read(&table, 3), fit::Estimator::Structured);
        let data = at_likeliest_degree(&log::read(&table, None), None);
        let model = log::fit(&data, fit::Estimator::Structured);
        let mut random = random::stream(1000 + seed);
        let settings: Vec<Vec<f64>> = (0..300)
            .map(|_| {
                random::normals(&mut random, 3)
                    .iter()
                    .map(|z| 0.6 * z)
                    .collect()
            })
            .collect();
        let [cubic, curved] = [&cubic, &model].map(|model| {
            let compared = settings.iter().map(|setting| {
                let found = model.predict(Regime::joint(3), setting).unwrap();
                (found, curves(setting))
            });
            of(&compared.collect::<Vec<_>>())
        });
        ratios.push((curved[0] / cubic[0]).ln());
        held.push(curved[1]);
    }
    let ratio = mean(&ratios).exp();
    assert!(ratio < 0.85, "{ratio}");
    assert!(mean(&held) > 0.9, "{held:?}");
}

/// Beyond its bounds an action that is set goes on as its cubic does, and what the powers add stays what it is there.
#[test]
fn beyond_the_bounds_the_joint_effect_is_a_cubic() {
    let data = at_likeliest_degree(&log::read(&of_curves(3, 2000), None), None);
    let model = log::fit(&data, fit::Estimator::Structured);
    let joint = Regime::joint(3);
    let polynomial = model.polynomial(joint).unwrap();
    let products = model.basis.monomials().without_bounded().len();
    assert!(
        polynomial[products..]
            .iter()
            .any(|&coefficient| coefficient != 0.0)
    );
    let (shift, factor) = model.basis.bounded().next().unwrap();
    let effect = |steps: f64| {
        let setting = [shift + (1.0 + steps) / factor, 0.0, 0.0];
        model.predict(joint, &setting).unwrap().effect
    };
    // The fourth differences of a cubic are zero.
    let fourth =
        effect(0.0) - 4.0 * effect(1.0) + 6.0 * effect(2.0) - 4.0 * effect(3.0) + effect(4.0);
    assert!(fourth.abs() < 1e-9, "{fourth}");
    assert_ne!(effect(-1.0), effect(1.0));
}

/// What experiments say of the structured model is true of the model that `fit` gives of the same rows as a table.
#[test]
fn experiments_score_what_a_fit_gives() {
    // The laws of a simulation's interventions are those of 2,000 rows, a fifth of which an experiment sets aside.
    let (sizes, kept, held_out) = (Sizes::equal(2000), 1600, 400);
    let names: Vec<String> = (0..ACTIONS).map(|action| format!("a{action}")).collect();
    for seed in 760..763 {
        let settings = Settings {
            actions: ACTIONS,
            seed,
            estimators: vec![Estimator::Structured],
            ..Settings::default()
        };
        let score = settings.run(sizes, 0).unwrap()[0];
        let simulation = Simulation::draw(Family::Polynomial, ACTIONS, seed);
        let table = log::table(&names, &simulation.training(kept));
        let data = at_likeliest_degree(&log::read(&table, None), None);
        assert_eq!(data.basis.monomials().bounded(), BOUNDED);
        let model = log::fit(&data, fit::Estimator::Structured);
        let [error, held] = of(&simulation.compare(&model, held_out));
        assert!(
            (error / score.excess - 1.0).abs() < 1e-6,
            "{error}, {score:?}"
        );
        assert_eq!(held, score.claims.unwrap().coverage);
    }
}

/// Few rows, and values that no row had: what the powers add does not run away.
#[test]
fn nothing_runs_away() {
    let mut worst = 0.0_f64;
    for seed in 730..750 {
        let (simulation, [cubic, bounded]) = models(seed, 300);
        let [without, with] = [&cubic, &bounded].map(|model| of_two(&simulation, model)[0]);
        worst = worst.max(with / without);
    }
    assert!(worst < 2.0, "{worst}");
}

/// Beyond its bounds an action left alone is, for these powers, as at them.
#[test]
fn beyond_the_bounds_powers_are_constant() {
    let (_, [_, model]) = models(721, 1000);
    let mut powers = model.clone();
    let products = powers.basis.monomials().without_bounded().len();
    for block in powers
        .coefficients
        .chunks_mut(model.basis.monomials().len())
    {
        block[..products].fill(0.0);
    }
    let mut predictor = Predictor::new(&powers, Regime::OBSERVATIONAL).unwrap();
    let mut at = |scale: f64| {
        let far = model
            .basis
            .bounded()
            .map(|(shift, factor)| shift + scale / factor);
        predictor.predict(&far.collect::<Vec<_>>()).unwrap().effect
    };
    assert_eq!(at(1.0 + 1e-9), at(50.0));
    assert_ne!(at(0.9), at(1.0));
}
