//! Instructions of fixed small cases beside their budgets.

use crate::instructions::{Budgets, OTHER_COMPILER, TOLERANCE};
use crate::markdown::{Table, percent, thousands};
use crate::results::{Laboratory, Section};
use anyhow::Result;
use serde::{Deserialize, Serialize};

/// The section.
pub struct Instructions;

/// The counts and the budgets there were.
#[derive(Serialize, Deserialize)]
pub struct Data {
    counts: Budgets,
    budgets: Budgets,
}

impl Section for Instructions {
    type Data = Data;
    const NAME: &str = "instructions";
    const TITLE: &str = "Instructions of one call";

    fn measure(laboratory: &Laboratory) -> Result<Data> {
        Ok(Data {
            counts: Budgets::count(&laboratory.own)?,
            budgets: Budgets::read()?,
        })
    }

    fn text(data: &Data) -> String {
        let mut table = Table::new(["case", "instructions", "budget", "beside the budget"]);
        for (name, &count) in &data.counts.instructions {
            let budget = data.budgets.instructions.get(name);
            table.row([
                name.clone(),
                thousands(count),
                budget.map_or("–".into(), |&budget| thousands(budget)),
                budget.map_or("–".into(), |&budget| {
                    format!("{:+.1} %", 100.0 * (count as f64 / budget as f64 - 1.0))
                }),
            ]);
        }
        format!(
            "Counted by valgrind, which has no AVX-512: where vectors matter it is the way for AVX2. \
             512 rows of every regime. `benches/instructions.sh check` fails \
             where a count is more than {} above its budget in instructions.json ({} where the compiler \
             is not that of the budgets, {}); `benches/instructions.sh accept` makes the counts of now \
             the budgets.\n\n{table}",
            percent(TOLERANCE),
            percent(OTHER_COMPILER),
            data.budgets.compiler,
        )
    }
}
