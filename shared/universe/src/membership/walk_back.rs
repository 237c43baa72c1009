use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::Constituent;
use crate::identity::Rename;
use quantx_market::{Date, Listing, UniverseName};

use super::days::{Day, days, unexplained};
use super::successors::Successors;
use super::{Changes, Contradiction, ContradictionKind, Edge, Membership, Spell, SpellSource};

/// What is walked back, and how far.
#[derive(Debug, Clone, Copy)]
pub struct Walk<'a> {
    /// The universe.
    pub name: &'a UniverseName,
    /// The list that the walk begins with.
    pub list: &'a [Constituent],
    /// The date of the list. Rows of later dates count as far as the list has them already.
    pub as_of: Date,
    /// The table of changes.
    pub changes: &'a Changes,
    /// Renames known by identity; one that a row tells too has the row's date.
    pub renames: &'a [Rename],
    /// Where the walk ends: the membership is not known before.
    pub horizon: Date,
}

/// A membership out of a list and the changes that led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalkedBack {
    /// Known since the horizon, as far as the table of changes is complete; see
    /// [`Membership::plausible_since`].
    pub membership: Membership,
    /// What did not fit, descending by date.
    pub contradictions: Vec<Contradiction>,
    /// Renames that rows or identity tell, descending by date.
    pub renames: Vec<Rename>,
}

/// Dates of one event in two sources may be this far apart: a page is edited before or after the
/// effective date, and lists are compared days after it.
pub(super) const SAME_EVENT_DAYS: i32 = 31;

/// Whether two dates are near enough to be about one event.
pub(super) fn near(a: Date, b: Date) -> bool {
    (a - b).get_days().abs() <= SAME_EVENT_DAYS
}

/// Walks from a list back through the changes that led to it.
///
/// The beginning of a spell is the date of the row that adds it; without such a row the list's own
/// date (`Date added`), except where a removal in between says otherwise; without either the
/// horizon, where it is unproven. A member that joined under another symbol is followed where rows and
/// list leave no doubt. What does not fit is left out and told.
pub fn walk_back(walk: &Walk<'_>) -> WalkedBack {
    let successors = Successors::find(walk);
    let mut trail = Trail::new(walk);
    for (date, day) in days(walk, &successors) {
        trail.step(date, &day);
    }
    trail.contradictions.extend(successors.contradictions());
    trail.finish()
}

/// A spell whose beginning is not reached yet.
struct Open {
    end: Option<Edge>,
    /// The member of the list that it leads to, under today's symbol, and since when the list has it.
    listed: Option<(Listing, Date)>,
}

struct Trail<'a> {
    walk: &'a Walk<'a>,
    open: BTreeMap<Listing, Open>,
    spells: Vec<Spell>,
    contradictions: Vec<Contradiction>,
    renames: Vec<Rename>,
}

impl<'a> Trail<'a> {
    fn new(walk: &'a Walk<'a>) -> Self {
        let open = walk.list.iter().map(|member| {
            let listed = member.date_added.map(|date| (member.listing.clone(), date));
            (member.listing.clone(), Open { end: None, listed })
        });
        Self {
            walk,
            open: open.collect(),
            spells: Vec::new(),
            contradictions: walk.changes.unreadable.clone(),
            renames: Vec::new(),
        }
    }

