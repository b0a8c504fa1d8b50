//! The packed Cholesky factorisation beside faer's and nalgebra's.

use crate::cases::{self, Case};
use crate::float::Precision;
use crate::markdown::{Table, figures, percent};
use crate::peak::peak;
use crate::peers::{faer, nalgebra};
use crate::results::{Asked, Laboratory, Section};
use crate::steps::Step;
use crate::stopwatch::{interleave, median, ratio};
use crate::work::Work;
use anyhow::{Result, anyhow};
use serde::{Deserialize, Serialize};

/// The section.
pub struct Cholesky;

/// One order in one precision; seconds a factorisation.
#[derive(Serialize, Deserialize)]
pub struct Size {
    order: usize,
    precision: Precision,
    packed: f64,
    faer: f64,
    nalgebra: f64,
    /// The better peer's seconds by ours.
    to_better: f64,
    /// Share of the peak measured in the same turns.
    of_peak: f64,
}

impl Section for Cholesky {
    type Data = Vec<Size>;
    const NAME: &str = "cholesky";
    const TITLE: &str = "Cholesky factorisation";

    fn measure(laboratory: &Laboratory) -> Result<Vec<Size>> {
        let mut cases = cases::of(Step::Cholesky, laboratory.effort.is_trial());
        cases.sort_by_key(|case| (case.precision == Precision::F32, case.terms()));
        cases
            .into_iter()
            .map(|case| size(case, laboratory))
            .collect()
    }

    fn text(data: &Vec<Size>) -> String {
        let mut table = Table::new([
            "order",
            "type",
            "packed",
            "faer",
            "nalgebra",
            "GFLOP/s",
            "better peer ÷ packed",
            "of peak",
        ]);
        for size in data {
            table.row([
                size.order.to_string(),
                size.precision.to_string(),
                figures(1e6 * size.packed),
                figures(1e6 * size.faer),
                figures(1e6 * size.nalgebra),
                figures(operations(size.order) / size.packed / 1e9),
                figures(size.to_better),
                percent(size.of_peak),
            ]);
        }
        format!(
            "Microseconds to copy a matrix and factor it. The kernel's matrix is a packed lower \
             triangle, the peers' are full, column by column; faer copies the lower triangle only, \
             nalgebra the whole into a matrix it allocates. GFLOP/s count P³/3.\n\n{table}"
        )
    }

    fn asked(data: &Vec<Size>) -> Vec<Asked> {
        let asked =
            |size: &&Size| [56, 286].contains(&size.order) && size.precision == Precision::F64;
        data.iter()
            .filter(asked)
            .map(|size| {
                let what = format!(
                    "packed Cholesky, order {}, f64: time of the better of faer and nalgebra ÷ ours",
                    size.order
                );
                Asked::at_least(what, 0.7, size.to_better)
            })
            .collect()
    }
}

fn operations(order: usize) -> f64 {
    (order as f64).powi(3) / 3.0
}

fn size(case: Case, laboratory: &Laboratory) -> Result<Size> {
    let (order, precision) = (case.terms(), case.precision);
    let mut works: [Work<'_>; 4] = [
        Step::Cholesky
            .work(case, 1)
            .map_err(|reason| anyhow!("{case}: {reason}"))?,
        faer::cholesky(precision, order),
        nalgebra::cholesky(precision, order),
        peak(precision),
    ];
    let seconds = interleave(&mut works, laboratory.effort);
    let [packed, faer, nalgebra, peak] = [0, 1, 2, 3].map(|index| median(&seconds[index]));
    let better = if faer < nalgebra {
        &seconds[1]
    } else {
        &seconds[2]
    };
    let most = works[3].operations.unwrap_or(f64::NAN) / peak;
    Ok(Size {
        order,
        precision,
        packed,
        faer,
        nalgebra,
        to_better: ratio(better, &seconds[0]),
        of_peak: operations(order) / packed / most,
    })
}
