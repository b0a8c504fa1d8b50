//! What is odd about the values of a log, and is said rather than mended: some that are far from all others,
//! as -999 for a missing one is, and rows that repeat the row before them.

use crate::log::observations::LEADING_ROWS;
use crate::log::table::Place;
use crate::number::{count, exact, significant};
use std::ops::RangeInclusive;

/// Deviations from the median beyond which a value is called far from the others. Of a lognormal law one in some
/// 300,000 is where σ = 1, and one in some 1,400 where it is 1.5.
const FAR: f64 = 100.0;

/// The standard deviation of a normal law, in units of its median absolute deviation.
const NORMAL: f64 = 1.4826;

/// Rows from which repetitions are no coincidence.
const MANY: u64 = 30;

/// Watches rows go by.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// The first rows and where they are, until it is known what is far from them.
    leading: Vec<(Vec<f64>, Place)>,
    columns: Option<Vec<Column>>,
    before: Vec<f64>,
    rows: u64,
    repeated: u64,
}

/// What is known of an action or the outcome.
#[derive(Debug)]
struct Column {
    median: f64,
    /// Between these no value is far from the others; anywhere, where most values are the same.
    near: RangeInclusive<f64>,
    /// How many are, and the first of them.
    far: u64,
    first: Option<(f64, Place)>,
}

impl Watch {
    /// Takes in the numbers of a row.
    pub(crate) fn see(&mut self, values: &[f64], place: impl Fn() -> Place) {
        self.rows += 1;
        self.repeated += u64::from(self.before == values);
        self.before.clear();
        self.before.extend_from_slice(values);
        match &mut self.columns {
            Some(columns) => look(columns, values, place),
            None => {
                self.leading.push((values.to_vec(), place()));
                if self.leading.len() == LEADING_ROWS {
                    self.settle();
                }
            }
        }
    }

    /// Works out what is far from the others, from the rows so far.
    pub(crate) fn settle(&mut self) {
        if self.columns.is_some() {
            return;
        }
        let count = self.leading.first().map_or(0, |(values, _)| values.len());
        let column =
            |column| Column::of(self.leading.iter().map(move |(values, _)| values[column]));
        let mut columns: Vec<_> = (0..count).map(column).collect();
        for (values, place) in std::mem::take(&mut self.leading) {
            look(&mut columns, &values, || place.clone());
        }
        self.columns = Some(columns);
    }

    /// What is odd, of columns of these names.
    pub(crate) fn remarks(&self, names: &[&str]) -> Vec<String> {
        let columns = names.iter().zip(self.columns.iter().flatten());
        let far = columns.filter_map(|(name, column)| {
            let (value, place) = column.first.as_ref()?;
            let others = match column.far - 1 {
                0 => String::new(),
                others => format!(", and {} more such values", count(others)),
            };
            Some(format!(
                "{place}: {name} is {}{others}, where most are near {}: a fit takes it as it is, so leave the \
                 cell empty if it stands for a missing value",
                exact(*value),
                significant(column.median)
            ))
        });
        let repeated = (self.rows >= MANY && 2 * self.repeated > self.rows).then(|| {
            format!(
                "{} of {} rows repeat the row before them: if they are one measurement, keep one of each, since \
                 standard errors count all",
                count(self.repeated),
                count(self.rows)
            )
        });
        far.chain(repeated).collect()
    }
}

impl Column {
    /// Of these values.
    fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let median = self::median(values.clone().collect());
        let deviation = self::median(values.map(|value| (value - median).abs()).collect());
        let reach = match deviation > 0.0 {
            true => FAR * NORMAL * deviation,
            false => f64::INFINITY,
        };
        Self {
            median,
            near: median - reach..=median + reach,
            far: 0,
            first: None,
        }
    }
}

/// Keeps the values of a row that are far from the others.
fn look(columns: &mut [Column], values: &[f64], place: impl Fn() -> Place) {
    for (column, &value) in columns.iter_mut().zip(values) {
        if !column.near.contains(&value) {
            column.far += 1;
            column.first.get_or_insert_with(|| (value, place()));
        }
    }
}

/// The middle one, the lower of two.
fn median(mut values: Vec<f64>) -> f64 {
    let middle = (values.len() - 1) / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::Watch;
    use crate::log::table::Place;

    fn watched(rows: impl Iterator<Item = [f64; 2]>) -> Vec<String> {
        let mut watch = Watch::default();
        for (row, values) in rows.enumerate() {
            watch.see(&values, || Place {
                table: format!("row {row}"),
                row: None,
                column: None,
            });
        }
        watch.settle();
        watch.remarks(&["x", "y"])
    }

    /// Among the rows that settle what is far and behind them; not where most values are the same.
    #[test]
    fn what_is_far_is_named_once() {
        for first in [7, 1500] {
            let rows = (0..2000).map(|row| {
                let wild = row >= first && row % 500 == first % 500;
                let rests = if row % 9 == 0 { 1e9 } else { 0.0 };
                [if wild { -999.0 } else { f64::from(row % 10) }, rests]
            });
            let more = (2000 - first - 1) / 500;
            let others = match more {
                0 => String::new(),
                more => format!(", and {more} more such values"),
            };
            let [said] = &watched(rows)[..] else {
                panic!("one remark");
            };
            let expected = format!("row {first}: x is -999{others}, where most are near 4.00");
            assert!(said.starts_with(&expected), "{said}");
        }
    }

    #[test]
    fn repeated_rows_are_counted() {
        let rows = (0..300).map(|row| [f64::from(row / 3), 1.0]);
        let said = watched(rows);
        assert_eq!(said.len(), 1);
        assert!(
            said[0].starts_with("200 of 300 rows repeat the row before them"),
            "{said:?}"
        );
        assert!(watched((0..300).map(|row| [f64::from(row / 2), 1.0])).is_empty());
    }
}
