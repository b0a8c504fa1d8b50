//! Tables and numbers in Markdown.

use std::fmt::{self, Display};

/// A table; columns after the first are set right.
#[derive(Clone, Debug, Default)]
pub struct Table {
    lines: Vec<String>,
}

impl Table {
    /// A table with these headings.
    pub fn new<const N: usize>(headings: [&str; N]) -> Self {
        let rule: String = (0..N)
            .map(|column| if column == 0 { "---|" } else { "--:|" })
            .collect();
        Self {
            lines: vec![line(&headings), format!("|{rule}")],
        }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.lines.push(line(&cells));
    }
}

fn line<T: Display>(cells: &[T]) -> String {
    let cells: String = cells.iter().map(|cell| format!(" {cell} |")).collect();
    format!("|{cells}")
}

impl Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.lines.join("\n"))
    }
}

/// A number to three significant digits; a dash where there is none.
pub fn figures(value: f64) -> String {
    let size = value.abs();
    if value < 0.0 && value.is_finite() {
        format!("−{}", figures(size))
    } else if !value.is_finite() {
        "–".into()
    } else if size >= 1000.0 {
        thousands(value.round() as u64)
    } else if size >= 100.0 || size == 0.0 {
        format!("{value:.0}")
    } else if size >= 10.0 {
        format!("{value:.1}")
    } else if size >= 1.0 {
        format!("{value:.2}")
    } else if size >= 0.1 {
        format!("{value:.3}")
    } else if size >= 0.001 {
        format!("{value:.4}")
    } else {
        format!("{value:.1e}")
    }
}

/// [`figures`] of a number that may be missing.
pub fn some_figures(value: Option<f64>) -> String {
    value.map_or("–".into(), figures)
}

/// A count with its thousands apart.
pub fn thousands(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share in percent.
pub fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits() {
        for (value, text) in [
            (1_234_567.4, "1,234,567"),
            (999.4, "999"),
            (12.34, "12.3"),
            (1.0, "1.00"),
            (0.1234, "0.123"),
            (0.0, "0"),
            (f64::NAN, "–"),
            (-1234.0, "−1,234"),
            (-0.5, "−0.500"),
        ] {
            assert_eq!(figures(value), text);
        }
    }

    #[test]
    fn a_table_is_markdown() {
        let mut table = Table::new(["K", "ns"]);
        table.row(["5".into(), "7.0".into()]);
        assert_eq!(table.to_string(), "| K | ns |\n|---|--:|\n| 5 | 7.0 |\n");
    }
}
