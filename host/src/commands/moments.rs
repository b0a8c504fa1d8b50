//! `moments`: a table becomes the moments that a fit needs of it, to be merged elsewhere.

use crate::arguments::Moments;
use crate::commands::{log, note};
use anyhow::Result;
use joint_effects::moments_file;

pub(crate) fn run(arguments: &Moments) -> Result<()> {
    let data = log::summarise(&arguments.log, arguments.like.as_deref())?;
    moments_file::write(&arguments.output, &data)?;
    let parts = data.regimes.iter();
    let parts: Vec<_> = parts
        .map(|part| format!("{} rows of {}", part.count(), data.name(part.regime)))
        .collect();
    let output = arguments.output.display();
    note(format_args!("written: {output}: {}", parts.join(", ")));
    Ok(())
}
