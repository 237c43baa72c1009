//! Columns by name: sources rename and move them, so a place is never relied on.

use super::dates;
use super::row::{SkipReason, SkippedRow, SourceList, SourceRow, UnreadCell};
use super::text::{key, short, some};

#[cfg(test)]
#[path = "columns_tests.rs"]
mod tests;

/// Names of the column of codes, best first.
pub(super) const CODE: [&str; 8] = [
    "symbol",
    "ticker",
    "ticker symbol",
    "stock symbol",
    "stock code",
    "code",
    "epic",
    "trading symbol",
];
const NAME: [&str; 8] = [
    "security",
    "name",
    "company",
    "company name",
    "name of securities",
    "security name",
    "constituent",
    "issue",
];
const SECTOR: [&str; 5] = [
    "gics sector",
    "icb sector",
    "sub-index",
    "sector",
    "industry sector",
];
const INDUSTRY: [&str; 6] = [
    "gics sub-industry",
    "gics sub industry",
    "icb subsector",
    "sub-industry",
    "subsector",
    "industry",
];
const COUNTRY: [&str; 2] = ["country", "country of incorporation"];
const CIK: [&str; 2] = ["cik", "central index key"];
const ISIN: [&str; 2] = ["isin", "isin code"];
const CATEGORY: [&str; 1] = ["category"];
const SUB_CATEGORY: [&str; 3] = ["sub-category", "sub category", "subcategory"];
const TRADING_CURRENCY: [&str; 2] = ["trading currency", "currency"];
const RMB_COUNTER: [&str; 1] = ["rmb counter"];
const BOARD_LOT: [&str; 1] = ["board lot"];
const DATE_ADDED: [&str; 2] = ["date added", "date first added"];

/// Column names of a message.
const SHOWN_COLUMNS: usize = 30;

/// The names of each column from top to bottom; a name that spans several rows stands once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Header(Vec<Vec<String>>);

impl Header {
    /// The header of one or several rows.
    pub(super) fn of<'a>(rows: impl IntoIterator<Item = &'a [String]>) -> Self {
        let mut columns: Vec<Vec<String>> = Vec::new();
        for row in rows {
            if columns.len() < row.len() {
                columns.resize(row.len(), Vec::new());
            }
            for (column, cell) in columns.iter_mut().zip(row) {
                let name = key(cell);
                if !name.is_empty() && column.last() != Some(&name) {
                    column.push(name);
                }
            }
        }
        Self(columns)
    }

    /// The first column of the best name: its lowest name, or all of them in one.
    pub(super) fn find(&self, wanted: &[&str]) -> Option<usize> {
        wanted.iter().map(|name| key(name)).find_map(|name| {
            self.0
                .iter()
                .position(|column| column.last() == Some(&name) || column.join(" ") == name)
        })
    }

    /// The first column of a name under a heading that spans several columns.
    pub(super) fn find_under(&self, group: &str, wanted: &[&str]) -> Option<usize> {
        wanted.iter().find_map(|name| {
            self.0.iter().position(|column| {
                column.last().is_some_and(|last| last == name)
                    && column.iter().rev().skip(1).any(|above| above == group)
            })
        })
    }

    /// How many columns share names with a row: a header that is repeated shares all.
    fn is_repeated_in(&self, cells: &[String], code: usize) -> bool {
        let cell = cells.get(code).map(|cell| key(cell));
        self.0
            .get(code)
            .is_some_and(|names| names.last().is_some() && names.last() == cell.as_ref())
    }
}

/// For messages: the columns in order.
impl std::fmt::Display for Header {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.0.iter().filter(|column| !column.is_empty());
        let names: Vec<String> = names
            .take(SHOWN_COLUMNS)
            .map(|column| short(&column.join(" ")))
            .collect();
        f.write_str(if names.is_empty() { "none" } else { "" })?;
        f.write_str(&names.join(", "))
    }
}

/// The wanted name, then the usual ones; without a wanted one only these.
pub(super) fn code_names(wanted: &str) -> Vec<&str> {
    let mut names = Vec::with_capacity(CODE.len() + 1);
    if !wanted.trim().is_empty() {
        names.push(wanted);
    }
    names.extend(CODE);
    names
}

/// Where the columns of a list are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Columns {
    header: Header,
    code: usize,
    name: Option<usize>,
    sector: Option<usize>,
    industry: Option<usize>,
    country: Option<usize>,
    cik: Option<usize>,
    isin: Option<usize>,
    category: Option<usize>,
    sub_category: Option<usize>,
    trading_currency: Option<usize>,
    rmb_counter: Option<usize>,
    board_lot: Option<usize>,
    date_added: Option<usize>,
}

