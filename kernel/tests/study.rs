//! What must hold of a study whatever its rows.

use joint_effects_kernel::device::{self, MomentsFileError, Names, Prediction, Study, StudyError};
use joint_effects_kernel::elementary::Elementary;
use joint_effects_kernel::error::{FitError, ShapeError};
use joint_effects_kernel::features::monomials::{Monomials, UnsupportedBasis};
use joint_effects_kernel::fit::ridge;
use joint_effects_kernel::predict::artifact::{Artifact, ArtifactError};
use joint_effects_kernel::predict::optimum::{Goal, MANY_BOXES};
use joint_effects_kernel::predict::predictor;
use joint_effects_kernel::predict::support::Support;
use joint_effects_kernel::sampling::{normal, uniform};
use joint_effects_kernel::{Regime, study};
use rand_xoshiro::{Xoshiro128PlusPlus, rand_core::SeedableRng};

/// Three actions to degree 2, with room for two pairs.
type Three<S> = study!(S, 3, 2, 6);

const ALPHA: f64 = 0.1;

struct Row {
    regime: Regime,
    actions: [f64; 3],
    outcome: f64,
}

const SINGLES: [Regime; 4] = [
    Regime::OBSERVATIONAL,
    Regime::single(0),
    Regime::single(1),
    Regime::single(2),
];

/// Rows of these regimes in turn. A hidden cause moves every action that was not set, and the outcome.
fn rows(regimes: &[Regime], count: usize, seed: u64) -> Vec<Row> {
    let mut rng = Xoshiro128PlusPlus::seed_from_u64(seed);
    let mut row = |regime: Regime| {
        let mut actions = [0.0; 3];
        let mut outcome = normal(&mut rng, 10.0, 0.3);
        let mut before = 0.0;
        for (index, action) in actions.iter_mut().enumerate() {
            let hidden = normal(&mut rng, 0.0, 1.0);
            let own = 0.4 * before + 0.7 * hidden + normal(&mut rng, 0.0, 0.3);
            let set = uniform(&mut rng, -1.5, 1.5);
            *action = if regime.sets(index) { set } else { own };
            outcome += *action - 0.4 * *action * *action - 1.2 * hidden;
            before = *action;
        }
        // What single precision has of them, so that both have the same rows.
        Row {
            regime,
            actions: actions.map(|x| f64::from(x as f32)),
            outcome: f64::from(outcome as f32),
        }
    };
    let regimes = regimes.iter().copied().cycle();
    regimes.take(count).map(&mut row).collect()
}

/// A scalar that the rows are told in.
trait Told: Elementary {
    fn of(value: f64) -> Self;
    fn double(self) -> f64;
}

impl Told for f32 {
    fn of(value: f64) -> Self {
        value as Self
    }
    fn double(self) -> f64 {
        self.into()
    }
}

impl Told for f64 {
    fn of(value: f64) -> Self {
        value
    }
    fn double(self) -> f64 {
        self
    }
}

fn push<S: Told>(study: &mut Three<S>, row: &Row) -> Result<(), StudyError> {
    study.push(row.regime, &row.actions.map(S::of), S::of(row.outcome))
}

fn started<S: Told>(warm_up: usize) -> Three<S> {
    let mut study = Study::new();
    study.start(3, 2, warm_up).unwrap();
    study
}

fn told<'a, S: Told>(warm_up: usize, rows: impl IntoIterator<Item = &'a Row>) -> Three<S> {
    let mut study = started(warm_up);
    for row in rows {
        push(&mut study, row).unwrap();
    }
    study
}

/// A way to fit.
type Fit<S> = fn(&mut Three<S>) -> Result<(), StudyError>;

fn fits<S: Told>() -> [Fit<S>; 3] {
    [
        |study| study.fit_indicator(S::of(ALPHA)).map(drop),
        |study| study.fit_separate(S::of(ALPHA)).map(drop),
        |study| study.fit_structured(),
    ]
}

const AT: [[f64; 3]; 3] = [[0.0, 0.0, 0.0], [1.0, -1.0, 0.5], [-0.25, 0.75, 1.25]];

/// Predictions of every regime.
fn predictions<S: Told>(study: &mut Three<S>) -> Vec<Prediction<S>> {
    let regimes = (0..8).map(Regime::from_bits);
    let each = regimes.flat_map(|regime| AT.map(|actions| (regime, actions.map(S::of))));
    each.map(|(regime, actions)| study.predict(regime, &actions).unwrap())
        .collect()
}

