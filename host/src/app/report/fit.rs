//! The report of a fitted log: how well it fits, what setting each action does, what was learned of
//! how the actions hang together, and where predictions rest on data.

use super::what_if::Effect;
use super::{Report, Section, Table};
use crate::app::plot::chart::{Axis, Chart, Level, Point, Scale, Series, Style};
use crate::app::plot::graph::{Arrow, Graph};
use crate::app::plot::{Drawing, Figure, colour, shortened};
use crate::diagnosis::{Diagnosis, Spread, Weight};
use crate::log::levels::Levels;
use crate::model::Model;
use crate::model::response;
use crate::model::summary::{FitSummary, Interaction, JointEffect, Learned, RegimeFit};
use crate::number::{count, list, p_value, short, significant, with_error};
use joint_effects_kernel::Regime;
use kuva::plot::MarkerShape;

/// The report of a fit and its model; `diagnosis` is of the same data, `command` what was typed, and
/// `plots` the directory of its pictures.
pub fn report(
    fit: &FitSummary,
    model: &Model,
    diagnosis: &Diagnosis,
    command: String,
    plots: Option<String>,
) -> Report {
    let mut sections = vec![regimes(fit)];
    sections.extend(Effect::of(model).map(what_if));
    sections.push(responses(model));
    sections.extend(
        fit.structured
            .as_ref()
            .map(|learned| structure(fit, learned)),
    );
    sections.push(support(diagnosis));
    sections.push(coefficients(fit));
    Report {
        title: format!("{} by {}", fit.outcome, list(&fit.actions)),
        sections,
        command,
        plots,
    }
}

/// The degree of the polynomials, and among which it was chosen.
fn degree(fit: &FitSummary) -> String {
    let own = fit.degree;
    match (fit.degrees.first(), fit.degrees.last()) {
        (Some(lowest), Some(highest)) => {
            let (lowest, highest) = (lowest.degree, highest.degree);
            format!("{own}, the most likely of {lowest} to {highest}")
        }
        _ => own.to_string(),
    }
}