    /// Goes from the members of `date` to those of the day before. Beginnings come first, so that a
    /// symbol can end and begin on one day.
    fn step(&mut self, Reverse(date): Reverse<Date>, day: &Day<'_>) {
        if date < self.walk.horizon {
            return;
        }
        let mut renamed = Vec::new();
        let mut followed = BTreeSet::new();
        let no_day: BTreeSet<&Listing> = day
            .added
            .iter()
            .map(|(listing, _)| *listing)
            .filter(|l| !self.open.contains_key(*l) && day.removed.iter().any(|(r, _)| r == l))
            .collect();
        for (listing, row) in &day.added {
            if no_day.contains(listing) {
                self.add_contradiction(date, listing, Some(*row), ContradictionKind::NoDay);
            } else if let Some((old, listed)) = self.take_over(date, listing, *row) {
                followed.insert(old.clone());
                renamed.push((old, Some(listed)));
            } else {
                self.begin(date, listing, *row, day);
            }
        }
        self.begin_listed(date);
        renamed.extend(self.rename(date, day));
        // An old symbol of before the horizon would have no day.
        for (old, listed) in renamed.into_iter().filter(|_| date > self.walk.horizon) {
            let end = Some(Edge::new(date, SpellSource::Rename));
            self.open.insert(old, Open { end, listed });
        }
        for (listing, row) in &day.removed {
            if !no_day.contains(listing) && !followed.contains(*listing) {
                self.end(date, listing, *row);
            }
        }
    }

    /// A row in which `listing` takes the seat of one other, whom its reason speaks of, although the list
    /// has the company since long before: it went on under a new symbol. The old symbol, and since when
    /// the list has it.
    fn take_over(
        &mut self,
        date: Date,
        listing: &Listing,
        row: usize,
    ) -> Option<(Listing, (Listing, Date))> {
        let rows = self.walk.changes.rows();
        let change = rows.iter().find(|change| change.row == row)?;
        let (old, _) = change.pair().filter(|_| change.names_removed)?;
        // Who left before came back, and its list may have the first time.
        let mut earlier = rows.iter().filter(|other| other.date < date);
        if earlier.any(|other| other.removed.contains(listing)) {
            return None;
        }
        let listed = self.open.get(listing)?.listed.clone()?;
        if listed.1 > date || near(listed.1, date) || self.open.contains_key(old) {
            return None;
        }
        let open = self.open.remove(listing)?;
        self.close(listing, open.end, Edge::new(date, SpellSource::Rename));
        self.renames.push(Rename {
            date,
            old: old.clone(),
            new: listing.clone(),
        });
        let kind = ContradictionKind::SeatOf {
            old: old.clone(),
            listed: listed.1,
        };
        self.add_contradiction(date, listing, Some(row), kind);
        Some((old.clone(), listed))
    }

    /// A row adds `listing`.
    fn begin(&mut self, date: Date, listing: &Listing, row: usize, day: &Day<'_>) {
        if let Some(open) = self.open.remove(listing) {
            if let Some((_, listed)) = open.listed.filter(|(_, listed)| *listed != date) {
                self.add_contradiction(
                    date,
                    listing,
                    Some(row),
                    ContradictionKind::DateAddedDiffers { listed },
                );
            }
            self.close(listing, open.end, Edge::new(date, SpellSource::Changes));
            return;
        }
        let later = self.spells.iter().filter(|spell| spell.listing == *listing);
        let again = later.map(|spell| spell.start.date).min();
        let kind = match again {
            Some(again) => ContradictionKind::AddedTwice { again },
            None => ContradictionKind::AddedIsNoMember {
                perhaps: unexplained(day),
            },
        };
        self.add_contradiction(date, listing, Some(row), kind);
    }

    /// The list says that members were added today, and no row nearby knows better.
    fn begin_listed(&mut self, date: Date) {
        let begins = |(listing, open): &(&Listing, &Open)| {
            let listed = open.listed.as_ref().filter(|(_, listed)| *listed == date);
            listed.is_some_and(|(listed, _)| {
                !self.row_follows(listing, listed, date) && !self.rename_follows(listing, date)
            })
        };
        let begun: Vec<Listing> = self
            .open
            .iter()
            .filter(begins)
            .map(|(listing, _)| listing.clone())
            .collect();
        for listing in begun {
            if let Some(open) = self.open.remove(&listing) {
                self.close(&listing, open.end, Edge::new(date, SpellSource::DateAdded));
            }
        }
    }

