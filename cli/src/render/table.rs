//! The look of all tables.

use comfy_table::{
    CellAlignment, ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle,
};

const STYLE: TableStyle = TableStyle::new()
    .top_border(LineStyle::new('╭', '─', '┬', '╮'))
    .header_lines(ContentLineStyle::new('│', '│', '│'))
    .header_separator(LineStyle::new('├', '─', '┼', '┤'))
    .content_lines(ContentLineStyle::new('│', '│', '│'))
    .bottom_border(LineStyle::new('╰', '─', '┴', '╯'));

/// An empty table; on a terminal it is no wider than that.
pub(super) fn table() -> Table {
    let mut table = Table::new();
    table
        .load_style(STYLE)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table
}

/// A table with a header; the columns of `numbers` are aligned to the right.
pub(super) fn headed<const N: usize>(header: [&str; N], numbers: &[usize]) -> Table {
    let mut table = table();
    table.set_header(header);
    for index in numbers {
        if let Some(column) = table.column_mut(*index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// The text of a table, without the spaces that end its lines.
pub(super) fn text(table: &Table) -> String {
    table.trim_fmt() + "\n"
}
