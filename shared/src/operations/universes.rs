//! Which listings a run works on: symbols given by hand, a list in the lake, or a phase.

use std::path::Path;

use bytes::Bytes;

use super::context::Context;
use crate::lake::{KeyError, LakeKey};
use crate::market::{Listing, PhaseName, SymbolError, UniverseName};
use crate::settings::{UniverseEntry, UniverseSource};
use crate::storage::{LakeStore, Precondition, StorageError};
use crate::universe::{self, Universe, UniverseError};

/// What the caller asked for.
#[derive(Debug, Clone)]
pub enum Selection {
    /// These symbols.
    Symbols(Vec<String>),
    /// A list in the lake, such as `meta/universe_phase_1.csv`.
    Path(String),
    /// The union of a phase: from the lake, or from the settings while they can say it all.
    Phase(PhaseName),
}

/// Why there is no work list.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SelectionError {
    /// Symbols that are none, all of them.
    #[error("unusable symbols:{}", faults.iter().map(|fault| format!("\n  {fault}")).collect::<String>())]
    Symbols { faults: Vec<SymbolError> },
    /// A path that is no universe of the lake.
    #[error(
        "{read:?} is not a universe of the lake; expected is a path like meta/universe_phase_1.csv"
    )]
    Path {
        read: String,
        #[source]
        source: Option<KeyError>,
    },
    /// The lake has no such list.
    #[error(
        "{key} is not in the lake; run `quantx refresh-universe --phase {name}` first, or name --symbols"
    )]
    Missing { key: LakeKey, name: UniverseName },
    /// A phase that the settings do not have.
    #[error("there is no phase {read}; config/universes.yaml has {known}")]
    UnknownPhase { read: PhaseName, known: String },
    /// A phase without an enabled universe.
    #[error(
        "no universe of phase {phase} is enabled; set `enabled: true` in config/universes.yaml"
    )]
    NothingEnabled { phase: PhaseName },
    /// A source that this version does not fetch.
    #[error(
        "universe {universe} comes from {kind}, which this version cannot fetch yet; put the list into a file and use source_type local_file, or name --symbols"
    )]
    Unfetchable {
        universe: UniverseName,
        kind: &'static str,
    },
    /// A file of a local_file universe cannot be read.
    #[error("universe {universe}: cannot read {path}")]
    LocalFile {
        universe: UniverseName,
        path: String,
        #[source]
        source: std::io::Error,
    },
    /// A list that is no universe.
    #[error(transparent)]
    Universe(#[from] UniverseError),
    /// The store failed.
    #[error("cannot read or store a universe")]
    Storage(#[from] StorageError),
    /// The list is not text.
    #[error("{key} is not UTF-8 text")]
    NotText { key: LakeKey },
}

/// One universe of a refresh.
#[derive(Debug, Clone)]
pub struct Refreshed {
    /// Where it lies.
    pub key: LakeKey,
    /// Its size.
    pub n_listings: usize,
    /// Whether the stored list changed.
    pub changed: bool,
}

/// Finds the listings of `selection`. `config_dir` is where relative local files are looked for.
///
/// # Errors
/// [`SelectionError`], which names every bad symbol at once.
pub async fn select(
    context: &Context,
    selection: &Selection,
    config_dir: &Path,
) -> Result<Vec<Listing>, SelectionError> {
    match selection {
        Selection::Symbols(symbols) => parse_symbols(context, symbols),
        Selection::Path(path) => {
            let key = LakeKey::parse(path).map_err(|source| SelectionError::Path {
                read: path.clone(),
                source: Some(source),
            })?;
            let LakeKey::Universe { name } = &key else {
                return Err(SelectionError::Path {
                    read: path.clone(),
                    source: None,
                });
            };
            let name = name.clone();
            let stored = stored(context, &name).await?;
            stored.ok_or(SelectionError::Missing { key, name })
        }
        Selection::Phase(phase) => {
            let key = universe_key(&phase.clone().into());
            if let Some(listings) = stored(context, &phase.clone().into()).await? {
                return Ok(listings);
            }
            let entries = entries(context, phase)?;
            if entries.iter().all(UniverseEntry::is_at_hand) {
                let built = build(context, &entries, config_dir)?;
                return Ok(built.iter().flat_map(|u| u.listings().cloned()).collect());
            }
            Err(SelectionError::Missing {
                key,
                name: phase.clone().into(),
            })
        }
    }
}

/// Builds every enabled universe of `phase` and their union, and stores what changed.
///
/// # Errors
/// [`SelectionError`]; nothing is replaced unless every source could be read.
pub async fn refresh(
    context: &Context,
    phase: &PhaseName,
    config_dir: &Path,
) -> Result<Vec<Refreshed>, SelectionError> {
    let mut refreshed = Vec::new();
    for universe in build_phase(context, phase, config_dir)? {
        refreshed.push(put(context, &universe).await?);
    }
    Ok(refreshed)
}

/// What [`refresh`] would do: the same lists, and whether each differs from the stored one. Writes
/// nothing.
///
/// # Errors
/// [`SelectionError`], as a refresh would have it.
pub async fn preview(
    context: &Context,
    phase: &PhaseName,
    config_dir: &Path,
) -> Result<Vec<Refreshed>, SelectionError> {
    let mut refreshed = Vec::new();
    for universe in build_phase(context, phase, config_dir)? {
        let key = universe_key(universe.name());
        let found = context.store.get(&key).await?;
        let changed = found.is_none_or(|object| object.bytes != universe.to_csv().as_bytes());
        refreshed.push(Refreshed {
            key,
            n_listings: universe.listings().len(),
            changed,
        });
    }
    Ok(refreshed)
}

/// Every enabled universe of `phase`, and their union under the phase's name.
fn build_phase(
    context: &Context,
    phase: &PhaseName,
    config_dir: &Path,
) -> Result<Vec<Universe>, SelectionError> {
    let entries = entries(context, phase)?;
    let mut universes = build(context, &entries, config_dir)?;
    universes.push(universe::union(phase.clone().into(), &universes));
    Ok(universes)
}

fn parse_symbols(context: &Context, symbols: &[String]) -> Result<Vec<Listing>, SelectionError> {
    let mut listings = Vec::with_capacity(symbols.len());
    let mut faults = Vec::new();
    for symbol in symbols {
        match Listing::parse(symbol, &context.settings.exchanges) {
            Ok(listing) => listings.push(listing),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        Ok(listings)
    } else {
        Err(SelectionError::Symbols { faults })
    }
}

async fn stored(
    context: &Context,
    name: &UniverseName,
) -> Result<Option<Vec<Listing>>, SelectionError> {
    let key = universe_key(name);
    let Some(object) = context.store.get(&key).await? else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&object.bytes);
    let text = text.map_err(|_| SelectionError::NotText { key: key.clone() })?;
    let universe = Universe::from_csv(name.clone(), text, &context.settings.exchanges)?;
    Ok(Some(universe.listings().cloned().collect()))
}

fn entries(context: &Context, phase: &PhaseName) -> Result<Vec<UniverseEntry>, SelectionError> {
    let universes = &context.settings.universes;
    let entries = universes.phase(phase).ok_or_else(|| {
        let known: Vec<String> = universes
            .phases()
            .map(|(name, _)| name.to_string())
            .collect();
        SelectionError::UnknownPhase {
            read: phase.clone(),
            known: known.join(", "),
        }
    })?;
    let enabled: Vec<_> = entries
        .iter()
        .filter(|entry| entry.enabled)
        .cloned()
        .collect();
    if enabled.is_empty() {
        return Err(SelectionError::NothingEnabled {
            phase: phase.clone(),
        });
    }
    Ok(enabled)
}

fn build(
    context: &Context,
    entries: &[UniverseEntry],
    config_dir: &Path,
) -> Result<Vec<Universe>, SelectionError> {
    let exchanges = &context.settings.exchanges;
    entries
        .iter()
        .map(|entry| match &entry.source {
            UniverseSource::Static { .. } => universe::static_symbols(entry).ok_or_else(|| {
                UniverseError::Empty {
                    name: entry.name.clone(),
                }
                .into()
            }),
            UniverseSource::LocalFile { path, .. } => {
                let text = std::fs::read_to_string(config_dir.join(path)).map_err(|source| {
                    SelectionError::LocalFile {
                        universe: entry.name.clone(),
                        path: path.clone(),
                        source,
                    }
                })?;
                Ok(universe::local_universe(entry, &text, exchanges)?)
            }
            UniverseSource::Wikipedia { .. } => Err(unfetchable(entry, "wikipedia")),
            UniverseSource::Excel { .. } => Err(unfetchable(entry, "excel")),
            UniverseSource::Csv { .. } => Err(unfetchable(entry, "csv")),
        })
        .collect()
}

fn unfetchable(entry: &UniverseEntry, kind: &'static str) -> SelectionError {
    SelectionError::Unfetchable {
        universe: entry.name.clone(),
        kind,
    }
}

fn universe_key(name: &UniverseName) -> LakeKey {
    LakeKey::Universe { name: name.clone() }
}

async fn put(context: &Context, universe: &Universe) -> Result<Refreshed, SelectionError> {
    let key = universe_key(universe.name());
    let bytes = Bytes::from(universe.to_csv());
    loop {
        let found = context.store.get(&key).await?;
        if found.as_ref().is_some_and(|object| object.bytes == bytes) {
            break Ok(Refreshed {
                key,
                n_listings: universe.listings().len(),
                changed: false,
            });
        }
        let precondition = found.map_or(Precondition::Absent, |object| {
            Precondition::Matches(object.etag)
        });
        match context.store.put(&key, bytes.clone(), precondition).await {
            Ok(_) => {
                break Ok(Refreshed {
                    key,
                    n_listings: universe.listings().len(),
                    changed: true,
                });
            }
            // Another refresh was first: compare with what it wrote.
            Err(error) if error.is_conflict() => {}
            Err(error) => break Err(error.into()),
        }
    }
}
