//! `next`: which regime to collect more rows of, for the choice at hand.

use crate::app::arguments::Next;
use crate::app::commands::{choose, log, on_one_line, plan, print, print_json, table};
use crate::decide::choose::summary;
use crate::decide::next::{self, Experiment, next};
use crate::log::levels::Levels;
use crate::model::fit::Estimator;
use crate::model::likelihood::at_likeliest_degree;
use crate::moments::data::Data;
use crate::number::{count, list, short};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) fn run(arguments: &Next) -> Result<()> {
    let memory = |monomials, regimes| Estimator::Structured.memory(monomials, regimes);
    let data = log::read(&arguments.log, &[], &memory)?;
    let data = at_likeliest_degree(&data, arguments.log.degree);
    let question = choose::question(&data.actions, &arguments.wanted, 0.5)?;
    let rows = arguments.rows;
    let next = next(&data, &question, rows, plan::costs(&arguments.costs));
    let next = next.with_context(|| log::files(&arguments.log))?;
    match arguments.results.json {
        true => print_json(&as_json(&data, rows, &next)),
        false => print(as_text(&data, arguments, &next)),
    }
}

fn as_json(data: &Data, rows: u64, next: &next::Next) -> Value {
    let experiments = next.experiments.iter().map(|experiment| {
        json!({
            "regime": data.name(experiment.regime),
            "cost": experiment.cost,
            "value": experiment.value,
            "value_per_cost": experiment.value_per_cost(),
            "standard_error": experiment.standard_error,
        })
    });
    let values = next.setting.iter().zip(&data.levels);
    let values = values.map(|(&value, levels)| summary::Value::of(levels.as_ref(), value));
    let best: BTreeMap<_, _> = data.actions.iter().zip(values).collect();
    json!({
        "outcome": data.outcome,
        "rows": rows,
        "best": best,
        "standard_error": next.standard_error,
        "experiments": experiments.collect::<Vec<_>>(),
    })
}

fn as_text(data: &Data, arguments: &Next, next: &next::Next) -> String {
    let name = |experiment: &Experiment| on_one_line(&data.name(experiment.regime));
    let table = table::of(
        [
            "regime",
            "cost",
            "value",
            "value per cost",
            "standard error after",
        ],
        next.experiments.iter().map(|experiment| {
            [
                name(experiment),
                short(experiment.cost),
                short(experiment.value),
                short(experiment.value_per_cost()),
                short(experiment.standard_error),
            ]
        }),
    );
    let values = next.setting.iter().zip(&data.levels).zip(&data.actions);
    let values = values.map(|((&value, levels), action)| {
        let value = Levels::written(levels.as_ref(), value, short);
        on_one_line(&format!("{action} = {value}"))
    });
    let is_target = arguments.wanted.aim.target.is_some();
    let of_what = if is_target {
        "effect there"
    } else {
        "gain over today there"
    };
    let now = short(next.standard_error);
    let text = format!(
        "{table}\n\nbest now: {}; the standard error of the {of_what} is {now}\n",
        list(&values.collect::<Vec<_>>())
    );
    let rows = count(arguments.rows);
    match next.experiments.first().filter(|best| best.value > 0.0) {
        None => text + &format!("no {rows} rows of one regime are expected to change the choice"),
        Some(best) => {
            let value = short(best.value);
            let after = short(best.standard_error);
            let outcome = on_one_line(&data.outcome);
            let improved = match is_target {
                true => format!("the outcome is expected to be nearer to the target by {value}"),
                false => {
                    format!(
                        "{outcome} of the setting that is best then is expected to be better by {value}"
                    )
                }
            };
            text + &format!(
                "collect {rows} more rows of {}: {improved}, and that standard error to be {after}",
                name(best)
            )
        }
    }
}