/// The largest difference of effects and of standard errors.
fn distance<S: Told, T: Told>(x: &[Prediction<S>], y: &[Prediction<T>]) -> f64 {
    assert_eq!(x.len(), y.len());
    let error = |x: &Prediction<S>| x.standard_error.map_or(0.0, S::double);
    let other = |y: &Prediction<T>| y.standard_error.map_or(0.0, T::double);
    x.iter().zip(y).fold(0.0_f64, |most, (x, y)| {
        assert_eq!(x.standard_error.is_some(), y.standard_error.is_some());
        let effects = (x.effect.double() - y.effect.double()).abs();
        most.max(effects).max((error(x) - other(y)).abs())
    })
}

fn buffers<S: Told>(study: &mut Three<S>) -> Vec<(Regime, u64, Vec<S>)> {
    let moments = study.moments().unwrap();
    let mut all: Vec<_> = moments
        .map(|(regime, moments)| (regime, moments.count(), moments.buffer().to_vec()))
        .collect();
    all.sort_by_key(|(regime, ..)| *regime);
    all
}

#[test]
fn how_rows_come_does_not_matter() {
    let rows = rows(&SINGLES, 400, 1);
    let mut whole = told::<f32>(40, &rows);
    // A fit in between, whether it works or not.
    for fit in fits() {
        for cut in [41, 100, 333] {
            let mut parts = told::<f32>(40, &rows[..cut]);
            let _ = fit(&mut parts);
            for row in &rows[cut..] {
                push(&mut parts, row).unwrap();
            }
            assert_eq!(buffers(&mut parts), buffers(&mut whole));
            fit(&mut parts).unwrap();
            fit(&mut whole).unwrap();
            assert_eq!(predictions(&mut parts), predictions(&mut whole));
        }
    }
    // Regime after regime.
    let of = |regime| rows.iter().filter(move |row| row.regime == regime);
    let mut sorted = told::<f32>(0, SINGLES.into_iter().flat_map(of));
    let mut mixed = told::<f32>(0, &rows);
    assert_eq!(buffers(&mut sorted), buffers(&mut mixed));
    for fit in fits() {
        fit(&mut sorted).unwrap();
        fit(&mut mixed).unwrap();
        let error = distance(&predictions(&mut sorted), &predictions(&mut mixed));
        assert!(error < 2e-5, "{error:e}");
    }
}

#[test]
fn rows_that_are_not_finite_are_counted_and_harmless() {
    let rows = rows(&SINGLES, 200, 2);
    let regime = Regime::single(1).with(2);
    for warm_up in [0, 50] {
        let mut clean = told::<f32>(warm_up, &rows);
        let mut dirty = started::<f32>(warm_up);
        for row in &rows {
            let bad = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
            for x in bad {
                let of_action = dirty.push(regime, &[0.0, x, 0.0], 1.0);
                let of_outcome = dirty.push(row.regime, &row.actions.map(|x| x as f32), x);
                assert_eq!([of_action, of_outcome], [Err(StudyError::NotFinite); 2]);
            }
            push(&mut dirty, row).unwrap();
        }
        // Finite, but its square is not.
        let large = dirty.push(Regime::OBSERVATIONAL, &[1e15, 0.0, 0.0], 1.0);
        assert_eq!(large, Err(StudyError::NotFinite));
        assert_eq!(dirty.refused(), 6 * 200 + 1);
        assert_eq!((dirty.rows(Regime::single(1)), dirty.rows(regime)), (50, 0));
        assert_eq!(buffers(&mut dirty), buffers(&mut clean));
        for fit in fits() {
            fit(&mut dirty).unwrap();
            fit(&mut clean).unwrap();
            assert_eq!(predictions(&mut dirty), predictions(&mut clean));
        }
        let nowhere = dirty.predict(regime, &[f32::NAN, 0.0, 0.0]);
        assert_eq!(nowhere, Err(StudyError::NotFinite));
        assert_eq!(dirty.refused(), 6 * 200 + 1);
    }
}

