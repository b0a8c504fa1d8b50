//! What was fitted, for people.

use crate::app::commands::table;
use crate::diagnosis::{BAD_FIT, Finding};
use crate::model::likelihood::{DegreeLikelihood, ScaleLikelihood};
use crate::model::summary::{Blocks, FitSummary, Interaction, Learned, LeftOut, Noise};
use crate::number::{count, list, p_value, significant};
use comfy_table::Table;
use joint_effects_kernel::predict::scale::Scale;
use joint_effects_kernel::structured::design::Group;

/// The summary as tables, and what speaks against the assumptions.
pub(super) fn text(fit: &FitSummary, doubts: &[Finding]) -> String {
    let heading = format!(
        "{}: {} of {} to degree {}, {} coefficients a regime",
        fit.estimator,
        fit.outcome,
        fit.actions.join(", "),
        fit.degree,
        fit.coefficients,
    );
    let mut parts = vec![format!("{heading}\n{}", regimes(fit))];
    parts.extend(degrees(fit));
    parts.extend(scale(fit));
    parts.extend((!fit.levels.is_empty()).then(|| levels(fit)));
    if let Some(learned) = &fit.structured {
        parts.push(influences(learned));
        parts.push(interactions(learned));
        parts.extend((!doubts.is_empty()).then(|| assumptions(doubts)));
        if !learned.priors.is_empty() {
            parts.push(format!(
                "share of the coefficients that the data decide, not their prior: 1 − posterior \
                 variance / prior variance, averaged\n{}",
                priors(learned, &fit.actions, fit.degree),
            ));
        }
        parts.push(noise(learned));
        parts.extend(
            learned
                .left_out
                .iter()
                .flat_map(|beyond| left_out(beyond, fit)),
        );
        parts.extend(
            learned
                .near_share
                .map(|share| near_rows(fit, learned, share)),
        );
        parts.extend(learned.blocks.as_ref().map(blocks));
    }
    parts.join("\n\n")
}

/// How likely the outcomes are at the degrees that were compared, beside the one that was taken.
fn degrees(fit: &FitSummary) -> Option<String> {
    let is_own = |one: &&DegreeLikelihood| one.degree == fit.degree;
    let own = fit.degrees.iter().find(is_own)?;
    let others = fit.degrees.iter().filter(|one| one.degree != fit.degree);
    let others = others.map(|other| {
        let less = other.log_likelihood - own.log_likelihood;
        format!("{} ({less:+.1})", other.degree)
    });
    let others = list(&others.collect::<Vec<_>>());
    Some(format!(
        "degree {} is the most likely; in brackets the log likelihoods of the others, less what their parameters \
         cost: {others}",
        fit.degree
    ))
}

/// On which scale effects add up, where that is not plain.
fn scale(fit: &FitSummary) -> Option<String> {
    let own = match fit.scale {
        Scale::Identity => "the outcome itself",
        Scale::Probability => {
            "the outcome itself, which is 0 or 1; predictions are kept between these"
        }
        Scale::Log => {
            "the logarithm of the outcome: effects multiply, and spreads and residuals are of it"
        }
        Scale::Logit => "the logit of the outcome; spreads and residuals are of it",
    };
    if fit.scale == Scale::Identity && fit.comparison.scales.is_empty() {
        return None;
    }
    let against = |(first, other): (&ScaleLikelihood, &ScaleLikelihood)| {
        format!(
            "\n  {} against {}: log likelihood {:+.1}; misfit of a sum of effects {:.2} against {:.2}",
            other.scale.name(),
            first.scale.name(),
            other.log_likelihood - first.log_likelihood,
            other.misfit,
            first.misfit
        )
    };
    let scales = &fit.comparison.scales;
    let first = scales.iter().take(1).cycle();
    let others: String = first.zip(scales.iter().skip(1)).map(against).collect();
    let below = fit.comparison.lowest_sum.map_or(String::new(), |sum| {
        format!(
            "\n  their sum would fall to {}, and no outcome is below 0; no rows test which of them holds",
            significant(sum)
        )
    });
    Some(format!(
        "effects add up on the scale of {own}{below}{others}"
    ))
}

