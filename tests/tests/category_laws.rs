//! Actions that are categories.

use joint_effects::export::{self, Export, Scalar};
use joint_effects::log::observations::{Columns, Observations};
use joint_effects::log::table::{Table, TableError};
use joint_effects::model::response;
use joint_effects::model::summary::FitSummary;
use joint_effects::moments::data::DataError;
use joint_effects::{Data, Estimator, Model, Regime, fit};
use joint_effects_tests::random;
use rand::RngExt;

fn read(log: &str, degree: usize, categories: &[&str]) -> Result<Data, TableError> {
    let columns = Columns {
        categories: categories.iter().map(ToString::to_string).collect(),
        ..Columns::new("y")
    };
    let table = Table::new("log", log.as_bytes())?;
    let mut rows = Observations::new(vec![table], &columns)?;
    match Data::read(&mut rows, degree, |_| ()) {
        Err(DataError::Table(error)) => Err(error),
        data => Ok(data.unwrap()),
    }
}

/// A hidden cause moves the fabric that is taken and the outcome; heat is free of it. Levels are written as
/// `name` says.
fn log(rows: usize, name: impl Fn(usize) -> String) -> String {
    const EFFECTS: [f64; 4] = [0.0, 1.0, -0.5, 2.0];
    let mut random = random::stream(5);
    let mut log = String::from("regime,heat,fabric,y\n");
    for _ in 0..rows {
        for regime in ["obs", "do(heat)", "do(fabric)"] {
            let [hidden, noise, heat]: [f64; 3] = [(); 3].map(|()| random.random_range(-1.0..1.0));
            let drawn = random.random_range(0..4);
            let fabric = match regime {
                "do(fabric)" => drawn,
                _ if hidden > 0.2 => drawn.max(2),
                _ => drawn.min(2),
            };
            let y = EFFECTS[fabric] + 0.7 * heat + hidden + 0.2 * noise;
            log += &format!("{regime},{heat},{},{y}\n", name(fabric));
        }
    }
    log
}

fn structured(data: &Data) -> Model {
    data.check().unwrap();
    fit(data, Estimator::Structured, None).unwrap()
}

/// What the levels of the fabric add to the first, by name.
fn added(data: &Data, model: &Model) -> Vec<(String, f64, f64)> {
    let levels = FitSummary::of(data, model).unwrap().levels.into_iter();
    let levels = levels.map(|level| (level.level, level.effect, level.standard_error.unwrap()));
    levels.collect()
}

#[test]
fn levels_have_their_effects() {
    let names = ["wool", "silk", "none", "felt"];
    let data = read(&log(2000, |level| names[level].into()), 3, &["fabric"]).unwrap();
    let model = structured(&data);
    let joint = Regime::joint(2);
    let levels = data.levels[1].clone().unwrap();
    let at = |name: &str| {
        let setting = [0.3, levels.value(name).unwrap()];
        model.predict(joint, &setting).unwrap()
    };
    for (name, truth) in [
        ("wool", 0.21),
        ("silk", 1.21),
        ("none", -0.29),
        ("felt", 2.21),
    ] {
        let found = at(name);
        let error = (found.effect - truth).abs();
        assert!(
            error < 4.0 * found.interval.unwrap().standard_error,
            "{name}: {found:?}"
        );
        assert!(found.interval.unwrap().standard_error < 0.06);
    }
    let first = levels.names()[0].clone();
    for (name, effect, error) in added(&data, &model) {
        let expected = at(&name).effect - at(&first).effect;
        assert!((effect - expected).abs() < 1e-9, "{name}");
        assert!(0.0 < error && error < 0.06);
    }
    let curve = response::curve(&model, joint, 1, None, 50, &[]).unwrap();
    let values: Vec<f64> = curve.iter().map(|point| point.actions[1]).collect();
    assert_eq!(values, [0.0, 1.0, 2.0, 3.0]);
}

/// How the levels are called, and in which order they come, does not matter.
#[test]
fn numbers_of_levels_do_not_matter() {
    let fits = [[0, 1, 2, 3], [2, 0, 3, 1]].map(|order| {
        // The first row of a level numbers it; four rows more do hardly matter.
        let first: String = order
            .iter()
            .map(|level| format!("do(fabric),0,l{level},0\n"))
            .collect();
        let (header, rows) = (
            "regime,heat,fabric,y\n",
            log(1000, |level| format!("l{level}")),
        );
        let log = header.to_string() + &first + rows.strip_prefix(header).unwrap();
        let data = read(&log, 3, &["fabric"]).unwrap();
        let levels = data.levels[1].clone().unwrap();
        let expected = order.map(|level| format!("l{level}"));
        assert_eq!(levels.names(), expected);
        let model = structured(&data);
        ["l0", "l1", "l2", "l3"].map(|name| {
            let setting = [-0.4, levels.value(name).unwrap()];
            model.predict(Regime::joint(2), &setting).unwrap().effect
        })
    });
    for (one, other) in fits[0].iter().zip(fits[1]) {
        assert!((one - other).abs() < 0.01, "{fits:?}");
    }
}

/// A baseline and replicates: a level adds the difference of means.
#[test]
fn a_baseline_and_levels() {
    let log =
        "regime,a,b,y\nobs,x,p,1\nobs,x,p,2\ndo(a),y,p,4\ndo(a),y,p,5\ndo(a),z,p,0\ndo(b),x,q,9\n";
    let data = read(log, 2, &["a", "b"]).unwrap();
    let model = structured(&data);
    let found = model.predict(Regime::joint(2), &[1.0, 1.0]).unwrap();
    assert!((found.effect - (1.5 + 3.0 + 7.5)).abs() < 1e-9, "{found:?}");
    assert!(found.support.is_inside());
    let added = added(&data, &model);
    let expected = [("y", 3.0), ("z", -1.5), ("q", 7.5)];
    for ((level, effect, _), (name, truth)) in added.iter().zip(expected) {
        assert_eq!(level, name);
        assert!((effect - truth).abs() < 1e-9);
    }
    let export = Export::new(&model, Regime::joint(2), Scalar::F64).unwrap();
    let mut text = Vec::new();
    export::rust::write(&export, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("pub const A_Z: f64 = 2.0; // \"z\" of \"a\"\n"));
    assert!(text.contains("pub const B_Q: f64 = 1.0; // \"q\" of \"b\"\n"));
}

#[test]
fn what_is_no_category_is_refused() {
    let error = |log: &str, categories: &[&str]| match read(log, 2, categories) {
        Err(error) => error.to_string(),
        Ok(data) => data.check().unwrap_err().to_string(),
    };
    let log = "regime,a,y\nobs,x,1\ndo(a),y,2\n";
    assert_eq!(
        error(log, &[]),
        r#"log, line 1: no action columns beside the regime and the outcome"#
    );
    assert_eq!(
        error(log, &["a", "y"]),
        r#"log, line 1, column "y": said to be a category, but it is no action"#
    );
    let many: String = (0..18)
        .map(|level| format!("do(a),l{level},{level}\n"))
        .collect();
    assert_eq!(
        error(&format!("regime,a,y\n{many}"), &["a"]),
        r#"log, line 19, column "a": more than 17 levels of a category, expected fewer"#
    );
    let four = "regime,a,y\nobs,p,1\ndo(a),q,2\ndo(a),r,2\ndo(a),s,2\n";
    assert_eq!(
        error(four, &["a"]),
        r#""a" has 4 levels, of which polynomials to degree 2 tell 3 apart: expected --degree 3"#
    );
}
