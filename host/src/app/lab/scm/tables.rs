//! Samples of a model as tables (CSV), the actions named `a1`, `a2`, …, the outcome `y`.

use super::{Distribution, Model, Purpose, Sampler, stream};
use crate::log::expression;
use crate::moments::tile::{Column, ROWS};
use joint_effects_kernel::Regime;
use std::io::{self, Write};

/// The run of the streams: a simulation is the first run of an experiment with its seed.
pub const RUN: u64 = 0;

/// Writes a log: `rows` rows of the observational regime and of that of every single action, with the
/// regime in the first column. Returns the laws by which the actions were set.
pub fn write_log(
    model: &Model,
    seed: u64,
    rows: u64,
    out: &mut impl Write,
) -> io::Result<Vec<Distribution>> {
    let names = names(model);
    writeln!(out, "regime,{},y", names.join(","))?;
    let mut sums = vec![(0.0, 0.0); names.len()];
    let observed = sample(model, Regime::OBSERVATIONAL, Purpose::Training, seed, &[])?;
    each_row(observed, names.len(), rows, |row| {
        for ((sum, squares), value) in sums.iter_mut().zip(row) {
            *sum += value;
            *squares += value * value;
        }
        writeln!(out, "obs,{}", joined(row))
    })?;
    let n = rows as f64;
    let observed = sums.iter().map(|(sum, squares)| {
        let mean = sum / n;
        (mean, (squares / n - mean * mean).max(0.0).sqrt())
    });
    let interventions = model.interventions(observed);
    for action in 0..names.len() {
        let regime = Regime::single(action);
        let label = expression::write(regime, &names);
        let set = sample(model, regime, Purpose::Training, seed, &interventions)?;
        each_row(set, names.len(), rows, |row| {
            writeln!(out, "{label},{}", joined(row))
        })?;
    }
    Ok(interventions)
}

/// Writes `rows` rows in which all actions were set, by these laws, with the true effect in the last
/// column.
pub fn write_test(
    model: &Model,
    seed: u64,
    interventions: &[Distribution],
    rows: u64,
    out: &mut impl Write,
) -> io::Result<()> {
    let names = names(model);
    writeln!(out, "{},y,true_effect", names.join(","))?;
    let regime = Regime::joint(names.len());
    let set = sample(model, regime, Purpose::Test, seed, interventions)?;
    each_row(set, names.len(), rows, |row| {
        let effect = model.joint_effect(&row[..names.len()]);
        let effect = effect.map_err(io::Error::other)?;
        writeln!(out, "{},{effect}", joined(row))
    })
}

fn names(model: &Model) -> Vec<String> {
    let names = (1..=model.actions()).map(|action| format!("a{action}"));
    names.collect()
}

/// A sample of rows for a purpose.
fn sample<'a>(
    model: &'a Model,
    regime: Regime,
    purpose: fn(Regime) -> Purpose,
    seed: u64,
    interventions: &'a [Distribution],
) -> io::Result<Sampler<'a>> {
    let rng = stream(seed, RUN, purpose(regime));
    Sampler::new(model, regime, interventions, rng).map_err(io::Error::other)
}

/// Calls `visit` with the first `rows` rows of a sample: the K actions, then the outcome.
fn each_row(
    mut sample: Sampler<'_>,
    actions: usize,
    rows: u64,
    mut visit: impl FnMut(&[f64]) -> io::Result<()>,
) -> io::Result<()> {
    let mut tile = vec![Column::ZEROS; actions + 1];
    let mut row = vec![0.0; actions + 1];
    for index in 0..rows {
        let at = (index % ROWS as u64) as usize;
        if at == 0 {
            sample.fill(&mut tile, ROWS).map_err(io::Error::other)?;
        }
        for (value, column) in row.iter_mut().zip(&tile) {
            *value = column.0[at];
        }
        visit(&row)?;
    }
    Ok(())
}

fn joined(row: &[f64]) -> String {
    let fields: Vec<_> = row.iter().map(f64::to_string).collect();
    fields.join(",")
}
