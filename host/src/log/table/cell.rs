//! Cells of text tables: how spreadsheets and other programs write numbers, flags and what is missing.

use super::Problem;
use crate::log::expression::excerpt;

/// What stands for a value that is missing, in whatever case.
const MISSING: [&str; 10] = [
    "", "na", "n/a", "#n/a", "#na", "<na>", "nan", "-nan", "null", "none",
];

/// Signs that all numbers of a column may have before or behind them.
const SIGNS: [char; 5] = ['%', '$', '€', '£', '¥'];

/// What sets thousands apart beside the comma or the point, whichever is not the decimal mark.
const APART: [char; 6] = ['\'', '’', '\u{a0}', '\u{2009}', '\u{202f}', '\u{66c}'];

/// What the numbers of a column have before their decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decimal {
    Point,
    Comma,
}

impl Decimal {
    fn mark(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Point => "a decimal point",
            Self::Comma => "a decimal comma",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Point => Self::Comma,
            Self::Comma => Self::Point,
        }
    }
}

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Numbers,
    /// `TRUE` and `FALSE`.
    Flags,
    Text,
    /// Nothing, as far as was looked.
    Nothing,
}

/// How the cells of a column are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) content: Content,
    /// The decimal mark, where some numbers tell.
    decimal: Option<Decimal>,
    pub(super) sign: Option<char>,
}

impl Style {
    /// Numbers as Rust writes them.
    pub(super) const USUAL: Self = Self {
        content: Content::Numbers,
        decimal: None,
        sign: None,
    };

    /// A number as nearly all are written; `None` says nothing yet.
    #[inline]
    pub(super) fn plain(&self, text: &str) -> Option<f64> {
        if self.decimal == Some(Decimal::Comma) || self.sign.is_some() {
            return None;
        }
        let number: f64 = text.trim_ascii().parse().ok()?;
        number.is_finite().then_some(number)
    }

    /// A number of such a column; `None` where it is missing.
    pub(super) fn number(&self, text: &str) -> Result<Option<f64>, Problem> {
        if let Some(number) = self.plain(text) {
            return Ok(Some(number));
        }
        let text = text.trim();
        if is_missing(text) {
            return Ok(None);
        }
        if self.content == Content::Flags
            && let Some(flag) = word_as_flag(text)
        {
            return Ok(Some(f64::from(u8::from(flag))));
        }
        let unlike = |expected: &str| Problem::Unlike {
            expected: expected.into(),
            found: excerpt(text),
        };
        let bare = match self.sign {
            Some(sign) => without(sign, text).ok_or_else(|| unlike(&sign.to_string()))?,
            None => text.into(),
        };
        let read = |decimal| spelled(&bare, decimal);
        let decimal = self.decimal.unwrap_or(Decimal::Point);
        match (read(decimal), read(decimal.other())) {
            (Some(number), Some(other)) if number != other && self.decimal.is_none() => {
                Err(Problem::TwoNumbers(excerpt(text), number, other))
            }
            (Some(number), _) if number.is_finite() => Ok(Some(number)),
            (Some(_), _) => Err(Problem::NotFinite(excerpt(text))),
            (None, Some(_)) => Err(unlike(decimal.name())),
            (None, None) => Err(Problem::NotANumber(excerpt(text))),
        }
    }
}

/// A cell that holds an indicator; `None` where it is missing.
pub(super) fn flag(text: &str) -> Result<Option<bool>, Problem> {
    let text = text.trim();
    if is_missing(text) {
        return Ok(None);
    }
    let answer = match text {
        _ if text.eq_ignore_ascii_case("yes") => Some(true),
        _ if text.eq_ignore_ascii_case("no") => Some(false),
        _ => word_as_flag(text).or_else(|| text.parse().ok().and_then(number_as_flag)),
    };
    answer
        .map(Some)
        .ok_or_else(|| Problem::NotAFlag(excerpt(text)))
}

/// A cell that holds a number; `None` where that is none.
pub(super) fn finite(value: f64) -> Result<Option<f64>, Problem> {
    match value {
        _ if value.is_nan() => Ok(None),
        _ if value.is_finite() => Ok(Some(value)),
        _ => Err(Problem::NotFinite(value.to_string())),
    }
}

/// The indicator that a number stands for; `None` where it is missing.
pub(super) fn flag_of(number: Option<f64>) -> Result<Option<bool>, Problem> {
    let Some(number) = number else {
        return Ok(None);
    };
    let flag = number_as_flag(number).map(Some);
    flag.ok_or_else(|| Problem::NotAFlag(number.to_string()))
}

/// Numbers of these columns, up to the first that is missing, whose place among them is returned; an error has
/// its column.
pub(super) fn until_missing(
    columns: &[usize],
    numbers: &mut [f64],
    number_of: impl Fn(usize) -> Result<Option<f64>, Problem>,
) -> Result<Option<usize>, (usize, Problem)> {
    for (place, (number, &column)) in numbers.iter_mut().zip(columns).enumerate() {
        match number_of(column).map_err(|problem| (column, problem))? {
            Some(found) => *number = found,
            None => return Ok(Some(place)),
        }
    }
    Ok(None)
}

