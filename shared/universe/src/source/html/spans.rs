//! Cells that span rows and columns, filled in within bounds.

use super::HtmlRow;
use super::nodes::{self, NodeRef};

/// Columns of a row; what lies further right is dropped. Real tables have 20 at most.
const MAX_COLUMNS: usize = 200;

/// Bytes that copies of spanning cells may take, over all tables of a page.
const COPIES_BYTES: usize = 32 * 1024 * 1024;

/// What one copy takes beside its text.
const COPY_BYTES: usize = 32;

/// What is left for copies. Where nothing is left, a span ends with its first cell.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(COPIES_BYTES)
    }
}

impl Budget {
    fn allows(&mut self, text: &str) -> bool {
        let left = self.0.checked_sub(text.len() + COPY_BYTES);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }
}

/// The rows of one table as they are read.
#[derive(Debug)]
pub(super) struct Grid<'a> {
    rows: Vec<HtmlRow>,
    /// By column: a cell of a row above that goes on, and for how many rows.
    spanning: Vec<Option<(String, usize)>>,
    budget: &'a mut Budget,
}

impl<'a> Grid<'a> {
    pub(super) fn new(budget: &'a mut Budget) -> Self {
        Self {
            rows: Vec::new(),
            spanning: Vec::new(),
            budget,
        }
    }

    /// Reads a `tr`.
    pub(super) fn row(&mut self, tr: NodeRef<'_>, part: Part) {
        if nodes::is_hidden(tr) {
            return;
        }
        let mut row = HtmlRow::default();
        let mut n_own = 0;
        let mut n_headings = 0;
        for cell in tr.children() {
            let Some(name @ ("td" | "th")) = nodes::name(cell) else {
                continue;
            };
            if nodes::is_hidden(cell) {
                continue;
            }
            n_own += 1;
            n_headings += usize::from(name == "th");
            self.carry(&mut row, CarryUntil::Gap);
            self.own(&mut row, cell);
        }
        self.carry(&mut row, CarryUntil::End);
        row.is_header = n_own > 0 && (part == Part::Head || n_headings == n_own);
        self.rows.push(row);
    }

    /// No span leaves its part of the table.
    pub(super) fn end_part(&mut self) {
        self.spanning.clear();
    }

    pub(super) fn rows(self) -> Vec<HtmlRow> {
        self.rows
    }

    /// Adds cells that come down from above, from where the row ends.
    fn carry(&mut self, row: &mut HtmlRow, until: CarryUntil) {
        while let Some(slot) = self.spanning.get_mut(row.cells.len()) {
            match slot {
                Some((text, n_rows)) => {
                    row.cells.push(text.clone());
                    row.carried.push(true);
                    *n_rows -= 1;
                    if *n_rows == 0 || !self.budget.allows(text) {
                        *slot = None;
                    }
                }
                None if until == CarryUntil::Gap => return,
                // A gap before a cell from above: the row has fewer cells of its own.
                None => {
                    let column = row.cells.len();
                    if self.spanning[column..].iter().all(Option::is_none) {
                        return;
                    }
                    row.cells.push(String::new());
                    row.carried.push(false);
                }
            }
        }
    }

    fn own(&mut self, row: &mut HtmlRow, cell: NodeRef<'_>) {
        let text = nodes::text(cell, nodes::is_aside);
        let n_columns = span(cell, "colspan").max(1);
        // 0 means all rows that are left.
        let n_rows = match span(cell, "rowspan") {
            0 => usize::MAX,
            n_rows => n_rows,
        };
        for nth in 0..n_columns {
            let column = row.cells.len();
            let is_taken = self.spanning.get(column).is_some_and(Option::is_some);
            if column >= MAX_COLUMNS || (nth > 0 && (is_taken || !self.budget.allows(&text))) {
                return;
            }
            row.cells.push(text.clone());
            row.carried.push(false);
            if n_rows > 1 && self.budget.allows(&text) {
                if self.spanning.len() <= column {
                    self.spanning.resize(column + 1, None);
                }
                self.spanning[column] = Some((text.clone(), n_rows - 1));
            }
        }
    }
}

/// Which part of a table a row is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All its rows are headers.
    Head,
    /// A row is a header if all its cells are.
    Body,
}

/// How far cells from above are added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CarryUntil {
    /// To the next free column, where a cell of the row's own goes.
    Gap,
    /// To the last of them: the row has no more cells.
    End,
}

/// A span as the page has it; 1 for what is no number.
fn span(cell: NodeRef<'_>, name: &str) -> usize {
    let text = nodes::attribute(cell, name).unwrap_or_default().trim();
    text.parse().unwrap_or(1)
}
