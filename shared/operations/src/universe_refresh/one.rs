//! One universe of a refresh: asked for, read, compared, stored.

use super::membership::{self, Announced};
use super::objects::{self, ObjectError};
use super::{Effects, Frame, Trust};
use quantx_lake::LakeKey;
use quantx_lake::codec::sha256_hex;
use quantx_market::Listing;
use quantx_report::{RefreshOutcome, UniverseMetadata, UniverseReport, with_causes};
use quantx_settings::{MaxChange, UniverseEntry, UniverseSource};
use quantx_universe as universe;
use quantx_universe::source::SourceKind;
use quantx_universe::{Difference, FreshList, Gate, Universe};

/// Refreshes one universe; `done` are those before it. The list in force comes back, if there is one.
///
/// An object of this universe that cannot be used stops this universe and no other.
///
/// # Errors
/// [`ObjectError::Storage`] when the store fails.
pub(super) async fn refresh(
    frame: &Frame<'_>,
    entry: &UniverseEntry,
    done: &[UniverseReport],
) -> Result<(UniverseReport, Option<Universe>), ObjectError> {
    let key = LakeKey::Universe {
        name: entry.name.clone(),
    };
    let mut report = blank(frame, entry, &key);
    let stored = stored(frame, entry, &key, &mut report.notes).await?;
    if frame.sources.is_none() && !entry.is_at_hand() {
        return Ok(unasked(frame, entry, report, stored));
    }
    match attempt(frame, entry, done, report.clone(), stored.clone(), &key).await {
        Err(error @ (ObjectError::Unusable { .. } | ObjectError::Contended { .. })) => {
            Ok(keep(frame, entry, report, stored, with_causes(&error)))
        }
        done => done,
    }
}

async fn attempt(
    frame: &Frame<'_>,
    entry: &UniverseEntry,
    done: &[UniverseReport],
    mut report: UniverseReport,
    stored: Option<Universe>,
    key: &LakeKey,
) -> Result<(UniverseReport, Option<Universe>), ObjectError> {
    let fresh = match needed(frame, entry, done) {
        Ok(()) => obtain(frame, entry).await,
        Err(reason) => Err(reason),
    };
    let fresh = match fresh {
        Ok(fresh) => fresh,
        Err(reason) => return Ok(keep(frame, entry, report, stored, reason)),
    };
    report.revision.clone_from(&fresh.revision);
    report.notes.extend(fresh.notes.iter().cloned());
    let announced = membership::announced(frame, entry, &fresh).await?;
    report.notes.extend(announced.notes.iter().cloned());
    // A list that the settings made up while the source was away says nothing about the source.
    let believed = frame
        .known(&entry.name)
        .is_some_and(|known| known.fresh_at.is_some());
    let before = stored.as_ref().filter(|_| believed);
    match gate(entry).check(
        before.map(listings).as_deref(),
        &listings(&fresh.universe),
        &announced.renames,
    ) {
        Ok(difference) => add_difference(&mut report, &difference),
        Err(refusal) => {
            add_difference(&mut report, &refusal.difference);
            if frame.order.trust == Trust::Limits {
                let reason = format!(
                    "{refusal}; look at it, then take it with `quantx refresh-universe --accept`"
                );
                report.outcome = RefreshOutcome::Refused;
                return Ok(keep(frame, entry, report, stored, reason));
            }
            report.notes.push(format!("accepted although {refusal}"));
        }
    }
    accept(frame, entry, report, key, fresh, announced).await
}

