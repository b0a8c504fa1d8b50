//! `plan`: how many rows of each regime to collect, from a pilot.

use crate::app::arguments::{Plan, RowCosts};
use crate::app::commands::{log, print, print_json, table};
use crate::decide::plan::plans;
use crate::model::fit::Estimator;
use crate::model::likelihood::{at_likeliest_degree, at_lowest_degree};
use crate::moments::data::Data;
use anyhow::{Context, Result};
use joint_effects_kernel::allocation::Costs;
use serde_json::json;

pub(crate) fn run(arguments: &Plan) -> Result<()> {
    let memory = |monomials, regimes| Estimator::Structured.memory(monomials, regimes);
    let data = log::read(&arguments.log, &[], &memory)?;
    let costs = costs(&arguments.costs);
    let plans = |data: Data| {
        let plans = plans(&data, arguments.budget, costs);
        plans.with_context(|| log::files(&arguments.log))
    };
    // As a fit by each estimator would.
    let [separate, _] = plans(at_lowest_degree(&data, arguments.log.degree))?;
    let [_, structured] = plans(at_likeliest_degree(&data, arguments.log.degree))?;
    let plans = [separate, structured];
    if arguments.results.json {
        let plans = plans.map(|plan| {
            json!({
                "estimator": plan.estimator,
                "observational_rows": plan.allocation.observational.round() as u64,
                "single_rows": plan.allocation.single.round() as u64,
                "standard_error": plan.standard_error,
            })
        });
        return print_json(&json!({"budget": arguments.budget, "plans": plans}));
    }
    let rows = plans.iter().map(|plan| {
        [
            plan.estimator.to_string(),
            format!("{:.0}", plan.allocation.observational),
            format!("{:.0}", plan.allocation.single),
            format!("{:.4}", plan.standard_error),
        ]
    });
    let header = [
        "estimator",
        "observational rows",
        "rows of each do(action)",
        "expected standard error",
    ];
    print(table::of(header, rows))
}

pub(crate) fn costs(costs: &RowCosts) -> Costs<f64> {
    Costs {
        observational: costs.cost_observational,
        single: costs.cost_single,
    }
}