/// Root mean squares of the outcome about its mean, and about the model.
fn regimes(fit: &FitSummary) -> Section {
    let names: Vec<String> = fit.regimes.iter().map(|part| part.regime.clone()).collect();
    let spreads: Vec<f64> = fit.regimes.iter().map(|part| part.outcome_spread).collect();
    let residuals: Vec<f64> = fit.regimes.iter().map(|part| part.residual).collect();
    let marks = |label: &str, colour, shape, values: &[f64]| Series {
        label: label.into(),
        colour,
        style: Style::Marks(shape),
        points: (values.iter().enumerate())
            .map(|(place, &x)| Point {
                x,
                y: place as f64,
                low: x,
                high: x,
            })
            .collect(),
    };
    let noise = fit.structured.as_ref().and_then(|learned| learned.noise);
    let noise = noise.map(|noise| noise.deviation);
    let largest = residuals
        .iter()
        .zip(&names)
        .max_by(|a, b| a.0.total_cmp(b.0));
    let smallest = residuals
        .iter()
        .zip(&names)
        .min_by(|a, b| a.0.total_cmp(b.0));
    let caption = largest.zip(smallest).map(|((most, of_most), (least, of_least))| {
        let explained: Vec<f64> = residuals.iter().zip(&spreads).map(|(r, s)| r / s).collect();
        let share = explained.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        format!(
            "The residual is largest in {of_most} ({}) and smallest in {of_least} ({}); it is at most {} \
             times the spread of the outcome.",
            significant(*most),
            significant(*least),
            significant(share)
        )
    });
    let figure = Figure {
        name: "residuals".into(),
        title: "Residuals and spreads".into(),
        caption: caption.unwrap_or_default(),
        drawing: Drawing::Chart(Chart {
            x: Axis {
                label: "root mean square".into(),
                scale: Scale::Linear,
            },
            y: Axis {
                label: String::new(),
                scale: Scale::Names(names.clone()),
            },
            series: vec![
                marks(
                    "spread of the outcome",
                    colour::MUTED,
                    MarkerShape::Diamond,
                    &spreads,
                ),
                marks("residual", colour::BLUE, MarkerShape::Circle, &residuals),
            ],
            levels: Vec::from_iter(noise.map(|at| Level {
                label: "noise".into(),
                colour: colour::GREEN,
                at,
            })),
        }),
    };
    let penalised = fit.regimes.iter().any(|part| part.alpha.is_some());
    let alpha = |part: &RegimeFit| part.alpha.map_or("not used".into(), significant);
    let rows = fit.regimes.iter().map(|part| {
        let label = [part.regime.clone(), count(part.rows)];
        let alpha = penalised.then(|| alpha(part));
        let fit = [part.outcome_spread, part.residual].map(significant);
        label.into_iter().chain(alpha).chain(fit).collect()
    });
    let header = ["regime", "rows"].into_iter();
    let header = header.chain(penalised.then_some("alpha"));
    let header = header.chain(["spread of the outcome", "residual"]);
    let all = fit.regimes.iter().map(|part| part.rows).sum();
    let mut settings = vec![
        ("estimator".to_string(), fit.estimator.clone()),
        ("outcome".into(), fit.outcome.clone()),
        ("actions".into(), fit.actions.join(", ")),
        ("rows".into(), count(all)),
        ("degree".into(), degree(fit)),
        ("coefficients a regime".into(), fit.coefficients.to_string()),
    ];
    if let Some(learned) = &fit.structured {
        let noise = learned.noise.map(|noise| significant(noise.deviation));
        let unknown = "unknown: there are no more rows than coefficients".into();
        settings.push((
            "noise (standard deviation)".into(),
            noise.unwrap_or(unknown),
        ));
        if let Some(noise) = learned.noise {
            let inflation = format!("{} times", significant(noise.inflation));
            settings.push(("variances inflated for lack of fit".into(), inflation));
        }
        if let Some(left_out) = &learned.left_out {
            settings.push((
                "left out of the joint effect by polynomials (standard deviation)".into(),
                significant(left_out.joint_effect),
            ));
            settings.push((
                "interactions too small to be found, in the joint effect (standard deviation)"
                    .into(),
                significant(left_out.interactions),
            ));
        }
        if let Some(near_share) = learned.near_share {
            let share = 100.0 * near_share;
            settings.push((
                "far rows, and how far the joint effect is that of the others, with curves within bounds".into(),
                format!("{}, {share:.0} %", count(fit.far_rows)),
            ));
        }
    }
    Section {
        name: "fit".into(),
        heading: "Fit".into(),
        paragraphs: vec![format!(
            "What happens to {} when {} are set, together or in part, from rows in which nothing or some \
             of them were?",
            fit.outcome,
            list(&fit.actions)
        )],
        settings,
        figures: vec![figure],
        tables: vec![Table {
            caption: "Root mean squares of every regime".into(),
            header: header.map(String::from).collect(),
            labels: 1,
            rows: rows.collect(),
        }],
        ..Section::default()
    }
}

/// The effect at settings made by hand.
fn what_if(effect: Effect) -> Section {
    Section {
        name: "what-if".into(),
        heading: "What if".into(),
        paragraphs: vec![effect.introduction()],
        what_if: Some(effect),
        ..Section::default()
    }
}

/// What setting each action does while the others are held.
fn responses(model: &Model) -> Section {
    let joint = Regime::joint(model.actions.len());
    let mut paragraphs = vec![
        "All actions are set: one moves over the range to which it was set in the data, the others stay \
         at the means to which they were set, where they rest until they are set, or at their first level."
            .to_string(),
    ];
    let (mut figures, mut tables) = (Vec::new(), Vec::new());
    for (action, name) in model.actions.iter().enumerate() {
        match response::curve(model, joint, action, None, response::POINTS, &[]) {
            Ok(curve) if model.levels[action].is_some() => {
                tables.push(levels(model, action, &curve));
            }
            Ok(curve) => figures.push(response(model, action, &curve)),
            Err(error) => paragraphs.push(format!("{name}: no curve, {error}.")),
        }
    }
    if model.has_intervals() {
        paragraphs
            .push("The bands hold the expected outcome with 95 %, not single outcomes.".into());
    }
    Section {
        name: "responses".into(),
        heading: "Response curves".into(),
        paragraphs,
        figures,
        tables,
        ..Section::default()
    }
}

