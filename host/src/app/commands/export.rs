//! `export`: a model's effect as code or bytes for a device.

use crate::app::arguments::{Export, Format};
use crate::app::commands::predict::regime;
use crate::app::commands::{on_one_line, print_beside, progress};
use crate::export::{self, c, postcard, rust};
use crate::{model_file, write};
use anyhow::{Context, Result, bail};
use std::io::Write;

pub(crate) fn run(arguments: &Export) -> Result<()> {
    let output = &arguments.output;
    write::expect_apart(&[&arguments.model], &[output])?;
    let model = model_file::read(&arguments.model)?;
    let regime = regime(&model, &arguments.set)?;
    let working = progress::work("exporting");
    let exported = export::Export::new(&model, regime, arguments.scalar)
        .with_context(|| arguments.model.display().to_string())?;
    let Some(stem) = output.file_stem() else {
        bail!("{}: expected the name of a file", output.display());
    };
    let prefix = match &arguments.name {
        Some(_) if arguments.format != Format::C => {
            bail!("--name: names in C begin with it; leave it out, or use --format c")
        }
        Some(name) => name.clone(),
        None => c::prefix(&stem.to_string_lossy()),
    };
    write::atomically(output, |file| match arguments.format {
        Format::Rust => rust::write(&exported, file),
        Format::C => c::write(&exported, &prefix, file),
        Format::Postcard => file.write_all(postcard::bytes(&exported)),
    })?;
    drop(working);
    let mut results = format!(
        "{}: {}; largest error {:.1e} of the largest prediction, tolerance {:.1e}",
        on_one_line(&output.display().to_string()),
        exported.size(),
        exported.error(),
        exported.tolerance(),
    );
    if let (Format::Rust | Format::C, Some(size), Some(error)) = (
        arguments.format,
        exported.variance_size(),
        exported.variance_error(),
    ) {
        results +=
            &format!("\n  variance: {size}; largest error {error:.1e} of the standard error");
    }
    print_beside(&[output], results)
}