/// A warm-up whose rows are among those that cannot be squared in the units that it gives.
#[test]
fn rows_of_the_warm_up_are_refused_where_they_prove_too_large() {
    let mut study = started::<f32>(3);
    for action in [1.0, 2.0, f32::MAX] {
        study
            .push(Regime::OBSERVATIONAL, &[action; 3], 1.0)
            .unwrap();
    }
    let left = study.rows(Regime::OBSERVATIONAL);
    assert_eq!(left + study.refused(), 3);
    assert!(
        study
            .moments()
            .unwrap()
            .all(|(_, moments)| moments.is_finite())
    );
}

#[test]
fn units_and_origins_do_not_matter_after_a_warm_up() {
    let rows = rows(&SINGLES, 4000, 3);
    for fit in 0..3 {
        let mut unit = told::<f64>(100, &rows);
        fits()[fit](&mut unit).unwrap();
        let expected = predictions(&mut unit);
        // Counts of a converter, kelvin, pascal, and an amplitude.
        for (scale, origin) in [
            (1000.0, 2048.0),
            (5.0, 293.0),
            (500.0, 101_325.0),
            (1e-6, 0.0),
        ] {
            let raw = |actions: [f64; 3]| actions.map(|x| (origin + scale * x) as f32);
            let mut study = started::<f32>(100);
            for row in &rows {
                let outcome = row.outcome as f32;
                study.push(row.regime, &raw(row.actions), outcome).unwrap();
            }
            fits()[fit](&mut study).unwrap();
            for (index, expected) in expected.iter().enumerate() {
                let regime = Regime::from_bits((index / AT.len()) as u32);
                let found = study.predict(regime, &raw(AT[index % AT.len()])).unwrap();
                // What the rows lose by being told in such numbers is in it.
                let error = f64::from(found.effect) - expected.effect;
                assert!(error.abs() < 3e-4, "{fit}, {scale}: {error:e}");
            }
        }
    }
}

/// In single precision and without a warm-up there are three digits, of the outcome's standard deviation, or
/// none.
#[test]
fn what_the_precision_cannot_resolve_is_refused() {
    for (fit, origin) in
        (0..3).flat_map(|fit| [0.0, 1.0, 3.0, 5.0, 10.0, 20.0, 200.0].map(|x| (fit, x)))
    {
        let (mut short, mut long) = (started::<f32>(0), started::<f64>(0));
        for row in rows(&SINGLES, 4000, 4) {
            let (actions, outcome) = (row.actions.map(|x| (origin + x) as f32), row.outcome as f32);
            short.push(row.regime, &actions, outcome).unwrap();
            long.push(row.regime, &actions.map(f64::from), outcome.into())
                .unwrap();
        }
        match fits()[fit](&mut short) {
            Ok(()) => {}
            Err(StudyError::Fit(FitError::Dependent { .. } | FitError::NotPositiveDefinite(_))) => {
                assert!(origin > 2.0);
                let predicted = short.predict(Regime::joint(3), &[0.0; 3]);
                assert_eq!(predicted, Err(StudyError::NotFitted));
                continue;
            }
            Err(error) => panic!("{error}"),
        }
        assert!(origin < 20.0);
        fits()[fit](&mut long).unwrap();
        for (regime, actions) in (0..8).flat_map(|bits| AT.map(|at| (Regime::from_bits(bits), at)))
        {
            let actions = actions.map(|x| (origin + x) as f32);
            let found = short.predict(regime, &actions).unwrap().effect;
            let expected = long
                .predict(regime, &actions.map(f64::from))
                .unwrap()
                .effect;
            let error = (f64::from(found) - expected).abs();
            assert!(error < 1e-3 * 2.0, "{fit}, {origin}: {error:e}");
        }
    }
}

/// Of the outcome, whose standard deviation is 2: 40 units in the last place of single precision.
#[test]
fn single_precision_is_near() {
    for (seed, count) in [(5, 200), (6, 2000), (7, 20_000)] {
        let rows = rows(&SINGLES, count, seed);
        for (single, double) in fits().into_iter().zip(fits()) {
            let (mut short, mut long) = (told::<f32>(50, &rows), told::<f64>(50, &rows));
            single(&mut short).unwrap();
            double(&mut long).unwrap();
            let error = distance(&predictions(&mut short), &predictions(&mut long));
            assert!(
                error < 40.0 * 2.0 * f64::from(f32::EPSILON),
                "{count}: {error:e}"
            );
        }
    }
}

