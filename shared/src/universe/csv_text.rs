use crate::market::UniverseName;

use super::UniverseError;

/// Names of the column of symbols, best first; compared without case.
const SYMBOL_COLUMNS: [&str; 3] = ["symbol", "ticker", "ticker symbol"];

/// The column of symbols with the line of each row; `column` empty: by its usual names.
pub(super) fn codes(
    name: &UniverseName,
    text: &str,
    column: &str,
) -> Result<Vec<(usize, String)>, UniverseError> {
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
    let wanted: Vec<&str> = if column.is_empty() {
        SYMBOL_COLUMNS.to_vec()
    } else {
        vec![column]
    };
    let index = wanted
        .iter()
        .find_map(|wanted| {
            headers
                .iter()
                .position(|header| header.eq_ignore_ascii_case(wanted))
        })
        .ok_or_else(|| UniverseError::NoSymbolColumn {
            name: name.clone(),
            wanted: wanted.join(", "),
            found: headers.iter().take(30).collect::<Vec<_>>().join(", "),
        })?;
    let mut codes = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| broken(&error))?;
        let line = row.position().map_or(0, |position| line_of(text, position));
        // A line of separators only is as blank as an empty one; spreadsheets write them.
        if row.iter().any(|cell| !cell.is_empty()) {
            let code = row.get(index).unwrap_or_default().to_owned();
            codes.push((line, code));
        }
    }
    Ok(codes)
}

/// The line a row stands on: the reader's position is before the blank lines that it skipped.
fn line_of(text: &str, position: &csv::Position) -> usize {
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let rest = text
        .as_bytes()
        .get(number(position.byte())..)
        .unwrap_or_default();
    let blank = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n'));
    number(position.line()) + blank.filter(|b| **b == b'\n').count()
}
