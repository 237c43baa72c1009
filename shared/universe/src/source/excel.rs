//! Securities out of the first sheet of an Excel file.

use std::io::Cursor;

use calamine::{Data, DataRef, Reader, SheetType, Xlsx};

use super::archive::{self, Part};
use super::columns::{Columns, Header, code_names, without_repeats};
use super::text::fold;
use super::{SourceError, SourceList, dates};

#[expect(clippy::disallowed_methods, reason = "recorded data are files")]
#[cfg(test)]
#[path = "excel_tests.rs"]
mod tests;

/// Largest file after unpacking; the list of HKEX has 21 MB.
pub(crate) const UNPACKED_BYTES: u64 = 64 * 1024 * 1024;

/// Rows in which the header is looked for: titles and remarks stand above it.
const HEADER_WITHIN: u32 = 100;

/// Columns of a row; what lies further right is dropped. A sheet may claim 16,384.
const MAX_COLUMNS: u32 = 200;

/// Rows with cells; the list of HKEX has 19,015.
const MAX_ROWS: usize = 500_000;

/// The securities of the first sheet.
///
/// Its header is the first row with a column of codes: `symbol_column`, or one of the usual names.
/// A title above it such as `Updated as at 03/12/2021` gives the revision.
///
/// # Errors
/// [`SourceError::Archive`] for what is no Excel file or unpacks to more than 64 MiB,
/// [`SourceError::NoColumn`] with the columns that were found, [`SourceError::Empty`].
pub(crate) fn securities(file: &[u8], symbol_column: &str) -> Result<SourceList, SourceError> {
    let mut parts = archive::unpack(file, UNPACKED_BYTES)?;
    parts.iter_mut().for_each(distrust);
    let workbook = archive::stored(&parts)?;
    drop(parts);
    let broken = |sheet: &str| {
        let sheet = sheet.to_owned();
        move |source| SourceError::Sheet {
            sheet,
            source: Box::new(source),
        }
    };
    let mut xlsx: Xlsx<_> = Xlsx::new(Cursor::new(workbook)).map_err(broken("workbook"))?;
    let sheets = xlsx.sheets_metadata().iter();
    let name = sheets
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| sheet.name.clone())
        .next()
        .ok_or_else(|| SourceError::Empty {
            table: "the Excel file".to_owned(),
        })?;
    let mut reading = Reading::new(symbol_column);
    // Cell by cell: a whole range would take rows times columns, which two cells can make huge.
    let mut cells = xlsx.worksheet_cells_reader(&name).map_err(broken(&name))?;
    while let Some(cell) = cells.next_cell().map_err(broken(&name))? {
        reading.cell(cell.get_position(), cell.get_value());
        if reading.n_rows > MAX_ROWS {
            return Err(SourceError::TooManyRows {
                sheet: name,
                limit: MAX_ROWS,
            });
        }
    }
    reading.finish(&format!("the sheet {name:?}"))
}

/// The rows of a sheet as they come.
#[derive(Debug)]
struct Reading<'a> {
    codes: Vec<&'a str>,
    columns: Option<Columns>,
    /// The rows above the header, for messages: the longest looks most like one.
    closest: Vec<String>,
    row: u32,
    n_rows: usize,
    cells: Vec<String>,
    list: SourceList,
}

impl<'a> Reading<'a> {
    fn new(symbol_column: &'a str) -> Self {
        Self {
            codes: code_names(symbol_column),
            columns: None,
            closest: Vec::new(),
            row: 0,
            n_rows: 0,
            cells: Vec::new(),
            list: SourceList::default(),
        }
    }

    fn cell(&mut self, (row, column): (u32, u32), value: &DataRef<'_>) {
        if row != self.row {
            self.end_row();
            self.row = row;
        }
        if column >= MAX_COLUMNS {
            return;
        }
        let at = column as usize;
        if self.cells.len() <= at {
            self.cells.resize(at + 1, String::new());
        }
        self.cells[at] = shown(value);
    }

