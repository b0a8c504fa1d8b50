//! The scale on which effects add up.

use joint_effects::log::observations::{Columns, Observations};
use joint_effects::log::table::Table;
use joint_effects::model::likelihood::{Fitted, ScaleLikelihood, likeliest_scale};
use joint_effects::moments::data::DataError;
use joint_effects::{Data, Estimator, Model, Regime, fit};
use joint_effects_kernel::predict::scale::Scale;
use joint_effects_tests::random;
use rand::RngExt;

/// Rows of three regimes of two actions; the outcome is what `outcome` makes of what adds up, noise included.
fn log(rows: usize, noise: f64, outcome: impl Fn(f64) -> f64) -> String {
    log_of(rows, |x, even| outcome(x + noise * even))
}

/// The same, of what the actions add up to, and of noise of variance 1.
fn log_of(rows: usize, outcome: impl Fn(f64, f64) -> f64) -> String {
    let mut random = random::stream(11);
    let mut log = String::from("regime,a,b,y\n");
    for _ in 0..rows {
        for regime in ["obs", "do(a)", "do(b)"] {
            let [a, b]: [f64; 2] = [(); 2].map(|()| random.random_range(-1.0..1.0));
            let even: f64 = [(); 12]
                .map(|()| random.random_range(-0.5..0.5))
                .iter()
                .sum();
            let x = 0.3 + 0.8 * a - 0.5 * b + 0.4 * a * a;
            log += &format!("{regime},{a},{b},{}\n", outcome(x, even));
        }
    }
    log
}

fn read(log: &str, scales: &[Scale]) -> Result<Vec<Data>, DataError> {
    let table = Table::new("log", log.as_bytes()).unwrap();
    let mut rows = Observations::new(vec![table], &Columns::new("y")).unwrap();
    Data::read_on(scales, &mut rows, 2, |_| ())
}

fn model(log: &str, scale: Scale) -> Model {
    let data = read(log, &[scale]).unwrap().remove(0);
    fit(&data, Estimator::Structured, None).unwrap()
}

/// A fit of the logarithm is that of a log with the logarithm in it, and its expectation is that of a
/// lognormal outcome.
#[test]
fn the_logarithm_is_fitted_and_turned_back() {
    let [plain, exponential] = [log(400, 0.5, |x| x), log(400, 0.5, f64::exp)];
    let (own, linked) = (
        model(&plain, Scale::Identity),
        model(&exponential, Scale::Log),
    );
    let polynomials = [&own, &linked].map(|model| model.polynomial(Regime::joint(2)).unwrap());
    for (own, linked) in polynomials[0].iter().zip(&polynomials[1]) {
        assert!((own - linked).abs() < 1e-9);
    }
    let at = [0.4, -0.3];
    let [own, linked] = [&own, &linked].map(|model| model.predict(Regime::joint(2), &at).unwrap());
    let ratio = linked.effect / own.effect.exp();
    assert!((ratio.ln() - 0.125).abs() < 0.02, "{ratio}");
    let (own, linked) = (own.interval.unwrap(), linked.interval.unwrap());
    assert!((linked.lower / own.lower.exp() - ratio).abs() < 1e-9);
    assert!((linked.upper / own.upper.exp() - ratio).abs() < 1e-9);
    let truth = (0.3_f64 + 0.32 + 0.15 + 0.064 + 0.125).exp();
    assert!(
        linked.lower < truth && truth < linked.upper,
        "{linked:?}, {truth}"
    );
}

/// The scale that is taken of all, and how likely the outcomes are on each.
fn taken(log: &str) -> (Scale, Vec<ScaleLikelihood>) {
    let each = read(log, &Scale::CHOICES).unwrap().into_iter();
    let fitted = each.map(|data| Fitted {
        model: fit(&data, Estimator::Structured, None).unwrap(),
        data,
        degrees: Vec::new(),
    });
    let (fitted, comparison) = likeliest_scale(fitted.collect());
    (fitted.data.scale, comparison.scales)
}

#[test]
fn the_scale_is_found_on_which_effects_add_up() {
    assert_eq!(taken(&log(400, 0.2, |x| x + 3.0)).0, Scale::Identity);
    assert_eq!(taken(&log(400, 0.2, f64::exp)).0, Scale::Log);
    let share = |x: f64| 1.0 / (1.0 + (-2.0 * x).exp());
    assert_eq!(taken(&log(400, 0.2, share)).0, Scale::Logit);
}

/// Noise in proportion to the outcome is even on the logarithm, on which these effects do not add up.
#[test]
fn the_evenness_of_noise_alone_does_not_make_a_scale() {
    let (scale, likelihoods) = taken(&log_of(1000, |x, even| (x + 2.0) * (0.2 * even).exp()));
    let [own, log] = likelihoods[..] else {
        panic!("{likelihoods:?}");
    };
    assert!(
        log.log_likelihood > own.log_likelihood + 10.0,
        "{likelihoods:?}"
    );
    assert!(log.misfit > own.misfit, "{likelihoods:?}");
    assert_eq!(scale, Scale::Identity);
}

#[test]
fn shares_stay_between_0_and_1() {
    let model = model(
        &log(300, 0.3, |x| 1.0 / (1.0 + (-4.0 * x).exp())),
        Scale::Logit,
    );
    for at in [[1.0, -1.0], [-1.0, 1.0], [30.0, -30.0], [0.0, 0.0]] {
        let found = model.predict(Regime::joint(2), &at).unwrap();
        let interval = found.interval.unwrap();
        assert!(0.0 <= interval.lower && interval.lower <= found.effect);
        assert!(found.effect <= interval.upper && interval.upper <= 1.0);
    }
}

/// Outcomes that are 0 or 1 are noticed without being asked for; others between them are not taken for such.
#[test]
fn events_have_probabilities() {
    let events = log(300, 0.5, |x| f64::from(u8::from(x > 0.3)));
    let found = model(&events, Scale::Identity);
    assert_eq!(found.scale, Scale::Probability);
    let far = found.predict(Regime::joint(2), &[1.0, -1.0]).unwrap();
    assert!(
        far.effect <= 1.0 && far.interval.unwrap().upper <= 1.0,
        "{far:?}"
    );
    let shares = log(300, 0.5, |x| x.clamp(0.0, 1.0));
    assert_eq!(model(&shares, Scale::Identity).scale, Scale::Identity);
}

/// Of several scales, those that do not have every outcome are left out; of one, that is an error.
#[test]
fn outcomes_beyond_a_scale() {
    let scales = [Scale::Identity, Scale::Log, Scale::Logit];
    let kept = |outcome: fn(f64) -> f64| {
        let data = read(&log(40, 0.1, outcome), &scales).unwrap();
        data.iter().map(|data| data.scale).collect::<Vec<_>>()
    };
    assert_eq!(kept(|x| x), [Scale::Identity]);
    assert_eq!(kept(|x| 2.0 + x.abs()), [Scale::Identity, Scale::Log]);
    assert_eq!(kept(|x| 0.5 + 0.1 * x.tanh()), scales);
    let error = read("regime,a,y\nobs,1,-0.5\n", &[Scale::Log]).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"an outcome "y" of -0.5: the scale log is for numbers above 0"#
    );
    let error = read("regime,a,y\nobs,1,1\n", &[Scale::Logit]).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"an outcome "y" of 1: the scale logit is for numbers between 0 and 1, both left out"#
    );
}