#[test]
fn separate_is_the_sum_of_the_regimes_ridges() {
    let rows = rows(&SINGLES, 300, 8);
    let mut study = told::<f64>(0, &rows);
    study.fit_separate(ALPHA).unwrap();
    let monomials = Monomials::new(3, 2).unwrap();
    let polynomials: Vec<Vec<f64>> = (study.moments().unwrap())
        .map(|(_, moments)| {
            let mut polynomial = vec![0.0; 10];
            let mut scratch = [0.0; ridge::scratch_len(10)];
            ridge::fit(&moments, ALPHA, &mut polynomial, &mut scratch).unwrap();
            polynomial
        })
        .collect();
    for actions in AT {
        let value = |polynomial: &Vec<f64>| {
            predictor::evaluate(monomials, polynomial, &actions, &mut [0.0; 10]).unwrap()
        };
        let values: Vec<f64> = polynomials.iter().map(value).collect();
        let expected = values[1] + values[2] + values[3] - 2.0 * values[0];
        let found = study.predict(Regime::joint(3), &actions).unwrap();
        assert!((found.effect - expected).abs() < 1e-12);
        assert_eq!(found.standard_error, None);
        assert_eq!(study.quantile(0.95), None);
    }
}

#[test]
fn any_regime_is_taken() {
    let pair = Regime::single(0).with(1);
    let regimes = [
        SINGLES[0],
        SINGLES[1],
        SINGLES[2],
        SINGLES[3],
        pair,
        Regime::joint(3),
    ];
    let mut study = told::<f32>(30, &rows(&regimes, 6000, 9));
    assert_eq!(study.rows(pair), 1000);
    for fit in [fits()[0], fits()[2]] {
        fit(&mut study).unwrap();
        // The outcome's law, where all hidden causes have mean zero.
        for actions in [[0.5_f32, -0.5, 1.0], [0.0; 3]] {
            let truth = actions.iter().fold(10.0, |sum, a| sum + a - 0.4 * a * a);
            let found = study.predict(Regime::joint(3), &actions).unwrap();
            // A thousand rows that set all three, of standard deviation 2.
            assert!((found.effect - truth).abs() < 0.4, "{found:?}");
        }
    }
    let quantile = study.quantile(0.95).unwrap();
    assert!((quantile - 1.96).abs() < 0.01);
}

#[test]
fn what_does_not_fit_says_what_it_needs() {
    let shape = |what, needed, found| {
        StudyError::Shape(ShapeError {
            what,
            needed,
            found,
        })
    };
    let small = Study::<f32, 500, 40, 4>::new().start(3, 2, 0);
    assert_eq!(small, Err(shape("numbers", 612, 500)));
    let warm = Study::<f32, 630, 40, 4>::new().start(3, 2, 6);
    assert_eq!(warm, Err(shape("numbers", 636, 630)));
    let few = Study::<f32, 600, 40, 3>::new().start(3, 2, 0);
    assert_eq!(few, Err(shape("regimes", 4, 3)));
    let basis = UnsupportedBasis {
        variables: 33,
        degree: 2,
    };
    let many = Three::<f32>::new().start(33, 2, 0);
    assert_eq!(many, Err(StudyError::Unsupported(basis)));
    // Until it is started there are no actions.
    let mut study = Three::<f32>::new();
    let early = study.push(Regime::OBSERVATIONAL, &[0.0; 3], 1.0);
    assert_eq!(early, Err(shape("actions", 0, 3)));

    // No room for a pair: with a list of regimes that is too short, or numbers too few.
    let rows = rows(&SINGLES, 100, 10);
    let pair = Regime::single(0).with(1);
    for warm_up in [0, 200] {
        let mut study: study!(f32, 3, 2) = Study::new();
        study.start(3, 2, warm_up).unwrap();
        for row in &rows {
            let actions = row.actions.map(|x| x as f32);
            study
                .push(row.regime, &actions, row.outcome as f32)
                .unwrap();
        }
        let found = study.push(pair, &[0.0; 3], 1.0);
        assert_eq!(found, Err(shape("regimes", 5, 4)));
        study.fit_structured().unwrap();
    }
    let mut study = Study::<f32, 640, 0, 5>::new();
    study.start(3, 2, 0).unwrap();
    for row in &rows {
        let actions = row.actions.map(|x| x as f32);
        study
            .push(row.regime, &actions, row.outcome as f32)
            .unwrap();
    }
    assert_eq!(
        study.push(pair, &[0.0; 3], 1.0),
        Err(shape("numbers", 750, 640))
    );
    assert_eq!(study.fit_indicator(0.1), Err(shape("numbers", 1252, 640)));
    assert!(matches!(study.fit_structured(), Err(StudyError::Shape(_))));

    // The numbers of the ridges are enough for these, and the columns are counted apart.
    let mut study = Study::<f32, { device::numbers_of_ridges(3, 2, 4) }, 0, 4>::new();
    study.start(3, 2, 0).unwrap();
    for row in &rows {
        let actions = row.actions.map(|x| x as f32);
        study
            .push(row.regime, &actions, row.outcome as f32)
            .unwrap();
    }
    study.fit_indicator(0.1).unwrap();
    study.fit_separate(0.1).unwrap();
    let mut study = Study::<f32, { device::numbers(3, 2, 4) }, 10, 4>::new();
    study.start(3, 2, 0).unwrap();
    for row in &rows {
        let actions = row.actions.map(|x| x as f32);
        study
            .push(row.regime, &actions, row.outcome as f32)
            .unwrap();
    }
    match study.fit_structured() {
        Err(StudyError::Shape(ShapeError {
            what: "columns",
            needed: 11..,
            found: 10,
        })) => {}
        other => panic!("{other:?}"),
    }
}