/// The expected outcome at every level of a category.
fn levels(model: &Model, action: usize, curve: &[response::Point]) -> Table {
    let rows = curve.iter().map(|point| {
        let levels = model.levels[action].as_ref();
        let label = Levels::written(levels, point.actions[action], significant);
        let interval = point.prediction.interval;
        let ends = interval.map(|interval| [interval.lower, interval.upper].map(significant));
        let numbers = [significant(point.prediction.effect)].into_iter();
        let numbers = numbers.chain(ends.into_iter().flatten());
        std::iter::once(label).chain(numbers).collect()
    });
    let header = [&model.actions[action], "expected outcome", "from", "to"];
    let columns = if model.has_intervals() { 4 } else { 2 };
    Table {
        caption: format!("Setting {}", shortened(&model.actions[action])),
        header: header.into_iter().take(columns).map(String::from).collect(),
        labels: 1,
        rows: rows.collect(),
    }
}

fn response(model: &Model, action: usize, curve: &[response::Point]) -> Figure {
    let points = curve.iter().map(|point| {
        let effect = point.prediction.effect;
        let interval = point.prediction.interval;
        Point {
            x: point.actions[action],
            y: effect,
            low: interval.map_or(effect, |interval| interval.lower),
            high: interval.map_or(effect, |interval| interval.upper),
        }
    });
    let points: Vec<Point> = points.collect();
    let name = &model.actions[action];
    Figure {
        name: format!("response-{}", action + 1),
        title: format!("Setting {}", shortened(name)),
        caption: course(model, action, curve, &points),
        drawing: Drawing::Chart(Chart {
            x: Axis {
                label: shortened(name),
                scale: Scale::Linear,
            },
            y: Axis {
                label: format!("expected {}", shortened(&model.outcome)),
                scale: Scale::Linear,
            },
            series: vec![Series {
                label: String::new(),
                colour: colour::BLUE,
                style: Style::Band,
                points,
            }],
            levels: Vec::new(),
        }),
    }
}

/// Where a response curve goes.
fn course(model: &Model, action: usize, curve: &[response::Point], points: &[Point]) -> String {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return String::new();
    };
    let name = &model.actions[action];
    let held = curve[0].actions.iter().zip(&model.actions).enumerate();
    let held = held.filter(|(other, _)| *other != action);
    let held = held.map(|(_, (value, name))| format!("{name} at {}", short(*value)));
    let held: Vec<_> = held.collect();
    let mut text = format!(
        "From {name} = {} to {}, the expected {} goes from {} to {}",
        short(first.x),
        short(last.x),
        model.outcome,
        significant(first.y),
        significant(last.y),
    );
    text.push_str(&match held.is_empty() {
        true => ".".to_string(),
        false => format!(", with {}.", list(&held)),
    });
    let half = |point: &Point| (point.high - point.low) / 2.0;
    let widths = points.iter().map(half);
    let (least, most) = widths.fold((f64::INFINITY, 0.0_f64), |(least, most), width| {
        (least.min(width), most.max(width))
    });
    if most > 0.0 {
        let [least, most] = [least, most].map(significant);
        text.push_str(&format!(
            " The band is ± {least} where it is narrowest and ± {most} where widest."
        ));
    }
    text
}

