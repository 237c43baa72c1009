//! Reading this lake's own small csv tables: every fault with its line.

use std::fmt;

use quantx_market::{Date, NameError, SymbolError};

use super::csv_text::{self, line_of};
use super::identity::IdError;

/// What is wrong with one row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowProblem {
    /// Not a symbol.
    #[error(transparent)]
    Symbol(SymbolError),
    /// Not the name of a universe.
    #[error(transparent)]
    Name(NameError),
    /// Not the id of a company.
    #[error(transparent)]
    Id(IdError),
    /// Not a date.
    #[error("{column} {read:?} is not a date such as 2024-01-31")]
    Date { column: &'static str, read: String },
    /// A source that is none.
    #[error("source {read:?} is unknown; known are {known}")]
    Source { read: String, known: String },
    /// Nothing between the two dates.
    #[error("{symbol} ends on {to}, not after it begins on {from}")]
    Reversed {
        symbol: String,
        from: Date,
        to: Date,
    },
    /// Two rows that claim the same days.
    #[error("{symbol} from {from} overlaps its row from {earlier}")]
    Overlap {
        symbol: String,
        from: Date,
        earlier: Date,
    },
}

/// What a table of the lake says, and its lines that say nothing usable.
///
/// Such a line stops no run: it is named, skipped, and kept when the table is written again, until a
/// person mends it or takes it away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table<T> {
    /// What the other lines say.
    pub value: T,
    /// Ascending by line.
    pub unusable: Vec<UnusableLine>,
}

impl<T> Table<T> {
    /// The value, if every line can be used.
    ///
    /// # Errors
    /// [`TableError::Rows`] with every other line.
    pub fn whole(self, table: &str) -> Result<T, TableError> {
        if self.unusable.is_empty() {
            return Ok(self.value);
        }
        let faults = self.unusable.into_iter().map(|line| line.fault).collect();
        let table = table.to_owned();
        Err(TableError::Rows { table, faults })
    }
}

/// A line that says nothing usable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusableLine {
    /// Where, and why.
    pub fault: RowFault,
    /// Its cells, in the order of the table's own columns.
    pub(super) cells: Vec<String>,
}

impl fmt::Display for UnusableLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fault.fmt(f)
    }
}

/// The text of a table with the lines of its last state that could not be used.
pub fn with_kept<'a>(
    mut text: String,
    unusable: impl IntoIterator<Item = &'a UnusableLine>,
) -> String {
    for line in unusable {
        text.push_str(&csv_text::line(line.cells.iter().map(String::as_str)));
    }
    text
}

/// A row that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFault {
    /// Line of the file, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: RowProblem,
}

impl fmt::Display for RowFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

/// Why text is not the table that it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// A column is missing.
    #[error("{table} has no column {missing}; its columns are {found}, wanted are {wanted}")]
    NoColumn {
        table: String,
        missing: String,
        found: String,
        wanted: String,
    },
    /// The text is not csv.
    #[error("{table} is not csv from line {line} on")]
    NotCsv { table: String, line: u64 },
    /// Header and nothing else.
    #[error("{table} has no row")]
    Empty { table: String },
    /// Rows that cannot be used, all of them.
    #[error("{table} has {} unusable rows:{}", faults.len(), show(faults))]
    Rows {
        table: String,
        faults: Vec<RowFault>,
    },
}

/// Faults listed in a message; the rest of a wholly wrong file is only counted.
const SHOWN: usize = 20;

fn show(faults: &[RowFault]) -> String {
    let mut text: String = faults
        .iter()
        .take(SHOWN)
        .map(|fault| format!("\n  {fault}"))
        .collect();
    if faults.len() > SHOWN {
        text.push_str(&format!("\n  and {} more", faults.len() - SHOWN));
    }
    text
}

/// The cells of `columns`, in that order whatever the file's is, each row with its line.
///
/// A byte-order mark, CRLF, blank lines, white space, further columns and short rows are tolerated.
pub(super) fn rows<const N: usize>(
    table: &str,
    text: &str,
    columns: [&str; N],
) -> Result<Vec<(usize, [String; N])>, TableError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let broken = |error: &csv::Error| TableError::NotCsv {
        table: table.to_owned(),
        line: error.position().map_or(1, csv::Position::line),
    };
    let headers = reader.headers().map_err(|error| broken(&error))?.clone();
    let mut places = [0; N];
    for (place, column) in places.iter_mut().zip(columns) {
        let found = headers
            .iter()
            .position(|header| header.eq_ignore_ascii_case(column));
        *place = found.ok_or_else(|| TableError::NoColumn {
            table: table.to_owned(),
            missing: column.to_owned(),
            found: headers.iter().take(30).collect::<Vec<_>>().join(", "),
            wanted: columns.join(", "),
        })?;
    }
    let mut rows = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| broken(&error))?;
        // A line of separators only is as blank as an empty one; spreadsheets write them.
        if row.iter().any(|cell| !cell.is_empty()) {
            let line = row.position().map_or(0, |position| line_of(text, position));
            let cells = places.map(|place| row.get(place).unwrap_or_default().to_owned());
            rows.push((line, cells));
        }
    }
    Ok(rows)
}

/// The date of a cell.
pub(super) fn date(column: &'static str, cell: &str) -> Result<Date, RowProblem> {
    cell.parse().map_err(|_| RowProblem::Date {
        column,
        read: cell.to_owned(),
    })
}

/// The date of a cell that may be empty.
pub(super) fn end_date(column: &'static str, cell: &str) -> Result<Option<Date>, RowProblem> {
    if cell.is_empty() {
        return Ok(None);
    }
    date(column, cell).map(Some)
}

/// A span of dates in two cells, the second exclusive and empty while it lasts.
pub(super) fn span(symbol: &str, from: &str, to: &str) -> Result<(Date, Option<Date>), RowProblem> {
    let (from, to) = (date("from", from)?, end_date("to", to)?);
    match to {
        Some(to) if to <= from => Err(RowProblem::Reversed {
            symbol: symbol.to_owned(),
            from,
            to,
        }),
        _ => Ok((from, to)),
    }
}
