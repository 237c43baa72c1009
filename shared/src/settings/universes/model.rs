use std::collections::BTreeMap;

use crate::market::{ExchangeTable, Listing, SymbolError};

use super::super::WebAddress;
use super::MaxChange;
use crate::market::{PhaseName, UniverseName};

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
    /// How a code of the source becomes a local code.
    pub format: SymbolFormat,
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
    /// The listing of a code as the source writes it: formatted, and with the suffix if it has none.
    /// A suffix by country is not added here: `code` must have it.
    ///
    /// # Errors
    /// [`SymbolError`] when what comes out is not a symbol.
    pub fn listing(&self, code: &str, exchanges: &ExchangeTable) -> Result<Listing, SymbolError> {
        let symbol = complete(code, self.format, self.symbol_suffix.fixed());
        Listing::parse(&symbol, exchanges)
    }

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

/// A code of a source as a symbol.
pub(super) fn complete(code: &str, format: SymbolFormat, suffix: &str) -> String {
    let code = code.trim();
    let tail = code.len().saturating_sub(suffix.len());
    let has_suffix = !suffix.is_empty()
        && code
            .get(tail..)
            .is_some_and(|end| end.eq_ignore_ascii_case(suffix));
    let bare = if has_suffix { &code[..tail] } else { code };
    let bare = match format {
        SymbolFormat::AsWritten => bare.to_owned(),
        SymbolFormat::HkPad => pad(bare),
    };
    // An empty code stays empty, so that it is refused as such.
    if bare.is_empty() {
        bare
    } else {
        format!("{bare}{suffix}")
    }
}

/// `00700` and `700` are both `0700`; what is not a number is left for the parser to refuse.
fn pad(code: &str) -> String {
    if code.is_empty() || !code.bytes().all(|b| b.is_ascii_digit()) {
        return code.to_owned();
    }
    format!("{:0>4}", code.trim_start_matches('0'))
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

/// How a code of a source becomes a local code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SymbolFormat {
    /// It is one already.
    AsWritten,
    /// A Hong Kong number, to four digits at least.
    HkPad,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_a_source_becomes_a_symbol() {
        use SymbolFormat::{AsWritten, HkPad};
        for (code, format, suffix, expect) in [
            ("AAPL", AsWritten, "", "AAPL"),
            ("7203", AsWritten, ".T", "7203.T"),
            ("7203.T", AsWritten, ".T", "7203.T"),
            ("7203.t", AsWritten, ".T", "7203.T"),
            ("00700", HkPad, ".HK", "0700.HK"),
            ("5", HkPad, ".HK", "0005.HK"),
            ("0005.HK", HkPad, ".HK", "0005.HK"),
            ("80737", HkPad, ".HK", "80737.HK"),
            ("SEHK: 5", HkPad, ".HK", "SEHK: 5.HK"),
            ("", HkPad, ".HK", ""),
            ("é", AsWritten, ".T", "é.T"),
        ] {
            assert_eq!(complete(code, format, suffix), expect, "{code}");
        }
    }
}
