//! `plan`: how many rows of each regime to collect, from a pilot.

use crate::arguments::Plan;
use crate::commands::{log, table};
use anyhow::{Context, Result};
use joint_effects::plan::plans;
use joint_effects_kernel::allocation::Costs;
use std::io::{self, Write};

pub(crate) fn run(arguments: &Plan) -> Result<()> {
    let data = log::read(&arguments.log)?;
    let costs = Costs {
        observational: arguments.cost_observational,
        single: arguments.cost_single,
    };
    let plans = plans(&data, arguments.budget, costs);
    let plans = plans.with_context(|| log::files(&arguments.log))?;
    let rows = plans.iter().map(|plan| {
        [
            plan.estimator.to_string(),
            format!("{:.0}", plan.allocation.observational),
            format!("{:.0}", plan.allocation.single),
            format!("{:.4}", plan.standard_error),
        ]
    });
    let table = table::of(
        [
            "estimator",
            "observational rows",
            "rows of each do(action)",
            "expected standard error",
        ],
        rows,
    );
    writeln!(io::stdout(), "{table}").context("standard output")
}
