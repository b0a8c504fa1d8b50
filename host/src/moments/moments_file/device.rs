//! What a microcontroller has written: `Study::write_moments` of the kernel.

use super::{MOST_ROWS, Problem, expect, is_range};
use crate::log::expression::RESERVED;
use crate::moments::data::Data;
use crate::moments::{FOLDS, Moments, Range, RegimeMoments, empty};
use joint_effects_kernel::Regime;
use joint_effects_kernel::features::monomials::{Basis, Monomials};
use joint_effects_kernel::moments::buffer_len;
use joint_effects_kernel::predict::scale::Scale;
use serde::Deserialize;

/// The version of its files: 1, with the top bit set.
pub(super) const VERSION: u8 = 0x81;

/// The file, field by field, behind the magic, the version and the length.
#[derive(Deserialize)]
struct Document<S> {
    degree: u8,
    outcome: String,
    center: S,
    actions: Vec<(String, S, S)>,
    regimes: Vec<Part<S>>,
}

#[derive(Deserialize)]
struct Part<S> {
    sets: Regime,
    rows: [u8; 8],
    /// The least values of the actions and of the outcome, then the greatest.
    ranges: Vec<S>,
    numbers: Vec<S>,
}

/// The moments, and how many bytes the device's numbers have; from what is between the length and the
/// checksum.
pub(super) fn decode(content: &[u8]) -> Result<(Data, u8), Problem> {
    let (&bytes, content) = content.split_first().ok_or_else(too_short)?;
    let data = match bytes {
        4 => document::<f32>(content).and_then(data),
        8 => document::<f64>(content).and_then(data),
        _ => Err(Problem::Value {
            field: "scalar".into(),
            expected: "4 or 8".into(),
        }),
    };
    Ok((data?, bytes))
}

fn too_short() -> Problem {
    Problem::Encoding(postcard::Error::DeserializeUnexpectedEnd)
}

fn document<'a, S: Deserialize<'a>>(content: &'a [u8]) -> Result<Document<S>, Problem> {
    let (document, rest) = postcard::take_from_bytes(content).map_err(Problem::Encoding)?;
    match rest.is_empty() {
        true => Ok(document),
        false => Err(Problem::Encoding(postcard::Error::DeserializeBadEncoding)),
    }
}

fn data<S: Into<f64> + Copy>(document: Document<S>) -> Result<Data, Problem> {
    let count = document.actions.len();
    let monomials = Monomials::new(count, document.degree.into())?;
    let center: f64 = document.center.into();
    expect(center.is_finite(), || "center".into(), "a number")?;
    let (mut names, mut shifts, mut factors) = (Vec::new(), Vec::new(), Vec::new());
    for (index, (name, shift, factor)) in document.actions.into_iter().enumerate() {
        let field = |name| format!("actions[{index}].{name}");
        let own = !name.is_empty() && name != document.outcome && !names.contains(&name);
        let known = own && !RESERVED.contains(&name.as_str());
        expect(known, || field("name"), "a name of its own")?;
        let (shift, factor): (f64, f64) = (shift.into(), factor.into());
        expect(shift.is_finite(), || field("shift"), "a number")?;
        let scales = factor.is_finite() && factor > 0.0;
        expect(scales, || field("factor"), "a number above 0")?;
        names.push(name);
        shifts.push(shift);
        factors.push(factor);
    }
    shifts.append(&mut factors);
    let basis = Basis::new(monomials, shifts).expect("a shift and a factor for every action");
    let mut parts: Vec<(RegimeMoments, Vec<Range>)> = Vec::new();
    let mut rows = 0_u64;
    for (index, part) in document.regimes.into_iter().enumerate() {
        let field = |name: &str| format!("regimes[{index}].{name}");
        let known = part.sets.bits() & !Regime::joint(count).bits() == 0;
        let first = parts.iter().all(|(other, _)| other.regime != part.sets);
        expect(
            known && first,
            || field("sets"),
            "a regime of these actions, once",
        )?;
        let of_part = u64::from_le_bytes(part.rows);
        rows = rows.saturating_add(of_part);
        expect(rows <= MOST_ROWS, || field("rows"), "at most 2^53 in all")?;
        let wide = |list: Vec<S>| list.into_iter().map(Into::into).collect::<Vec<f64>>();
        let mut ranges = wide(part.ranges);
        expect(
            ranges.len() == 2 * (count + 1),
            || field("ranges"),
            "2 (K + 1) numbers",
        )?;
        for outcome in [count, 2 * count + 1] {
            ranges[outcome] += center;
        }
        let (least, greatest) = ranges.split_at(count + 1);
        let ranges: Vec<Range> = least
            .iter()
            .zip(greatest)
            .map(|(&min, &max)| Range { min, max })
            .collect();
        expect(
            ranges.iter().all(is_range),
            || field("ranges"),
            "a least and a greatest value",
        )?;
        let mut numbers = wide(part.numbers);
        let columns = monomials.len();
        let expected = format!("{} numbers", buffer_len(columns));
        expect(
            numbers.len() == buffer_len(columns),
            || field("numbers"),
            &expected,
        )?;
        numbers[columns - 1] += center;
        let moments = Moments::from_parts(columns, of_part, numbers.into_boxed_slice());
        let mut folds = vec![moments.expect("as many as there are columns")];
        folds.resize(FOLDS, empty(columns));
        let regime = part.sets;
        parts.push((RegimeMoments::of(regime, folds), ranges));
    }
    parts.sort_by_key(|(part, _)| part.regime);
    let (regimes, ranges) = parts.into_iter().unzip();
    Ok(Data {
        outcome: document.outcome,
        scale: Scale::Identity,
        log_jacobian: 0.0,
        levels: vec![None; names.len()],
        actions: names,
        basis,
        regimes,
        ranges,
        blocks: None,
        near: None,
    })
}
