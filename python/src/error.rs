//! What Python users are told: exceptions and warnings, with the program's own text of one line.

use joint_effects::log::table::{Problem, TableError};
use joint_effects::moments::data::DataError;
use pyo3::create_exception;
use pyo3::exceptions::{PyUserWarning, PyValueError};
use pyo3::prelude::*;
use std::ffi::CString;
use std::fmt::Display;

create_exception!(
    joint_effects,
    JointEffectsError,
    PyValueError,
    "Data or arguments are not as they should be. The text is one line: where, what was expected, and what was found."
);
create_exception!(
    joint_effects,
    JointEffectsWarning,
    PyUserWarning,
    "Something about the data that one should know; rows left out, for instance."
);

/// The exception for a problem.
pub(crate) fn error(problem: impl Display) -> PyErr {
    let text = problem.to_string();
    JointEffectsError::new_err(text.lines().collect::<Vec<_>>().join(" "))
}

/// The exception for a table; the one that Python code raised where rows came from it, Ctrl-C among them.
pub(crate) fn of_table(problem: TableError) -> PyErr {
    match problem.problem {
        Problem::Unreadable(cause) if cause.get_ref().is_some_and(|cause| cause.is::<PyErr>()) => {
            cause.into()
        }
        _ => error(problem),
    }
}

/// The same where rows are summarised.
pub(crate) fn of_data(problem: DataError) -> PyErr {
    match problem {
        DataError::Table(problem) => of_table(problem),
        other => error(other),
    }
}

/// Warns the caller of the Python function that called this one.
pub(crate) fn warn(py: Python<'_>, text: &str) -> PyResult<()> {
    let category = py.get_type::<JointEffectsWarning>();
    PyErr::warn(py, &category, &CString::new(text.replace('\0', ""))?, 2)
}
