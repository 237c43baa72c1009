//! What a fresh list tells of who was a member when, and of who changed a symbol.

use super::Frame;
use super::objects::{self, ObjectError};
use crate::lake::LakeKey;
use crate::market::{Date, Listing};
use crate::settings::UniverseEntry;
use crate::universe::identity::{Identity, Rename};
use crate::universe::membership::{Changes, Contradiction, Membership, Refresh, Walk, walk_back};
use crate::universe::{self, FreshList};

/// Before this date no table of changes is believed; each is cut where its counts stop making sense.
const HORIZON: Date = jiff::civil::date(1990, 1, 1);

/// What a fresh list tells beside its members.
#[derive(Debug)]
pub(super) struct Told {
    /// Members that came under another symbol than before.
    pub(super) renames: Vec<Rename>,
    /// The changes of the page, with their codes read.
    changes: Changes,
    /// Doubts and contradictions, for the report.
    pub(super) notes: Vec<String>,
}

/// Compares a fresh list with what is known of identity. Stores nothing.
pub(super) async fn told(
    frame: &Frame<'_>,
    entry: &UniverseEntry,
    fresh: &FreshList,
) -> Result<Told, ObjectError> {
    let text = objects::text(frame.store(), &LakeKey::Identity).await?;
    let (renames, notes) = match observe(frame, entry, fresh, text.as_deref()) {
        Ok((_, renames, notes)) => (renames, notes),
        Err(detail) => {
            return Err(ObjectError::Unusable {
                key: LakeKey::Identity,
                detail,
            });
        }
    };
    let exchanges = &frame.context.settings.exchanges;
    let changes = Changes::read(&fresh.changes, |code| {
        universe::change_listing(entry, code, exchanges)
    });
    Ok(Told {
        renames,
        changes,
        notes,
    })
}

fn observe(
    frame: &Frame<'_>,
    entry: &UniverseEntry,
    fresh: &FreshList,
    text: Option<&str>,
) -> Result<(Identity, Vec<Rename>, Vec<String>), String> {
    let exchanges = &frame.context.settings.exchanges;
    let known = match text {
        Some(text) => Identity::from_csv(text, exchanges).map_err(|error| error.to_string())?,
        None => Identity::default(),
    };
    match known.observe(&entry.name, frame.today, &fresh.constituents) {
        Ok(seen) => {
            let notes = seen.doubts.iter().map(|doubt| format!("identity: {doubt}"));
            Ok((seen.identity, seen.renames, notes.collect()))
        }
        // A clock that went back, or `--as-of`: what is known already stays.
        Err(error) => Ok((known, Vec::new(), vec![format!("identity: {error}")])),
    }
}

/// Stores membership and identity as they are with this list; gives back what did not fit.
pub(super) async fn store(
    frame: &Frame<'_>,
    entry: &UniverseEntry,
    fresh: &FreshList,
    told: &Told,
) -> Result<Vec<String>, ObjectError> {
    let key = LakeKey::Membership {
        name: entry.name.clone(),
    };
    let (misfits, _) = objects::update(frame.store(), &key, |text| {
        let (next, misfits) = extended(frame, entry, fresh, told, text)?;
        Ok((next.to_csv(), misfits))
    })
    .await?;
    if fresh
        .constituents
        .iter()
        .all(|member| member.ids.is_empty())
    {
        return Ok(misfits);
    }
    objects::update(frame.store(), &LakeKey::Identity, |text| {
        let (identity, ..) = observe(frame, entry, fresh, text)?;
        Ok((identity.to_csv(), ()))
    })
    .await?;
    Ok(misfits)
}

/// A membership, and what did not fit into it.
type Fitted = (Membership, Vec<String>);

/// The membership with the fresh list; the first list of a page with a table of changes is walked
/// back.
fn extended(
    frame: &Frame<'_>,
    entry: &UniverseEntry,
    fresh: &FreshList,
    told: &Told,
    text: Option<&str>,
) -> Result<Fitted, String> {
    let exchanges = &frame.context.settings.exchanges;
    let name = &entry.name;
    let Some(text) = text else {
        if !fresh.changes.is_empty() {
            return Ok(walked_back(frame, entry, fresh, told));
        }
        return extend(frame, fresh, told, &Membership::unknown(name.clone()), None);
    };
    let known = Membership::from_csv(name.clone(), text, exchanges);
    let known = known.map_err(|error| error.to_string())?;
    let previous = frame.known(name).and_then(|known| known.fresh_at);
    let previous = previous.map(|at| at.to_zoned(jiff::tz::TimeZone::UTC).date());
    extend(frame, fresh, told, &known, previous)
}

fn walked_back(frame: &Frame<'_>, entry: &UniverseEntry, fresh: &FreshList, told: &Told) -> Fitted {
    let walked = walk_back(&Walk {
        name: &entry.name,
        list: &fresh.constituents,
        as_of: frame.today,
        changes: &told.changes,
        renames: &told.renames,
        horizon: HORIZON,
    });
    let limits = entry.limits.min..=entry.limits.max;
    let since = walked.membership.plausible_since(&limits);
    // Not even today's count fits, and an operator took the list all the same.
    let since = since.unwrap_or(frame.today);
    let misfits = told_later(&walked.contradictions, since);
    (walked.membership.since(since), misfits)
}

/// Contradictions of the time that is kept.
fn told_later(contradictions: &[Contradiction], since: Date) -> Vec<String> {
    let kept = contradictions.iter().filter(|misfit| misfit.date >= since);
    kept.map(|misfit| format!("membership: {misfit}")).collect()
}

fn extend(
    frame: &Frame<'_>,
    fresh: &FreshList,
    told: &Told,
    known: &Membership,
    previous: Option<Date>,
) -> Result<Fitted, String> {
    let list: Vec<Listing> = fresh.universe.listings().cloned().collect();
    let refresh = Refresh {
        date: frame.today,
        previous,
        list: &list,
        renames: &told.renames,
        changes: &told.changes,
    };
    let extension = known.extend(&refresh).map_err(|error| error.to_string())?;
    let misfits = told_later(&extension.contradictions, Date::MIN);
    Ok((extension.membership, misfits))
}