/// What the levels of categories do.
fn levels(fit: &FitSummary) -> String {
    let rows = fit.levels.iter().map(|level| {
        let error = level.standard_error.map_or(String::new(), significant);
        [
            level.action.clone(),
            level.level.clone(),
            significant(level.effect),
            error,
        ]
    });
    let header = ["category", "level", "adds", "standard error"];
    format!(
        "levels, each beside the first of its category\n{}",
        table::of(header, rows)
    )
}

/// How well every regime is fitted.
fn regimes(fit: &FitSummary) -> Table {
    let penalised = fit.regimes.iter().any(|regime| regime.alpha.is_some());
    let alpha = penalised.then_some("alpha");
    let header = ["regime", "rows"].into_iter().chain(alpha);
    let rows = fit.regimes.iter().map(|regime| {
        let alpha = regime
            .alpha
            .map_or("not used".into(), |alpha| format!("{alpha:.0e}"));
        let label = [regime.regime.clone(), regime.rows.to_string()];
        let fit = [regime.outcome_spread, regime.residual];
        let fit = fit.map(|value| format!("{value:.4}"));
        let alpha = penalised.then_some(alpha);
        label.into_iter().chain(alpha).chain(fit)
    });
    table::of(header.chain(["outcome spread", "residual"]), rows)
}

fn influences(learned: &Learned) -> String {
    if learned.influences.is_empty() {
        return "influences: none found".into();
    }
    let lines = learned.influences.iter().map(|edge| {
        let p = p_value(edge.p_value);
        format!("\n  {} → {}  {p}", edge.cause, edge.action)
    });
    format!("influences{}", lines.collect::<String>())
}

fn interactions(learned: &Learned) -> String {
    let (found, others): (Vec<&Interaction>, Vec<_>) =
        learned.interactions.iter().partition(|pair| pair.found);
    if found.is_empty() {
        let tested = others.iter().filter_map(|pair| pair.p_value);
        let doubt = match others.iter().any(|pair| pair.is_doubtful()) {
            true => format!("; {}", Interaction::asked()),
            false => String::new(),
        };
        return match tested.reduce(f64::min) {
            Some(least) => format!("interactions: none found; smallest {}{doubt}", p_value(least)),
            None if others.is_empty() => "interactions: none possible".into(),
            None => "interactions: effects are assumed to add up, which these rows cannot test; diagnose \
                     names settings that would"
                .into(),
        };
    }
    let lines = found.iter().map(|found| {
        let how = if found.measured {
            "measured together, "
        } else {
            ""
        };
        let p = found.p_value.map(p_value).unwrap_or_default();
        format!("\n  {}  {how}{p}", found.pair.join(" × "))
    });
    format!("interactions{}", lines.collect::<String>())
}

/// 1 − posterior variance / prior variance of every group: a line a kind, a column a degree.
fn priors(learned: &Learned, actions: &[String], degree: usize) -> Table {
    let share = |group: Group| {
        let prior = learned.priors.iter().find(|prior| prior.group == group);
        prior.map_or(String::new(), |prior| {
            format!("{:.0} %", 100.0 * prior.determined)
        })
    };
    let within = [Group::Joint(degree + 1), Group::Bounded].map(share);
    let bounded = within.iter().any(|share| !share.is_empty());
    let [of_joint, own] = within;
    let row = |label: &str, group: fn(usize) -> Group, within: String| {
        let shares = (0..=degree).map(|order| share(group(order)));
        let shares: Vec<_> = shares.chain(bounded.then_some(within)).collect();
        let known = shares.iter().any(|share| !share.is_empty());
        known.then(|| [vec![label.to_string()], shares].concat())
    };
    let kinds = [
        row("joint effect", Group::Joint, of_joint),
        row("change by setting, of the action", Group::Own, own),
        row(
            "change by setting, with its causes",
            Group::Family,
            String::new(),
        ),
    ];
    let categories = learned.priors.iter().filter_map(|prior| match prior.group {
        Group::Levels(action) => Some([
            format!("joint effect of the levels of {}", actions[action]),
            String::new(),
            share(prior.group),
        ]),
        _ => None,
    });
    let categories = categories.map(Vec::from);
    let found = learned.interactions.iter().filter(|pair| pair.found);
    let pairs = found.enumerate().map(|(index, found)| {
        // Its terms of all degrees share a prior; the lowest has degree 2.
        let label = format!("interaction {}", found.pair.join(" × "));
        vec![
            label,
            String::new(),
            String::new(),
            share(Group::Pair(index)),
        ]
    });
    let degrees = (0..=degree).map(|degree| format!("degree {degree}"));
    let within = bounded.then(|| "within bounds".to_string());
    let header = std::iter::once(String::new()).chain(degrees).chain(within);
    table::of(
        header,
        kinds.into_iter().flatten().chain(categories).chain(pairs),
    )
}

