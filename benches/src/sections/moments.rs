//! Features and moments beside faer's product of ready-made features.

use crate::cases::{self, Case};
use crate::float::Precision;
use crate::markdown::{Table, figures, percent, some_figures};
use crate::peak::peak;
use crate::peers::faer::{self, Order};
use crate::results::{Asked, Laboratory, Section};
use crate::steps::{Step, Unavailable};
use crate::stopwatch::{interleave, median, ratio};
use crate::work::Work;
use anyhow::Result;
use joint_effects_kernel::features::monomials;
use serde::{Deserialize, Serialize};

/// The section.
pub struct Moments;

/// One size in one precision; seconds a row.
#[derive(Serialize, Deserialize)]
pub struct Size {
    case: Case,
    features: f64,
    /// With the features; `None` where the program does not sum in this precision.
    moments: Option<f64>,
    syrk: f64,
    /// Rows a second of the moments by those of the product.
    to_syrk: Option<f64>,
    /// Rows a second of the moments in f32 by those in f64.
    to_double: Option<f64>,
    /// What the useful multiply–adds would take at the peak measured in the same turns.
    at_peak: f64,
}

impl Section for Moments {
    type Data = Vec<Size>;
    const NAME: &str = "moments";
    const TITLE: &str = "Features and moments beside a product of ready-made features";

    fn measure(laboratory: &Laboratory) -> Result<Vec<Size>> {
        let rows = cases::ROWS;
        let mut sizes = Vec::new();
        for case in cases::of(Step::Moments, laboratory.effort.is_trial()) {
            if case.precision == Precision::F64 {
                let both = Precision::BOTH.map(|precision| case.with(precision));
                let mut works = Vec::new();
                let mut places = Vec::new();
                for case in both {
                    let place = Place::add(case, rows, &mut works)?;
                    places.push(place);
                }
                let seconds = interleave(&mut works, laboratory.effort);
                let double = places[0].moments.map(|index| &seconds[index]);
                for (case, place) in both.into_iter().zip(&places) {
                    sizes.push(place.size(case, rows, &works, &seconds, double));
                }
            }
        }
        Ok(sizes)
    }

    fn text(data: &Vec<Size>) -> String {
        let mut table = Table::new([
            "K",
            "degree",
            "P",
            "type",
            "features",
            "+ moments",
            "syrk",
            "GFLOP/s",
            "rows/s ÷ syrk",
            "of peak",
        ]);
        let mut distance = Table::new([
            "K",
            "degree",
            "type",
            "all products",
            "distinct products",
            "features",
            "measured",
            "distinct ÷ measured",
        ]);
        for size in data {
            let Case {
                actions,
                degree,
                precision,
            } = size.case;
            let operations = products(size.case);
            let rate = size.moments.map(|seconds| operations / seconds / 1e9);
            let share = size.moments.map(|seconds| size.at_peak / seconds);
            table.row([
                actions.to_string(),
                degree.to_string(),
                size.case.terms().to_string(),
                precision.to_string(),
                figures(1e9 * size.features),
                some_figures(size.moments.map(|seconds| 1e9 * seconds)),
                figures(1e9 * size.syrk),
                some_figures(rate),
                some_figures(size.to_syrk),
                share.map_or("–".into(), percent),
            ]);
            if let Some(seconds) = size.moments {
                let distinct = size.at_peak * distinct_products(size.case) / operations;
                distance.row([
                    actions.to_string(),
                    degree.to_string(),
                    precision.to_string(),
                    figures(1e9 * size.at_peak),
                    figures(1e9 * distinct),
                    figures(1e9 * size.features),
                    figures(1e9 * seconds),
                    percent(distinct / seconds),
                ]);
            }
        }
        format!(
            "Nanoseconds a row, of {rows} rows. *features* are all monomials alone; *+ moments* is the \
             whole way from actions and outcomes to centred co-moments; *syrk* is faer's lower triangle \
             of `XᵀX`, X the same number of ready-made columns, in the faster of the two storage orders. \
             GFLOP/s count P(P + 1)/2 multiply–adds a row, and so does the share of the peak. {rule}\n\n\
             {table}\n### What the remaining distance is made of\n\n\
             Nanoseconds a row. Of the P(P + 1)/2 products of a row only C(K + 2d, 2d) + P differ, \
             because the product of two monomials is a monomial. *all products* and *distinct products* \
             are what these would take as multiply–adds at the peak measured in the same turns; a sum \
             over rows needs at least one for each that differs. *features* were measured alone. What is measured \
             above the sum of products and features is loads, stores, centring, and products below the \
             peak.\n\n{distance}",
            rows = cases::ROWS,
            rule = cases::rule(),
        )
    }

