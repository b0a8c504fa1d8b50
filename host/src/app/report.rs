//! Reports: what was asked, what came out in tables and pictures, and how to get it again, as one page
//! that needs nothing else.

pub mod experiment;
pub mod fit;
mod page;
mod what_if;

use crate::app::plot::{Figure, file, printable};
use crate::write::{self, WriteError};
use comfy_table::Cell;
use std::io::Write;
use std::path::Path;
use what_if::Effect;

/// A page.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What it is about.
    pub title: String,
    /// In the order of reading.
    pub sections: Vec<Section>,
    /// The command line that makes it again.
    pub command: String,
    /// The directory beside it that gets its pictures as files, if any does.
    pub plots: Option<String>,
}

/// A part of a report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    /// Its name in the page's address: letters, digits and hyphens.
    pub name: String,
    /// Above it.
    pub heading: String,
    /// What was asked, and what to know for reading.
    pub paragraphs: Vec<String>,
    /// What was found, one by one.
    pub findings: Vec<String>,
    /// Names and values.
    pub settings: Vec<(String, String)>,
    /// Pictures.
    pub figures: Vec<Figure>,
    /// Tables.
    pub tables: Vec<Table>,
    /// An effect to ask by hand; its section is there where scripts run.
    pub what_if: Option<Effect>,
}

/// A table whose first columns say what a row is of.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What it is of.
    pub caption: String,
    /// The names of its columns.
    pub header: Vec<String>,
    /// The number of columns that say what a row is of.
    pub labels: usize,
    /// A cell for every column.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// A table for people, as a page has it.
    fn of(table: &comfy_table::Table, caption: &str, labels: usize) -> Self {
        let cells = |row: &comfy_table::Row| row.cell_iter().map(Cell::content).collect();
        Self {
            caption: caption.into(),
            header: table.header().map(cells).unwrap_or_default(),
            labels,
            rows: table.row_iter().map(cells).collect(),
        }
    }
}

impl Report {
    /// The page.
    pub fn html(&self) -> String {
        let page = page::page(self).into_string();
        let lines: Vec<_> = page.split('\n').map(printable).collect();
        lines.join("\n")
    }

    /// Writes the page, and its pictures as files.
    pub fn write(&self, path: &Path) -> Result<(), WriteError> {
        let html = self.html();
        write::atomically(path, |out| out.write_all(html.as_bytes()))?;
        let Some(plots) = &self.plots else {
            return Ok(());
        };
        let figures = self.sections.iter().flat_map(|section| &section.figures);
        file::write(&path.with_file_name(plots), figures)
    }
}
