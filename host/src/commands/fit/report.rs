//! What was fitted, for people.

use anyhow::Result;
use comfy_table::{CellAlignment, Table, presets};
use joint_effects::data::Data;
use joint_effects::model::Model;
use joint_effects::structured::{Interaction, Structured};
use joint_effects_kernel::design::{Group, Pair};
use serde_json::{Value, json};

/// The inflation from which the model is said to fit badly.
const BAD_FIT: f64 = 1.5;

/// The report as tables.
pub(super) fn text(data: &Data, model: &Model) -> Result<String> {
    let monomials = data.basis.monomials();
    let heading = format!(
        "{}: {} of {} to degree {}, {} coefficients a regime",
        model.estimator,
        model.outcome,
        model.actions.join(", "),
        monomials.degree(),
        monomials.len(),
    );
    let mut parts = vec![format!("{heading}\n{}", regimes(data, model)?)];
    if let Some(learned) = &model.structured {
        parts.push(influences(learned, &model.actions));
        parts.push(interactions(learned, &model.actions));
        parts.push(format!(
            "share of the coefficients that the data decide, not their prior: 1 − posterior \
             variance / prior variance, averaged\n{}",
            priors(learned, &model.actions, monomials.degree()),
        ));
        parts.push(noise(learned));
    }
    Ok(parts.join("\n\n"))
}

/// The report as JSON.
pub(super) fn json(data: &Data, model: &Model) -> Result<Value> {
    let names = &model.actions;
    let parts = data.regimes.iter().zip(&model.regimes);
    let regimes: Result<Vec<_>> = parts
        .map(|(part, summary)| {
            Ok(json!({
                "regime": data.name(part.regime),
                "rows": summary.rows,
                "alpha": summary.alpha,
                "outcome_spread": part.spread(),
                "residual": part.residual(&model.polynomial(part.regime)?)?,
            }))
        })
        .collect();
    let structured = model.structured.as_ref().map(|learned| {
        let influences = learned.influences.iter().map(|edge| {
            let (cause, action) = (&names[edge.cause], &names[edge.action]);
            json!({"cause": cause, "action": action, "p_value": edge.p_value})
        });
        let interactions = learned.interactions.iter().map(|tested| {
            let pair = [&names[tested.pair.0], &names[tested.pair.1]];
            json!({"pair": pair, "p_value": tested.p_value, "found": tested.found})
        });
        json!({
            "influences": influences.collect::<Vec<_>>(),
            "interactions": interactions.collect::<Vec<_>>(),
            "noise": learned.noise.sqrt(),
            "inflation": learned.inflation,
            "degrees_of_freedom": learned.degrees_of_freedom,
        })
    });
    Ok(json!({
        "estimator": model.estimator,
        "outcome": model.outcome,
        "actions": names,
        "degree": data.basis.monomials().degree(),
        "coefficients": data.basis.monomials().len(),
        "regimes": regimes?,
        "structured": structured,
    }))
}

/// How well every regime is fitted.
fn regimes(data: &Data, model: &Model) -> Result<Table> {
    let penalised = model.structured.is_none();
    let alpha = penalised.then_some("alpha");
    let header = ["regime", "rows"].into_iter().chain(alpha);
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_header(header.chain(["outcome spread", "residual"]));
    for (part, summary) in data.regimes.iter().zip(&model.regimes) {
        let polynomial = model.polynomial(part.regime)?;
        let alpha = summary
            .alpha
            .map_or("not used".into(), |alpha| format!("{alpha:.0e}"));
        let label = [data.name(part.regime), summary.rows.to_string()];
        let fit = [part.spread(), part.residual(&polynomial)?];
        table.add_row(
            label
                .into_iter()
                .chain(penalised.then_some(alpha))
                .chain(fit.map(|value| format!("{value:.4}"))),
        );
    }
    align(&mut table);
    Ok(table)
}

