//! `man`: the pages of the manual, one of the program and one of each command.

use crate::app::arguments::Man;
use crate::app::commands::print;
use crate::app::help;
use crate::write;
use anyhow::Result;
use std::io::Write;

pub(crate) fn run(arguments: &Man) -> Result<()> {
    let mut program = help::command().disable_help_subcommand(true);
    program.build();
    write::directory(&arguments.output)?;
    let commands = program.get_subcommands().cloned();
    let pages = [program.clone()].into_iter().chain(commands);
    for page in pages.map(clap_mangen::Man::new) {
        let mut text = Vec::new();
        page.render(&mut text)?;
        let path = arguments.output.join(page.get_filename());
        write::atomically(&path, |file| file.write_all(&text))?;
    }
    let first = arguments.output.join("joint-effects.1");
    print(format_args!(
        "to read the first: man -l {}",
        first.display()
    ))
}
