//! From what a source sent to the members of a universe. Pure.

use std::fmt;

use super::identity::CompanyId;
use super::membership::MembershipChange;
use super::source::{
    SourceError, SourceList, SourceRow, TableChoice, changes, countries, csv_table, excel,
    hong_kong, spelling, wikipedia,
};
use super::{About, Constituent, Member, Universe, UniverseError};
use crate::market::{Exchange, ExchangeTable, Listing, SymbolError};
use crate::settings::{PageLayout, SymbolSuffix, UniverseEntry, UniverseSource};

/// The members that a source names, and what else it says.
#[derive(Debug, Clone)]
pub struct FreshList {
    /// The list as the lake stores it.
    pub universe: Universe,
    /// The same members as membership needs them.
    pub constituents: Vec<Constituent>,
    /// The changes that led to it, where the page has a table of them.
    pub changes: Vec<MembershipChange>,
    /// State of the source, where it names one.
    pub revision: Option<String>,
    /// Rows that are no member of the lake, and cells that were not understood.
    pub notes: Vec<String>,
}

/// Why an answer is no list of members.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The page, sheet or file has another shape.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Codes that are no symbols: a column was misread, or the page was damaged.
    #[error("{} codes are no symbols: {}", faults.len(), show(faults))]
    BadCodes { faults: Vec<CodeFault> },
    /// Nothing of it is left.
    #[error(transparent)]
    Universe(#[from] UniverseError),
    /// The settings name a suffix that no exchange has.
    #[error("no exchange has the suffix {suffix:?}")]
    NoExchange { suffix: String },
    /// The source is not behind an address.
    #[error("the list is not behind an address")]
    NotRemote,
}

/// A code that is no symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeFault {
    /// Row of the source, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub error: SymbolError,
}

impl fmt::Display for CodeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}: {}", self.line, self.error)
    }
}

/// Faults and notes of one kind that are named; the rest is counted.
const SHOWN: usize = 10;

fn show(faults: &[CodeFault]) -> String {
    let shown: Vec<String> = faults
        .iter()
        .take(SHOWN)
        .map(CodeFault::to_string)
        .collect();
    let more = match faults.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!("{}{more}", shown.join("; "))
}

/// Reads what the source of `entry` sent.
///
/// # Errors
/// [`ReadError`] when it is not a list of members; a single bad code refuses the whole list, because
/// a list that lost a member in silence is wrong.
pub fn fresh_list(
    entry: &UniverseEntry,
    body: &[u8],
    exchanges: &ExchangeTable,
) -> Result<FreshList, ReadError> {
    let mut notes = Vec::new();
    let mut changes = Vec::new();
    let list = match &entry.source {
        UniverseSource::Wikipedia { layout, .. } => {
            let html = text(body)?;
            changes = changes_of(html, &mut notes);
            wikipedia::members(html, choice(layout))?
        }
        UniverseSource::Excel {
            symbol_column,
            categories,
            ..
        } => {
            let sheet = excel::securities(body, symbol_column)?;
            of_categories(sheet, categories, &mut notes)
        }
        UniverseSource::Csv { symbol_column, .. } => {
            csv_table::securities(text(body)?, symbol_column)?
        }
        UniverseSource::Static { .. } | UniverseSource::LocalFile { .. } => {
            return Err(ReadError::NotRemote);
        }
    };
    tell_left_out(&list, &mut notes);
    let members = members(entry, &list.rows, exchanges, &mut notes)?;
    if members.is_empty() {
        let name = entry.name.clone();
        return Err(UniverseError::Empty { name }.into());
    }
    Ok(FreshList {
        constituents: members
            .iter()
            .map(|(member, row)| constituent(member, row))
            .collect(),
        universe: Universe::new(
            entry.name.clone(),
            members.into_iter().map(|(member, _)| member),
        ),
        changes,
        revision: list.revision,
        notes,
    })
}

fn text(body: &[u8]) -> Result<&str, SourceError> {
    std::str::from_utf8(body).map_err(|error| SourceError::NotText {
        at: error.valid_up_to(),
    })
}

fn choice(layout: &PageLayout) -> TableChoice<'_> {
    match layout {
        PageLayout::List => TableChoice::List,
        PageLayout::Table {
            id,
            index,
            symbol_column,
        } => TableChoice::Table {
            id: id.as_deref(),
            index: *index,
            symbol_column,
        },
    }
}

/// The table of changes; a page without one is no fault.
fn changes_of(html: &str, notes: &mut Vec<String>) -> Vec<MembershipChange> {
    match changes::changes(html) {
        Ok(read) => {
            let faults = read.faults.iter().map(|fault| format!("changes: {fault}"));
            notes.extend(shortened(faults));
            read.changes
        }
        Err(SourceError::NoTable { .. }) => Vec::new(),
        Err(error) => {
            notes.push(format!("changes: {error}"));
            Vec::new()
        }
    }
}

/// Rows of the wanted categories, if any are named; what is left out is counted by its reason.
fn of_categories(
    mut sheet: SourceList,
    categories: &[String],
    notes: &mut Vec<String>,
) -> SourceList {
    if categories.is_empty() {
        return sheet;
    }
    let wanted: Vec<&str> = categories.iter().map(String::as_str).collect();
    let shares = hong_kong::shares(std::mem::take(&mut sheet.rows), &wanted);
    let dropped = shares.dropped.iter();
    notes.extend(dropped.map(|(reason, rows)| format!("{rows} rows left out: {reason}")));
    sheet.rows = shares.rows;
    sheet
}