    fn asked(data: &Vec<Size>) -> Vec<Asked> {
        let mut asked = Vec::new();
        for size in data {
            let Case {
                actions,
                degree,
                precision,
            } = size.case;
            let least = match actions {
                5 => 0.8,
                2 | 10 => 0.4,
                _ => continue,
            };
            if degree == 3 && precision == Precision::F64 {
                let what =
                    format!("features + moments, K = {actions}, degree 3, f64: rows/s ÷ syrk's");
                asked.push(Asked::at_least(
                    what,
                    least,
                    size.to_syrk.unwrap_or(f64::NAN),
                ));
            }
            if actions == 5 && degree == 3 && precision == Precision::F32 {
                let what = "features + moments, K = 5, degree 3: f32 rows/s ÷ f64's";
                asked.push(Asked::at_least(
                    what,
                    1.7,
                    size.to_double.unwrap_or(f64::NAN),
                ));
            }
        }
        asked
    }
}

/// Useful operations of the products of one row.
fn products(case: Case) -> f64 {
    let p = case.terms() as f64;
    p * (p + 1.0)
}

/// Operations of those of them that differ: the monomials to twice the degree but the constant, and
/// the outcome with every monomial and with itself.
fn distinct_products(case: Case) -> f64 {
    let monomials = monomials::count(case.actions, 2 * case.degree);
    2.0 * (monomials + case.terms()) as f64
}

/// Where the works of one case are among all.
struct Place {
    features: usize,
    moments: Option<usize>,
    syrk: [usize; 2],
    peak: usize,
}

impl Place {
    fn add(case: Case, rows: usize, works: &mut Vec<Work<'static>>) -> Result<Self> {
        let mut add = |work| {
            works.push(work);
            works.len() - 1
        };
        let unavailable = |reason: Unavailable| anyhow::anyhow!("{case}: {reason}");
        let orders = [Order::Columns, Order::Rows];
        Ok(Self {
            features: add(Step::Features.work(case, rows).map_err(unavailable)?),
            moments: Step::Moments.work(case, rows).ok().map(&mut add),
            syrk: orders.map(|order| add(faer::syrk(case.precision, order, rows, case.terms()))),
            peak: add(peak(case.precision)),
        })
    }

    fn size(
        &self,
        case: Case,
        rows: usize,
        works: &[Work<'_>],
        seconds: &[Vec<f64>],
        double: Option<&Vec<f64>>,
    ) -> Size {
        let by_row = |index: usize| median(&seconds[index]) / rows as f64;
        let [columns, rows_first] = self.syrk;
        let syrk = if by_row(columns) < by_row(rows_first) {
            columns
        } else {
            rows_first
        };
        let moments = self.moments.map(|index| &seconds[index]);
        let operations = works[self.peak].operations.unwrap_or(f64::NAN);
        let is_single = case.precision == Precision::F32;
        Size {
            case,
            features: by_row(self.features),
            moments: self.moments.map(by_row),
            syrk: by_row(syrk),
            to_syrk: moments.map(|moments| ratio(&seconds[syrk], moments)),
            to_double: moments
                .zip(double)
                .filter(|_| is_single)
                .map(|(single, double)| ratio(double, single)),
            at_peak: products(case) * median(&seconds[self.peak]) / operations,
        }
    }
}
