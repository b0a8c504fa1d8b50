//! `completions`: what a shell needs to complete command lines.

use crate::app::arguments::Completions;
use crate::app::help;
use anyhow::{Context, Result};
use std::io::{self, Write};

pub(crate) fn run(arguments: &Completions) -> Result<()> {
    let mut program = help::command();
    let name = program.get_name().to_string();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut program, name, &mut script);
    io::stdout().write_all(&script).context("standard output")
}