    fn end_row(&mut self) {
        let cells = std::mem::take(&mut self.cells);
        if cells.is_empty() {
            return;
        }
        self.n_rows += 1;
        if let Some(columns) = &self.columns {
            columns.read(self.row as usize + 1, &cells, &mut self.list);
        } else if self.row < HEADER_WITHIN {
            self.columns = Columns::find(Header::of([cells.as_slice()]), &self.codes);
            self.list.revision = self.list.revision.take().or_else(|| day_of_list(&cells));
            let n_filled = |cells: &[String]| cells.iter().filter(|it| !it.is_empty()).count();
            if n_filled(&cells) > n_filled(&self.closest) {
                self.closest = cells;
            }
        }
    }

    fn finish(mut self, table: &str) -> Result<SourceList, SourceError> {
        self.end_row();
        let table = table.to_owned();
        if self.columns.is_none() {
            return Err(SourceError::NoColumn {
                table,
                wanted: self.codes.join(", "),
                found: Header::of([self.closest.as_slice()]).to_string(),
            });
        }
        without_repeats(&mut self.list);
        if self.list.rows.is_empty() {
            return Err(SourceError::Empty { table });
        }
        Ok(self.list)
    }
}

/// A cell as text: whole numbers without decimals, dates as `2026-03-01`, one space as nothing.
fn shown(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        // Below 2^53 a float is exact, so `{:.0}` does not round.
        DataRef::Float(n) if n.fract() == 0.0 && n.abs() < 9e15 => format!("{n:.0}"),
        // A code that became a date is refused as such; as a number it would be another code.
        DataRef::DateTime(stamp) if stamp.is_datetime() => {
            day_of(stamp.as_f64()).unwrap_or_else(|| stamp.as_f64().to_string())
        }
        DataRef::String(text) => fold(text),
        DataRef::SharedString(text) => fold(text),
        other => fold(&Data::from(other.clone()).to_string()),
    }
}

/// The date of a serial number: days since 1899-12-30, as every sheet counts from March 1900 on.
fn day_of(serial: f64) -> Option<String> {
    // Saturates, and no date has so many days.
    let days = serial.floor() as i32;
    let day = jiff::civil::date(1899, 12, 30).checked_add(jiff::Span::new().try_days(days).ok()?);
    day.ok().map(|day| day.to_string())
}

/// The name of a cell as a sheet shows it: `A4` for the first column and row 4.
pub(crate) fn cell_name(column: usize, line: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        let letter = u8::try_from((rest - 1) % 26).unwrap_or_default();
        letters.push(char::from(b'A' + letter));
        rest = (rest - 1) / 26;
    }
    let letters: String = letters.into_iter().rev().collect();
    format!("{letters}{line}")
}

/// The day of the title `Updated as at 03/12/2021`, as `2021-12-03`.
fn day_of_list(cells: &[String]) -> Option<String> {
    cells.iter().find_map(|cell| {
        let title = cell.to_lowercase();
        let (_, day) = title.split_once("updated as at")?;
        Some(dates::day_first(day)?.to_string())
    })
}

/// Takes sizes that a part only claims out of the sight of the sheet's reader: it reserves memory
/// for `uniqueCount` strings, and HKEX's `dimension` is false (8 rows of 19,015).
fn distrust(part: &mut Part) {
    if part.name.ends_with("sharedStrings.xml") {
        let start = position(&part.bytes, b"sst").unwrap_or(0);
        let root = &mut part.bytes[start..];
        let end = root.iter().position(|b| *b == b'>').unwrap_or(0);
        blot(&mut root[..end], b"uniqueCount");
    } else if part.name.contains("worksheets/") {
        let end = position(&part.bytes, b"sheetData").unwrap_or(0);
        blot(&mut part.bytes[..end], b"dimension");
    }
}

/// Replaces a name by one of equal length that means nothing.
fn blot(mut bytes: &mut [u8], name: &[u8]) {
    while let Some(at) = position(bytes, name) {
        let (found, rest) = bytes[at..].split_at_mut(name.len());
        found.fill(b'_');
        bytes = rest;
    }
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}