fn influences(learned: &Structured, names: &[String]) -> String {
    if learned.influences.is_empty() {
        return "influences: none found".into();
    }
    let lines = learned.influences.iter().map(|edge| {
        let (cause, action) = (&names[edge.cause], &names[edge.action]);
        format!("\n  {cause} → {action}  {}", p_value(edge.p_value))
    });
    format!("influences{}", lines.collect::<String>())
}

fn interactions(learned: &Structured, names: &[String]) -> String {
    let (found, others): (Vec<&Interaction>, Vec<_>) =
        learned.interactions.iter().partition(|pair| pair.found);
    if found.is_empty() {
        let tested = others.iter().map(|pair| pair.p_value);
        return match tested.reduce(f64::min) {
            Some(least) => format!("interactions: none found; smallest {}", p_value(least)),
            None => "interactions: none possible".into(),
        };
    }
    let lines = found.iter().map(|found| {
        format!(
            "\n  {}  {}",
            pair(found.pair, names),
            p_value(found.p_value)
        )
    });
    format!("interactions{}", lines.collect::<String>())
}

/// 1 − posterior variance / prior variance of every group: a line a kind, a column a degree.
fn priors(learned: &Structured, names: &[String], degree: usize) -> Table {
    let share = |group: Group| {
        let prior = learned.priors.iter().find(|prior| prior.group == group);
        prior.map_or(String::new(), |prior| {
            format!("{:.0} %", 100.0 * prior.determined)
        })
    };
    let mut table = Table::new();
    let degrees = (0..=degree).map(|degree| format!("degree {degree}"));
    table
        .load_preset(presets::NOTHING)
        .set_header(std::iter::once(String::new()).chain(degrees));
    let row = |label: &str, group: fn(usize) -> Group| {
        let shares: Vec<_> = (0..=degree).map(|order| share(group(order))).collect();
        let known = shares.iter().any(|share| !share.is_empty());
        known.then(|| std::iter::once(label.to_string()).chain(shares))
    };
    let kinds = [
        row("joint effect", Group::Joint),
        row("change by setting, of the action", Group::Own),
        row("change by setting, with its causes", Group::Family),
    ];
    table.add_rows(kinds.into_iter().flatten());
    let found = learned.interactions.iter().filter(|pair| pair.found);
    for (index, found) in found.enumerate() {
        // Its terms of all degrees share a prior; the lowest has degree 2.
        let blank = vec![String::new(); 2];
        let label = format!("interaction {}", pair(found.pair, names));
        let row = std::iter::once(label).chain(blank);
        table.add_row(row.chain([share(Group::Pair(index))]));
    }
    align(&mut table);
    table
}

fn noise(learned: &Structured) -> String {
    let deviation = learned.noise.sqrt();
    let inflation = learned.inflation;
    let mut text = format!(
        "noise: standard deviation {}\nlack of fit: variances inflated {inflation:.2} times",
        significant(deviation),
    );
    if inflation > BAD_FIT {
        text.push_str(&format!(
            "\nwarning: polynomials of their own fit the regimes much better than this model; \
             intervals widened {:.1} times, and they may still be too short",
            inflation.sqrt(),
        ));
    }
    text
}

fn pair((first, second): Pair, names: &[String]) -> String {
    format!("{} × {}", names[first], names[second])
}

fn p_value(p: f64) -> String {
    match p {
        0.0 => "p < 1e-300".into(),
        p if p < 0.001 => format!("p = {p:.0e}"),
        p => format!("p = {}", significant(p)),
    }
}

/// To three significant digits.
fn significant(value: f64) -> String {
    let digits = 2 - value.abs().max(f64::MIN_POSITIVE).log10().floor() as i32;
    match digits {
        0..=6 => format!("{value:.*}", digits as usize),
        _ if digits < 0 && digits > -6 => format!("{value:.0}"),
        _ => format!("{value:.2e}"),
    }
}

/// Numbers to the right.
fn align(table: &mut Table) {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}