impl Columns {
    /// All known columns; `None` without that of codes, which has one of `code_names`.
    pub(super) fn find(header: Header, code_names: &[&str]) -> Option<Self> {
        let code = header.find(code_names)?;
        let other = |wanted: &[&str]| header.find(wanted).filter(|column| *column != code);
        Some(Self {
            code,
            name: other(&NAME),
            sector: other(&SECTOR),
            industry: other(&INDUSTRY),
            country: other(&COUNTRY),
            cik: other(&CIK),
            isin: other(&ISIN),
            category: other(&CATEGORY),
            sub_category: other(&SUB_CATEGORY),
            trading_currency: other(&TRADING_CURRENCY),
            rmb_counter: other(&RMB_COUNTER),
            board_lot: other(&BOARD_LOT),
            date_added: other(&DATE_ADDED),
            header,
        })
    }

    /// Reads a row into the list, or notes there why not. Blank rows leave no trace.
    pub(super) fn read(&self, line: usize, cells: &[String], list: &mut SourceList) {
        let cell = |column: Option<usize>| {
            let cell = column.and_then(|column| cells.get(column));
            cell.and_then(|cell| some(super::text::fold(cell)))
        };
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            return;
        }
        let skip = |reason| SkippedRow { line, reason };
        if self.header.is_repeated_in(cells, self.code) {
            return list.skipped.push(skip(SkipReason::Heading));
        }
        let code = without_market(&cell(Some(self.code)).unwrap_or_default()).to_owned();
        let name = cell(self.name);
        if code.is_empty() {
            return list.skipped.push(skip(SkipReason::NoCode { name }));
        }
        let mut typed = Typed { line, list };
        let row = SourceRow {
            line,
            column: self.code,
            code,
            name,
            sector: cell(self.sector),
            industry: cell(self.industry),
            country: cell(self.country),
            cik: typed.cell("CIK", cell(self.cik), cik),
            isin: typed.cell("ISIN", cell(self.isin), isin),
            category: cell(self.category),
            sub_category: cell(self.sub_category),
            trading_currency: cell(self.trading_currency),
            rmb_counter: cell(self.rmb_counter),
            board_lot: typed.cell("board lot", cell(self.board_lot), whole_number),
            date_added: typed.cell("date added", cell(self.date_added), dates::leading),
        };
        list.rows.push(row);
    }
}

/// Cells that are more than text; what cannot be read is noted.
struct Typed<'a> {
    line: usize,
    list: &'a mut SourceList,
}

impl Typed<'_> {
    fn cell<T>(
        &mut self,
        column: &'static str,
        cell: Option<String>,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = cell?;
        let value = read(&text);
        if value.is_none() {
            self.list.unread.push(UnreadCell {
                line: self.line,
                column,
                read: short(&text),
            });
        }
        value
    }
}

/// Moves rows whose code was there before, for the same country, to the skipped ones.
pub(super) fn without_repeats(list: &mut SourceList) {
    let mut first = std::collections::HashMap::new();
    let rows = std::mem::take(&mut list.rows);
    for row in rows {
        let known = (row.code.clone(), row.country.clone());
        match first.get(&known) {
            None => {
                first.insert(known, row.line);
                list.rows.push(row);
            }
            Some(&first) => list.skipped.push(SkippedRow {
                line: row.line,
                reason: SkipReason::Repeated {
                    code: row.code,
                    first,
                },
            }),
        }
    }
    list.skipped.sort_by_key(|skipped| skipped.line);
}

/// The code without the market in front: `SEHK: 5`, `NYSE: MMM`.
pub(super) fn without_market(code: &str) -> &str {
    match code.rsplit_once(':') {
        Some((market, code)) if market.chars().all(|c| c.is_alphanumeric() || c == ' ') => {
            code.trim()
        }
        _ => code,
    }
}

/// Ten digits, as the SEC's own addresses have it.
fn cik(text: &str) -> Option<String> {
    // Spreadsheets write numbers: 320193.0.
    let digits = text.strip_suffix(".0").unwrap_or(text);
    let is_number = (1..=10).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| format!("{digits:0>10}"))
}

/// Two letters, nine letters or digits, a check digit (which is not computed).
fn isin(text: &str) -> Option<String> {
    let is_isin = text.len() == 12
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
        && text.bytes().take(2).all(|b| b.is_ascii_alphabetic())
        && text.ends_with(|c: char| c.is_ascii_digit());
    is_isin.then(|| text.to_ascii_uppercase())
}

/// `1,000` or `1000`.
fn whole_number(text: &str) -> Option<u32> {
    let is_number = text.bytes().all(|b| b.is_ascii_digit() || b == b',');
    is_number
        .then(|| text.replace(',', "").parse().ok())
        .flatten()
}