fn number_as_flag(number: f64) -> Option<bool> {
    match number {
        0.0 => Some(false),
        1.0 => Some(true),
        _ => None,
    }
}

fn word_as_flag(text: &str) -> Option<bool> {
    let words = [("false", false), ("true", true)];
    let mut words = words.into_iter();
    let (_, flag) = words.find(|(word, _)| text.eq_ignore_ascii_case(word))?;
    Some(flag)
}

pub(crate) fn is_missing(text: &str) -> bool {
    MISSING.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// A number as it is without this sign, which it must have on either side or behind its minus.
fn without(sign: char, text: &str) -> Option<String> {
    let (minus, size) = split_minus(text);
    let size = size
        .strip_prefix(sign)
        .or_else(|| size.strip_suffix(sign))?;
    Some(format!("{minus}{}", size.trim()))
}

/// The minus of a number, a hyphen also where it is typeset, and the rest.
fn split_minus(text: &str) -> (&str, &str) {
    match text.strip_prefix(['-', '−']) {
        Some(size) => ("-", size),
        None => ("", text),
    }
}

/// A number with this decimal mark, its thousands set apart or not.
fn spelled(text: &str, decimal: Decimal) -> Option<f64> {
    let (minus, size) = split_minus(text);
    let (whole, fraction) = match size.split_once(decimal.mark()) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (size, None),
    };
    let apart = |letter| APART.contains(&letter) || letter == decimal.other().mark();
    let whole = match whole.find(apart) {
        Some(_) => grouped(whole, apart)?,
        None => whole.to_string(),
    };
    let point = fraction.map_or(String::new(), |fraction| format!(".{fraction}"));
    format!("{minus}{whole}{point}").parse().ok()
}

/// The digits of a whole number whose thousands are set apart, all by the same letter.
fn grouped(text: &str, apart: impl Fn(char) -> bool) -> Option<String> {
    let separator = text.chars().find(|&letter| apart(letter))?;
    let groups: Vec<_> = text.split(separator).collect();
    let (first, others) = groups.split_first()?;
    let digits = |group: &str| group.bytes().all(|letter| letter.is_ascii_digit());
    let right = (1..=3).contains(&first.len())
        && !first.starts_with('0')
        && others.iter().all(|group| group.len() == 3)
        && groups.iter().all(|group| digits(group));
    right.then(|| groups.concat())
}

/// What the cells of a column tell of how it is written.
#[derive(Clone, Debug, Default)]
pub(super) struct Evidence {
    numbers: u64,
    flags: u64,
    texts: u64,
    /// How many numbers have a decimal point, or comma, that is nothing else.
    points: u64,
    commas: u64,
    /// The sign of the first number, and how many have it.
    sign: Option<char>,
    signed: u64,
}

/// What a single cell is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Missing,
    Flag,
    Number {
        told: Option<Decimal>,
        sign: Option<char>,
    },
    Text,
}

impl Cell {
    pub(super) fn of(text: &str) -> Self {
        let text = text.trim();
        if is_missing(text) {
            return Self::Missing;
        }
        if word_as_flag(text).is_some() {
            return Self::Flag;
        }
        let sign = SIGNS.into_iter().find(|&sign| text.contains(sign));
        let bare = match sign {
            Some(sign) => without(sign, text),
            None => Some(text.into()),
        };
        let Some(bare) = bare else { return Self::Text };
        let [point, comma] = [Decimal::Point, Decimal::Comma].map(|mark| spelled(&bare, mark));
        let told = match (point, comma) {
            (None, None) => return Self::Text,
            (Some(_), None) => Some(Decimal::Point),
            (None, Some(_)) => Some(Decimal::Comma),
            (Some(_), Some(_)) => None,
        };
        Self::Number { told, sign }
    }
}

impl Evidence {
    pub(super) fn add(&mut self, cell: Cell) {
        match cell {
            Cell::Missing => {}
            Cell::Flag => self.flags += 1,
            Cell::Text => self.texts += 1,
            Cell::Number { told, sign } => {
                if self.numbers == 0 {
                    self.sign = sign;
                }
                self.signed += u64::from(sign.is_some() && sign == self.sign);
                self.numbers += 1;
                self.points += u64::from(told == Some(Decimal::Point));
                self.commas += u64::from(told == Some(Decimal::Comma));
            }
        }
    }

    /// The decimal mark of most numbers that tell.
    fn told(&self) -> Option<Decimal> {
        match (self.points, self.commas) {
            (0, 0) => None,
            (points, commas) if points >= commas => Some(Decimal::Point),
            _ => Some(Decimal::Comma),
        }
    }

    pub(super) fn is_numbers(&self) -> bool {
        self.numbers > 0 && self.flags == 0 && self.texts == 0
    }

