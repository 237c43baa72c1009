//! A table → a history. Pure.

use csv::{ReaderBuilder, StringRecord};

use super::format::{CsvFormat, DecimalMark};
use crate::rows::{DayValues, history, split_terms};
use crate::{Events, ParseError};
use quantx_market::{Action, ActionKind, Date, Exchange, VendorHistory};

/// Reads a table of one listing, rows from `start` on. Of two rows of one date the later line counts.
///
/// # Errors
/// [`ParseError::Line`] when a column is missing, a cell is no number or a row has too few cells.
pub fn parse_table(
    bytes: &[u8],
    format: &CsvFormat,
    exchange: &Exchange,
    start: Date,
) -> Result<VendorHistory, ParseError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = ReaderBuilder::new()
        .delimiter(format.delimiter)
        .from_reader(bytes);
    let head = reader.headers().map_err(|error| wrong(1, &error))?.clone();
    let columns = Places::new(&head, format)?;
    let mut rows = Vec::new();
    let mut events = Events::default();
    let mut record = StringRecord::new();
    loop {
        let read = reader.read_record(&mut record);
        let line = record.position().map_or(1, |at| at.line() as usize);
        if !read.map_err(|error| wrong(line, &error))? {
            break;
        }
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let row = Row {
            record: &record,
            line,
            format,
        };
        let date = row.date(columns.date)?;
        let [open, high, low, close] = columns.prices;
        let values = DayValues {
            prices: [
                row.number(open)?,
                row.number(high)?,
                row.number(low)?,
                row.number(close)?,
            ],
            volume: row.number(columns.volume)?,
        };
        rows.push(values.on(date, &exchange.time_zone)?);
        if let Some(amount) = row.number(columns.dividend)? {
            let kind = ActionKind::Dividend { amount };
            events.add(Action {
                ex_date: date,
                kind,
            });
        }
        let ratio = row.number(columns.split)?;
        if let Some(ratio) = ratio.filter(|ratio| *ratio != 0.0 && *ratio != 1.0) {
            let (numerator, denominator) = split_terms(ratio);
            let kind = ActionKind::Split {
                numerator,
                denominator,
            };
            events.add(Action {
                ex_date: date,
                kind,
            });
        }
    }
    // Stable: of two rows of one date the later line stays the later.
    rows.sort_by_key(|row| row.date);
    history(exchange, format.basis, rows, events.joined(), start)
}

/// Where each column stands.
#[derive(Debug)]
struct Places {
    date: Option<usize>,
    prices: [Option<usize>; 4],
    volume: Option<usize>,
    dividend: Option<usize>,
    split: Option<usize>,
}

impl Places {
    fn new(head: &StringRecord, format: &CsvFormat) -> Result<Self, ParseError> {
        let place = |name: Option<&String>| {
            let Some(name) = name else {
                return Ok(None);
            };
            let mut names = head.iter();
            let at = names.position(|cell| cell.trim().eq_ignore_ascii_case(name.trim()));
            let found = || {
                const MAX_CHARS: usize = 120;
                let head: Vec<&str> = head.iter().map(str::trim).collect();
                head.join(", ").chars().take(MAX_CHARS).collect::<String>()
            };
            at.map(Some).ok_or_else(|| ParseError::Line {
                line: 1,
                detail: format!("the head has no column {name:?}; it has: {}", found()),
            })
        };
        let names = &format.columns;
        Ok(Self {
            date: place(Some(&names.date))?,
            prices: [
                place(names.open.as_ref())?,
                place(names.high.as_ref())?,
                place(names.low.as_ref())?,
                place(Some(&names.close))?,
            ],
            volume: place(names.volume.as_ref())?,
            dividend: place(names.dividend.as_ref())?,
            split: place(names.split.as_ref())?,
        })
    }
}

struct Row<'a> {
    record: &'a StringRecord,
    line: usize,
    format: &'a CsvFormat,
}

impl Row<'_> {
    fn cell(&self, at: Option<usize>) -> &str {
        at.and_then(|at| self.record.get(at))
            .unwrap_or_default()
            .trim()
    }

    fn date(&self, at: Option<usize>) -> Result<Date, ParseError> {
        let cell = self.cell(at);
        Date::strptime(&self.format.date_format, cell).map_err(|_| {
            let format = &self.format.date_format;
            wrong(self.line, &format!("{cell:?} is not a date like {format}"))
        })
    }

    fn number(&self, at: Option<usize>) -> Result<Option<f64>, ParseError> {
        let cell = self.cell(at);
        if matches!(cell, "" | "-") || ["n/a", "null", "nan"].contains(&&*cell.to_ascii_lowercase())
        {
            return Ok(None);
        }
        let plain = match self.format.decimal_mark {
            DecimalMark::Point => cell.replace(',', ""),
            DecimalMark::Comma => cell.replace('.', "").replace(',', "."),
        };
        let number = plain.parse::<f64>().ok().filter(|value| value.is_finite());
        number
            .map(Some)
            .ok_or_else(|| wrong(self.line, &format!("{cell:?} is not a number")))
    }
}

fn wrong(line: usize, detail: &dyn std::fmt::Display) -> ParseError {
    const MAX_CHARS: usize = 200;
    ParseError::Line {
        line,
        detail: detail.to_string().chars().take(MAX_CHARS).collect(),
    }
}
