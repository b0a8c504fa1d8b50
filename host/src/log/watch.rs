//! What is odd about the values of a log, and is said rather than mended: some that are far from all others,
//! as -999 for a missing one is, and rows that repeat the row before them.

use crate::log::observations::LEADING_ROWS;
use crate::log::table::Place;
use crate::number::{count, exact, significant};

/// Deviations from the median beyond which a value is called far from the others. Of a lognormal law with
/// σ = 1.5, one in some 10⁵ is.
const FAR: f64 = 100.0;

/// The standard deviation of a normal law, in units of its median absolute deviation.
const NORMAL: f64 = 1.4826;

/// Rows from which repetitions are no coincidence.
const MANY: u64 = 30;

/// Watches rows go by.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// The first rows and where they are, until bounds are known.
    leading: Vec<(Vec<f64>, Place)>,
    /// Median and deviation of every column; none of one whose values are mostly the same.
    bounds: Option<Vec<Option<(f64, f64)>>>,
    /// The values of every column that are far from the others: how many, and the first.
    far: Vec<(u64, Option<(f64, Place)>)>,
    before: Vec<f64>,
    rows: u64,
    repeated: u64,
}

impl Watch {
    /// Takes in the numbers of a row.
    pub(crate) fn see(&mut self, values: &[f64], place: impl Fn() -> Place) {
        self.rows += 1;
        self.repeated += u64::from(self.before == values);
        self.before.clear();
        self.before.extend_from_slice(values);
        match &self.bounds {
            Some(bounds) => {
                for ((value, bounds), far) in values.iter().zip(bounds).zip(&mut self.far) {
                    if is_far(*value, *bounds) {
                        name(far, *value, place());
                    }
                }
            }
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
        if self.bounds.is_some() {
            return;
        }
        let columns = self.leading.first().map_or(0, |(values, _)| values.len());
        let bounds: Vec<_> = (0..columns)
            .map(|column| {
                let values = self.leading.iter().map(|(values, _)| values[column]);
                let middle = median(values.clone().collect());
                let deviation = median(values.map(|value| (value - middle).abs()).collect());
                (deviation > 0.0).then_some((middle, NORMAL * deviation))
            })
            .collect();
        self.far = vec![Default::default(); columns];
        for (values, place) in std::mem::take(&mut self.leading) {
            for ((value, bounds), far) in values.iter().zip(&bounds).zip(&mut self.far) {
                if is_far(*value, *bounds) {
                    name(far, *value, place.clone());
                }
            }
        }
        self.bounds = Some(bounds);
    }

    /// What is odd, of columns of these names.
    pub(crate) fn remarks(&self, names: &[&str]) -> Vec<String> {
        let bounds = self.bounds.iter().flatten();
        let columns = names.iter().zip(bounds).zip(&self.far);
        let far = columns.filter_map(|((name, bounds), (many, first))| {
            let ((median, _), (value, place)) = ((*bounds)?, first.as_ref()?);
            let others = match many - 1 {
                0 => String::new(),
                others => format!(", and {} more such values", count(others)),
            };
            Some(format!(
                "{place}: {name} is {}{others}, where most are near {}: a fit takes it as it is, so leave the \
                 cell empty if it stands for a missing value",
                exact(*value),
                significant(median)
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

fn is_far(value: f64, bounds: Option<(f64, f64)>) -> bool {
    bounds.is_some_and(|(median, deviation)| (value - median).abs() > FAR * deviation)
}

fn name(far: &mut (u64, Option<(f64, Place)>), value: f64, place: Place) {
    far.0 += 1;
    far.1.get_or_insert((value, place));
}

/// The middle one, the lower of two.
fn median(mut values: Vec<f64>) -> f64 {
    let middle = (values.len() - 1) / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}
