//! Securities out of csv text.

use super::columns::{CODE, Columns, Header, without_repeats};
use super::text::fold;
use super::{SourceError, SourceList};
use crate::universe::csv_text::line_of;

#[cfg(test)]
#[path = "csv_table_tests.rs"]
mod tests;

/// The securities of a csv file with a header; the line of a row is that of the file.
///
/// The column of codes is `symbol_column`, or, where that is empty, one of the usual names. A
/// byte-order mark, CRLF, blank lines, lines of separators only and short or long rows are
/// tolerated.
///
/// # Errors
/// [`SourceError::NotCsv`], [`SourceError::NoColumn`] with the columns of the header,
/// [`SourceError::Empty`].
pub(crate) fn securities(text: &str, symbol_column: &str) -> Result<SourceList, SourceError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let wanted = if symbol_column.trim().is_empty() {
        CODE.to_vec()
    } else {
        vec![symbol_column]
    };
    let mut list = SourceList::default();
    let mut columns = None;
    let mut found = Header::default();
    for record in reader.records() {
        let record = record.map_err(|error| SourceError::NotCsv {
            line: error.position().map_or(1, csv::Position::line),
        })?;
        let cells: Vec<String> = record.iter().map(fold).collect();
        if cells.iter().all(String::is_empty) {
            continue;
        }
        match &columns {
            None => {
                found = Header::of([cells.as_slice()]);
                columns = Columns::find(found.clone(), &wanted);
                if columns.is_none() {
                    break;
                }
            }
            Some(columns) => {
                let line = record.position().map_or(0, |at| line_of(text, at));
                columns.read(line, &cells, &mut list);
            }
        }
    }
    let table = "the list".to_owned();
    if columns.is_none() {
        return Err(SourceError::NoColumn {
            table,
            wanted: wanted.join(", "),
            found: found.to_string(),
        });
    }
    without_repeats(&mut list);
    if list.rows.is_empty() {
        return Err(SourceError::Empty { table });
    }
    Ok(list)
}