/// The capacity suffices for whatever is learned: here every action moves the later ones, and all pairs
/// interact.
#[test]
fn the_capacity_suffices() {
    let mut rng = Xoshiro128PlusPlus::seed_from_u64(11);
    let mut study: study!(f64, 3, 3) = Study::new();
    study.start(3, 3, 50).unwrap();
    for row in 0..20_000 {
        let regime = SINGLES[row % 4];
        let mut actions = [0.0; 3];
        let mut sum = 0.0;
        for (index, action) in actions.iter_mut().enumerate() {
            let own = 0.8 * sum + normal(&mut rng, 0.0, 1.0);
            let set = normal(&mut rng, 0.0, 1.0);
            *action = if regime.sets(index) { set } else { own };
            sum += *action;
        }
        let [a, b, c] = actions;
        let outcome = a + b * a + c * b + a * c + normal(&mut rng, 0.0, 0.1);
        study.push(regime, &actions, outcome).unwrap();
    }
    study.fit_structured().unwrap();
    let found = study.predict(Regime::joint(3), &[1.0, 1.0, 1.0]).unwrap();
    assert!((found.effect - 4.0).abs() < 0.05, "{found:?}");
}

#[test]
fn there_is_no_prediction_before_a_fit() {
    let mut study = started::<f32>(10);
    let none = FitError::TooFewRows {
        needed: 1,
        found: 0,
    };
    for fit in fits() {
        assert_eq!(fit(&mut study), Err(StudyError::Fit(none)));
    }
    assert_eq!(
        study.predict(Regime::joint(3), &[0.0; 3]),
        Err(StudyError::NotFitted)
    );
    study.push(Regime::single(0), &[0.0; 3], 1.0).unwrap();
    for fit in fits() {
        assert_eq!(
            fit(&mut study),
            Err(StudyError::Fit(FitError::NoObservational))
        );
    }
    let regime = Regime::single(3);
    let unknown = Err(StudyError::Fit(FitError::UnknownAction { regime }));
    assert_eq!(study.push(regime, &[0.0; 3], 1.0), unknown);
    let short = study.push(Regime::single(0), &[0.0; 2], 1.0);
    assert!(matches!(short, Err(StudyError::Shape(_))));
    assert_eq!(study.rows(Regime::single(0)), 1);
}

const NAMES: Names<'static> = Names {
    outcome: "reading",
    actions: &["lamp", "fan"],
};

/// A study of so many rows of a plant whose actions are far from zero.
fn watched(rows: usize) -> study!(f32, 2, 2) {
    let mut study: study!(f32, 2, 2) = Study::new();
    study.start(2, 2, 40).unwrap();
    watch(&mut study, 0..rows);
    study
}