fn tell_left_out(list: &SourceList, notes: &mut Vec<String>) {
    notes.extend(shortened(list.skipped.iter().map(ToString::to_string)));
    let unread = list.unread.iter();
    notes.extend(shortened(
        unread.map(|cell| format!("not understood: {cell}")),
    ));
}

fn shortened(notes: impl ExactSizeIterator<Item = String>) -> impl Iterator<Item = String> {
    let more = notes.len().saturating_sub(SHOWN);
    let rest = (more > 0).then(|| format!("and {more} more of this kind"));
    notes.take(SHOWN).chain(rest)
}

fn members<'a>(
    entry: &UniverseEntry,
    rows: &'a [SourceRow],
    exchanges: &ExchangeTable,
    notes: &mut Vec<String>,
) -> Result<Vec<(Member, &'a SourceRow)>, ReadError> {
    let mut members = Vec::with_capacity(rows.len());
    let mut faults = Vec::new();
    let mut without_exchange = Vec::new();
    for row in rows {
        let exchange = match exchange_of(entry, row, exchanges)? {
            Ok(exchange) => exchange,
            Err(reason) => {
                without_exchange.push(format!("row {} ({}): {reason}", row.line, row.code));
                continue;
            }
        };
        match listing(entry, exchange, &row.code, exchanges) {
            Ok(listing) => members.push((
                Member {
                    listing,
                    about: about(row),
                },
                row,
            )),
            Err(error) => faults.push(CodeFault {
                line: row.line,
                error,
            }),
        }
    }
    notes.extend(shortened(without_exchange.into_iter()));
    if faults.is_empty() {
        Ok(members)
    } else {
        Err(ReadError::BadCodes { faults })
    }
}

/// The listing of a code. A csv file may hold symbols of many exchanges with their suffixes.
fn listing(
    entry: &UniverseEntry,
    exchange: &Exchange,
    code: &str,
    exchanges: &ExchangeTable,
) -> Result<Listing, SymbolError> {
    let is_symbol = matches!(entry.source, UniverseSource::Csv { .. })
        && matches!(&entry.symbol_suffix, SymbolSuffix::Fixed(suffix) if suffix.is_empty());
    match is_symbol.then(|| Listing::parse(code, exchanges)) {
        Some(Ok(listing)) => Ok(listing),
        _ => spelling::listing(exchange, code),
    }
}

/// The exchange of a row, or why the lake has none for it.
fn exchange_of<'a>(
    entry: &UniverseEntry,
    row: &SourceRow,
    exchanges: &'a ExchangeTable,
) -> Result<Result<&'a Exchange, String>, ReadError> {
    match &entry.symbol_suffix {
        SymbolSuffix::Fixed(suffix) => {
            let bare = suffix.trim_start_matches('.');
            let found = exchanges.by_suffix(bare);
            let exchange = found.ok_or_else(|| ReadError::NoExchange {
                suffix: suffix.clone(),
            })?;
            Ok(Ok(exchange))
        }
        SymbolSuffix::ByCountry => {
            let code = match countries::exchange_of(row.country.as_deref()) {
                Ok(code) => code,
                Err(fault) => return Ok(Err(fault.to_string())),
            };
            let found = exchanges
                .iter()
                .find(|exchange| exchange.code.as_str() == code);
            Ok(found
                .map(AsRef::as_ref)
                .ok_or_else(|| format!("the settings have no exchange {code}")))
        }
    }
}

fn about(row: &SourceRow) -> About {
    About {
        name: row.name.clone(),
        sector: row.sector.clone(),
        industry: row.industry.clone(),
        cik: row.cik.clone(),
        isin: row.isin.clone(),
    }
}

fn constituent(member: &Member, row: &SourceRow) -> Constituent {
    Constituent {
        date_added: row.date_added,
        ..Constituent::of(member)
    }
}

impl Constituent {
    /// A member with the ids that its list tells; an id that is none is left out.
    pub fn of(member: &Member) -> Self {
        let About { cik, isin, .. } = &member.about;
        let cik = cik.as_deref().and_then(|cik| CompanyId::cik(cik).ok());
        let isin = isin.as_deref().and_then(|isin| CompanyId::isin(isin).ok());
        Self {
            ids: cik.into_iter().chain(isin).collect(),
            ..Self::new(member.listing.clone())
        }
    }
}

/// The listing of a code in the table of changes of `entry`'s page, as of its members.
///
/// # Errors
/// [`SymbolError`] when it is no symbol, and for a list whose exchange depends on the row.
pub fn change_listing(
    entry: &UniverseEntry,
    code: &str,
    exchanges: &ExchangeTable,
) -> Result<Listing, SymbolError> {
    let suffix = entry.symbol_suffix.fixed().trim_start_matches('.');
    match exchanges.by_suffix(suffix) {
        Some(exchange) => spelling::listing(exchange, code),
        None => Listing::parse(code, exchanges),
    }
}

#[cfg(test)]
#[path = "reading_tests.rs"]
mod tests;
