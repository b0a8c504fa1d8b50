//! `simulate`: the data of one random structural causal model, as tables.

use crate::app::arguments::Simulate;
use crate::app::commands::note;
use crate::app::commands::progress::{self, Rows};
use crate::app::lab::scm::{Model, Purpose, stream, tables};
use crate::write::{self, DirectoryLock};
use anyhow::Result;

pub(crate) fn run(arguments: &Simulate) -> Result<()> {
    let seed = arguments.model.seed;
    let mut rng = stream(seed, tables::RUN, Purpose::Model);
    let model = Model::draw(arguments.model.scm, arguments.model.actions, &mut rng)?;
    let output = &arguments.output;
    let _lock = DirectoryLock::acquire(output)?;
    let (data, test) = (output.join("data.csv"), output.join("test.csv"));
    write::expect_apart(&[], &[&data, &test])?;
    let mut interventions = Vec::new();
    let regimes = model.actions() as u64 + 1;
    write::atomically(&data, |out| {
        let bar = progress::rows("data.csv", regimes.saturating_mul(arguments.rows));
        let mut out = Rows { out, bar };
        interventions = tables::write_log(&model, seed, arguments.rows, &mut out)?;
        Ok(())
    })?;
    write::atomically(&test, |out| {
        let bar = progress::rows("test.csv", arguments.test_rows);
        let mut out = Rows { out, bar };
        tables::write_test(&model, seed, &interventions, arguments.test_rows, &mut out)
    })?;
    note(format_args!(
        "written: {} and {}",
        data.display(),
        test.display()
    ));
    Ok(())
}