/// How far effects may be from all polynomials of the degree, and from the interactions found.
fn left_out(beyond: &LeftOut, fit: &FitSummary) -> impl Iterator<Item = String> {
    let alone = fit.actions.iter().zip(&beyond.alone);
    let alone = alone.map(|(action, &deviation)| format!("{action} {}", significant(deviation)));
    let polynomials = format!(
        "what polynomials of degree {} leave out: standard deviation {} of the joint effect, and of what an action \
         adds that is left alone: {}; standard errors include it, and more rows do not make it smaller",
        fit.degree,
        significant(beyond.joint_effect),
        alone.collect::<Vec<_>>().join(", ")
    );
    let interactions = format!(
        "interactions too small to be found: standard deviation {} of the joint effect, by the experiments of one \
         action; standard errors include it",
        significant(beyond.interactions)
    );
    let is_some = |&deviation: &f64| deviation > 0.0;
    let polynomials_leave = beyond
        .alone
        .iter()
        .chain([&beyond.joint_effect])
        .any(is_some);
    let parts = [
        polynomials_leave.then_some(polynomials),
        is_some(&beyond.interactions).then_some(interactions),
    ];
    parts.into_iter().flatten()
}

/// What far rows are to the joint effect, and whether it has curves.
fn near_rows(fit: &FitSummary, learned: &Learned, share: f64) -> String {
    // Where changes have curves within bounds, near rows were asked for those of the joint effect.
    let mut groups = learned.priors.iter().map(|prior| prior.group);
    let curves = groups.any(|group| group == Group::Bounded);
    let polynomials = format!("polynomials of degree {}", fit.degree);
    let (subject, other) = match (fit.far_rows, curves) {
        (0, _) => ("no far rows".into(), "curves within bounds"),
        (rows, curves) => (
            format!(
                "far rows: {}, in which an action that was left alone is beyond nearly all of its values",
                count(rows)
            ),
            match curves {
                true => "curves within bounds of the other rows",
                false => "polynomials of the other rows",
            },
        ),
    };
    if share == 0.0 {
        return format!(
            "{subject}; the joint effect is that of {polynomials} of all rows, because {other} differ from it by no \
             more than noise may"
        );
    }
    format!(
        "{subject}; the joint effect is moved {:.0} % of the way from {polynomials} of all rows to {other}, because \
         the two differ by more than noise",
        100.0 * share
    )
}

fn blocks(blocks: &Blocks) -> String {
    format!(
        "blocks: {}; standard deviation of what one adds to its rows {}, and to those of one regime beside \
         that {}",
        blocks.count,
        significant(blocks.deviation),
        significant(blocks.deviation_in_regime)
    )
}

/// What the actions say of the assumptions.
fn assumptions(doubts: &[Finding]) -> String {
    let lines = doubts.iter().map(|finding| match &finding.advice {
        None => format!("\n  {}", finding.found),
        Some(advice) => format!("\n  warning: {}; {advice}", finding.found),
    });
    format!("assumptions{}", lines.collect::<String>())
}

fn noise(learned: &Learned) -> String {
    let Some(Noise {
        deviation,
        inflation,
        ..
    }) = learned.noise
    else {
        return "noise: unknown, there are no more rows than coefficients; no standard errors without \
                repeated rows or --noise"
            .into();
    };
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
