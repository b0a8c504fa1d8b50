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
    let column = data.block().map(String::from);
    let costs = costs(&arguments.costs);
    let plans = |data: Data| {
        let plans = plans(&data, arguments.budget, costs);
        plans.with_context(|| log::files(&arguments.log))
    };
    // As a fit by each estimator would.
    let separate = plans(at_lowest_degree(&data, arguments.log.degree))?.separate;
    let structured = plans(at_likeliest_degree(&data, arguments.log.degree))?.structured;
    let plans = separate.into_iter().chain([structured]);
    if arguments.results.json {
        let plans = plans.map(|plan| {
            json!({
                "estimator": plan.estimator,
                "observational_rows": plan.allocation.observational.round() as u64,
                "single_rows": plan.allocation.single.round() as u64,
                "standard_error": plan.standard_error,
            })
        });
        let plans: Vec<_> = plans.collect();
        return print_json(&json!({"budget": arguments.budget, "plans": plans}));
    }
    let rows = plans.map(|plan| {
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
    let mut text = table::of(header, rows).to_string();
    if let Some(column) = &column {
        text += &format!(
            "\n\nrows of each regime are taken to be in blocks ({column:?}) as the pilot's rows of it are; the estimator \
             separate knows nothing of blocks"
        );
    }
    print(text)
}

pub(crate) fn costs(costs: &RowCosts) -> Costs<f64> {
    Costs {
        observational: costs.cost_observational,
        single: costs.cost_single,
    }
}