    /// Whether the walk will meet a row that adds `listing`, with no removal before it: soon, or
    /// whenever it has come to an old symbol, of which rows know more than the list does.
    fn row_follows(&self, listing: &Listing, listed: &Listing, date: Date) -> bool {
        let earlier = self
            .walk
            .changes
            .rows()
            .iter()
            .filter(|change| change.date < date);
        earlier
            .take_while(|change| listing != listed || near(change.date, date))
            .find_map(|change| {
                let added = change.added.contains(listing);
                (added || change.removed.contains(listing)).then_some(added)
            })
            .unwrap_or(false)
    }

    /// Whether the walk will soon meet a rename to `listing`: a list may have the date of the new name
    /// for that of the membership.
    fn rename_follows(&self, listing: &Listing, date: Date) -> bool {
        let mut renames = self.walk.renames.iter();
        renames
            .any(|rename| rename.new == *listing && rename.date <= date && near(rename.date, date))
    }

    /// Ends the new symbols of the day; what the old ones go on with.
    fn rename(&mut self, date: Date, day: &Day<'_>) -> Vec<(Listing, Option<(Listing, Date)>)> {
        let ended: BTreeSet<&Listing> = day.renamed.iter().map(|(_, new, _)| *new).collect();
        let mut renamed = Vec::new();
        for (old, new, row) in &day.renamed {
            let is_taken = self.open.contains_key(*old) && !ended.contains(old);
            let open = match self.open.remove(*new) {
                Some(open) if !is_taken => open,
                left => {
                    // Identity knows renames of companies that are no members then.
                    if row.is_some() || left.is_some() {
                        let old = (*old).clone();
                        self.add_contradiction(
                            date,
                            new,
                            *row,
                            ContradictionKind::RenameDoesNotFit { old },
                        );
                    }
                    self.open.extend(left.map(|open| ((*new).clone(), open)));
                    continue;
                }
            };
            self.renames.push(Rename {
                date,
                old: (*old).clone(),
                new: (*new).clone(),
            });
            self.close(new, open.end, Edge::new(date, SpellSource::Rename));
            // The date that the list gave was passed: this row knows the company from before.
            let passed = open
                .listed
                .as_ref()
                .map(|(_, listed)| *listed)
                .filter(|listed| *listed > date);
            if let Some(listed) = passed {
                self.add_contradiction(
                    date,
                    new,
                    *row,
                    ContradictionKind::DateAddedDiffers { listed },
                );
            }
            let listed = open.listed.filter(|_| passed.is_none());
            renamed.push(((*old).clone(), listed));
        }
        renamed
    }

    /// A row removes `listing`.
    fn end(&mut self, date: Date, listing: &Listing, row: usize) {
        if self.open.contains_key(listing) {
            self.add_contradiction(date, listing, Some(row), ContradictionKind::RemovedIsMember);
            return;
        }
        if date > self.walk.horizon {
            let end = Some(Edge::new(date, SpellSource::Changes));
            self.open
                .insert(listing.clone(), Open { end, listed: None });
        }
    }

    fn close(&mut self, listing: &Listing, end: Option<Edge>, start: Edge) {
        self.spells.push(Spell {
            listing: listing.clone(),
            start,
            end,
        });
    }

    fn add_contradiction(
        &mut self,
        date: Date,
        listing: &Listing,
        row: Option<usize>,
        kind: ContradictionKind,
    ) {
        self.contradictions.push(Contradiction {
            date,
            symbol: listing.to_string(),
            row,
            kind,
        });
    }

    fn finish(mut self) -> WalkedBack {
        let horizon = self.walk.horizon;
        for (listing, open) in std::mem::take(&mut self.open) {
            let is_listed = open.listed.is_some_and(|(_, listed)| listed <= horizon);
            let source = match is_listed {
                true => SpellSource::KnownSince,
                false => SpellSource::Unproven,
            };
            self.close(&listing, open.end, Edge::new(horizon, source));
        }
        self.contradictions
            .sort_by_key(|contradiction| (Reverse(contradiction.date), contradiction.row));
        let name = self.walk.name.clone();
        WalkedBack {
            membership: Membership::of_valid(name, self.spells),
            contradictions: self.contradictions,
            renames: self.renames,
        }
    }
}
