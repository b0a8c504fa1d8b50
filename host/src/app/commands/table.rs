//! Tables on standard output.

use comfy_table::{Cell, CellAlignment, Table, presets};

/// A table whose first column holds labels, and the others numbers, which stand to the right.
pub(crate) fn of<C, R>(
    header: impl IntoIterator<Item = C>,
    rows: impl IntoIterator<Item = R>,
) -> Table
where
    C: Into<Cell>,
    R: IntoIterator<Item = String>,
{
    let header: Vec<Cell> = header.into_iter().map(Into::into).collect();
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_header(header)
        .add_rows(rows);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
