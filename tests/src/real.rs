//! The real tables among the yardsticks: how far predictions of joint settings are off, beside baselines.

use crate::yardsticks;
use joint_effects::log::levels::Levels;
use joint_effects::log::observations::{Columns, Observations};
use joint_effects::log::rows::Rows;
use joint_effects::log::table::Table;
use joint_effects::model::fit::{Estimator, check, fit};
use joint_effects::model::likelihood::{degrees, likeliest_degree, likeliest_scale};
use joint_effects::{Data, Model};
use joint_effects_kernel::Regime;
use joint_effects_kernel::predict::scale::Scale;
use std::collections::HashMap;
use std::fmt::Write;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// A set.
pub struct Set {
    /// Its name.
    pub name: String,
    folder: PathBuf,
}

/// How far predictions of the settings in a set's test are off.
pub struct Errors {
    /// Root mean square.
    pub rmse: f64,
    /// The share of the settings that the 95 % intervals hold; `None` where there are none.
    pub coverage: Option<f64>,
}

/// The sets whose actions are categories: the README of the yardsticks says of which columns numbers are codes.
const CATEGORICAL: [(&str, &[&str]); 1] = [("doe-poison", &["poison", "treat"])];

/// All sets; `None` where the yardsticks are not at hand.
pub fn sets() -> Option<Vec<Set>> {
    let folder = yardsticks::folder("real")?;
    let entries = fs::read_dir(folder).unwrap();
    let folders = entries.map(|entry| entry.unwrap().path());
    let mut sets: Vec<Set> = folders
        .filter(|folder| folder.join("train.csv").is_file())
        .map(|folder| Set {
            name: folder.file_name().unwrap().to_string_lossy().into_owned(),
            folder,
        })
        .collect();
    sets.sort_by(|one, other| one.name.cmp(&other.name));
    Some(sets)
}

/// The rows of a table by the names of its columns.
fn rows(path: &Path) -> Vec<HashMap<String, String>> {
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let names: Vec<_> = lines.next().unwrap().split(',').collect();
    let row = |line: &str| {
        let cells = names.iter().zip(line.split(','));
        cells
            .map(|(name, cell)| (name.to_string(), cell.to_string()))
            .collect()
    };
    lines.map(row).collect()
}

fn number(row: &HashMap<String, String>, name: &str) -> f64 {
    row[name].parse().unwrap()
}

impl Set {
    fn categories(&self) -> Vec<String> {
        let known = CATEGORICAL.iter().find(|(name, _)| *name == self.name);
        let names = known.map_or(&[][..], |(_, names)| names);
        names.iter().map(ToString::to_string).collect()
    }

    /// The table of its training rows.
    fn observations(&self) -> Observations<File> {
        let file = File::open(self.folder.join("train.csv")).unwrap();
        let columns = Columns {
            categories: self.categories(),
            ..Columns::new("y")
        };
        let tables = vec![Table::new(&self.name, file).unwrap()];
        Observations::new(tables, &columns).unwrap()
    }

    /// Its training rows.
    pub fn rows(&self) -> Rows {
        Rows::read(&mut self.observations(), |_| ()).unwrap()
    }

    /// The moments of its training rows on these scales.
    pub fn data(&self, scales: &[Scale]) -> Vec<Data> {
        let mut rows = self.observations();
        Data::read_on(scales, &mut rows, None, |_| ()).unwrap()
    }

    /// Fits of the structured model on the scale of the outcome, and on that on which it is most likely.
    pub fn fits(&self) -> [Model; 2] {
        let data = self.data(&[Scale::Identity, Scale::Log, Scale::Logit]);
        let fitted = data.iter().map(|data| {
            let degrees = degrees(data, Estimator::Structured, None, None);
            let fitted = likeliest_degree(data, degrees, |data| {
                check(data, Estimator::Structured).unwrap();
                fit(data, Estimator::Structured, None)
            });
            fitted.unwrap()
        });
        let fitted: Vec<_> = fitted.collect();
        let own = fitted[0].model.clone();
        [own, likeliest_scale(fitted).0.model]
    }

    /// The settings and effects of its test.
    fn test(&self) -> Vec<HashMap<String, String>> {
        rows(&self.folder.join("test.csv"))
    }

