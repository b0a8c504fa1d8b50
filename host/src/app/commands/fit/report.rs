//! What was fitted, for people.

use crate::app::commands::table;
use crate::diagnosis::BAD_FIT;
use crate::fit::structured::{Interaction, Structured};
use crate::model::Model;
use crate::moments::data::Data;
use crate::number::{p_value, significant};
use anyhow::Result;
use comfy_table::Table;
use joint_effects_kernel::structured::design::{Group, Pair};
use serde_json::{Value, json};

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
    let rows: Result<Vec<_>> = data
        .regimes
        .iter()
        .zip(&model.regimes)
        .map(|(part, summary)| {
            let polynomial = model.polynomial(part.regime)?;
            let alpha = summary
                .alpha
                .map_or("not used".into(), |alpha| format!("{alpha:.0e}"));
            let label = [data.name(part.regime), summary.rows.to_string()];
            let fit = [part.spread(), part.residual(&polynomial)?];
            let fit = fit.map(|value| format!("{value:.4}"));
            let alpha = penalised.then_some(alpha);
            Ok(label.into_iter().chain(alpha).chain(fit))
        })
        .collect();
    let header = header.chain(["outcome spread", "residual"]);
    Ok(table::of(header, rows?))
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
    let row = |label: &str, group: fn(usize) -> Group| {
        let shares: Vec<_> = (0..=degree).map(|order| share(group(order))).collect();
        let known = shares.iter().any(|share| !share.is_empty());
        known.then(|| [vec![label.to_string()], shares].concat())
    };
    let kinds = [
        row("joint effect", Group::Joint),
        row("change by setting, of the action", Group::Own),
        row("change by setting, with its causes", Group::Family),
    ];
    let found = learned.interactions.iter().filter(|pair| pair.found);
    let pairs = found.enumerate().map(|(index, found)| {
        // Its terms of all degrees share a prior; the lowest has degree 2.
        let label = format!("interaction {}", pair(found.pair, names));
        vec![
            label,
            String::new(),
            String::new(),
            share(Group::Pair(index)),
        ]
    });
    let degrees = (0..=degree).map(|degree| format!("degree {degree}"));
    let header = std::iter::once(String::new()).chain(degrees);
    table::of(header, kinds.into_iter().flatten().chain(pairs))
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
