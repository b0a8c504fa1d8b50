//! Reading of a log: the tables and moments files that `fit`, `diagnose`, `plan`,
//! `next` and `moments` take.

use crate::app::arguments::Log;
use crate::app::commands::{note, progress};
use crate::log::expression::quoted;
use crate::log::input::{Input, Origin};
use crate::log::observations::{Columns, Observations, RegimeColumns};
use crate::log::rows::{Rows, RowsError};
use crate::moments::data::{Data, DataError, Mismatch};
use crate::moments::degree::summed;
use crate::moments::moments_file::{self, Author};
use crate::number::count;
use crate::{memory, write};
use anyhow::{Context, Result, anyhow, bail};
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::predict::scale::Scale;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The bytes that a command takes for the moments of so many regimes, beside the moments.
pub(crate) type Memory<'a> = &'a dyn Fn(Monomials, usize) -> u64;

/// Reads a log and checks that it identifies the effect of every action. It is read once it is known
/// that the `outputs` can be written, and that there is memory for it and for what the command does.
pub(crate) fn read(log: &Log, outputs: &[&Path], memory: Memory<'_>) -> Result<Data> {
    let data = summarise(None, log, None, outputs, memory)?;
    data.check().with_context(|| files(log))?;
    Ok(data)
}

/// [`read`] on those of several scales that have all outcomes; where none are asked for, on that of the moments
/// files, or that of the outcome itself.
pub(crate) fn read_on(
    scales: Option<&[Scale]>,
    log: &Log,
    outputs: &[&Path],
    memory: Memory<'_>,
) -> Result<Vec<Data>> {
    let each = |monomials, regimes| {
        let others = scales.map_or(0, |scales| scales.len() - 1) as u64;
        others * Data::memory(monomials, regimes) + memory(monomials, regimes)
    };
    let data = merge(scales, log, None, outputs, &each)?;
    for data in &data {
        data.check().with_context(|| files(log))?;
    }
    if let Some(data) = data.first() {
        expect_memory(log, data.basis.monomials(), data.regimes.len(), memory)?;
    }
    Ok(data)
}

/// Reads the moments files of a log, then the rows of its tables. The first moments file, or `like`
/// before it, says which outcome, actions, scale and basis all the others must have.
pub(crate) fn summarise(
    scale: Option<Scale>,
    log: &Log,
    like: Option<&Path>,
    outputs: &[&Path],
    memory: Memory<'_>,
) -> Result<Data> {
    let scales = scale.as_ref().map(std::slice::from_ref);
    let data = merge(scales, log, like, outputs, memory)?;
    let data = data
        .into_iter()
        .next()
        .expect("every outcome is on the scale of itself");
    expect_memory(log, data.basis.monomials(), data.regimes.len(), memory)?;
    Ok(data)
}

