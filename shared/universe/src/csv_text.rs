use quantx_market::UniverseName;

use super::UniverseError;
use super::member::About;

/// Names of the column of symbols, best first; compared without case.
const SYMBOL_COLUMNS: [&str; 3] = ["symbol", "ticker", "ticker symbol"];

/// One row of a list.
#[derive(Debug, Clone)]
pub(super) struct CsvRow {
    /// Line of the file, or position in the list, from 1.
    pub(super) line: usize,
    /// The symbol as it is written.
    pub(super) code: String,
    /// The exchange as it is written; empty where the list has no such column.
    pub(super) exchange: String,
    /// What else the row says.
    pub(super) about: About,
}

impl CsvRow {
    pub(super) fn of_code(line: usize, code: &str) -> Self {
        Self {
            line,
            code: code.to_owned(),
            exchange: String::new(),
            about: About::default(),
        }
    }

    /// The row as the lake writes it.
    pub(super) fn cells(&self) -> Vec<String> {
        let own = [self.code.as_str(), self.exchange.as_str()];
        let cells = own.into_iter().chain(self.about.cells());
        cells.map(str::to_owned).collect()
    }
}

/// The rows of a list of the lake, or of one that a person put in its place.
pub(super) fn rows(name: &UniverseName, text: &str) -> Result<Vec<CsvRow>, UniverseError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let broken = |error: &csv::Error| UniverseError::NotCsv {
        name: name.clone(),
        line: error.position().map_or(1, csv::Position::line),
    };
    let headers = reader.headers().map_err(|error| broken(&error))?.clone();
    let find = |wanted: &str| {
        headers
            .iter()
            .position(|header| header.eq_ignore_ascii_case(wanted))
    };
    let index = SYMBOL_COLUMNS.into_iter().find_map(find);
    let index = index.ok_or_else(|| UniverseError::NoSymbolColumn {
        name: name.clone(),
        wanted: SYMBOL_COLUMNS.join(", "),
        found: headers.iter().take(30).collect::<Vec<_>>().join(", "),
    })?;
    let exchange = find("exchange");
    let about = About::COLUMNS.map(find);
    let mut rows = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| broken(&error))?;
        // A line of separators only is as blank as an empty one; spreadsheets write them.
        if row.iter().all(str::is_empty) {
            continue;
        }
        let cell = |index: Option<usize>| row.get(index?).filter(|cell| !cell.is_empty());
        rows.push(CsvRow {
            line: row.position().map_or(0, |position| line_of(text, position)),
            code: row.get(index).unwrap_or_default().to_owned(),
            exchange: cell(exchange).unwrap_or_default().to_owned(),
            about: About::from_cells(about.map(|index| cell(index).map(str::to_owned))),
        });
    }
    Ok(rows)
}

/// One line of csv with its line break; a cell is quoted where it must be.
pub(super) fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for (n, cell) in cells.into_iter().enumerate() {
        if n > 0 {
            text.push(',');
        }
        if cell.contains([',', '"', '\n', '\r']) {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    text.push('\n');
    text
}

/// The line a row stands on: the reader's position is before the blank lines that it skipped.
pub(super) fn line_of(text: &str, position: &csv::Position) -> usize {
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let rest = text
        .as_bytes()
        .get(number(position.byte())..)
        .unwrap_or_default();
    let blank = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n'));
    number(position.line()) + blank.filter(|b| **b == b'\n').count()
}
