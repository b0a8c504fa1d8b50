//! `diagnose`: what a log can and cannot tell, before anything rests on it.

use crate::app::arguments::Diagnose;
use crate::app::commands::{log, on_one_line, print, print_json, progress, table};
use crate::diagnosis::{
    Check, Diagnosis, Implication, Overlap, RegimeDiagnosis, Sensitivity, Spread, Weight,
};
use crate::model::fit::Estimator;
use crate::model::likelihood::at_likeliest_degree;
use crate::model::summary::{Interaction, Learned};
use crate::number::{p_value, significant, with_error};
use anyhow::Result;
use comfy_table::Table;

pub(crate) fn run(arguments: &Diagnose) -> Result<()> {
    let memory = |monomials, regimes| Estimator::Structured.memory(monomials, regimes);
    let data = log::summarise(None, &arguments.log, None, &[], &memory)?;
    let working = progress::work("diagnosing");
    let mut data = at_likeliest_degree(&data, arguments.log.degree);
    if !arguments.results.json {
        for name in data.actions.iter_mut().chain([&mut data.outcome]) {
            *name = on_one_line(name);
        }
    }
    let diagnosis = Diagnosis::of(&data);
    drop(working);
    match arguments.results.json {
        true => print_json(&diagnosis),
        false => print(text(&diagnosis)),
    }
}

fn text(diagnosis: &Diagnosis) -> String {
    let heading = format!(
        "{} by {}, to degree {}: {} coefficients a regime",
        diagnosis.outcome,
        diagnosis.actions.join(", "),
        diagnosis.degree,
        diagnosis.coefficients
    );
    let mut parts = vec![
        heading,
        format!(
            "Regimes. condition: 1 is best; from 10000 on, the terms of a polynomial can hardly be told \
             apart.\nresidual: what the structured model leaves of the outcome, root mean square.\n{}",
            regimes(diagnosis)
        ),
        format!(
            "Means ± standard deviations, and ranges.\n{}",
            spreads(diagnosis)
        ),
    ];
    if !diagnosis.overlaps.iter().all(Overlap::rests) {
        parts.push(format!(
            "Overlap of the values set and those taken when left alone. variance: of a joint prediction \
             at\nthe latter, on average, as a multiple of that at the former.\n{}",
            overlaps(&diagnosis.overlaps)
        ));
    }
    parts.extend(diagnosis.learned.as_ref().map(learned));
    if !diagnosis.checks.is_empty() {
        parts.push(format!(
            "Checks of what the assumptions imply; p allows for their number. noticed from: with 80 %.\n{}",
            checks(&diagnosis.checks)
        ));
    }
    if !diagnosis.sensitivity.is_empty() {
        parts.push(format!(
            "How wrong the assumptions would have to be for the best setting to gain nothing over today.\n\
             interaction: standard deviations of {} that one of each of the two would add together, beside its share\n\
             of the residual variance; it could not go unseen from 1. shared cause: the share of the variance of both\n\
             and of {} that it would have; it leaves a correlation as large, and the rows allow the one given.\n{}",
            diagnosis.outcome,
            diagnosis.outcome,
            sensitivities(diagnosis)
        ));
    }
    let sections = [
        ("No joint prediction", Weight::Refused),
        ("Beware", Weight::Beware),
        ("Fine", Weight::Fine),
    ];
    parts.extend(
        sections
            .iter()
            .filter_map(|&(title, weight)| findings(diagnosis, title, weight)),
    );
    let assumed = diagnosis.assumptions.iter();
    let assumed: String = assumed.map(|assumed| format!("\n * {assumed}")).collect();
    parts.push(format!(
        "Assumed, which rows cannot show, or not wholly{assumed}"
    ));
    parts.join("\n\n")
}

fn regimes(diagnosis: &Diagnosis) -> Table {
    let each = diagnosis.regimes.iter().map(|rows| {
        [
            rows.regime.clone(),
            rows.rows.to_string(),
            rows.condition.map_or("singular".into(), significant),
            significant(rows.outcome.sd),
            rows.residual.map_or(String::new(), significant),
        ]
    });
    table::of(
        ["regime", "rows", "condition", "outcome spread", "residual"],
        each,
    )
}

fn spreads(diagnosis: &Diagnosis) -> Table {
    let names = diagnosis.actions.iter().chain([&diagnosis.outcome]);
    let header = std::iter::once("regime".to_string()).chain(names.cloned());
    let cell = |spread: &Spread| {
        let [mean, sd, min, max] =
            [spread.mean, spread.sd, spread.min, spread.max].map(significant);
        format!("{mean} ± {sd}\n{min} … {max}")
    };
    let each = diagnosis.regimes.iter().map(|rows: &RegimeDiagnosis| {
        let cells = rows.actions.iter().chain([&rows.outcome]).map(cell);
        std::iter::once(rows.regime.clone()).chain(cells)
    });
    table::of(header, each)
}

