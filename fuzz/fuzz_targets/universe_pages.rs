//! Pages, tables and lists that universes are read from, by every entry that the program ships.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use quantx::settings::{EnvMap, Overrides, Settings, UniverseEntry, UniverseSource};
use quantx::universe::fresh_list;

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
    Settings::resolve(None, None, &EnvMap::default(), &Overrides::default())
        .expect("the built-in settings")
});

/// One entry for each source and layout of a page: entries that differ in their address alone read alike.
static ENTRIES: LazyLock<Vec<&UniverseEntry>> = LazyLock::new(|| {
    let phases = SETTINGS.universes.phases();
    let mut seen = Vec::new();
    let mut entries = Vec::new();
    for entry in phases.flat_map(|(_, entries)| entries) {
        let kind = match &entry.source {
            UniverseSource::Wikipedia { layout, .. } => format!("{layout:?}"),
            UniverseSource::Csv { symbol_column, .. }
            | UniverseSource::LocalFile { symbol_column, .. } => symbol_column.clone(),
            _ => continue,
        };
        let kind = format!("{kind} {:?}", entry.symbol_suffix);
        if !seen.contains(&kind) {
            seen.push(kind);
            entries.push(entry);
        }
    }
    entries
});

fuzz_target!(|bytes: &[u8]| {
    // Which entry is no part of the input, so that a recorded page is one; its length changes all the time.
    let entry = ENTRIES[bytes.len() % ENTRIES.len()];
    let _ = fresh_list(entry, bytes, &SETTINGS.exchanges);
});
