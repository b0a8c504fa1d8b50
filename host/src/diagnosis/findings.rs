//! What follows from a diagnosis, in sentences.

use super::{
    Check, Diagnosis, Implication, Overlap, PairSensitivity, RegimeDiagnosis, Sensitivity, Spread,
};
use crate::model::summary::{Blocks, Interaction, Learned, LeftOut, Noise};
use crate::moments::data::FEW_ROWS;
use crate::number::{p_value, significant};
use serde::Serialize;

/// The share of a range that must not be covered for a warning.
const UNCOVERED: f64 = 0.1;

/// The mean leverage, as a multiple of the rows' own, from which an overlap is called poor: the
/// standard error of a typical prediction is three times as large.
const POOR_LEVERAGE: f64 = 10.0;

/// The condition number from which a regime hardly tells its terms apart: a condition index, its
/// square root, of 100, where Belsley, Kuh and Welsch (1980) call a dependence strong.
const POOR_CONDITION: f64 = 1e4;

/// The inflation of variances from which a model is said to fit badly.
pub const BAD_FIT: f64 = 1.5;

/// The ratio of residuals of two regimes from which they are said to be different.
const UNEVEN: f64 = 2.0;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// It is as it should be.
    Fine,
    /// Predictions may be less sure, or further off, than they look.
    Beware,
    /// There is no joint prediction.
    Refused,
}

/// Something that follows from a diagnosis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub weight: Weight,
    /// What was found.
    pub found: String,
    /// What to do about it.
    pub advice: Option<String>,
}

impl Finding {
    fn fine(found: impl Into<String>) -> Self {
        Self {
            weight: Weight::Fine,
            found: found.into(),
            advice: None,
        }
    }

    fn beware(found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            weight: Weight::Beware,
            found: found.into(),
            advice: Some(advice.into()),
        }
    }
}

/// All findings, the gravest first; `refusal` is why there is no fit.
pub(super) fn findings(diagnosis: &Diagnosis, refusal: Option<&str>) -> Vec<Finding> {
    let mut findings = vec![identification(diagnosis, refusal)];
    let all_rest = diagnosis.overlaps.iter().all(Overlap::rests);
    if all_rest {
        findings.push(Finding::fine(
            "every action rests at one value until it is set: effects are differences from that baseline",
        ));
    } else {
        findings.extend(few_rows(&diagnosis.regimes));
        for overlap in &diagnosis.overlaps {
            findings.extend(coverage(overlap));
        }
        findings.push(conditions(&diagnosis.regimes));
    }
    if let Some(learned) = &diagnosis.learned {
        findings.push(fit(learned));
        if learned.noise.is_some() {
            findings.push(residuals(&diagnosis.regimes));
        }
        findings.extend(learned.influences.iter().map(|edge| {
            Finding::fine(format!(
                "{} moves {}: when {} is left alone, the model lets its effect depend on {}",
                edge.cause, edge.action, edge.action, edge.cause
            ))
        }));
        findings.extend(learned.blocks.as_ref().zip(learned.noise).map(blocks));
        findings.extend(additivity(learned));
        findings.extend(learned.left_out.as_ref().and_then(small_interactions));
        findings.extend(untested(diagnosis, learned));
    }
    findings.extend(contradictions(&diagnosis.checks));
    findings.extend(diagnosis.apart.as_ref().map(|apart| {
        let advice =
            "run all regimes in turn in every block, or add some observational rows to each";
        Finding::beware(apart, advice)
    }));
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.weight));
    findings
}

fn identification(diagnosis: &Diagnosis, refusal: Option<&str>) -> Finding {
    match refusal {
        Some(refusal) => Finding {
            weight: Weight::Refused,
            found: format!("no joint prediction is possible: {refusal}"),
            advice: Some("collect the rows that are missing, then diagnose again".into()),
        },
        None => Finding::fine(format!(
            "the effect of every action on {} can be told from the others'",
            diagnosis.outcome
        )),
    }
}