/// Puts the list and what it says of membership and identity in force.
async fn accept(
    frame: &Frame<'_>,
    entry: &UniverseEntry,
    mut report: UniverseReport,
    key: &LakeKey,
    fresh: FreshList,
    announced: Announced,
) -> Result<(UniverseReport, Option<Universe>), ObjectError> {
    let exchanges = &frame.context.settings.exchanges;
    report.members = fresh.universe.members().len();
    report.fresh_at = Some(frame.now);
    let changed = if frame.order.effects == Effects::Write {
        // Membership first: a crash in between is repaired by the next refresh, which sees the same
        // difference between the old list and the source.
        let misfits = membership::store(frame, entry, &fresh, &announced).await?;
        report.notes.extend(misfits);
        let (sha256, changed) = objects::update(frame.store(), key, |stored| {
            let text = fresh.universe.to_csv_over(stored, exchanges);
            let sha256 = sha256_hex(text.as_bytes());
            Ok((text, sha256))
        })
        .await?;
        report.sha256 = Some(sha256);
        changed
    } else {
        let stored = objects::text(frame.store(), key).await?;
        let text = fresh.universe.to_csv_over(stored.as_deref(), exchanges);
        report.sha256 = Some(sha256_hex(text.as_bytes()));
        stored.as_deref() != Some(text.as_str())
    };
    report.outcome = if changed {
        RefreshOutcome::Refreshed
    } else {
        RefreshOutcome::Unchanged
    };
    Ok((report, Some(fresh.universe)))
}

/// The list of a source that nobody asks today, as the last refresh left it.
fn unasked(
    frame: &Frame<'_>,
    entry: &UniverseEntry,
    report: UniverseReport,
    stored: Option<Universe>,
) -> (UniverseReport, Option<Universe>) {
    let is_fresh =
        |known: &&UniverseMetadata| known.fresh_at.is_some() && known.stale_since.is_none();
    let fresh = frame.known(&entry.name).filter(is_fresh).cloned();
    let reason = "its source was not asked: only lists of one's own were refreshed".to_owned();
    let (mut report, list) = keep(frame, entry, report, stored, reason);
    if let Some(known) = fresh.filter(|_| report.outcome == RefreshOutcome::Stale) {
        report.outcome = RefreshOutcome::Unchanged;
        report.detail = None;
        report.stale_since = None;
        report.sha256 = known.sha256;
    }
    (report, list)
}

/// The last good list stays in force, or the settings' own, or none.
fn keep(
    frame: &Frame<'_>,
    entry: &UniverseEntry,
    mut report: UniverseReport,
    stored: Option<Universe>,
    reason: String,
) -> (UniverseReport, Option<Universe>) {
    let known = frame.known(&entry.name);
    report.stale_since = known
        .and_then(|known| known.stale_since)
        .or(Some(frame.now));
    report.fresh_at = known.and_then(|known| known.fresh_at);
    report.detail = Some(reason);
    let fallback = || {
        let listings = entry.fallback().to_vec();
        (!listings.is_empty()).then(|| Universe::new(entry.name.clone(), listings))
    };
    let refused = report.outcome == RefreshOutcome::Refused;
    let (outcome, list) = match stored {
        Some(list) => (RefreshOutcome::Stale, Some(list)),
        None => match fallback() {
            Some(list) => (RefreshOutcome::Fallback, Some(list)),
            None => (RefreshOutcome::Failed, None),
        },
    };
    report.outcome = if refused {
        RefreshOutcome::Refused
    } else {
        outcome
    };
    report.members = list.as_ref().map_or(0, |list| list.members().len());
    report.sha256 = list
        .as_ref()
        .map(|list| sha256_hex(list.to_csv().as_bytes()));
    (report, list)
}