/// Who moves whom, and who interacts.
fn structure(fit: &FitSummary, learned: &Learned) -> Section {
    let names = &fit.actions;
    let outcome = names.len();
    let place = |name: &String| names.iter().position(|other| other == name);
    let given = (0..names.len()).map(|from| Arrow {
        from,
        to: outcome,
        colour: colour::MUTED,
    });
    let found = learned.influences.iter().filter_map(|edge| {
        Some(Arrow {
            from: place(&edge.cause)?,
            to: place(&edge.action)?,
            colour: colour::VERMILION,
        })
    });
    let actions = names.iter().map(|name| (name.clone(), colour::BLUE));
    let edges = learned.influences.iter().map(|edge| {
        let p = p_value(edge.p_value);
        format!("{} moves {} ({p})", edge.cause, edge.action)
    });
    let edges: Vec<_> = edges.collect();
    let said = match edges.is_empty() {
        true => "No action was found to move another.".to_string(),
        false => format!("Learned, in red: {}.", list(&edges)),
    };
    let graph = Figure {
        name: "influences".into(),
        title: "Who moves whom".into(),
        caption: format!("{said} Grey: every action may move {}.", fit.outcome),
        drawing: Drawing::Graph(Graph {
            nodes: actions
                .chain([(fit.outcome.clone(), colour::MUTED)])
                .collect(),
            arrows: given.chain(found).collect(),
        }),
    };
    let pairs = learned.interactions.iter().map(|tested| {
        let verdict = match tested.p_value {
            _ if tested.measured => "measured together; cross terms are shrunk",
            Some(_) if tested.found => "interact",
            Some(_) if tested.is_doubtful() => "taken to add up",
            Some(_) => "add up",
            None => "taken to add up; not tested",
        };
        vec![
            tested.pair.join(" × "),
            verdict.into(),
            tested.p_value.map(p_value).unwrap_or_default(),
        ]
    });
    let rows: Vec<_> = pairs.collect();
    let doubt = match learned.interactions.iter().any(Interaction::is_doubtful) {
        true => format!("; of an interaction, {}", Interaction::asked()),
        false => String::new(),
    };
    let tables = match rows.is_empty() {
        true => Vec::new(),
        false => vec![Table {
            caption: format!(
                "Whether the effects of two actions add up; p-values times the number of pairs{doubt}"
            ),
            header: ["pair", "their effects", "if they added up"]
                .map(String::from)
                .into(),
            labels: 1,
            rows,
        }],
    };
    Section {
        name: "structure".into(),
        heading: "Influences and interactions".into(),
        figures: vec![graph],
        tables,
        ..Section::default()
    }
}

/// Where each action was seen, set and left alone.
fn support(diagnosis: &Diagnosis) -> Section {
    let spans = |label: &str, colour, offset: f64, set: bool| {
        let points = diagnosis
            .overlaps
            .iter()
            .enumerate()
            .filter_map(|(place, overlap)| {
                let both = [overlap.set, overlap.alone];
                let seen = both.into_iter().flatten();
                let (least, greatest) = seen.fold(
                    (f64::INFINITY, f64::NEG_INFINITY),
                    |(least, greatest), s| (least.min(s.min), greatest.max(s.max)),
                );
                let spread = if set { overlap.set } else { overlap.alone }?;
                let share = |value: f64| (value - least) / (greatest - least);
                let y = place as f64 + offset;
                Some(Point {
                    x: share(spread.mean),
                    y,
                    low: share(spread.min),
                    high: share(spread.max),
                })
            });
        Series {
            label: label.into(),
            colour,
            style: Style::Spans,
            points: points.collect(),
        }
    };
    let poorest = diagnosis
        .overlaps
        .iter()
        .filter_map(|overlap| Some((overlap.alone_covered?, overlap)));
    let poorest = poorest.min_by(|a, b| a.0.total_cmp(&b.0));
    let caption = match poorest {
        Some((share, _)) if share >= 1.0 => {
            "Every action was set over all of the range in which it is found when left alone."
                .into()
        }
        Some((share, overlap)) => format!(
            "{} was set over {} % of the range in which it is found when left alone, the least of all.",
            overlap.action,
            significant(100.0 * share)
        ),
        None => "No action was seen both set and left alone.".into(),
    };
    let names = diagnosis
        .overlaps
        .iter()
        .map(|overlap| overlap.action.clone());
    let figure = Figure {
        name: "support".into(),
        title: "Where the actions were seen".into(),
        caption,
        drawing: Drawing::Chart(Chart {
            x: Axis {
                label: "share of the whole range".into(),
                scale: Scale::Linear,
            },
            y: Axis {
                label: String::new(),
                scale: Scale::Names(names.collect()),
            },
            series: vec![
                spans("set", colour::BLUE, -0.15, true),
                spans("left alone", colour::ORANGE, 0.15, false),
            ],
            levels: Vec::new(),
        }),
    };
    let findings = diagnosis.findings.iter().map(|finding| {
        let weight = match finding.weight {
            Weight::Fine => "Fine",
            Weight::Beware => "Beware",
            Weight::Refused => "No joint prediction",
        };
        let advice = finding.advice.as_ref().map(|advice| format!(" {advice}"));
        format!("{weight}: {}.{}", finding.found, advice.unwrap_or_default())
    });
    let rows = diagnosis.overlaps.iter().map(|overlap| {
        let range = |spread: Option<Spread>| {
            spread.map_or("never".into(), |s| {
                format!("{} … {}", short(s.min), short(s.max))
            })
        };
        let share = |share: Option<f64>| {
            share.map_or(String::new(), |share| format!("{:.0} %", 100.0 * share))
        };
        vec![
            overlap.action.clone(),
            range(overlap.set),
            range(overlap.alone),
            share(overlap.alone_covered),
            share(overlap.set_covered),
        ]
    });
    let header = [
        "action",
        "set to",
        "left alone at",
        "of left alone, within set",
        "of set, within left alone",
    ];
    Section {
        name: "support".into(),
        heading: "Support".into(),
        findings: findings.collect(),
        figures: vec![figure],
        tables: vec![Table {
            caption: "Ranges of every action, and how far they overlap".into(),
            header: header.map(String::from).into(),
            labels: 1,
            rows: rows.collect(),
        }],
        ..Section::default()
    }
}

