//! Changes of an index's members, out of the table `changes` of its page.

use std::fmt;

use jiff::civil::Date;

use super::columns::{Header, without_market};
use super::html::{HtmlPage, HtmlRow, HtmlTable};
use super::text::{fold, short};
use super::{SourceError, dates, wikipedia};
use crate::membership::MembershipChange;

#[cfg(test)]
#[path = "changes_tests.rs"]
mod tests;

/// All rows of the table, in its order (newest first, as a rule).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MembershipChanges {
    /// Rows that were understood, at least in part.
    pub(crate) changes: Vec<MembershipChange>,
    /// What was not understood. A row of which one side is unclear is here and among the changes.
    pub(crate) faults: Vec<ChangeFault>,
    /// The revision of the page.
    pub(crate) revision: Option<String>,
}

/// Something in a row that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangeFault {
    /// As [`MembershipChange::row`].
    pub(crate) row: usize,
    /// What is wrong.
    pub(crate) kind: ChangeFaultKind,
}

impl fmt::Display for ChangeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}: {}", self.row, self.kind)
    }
}

/// Why a row, or one side of it, cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ChangeFaultKind {
    /// The whole row is left out.
    #[error("{read:?} is no date such as \"July 2, 2014\"")]
    NoDate { read: String },
    /// The whole row is left out.
    #[error("nobody came and nobody went on {date}")]
    NoChange { date: Date },
    /// The side is left out, the other one is kept.
    #[error("{side} on {date}: {name:?} has no code")]
    NoCode {
        date: Date,
        side: Side,
        name: String,
    },
    /// The side is left out, the other one is kept.
    #[error("{side} on {date}: {read:?} is not a code, nor several with a slash between them")]
    NotACode {
        date: Date,
        side: Side,
        read: String,
    },
}

/// A side of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Added,
    Removed,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.group())
    }
}

impl Side {
    /// The heading over its two columns.
    fn group(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
        }
    }
}

/// By this id the table is known.
const ID: &str = "changes";

/// The changes that a page lists: "selected" ones, thin before 2000.
///
/// # Errors
/// [`SourceError::NoTable`] when no table has an added and a removed code,
/// [`SourceError::NoColumn`] when the one called `changes` lacks a column.
pub(crate) fn changes(html: &str) -> Result<MembershipChanges, SourceError> {
    let page = HtmlPage::parse(html)?;
    let tables = page.tables();
    let (table, columns, n_header_rows) = find(&tables)?;
    let mut read = MembershipChanges {
        revision: page.revision(),
        ..MembershipChanges::default()
    };
    for (at, row) in table.rows.iter().enumerate().skip(n_header_rows) {
        let is_blank = row.cells.iter().all(String::is_empty);
        if !is_blank && !row.is_header {
            columns.read(at + 1, row, &mut read);
        }
    }
    Ok(read)
}

fn find(tables: &[HtmlTable]) -> Result<(&HtmlTable, Columns, usize), SourceError> {
    let by_id = tables
        .iter()
        .position(|table| table.id.as_deref() == Some(ID));
    if let Some(at) = by_id {
        let (header, n_header_rows) = wikipedia::header(&tables[at]);
        let columns = Columns::find(&header).map_err(|wanted| SourceError::NoColumn {
            table: tables[at].called(at),
            wanted: wanted.to_owned(),
            found: header.to_string(),
        })?;
        return Ok((&tables[at], columns, n_header_rows));
    }
    let fitting = tables.iter().find_map(|table| {
        let (header, n_header_rows) = wikipedia::header(table);
        let columns = Columns::find(&header).ok()?;
        Some((table, columns, n_header_rows))
    });
    fitting.ok_or_else(|| SourceError::NoTable {
        wanted: format!("{ID:?}, and none with a date, added and removed codes"),
        found: wikipedia::shown(tables),
    })
}