    /// How far a model is off.
    pub fn errors(&self, model: &Model) -> Errors {
        let joint = Regime::joint(model.actions.len());
        let (mut squares, mut held, mut known) = (Vec::new(), 0, 0);
        for row in self.test() {
            let levels = model.actions.iter().zip(&model.levels);
            let value = |(name, levels): (&String, &Option<Levels>)| match levels {
                Some(levels) => levels.value(&row[name]).unwrap(),
                None => number(&row, name),
            };
            let setting: Vec<f64> = levels.map(value).collect();
            let found = model.predict(joint, &setting).unwrap();
            let truth = number(&row, "effect");
            squares.push((found.effect - truth).powi(2));
            if let Some(interval) = found.interval {
                known += 1;
                held += usize::from(interval.lower <= truth && truth <= interval.upper);
            }
        }
        Errors {
            rmse: root_mean(&squares),
            coverage: (known > 0).then(|| held as f64 / known as f64),
        }
    }

    /// How far simple rules are off, from the means of the outcome at every setting: the mean of the
    /// observational rows; that and the single effects; that times the single ratios. `None` where a test
    /// sets an action to a value that no row of it alone has.
    pub fn simple(&self) -> Option<[f64; 3]> {
        let train = rows(&self.folder.join("train.csv"));
        let mean = |kept: &dyn Fn(&HashMap<String, String>) -> bool| {
            let kept = train.iter().filter(|row| kept(row));
            let outcomes: Vec<f64> = kept.map(|row| number(row, "y")).collect();
            (!outcomes.is_empty()).then(|| outcomes.iter().sum::<f64>() / outcomes.len() as f64)
        };
        let rest = train.iter().find(|row| row["regime"] == "obs")?;
        let alone = mean(&|row| row["regime"] == "obs")?;
        let mut squares = [Vec::new(), Vec::new(), Vec::new()];
        for row in self.test() {
            let truth = number(&row, "effect");
            let (mut sum, mut product) = (alone, alone);
            for action in rest
                .keys()
                .filter(|name| !["regime", "y"].contains(&name.as_str()))
            {
                let value = number(&row, action);
                if value == number(rest, action) {
                    continue;
                }
                let regime = format!("do({action})");
                let set = mean(&|row| row["regime"] == regime && number(row, action) == value)?;
                sum += set - alone;
                product *= set / alone;
            }
            for (squares, rule) in squares.iter_mut().zip([alone, sum, product]) {
                squares.push((rule - truth).powi(2));
            }
        }
        Some(squares.map(|squares| root_mean(&squares)))
    }

    /// Whether every action rests in it, so that the simple rules make sense.
    pub fn rests(&self) -> bool {
        let data = self.data(&[Scale::Identity]).remove(0);
        (0..data.actions.len()).all(|action| data.rests(action))
    }
}

fn root_mean(squares: &[f64]) -> f64 {
    (squares.iter().sum::<f64>() / squares.len() as f64).sqrt()
}

/// `docs/results.md`; `None` where the yardsticks are not at hand.
pub fn document() -> Option<String> {
    let mut text = String::from(INTRODUCTION);
    let short = joint_effects::number::significant;
    for set in sets()? {
        let [identity, auto] = set.fits();
        let own = set.errors(&identity);
        let scaled = set.errors(&auto);
        let simple = set.rests().then(|| set.simple()).flatten();
        let cell = |index: usize| simple.map_or(String::new(), |errors| short(errors[index]));
        let coverage = own
            .coverage
            .map_or(String::new(), |share| format!("{share:.2}"));
        let scale = auto.scale.name();
        writeln!(
            text,
            "| {} | {} | {coverage} | {scale} | {} | {} | {} | {} |",
            set.name,
            short(own.rmse),
            short(scaled.rmse),
            cell(1),
            cell(2),
            cell(0),
        )
        .unwrap();
    }
    Some(text)
}

/// What comes before the table.
const INTRODUCTION: &str = "# Real tables

How far predictions of joint settings are off, from rows in which one action at a time was set. The sets are
measured systems, compilers and solvers, drug pairs, textbook designs and tunnels, with the outcomes of joint
settings beside them. This file is written by

```sh
cargo run --release -p joint-effects-tests results
```

from yardsticks beside the checkout, and `tests/tests/results.rs` fails where what it measures is no longer what
stands here.

The estimator is `structured` with default options (poison and treat of `doe-poison` are categories).
*Holds* is the share of the settings that its 95 % intervals hold; a design without repeated rows has none.
*Scale auto* is `--scale auto`, and the error with it. Where every action rests until it is set, simple rules
stand beside it, from the mean outcome of every setting: the sum of single effects, the product of single ratios,
and the mean of the baseline. Errors are root mean squares, in the unit of the outcome.

| set | structured | holds | scale auto | structured, scale auto | sum of singles | product of singles | baseline |
|---|--:|--:|---|--:|--:|--:|--:|
";