/// The polynomial of the joint effect.
fn coefficients(fit: &FitSummary) -> Section {
    let JointEffect {
        shifts,
        factors,
        bounded,
        terms,
    } = &fit.joint_effect;
    let rows = terms.iter().map(|term| {
        let powers = term.actions.chunk_by(|a, b| a == b);
        let powers = powers.map(|factors| match term.bounded {
            true => power(&format!("[{}]", factors[0]), factors.len()),
            false => power(&factors[0], factors.len()),
        });
        let name = match term.actions.is_empty() {
            true => "1".into(),
            false => powers.collect::<Vec<_>>().join(" · "),
        };
        let value = match term.standard_error {
            Some(error) => with_error(term.coefficient, error),
            None => significant(term.coefficient),
        };
        vec![name, value]
    });
    let scales = shifts.iter().zip(factors).zip(&fit.actions);
    let scales = scales.map(|((&shift, &factor), name)| standardised(name, shift, factor));
    let mut paragraphs = vec![format!(
        "The joint effect as a polynomial of {}. Coefficients that are zero are left out.",
        list(&scales.collect::<Vec<_>>())
    )];
    if !bounded.is_empty() {
        let scales = bounded.iter().zip(&fit.actions);
        let scales = scales.map(|(scale, name)| {
            let within = standardised(name, scale.shift, scale.factor);
            format!("[{name}] is {within}")
        });
        paragraphs.push(format!(
            "Its curves are powers of the actions within bounds: {}, but −1 or 1 where that lies beyond.",
            list(&scales.collect::<Vec<_>>())
        ));
    }
    Section {
        name: "coefficients".into(),
        heading: "Coefficients".into(),
        paragraphs,
        tables: vec![Table {
            caption: "Coefficients ± standard errors".into(),
            header: ["term", "coefficient"].map(String::from).into(),
            labels: 1,
            rows: rows.collect(),
        }],
        ..Section::default()
    }
}

/// `(red − 2) × 0.5`.
fn standardised(name: &str, shift: f64, factor: f64) -> String {
    // Of a shift of −0 none.
    format!("({name} − {}) × {factor}", shift + 0.0)
}

/// `red`, `red²`, `red^10`.
fn power(name: &str, exponent: usize) -> String {
    match exponent {
        1 => name.into(),
        exponent @ 2..10 => {
            let raised = ['²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][exponent - 2];
            format!("{name}{raised}")
        }
        exponent => format!("{name}^{exponent}"),
    }
}
