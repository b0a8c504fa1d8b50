//! `rehearse`: the method tried on the user's own rows, with outcomes whose truth is known.

mod trials;

use crate::app::arguments::{Rehearse, Results};
use crate::app::commands::{interrupt, log, note, print, print_json, progress, table};
use crate::app::parallel::in_order;
use crate::decide::rehearse::{Rehearsal, Scenario, Settings, Trial};
use crate::diagnosis::violations::noticed_in_outcomes;
use crate::log::rows::Rows;
use crate::model::likelihood::at_likeliest_degree;
use crate::moments::data::{Data, DataError};
use crate::number::{list, significant};
use crate::write::DirectoryLock;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::num::NonZero;
use std::ops::ControlFlow;
use std::thread;
use std::time::{Duration, Instant};
use trials::Trials;

pub(crate) fn run(arguments: &Rehearse) -> Result<()> {
    if arguments.resume && arguments.output.is_none() {
        bail!("--resume: expected with --output, which has what is finished");
    }
    let rows = log::rows(&arguments.log)?;
    let files = || log::files(&arguments.log);
    let settings = Settings {
        degree: degree(&rows, arguments.log.degree).with_context(files)?,
        seed: arguments.seed,
        interaction: arguments.interaction,
        shared_cause: arguments.shared_cause,
    };
    let rehearsal = Rehearsal::new(&rows, settings).with_context(files)?;
    let lock = arguments.output.as_deref().map(DirectoryLock::acquire);
    let lock = lock.transpose()?;
    let trials = play(arguments, &rows, settings, &rehearsal, lock.as_ref()).with_context(files)?;
    let played = averages(&rehearsal.scenarios(), &trials);
    let Results { json } = arguments.results;
    match json {
        true => print_json(&as_json(&rows, &rehearsal, &played)),
        false => print(as_text(&rows, &rehearsal, &played)),
    }
}

/// The degree at which the rows themselves are fitted.
fn degree(rows: &Rows, asked: Option<usize>) -> Result<usize, DataError> {
    if let Some(degree) = asked {
        return Ok(degree);
    }
    let data = Data::of(rows, rows.outcomes(), None)?;
    let data = at_likeliest_degree(&data, None);
    Ok(data.basis.monomials().degree())
}

/// All trials, of a repetition in the order of the scenarios; those that are finished already are read.
fn play(
    arguments: &Rehearse,
    rows: &Rows,
    settings: Settings,
    rehearsal: &Rehearsal<'_>,
    lock: Option<&DirectoryLock>,
) -> Result<Vec<Trial>> {
    let scenarios = rehearsal.scenarios();
    let count = scenarios.len() as u64;
    let total = arguments.repetitions * count;
    let place = |number: u64| (scenarios[(number % count) as usize], number / count);
    let (mut file, mut finished) = match lock {
        None => (None, Vec::new()),
        Some(lock) => {
            let (file, finished) = Trials::open(
                lock,
                arguments.resume,
                rows,
                settings,
                (0..total).map(place),
            )?;
            (Some(file), finished)
        }
    };
    let began = Instant::now();
    let most = arguments.seconds.map(Duration::from_secs);
    let bar = progress::trials(total);
    bar.inc(finished.len() as u64);
    bar.reset_eta();
    let threads = arguments
        .threads
        .unwrap_or_else(|| thread::available_parallelism().map_or(1, NonZero::get));
    let job = |number: u64| {
        let (scenario, repetition) = place(number);
        rehearsal.run(scenario, repetition, |_, learned| {
            noticed_in_outcomes(learned)
        })
    };
    let first = finished.len() as u64;
    if lock.is_some() {
        interrupt::finished(finished.len(), total);
    }
    in_order(threads, first..total, job, |trial| {
        let (scenario, repetition) = place(finished.len() as u64);
        if let Some(file) = &mut file {
            file.push(scenario, repetition, &trial)?;
        }
        finished.push(trial);
        bar.inc(1);
        if lock.is_some() {
            interrupt::finished(finished.len(), total);
        }
        // Whole repetitions alone, so that scenarios are compared on the same noise.
        let late = most.is_some_and(|most| began.elapsed() >= most);
        let whole = (finished.len() as u64).is_multiple_of(count);
        anyhow::Ok(match late && whole {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        })
    })?;
    bar.finish_and_clear();
    if (finished.len() as u64) < total {
        let done = finished.len() as u64 / count;
        note(format_args!(
            "--seconds: {done} of {} repetitions are done",
            arguments.repetitions
        ));
    }
    Ok(finished)
}

/// The trials of a scenario, summed up.
struct Average {
    scenario: Scenario,
    trials: usize,
    error: f64,
    claimed: f64,
    coverage: f64,
    noticed: f64,
}

fn averages(scenarios: &[Scenario], trials: &[Trial]) -> Vec<Average> {
    let average = |(place, &scenario): (usize, &Scenario)| {
        let of: Vec<_> = trials.iter().skip(place).step_by(scenarios.len()).collect();
        let mean = |value: &dyn Fn(&Trial) -> f64| {
            of.iter().map(|trial| value(trial)).sum::<f64>() / of.len() as f64
        };
        Average {
            scenario,
            trials: of.len(),
            error: mean(&|trial| trial.error.powi(2)).sqrt(),
            claimed: mean(&|trial| trial.claimed.powi(2)).sqrt(),
            coverage: mean(&|trial| trial.coverage),
            noticed: mean(&|trial| f64::from(u8::from(trial.noticed))),
        }
    };
    scenarios.iter().enumerate().map(average).collect()
}

fn as_json(rows: &Rows, rehearsal: &Rehearsal<'_>, played: &[Average]) -> Value {
    let scenarios = played.iter().map(|average| {
        json!({
            "scenario": average.scenario,
            "repetitions": average.trials,
            "error": average.error,
            "error_of_spread": average.error / rehearsal.spread(),
            "claimed_error": average.claimed,
            "coverage": average.coverage,
            "noticed": average.noticed,
        })
    });
    json!({
        "outcome": rows.outcome,
        "actions": rows.actions,
        "rows": rows.len(),
        "spread": rehearsal.spread(),
        "scenarios": scenarios.collect::<Vec<_>>(),
    })
}

fn as_text(rows: &Rows, rehearsal: &Rehearsal<'_>, played: &[Average]) -> String {
    let spread = rehearsal.spread();
    let cells = played.iter().map(|average| {
        [
            average.scenario.name().into(),
            average.trials.to_string(),
            significant(average.error),
            format!("{:.3}", average.error / spread),
            significant(average.claimed),
            format!("{:.3}", average.coverage),
            format!("{:.2}", average.noticed),
        ]
    });
    let header = [
        "scenario",
        "repetitions",
        "error",
        "/ spread",
        "claimed error",
        "95% intervals hold",
        "noticed",
    ];
    let mut text = format!("{}\n", table::of(header, cells));
    if let [holds, ..] = played {
        text += &format!(
            "\nIf the assumptions hold and the world is like the fit, predictions of {} with all of {} set are off \
             by about {} (root mean square; the outcome has standard deviation {}).",
            rows.outcome,
            list(&rows.actions),
            significant(holds.error),
            significant(spread),
        );
    }
    text
}
