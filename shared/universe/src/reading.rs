//! From what a source sent to the members of a universe. Pure.

use std::borrow::Cow;
use std::fmt;

use super::identity::CompanyId;
use super::membership::MembershipChange;
use super::source::{
    SourceError, SourceList, SourceRow, TableChoice, changes, csv_table, excel, hong_kong,
    wikipedia,
};
use super::{About, Constituent, Member, Universe, UniverseError, placing};
use quantx_market::{ExchangeTable, Listing, SymbolError, spelling};
use quantx_settings::{PageLayout, UniverseEntry, UniverseSource};

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

impl From<Universe> for FreshList {
    fn from(universe: Universe) -> Self {
        Self {
            constituents: universe.members().iter().map(Constituent::of).collect(),
            universe,
            changes: Vec::new(),
            revision: None,
            notes: Vec::new(),
        }
    }
}

/// Why an answer is no list of members.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The page, sheet or file has another shape.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Most codes are no symbols: a column was misread, or the page was damaged.
    #[error("{} of {rows} codes are no symbols: {}", faults.len(), show(faults))]
    BadCodes { rows: usize, faults: Vec<CodeFault> },
    /// Nothing of it is left.
    #[error(transparent)]
    Universe(#[from] UniverseError),
    /// The settings name a suffix that no exchange has.
    #[error("no exchange has the suffix {suffix:?}")]
    NoExchange { suffix: String },
}

/// A code that is no symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeFault {
    /// Where it stands: a row of a table or file, or a cell of a sheet.
    pub place: String,
    /// What is wrong with it.
    pub error: SymbolError,
}

impl fmt::Display for CodeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.error)
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

/// Reads what the source of `entry` sent; a static entry has its symbols and needs no `body`.
///
/// A row whose code is no symbol is left out with a note: it must not stop the others.
///
/// # Errors
/// [`ReadError`] when it is not a list of members: among others when more codes are bad than good,
/// as where a column was misread.
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
            csv_table::securities(&published_text(body, &mut notes), symbol_column)?
        }
        UniverseSource::LocalFile { symbol_column, .. } => {
            csv_table::securities(text(body)?, symbol_column)?
        }
        UniverseSource::Static { symbols } => {
            let universe = Universe::new(entry.name.clone(), symbols.iter().cloned());
            if universe.members().is_empty() {
                return Err(empty(entry));
            }
            return Ok(universe.into());
        }
    };
    note_left_out(&list, &mut notes);
    let members = members(entry, &list.rows, exchanges, &mut notes)?;
    if members.is_empty() {
        return Err(empty(entry));
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

fn empty(entry: &UniverseEntry) -> ReadError {
    let name = entry.name.clone();
    UniverseError::Empty { name }.into()
}

fn text(body: &[u8]) -> Result<&str, SourceError> {
    std::str::from_utf8(body).map_err(|error| SourceError::NotText {
        at: error.valid_up_to(),
    })
}

/// Text of a publisher, who need not write UTF-8: codes are plain letters and digits in every encoding, and names
/// lose single letters. A file of one's own is refused instead, because its owner can save it again.
fn published_text<'a>(body: &'a [u8], notes: &mut Vec<String>) -> Cow<'a, str> {
    let text = String::from_utf8_lossy(body);
    if let Cow::Owned(_) = text {
        notes.push("the file is not UTF-8: some letters of names are lost".to_owned());
    }
    text
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

fn note_left_out(list: &SourceList, notes: &mut Vec<String>) {
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
        let found = match placing::listing(entry, row, exchanges)? {
            Ok(found) => found,
            Err(reason) => {
                without_exchange.push(format!("row {} ({}): {reason}", row.line, row.code));
                continue;
            }
        };
        match found {
            Ok(listing) => members.push((
                Member {
                    listing,
                    about: about(row),
                },
                row,
            )),
            Err(error) => faults.push(CodeFault {
                place: place(entry, row),
                error,
            }),
        }
    }
    notes.extend(shortened(without_exchange.into_iter()));
    if faults.len() > members.len() {
        let rows = faults.len() + members.len();
        return Err(ReadError::BadCodes { rows, faults });
    }
    let left_out = faults.iter().map(|fault| format!("left out: {fault}"));
    notes.extend(shortened(left_out));
    Ok(members)
}

/// Where a code stands, as the reader of the source would find it.
fn place(entry: &UniverseEntry, row: &SourceRow) -> String {
    match entry.source {
        UniverseSource::Excel { .. } => {
            format!("cell {}", excel::cell_name(row.column, row.line))
        }
        _ => format!("row {}", row.line),
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
    /// A member with the ids that its list has; an id that is none is left out.
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

#[expect(clippy::disallowed_methods, reason = "pages made for tests are files")]
#[cfg(test)]
#[path = "shipped_tests.rs"]
mod shipped_tests;
#[cfg(test)]
#[path = "reading_tests.rs"]
mod tests;