/// Where the columns are.
#[derive(Debug)]
struct Columns {
    date: usize,
    added: Pair,
    removed: Pair,
    reason: Option<usize>,
}

/// Columns of one side.
#[derive(Debug)]
struct Pair {
    side: Side,
    code: usize,
    name: Option<usize>,
}

impl Pair {
    fn find(header: &Header, side: Side) -> Option<Self> {
        let under = |wanted: &[&str]| header.find_under(side.group(), wanted);
        Some(Self {
            side,
            code: under(&super::columns::CODE)?,
            name: under(&["security", "name", "company"]),
        })
    }
}

impl Columns {
    /// The columns, or the name of the one that is missing.
    fn find(header: &Header) -> Result<Self, &'static str> {
        Ok(Self {
            date: header
                .find(&["effective date", "date", "date of change"])
                .ok_or("effective date, date")?,
            added: Pair::find(header, Side::Added).ok_or("ticker under added")?,
            removed: Pair::find(header, Side::Removed).ok_or("ticker under removed")?,
            reason: header.find(&["reason"]),
        })
    }

    fn read(&self, row: usize, cells: &HtmlRow, read: &mut MembershipChanges) {
        let fault = |kind| ChangeFault { row, kind };
        let text = cell(cells, Some(self.date));
        let Some(date) = dates::written(&text) else {
            let read_text = short(&text);
            let kind = ChangeFaultKind::NoDate { read: read_text };
            return read.faults.push(fault(kind));
        };
        let added = member(&self.added, date, cells);
        let removed = member(&self.removed, date, cells);
        if let (Ok(None), Ok(None)) = (&added, &removed) {
            let is_all_carried = is_carried(cells, &self.added) && is_carried(cells, &self.removed);
            if !is_all_carried {
                read.faults.push(fault(ChangeFaultKind::NoChange { date }));
            }
            return;
        }
        let mut side = |member: Result<_, ChangeFaultKind>| {
            member.unwrap_or_else(|kind| {
                read.faults.push(fault(kind));
                None
            })
        };
        let (added, removed) = (side(added), side(removed));
        if added.is_none() && removed.is_none() {
            return;
        }
        read.changes.push(MembershipChange {
            date,
            added,
            removed,
            reason: cell(cells, self.reason),
            row,
        });
    }
}

/// Code and name of one side; `None` for an empty side, and for one that the row above has.
fn member(
    pair: &Pair,
    date: Date,
    cells: &HtmlRow,
) -> Result<Option<(String, String)>, ChangeFaultKind> {
    if is_carried(cells, pair) {
        return Ok(None);
    }
    let name = cell(cells, pair.name);
    let text = cell(cells, Some(pair.code));
    let code = without_market(&text);
    let side = pair.side;
    if is_nothing(code) {
        return if is_nothing(&name) {
            Ok(None)
        } else {
            Err(ChangeFaultKind::NoCode { date, side, name })
        };
    }
    // Share classes that came or went together: `UA/UAA`.
    let is_code = |code: &str| {
        (1..=12).contains(&code.len())
            && code
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
    };
    if !code.split('/').all(|code| is_code(code.trim())) {
        let read = short(code);
        return Err(ChangeFaultKind::NotACode { date, side, read });
    }
    Ok(Some((code.to_owned(), name)))
}

/// One company may have replaced two: its cells span both rows, and it came once.
fn is_carried(cells: &HtmlRow, pair: &Pair) -> bool {
    cells.carried.get(pair.code).copied().unwrap_or(false)
}

/// Empty, or a dash for "nobody".
fn is_nothing(text: &str) -> bool {
    text.is_empty() || text.chars().all(|c| matches!(c, '-' | '–' | '—'))
}

fn cell(cells: &HtmlRow, column: Option<usize>) -> String {
    let cell = column.and_then(|column| cells.cells.get(column));
    cell.map(|cell| fold(cell)).unwrap_or_default()
}
