//! Logs: rows written as a table, and the host's models of what is read.

use crate::simulate::Rows;
use joint_effects::data::Data;
use joint_effects::estimator::{self, Fit, Regularization};
use joint_effects::expression;
use joint_effects::model::Model;
use joint_effects::observations::{Columns, Observations};
use joint_effects::structured::Structured;
use joint_effects::table::Table;
use joint_effects_kernel::Regime;

/// The estimators of a table.
pub const ESTIMATORS: [&str; 4] = ["observational", "separate", "indicator", "structured"];

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
pub fn read(table: &str, degree: usize) -> Data {
    let columns = Columns {
        regime: "regime".into(),
        outcome: "y".into(),
        actions: None,
    };
    let tables = vec![Table::new("table", table.as_bytes()).unwrap()];
    let mut rows = Observations::new(tables, &columns).unwrap();
    Data::read(&mut rows, degree, |_| {}).unwrap()
}

/// The model of one of [`ESTIMATORS`].
pub fn fit(data: &Data, estimator: &str) -> Model {
    let (monomials, regimes) = (data.basis.monomials(), &data.regimes);
    let actions = monomials.variables();
    let ridge = Regularization::Ridge;
    match estimator {
        "observational" => model(data, estimator, ridge.fit(&regimes[0].folds).unwrap(), None),
        "separate" => {
            let fit = estimator::separate(ridge, actions, regimes).unwrap();
            model(data, estimator, fit, None)
        }
        "indicator" => {
            let fit = estimator::indicator(actions, monomials, regimes).unwrap();
            model(data, estimator, fit, None)
        }
        "structured" => {
            let (fit, learned) = Structured::fit(monomials, regimes).unwrap();
            model(data, estimator, fit, Some(learned))
        }
        _ => panic!("no estimator {estimator:?}"),
    }
}

/// The model with these coefficients; those of the γ that a fit lacks are zero.
fn model(data: &Data, name: &str, fit: Fit, structured: Option<Structured>) -> Model {
    let mut coefficients = fit.coefficients;
    let blocks = data.actions.len() + 1;
    coefficients.resize(blocks * data.basis.monomials().len(), 0.0);
    Model {
        estimator: name.into(),
        outcome: "y".into(),
        actions: data.actions.clone(),
        basis: data.basis.clone(),
        coefficients,
        regimes: Vec::new(),
        structured,
    }
}