async fn stored(
    frame: &Frame<'_>,
    entry: &UniverseEntry,
    key: &LakeKey,
    notes: &mut Vec<String>,
) -> Result<Option<Universe>, ObjectError> {
    let text = match objects::text(frame.store(), key).await {
        Ok(Some(text)) => text,
        Ok(None) => return Ok(None),
        Err(error @ ObjectError::Unusable { .. }) => {
            notes.push(error.to_string());
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let exchanges = &frame.context.settings.exchanges;
    match Universe::from_csv(entry.name.clone(), &text, exchanges) {
        Ok(table) => {
            notes.extend(membership::unusable(key, &table.unusable));
            Ok(Some(table.value))
        }
        // A list is made anew from its source; what is believable of that is the gate's business.
        Err(error) => {
            notes.push(format!("{key} could not be used: {error}"));
            Ok(None)
        }
    }
}

/// Whether the universes that this one depends on are there.
fn needed(frame: &Frame<'_>, entry: &UniverseEntry, done: &[UniverseReport]) -> Result<(), String> {
    for need in &entry.depends_on {
        let here = done.iter().find(|report| report.name == need.as_str());
        match here {
            Some(report) if !report.outcome.is_fresh() => {
                return Err(format!(
                    "it depends on {need}, which is {}",
                    report.outcome.as_str()
                ));
            }
            Some(_) => {}
            None => tracing::debug!(universe = %entry.name, phase = %frame.order.phase,
                "{need} is not part of this refresh"),
        }
    }
    Ok(())
}

/// What the source says now; the error is for the report.
async fn obtain(frame: &Frame<'_>, entry: &UniverseEntry) -> Result<FreshList, String> {
    let exchanges = &frame.context.settings.exchanges;
    let (url, kind) = match &entry.source {
        UniverseSource::Wikipedia { url, .. } => (url, SourceKind::Html),
        UniverseSource::Excel { url, .. } => (url, SourceKind::Excel),
        UniverseSource::Csv { url, .. } => (url, SourceKind::Csv),
        UniverseSource::Static { .. } | UniverseSource::LocalFile { .. } => {
            return at_hand(frame, entry);
        }
    };
    let Some(sources) = frame.sources else {
        return Err("its source was not asked".to_owned());
    };
    let body = sources.fetch(url, kind).await;
    let body = body.map_err(|error| with_causes(&error))?;
    let (entry, exchanges) = (entry.clone(), exchanges.clone());
    // A sheet of 20,000 rows is work for a thread of its own.
    let read = tokio::task::spawn_blocking(move || {
        universe::fresh_list(&entry, &body.bytes, &exchanges).map_err(|error| with_causes(&error))
    });
    read.await.map_err(|error| error.to_string())?
}

fn at_hand(frame: &Frame<'_>, entry: &UniverseEntry) -> Result<FreshList, String> {
    let list = super::universes::at_hand(frame.context, entry, &frame.order.config_dir);
    list.map_err(|error| with_causes(&error))
}

fn gate(entry: &UniverseEntry) -> Gate {
    Gate {
        members: entry.limits.min..=entry.limits.max,
        max_change: match entry.is_at_hand() {
            // Nobody but the user himself changes it.
            true => MaxChange::Seats(usize::MAX),
            false => entry.limits.max_change,
        },
    }
}

fn listings(universe: &Universe) -> Vec<Listing> {
    universe.listings().cloned().collect()
}

fn add_difference(report: &mut UniverseReport, difference: &Difference) {
    let names = |listings: &[Listing]| listings.iter().map(Listing::to_string).collect();
    report.joined = names(&difference.joined);
    report.left = names(&difference.left);
    report.renamed = difference
        .renamed
        .iter()
        .map(|(old, new)| (old.to_string(), new.to_string()))
        .collect();
}

fn blank(frame: &Frame<'_>, entry: &UniverseEntry, key: &LakeKey) -> UniverseReport {
    let (source, origin) = match &entry.source {
        UniverseSource::Wikipedia { url, .. } => ("wikipedia", Some(url.to_string())),
        UniverseSource::Excel { url, .. } => ("excel", Some(url.to_string())),
        UniverseSource::Csv { url, .. } => ("csv", Some(url.to_string())),
        UniverseSource::Static { .. } => ("static", None),
        UniverseSource::LocalFile { path, .. } => ("local_file", Some(path.clone())),
    };
    UniverseReport {
        name: entry.name.to_string(),
        path: key.path(),
        source: source.to_owned(),
        origin,
        revision: frame
            .known(&entry.name)
            .and_then(|known| known.revision.clone()),
        outcome: RefreshOutcome::Stale,
        detail: None,
        members: 0,
        joined: Vec::new(),
        left: Vec::new(),
        renamed: Vec::new(),
        notes: Vec::new(),
        fresh_at: None,
        stale_since: None,
        sha256: None,
    }
}
