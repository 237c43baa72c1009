//! Where the symbols of one entry come from: the keys of each kind of source.

use quantx_market::{ExchangeTable, Listing};

use super::super::WebAddress;
use super::super::constraint::{Constraint, line, one_of, one_of_names, whole};
use super::model::{PageLayout, SymbolSuffix, UniverseSource};
use super::read::SourceType;
use crate::fields::Fields;

/// Keys that belong to some kind of source only.
pub(super) const SOURCE_KEYS: [&str; 8] = [
    "url",
    "layout",
    "table_id",
    "table_index",
    "symbol_column",
    "categories",
    "symbols",
    "path",
];

const SYMBOL: &str = "a symbol, as AAPL or 0700.HK";

/// How codes of an entry become symbols.
pub(super) struct Spelling<'a> {
    pub(super) suffix: &'a SymbolSuffix,
    pub(super) exchanges: Option<&'a ExchangeTable>,
}

pub(super) fn read_source(
    fields: &mut Fields<'_, '_>,
    source_type: SourceType,
    spelling: &Spelling<'_>,
) -> Option<UniverseSource> {
    let remote = matches!(
        source_type,
        SourceType::Wikipedia | SourceType::Excel | SourceType::Csv
    );
    let url = if remote {
        fields.required("url", &address()).map(|at| at.value)
    } else {
        fields.foreign("url", "no url: only wikipedia, excel and csv have one");
        None
    };
    let layout = read_layout(fields, source_type);
    let is_list = layout == Some(PageLayout::List);
    let symbol_column = match source_type {
        SourceType::Wikipedia if is_list => {
            fields.foreign("symbol_column", "no symbol_column: a list has no columns");
            None
        }
        SourceType::Wikipedia | SourceType::Excel => fields.required("symbol_column", &line(100)),
        SourceType::Csv | SourceType::LocalFile => fields.optional("symbol_column", &line(100)),
        SourceType::Static => {
            fields.foreign(
                "symbol_column",
                "no symbol_column: static lists its symbols",
            );
            None
        }
    }
    .map(|at| at.value);
    let categories = if source_type == SourceType::Excel {
        let categories = fields.each("categories", "a list of categories", &line(100));
        let categories = categories.unwrap_or_default().into_iter();
        categories.map(|at| at.value).collect()
    } else {
        fields.foreign("categories", "no categories: only excel has them");
        Vec::new()
    };
    let path = if source_type == SourceType::LocalFile {
        fields.required("path", &line(4096)).map(|at| at.value)
    } else {
        fields.foreign("path", "no path: only local_file has one");
        None
    };
    let symbols = if source_type == SourceType::LocalFile {
        fields.foreign("symbols", "no symbols: local_file reads them from its file");
        Vec::new()
    } else {
        read_symbols(fields, spelling)
    };
    Some(match source_type {
        SourceType::Wikipedia => UniverseSource::Wikipedia {
            url: url?,
            layout: match layout? {
                PageLayout::List => PageLayout::List,
                PageLayout::Table { id, index, .. } => PageLayout::Table {
                    id,
                    index,
                    symbol_column: symbol_column?,
                },
            },
            fallback: symbols,
        },
        SourceType::Excel => UniverseSource::Excel {
            url: url?,
            symbol_column: symbol_column?,
            categories,
            fallback: symbols,
        },
        SourceType::Csv => UniverseSource::Csv {
            url: url?,
            symbol_column: symbol_column.unwrap_or_default(),
            fallback: symbols,
        },
        SourceType::Static => {
            if fields.is_without("symbols") {
                fields.missing("symbols", "a list of symbols");
            }
            UniverseSource::Static { symbols }
        }
        SourceType::LocalFile => UniverseSource::LocalFile {
            path: path?,
            symbol_column: symbol_column.unwrap_or_default(),
        },
    })
}

/// Where on a page the symbols stand, without the column's name; `None` for other sources and when
/// the problem is reported.
fn read_layout(fields: &mut Fields<'_, '_>, source_type: SourceType) -> Option<PageLayout> {
    if source_type != SourceType::Wikipedia {
        for key in ["layout", "table_id", "table_index"] {
            fields.foreign(key, "not here: only wikipedia has pages");
        }
        return None;
    }
    let layouts = one_of(&[("table", false), ("list", true)]);
    let is_list = fields
        .optional("layout", &layouts)
        .is_some_and(|at| at.value);
    if is_list {
        for key in ["table_id", "table_index"] {
            fields.foreign(key, "not here: a list has no tables");
        }
        return Some(PageLayout::List);
    }
    let index = whole(0..=1000).then(|index| usize::try_from(index).ok());
    Some(PageLayout::Table {
        id: fields.optional("table_id", &line(100)).map(|at| at.value),
        index: fields.optional("table_index", &index).map(|at| at.value),
        symbol_column: String::new(),
    })
}

/// The symbols of an entry, sorted and unique; each wrong one is reported at its own place.
fn read_symbols(fields: &mut Fields<'_, '_>, spelling: &Spelling<'_>) -> Vec<Listing> {
    let code = Constraint::new(SYMBOL, |scalar| {
        // Null is the one plain word that stays no text; TRUE, NO and 0700 are as written.
        if scalar.is_null() {
            Err((!scalar.text.is_empty())
                .then(|| format!("a ticker of that name needs quotes: {:?}", scalar.text)))
        } else {
            Ok(scalar.text.clone())
        }
    });
    let codes = fields
        .each("symbols", "a list of symbols", &code)
        .unwrap_or_default();
    let Some(exchanges) = spelling.exchanges else {
        return Vec::new();
    };
    let mut listings = Vec::new();
    for code in codes {
        let hint = match spelling.suffix.listing(&code.value, exchanges) {
            Ok(listing) => {
                listings.push(listing);
                continue;
            }
            Err(error) => error.to_string(),
        };
        let mut problem = fields.problem(code.place, "symbols", &code.shown, SYMBOL);
        problem.hint = Some(hint);
        fields.problems.push(problem);
    }
    listings.sort();
    listings.dedup();
    listings
}

fn address() -> Constraint<WebAddress> {
    Constraint::new("an https address, or http to this machine", |scalar| {
        WebAddress::parse(&scalar.text).map_err(|error| Some(error.to_string()))
    })
}

/// A dot and the suffix of an exchange, or the word for "as the row's country has it".
pub(super) fn suffix(exchanges: Option<&ExchangeTable>) -> Constraint<SymbolSuffix> {
    let known: Option<Vec<String>> = exchanges.map(|exchanges| {
        let suffixes = exchanges.iter().map(|exchange| exchange.suffix.as_str());
        let mut suffixes: Vec<String> = suffixes
            .filter(|suffix| !suffix.is_empty())
            .map(|suffix| format!(".{suffix}"))
            .collect();
        suffixes.sort_unstable();
        suffixes.push(BY_COUNTRY.to_owned());
        suffixes
    });
    let allowed = match &known {
        Some(known) => one_of_names(&known.iter().map(String::as_str).collect::<Vec<_>>()),
        None => format!("a dot and the suffix of an exchange, or {BY_COUNTRY}"),
    };
    Constraint::matching(allowed, move |text| {
        if text == BY_COUNTRY {
            return Some(SymbolSuffix::ByCountry);
        }
        let good = text.is_empty()
            || known
                .as_ref()
                .is_none_or(|known| known.iter().any(|suffix| suffix == text));
        good.then(|| SymbolSuffix::Fixed(text.to_owned()))
    })
}

const BY_COUNTRY: &str = "by_country";
