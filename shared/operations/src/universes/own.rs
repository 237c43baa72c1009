//! Lists that the user himself keeps: symbols of the settings, and files beside them.

use std::collections::BTreeSet;
use std::path::Path;

use super::{SelectionError, stored};
use crate::Effects;
use crate::context::Context;
use crate::universe_refresh::{self, RefreshRequest, Trust};
use quantx_market::{Listing, PhaseName, UniverseName};
use quantx_report::with_causes;
use quantx_settings::{UniverseEntry, UniverseSource};
use quantx_universe as universe;
use quantx_universe::FreshList;

/// The list of an entry whose symbols are in the settings or in a file beside them.
pub(crate) fn at_hand(
    context: &Context,
    entry: &UniverseEntry,
    config_dir: &Path,
) -> Result<FreshList, SelectionError> {
    let (bytes, origin) = match &entry.source {
        UniverseSource::LocalFile { path, .. } => {
            let bytes = std::fs::read(config_dir.join(path));
            let bytes = bytes.map_err(|source| SelectionError::LocalFile {
                universe: entry.name.clone(),
                path: path.clone(),
                source,
            })?;
            (bytes, Some(path.clone()))
        }
        _ => (Vec::new(), None),
    };
    let list = universe::fresh_list(entry, &bytes, &context.settings.exchanges);
    list.map_err(|source| SelectionError::Own {
        universe: entry.name.clone(),
        origin,
        source,
    })
}

/// The union of a phase of which nothing is stored and nobody has to be asked.
pub(super) fn all_at_hand(
    context: &Context,
    entries: &[UniverseEntry],
    config_dir: &Path,
) -> Result<Vec<Listing>, SelectionError> {
    let mut listings = BTreeSet::new();
    for entry in entries {
        let list = at_hand(context, entry, config_dir)?;
        for note in &list.notes {
            tracing::warn!(universe = %entry.name, "{}: {note}", entry.name);
        }
        listings.extend(list.universe.listings().cloned());
    }
    Ok(listings.into_iter().collect())
}

/// Refreshes the lists of a phase that the user has edited since the last refresh; nobody is asked.
/// Without leave to write, what the phase would be comes back and nothing is stored; so it does where
/// it could not be stored. `None`: what is stored is in force.
pub(super) async fn up_to_date(
    context: &Context,
    phase: &PhaseName,
    entries: &[UniverseEntry],
    config_dir: &Path,
    effects: Effects,
) -> Result<Option<Vec<Listing>>, SelectionError> {
    // What was never refreshed is read from where it is.
    if stored(context, &phase.clone().into()).await?.is_none() {
        return Ok(None);
    }
    let mut edited = Vec::new();
    for entry in entries.iter().filter(|entry| entry.is_at_hand()) {
        match edits(context, entry, config_dir).await {
            Ok(None) => {}
            Ok(Some(edits)) => {
                tracing::info!(universe = %entry.name, "{} was edited since its last refresh: {edits}", entry.name);
                edited.push(entry);
            }
            Err(error) => {
                tracing::warn!(universe = %entry.name, "{}; the list of the last refresh is in force", with_causes(&error));
            }
        }
    }
    if edited.is_empty() {
        return Ok(None);
    }
    if effects == Effects::Write {
        let order = RefreshRequest {
            phase: phase.clone(),
            config_dir: config_dir.to_owned(),
            trust: Trust::Limits,
            effects,
        };
        match Box::pin(universe_refresh::refresh_own(context, &order)).await {
            Ok(_) => return Ok(None),
            Err(error) => {
                tracing::warn!(%phase, "the edited lists of {phase} are in force but not stored: {}", with_causes(&error));
            }
        }
    }
    in_force(context, entries, config_dir).await.map(Some)
}

/// How the list of an entry differs from the stored one, in words.
async fn edits(
    context: &Context,
    entry: &UniverseEntry,
    config_dir: &Path,
) -> Result<Option<String>, SelectionError> {
    let own = at_hand(context, entry, config_dir)?;
    let Some(before) = stored(context, &entry.name).await? else {
        return Ok(Some("it is new".to_owned()));
    };
    let difference = universe::Difference::between(&before, own.universe.listings(), &[]);
    Ok((!difference.is_empty()).then(|| difference.to_string()))
}

/// The union of the lists in force: the user's own as they are now, the others as stored.
async fn in_force(
    context: &Context,
    entries: &[UniverseEntry],
    config_dir: &Path,
) -> Result<Vec<Listing>, SelectionError> {
    let mut listings = BTreeSet::new();
    for entry in entries {
        let own = match entry.is_at_hand() {
            true => at_hand(context, entry, config_dir).ok(),
            false => None,
        };
        match own {
            Some(list) => listings.extend(list.universe.listings().cloned()),
            None => {
                let stored = stored(context, &entry.name).await?;
                listings.extend(stored.unwrap_or_else(|| entry.fallback().to_vec()));
            }
        }
    }
    Ok(listings.into_iter().collect())
}

/// Says on which list a run works, and from when it is.
pub(super) async fn note_phase(context: &Context, phase: &PhaseName, listings: &[Listing]) {
    let metadata = universe_refresh::metadata(context, phase).await;
    let since = match metadata {
        Ok(Some(metadata)) => format!("of {:.0}", metadata.generated),
        _ => "of unknown age".to_owned(),
    };
    let name: UniverseName = phase.clone().into();
    let key = super::universe_key(&name);
    tracing::info!(%key, n_listings = listings.len(), "works on {key} {since}, {} listings", listings.len());
}

/// The same of a list that was named by its path, which stays in force even if its source was edited.
pub(super) async fn note_list(
    context: &Context,
    name: &UniverseName,
    listings: &[Listing],
    config_dir: &Path,
) -> Result<(), SelectionError> {
    let universes = &context.settings.universes;
    let is_meant = |(phase, entries): &(&PhaseName, &[UniverseEntry])| {
        phase.as_str() == name.as_str() || entries.iter().any(|entry| entry.name == *name)
    };
    let Some((phase, entries)) = universes.phases().find(is_meant) else {
        return Ok(());
    };
    note_phase(context, phase, listings).await;
    let enabled = entries.iter().filter(|it| it.enabled && it.is_at_hand());
    for entry in enabled.filter(|it| it.name == *name || phase.as_str() == name.as_str()) {
        if let Ok(Some(edits)) = edits(context, entry, config_dir).await {
            tracing::warn!(universe = %entry.name,
                "{} was edited since its last refresh ({edits}); the stored list is in force: run `quantx refresh-universe --phase {phase}`, or name the --phase", entry.name);
        }
    }
    Ok(())
}
