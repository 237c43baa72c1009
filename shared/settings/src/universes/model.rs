use std::collections::BTreeMap;

use quantx_market::{ExchangeTable, Listing, SymbolError, spelling};

use super::super::WebAddress;
use super::MaxChange;
use quantx_market::{PhaseName, UniverseName};

/// All universes by phase. Names are unique, dependencies known and free of cycles.
#[derive(Debug, Clone, Default)]
pub struct UniverseSettings {
    pub(super) phases: BTreeMap<PhaseName, Vec<UniverseEntry>>,
}

impl UniverseSettings {
    /// All phases with their universes, disabled ones included; ascending by name.
    pub fn phases(&self) -> impl Iterator<Item = (&PhaseName, &[UniverseEntry])> {
        self.phases
            .iter()
            .map(|(name, entries)| (name, entries.as_slice()))
    }

    /// The universes of one phase in the order of the file, disabled ones included.
    pub fn phase(&self, name: &PhaseName) -> Option<&[UniverseEntry]> {
        self.phases.get(name).map(Vec::as_slice)
    }
}

/// One universe and where its symbols come from.
#[derive(Debug, Clone)]
pub struct UniverseEntry {
    /// Unique in the file, over all phases.
    pub name: UniverseName,
    /// For people; may be empty.
    pub description: String,
    /// Where its symbols come from.
    pub source: UniverseSource,
    /// What is added to every code of the source.
    pub symbol_suffix: SymbolSuffix,
    /// What a new list must look like to take the place of the stored one.
    pub limits: MemberLimits,
    /// Universes to refresh before this one.
    pub depends_on: Vec<UniverseName>,
    /// Whether runs use it.
    pub enabled: bool,
}

impl UniverseEntry {
    /// The list of the settings themselves, for a source that cannot be read; may be empty.
    pub fn fallback(&self) -> &[Listing] {
        match &self.source {
            UniverseSource::Wikipedia { fallback, .. }
            | UniverseSource::Excel { fallback, .. }
            | UniverseSource::Csv { fallback, .. } => fallback,
            UniverseSource::Static { .. } | UniverseSource::LocalFile { .. } => &[],
        }
    }

    /// Whether the symbols can be had without asking anybody.
    pub fn is_at_hand(&self) -> bool {
        matches!(
            self.source,
            UniverseSource::Static { .. } | UniverseSource::LocalFile { .. }
        )
    }
}

/// What is added to every code of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SymbolSuffix {
    /// Nothing, or one suffix with its dot: `.HK`.
    Fixed(String),
    /// The suffix of the exchange of the row's country.
    ByCountry,
}

impl SymbolSuffix {
    /// The listing of a code, however it is spelled; one without the suffix gets it. Where there is no
    /// suffix, or it depends on the row, `code` may have that of any exchange.
    ///
    /// # Errors
    /// [`SymbolError`] when what comes out is not a symbol.
    pub fn listing(&self, code: &str, exchanges: &ExchangeTable) -> Result<Listing, SymbolError> {
        let suffix = self.fixed().trim_start_matches('.');
        match exchanges.by_suffix(suffix).filter(|_| !suffix.is_empty()) {
            Some(exchange) => spelling::listing(exchange, code),
            None => spelling::symbol(code, exchanges),
        }
    }

    /// The suffix that every code gets; empty if there is none or if it depends on the row.
    pub fn fixed(&self) -> &str {
        match self {
            Self::Fixed(suffix) => suffix,
            Self::ByCountry => "",
        }
    }
}

/// What a new list must look like to take the place of the stored one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberLimits {
    /// Fewest members.
    pub min: usize,
    /// Most members.
    pub max: usize,
    /// How many seats may have another holder than in the stored list.
    pub max_change: MaxChange,
}

/// Where the symbols of a universe come from. `fallback` may be empty.
#[derive(Debug, Clone)]
pub enum UniverseSource {
    /// A table or the list items of a Wikipedia page.
    Wikipedia {
        url: WebAddress,
        layout: PageLayout,
        fallback: Vec<Listing>,
    },
    /// The first sheet of an Excel file; `categories` empty: rows of every category.
    Excel {
        url: WebAddress,
        symbol_column: String,
        categories: Vec<String>,
        fallback: Vec<Listing>,
    },
    /// A csv file behind an address.
    Csv {
        url: WebAddress,
        symbol_column: String,
        fallback: Vec<Listing>,
    },
    /// The settings themselves; sorted and unique.
    Static { symbols: Vec<Listing> },
    /// A csv file on disk, relative to the folder of universes.yaml. `symbol_column` is empty
    /// when the usual names of that column are to be tried.
    LocalFile { path: String, symbol_column: String },
}

/// Where on a page the symbols stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageLayout {
    /// In a table: the one of that id, else of that index from 0, else the first with the column.
    Table {
        id: Option<String>,
        index: Option<usize>,
        symbol_column: String,
    },
    /// In list items that link to the exchange, as the Nikkei 225's.
    List,
}
