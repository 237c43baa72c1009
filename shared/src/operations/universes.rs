//! Which listings a run works on: symbols given by hand, a list in the lake, or a phase.

use std::collections::BTreeSet;
use std::path::Path;

use super::context::Context;
use crate::lake::{KeyError, LakeKey};
use crate::market::{Date, Listing, PhaseName, SymbolError, UniverseName};
use crate::settings::{UniverseEntry, UniverseSource};
use crate::storage::{LakeStore, StorageError};
use crate::universe::membership::Membership;
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
    /// Everybody who was a member of a universe of a phase on any day from `first` to `last`, both
    /// inclusive, so that a study of those days sees those who left later too.
    PhaseBetween {
        phase: PhaseName,
        first: Date,
        last: Date,
    },
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
    /// A membership cannot be read.
    #[error("{key} cannot be used; restore it, or move it away and refresh the universe: {detail}")]
    Membership { key: LakeKey, detail: String },
    /// The time before the first known day.
    #[error(
        "the members of {name} are known since {since}, not on {asked}; who was a member before is not in the lake"
    )]
    NotKnownThen {
        name: UniverseName,
        since: Date,
        asked: Date,
    },
    /// The first date is after the last one.
    #[error("{first} is after {last}; both are inclusive")]
    Reversed { first: Date, last: Date },
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
        Selection::PhaseBetween { phase, first, last } => {
            between(context, phase, (*first, *last), config_dir).await
        }
        Selection::Phase(phase) => {
            let key = universe_key(&phase.clone().into());
            if let Some(listings) = stored(context, &phase.clone().into()).await? {
                return Ok(listings);
            }
            let entries = enabled(context, phase)?;
            if entries.iter().all(UniverseEntry::is_at_hand) {
                let mut listings = Vec::new();
                for entry in &entries {
                    listings.extend(at_hand(context, entry, config_dir)?.listings().cloned());
                }
                return Ok(listings);
            }
            Err(SelectionError::Missing {
                key,
                name: phase.clone().into(),
            })
        }
    }
}

/// The members of a universe on `date`, or on any day up to `last` if that is given; ascending.
///
/// # Errors
/// [`SelectionError::NotKnownThen`] for a time before the first known day, and what reading a
/// membership may bring.
pub async fn members(
    context: &Context,
    name: &UniverseName,
    date: Date,
    last: Option<Date>,
) -> Result<Vec<Listing>, SelectionError> {
    let last = last.unwrap_or(date);
    if date > last {
        return Err(SelectionError::Reversed { first: date, last });
    }
    let key = LakeKey::Membership { name: name.clone() };
    let membership = membership(context, name).await?;
    let membership = membership.ok_or_else(|| SelectionError::Missing {
        key,
        name: name.clone(),
    })?;
    match membership.members_between(date, last) {
        Some(members) => Ok(members.into_iter().cloned().collect()),
        None => Err(SelectionError::NotKnownThen {
            name: name.clone(),
            since: membership.known_since().unwrap_or(Date::MAX),
            asked: date,
        }),
    }
}

/// Members of every universe of a phase; one whose members of the first days are not known gives
/// those that it knows, and that is said.
async fn between(
    context: &Context,
    phase: &PhaseName,
    (first, last): (Date, Date),
    config_dir: &Path,
) -> Result<Vec<Listing>, SelectionError> {
    if first > last {
        return Err(SelectionError::Reversed { first, last });
    }
    let mut listings = BTreeSet::new();
    for entry in enabled(context, phase)? {
        match membership(context, &entry.name).await? {
            Some(membership) => {
                let since = membership.known_since().unwrap_or(last);
                if since > first {
                    tracing::warn!(universe = %entry.name,
                        "the members of {} before {since} are not known: a study of that time has survivorship bias", entry.name);
                }
                let members = membership.members_between(first.max(since), last.max(since));
                listings.extend(members.into_iter().flatten().cloned());
            }
            None if entry.is_at_hand() => {
                let universe = at_hand(context, &entry, config_dir)?;
                listings.extend(universe.listings().cloned());
            }
            None => {
                return Err(SelectionError::Missing {
                    key: LakeKey::Membership {
                        name: entry.name.clone(),
                    },
                    name: phase.clone().into(),
                });
            }
        }
    }
    Ok(listings.into_iter().collect())
}

async fn membership(
    context: &Context,
    name: &UniverseName,
) -> Result<Option<Membership>, SelectionError> {
    let key = LakeKey::Membership { name: name.clone() };
    let Some(object) = context.store.get(&key).await? else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&object.bytes);
    let text = text.map_err(|_| SelectionError::NotText { key: key.clone() })?;
    match Membership::from_csv(name.clone(), text, &context.settings.exchanges) {
        Ok(membership) => Ok(Some(membership)),
        Err(error) => Err(SelectionError::Membership {
            key,
            detail: error.to_string(),
        }),
    }
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

pub(super) async fn stored(
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

/// The enabled universes of a phase.
pub(super) fn enabled(
    context: &Context,
    phase: &PhaseName,
) -> Result<Vec<UniverseEntry>, SelectionError> {
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

/// The universe of an entry whose symbols are in the settings or in a file beside them.
pub(super) fn at_hand(
    context: &Context,
    entry: &UniverseEntry,
    config_dir: &Path,
) -> Result<Universe, SelectionError> {
    if let UniverseSource::LocalFile { path, .. } = &entry.source {
        let text = std::fs::read_to_string(config_dir.join(path)).map_err(|source| {
            SelectionError::LocalFile {
                universe: entry.name.clone(),
                path: path.clone(),
                source,
            }
        })?;
        let exchanges = &context.settings.exchanges;
        return Ok(universe::local_universe(entry, &text, exchanges)?);
    }
    let universe = universe::static_symbols(entry);
    let universe = universe.filter(|universe| !universe.members().is_empty());
    universe.ok_or_else(|| {
        UniverseError::Empty {
            name: entry.name.clone(),
        }
        .into()
    })
}

fn universe_key(name: &UniverseName) -> LakeKey {
    LakeKey::Universe { name: name.clone() }
}
