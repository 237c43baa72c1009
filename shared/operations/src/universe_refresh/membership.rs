//! What a fresh list says of who was a member when, and of who changed a symbol.

use super::Frame;
use super::objects::{self, ObjectError};
use quantx_lake::LakeKey;
use quantx_market::{Date, Listing};
use quantx_settings::UniverseEntry;
use quantx_universe as universe;
use quantx_universe::identity::{Identity, Rename};
use quantx_universe::membership::{Changes, Contradiction, Membership, Refresh, Walk, walk_back};
use quantx_universe::{FreshList, UnusableLine, with_kept};

/// Before this date no table of changes is believed; each is cut where its counts stop making sense.
const HORIZON: Date = jiff::civil::date(1990, 1, 1);

/// What a fresh list says beside its members.
#[derive(Debug)]
pub(super) struct Announced {
    /// Members that came under another symbol than before.
    pub(super) renames: Vec<Rename>,
    /// All renames that are known of the universe, those of today and those that a person wrote down
    /// included.
    known_renames: Vec<Rename>,
    /// The changes of the page, with their codes read.
    changes: Changes,
    /// Doubts and contradictions, for the report.
    pub(super) notes: Vec<String>,
}

/// Compares a fresh list with what is known of identity. Stores nothing.
pub(super) async fn announced(
    frame: &Frame<'_>,
    entry: &UniverseEntry,
    fresh: &FreshList,
) -> Result<Announced, ObjectError> {
    let text = objects::text(frame.store(), &LakeKey::Identity).await?;
    let seen = observe(frame, entry, fresh, text.as_deref());
    let seen = seen.map_err(|detail| ObjectError::Unusable {
        key: LakeKey::Identity,
        detail,
    })?;
    let exchanges = &frame.context.settings.exchanges;
    let changes = Changes::read(&fresh.changes, |code| {
        universe::change_listing(entry, code, exchanges)
    });
    Ok(Announced {
        known_renames: seen.identity.renames(&entry.name),
        renames: seen.renames,
        changes,
        notes: seen.notes,
    })
}

/// Identity with a list, and what the list says of it.
struct Seen {
    identity: Identity,
    renames: Vec<Rename>,
    notes: Vec<String>,
    /// Lines of `meta/identity.csv` that stay as they are.
    unusable: Vec<UnusableLine>,
}

/// What is said of lines that cannot be used.
pub(super) fn unusable(key: &LakeKey, lines: &[UnusableLine]) -> Vec<String> {
    let announced = lines.iter();
    announced
        .map(|line| format!("{key} {line}; it is skipped, and stays as it is"))
        .collect()
}

fn observe(
    frame: &Frame<'_>,
    entry: &UniverseEntry,
    fresh: &FreshList,
    text: Option<&str>,
) -> Result<Seen, String> {
    let exchanges = &frame.context.settings.exchanges;
    let known = text.map(|text| Identity::from_csv(text, exchanges));
    let known = known.transpose().map_err(|error| error.to_string())?;
    let (known, lines) = known.map_or_else(Default::default, |it| (it.value, it.unusable));
    let mut notes = unusable(&LakeKey::Identity, &lines);
    let (identity, renames) = match known.observe(&entry.name, frame.today, &fresh.constituents) {
        Ok(seen) => {
            notes.extend(seen.doubts.iter().map(|doubt| format!("identity: {doubt}")));
            (seen.identity, seen.renames)
        }
        // A clock that went back, or `--as-of`: what is known already stays.
        Err(error) => {
            notes.push(format!("identity: {error}"));
            (known, Vec::new())
        }
    };
    Ok(Seen {
        identity,
        renames,
        notes,
        unusable: lines,
    })
}

/// Stores membership and identity as they are with this list; gives back what did not fit.
pub(super) async fn store(
    frame: &Frame<'_>,
    entry: &UniverseEntry,
    fresh: &FreshList,
    announced: &Announced,
) -> Result<Vec<String>, ObjectError> {
    let key = LakeKey::Membership {
        name: entry.name.clone(),
    };
    let (misfits, _) = objects::update(frame.store(), &key, |text| {
        extended(frame, entry, fresh, announced, text)
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
        let seen = observe(frame, entry, fresh, text)?;
        Ok((with_kept(seen.identity.to_csv(), &seen.unusable), ()))
    })
    .await?;
    Ok(misfits)
}

/// A membership, and what did not fit into it.
type Fitted = (Membership, Vec<String>);

/// The text of the membership with the fresh list, and what is to be reported; the first list of a page with a table of changes is walked
/// back.
fn extended(
    frame: &Frame<'_>,
    entry: &UniverseEntry,
    fresh: &FreshList,
    announced: &Announced,
    text: Option<&str>,
) -> Result<(String, Vec<String>), String> {
    let exchanges = &frame.context.settings.exchanges;
    let name = &entry.name;
    let Some(text) = text else {
        let (next, misfits) = if fresh.changes.is_empty() {
            extend(
                frame,
                fresh,
                announced,
                &Membership::unknown(name.clone()),
                None,
            )?
        } else {
            walked_back(frame, entry, fresh, announced)
        };
        return Ok((next.to_csv(), misfits));
    };
    let known = Membership::from_csv(name.clone(), text, exchanges);
    let known = known.map_err(|error| error.to_string())?;
    let key = LakeKey::Membership { name: name.clone() };
    let mut notes = unusable(&key, &known.unusable);
    let previous = frame.known(name).and_then(|known| known.fresh_at);
    let previous = previous.map(|at| at.to_zoned(jiff::tz::TimeZone::UTC).date());
    let (next, misfits) = extend(frame, fresh, announced, &known.value, previous)?;
    notes.extend(misfits);
    Ok((with_kept(next.to_csv(), &known.unusable), notes))
}

fn walked_back(
    frame: &Frame<'_>,
    entry: &UniverseEntry,
    fresh: &FreshList,
    announced: &Announced,
) -> Fitted {
    let walked = walk_back(&Walk {
        name: &entry.name,
        list: &fresh.constituents,
        as_of: frame.today,
        changes: &announced.changes,
        renames: &announced.known_renames,
        horizon: HORIZON,
    });
    let limits = entry.limits.min..=entry.limits.max;
    let since = walked.membership.plausible_since(&limits);
    // Not even today's count fits, and an operator took the list all the same.
    let since = since.unwrap_or(frame.today);
    let misfits = contradiction_notes(&walked.contradictions, since);
    (walked.membership.since(since), misfits)
}

/// Contradictions of the time that is kept.
fn contradiction_notes(contradictions: &[Contradiction], since: Date) -> Vec<String> {
    let kept = contradictions.iter().filter(|misfit| misfit.date >= since);
    kept.map(|misfit| format!("membership: {misfit}")).collect()
}

fn extend(
    frame: &Frame<'_>,
    fresh: &FreshList,
    announced: &Announced,
    known: &Membership,
    previous: Option<Date>,
) -> Result<Fitted, String> {
    let list: Vec<Listing> = fresh.universe.listings().cloned().collect();
    let refresh = Refresh {
        date: frame.today,
        previous,
        list: &list,
        renames: &announced.renames,
        changes: &announced.changes,
    };
    let extension = known.extend(&refresh).map_err(|error| error.to_string())?;
    let misfits = contradiction_notes(&extension.contradictions, Date::MIN);
    Ok((extension.membership, misfits))
}
