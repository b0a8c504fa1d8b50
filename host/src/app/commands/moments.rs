//! `moments`: a table becomes the moments that a fit needs of it, to be merged elsewhere.

use crate::app::arguments::Moments;
use crate::app::commands::{log, note};
use crate::moments::data::Data;
use crate::moments::moments_file;
use anyhow::Result;

pub(crate) fn run(arguments: &Moments) -> Result<()> {
    let outputs = [arguments.output.as_path()];
    let data = log::summarise(
        arguments.scale,
        &arguments.log,
        arguments.like.as_deref(),
        &outputs,
        &Data::memory,
    )?;
    moments_file::write(&arguments.output, &data)?;
    let parts = data.regimes.iter();
    let parts: Vec<_> = parts
        .map(|part| format!("{} rows of {}", part.count(), data.name(part.regime)))
        .collect();
    let output = arguments.output.display();
    note(format_args!("written: {output}: {}", parts.join(", ")));
    Ok(())
}
