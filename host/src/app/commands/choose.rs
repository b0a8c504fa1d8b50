//! `choose`: the setting of all actions that is best by a model, what to expect of it, and what it gains.

use crate::app::arguments::{Choose, Results, Wanted};
use crate::app::commands::predict::action;
use crate::app::commands::{on_one_line, print, print_json, table};
use crate::decide::choose::summary::ChoiceSummary;
use crate::decide::choose::{Aim, Choice, Guarantee, Question, choose};
use crate::log::levels::Levels;
use crate::model::{Model, model_file};
use crate::moments::Range;
use crate::number::{finite, list, short};
use anyhow::{Context, Result, bail};

pub(crate) fn run(arguments: &Choose) -> Result<()> {
    let model = model_file::read(&arguments.model)?;
    let question = question(&model.actions, &arguments.wanted, arguments.risk)?;
    let choice = choose(&model, &question)?;
    let Results { json } = arguments.results;
    match json {
        true => print_json(&ChoiceSummary::of(&model, &choice)),
        false => print(as_text(&model, &question, &choice)),
    }
}

/// What is asked of a model with these actions.
pub(crate) fn question(actions: &[String], wanted: &Wanted, risk: f64) -> Result<Question> {
    Ok(Question {
        aim: match wanted.aim.target {
            Some(target) => Aim::Target(target),
            None if wanted.aim.minimise => Aim::Minimise,
            None => Aim::Maximise,
        },
        within: once(actions, "--within", &wanted.within, range)?,
        costs: once(actions, "--cost", &wanted.cost, cost)?,
        risk,
    })
}

/// What is said of some actions, each at most once.
fn once<T>(
    actions: &[String],
    flag: &str,
    texts: &[String],
    parse: impl Fn(&str) -> Result<T>,
) -> Result<Vec<(usize, T)>> {
    let mut all: Vec<(usize, T)> = Vec::new();
    for text in texts {
        let (name, value) = text.rsplit_once('=').unwrap_or((text, ""));
        let action = action(actions, flag, name)?;
        if all.iter().any(|(other, _)| *other == action) {
            bail!("{flag}: {name:?} is given twice");
        }
        let value = parse(value).with_context(|| format!("{flag}: {text:?}"))?;
        all.push((action, value));
    }
    Ok(all)
}

fn range(text: &str) -> Result<Range> {
    let ends = text.split_once(':');
    let ends = ends.and_then(|(min, max)| finite(min).zip(finite(max)));
    let (min, max) = ends.context("expected ACTION=FROM:TO")?;
    Ok(Range { min, max })
}

fn cost(text: &str) -> Result<f64> {
    finite(text).context("expected ACTION=COST")
}

fn as_text(model: &Model, question: &Question, choice: &Choice) -> String {
    let mut header = vec!["action", "today", "best"];
    if choice.alike.is_some() {
        header.push("cannot be told from the best");
    }
    let rows = (0..model.actions.len()).map(|action| {
        let written = |value: f64| {
            on_one_line(&Levels::written(
                model.levels[action].as_ref(),
                value,
                short,
            ))
        };
        let today = choice.gain.as_ref().map(|gain| written(gain.today[action]));
        let best = written(choice.setting[action]);
        let mut row = vec![
            on_one_line(&model.actions[action]),
            today.unwrap_or_default(),
            best,
        ];
        row.extend(choice.alike.as_ref().map(|alike| {
            let runs = alike[action].iter().map(|run| match run.min == run.max {
                true => written(run.min),
                false => format!("{} to {}", written(run.min), written(run.max)),
            });
            list(&runs.collect::<Vec<_>>())
        }));
        row
    });
    let mut text = table::of(header, rows).to_string();
    let within = |[lower, upper]: [f64; 2]| format!(" ({} to {})", short(lower), short(upper));
    let prediction = &choice.prediction;
    let interval = prediction
        .interval
        .map(|interval| [interval.lower, interval.upper]);
    text += &format!(
        "\n\nexpected {}: {}{}; support {}",
        on_one_line(&model.outcome),
        short(prediction.effect),
        interval.map(within).unwrap_or_default(),
        on_one_line(&prediction.support.display(&model.actions).to_string())
    );
    if !question.costs.is_empty() {
        text += &format!("\ncost: {}", short(choice.cost));
    }
    text += &match (&choice.gain, question.aim) {
        (None, _) => "\nno rows tell today\u{2019}s operation, so there is no gain".to_string(),
        (Some(gain), aim) => format!(
            "\n{} all actions at their means of today: {}{}",
            match aim {
                Aim::Maximise => "gain over",
                Aim::Minimise => "less than with",
                Aim::Target(_) => "difference from",
            },
            short(gain.estimate),
            gain.interval.map(within).unwrap_or_default()
        ),
    };
    if prediction.interval.is_none() {
        text += "\nthe model does not know how sure it is: there are no intervals, and the effect alone decides";
    }
    text + &match choice.guarantee {
        Guarantee::Exact { gap } => {
            format!(
                "\nno setting is better by more than {} on the scale of the model",
                short(gap)
            )
        }
        Guarantee::Tried { settings } => {
            format!("\nbest of {settings} settings, and of all changes of one action")
        }
    }
}
