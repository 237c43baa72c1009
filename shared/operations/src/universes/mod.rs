//! Which listings a run works on: symbols given by hand, a list in the lake, or a phase.

mod members;
#[expect(clippy::disallowed_methods, reason = "lists of users are files")]
mod own;

use std::path::Path;

use super::Effects;
use super::context::Context;
use quantx_lake::{KeyError, LakeKey};
use quantx_market::{Date, ExchangeTable, Listing, PhaseName, SymbolError, UniverseName};
use quantx_settings::UniverseEntry;
use quantx_storage::{LakeStore, StorageError};
use quantx_universe::{ReadError, TableError, Universe, UniverseError};

pub use members::{Existing, ImportedMembership, LateMember, MembersOfTime, import, members};
pub(super) use own::at_hand;

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
    #[error("there is no phase {:?} in universes.yaml; there are {known} (choose with --phase, UNIVERSE_PHASE or universe.phase)", read.as_str())]
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
    /// A file of a local_file universe, or the symbols of a static one, that are no list.
    #[error("universe {universe}{}", origin.as_ref().map(|path| format!(": {path}")).unwrap_or_default())]
    Own {
        universe: UniverseName,
        /// The file, if it is one.
        origin: Option<String>,
        #[source]
        source: ReadError,
    },
    /// A history that is none.
    #[error(transparent)]
    History(#[from] TableError),
    /// A history would take the place of another one.
    #[error(
        "{key} is in the lake already, with {spells} spells; say --replace to put this history in its place"
    )]
    MembershipExists { key: LakeKey, spells: usize },
    /// Other writers were faster.
    #[error("others changed {key} at the same time; run again")]
    Contended { key: LakeKey },
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

/// Finds the listings of `selection`. `config_dir` is where relative local files are looked for. Lists
/// that the user himself has changed since the last refresh are refreshed; without leave to write they
/// are only read.
///
/// # Errors
/// [`SelectionError`], which names every bad symbol at once.
pub async fn select(
    context: &Context,
    selection: &Selection,
    config_dir: &Path,
    effects: Effects,
) -> Result<Vec<Listing>, SelectionError> {
    match selection {
        Selection::Symbols(symbols) => parse_symbols(symbols, &context.settings.exchanges),
        Selection::Path(path) => {
            let name = universe_of(path)?;
            let key = universe_key(&name);
            let listings = stored(context, &name).await?;
            let listings = listings.ok_or(SelectionError::Missing {
                key,
                name: name.clone(),
            })?;
            own::note_list(context, &name, &listings, config_dir).await?;
            Ok(listings)
        }
        Selection::PhaseBetween { phase, first, last } => {
            let entries = enabled(context, phase)?;
            own::up_to_date(context, phase, &entries, config_dir, effects).await?;
            members::between(context, phase, &entries, (*first, *last), config_dir).await
        }
        Selection::Phase(phase) => {
            let entries = enabled(context, phase)?;
            if let Some(listings) =
                own::up_to_date(context, phase, &entries, config_dir, effects).await?
            {
                return Ok(listings);
            }
            let name: UniverseName = phase.clone().into();
            match stored(context, &name).await? {
                Some(listings) => {
                    own::note_phase(context, phase, &listings).await;
                    Ok(listings)
                }
                None if entries.iter().all(UniverseEntry::is_at_hand) => {
                    own::all_at_hand(context, &entries, config_dir)
                }
                None => Err(SelectionError::Missing {
                    key: universe_key(&name),
                    name,
                }),
            }
        }
    }
}

pub(super) fn universe_of(path: &str) -> Result<UniverseName, SelectionError> {
    let read = || path.to_owned();
    match LakeKey::parse(path) {
        Ok(LakeKey::Universe { name }) => Ok(name),
        Ok(_) => Err(SelectionError::Path {
            read: read(),
            source: None,
        }),
        Err(source) => Err(SelectionError::Path {
            read: read(),
            source: Some(source),
        }),
    }
}

fn parse_symbols(
    symbols: &[String],
    exchanges: &ExchangeTable,
) -> Result<Vec<Listing>, SelectionError> {
    let mut listings = Vec::with_capacity(symbols.len());
    let mut faults = Vec::new();
    for symbol in symbols {
        match Listing::parse(symbol, exchanges) {
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

/// The listings of a stored list; a line that cannot be used is logged and stops nobody.
pub(super) async fn stored(
    context: &Context,
    name: &UniverseName,
) -> Result<Option<Vec<Listing>>, SelectionError> {
    let key = universe_key(name);
    let Some(text) = text(context, &key).await? else {
        return Ok(None);
    };
    let table = Universe::from_csv(name.clone(), &text, &context.settings.exchanges)?;
    warn_unusable(&key, &table.unusable);
    Ok(Some(table.value.listings().cloned().collect()))
}

async fn text(context: &Context, key: &LakeKey) -> Result<Option<String>, SelectionError> {
    let Some(object) = context.store.get(key).await? else {
        return Ok(None);
    };
    match std::str::from_utf8(&object.bytes) {
        Ok(text) => Ok(Some(text.to_owned())),
        Err(_) => Err(SelectionError::NotText { key: key.clone() }),
    }
}

/// Lines of one file that are named; the rest is counted.
const SHOWN: usize = 10;

fn warn_unusable(key: &LakeKey, lines: &[quantx_universe::UnusableLine]) {
    for line in lines.iter().take(SHOWN) {
        tracing::warn!(%key, "{key} {line}; it is skipped, and stays until you mend it or take it away");
    }
    if let Some(more) = lines.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        tracing::warn!(%key, "{key} has {more} more lines that cannot be used");
    }
}

/// The enabled universes of a phase.
pub(super) fn enabled(
    context: &Context,
    phase: &PhaseName,
) -> Result<Vec<UniverseEntry>, SelectionError> {
    let universes = &context.settings.universes;
    let entries = universes.phase(phase).ok_or_else(|| {
        let known = universes.phases().map(|(name, _)| name.to_string());
        SelectionError::UnknownPhase {
            read: phase.clone(),
            known: known.collect::<Vec<_>>().join(", "),
        }
    })?;
    let enabled = entries.iter().filter(|entry| entry.enabled);
    let enabled: Vec<_> = enabled.cloned().collect();
    if enabled.is_empty() {
        return Err(SelectionError::NothingEnabled {
            phase: phase.clone(),
        });
    }
    Ok(enabled)
}

fn universe_key(name: &UniverseName) -> LakeKey {
    LakeKey::Universe { name: name.clone() }
}