fn overlaps(overlaps: &[Overlap]) -> Table {
    let range = |spread: Option<Spread>| {
        spread.map_or("never".into(), |spread| {
            format!("{} … {}", significant(spread.min), significant(spread.max))
        })
    };
    let share =
        |share: Option<f64>| share.map_or(String::new(), |share| format!("{:.0} %", 100.0 * share));
    let leverage = |leverage: Option<f64>| {
        leverage.map_or(String::new(), |leverage| {
            format!("{} ×", significant(leverage))
        })
    };
    let moving = overlaps.iter().filter(|overlap| !overlap.rests());
    let each = moving.map(|overlap| {
        [
            overlap.action.clone(),
            range(overlap.set),
            range(overlap.alone),
            share(overlap.alone_covered),
            share(overlap.set_covered),
            leverage(overlap.alone_leverage),
        ]
    });
    table::of(
        [
            "action",
            "set to",
            "left alone at",
            "of left alone, within set",
            "of set, within left alone",
            "variance at left alone",
        ],
        each,
    )
}

fn learned(learned: &Learned) -> String {
    let mut lines = vec!["Learned".to_string()];
    lines.extend(learned.influences.iter().map(|edge| {
        format!(
            " {} → {}  {}",
            edge.cause,
            edge.action,
            p_value(edge.p_value)
        )
    }));
    if learned.influences.is_empty() {
        lines.push(" no action moves another".into());
    }
    lines.extend(learned.interactions.iter().map(|pair| {
        let pair_of = pair.pair.join(" × ");
        match pair.p_value {
            Some(p) if pair.measured => {
                format!(" {pair_of}  measured together, {}", p_value(p))
            }
            None if pair.measured => format!(" {pair_of}  measured together"),
            Some(p) if pair.found => format!(" {pair_of}  interact, {}", p_value(p)),
            Some(p) if pair.is_doubtful() => format!(" {pair_of}  taken to add up, {}", p_value(p)),
            Some(p) => format!(" {pair_of}  add up, {}", p_value(p)),
            None => format!(" {pair_of}  cannot be tested"),
        }
    }));
    if learned.interactions.iter().any(|pair| pair.is_doubtful()) {
        lines.push(format!(" interactions: {}", Interaction::asked()));
    }
    lines.push(match learned.noise {
        Some(noise) => format!(
            " noise: standard deviation {}; variances inflated {:.2} times for lack of fit",
            significant(noise.deviation),
            noise.inflation
        ),
        None => " noise: unknown, there are no more rows than coefficients".into(),
    });
    lines.join("\n")
}

/// A row for every check.
fn checks(checks: &[Check]) -> Table {
    let each = checks.iter().map(|check| {
        let [set, alone] = &check.actions;
        let label = match check.implication {
            Implication::SeparateCauses => [
                format!("no hidden cause moves both {set} and {alone}"),
                "correlation left".into(),
            ],
            Implication::SameConditions => [
                format!("setting {set} changed nothing else"),
                format!("{alone} differs by, in sd"),
            ],
        };
        let found = check.tested.map(|tested| {
            [
                with_error(tested.departure, tested.standard_error),
                significant(tested.noticeable),
                p_value(tested.p_value),
                match tested.contradicted {
                    true => "contradicted".into(),
                    false => "holds".into(),
                },
            ]
        });
        let untested = || {
            [
                String::new(),
                String::new(),
                String::new(),
                "cannot be tested".into(),
            ]
        };
        label.into_iter().chain(found.unwrap_or_else(untested))
    });
    table::of(
        ["implied", "by", "found", "noticed from", "if it held", ""],
        each,
    )
}

/// A row for every pair, with what would overturn the gain of the most and of the least.
fn sensitivities(diagnosis: &Diagnosis) -> Table {
    let row = |of: &Sensitivity| {
        let goal = if of.maximise { "most" } else { "least" };
        let gain = significant(of.gain);
        let rows = of.pairs.iter().map(move |pair| {
            let or = |value: Option<f64>, none: &str| value.map_or(none.into(), significant);
            [
                format!("{goal}, gains {gain}"),
                pair.pair.join(" × "),
                or(pair.interaction, "none would"),
                or(pair.of_residual, ""),
                or(pair.shared_cause, "none would"),
                or(pair.allowed, "untested"),
            ]
        });
        rows.collect::<Vec<_>>()
    };
    table::of(
        [
            "setting",
            "pair",
            "interaction",
            "of residual",
            "shared cause",
            "allowed",
        ],
        diagnosis.sensitivity.iter().flat_map(row),
    )
}

fn findings(diagnosis: &Diagnosis, title: &str, weight: Weight) -> Option<String> {
    let kept = diagnosis
        .findings
        .iter()
        .filter(|finding| finding.weight == weight);
    let lines = kept.map(|finding| match &finding.advice {
        Some(advice) => format!("\n * {}\n   → {advice}", finding.found),
        None => format!("\n * {}", finding.found),
    });
    let lines = lines.collect::<String>();
    (!lines.is_empty()).then(|| format!("{title}{lines}"))
}
