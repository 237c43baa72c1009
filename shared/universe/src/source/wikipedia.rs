//! Members of an index out of its Wikipedia page.

use super::columns::{Columns, Header, code_names, without_repeats};
use super::html::{HtmlPage, HtmlRow, HtmlTable};
use super::row::{SkipReason, SkippedRow};
use super::{SourceError, SourceList, nikkei};

#[expect(clippy::disallowed_methods, reason = "recorded data are files")]
#[cfg(test)]
#[path = "wikipedia_tests.rs"]
mod tests;

/// Where on a page the members stand.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TableChoice<'a> {
    /// In a table with a column of codes.
    Table {
        /// Its id, if it is known by one; then no other table will do.
        id: Option<&'a str>,
        /// Its place among all tables of the page, from 0. Tables move: one without the column is
        /// not taken.
        index: Option<usize>,
        /// Its column of codes; the usual names are tried too.
        symbol_column: &'a str,
    },
    /// In list items that link to the exchange.
    List,
}

/// The members on a page: in the table of the id, else in the one at the place, else in the longest
/// that has the column; or in the list of points.
///
/// # Errors
/// [`SourceError::NoTable`] or [`SourceError::NoColumn`] with what the page has instead;
/// [`SourceError::Empty`] for a table without codes.
pub(crate) fn members(html: &str, choice: TableChoice<'_>) -> Result<SourceList, SourceError> {
    let page = HtmlPage::parse(html)?;
    let (called, mut list) = match choice {
        TableChoice::List => {
            let called = "the list of points".to_owned();
            let list = nikkei::members(&page.list_entries());
            (called, list.unwrap_or_default())
        }
        TableChoice::Table {
            id,
            index,
            symbol_column,
        } => {
            let tables = page.tables();
            let codes = code_names(symbol_column);
            match known_table(&tables, id, index, &codes)? {
                Some(found) => found.read(),
                None => longest(&tables, &codes)?.read(),
            }
        }
    };
    without_repeats(&mut list);
    if list.rows.is_empty() {
        return Err(SourceError::Empty { table: called });
    }
    list.revision = page.revision();
    Ok(list)
}

/// A table with its columns.
#[derive(Debug)]
struct Found<'a> {
    table: &'a HtmlTable,
    at: usize,
    columns: Columns,
    n_header_rows: usize,
}

impl Found<'_> {
    fn read(self) -> (String, SourceList) {
        let mut list = SourceList::default();
        let rows = self.table.rows.iter().enumerate().skip(self.n_header_rows);
        for (at, row) in rows {
            let line = at + 1;
            if row.is_header && row.cells.iter().any(|cell| !cell.is_empty()) {
                let reason = SkipReason::Heading;
                list.skipped.push(SkippedRow { line, reason });
            } else {
                self.columns.read(line, &row.cells, &mut list);
            }
        }
        (self.table.called(self.at), list)
    }
}

/// The table with the id, or the one at the place.
fn known_table<'a>(
    tables: &'a [HtmlTable],
    id: Option<&str>,
    index: Option<usize>,
    codes: &[&str],
) -> Result<Option<Found<'a>>, SourceError> {
    if let Some(id) = id {
        let at = tables
            .iter()
            .position(|table| table.id.as_deref() == Some(id));
        let at = at.ok_or_else(|| SourceError::NoTable {
            wanted: format!("with the id {id:?}"),
            found: shown(tables),
        })?;
        // A table of this name without codes means that the page changed: no other one will do.
        return found(tables, at, codes)
            .map(Some)
            .ok_or_else(|| SourceError::NoColumn {
                table: tables[at].called(at),
                wanted: codes.join(", "),
                found: header(&tables[at]).0.to_string(),
            });
    }
    Ok(index.and_then(|index| found(tables, index, codes)))
}

fn longest<'a>(tables: &'a [HtmlTable], codes: &[&str]) -> Result<Found<'a>, SourceError> {
    (0..tables.len())
        .filter_map(|at| found(tables, at, codes))
        // The first of equals: `max_by_key` would take the last.
        .rev()
        .max_by_key(|found| found.table.rows.len())
        .ok_or_else(|| SourceError::NoTable {
            wanted: format!("with a column {}", codes.join(", ")),
            found: shown(tables),
        })
}

fn found<'a>(tables: &'a [HtmlTable], at: usize, codes: &[&str]) -> Option<Found<'a>> {
    let table = tables.get(at)?;
    let (header, n_header_rows) = header(table);
    Columns::find(header, codes).map(|columns| Found {
        table,
        at,
        columns,
        n_header_rows,
    })
}

/// The header of a table, and how many rows it takes. Where nothing is marked as one, it is the
/// first row that says anything.
pub(super) fn header(table: &HtmlTable) -> (Header, usize) {
    let is_blank = |row: &&HtmlRow| row.cells.iter().all(String::is_empty);
    let rows = &table.rows;
    let n_blank = rows.iter().take_while(is_blank).count();
    let n_marked = rows[n_blank..]
        .iter()
        .take_while(|row| row.is_header)
        .count();
    let end = (n_blank + n_marked.max(1)).min(rows.len());
    let header = Header::of(rows[n_blank..end].iter().map(|row| row.cells.as_slice()));
    (header, end)
}

/// Tables of a message.
const SHOWN_TABLES: usize = 12;

/// The tables of a page for a message.
pub(super) fn shown(tables: &[HtmlTable]) -> String {
    let named = tables.iter().enumerate().take(SHOWN_TABLES);
    let named: Vec<String> = named
        .map(|(at, table)| format!("{} with {}", table.called(at), header(table).0))
        .collect();
    match (named.is_empty(), tables.len().saturating_sub(SHOWN_TABLES)) {
        (true, _) => "none".to_owned(),
        (false, 0) => named.join("; "),
        (false, more) => format!("{}; and {more} more", named.join("; ")),
    }
}