fn few_rows(regimes: &[RegimeDiagnosis]) -> Option<Finding> {
    let few: Vec<_> = regimes.iter().filter(|rows| rows.rows < FEW_ROWS).collect();
    let parts = few
        .iter()
        .map(|rows| format!("{} of {}", rows.rows, rows.regime));
    let parts = parts.collect::<Vec<_>>().join(", ");
    (!few.is_empty()).then(|| {
        Finding::beware(
            format!("fewer than {FEW_ROWS} rows: {parts}"),
            "collect more of these first; plan says how many".to_string(),
        )
    })
}

/// Where an action was set, beside where it was when left alone.
fn coverage(overlap: &Overlap) -> Vec<Finding> {
    let (Some(set), Some(alone)) = (overlap.set, overlap.alone) else {
        return Vec::new();
    };
    if overlap.rests() {
        let (name, value) = (&overlap.action, overlap.written(alone.min));
        return vec![Finding::fine(format!(
            "{name} rests at {value} until it is set"
        ))];
    }
    let (name, set, alone) = (&overlap.action, range(set), range(alone));
    let uncovered = |share: Option<f64>| share.is_some_and(|share| 1.0 - share > UNCOVERED);
    let poor = overlap
        .alone_leverage
        .filter(|&leverage| leverage > POOR_LEVERAGE);
    let mut findings = Vec::new();
    if uncovered(overlap.alone_covered) {
        let variance = poor.map_or(String::new(), |leverage| {
            let times = significant(leverage);
            format!("; their variance, averaged over what it took, is {times} times that within")
        });
        findings.push(Finding::beware(
            format!(
                "{name} was set to {set} only, and took {alone} when left alone: joint predictions \
                 beyond {set} extrapolate{variance}"
            ),
            format!("set {name} wherever predictions are wanted, or keep predictions within {set}"),
        ));
    } else if let Some(leverage) = poor {
        findings.push(Finding::beware(
            format!(
                "{name} was seldom set to what it takes when left alone: there a joint prediction \
                 has, on average, {} times the variance of one at the values set",
                significant(leverage)
            ),
            format!("draw the values that {name} is set to from those it takes when left alone"),
        ));
    }
    if uncovered(overlap.set_covered) {
        findings.push(Finding::beware(
            format!(
                "{name} took {alone} only when left alone, and was set to {set}: predictions that \
                 leave it alone extrapolate beyond {alone}, and so do all of separate and indicator"
            ),
            format!("beyond {alone}, set {name} and rely on the estimator structured alone"),
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::fine(format!(
            "{name} was set over the range that it takes when left alone"
        )));
    }
    findings
}

fn conditions(regimes: &[RegimeDiagnosis]) -> Finding {
    let poor = regimes
        .iter()
        .filter(|rows| rows.condition.is_none_or(|number| number > POOR_CONDITION));
    let poor: Vec<_> = poor.map(|rows| rows.regime.as_str()).collect();
    if poor.is_empty() {
        return Finding::fine("in every regime the terms of a polynomial can be told apart");
    }
    Finding::beware(
        format!(
            "in {} the actions hardly vary independently of each other: the polynomial of such a \
             regime, which separate relies on, is uncertain",
            poor.join(", ")
        ),
        "use the estimator structured, which draws on all regimes, or lower the degree",
    )
}

fn fit(learned: &Learned) -> Finding {
    let Some(noise) = learned.noise else {
        return Finding::beware(
            "there are no more rows than coefficients: nothing tells how much of the outcome is noise, and \
             predictions come without standard errors",
            "repeat some rows, or give the noise with fit --noise",
        );
    };
    if noise.inflation > BAD_FIT {
        return Finding::beware(
            format!(
                "polynomials of their own fit the regimes much better than the model: its variances \
                 were multiplied by {}, and its intervals may still be too short",
                significant(noise.inflation)
            ),
            "raise the degree; if that does not help, a hidden cause may touch several actions",
        );
    }
    Finding::fine("one model of all regimes fits nearly as well as a polynomial for each")
}

fn residuals(regimes: &[RegimeDiagnosis]) -> Finding {
    let known = regimes
        .iter()
        .filter_map(|rows| Some((rows.residual?, &rows.regime)));
    let by_size = |a: &(f64, &String), b: &(f64, &String)| a.0.total_cmp(&b.0);
    match known.clone().min_by(by_size).zip(known.max_by(by_size)) {
        Some(((least, least_of), (most, most_of))) if most > UNEVEN * least => Finding::beware(
            format!(
                "the residuals of {most_of} spread {} times as far as those of {least_of}: standard \
                 errors assume that they are alike",
                significant(most / least)
            ),
            format!("look for what disturbs {most_of}: another noise, a drift, stray readings"),
        ),
        _ => Finding::fine("residuals spread alike in all regimes"),
    }
}

/// How far blocks differ, beside the noise.
fn blocks((blocks, noise): (&Blocks, Noise)) -> Finding {
    let [common, own, noise] = [
        blocks.deviation,
        blocks.deviation_in_regime,
        noise.deviation,
    ]
    .map(significant);
    Finding::fine(format!(
        "{} blocks: what one adds to its rows has a standard deviation of {common}, what it adds to those of one \
         regime beside that {own}, and the noise {noise}; predictions are for an average block",
        blocks.count
    ))
}

/// Which pairs have cross terms, and why.
fn additivity(learned: &Learned) -> Vec<Finding> {
    let with_terms = learned.interactions.iter().filter(|pair| pair.found);
    let (measured, found): (Vec<&Interaction>, Vec<_>) = with_terms.partition(|pair| pair.measured);
    let names = |pairs: &[&Interaction]| {
        let names: Vec<_> = pairs.iter().map(|pair| pair.pair.join(" × ")).collect();
        names.join(", ")
    };
    let mut findings = Vec::new();
    if !measured.is_empty() {
        findings.push(Finding::fine(format!(
            "{} measured together: the model has their cross terms, shrunk as far as the rows allow",
            names(&measured)
        )));
    }
    if !found.is_empty() {
        findings.push(Finding::beware(
            format!(
                "{} interact: the model has cross terms of theirs, which single-action rows show only as \
                 far as the other action varied in them",
                names(&found)
            ),
            "collect rows in which both were set",
        ));
        return findings;
    }
    let mut others = learned.interactions.iter().filter(|pair| !pair.found);
    let tested = others.clone().any(|pair| pair.p_value.is_some());
    let doubtful = others.any(|pair| pair.is_doubtful());
    if let Some(said) = match (tested, measured.is_empty()) {
        (true, true) if doubtful => Some(
            "no pair of actions that was tested is found to interact: their effects are taken to add up",
        ),
        (true, true) => Some("no pair of actions that was tested interacts: their effects add up"),
        (true, false) => Some("no other pair that was tested interacts"),
        (false, true) => Some("the effects of the actions are taken to add up"),
        (false, false) => None,
    } {
        findings.push(Finding::fine(said));
    }
    findings
}

/// How much interactions too small to be found may add.
fn small_interactions(left_out: &LeftOut) -> Option<Finding> {
    let deviation = left_out.interactions;
    (deviation > 0.0).then(|| {
        Finding::fine(format!(
            "interactions too small to be found may add {} to the joint effect (standard deviation): intervals allow \
             for it, and rows in which pairs were set together would tell them apart",
            significant(deviation)
        ))
    })
}

/// What contradicts the assumptions, or that nothing does.
pub fn contradictions(checks: &[Check]) -> Vec<Finding> {
    let tested = checks
        .iter()
        .filter_map(|check| Some((check, check.tested?)));
    let contradicted = tested.clone().filter(|(_, tested)| tested.contradicted);
    let found: Vec<_> = contradicted
        .map(|(check, _)| {
            let [set, alone] = &check.actions;
            let advice = match check.implication {
                Implication::SeparateCauses => format!(
                    "record that cause as an action, or collect rows in which {set} and {alone} were both set"
                ),
                Implication::SameConditions => format!(
                    "look for what else changed with {set}, and collect rows of do({set}) and obs in turn"
                ),
            };
            Finding::beware(check.said(), advice)
        })
        .collect();
    if !found.is_empty() {
        return found;
    }
    let least = tested.clone().map(|(_, tested)| tested.p_value);
    let Some(least) = least.min_by(f64::total_cmp) else {
        return Vec::new();
    };
    vec![Finding::fine(format!(
        "nothing contradicts that every action has hidden causes of its own, and that setting one did nothing else: \
         of {} tests the clearest has {}",
        tested.count(),
        p_value(least)
    ))]
}

/// How wrong the assumptions would have to be for the best setting to gain nothing.
pub(super) fn robustness(sensitivity: &Sensitivity) -> Finding {
    let goal = if sensitivity.maximise {
        "most"
    } else {
        "least"
    };
    let weakest = |value: fn(&PairSensitivity) -> Option<f64>| {
        let each = sensitivity.pairs.iter();
        let known = each.filter_map(|pair| Some((value(pair)?, pair.pair.join(" × "))));
        known.min_by(|one, other| one.0.total_cmp(&other.0))
    };
    let interaction = weakest(|pair| pair.interaction);
    let interaction =
        interaction.map_or("no interaction of one pair".into(), |(strength, pair)| {
            let strength = significant(strength);
            format!("an interaction of {pair} of {strength} standard deviations of the outcome")
        });
    let cause = weakest(|pair| pair.shared_cause.filter(|_| pair.is_open()));
    let cause = cause.map_or(
        "no hidden cause of two actions that the rows allow would".into(),
        |(share, pair)| {
            let share = significant(100.0 * share);
            format!("a hidden cause of {pair} with {share} % of their variance and of the outcome's would")
        },
    );
    Finding::fine(format!(
        "setting the actions for the {goal} gains {} by the model: {interaction} would undo that, and {cause}",
        significant(sensitivity.gain)
    ))
}

/// The pairs of which nothing tells whether their effects add up, and the settings that would.
fn untested(diagnosis: &Diagnosis, learned: &Learned) -> Option<Finding> {
    let untested = learned.interactions.iter();
    let untested: Vec<_> = untested
        .filter(|pair| pair.p_value.is_none() && !pair.measured)
        .collect();
    if untested.is_empty() {
        return None;
    }
    let which = match untested.len() == learned.interactions.len() {
        true => "of any two actions".to_string(),
        false => {
            let pairs = untested.iter().map(|tested| tested.pair.join(" × "));
            format!("of {}", pairs.collect::<Vec<_>>().join(", "))
        }
    };
    let settings: Vec<_> = combinations(&diagnosis.overlaps, |one, other| {
        untested.iter().any(|tested| tested.pair == [one, other])
    });
    Some(Finding::beware(
        format!(
            "the effects {which} are assumed to add up, and these rows cannot test it: none has both away \
             from where they rest"
        ),
        format!(
            "run {}, compare with the predictions, and add the rows to the log",
            settings.join("; ")
        ),
    ))
}

/// The most settings that are named to test additivity with.
const COMBINATIONS: usize = 4;

/// Settings that show whether effects add up: all actions at once, away from where they rest, then pairs of
/// which no two share an action.
fn combinations(overlaps: &[Overlap], untested: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let setting = |actions: &[&Overlap]| {
        let parts = actions.iter().map(|overlap| {
            let value = overlap.farthest().unwrap_or_default();
            format!("{} = {value}", overlap.action)
        });
        parts.collect::<Vec<_>>().join(", ")
    };
    let mut left: Vec<&Overlap> = overlaps.iter().collect();
    let mut settings = Vec::new();
    if left.len() > 2 {
        settings.push(setting(&left));
    }
    while let Some(first) = (!left.is_empty()).then(|| left.remove(0)) {
        let other = |other: &&Overlap| untested(&first.action, &other.action);
        if let Some(second) = left.iter().position(other) {
            settings.push(setting(&[first, left.remove(second)]));
        }
    }
    settings.truncate(COMBINATIONS);
    settings
}

fn range(spread: Spread) -> String {
    format!("{} … {}", significant(spread.min), significant(spread.max))
}
