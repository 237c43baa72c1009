use std::collections::BTreeMap;

use quantx_market::UniverseName;
use quantx_market::{ExchangeTable, Listing};

use super::csv_text::{self, CsvRow};
use super::member::{About, Member};
use super::table::{RowFault, RowProblem, Table, UnusableLine, with_kept};

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
        let table = Self::collect(name.clone(), rows, exchanges)?;
        if table.unusable.is_empty() {
            return Ok(table.value);
        }
        Err(UniverseError::bad_symbols(name, table.unusable))
    }

    /// Reads a csv with a header and a column `symbol`, `ticker` or `ticker symbol` in any case.
    ///
    /// Columns `name`, `sector`, `industry`, `cik` and `isin` are kept, others ignored; a
    /// byte-order mark, CRLF, blank lines and short rows are tolerated. A line without a symbol of the
    /// lake is reported beside the universe.
    ///
    /// # Errors
    /// [`UniverseError`]; where no line can be used every symbol is named.
    pub fn from_csv(
        name: UniverseName,
        text: &str,
        exchanges: &ExchangeTable,
    ) -> Result<Table<Self>, UniverseError> {
        let rows = csv_text::rows(&name, text)?;
        let table = Self::collect(name.clone(), rows, exchanges)?;
        if table.value.members.is_empty() {
            return Err(UniverseError::bad_symbols(name, table.unusable));
        }
        Ok(table)
    }

    fn collect(
        name: UniverseName,
        rows: impl IntoIterator<Item = CsvRow>,
        exchanges: &ExchangeTable,
    ) -> Result<Table<Self>, UniverseError> {
        let mut members = Vec::new();
        let mut unusable = Vec::new();
        for row in rows {
            match Listing::parse(&row.code, exchanges) {
                Ok(listing) => members.push(Member {
                    listing,
                    about: row.about,
                }),
                Err(error) => unusable.push(UnusableLine {
                    fault: RowFault {
                        line: row.line,
                        problem: RowProblem::Symbol(error),
                    },
                    cells: row.cells(),
                }),
            }
        }
        if members.is_empty() && unusable.is_empty() {
            return Err(UniverseError::Empty { name });
        }
        let value = Self::new(name, members);
        Ok(Table { value, unusable })
    }

    /// The csv of this universe with the lines of the stored one that cannot be used.
    pub fn to_csv_over(&self, stored: Option<&str>, exchanges: &ExchangeTable) -> String {
        let rows = stored.and_then(|text| csv_text::rows(&self.name, text).ok());
        let table = rows.and_then(|rows| Self::collect(self.name.clone(), rows, exchanges).ok());
        with_kept(
            self.to_csv(),
            table.iter().flat_map(|table| &table.unusable),
        )
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

/// Why a list of symbols is not a universe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UniverseError {
    /// The list has symbols that are none.
    #[error("universe {name} has {} unusable symbols:{}", faults.len(), show(faults))]
    BadSymbols {
        name: UniverseName,
        faults: Vec<RowFault>,
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

impl UniverseError {
    fn bad_symbols(name: UniverseName, unusable: Vec<UnusableLine>) -> Self {
        let faults = unusable.into_iter().map(|line| line.fault).collect();
        Self::BadSymbols { name, faults }
    }
}

fn show(faults: &[RowFault]) -> String {
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
