//! Every step on its own, at every size.

use crate::cases::{self, Case};
use crate::float::Precision;
use crate::markdown::{Table, figures, some_figures};
use crate::results::{Laboratory, Section};
use crate::steps::Step;
use crate::stopwatch::{interleave, median};
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// The section.
pub struct Steps;

/// One step at one size.
#[derive(Serialize, Deserialize)]
pub struct Measured {
    step: Step,
    case: Case,
    /// Seconds of one row or one call, or what there is to say instead.
    seconds: Result<f64, String>,
}

impl Section for Steps {
    type Data = Vec<Measured>;
    const NAME: &str = "steps";
    const TITLE: &str = "Every step on its own";

    fn measure(laboratory: &Laboratory) -> Result<Vec<Measured>> {
        let mut measured = Vec::new();
        for step in Step::ALL {
            for case in cases::of(step, laboratory.effort.is_trial()) {
                let seconds = match step.work(case, cases::ROWS) {
                    Ok(work) => {
                        let mut works = [work];
                        let seconds = interleave(&mut works, laboratory.effort);
                        Ok(median(&seconds[0]) / works[0].rows as f64)
                    }
                    Err(reason) => Err(reason.to_string()),
                };
                measured.push(Measured {
                    step,
                    case,
                    seconds,
                });
            }
        }
        Ok(measured)
    }

    fn text(data: &Vec<Measured>) -> String {
        let mut text = format!(
            "Moments and fits are of {} rows of every regime of one random model. {}\n",
            cases::ROWS,
            cases::rule()
        );
        for step in Step::ALL {
            let unit = if step.is_by_row() { "ns a row" } else { "µs" };
            let scale = if step.is_by_row() { 1e9 } else { 1e6 };
            let mut table = Table::new(["K", "degree", "P", unit, "GFLOP/s", "f32", "GFLOP/s"]);
            let of_step = || data.iter().filter(|measured| measured.step == step);
            let cells = |case: Case| match of_step().find(|measured| measured.case == case) {
                Some(Measured {
                    seconds: Ok(seconds),
                    ..
                }) => {
                    let rate = step.operations(case).map(|count| count / seconds / 1e9);
                    [figures(scale * seconds), some_figures(rate)]
                }
                Some(Measured {
                    seconds: Err(note), ..
                }) => [note.clone(), "–".into()],
                None => ["–".into(), "–".into()],
            };
            for measured in of_step().filter(|measured| measured.case.precision == Precision::F64) {
                let case = measured.case;
                let [double, double_rate] = cells(case);
                let [single, single_rate] = cells(case.with(Precision::F32));
                table.row([
                    case.actions.to_string(),
                    case.degree.to_string(),
                    case.terms().to_string(),
                    double,
                    double_rate,
                    single,
                    single_rate,
                ]);
            }
            let (name, description) = (step.name(), step.description());
            write!(text, "\n### {name}\n\n{description}.\n\n{table}").expect("a string takes it");
        }
        text
    }
}
