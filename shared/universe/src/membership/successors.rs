//! Members of the list that joined under another symbol, as rows and list tell it together.

use std::collections::BTreeSet;

use quantx_market::{Date, Listing};

use super::walk_back::{Walk, near};
use super::{Change, Contradiction, ContradictionKind};

/// List and table date one newcomer at most so many days apart: over a weekend, and from the
/// announcement to the day.
const NEWCOMER_DAYS: i32 = 5;

/// Which member of the list a row adds under an older symbol.
#[derive(Debug)]
pub(super) struct Successors<'a>(Vec<Successor<'a>>);

#[derive(Debug)]
struct Successor<'a> {
    old: &'a Listing,
    now: &'a Listing,
    date: Date,
    row: usize,
}

impl<'a> Successors<'a> {
    /// A row adds somebody who never leaves and is not in the list; the list has somebody since those
    /// days whom no row adds. Where there is one of each, and no second of either, they are one company.
    pub(super) fn find(walk: &Walk<'a>) -> Self {
        let lost = lost(walk);
        let unexplained = unexplained(walk);
        let is_near = |a: Date, b: Date| (a - b).get_days().abs() <= NEWCOMER_DAYS;
        let pairs = lost.iter().filter_map(|(old, change)| {
            let mut candidates = unexplained.iter().filter(|(_, d)| is_near(*d, change.date));
            let (now, listed) = candidates.next()?;
            let rivals = lost
                .iter()
                .filter(|(_, other)| is_near(*listed, other.date));
            let is_one_of_each = candidates.next().is_none() && rivals.count() == 1;
            is_one_of_each.then_some(Successor {
                old,
                now,
                date: change.date,
                row: change.row,
            })
        });
        Self(pairs.collect())
    }

    /// Whom the row adds, under today's symbol.
    pub(super) fn of(&self, listing: &'a Listing, row: usize) -> &'a Listing {
        let mut known = self.0.iter();
        let found = known.find(|it| it.row == row && it.old == listing);
        found.map_or(listing, |it| it.now)
    }

    /// Whether a row was found that adds this member of the list.
    pub(super) fn has_row(&self, listing: &Listing) -> bool {
        self.0.iter().any(|it| it.now == listing)
    }

    /// What was found, for people.
    pub(super) fn contradictions(&self) -> impl Iterator<Item = Contradiction> {
        self.0.iter().map(|it| Contradiction {
            date: it.date,
            symbol: it.old.to_string(),
            row: Some(it.row),
            kind: ContradictionKind::JoinedAs {
                now: it.now.clone(),
            },
        })
    }
}

/// Who is added, never leaves, is not renamed and is not in the list.
fn lost<'a>(walk: &Walk<'a>) -> Vec<(&'a Listing, &'a Change)> {
    let members: BTreeSet<&Listing> = walk.list.iter().map(|member| &member.listing).collect();
    let is_lost = |listing: &Listing, added: &Change| {
        let mut later = walk
            .changes
            .rows()
            .iter()
            .filter(|row| row.date >= added.date);
        let goes_on = later.any(|row| {
            let again = row.row != added.row && row.added.contains(listing);
            again || row.removed.contains(listing)
        });
        let is_renamed = walk.renames.iter().any(|rename| rename.old == *listing);
        !members.contains(listing) && !goes_on && !is_renamed
    };
    let past = walk
        .changes
        .rows()
        .iter()
        .filter(|row| row.date <= walk.as_of);
    past.flat_map(|row| row.added.iter().map(move |listing| (listing, row)))
        .filter(|(listing, row)| is_lost(listing, row))
        .collect()
}

/// Members of the list since a date near which no row adds them and no rename is known.
fn unexplained<'a>(walk: &Walk<'a>) -> Vec<(&'a Listing, Date)> {
    let is_told = |listing: &Listing, date: Date| {
        let mut rows = walk.changes.rows().iter();
        let mut renames = walk.renames.iter();
        rows.any(|row| near(row.date, date) && row.added.contains(listing))
            || renames.any(|rename| near(rename.date, date) && rename.new == *listing)
    };
    let dated = walk.list.iter();
    let dated = dated.filter_map(|member| Some((&member.listing, member.date_added?)));
    dated
        .filter(|(listing, date)| !is_told(listing, *date))
        .collect()
}
