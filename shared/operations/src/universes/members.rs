//! Who was a member when, what is not certain about it, and histories that people bring along.

use std::collections::BTreeSet;
use std::path::Path;

use bytes::Bytes;
use serde::Serialize;

use super::{SelectionError, own, text, warn_unusable};
use crate::Effects;
use crate::context::Context;
use crate::manifest;
use quantx_lake::LakeKey;
use quantx_market::{Date, Listing, PhaseName, UniverseName};
use quantx_settings::UniverseEntry;
use quantx_storage::{LakeStore, Precondition};
use quantx_universe::membership::Membership;

/// The members of a universe in a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MembersOfTime {
    /// The universe.
    pub universe: String,
    /// First day, inclusive.
    pub first: Date,
    /// Last day, inclusive.
    pub last: Date,
    /// Symbols, ascending.
    pub members: Vec<String>,
    /// Those of them of whom nothing proves that they were members then.
    pub unproven: Vec<String>,
    /// Members of later whom no row adds: each may have been one already, under a symbol that no source
    /// names, so that the list lacks it.
    pub perhaps_lacking: Vec<LateMember>,
    /// Members without a bar in the lake: delisted under that symbol, which the vendor then does not
    /// know, or never fetched. `None` where the lake has no bars at all.
    pub without_prices: Option<Vec<String>>,
}

/// A member that may have followed another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LateMember {
    /// Its symbol.
    pub symbol: String,
    /// Since when the list has it.
    pub since: Date,
}

/// The members of a universe on `date`, or on any day up to `last` if that is given.
///
/// # Errors
/// [`SelectionError::NotKnownThen`] for a time before the first known day, and what reading a
/// membership may bring.
pub async fn members(
    context: &Context,
    name: &UniverseName,
    date: Date,
    last: Option<Date>,
) -> Result<MembersOfTime, SelectionError> {
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
    let Some(members) = membership.members_between(date, last) else {
        return Err(SelectionError::NotKnownThen {
            name: name.clone(),
            since: membership.known_since().unwrap_or(Date::MAX),
            asked: date,
        });
    };
    let symbols =
        |listings: &BTreeSet<&Listing>| listings.iter().map(ToString::to_string).collect();
    Ok(MembersOfTime {
        universe: name.to_string(),
        first: date,
        last,
        unproven: symbols(&membership.unproven_between(date, last)),
        perhaps_lacking: perhaps_lacking(&membership, last),
        without_prices: without_prices(context, &members).await,
        members: symbols(&members),
    })
}

fn perhaps_lacking(membership: &Membership, last: Date) -> Vec<LateMember> {
    let late = membership.unexplained_after(last).map(|spell| LateMember {
        symbol: spell.listing.to_string(),
        since: spell.start.date,
    });
    late.collect()
}

/// Members that the manifest does not have. A manifest that cannot be read says nothing.
async fn without_prices(context: &Context, members: &BTreeSet<&Listing>) -> Option<Vec<String>> {
    let manifest = manifest::show(context.store.as_ref()).await.ok()?;
    let held = manifest.rows().filter(|row| row.last_date.is_some());
    let held: BTreeSet<&str> = held.map(|row| row.ticker.as_str()).collect();
    let without = members.iter().map(|listing| listing.symbol().as_str());
    let without = without.filter(|symbol| !held.contains(symbol));
    (!held.is_empty()).then(|| without.map(str::to_owned).collect())
}

/// Members of every universe of a phase; one whose members of the first days are not known gives
/// those that it knows, and that is said.
pub(super) async fn between(
    context: &Context,
    phase: &PhaseName,
    entries: &[UniverseEntry],
    (first, last): (Date, Date),
    config_dir: &Path,
) -> Result<Vec<Listing>, SelectionError> {
    if first > last {
        return Err(SelectionError::Reversed { first, last });
    }
    let mut listings = BTreeSet::new();
    for entry in entries {
        let name = &entry.name;
        match membership(context, name).await? {
            Some(membership) => {
                let since = membership.known_since().unwrap_or(last);
                if since > first {
                    tracing::warn!(universe = %name,
                        "the members of {name} before {since} are not known: a study of that time has survivorship bias");
                }
                let (first, last) = (first.max(since), last.max(since));
                let members = membership.members_between(first, last);
                listings.extend(members.into_iter().flatten().cloned());
                let unproven = membership.unproven_between(first, last).len();
                let lacking = membership.unexplained_after(last).count();
                if unproven + lacking > 0 {
                    tracing::info!(universe = %name, unproven, lacking,
                        "{unproven} members of {name} are unproven and up to {lacking} may be lacking; `quantx members {name} --between {first} {last}` names them");
                }
            }
            None if entry.is_at_hand() => {
                let list = own::at_hand(context, entry, config_dir)?;
                listings.extend(list.universe.listings().cloned());
            }
            None => {
                return Err(SelectionError::Missing {
                    key: LakeKey::Membership { name: name.clone() },
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
    let Some(text) = text(context, &key).await? else {
        return Ok(None);
    };
    match Membership::from_csv(name.clone(), &text, &context.settings.exchanges) {
        Ok(table) => {
            warn_unusable(&key, &table.unusable);
            Ok(Some(table.value))
        }
        Err(error) => Err(SelectionError::Membership {
            key,
            detail: error.to_string(),
        }),
    }
}

/// What happens to a membership that is in the lake when another is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and the import is refused.
    Keep,
    /// The imported one takes its place.
    Replace,
}

/// A membership that was imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportedMembership {
    /// Where it lies in the lake.
    pub path: String,
    /// Its spells.
    pub spells: usize,
    /// First day on which the members are known.
    pub since: Option<Date>,
    /// Members without an end.
    pub open: usize,
    /// Whether it was stored: not in a rehearsal, and not if it is there already.
    pub stored: bool,
}

/// Stores a history of members that somebody else has written: csv with the columns `symbol`, `from`
/// (first day as a member) and `to` (first day as none, empty for members of today).
///
/// # Errors
/// [`SelectionError::History`] with every unusable line, [`SelectionError::MembershipExists`], and what
/// the store may bring.
pub async fn import(
    context: &Context,
    name: &UniverseName,
    history: &str,
    existing: Existing,
    effects: Effects,
) -> Result<ImportedMembership, SelectionError> {
    let exchanges = &context.settings.exchanges;
    let membership = Membership::import(name.clone(), history, exchanges)?;
    let key = LakeKey::Membership { name: name.clone() };
    let found = context.store.get(&key).await?;
    let csv = membership.to_csv();
    let is_there = found.as_ref().is_some_and(|it| it.bytes == csv.as_bytes());
    if existing == Existing::Keep
        && !is_there
        && let Some(object) = &found
    {
        let text = String::from_utf8_lossy(&object.bytes);
        return Err(SelectionError::MembershipExists {
            key,
            spells: text.lines().skip(1).count(),
        });
    }
    let stored = effects == Effects::Write && !is_there;
    if stored {
        let precondition = found.map_or(Precondition::Absent, |object| {
            Precondition::Matches(object.etag)
        });
        match context
            .store
            .put(&key, Bytes::from(csv), precondition)
            .await
        {
            Ok(_) => {}
            Err(error) if error.calls_for_reading_again() => {
                return Err(SelectionError::Contended { key });
            }
            Err(error) => return Err(error.into()),
        }
    }
    let open = membership.spells().iter().filter(|it| it.end.is_none());
    Ok(ImportedMembership {
        path: key.path(),
        spells: membership.spells().len(),
        since: membership.known_since(),
        open: open.count(),
        stored,
    })
}
