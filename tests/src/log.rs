//! Logs: rows written as a table, and the host's models of what is read.

use crate::simulate::Rows;
use joint_effects::log::expression;
use joint_effects::log::observations::{Columns, Observations};
use joint_effects::log::table::Table;
use joint_effects::model::Model;
use joint_effects::model::fit::{self, Estimator};
use joint_effects::moments::data::Data;
use joint_effects_kernel::Regime;

/// The estimators of a table.
pub const ESTIMATORS: [Estimator; 4] = [
    Estimator::Observational,
    Estimator::Separate,
    Estimator::Indicator,
    Estimator::Structured,
];

/// The rows as CSV, the columns `regime`, the actions by their names, and `y`.
pub fn table(names: &[String], data: &[(Regime, Rows)]) -> String {
    let mut text = format!("regime,{},y\n", names.join(","));
    for (regime, rows) in data {
        let written = expression::write(*regime, names);
        let values = rows.actions.chunks_exact(names.len());
        for (values, outcome) in values.zip(&rows.outcomes) {
            let values: Vec<_> = values.iter().map(f64::to_string).collect();
            text += &format!("\"{written}\",{},{outcome}\n", values.join(","));
        }
    }
    text
}

/// What the host keeps of such a table.
pub fn read(table: &str, degree: impl Into<Option<usize>>) -> Data {
    let columns = Columns::new("y");
    let tables = vec![Table::new("table", table.as_bytes()).unwrap()];
    let mut rows = Observations::new(tables, &columns).unwrap();
    Data::read(&mut rows, degree, |_| {}).unwrap()
}

/// The host's model of such data.
pub fn fit(data: &Data, estimator: Estimator) -> Model {
    fit::fit(data, estimator, None).unwrap()
}
