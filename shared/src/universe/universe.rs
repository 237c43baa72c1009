use std::collections::BTreeSet;
use std::fmt;

use crate::market::UniverseName;
use crate::market::{ExchangeTable, Listing, SymbolError};

use super::csv_text;

/// A named set of listings: what a run works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Universe {
    name: UniverseName,
    listings: Vec<Listing>,
}

impl Universe {
    /// A universe of the given listings, in any order.
    pub fn new(name: UniverseName, listings: impl IntoIterator<Item = Listing>) -> Self {
        let listings: BTreeSet<Listing> = listings.into_iter().collect();
        Self {
            name,
            listings: listings.into_iter().collect(),
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
        let codes = symbols
            .into_iter()
            .enumerate()
            .map(|(n, symbol)| (n + 1, symbol.as_ref().to_owned()));
        Self::collect(name, codes, |code| Listing::parse(code, exchanges))
    }

    /// Reads a csv with a header and a column `symbol`, `ticker` or `ticker symbol` in any case.
    ///
    /// Other columns are ignored; a byte-order mark, CRLF, blank lines and short rows are tolerated.
    ///
    /// # Errors
    /// [`UniverseError`]; all bad symbols are named at once.
    pub fn from_csv(
        name: UniverseName,
        text: &str,
        exchanges: &ExchangeTable,
    ) -> Result<Self, UniverseError> {
        let codes = csv_text::codes(&name, text, "")?;
        Self::collect(name, codes, |code| Listing::parse(code, exchanges))
    }

    /// Builds a universe of codes with their lines, or names every code that is none.
    pub(super) fn collect(
        name: UniverseName,
        codes: impl IntoIterator<Item = (usize, String)>,
        listing: impl Fn(&str) -> Result<Listing, SymbolError>,
    ) -> Result<Self, UniverseError> {
        let mut listings = Vec::new();
        let mut faults = Vec::new();
        for (line, code) in codes {
            match listing(&code) {
                Ok(listing) => listings.push(listing),
                Err(error) => faults.push(SymbolFault { line, error }),
            }
        }
        if !faults.is_empty() {
            return Err(UniverseError::BadSymbols { name, faults });
        }
        if listings.is_empty() {
            return Err(UniverseError::Empty { name });
        }
        Ok(Self::new(name, listings))
    }

    /// Its name.
    pub fn name(&self) -> &UniverseName {
        &self.name
    }

    /// Ascending by exchange and local code, each once.
    pub fn listings(&self) -> &[Listing] {
        &self.listings
    }

    /// The csv of `meta/universe_<name>.csv`: `symbol,exchange`, sorted, so that equal universes
    /// give equal bytes. [`Self::from_csv`] reads it back.
    pub fn to_csv(&self) -> String {
        let mut text = String::from("symbol,exchange\n");
        for listing in &self.listings {
            // Neither can hold a comma, a quote or a line break.
            text.push_str(&format!("{},{}\n", listing.symbol(), listing.exchange()));
        }
        text
    }
}

/// All listings of several universes, each once.
pub fn union<'a>(
    name: UniverseName,
    universes: impl IntoIterator<Item = &'a Universe>,
) -> Universe {
    let listings = universes
        .into_iter()
        .flat_map(|universe| universe.listings().iter().cloned());
    Universe::new(name, listings)
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
