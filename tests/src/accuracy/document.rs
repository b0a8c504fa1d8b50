//! `docs/accuracy.md`: what is measured, as tables, and whether tables still say it.

use super::lapack::{self, Kind, Ratios};
use super::nist::{self, Digits, Set, Variables};
use super::streams::{Stream, Way};
use crate::feed::{self, Feed};
use joint_effects_kernel::Scalar;
use joint_effects_kernel::error::FitError;
use std::path::PathBuf;

/// Rows of the stream that the tests repeat.
pub const SHORT: u64 = 30_000_000;

/// Rows of the long stream.
pub const LONG: u64 = 1_000_000_000;

/// Where the document lies.
pub fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/accuracy.md")
}

/// What comes before the sections.
pub const INTRODUCTION: &str = "# Accuracy

How many digits the kernel's results have, and what bounds them. This file is written by

```sh
cargo run --release -p joint-effects-tests accuracy
```

(some minutes: the last table is of a billion rows, six times), and `tests/tests/accuracy.rs` fails
where what it measures is no longer what stands here.

The short of it:

* In f64 the data alone decide. Fit actions that are shifted and scaled, as the program does: what is far
  from zero, raised to powers, loses digits that nothing brings back.
* In f32, use `kernel::moments::compensated` where there are more than some 10⁵ rows. Of plain sums of rows the
  standard deviations are 4 % off after 3·10⁷ rows, by when they have all but stopped growing, and half of
  what they should be after 10⁹; of compensated ones they have all the digits that f32 has.
* A fit that could not have three digits is refused, and the error names the feature that depends on the
  others (`kernel::fit::least_squares`, `kernel::fit::ridge`).
";

/// All of it; `None` where the yardsticks are not at hand.
pub fn document() -> Option<String> {
    let sections = [
        INTRODUCTION.to_owned(),
        nist()?,
        lapack(),
        streams(SHORT),
        streams(LONG),
    ];
    Some(sections.join("\n"))
}

/// NIST's sets; `None` where the yardsticks are not at hand.
pub fn nist() -> Option<String> {
    let both = [Variables::Standardised, Variables::Raw];
    let rows = nist::sets()?.into_iter().map(|set| {
        let mut cells = vec![set.name.clone(), set.monomials.degree().to_string()];
        cells.push(format!("{:.1}", set.ceilings[0]));
        cells.push(digits(&Ok(set.by_qr())));
        let feeds: [Feed<f64>; 3] = [feed::compensated, feed::by_rows, feed::by_tiles];
        let in_f64 = |variables, feed| digits(&set.fit::<f64>(variables, feed, |x| x));
        cells.extend(feeds.map(|feed| in_f64(Variables::Standardised, feed)));
        cells.push(in_f64(Variables::Raw, feed::compensated));
        cells.push(format!("{:.1}", set.ceilings[1]));
        cells.extend(both.map(|variables| digits(&in_f32(&set, variables))));
        cells
    });
    let header = [
        "set",
        "degree",
        "exact, f64",
        "QR of the rows",
        "compensated",
        "rows",
        "tiles",
        "compensated, raw",
        "exact, f32",
        "compensated, f32",
        "the same, raw",
    ];
    Some(format!(
        "## NIST's reference sets\n\nDigits that agree with the certified values (the logarithm of the \
         relative error), the least of the coefficients / of \
         their standard errors / of the residual standard deviation. Rows → monomials → moments → \
         `kernel::fit::least_squares`, then written over the monomials of the actions as they are, where the \
         certified coefficients stand. *Exact* is what exact arithmetic reaches from inputs rounded to \
         the scalar; *QR* keeps all rows, in f64, and decomposes the matrix of raw monomials. The \
         monomials are of the actions shifted and scaled as `joint-effects fit` does it, or *raw*. \
         Asked: coefficients of Longley, Norris and Pontius to 12 digits, Wampler1–3 to 8.\n\nMoments \
         of 53 bits cannot give the residual variance more than 16 digits less those of 1 / (1 − R²): \
         Pontius, where it is 10⁷, has 9 where QR has 12. Wampler 1 and 2 have no residual at all, and their standard errors are 0.\n\n{}",
        table(&header, rows)
    ))
}

fn in_f32(set: &Set, variables: Variables) -> Result<Digits, FitError> {
    set.fit::<f32>(variables, feed::compensated, |x| x as f32)
}

fn digits(found: &Result<Digits, FitError>) -> String {
    let Ok(found) = found else {
        return "refused".into();
    };
    let spread = match found.spread {
        Some([errors, residual]) => format!("{errors:.1} / {residual:.1}"),
        None => "– / –".into(),
    };
    format!("{:.1} / {spread}", found.coefficients)
}