/// The log on several scales; not yet whether there is memory for what comes next.
fn merge(
    scales: Option<&[Scale]>,
    log: &Log,
    like: Option<&Path>,
    outputs: &[&Path],
    memory: Memory<'_>,
) -> Result<Vec<Data>> {
    let inputs: Vec<_> = log.data.iter().map(PathBuf::as_path).chain(like).collect();
    write::expect_apart(&inputs, outputs)?;
    outputs.iter().try_for_each(|path| write::check(path))?;
    if let Some((first, second)) = write::first_repeated(&inputs[..log.data.len()]) {
        let [first, second] = [first, second].map(|place| inputs[place].display());
        bail!("{second}: the same file as {first}, expected each once");
    }
    let mut known = None;
    let mut digests = HashMap::new();
    if let Some(like) = like {
        known = Some((like, moments_file::read(like)?.without_rows()));
    }
    let mut tables = Vec::new();
    let mut authors = Vec::new();
    for path in &log.data {
        let unreadable = || format!("{}: cannot be read", path.display());
        let mut origin = Origin::new(path).with_context(unreadable)?;
        if !origin
            .starts_with(&moments_file::MAGIC)
            .with_context(unreadable)?
        {
            tables.push(origin);
            continue;
        }
        let (part, digest, author) = moments_file::read_at(&mut origin)?;
        authors.push((path, author));
        if let Some(first) = digests.insert(digest, path) {
            let (path, first) = (path.display(), first.display());
            bail!("{path}: the same moments as in {first}, expected each once");
        }
        match &mut known {
            None => known = Some((path, part)),
            Some((first, data)) => {
                let agree = data.has_near_of(&part);
                let (path, first) = (path.display(), first.display());
                data.merge(&part).map_err(|mismatch| {
                    anyhow!("{path}: {mismatch} as in {first}; moments --like makes them alike")
                })?;
                if !agree {
                    note(format_args!(
                        "{path}: which values are near is not decided as in {first}, so no row is taken for far and no \
                         action is bounded; moments --like makes them alike"
                    ));
                }
            }
        }
    }
    // Whose digits a result has, where they are not all as many.
    if authors.iter().any(|&(_, author)| author != Author::Program) {
        for (path, author) in authors {
            note(format_args!("{}: {author}", path.display()));
        }
    }
    let Some((first, data)) = known else {
        let mut rows = open(log, tables, None)?;
        let actions = rows.actions().len();
        let least = log.degree.unwrap_or_else(|| summed(actions, false));
        let monomials = Monomials::new(actions, least)?;
        // Fewer regimes do not identify the effects.
        let all =
            |monomials, regimes| Data::memory(monomials, regimes) + memory(monomials, regimes);
        expect_memory(log, monomials, monomials.variables() + 1, &all)?;
        let progress = progress(&rows);
        let scales = scales.unwrap_or(&[Scale::Identity]);
        let data = Data::read_on(scales, &mut rows, log.degree, progress);
        let data = data.map_err(|error| match error {
            DataError::BeyondScale { .. } => anyhow!("{}: {error}", files(log)),
            located => located.into(),
        })?;
        rows.remarks().iter().for_each(note);
        return Ok(data);
    };
    if scales.is_some_and(|scales| scales != [data.scale]) {
        bail!(
            "--scale: {} has moments on the scale {}, expected that one, or tables",
            first.display(),
            data.scale.name()
        );
    }
    expect_flags(log, &data)
        .map_err(|(flag, mismatch)| anyhow!("{flag}: {mismatch} as in {}", first.display()))?;
    let data = match log.degree.and_then(|degree| data.to_degree(degree)) {
        Some(lower) => lower.without_bounded(),
        None => data,
    };
    if tables.is_empty() {
        return Ok(vec![data]);
    }
    let mut rows = open(log, tables, Some((first, &data)))?;
    let progress = progress(&rows);
    let data = data.with_rows(&mut rows, progress)?;
    rows.remarks().iter().for_each(note);
    Ok(vec![data])
}

/// Whether there is memory for all that is to be done.
fn expect_memory(
    log: &Log,
    monomials: Monomials,
    regimes: usize,
    memory: Memory<'_>,
) -> Result<()> {
    memory::expect(memory(monomials, regimes)).with_context(|| {
        format!(
            "{}: {} actions to degree {} have {} coefficients in each of {regimes} regimes; lower the \
             degree or leave actions out",
            files(log),
            monomials.variables(),
            monomials.degree(),
            count(monomials.len() as u64),
        )
    })
}

/// Reads the rows of a log of tables and keeps them.
pub(crate) fn rows(log: &Log) -> Result<Rows> {
    let mut tables = Vec::new();
    for path in &log.data {
        let unreadable = || format!("{}: cannot be read", path.display());
        let origin = Origin::new(path).with_context(unreadable)?;
        if origin
            .starts_with(&moments_file::MAGIC)
            .with_context(unreadable)?
        {
            let path = path.display();
            bail!("{path}: expected a table, whose rows are kept, found moments");
        }
        tables.push(origin);
    }
    let mut observations = open(log, tables, None)?;
    let progress = progress(&observations);
    let rows = Rows::read(&mut observations, progress).map_err(|error| match error {
        RowsError::Table(located) => located.into(),
        other => anyhow!("{}: {other}", files(log)),
    })?;
    observations.remarks().iter().for_each(note);
    Ok(rows)
}