    /// How every column is written. One whose numbers do not tell the decimal mark has that of all those
    /// that tell; where none does, semicolons between the cells stand for decimal commas within them.
    pub(super) fn styles(columns: &[Self], separator: u8) -> Vec<Style> {
        let mut told = columns.iter().filter_map(Self::told);
        let common = match told.next() {
            Some(first) => told.all(|other| other == first).then_some(first),
            None => (separator == b';').then_some(Decimal::Comma),
        };
        let style = |column: &Self| Style {
            content: match (column.numbers, column.flags, column.texts) {
                (0, 0, 0) => Content::Nothing,
                (0, _, 0) => Content::Flags,
                (0, ..) => Content::Text,
                _ => Content::Numbers,
            },
            decimal: column.told().or(common),
            sign: column.sign.filter(|_| column.signed == column.numbers),
        };
        columns.iter().map(style).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Evidence, Style};

    fn styles(columns: &[&[&str]], separator: u8) -> Vec<Style> {
        let evidence = columns.iter().map(|cells| {
            let mut evidence = Evidence::default();
            cells.iter().for_each(|cell| evidence.add(Cell::of(cell)));
            evidence
        });
        Evidence::styles(&evidence.collect::<Vec<_>>(), separator)
    }

    fn read(style: &Style, text: &str) -> Result<Option<f64>, String> {
        style.number(text).map_err(|problem| problem.to_string())
    }

    #[test]
    fn a_column_is_read_as_its_cells_tell() {
        type Case<'a> = (&'a [&'a str], u8, &'a [(&'a str, f64)]);
        let cases: [Case; 9] = [
            (&["1.5", "2"], b',', &[("1,234", 1234.0), ("1.234", 1.234)]),
            (&["1,5", "2"], b';', &[("1.234", 1234.0), ("1,234", 1.234)]),
            (&["1,5"], b',', &[("-0,25", -0.25), ("7", 7.0)]),
            (
                &["1.234,5"],
                b'\t',
                &[("12.345.678,25", 12_345_678.25), ("1,5e3", 1500.0)],
            ),
            (&["2,683.7"], b',', &[("2,683", 2683.0), ("−4", -4.0)]),
            (&["1'234.5"], b',', &[("9\u{a0}876", 9876.0)]),
            (&["12%", "-3 %"], b',', &[("4.5%", 4.5)]),
            (
                &["$1.5", "-$2"],
                b',',
                &[("$1,234.5", 1234.5), ("$-3", -3.0)],
            ),
            (
                &["TRUE", "False"],
                b',',
                &[("true", 1.0), ("FALSE", 0.0), ("1", 1.0)],
            ),
        ];
        for (cells, separator, expected) in cases {
            let [style] = styles(&[cells], separator)[..] else {
                panic!("one style");
            };
            for &(text, number) in expected {
                assert_eq!(
                    read(&style, text),
                    Ok(Some(number)),
                    "{text} after {cells:?}"
                );
            }
            for text in ["", " NA", "#N/A", "NaN", "null"] {
                assert_eq!(read(&style, text), Ok(None), "{text:?} after {cells:?}");
            }
            for text in [
                "1d0", "0x1", "1_0", "½", "1.5e", "inf", "1f", "-", "12:30", "1,23,456",
            ] {
                assert!(read(&style, text).is_err(), "{text} after {cells:?}");
            }
        }
    }

    #[test]
    fn what_may_be_two_numbers_is_refused_unless_another_column_tells() {
        let columns: [&[&str]; 2] = [&["1,234"], &["5"]];
        let style = styles(&columns, b',')[0];
        assert_eq!(
            read(&style, "1,234"),
            Err(
                r#"expected a number, found "1,234", which may be 1234 or 1.234: write it without thousands separators"#
                    .to_string()
            )
        );
        assert_eq!(read(&style, "1.234"), Ok(Some(1.234)));
        for (other, separator, number) in [
            ("0.5", b',', 1234.0),
            ("0,5", b'\t', 1.234),
            ("5", b';', 1.234),
        ] {
            let columns: [&[&str]; 2] = [&["1,234"], &[other]];
            let style = styles(&columns, separator)[0];
            assert_eq!(read(&style, "1,234"), Ok(Some(number)), "beside {other}");
        }
    }

    #[test]
    fn a_cell_unlike_the_others_is_refused() {
        let unlike = |expected: &str, found: &str| {
            format!("expected a number with {expected}, as other rows have, found {found:?}")
        };
        let cases = [
            ("1.5", "0,5", unlike("a decimal point", "0,5")),
            ("1,5", "0.5", unlike("a decimal comma", "0.5")),
            ("1%", "0.5", unlike("%", "0.5")),
            ("1%", "0.5$", unlike("%", "0.5$")),
            ("1.5", "0.5%", r#"expected a number, found "0.5%""#.into()),
            ("1.5", "TRUE", r#"expected a number, found "TRUE""#.into()),
        ];
        for (first, text, problem) in cases {
            let style = styles(&[&[first]], b',')[0];
            assert_eq!(read(&style, text), Err(problem), "{text} after {first}");
        }
    }
}
