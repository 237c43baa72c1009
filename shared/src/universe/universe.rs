use std::collections::BTreeMap;
use std::fmt;

use crate::market::UniverseName;
use crate::market::{ExchangeTable, Listing, SymbolError};

use super::csv_text::{self, CsvRow};
use super::member::{About, Member};

/// A named set of listings: what a run works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Universe {
    name: UniverseName,
    members: Vec<Member>,
}

impl Universe {
    /// A universe of the given members, in any order. Of one listing named twice the first stays,
    /// and takes from the others what it does not say itself.
    pub fn new<M: Into<Member>>(name: UniverseName, members: impl IntoIterator<Item = M>) -> Self {
        let mut unique: BTreeMap<Listing, About> = BTreeMap::new();
        for member in members {
            let Member { listing, about } = member.into();
            unique.entry(listing).or_default().complete_with(about);
        }
        let members = unique.into_iter();
        Self {
            name,
            members: members
                .map(|(listing, about)| Member { listing, about })
                .collect(),
        }
    }

    /// A universe of symbols such as `AAPL` and `0700.HK`; white space around them is ignored.
    ///
    /// # Errors
    /// [`UniverseError::BadSymbols`] with every bad symbol; its line is its position in the list.
    /// [`UniverseError::Empty`] without any symbol.
    pub fn from_symbols<S: AsRef<str>>(
        name: UniverseName,
        symbols: impl IntoIterator<Item = S>,
        exchanges: &ExchangeTable,
    ) -> Result<Self, UniverseError> {
        let rows = symbols
            .into_iter()
            .enumerate()
            .map(|(n, symbol)| CsvRow::of_code(n + 1, symbol.as_ref()));
        Self::collect(name, rows, |code| Listing::parse(code, exchanges))
    }

    /// Reads a csv with a header and a column `symbol`, `ticker` or `ticker symbol` in any case.
    ///
    /// Columns `name`, `sector`, `industry`, `cik` and `isin` are kept, others ignored; a
    /// byte-order mark, CRLF, blank lines and short rows are tolerated.
    ///
    /// # Errors
    /// [`UniverseError`]; all bad symbols are named at once.
    pub fn from_csv(
        name: UniverseName,
        text: &str,
        exchanges: &ExchangeTable,
    ) -> Result<Self, UniverseError> {
        let rows = csv_text::rows(&name, text, "")?;
        Self::collect(name, rows, |code| Listing::parse(code, exchanges))
    }

    /// Builds a universe of rows, or names every code that is none.
    pub(super) fn collect(
        name: UniverseName,
        rows: impl IntoIterator<Item = CsvRow>,
        listing: impl Fn(&str) -> Result<Listing, SymbolError>,
    ) -> Result<Self, UniverseError> {
        let mut members = Vec::new();
        let mut faults = Vec::new();
        for CsvRow { line, code, about } in rows {
            match listing(&code) {
                Ok(listing) => members.push(Member { listing, about }),
                Err(error) => faults.push(SymbolFault { line, error }),
            }
        }
        if !faults.is_empty() {
            return Err(UniverseError::BadSymbols { name, faults });
        }
        if members.is_empty() {
            return Err(UniverseError::Empty { name });
        }
        Ok(Self::new(name, members))
    }

    /// Its name.
    pub fn name(&self) -> &UniverseName {
        &self.name
    }

    /// Ascending by exchange and local code, each listing once.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The listings of [`Self::members`].
    pub fn listings(&self) -> impl ExactSizeIterator<Item = &Listing> {
        self.members.iter().map(|member| &member.listing)
    }

    /// The csv of `meta/universe_<name>.csv`: `symbol,exchange` and what is said of each, sorted,
    /// so that equal universes give equal bytes. [`Self::from_csv`] reads it back.
    pub fn to_csv(&self) -> String {
        let mut text = csv_text::line(["symbol", "exchange"].into_iter().chain(About::COLUMNS));
        for Member { listing, about } in &self.members {
            let own = [listing.symbol().as_str(), listing.exchange().as_str()];
            text.push_str(&csv_text::line(own.into_iter().chain(about.cells())));
        }
        text
    }
}

/// All listings of several universes, each once.
pub fn union<'a>(
    name: UniverseName,
    universes: impl IntoIterator<Item = &'a Universe>,
) -> Universe {
    let members = universes
        .into_iter()
        .flat_map(|universe| universe.members().iter().cloned());
    Universe::new(name, members)
}

/// A symbol of a list that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymbolFault {
    /// Line of the file, or position in the list, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub error: SymbolError,
}

impl fmt::Display for SymbolFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.error)
    }
}

/// Why a list of symbols is not a universe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UniverseError {
    /// The list has symbols that are none.
    #[error("universe {name} has {} unusable symbols:{}", faults.len(), show(faults))]
    BadSymbols {
        name: UniverseName,
        faults: Vec<SymbolFault>,
    },
    /// The header has no column of symbols.
    #[error("universe {name} has no column {wanted}; its columns are {found}")]
    NoSymbolColumn {
        name: UniverseName,
        wanted: String,
        found: String,
    },
    /// The list is not csv.
    #[error("universe {name} is not csv from line {line} on")]
    NotCsv { name: UniverseName, line: u64 },
    /// Nothing in it, which is never meant.
    #[error("universe {name} has no symbols")]
    Empty { name: UniverseName },
}

/// Faults listed in a message; the rest of a wholly wrong file is only counted.
const SHOWN: usize = 20;

fn show(faults: &[SymbolFault]) -> String {
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