/// LAPACK's ratios.
pub fn lapack() -> String {
    let rows = Kind::ALL.into_iter().map(|kind| {
        let mut cells = vec![kind.name().into()];
        cells.extend(ratios(lapack::worst_in_f64(kind)));
        cells.extend(ratios(lapack::worst_in_f32(kind)));
        cells
    });
    let header = [
        "matrix",
        "factor, f64",
        "solve",
        "inverse",
        "factor, f32",
        "solve",
        "inverse",
    ];
    format!(
        "## LAPACK's ratios of the Cholesky factor\n\nThe worst over orders from 1 to 300, in units of \
         roundoff: ‖L Lᵀ − A‖ / (n ‖A‖ ε), ‖b − A x‖ / (‖A‖ ‖x‖ ε), ‖I − A A⁻¹‖ / (n ‖A‖ ‖A⁻¹‖ ε). \
         LAPACK's tests ask for less than 30. Where a row and its column are zero there is no factor: \
         the failing pivot was named right at every order.\n\n{}",
        table(&header, rows)
    )
}

fn ratios(ratios: Option<Ratios>) -> Vec<String> {
    match ratios {
        Some(ratios) => ratios.iter().map(|ratio| format!("{ratio:.2}")).collect(),
        None => vec!["pivot named".into(), "–".into(), "–".into()],
    }
}

/// Streams of about so many rows.
pub fn streams(rows: u64) -> String {
    let stream = Stream::new(rows);
    let rows = Way::ALL.into_iter().flat_map(|way| {
        let in_f64 = row(&stream, way, "f64", |x| x);
        [in_f64, row(&stream, way, "f32", |x| x as f32)]
    });
    let header = [
        "sums",
        "scalar",
        "mean",
        "near zero",
        "far",
        "drifting",
        "constant",
        "correlation",
    ];
    let heading = format!("## A stream of {} rows", stream.rows());
    format!(
        "{heading}\n\nErrors of moments of five columns, beside sums of whole numbers without rounding: the \
         largest of a mean, in standard deviations; of the standard deviations, relative, of a column \
         near zero, of one 10⁶ standard deviations away from it, and of one that drifts; the standard \
         deviation found in a column that is constant, relative to its value; the largest of a \
         correlation. A mean 10⁶ standard deviations from zero cannot be written in f32 but to some \
         hundredths of one; the 48 bits that a compensated one has are just enough for 10⁹ rows of it, which \
         shows in its correlation with the drift.\n\n{}",
        table(&header, rows)
    )
}

fn row<S: Scalar + Into<f64>>(
    stream: &Stream,
    way: Way,
    scalar: &str,
    round: fn(f64) -> S,
) -> Vec<String> {
    eprintln!("{} rows, {way:?}, {scalar}", stream.rows());
    let errors = stream.errors(way, round);
    let numbers = [
        errors.mean,
        errors.near_zero,
        errors.far,
        errors.drifting,
        errors.constant,
        errors.correlation,
    ];
    let names = [way.name().into(), scalar.into()].into_iter();
    names.chain(numbers.map(|x| format!("{x:.1e}"))).collect()
}

fn table(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let header: Vec<String> = header.iter().map(|&cell| cell.into()).collect();
    let rule = vec!["---".into(); header.len()];
    let rows = rows.map(|row| line(&row)).collect::<String>();
    line(&header) + &line(&rule) + &rows
}

/// Panics unless the document has this section, its words the same and its numbers within half a unit
/// or a factor of two: rounding differs, and a table that is further off is stale.
pub fn assert_stands(document: &str, section: &str) {
    let heading = section.lines().next().expect("a section has a heading");
    let from = document.find(&format!("{heading}\n"));
    let from = from.unwrap_or_else(|| panic!("no section {heading:?}"));
    let words =
        |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
    let (found, written) = (words(section), words(&document[from..]));
    assert!(
        written.len() >= found.len(),
        "{heading}: the document ends early"
    );
    for (found, written) in found.iter().zip(&written) {
        assert!(
            near(found, written),
            "{heading}: {written} stands in docs/accuracy.md, but {found} is found; look why, and \
             write the document anew"
        );
    }
}

fn near(found: &str, written: &str) -> bool {
    if found == written {
        return true;
    }
    let (Ok(found), Ok(written)) = (found.parse::<f64>(), written.parse::<f64>()) else {
        return false;
    };
    // Errors are small numbers, of which a factor counts; digits are not.
    let close = found.abs().min(written.abs()) >= 0.1 && (found - written).abs() <= 0.5;
    let rounding = found.max(written) < 1e-12;
    close || rounding || (found <= 2.0 * written && written <= 2.0 * found)
}
