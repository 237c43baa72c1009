//! What rows, renames and the list's own dates say, day by day.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::identity::Rename;
use quantx_market::{Date, Listing};

use super::Change;
use super::successors::Successors;
use super::walk_back::{Walk, near};

/// What happened on one date.
#[derive(Default)]
pub(super) struct Day<'a> {
    pub(super) added: Vec<(&'a Listing, usize)>,
    pub(super) removed: Vec<(&'a Listing, usize)>,
    /// Old and new symbol; the row where one tells it.
    pub(super) renamed: Vec<(&'a Listing, &'a Listing, Option<usize>)>,
    /// Members of the list that say they were added on this date.
    pub(super) listed: BTreeSet<&'a Listing>,
}

/// All dates on which something happened, the last first.
pub(super) fn days<'a>(
    walk: &Walk<'a>,
    successors: &Successors<'a>,
) -> BTreeMap<Reverse<Date>, Day<'a>> {
    let mut days: BTreeMap<Reverse<Date>, Day<'a>> = BTreeMap::new();
    let members: BTreeSet<&Listing> = walk.list.iter().map(|member| &member.listing).collect();
    let mut renames = BTreeSet::new();
    for change in walk.changes.rows() {
        let day = days.entry(Reverse(change.date)).or_default();
        let future = change.date > walk.as_of;
        match change.pair() {
            Some((old, new)) if is_rename(change, walk.renames) => {
                renames.insert((old, new, change.date));
                if !future || members.contains(new) {
                    day.renamed.push((old, new, Some(change.row)));
                }
            }
            _ => {
                let added = change.added.iter();
                let added = added.map(|listing| successors.of(listing, change.row));
                let added = added.filter(|l| !future || members.contains(l));
                let removed = change
                    .removed
                    .iter()
                    .filter(|l| !future || !members.contains(l));
                day.added.extend(added.map(|listing| (listing, change.row)));
                day.removed
                    .extend(removed.map(|listing| (listing, change.row)));
            }
        }
    }
    for rename in walk.renames {
        let twice = |(old, new, date): &(&Listing, &Listing, Date)| {
            **old == rename.old && **new == rename.new && near(*date, rename.date)
        };
        if !renames.iter().any(twice) {
            let day = days.entry(Reverse(rename.date)).or_default();
            day.renamed.push((&rename.old, &rename.new, None));
        }
    }
    for member in walk.list {
        if let Some(date) = member
            .date_added
            .filter(|_| !successors.has_row(&member.listing))
        {
            days.entry(Reverse(date))
                .or_default()
                .listed
                .insert(&member.listing);
        }
    }
    days
}

fn is_rename(change: &Change, renames: &[Rename]) -> bool {
    change.is_rename
        || renames.iter().any(|rename| {
            change.pair() == Some((&rename.old, &rename.new)) && near(rename.date, change.date)
        })
}

/// Members of the list added on this date by its own word, whom no row of the date adds.
pub(super) fn unexplained(day: &Day<'_>) -> Vec<Listing> {
    let added: BTreeSet<&Listing> = day.added.iter().map(|(listing, _)| *listing).collect();
    let listed = day
        .listed
        .iter()
        .filter(|listing| !added.contains(*listing));
    listed.map(|listing| (*listing).clone()).collect()
}
