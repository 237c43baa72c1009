//! Securities out of csv text.

use super::columns::{CODE, Columns, Header, without_repeats};
use super::text::fold;
use super::{SourceError, SourceList};
use crate::csv_text::line_of;

#[cfg(test)]
#[path = "csv_table_tests.rs"]
mod tests;

/// Rows in which the header is looked for.
const HEADER_WITHIN: usize = 30;

/// The securities of a csv file with a header; the line of a row is that of the file.
///
/// The column of codes is `symbol_column`, or, where that is empty, one of the usual names. Its header
/// is the first of the upper rows that has it: publishers put titles above. A byte-order mark, CRLF,
/// blank lines, lines of separators only, short or long rows, and semicolons or tabs instead of commas
/// are tolerated.
///
/// # Errors
/// [`SourceError::NotCsv`], [`SourceError::NoColumn`] with the columns of the header,
/// [`SourceError::Empty`].
pub(crate) fn securities(text: &str, symbol_column: &str) -> Result<SourceList, SourceError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .delimiter(delimiter(text))
        .has_headers(false)
        .from_reader(text.as_bytes());
    let wanted = if symbol_column.trim().is_empty() {
        CODE.to_vec()
    } else {
        vec![symbol_column]
    };
    let mut list = SourceList::default();
    let mut columns = None;
    let mut found: Option<Header> = None;
    let mut above = 0;
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
                let header = Header::of([cells.as_slice()]);
                columns = Columns::find(header.clone(), &wanted);
                found.get_or_insert(header);
                above += 1;
                if columns.is_none() && above == HEADER_WITHIN {
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
            found: found.unwrap_or_default().to_string(),
        });
    }
    without_repeats(&mut list);
    if list.rows.is_empty() {
        return Err(SourceError::Empty { table });
    }
    Ok(list)
}

/// What stands between the cells: the one of the three that the first line with any of them has most of.
fn delimiter(text: &str) -> u8 {
    let count = |line: &str, mark: u8| line.bytes().filter(|b| *b == mark).count();
    let marks = [b',', b';', b'\t'];
    let telling = |line: &&str| marks.iter().any(|mark| count(line, *mark) > 0);
    let line = text.lines().find(telling).unwrap_or_default();
    // The first of equals: `max_by_key` would take the last.
    let most = marks
        .into_iter()
        .rev()
        .max_by_key(|mark| count(line, *mark));
    most.unwrap_or(b',')
}