fn watch(study: &mut study!(f32, 2, 2), rows: std::ops::Range<usize>) {
    for row in rows {
        let at = |k: usize| ((row * k) as f32 * 0.618_034).fract() - 0.5;
        let regime = [Regime::OBSERVATIONAL, Regime::single(0), Regime::single(1)][row % 3];
        let actions = [300.0 + 40.0 * at(1), 5.0 * at(7)];
        let outcome = 20.0 + 0.1 * actions[0] - actions[1] * actions[1] + at(13);
        study.push(regime, &actions, outcome).unwrap();
    }
}

#[test]
fn moments_survive_a_reset() {
    let mut straight = watched(900);
    let mut study = watched(500);
    let mut bytes = vec![0xff; 8192];
    let len = study.write_moments(NAMES, &mut bytes).unwrap();
    let mut again: study!(f32, 2, 2) = Study::new();
    again.read_moments(NAMES, &bytes).unwrap();
    for regime in [Regime::OBSERVATIONAL, Regime::single(0), Regime::single(1)] {
        assert_eq!(again.rows(regime), study.rows(regime));
        for action in 0..3 {
            let range = study.range(regime, action).unwrap();
            assert_eq!(again.range(regime, action).unwrap(), range);
            assert_eq!(range.is_some(), action < 2);
        }
    }
    let mut twice = vec![0; 8192];
    assert_eq!(again.write_moments(NAMES, &mut twice).unwrap(), len);
    assert_eq!(twice[..len], bytes[..len]);

    // It goes on, and what it fits is what it would have fitted without a reset, to rounding.
    watch(&mut again, 500..900);
    straight.fit_structured().unwrap();
    again.fit_structured().unwrap();
    let at = |study: &mut study!(f32, 2, 2)| {
        let prediction = study.predict(Regime::joint(2), &[310.0, 1.0]).unwrap();
        (prediction.effect, prediction.standard_error.unwrap())
    };
    let ((one, error), (other, _)) = (at(&mut straight), at(&mut again));
    assert!((one - other).abs() < 1e-2 * error, "{one} {other} {error}");
}

#[test]
fn moments_of_others_are_refused() {
    let mut study = watched(60);
    let mut bytes = vec![0; 8192];
    let len = study.write_moments(NAMES, &mut bytes).unwrap();
    bytes.truncate(len);
    let refused = |names, bytes: &[u8]| {
        let mut study: study!(f32, 2, 2) = Study::new();
        study.read_moments(names, bytes).unwrap_err()
    };
    let others = StudyError::Moments(MomentsFileError::Names);
    for actions in [
        &["fan", "lamp"][..],
        &["lamp"],
        &["lamp", "fan", "valve"],
        &["lamp", "fang"],
    ] {
        assert_eq!(refused(Names { actions, ..NAMES }, &bytes), others);
    }
    let outcome = "noise";
    assert_eq!(refused(Names { outcome, ..NAMES }, &bytes), others);
    let mut flips = 0;
    for bit in 0..8 * len {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let error = refused(NAMES, &damaged);
        assert!(matches!(error, StudyError::Moments(_)), "{error}");
        flips += 1;
    }
    for found in 0..len {
        let error = refused(NAMES, &bytes[..found]);
        assert!(matches!(
            error,
            StudyError::Moments(MomentsFileError::Truncated { .. })
        ));
    }
    println!("refused: {flips} flipped bits, {len} truncations");
    let mut double: study!(f64, 2, 2) = Study::new();
    let scalar = StudyError::Moments(MomentsFileError::Scalar { found: 4 });
    assert_eq!(double.read_moments(NAMES, &bytes), Err(scalar));
    // A study that has too little room is left as it was.
    let mut small = Study::<f32, { device::numbers_of_ridges(2, 1, 3) }, 0, 3>::new();
    small.start(2, 1, 0).unwrap();
    small.push(Regime::OBSERVATIONAL, &[1.0, 2.0], 3.0).unwrap();
    assert!(matches!(
        small.read_moments(NAMES, &bytes),
        Err(StudyError::Shape(_))
    ));
    assert_eq!(small.rows(Regime::OBSERVATIONAL), 1);
    let short = study.write_moments(NAMES, &mut bytes[..len - 1]);
    let (what, needed, found) = ("bytes", len, len - 1);
    assert_eq!(
        short,
        Err(StudyError::Shape(ShapeError {
            what,
            needed,
            found
        }))
    );
}

