//! Universes out of the settings alone, or of a file that somebody else has read.

use crate::market::ExchangeTable;
use crate::settings::{UniverseEntry, UniverseSource};

use super::csv_text;
use super::{Universe, UniverseError};

/// The universe of a static entry; `None` for other sources.
///
/// Empty only if the settings say `symbols: []`.
pub fn static_symbols(entry: &UniverseEntry) -> Option<Universe> {
    match &entry.source {
        UniverseSource::Static { symbols } => {
            Some(Universe::new(entry.name.clone(), symbols.iter().cloned()))
        }
        _ => None,
    }
}

/// The file of a local entry, relative to the folder of universes.yaml; `None` for other sources.
pub fn local_path(entry: &UniverseEntry) -> Option<&str> {
    match &entry.source {
        UniverseSource::LocalFile { path, .. } => Some(path),
        _ => None,
    }
}

/// The universe in the text of a local entry's file, with the entry's column, format and suffix.
///
/// # Errors
/// [`UniverseError`]; all bad symbols are named at once.
pub fn local_universe(
    entry: &UniverseEntry,
    text: &str,
    exchanges: &ExchangeTable,
) -> Result<Universe, UniverseError> {
    let column = match &entry.source {
        UniverseSource::LocalFile { symbol_column, .. } => symbol_column,
        _ => "",
    };
    let rows = csv_text::rows(&entry.name, text, column)?;
    Universe::collect(entry.name.clone(), rows, |code| {
        entry.listing(code, exchanges)
    })
}
