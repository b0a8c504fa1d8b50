//! The Python module `joint_effects._core`: moments of tables that Arrow streams, and models of them.
//! What Python users see is in `joint_effects/`.

use pyo3::prelude::*;

mod error;
mod model;
mod moments;
mod table;

#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add(
        "JointEffectsError",
        py.get_type::<error::JointEffectsError>(),
    )?;
    module.add(
        "JointEffectsWarning",
        py.get_type::<error::JointEffectsWarning>(),
    )?;
    module.add_class::<moments::Moments>()?;
    module.add_class::<model::Model>()?;
    module.add_function(wrap_pyfunction!(moments::moments, module)?)?;
    module.add_function(wrap_pyfunction!(moments::merge, module)?)?;
    module.add_function(wrap_pyfunction!(moments::diagnose, module)?)?;
    module.add_function(wrap_pyfunction!(model::fit, module)?)?;
    Ok(())
}