/// Opens tables, whose actions must be those of `known` where that is given, with the name of where it
/// is from.
fn open(
    log: &Log,
    tables: Vec<Origin>,
    known: Option<(&Path, &Data)>,
) -> Result<Observations<Input>> {
    let Some(outcome) = known
        .map(|(_, data)| &data.outcome)
        .or(log.outcome.as_ref())
    else {
        bail!("--outcome: expected the name of a column");
    };
    let asked = (!log.actions.is_empty()).then_some(&log.actions);
    let columns = Columns {
        regime: match (&log.baseline, log.indicators.as_slice()) {
            (Some(baseline), _) => RegimeColumns::Baseline(baseline.clone()),
            (None, []) => RegimeColumns::Expression(log.regime.clone()),
            (None, names) => RegimeColumns::Indicators(names.to_vec()),
        },
        outcome: outcome.clone(),
        actions: known.map(|(_, data)| &data.actions).or(asked).cloned(),
        categories: match known {
            Some((_, data)) => data.category_names(),
            None => log.categorical.clone(),
        },
        observational: log.observational.clone(),
        weight: log.weight.clone(),
        block: match known {
            Some((_, data)) => data.block().map(String::from),
            None => log.block.clone(),
        },
        missing: log.missing,
    };
    let rows = Observations::at(tables, &columns)?;
    if let (Some((first, _)), None) = (known, asked) {
        rows.expect_no_other_columns(&first.display().to_string())?;
    }
    if asked.is_none() {
        rows.left_out().iter().for_each(note);
    }
    rows.liberties().iter().for_each(note);
    Ok(rows)
}

/// Whether the flags of a log say what its moments files do; else which does not.
fn expect_flags(log: &Log, data: &Data) -> Result<(), (&'static str, Mismatch)> {
    let alike = |flag, quantity, expected, found: Option<String>| match found {
        Some(found) => {
            Mismatch::unless_equal(quantity, expected, found).map_err(|mismatch| (flag, mismatch))
        }
        None => Ok(()),
    };
    let actions = (!log.actions.is_empty()).then(|| quoted(&log.actions));
    let name = |outcome: &String| format!("{outcome:?}");
    let outcome = log.outcome.as_ref().map(name);
    alike("--outcome", "the outcome", name(&data.outcome), outcome)?;
    alike(
        "--actions",
        "the list of actions",
        quoted(&data.actions),
        actions,
    )?;
    let of_data = data.category_names();
    let others = log.categorical.iter();
    let others = others.filter(|name| !of_data.contains(name)).cloned();
    let others: Vec<_> = others.collect();
    let expected = match of_data.as_slice() {
        [] => "none".into(),
        names => quoted(names),
    };
    alike(
        "--categorical",
        "the list of categories",
        expected,
        (!others.is_empty()).then(|| quoted(&log.categorical)),
    )?;
    data.expect_degree(log.degree)
        .map_err(|mismatch| ("--degree", mismatch))?;
    match &log.block {
        None => Ok(()),
        block => data
            .expect_blocks_of(block.as_deref())
            .map_err(|mismatch| ("--block", mismatch)),
    }
}

/// The names of the tables, for a message.
pub(crate) fn files(log: &Log) -> String {
    let names = log.data.iter().map(|path| path.display().to_string());
    names.collect::<Vec<_>>().join(", ")
}

/// Shows how much of the tables has been read.
fn progress(rows: &Observations<Input>) -> impl FnMut(&Observations<Input>) + use<> {
    let bar = progress::bytes(rows.size());
    move |rows| bar.set_position(rows.bytes_read())
}