#[test]
fn a_study_writes_its_model() {
    let mut study = watched(900);
    let mut bytes = vec![0; 1024];
    let unfitted = study.write_artifact(NAMES, Regime::joint(2), &mut bytes);
    assert_eq!(unfitted, Err(StudyError::NotFitted));
    for structured in [true, false] {
        match structured {
            true => study.fit_structured().unwrap(),
            false => drop(study.fit_indicator(0.1).unwrap()),
        }
        for regime in [Regime::joint(2), Regime::single(1), Regime::OBSERVATIONAL] {
            let len = study.write_artifact(NAMES, regime, &mut bytes).unwrap();
            let artifact = Artifact::<f32>::read(&bytes).unwrap();
            artifact.expect(NAMES.actions, NAMES.outcome).unwrap();
            assert_eq!((artifact.len(), artifact.regime()), (len, regime));
            let mut scratch = vec![0.0; artifact.scratch_len()];
            // The structured joint effect is additive here: five terms, not six.
            let terms = if structured && regime == Regime::joint(2) {
                5
            } else {
                6
            };
            assert_eq!(scratch.len(), 2 + terms);
            for actions in [[290.0, 1.0], [310.0, -2.0], [400.0, 0.0]] {
                let expected = study.predict(regime, &actions).unwrap().effect;
                let found = artifact.predict(&actions, &mut scratch).unwrap();
                assert!((found.effect - expected).abs() < 1e-4 * expected.abs());
                let inside = found.support == Support::Inside;
                assert_eq!(inside, actions[0] < 330.0, "{found:?}");
            }
        }
        let short = study.write_artifact(NAMES, Regime::joint(2), &mut [0; 20]);
        assert!(matches!(
            short,
            Err(StudyError::Artifact(ArtifactError::Truncated { .. }))
        ));
    }

    // 20 + 0.1 lamp − fan²: as much lamp as was tried, and a fan that rests.
    study.fit_structured().unwrap();
    study
        .write_artifact(NAMES, Regime::joint(2), &mut bytes)
        .unwrap();
    let artifact = Artifact::<f32>::read(&bytes).unwrap();
    let mut best = [0.0; 2];
    let expected = artifact
        .best(Goal::Greatest, MANY_BOXES, &mut best)
        .unwrap()
        .value;
    assert_eq!(best[0], artifact.range(0).unwrap().1);
    assert!(
        best[1].abs() < 0.1 && (expected - 52.0).abs() < 0.3,
        "{best:?} {expected}"
    );
}

/// The largest relative error of the variances of an action, its square and the outcome after so many rows in
/// single precision, where they are known.
fn error_of_variances(rows: u64) -> f64 {
    let mut study = Study::<f32, { device::numbers_of_ridges(1, 2, 2) }, 0, 2>::new();
    study.start(1, 2, 0).unwrap();
    let mut state = 1_u64;
    for _ in 0..rows {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let action = (state >> 40) as f32 / 16_777_216.0;
        study
            .push(Regime::OBSERVATIONAL, &[action], 20.0 + 2.0 * action)
            .unwrap();
    }
    let (_, moments) = study.moments().unwrap().next().unwrap();
    assert_eq!(moments.count(), rows);
    // Of a uniform number in [0, 1), its square, and 20 and twice that.
    let expected = [1.0 / 12.0, 4.0 / 45.0, 4.0 / 12.0];
    let found = moments.comoments();
    let errors = (0..3).zip(expected).map(|(i, expected)| {
        let variance = f64::from(found.row(i)[i]) / rows as f64;
        (variance / expected - 1.0).abs()
    });
    errors.fold(0.0, f64::max)
}

/// Beyond 2²⁴ rows a sum in single precision stops growing.
#[test]
fn single_precision_holds_many_rows() {
    let error = error_of_variances(30_000_000);
    println!("3·10⁷ rows: largest relative error of a variance {error:.1e}");
    // As far as the rows themselves are from uniform.
    assert!(error < 5e-4, "{error:e}");
}

/// Two minutes.
#[test]
#[ignore = "a thousand million rows"]
fn single_precision_holds_a_thousand_million_rows() {
    let error = error_of_variances(1_000_000_000);
    println!("10⁹ rows: largest relative error of a variance {error:.1e}");
    assert!(error < 1e-4, "{error:e}");
}
