use crate::Difference;
use crate::identity::{OutOfOrder, Rename};
use quantx_market::{Date, Listing};

use super::effective::{self, Side, Window};
use super::{Changes, Contradiction, ContradictionKind, Edge, Membership, Spell, SpellSource};

/// One refresh of the list.
#[derive(Debug, Clone, Copy)]
pub struct Refresh<'a> {
    /// The date of the list.
    pub date: Date,
    /// The date of the list before, if it is known; rows of the time between tell of this refresh.
    pub previous: Option<Date>,
    /// The members now.
    pub list: &'a [Listing],
    /// Renames that this list showed (see `Identity::observe`).
    pub renames: &'a [Rename],
    /// The table of changes; empty where the source has none.
    pub changes: &'a Changes,
}

/// A membership after one more refresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// The spells with those that the refresh closed and opened.
    pub membership: Membership,
    /// Who joined, left and was renamed.
    pub difference: Difference,
    /// Rows and renames that did not fit.
    pub contradictions: Vec<Contradiction>,
}

impl Membership {
    /// Closes and opens spells for the difference between the members so far and a fresh list.
    ///
    /// A row of the table of changes near the refresh gives the date, also of an earlier refresh
    /// whose row was written later; otherwise the date of the list does. The first list of all
    /// begins the membership. The same refresh again changes nothing.
    ///
    /// # Errors
    /// [`OutOfOrder`] when a later refresh is in the membership already.
    pub fn extend(&self, refresh: &Refresh<'_>) -> Result<Extension, OutOfOrder> {
        let (date, latest) = (refresh.date, self.latest_refresh());
        if let Some(latest) = latest.filter(|latest| *latest > date) {
            return Err(OutOfOrder { date, latest });
        }
        let mut next = Next::new(self, refresh);
        let difference = Difference::between(self.open(), refresh.list, refresh.renames);
        // Ends first: a symbol may pass from one member to another on one day.
        let renamed = next.end_renamed(&difference.renamed);
        for listing in &difference.left {
            next.leave(listing);
        }
        for (date, old, new) in renamed {
            next.begin_renamed(date, old, new);
        }
        for listing in &difference.joined {
            next.join(listing);
        }
        next.revise();
        Ok(Extension {
            membership: Membership::of_valid(self.name().clone(), next.spells),
            difference,
            contradictions: next.contradictions,
        })
    }

    fn latest_refresh(&self) -> Option<Date> {
        let edges = self
            .spells()
            .iter()
            .flat_map(|spell| [Some(spell.start), spell.end]);
        let seen = edges
            .flatten()
            .filter(|edge| edge.source == SpellSource::Refresh);
        seen.map(|edge| edge.date).max().max(self.known_since())
    }
}

struct Next<'a> {
    refresh: &'a Refresh<'a>,
    known_since: Option<Date>,
    spells: Vec<Spell>,
    contradictions: Vec<Contradiction>,
}

impl<'a> Next<'a> {
    fn new(membership: &Membership, refresh: &'a Refresh<'a>) -> Self {
        Self {
            refresh,
            known_since: membership.known_since(),
            spells: membership.spells().to_vec(),
            contradictions: Vec::new(),
        }
    }

    fn window(&self) -> Window {
        Window {
            previous: self.refresh.previous,
            date: self.refresh.date,
        }
    }

    /// Ends the old symbols; the date on which each new one begins.
    fn end_renamed<'b>(
        &mut self,
        renamed: &'b [(Listing, Listing)],
    ) -> Vec<(Date, &'b Listing, &'b Listing)> {
        let window = self.window();
        let mut begun = Vec::new();
        for (old, new) in renamed {
            let row = effective::rename_row(self.refresh.changes, old, new, window);
            // A symbol that the list shows already was not renamed later.
            let date_of_edge = row.map(|row| row.date).filter(|date| {
                let began = self.began(old);
                *date <= self.refresh.date
                    && began.is_some_and(|began| began < *date)
                    && self.is_free(new, *date)
            });
            let date = date_of_edge.unwrap_or(self.refresh.date);
            self.end(old, Edge::new(date, SpellSource::Rename));
            begun.push((date, old, new));
        }
        begun
    }

    /// Goes on with the spell of `old` under the symbol `new`.
    fn begin_renamed(&mut self, date: Date, old: &Listing, new: &Listing) {
        if self.is_free(new, date) {
            self.spells.push(Spell {
                listing: new.clone(),
                start: Edge::new(date, SpellSource::Rename),
                end: None,
            });
        } else {
            let old = old.clone();
            self.add_contradiction(date, new, None, ContradictionKind::RenameDoesNotFit { old });
            self.join(new);
        }
    }

    /// When the open spell of `listing` began.
    fn began(&self, listing: &Listing) -> Option<Date> {
        let mut open = self.spells.iter().filter(|spell| spell.end.is_none());
        let open = open.find(|spell| spell.listing == *listing);
        open.map(|spell| spell.start.date)
    }

    /// Whether `listing` has no spell on or after `date`.
    fn is_free(&self, listing: &Listing, date: Date) -> bool {
        let mut own = self.spells.iter().filter(|spell| spell.listing == *listing);
        own.all(|spell| spell.end.is_some_and(|end| end.date <= date))
    }

    /// Ends the open spell of `listing`; one that would have no day was never there.
    fn end(&mut self, listing: &Listing, edge: Edge) {
        self.spells.retain_mut(|spell| {
            if spell.listing != *listing || spell.end.is_some() {
                return true;
            }
            spell.end = Some(edge);
            spell.start.date < edge.date
        });
    }

    fn leave(&mut self, listing: &Listing) {
        let Some(began) = self.began(listing) else {
            return;
        };
        let refreshed = self.refresh.date;
        let row = effective::row(self.refresh.changes, Side::Removed, listing, self.window());
        let edge = match row {
            Some(row) if began < row.date => Edge::new(row.date, SpellSource::Changes),
            Some(row) => {
                self.does_not_fit(row.date, listing, row.row);
                Edge::new(refreshed, SpellSource::Refresh)
            }
            None => Edge::new(refreshed, SpellSource::Refresh),
        };
        self.end(listing, edge);
    }

    fn join(&mut self, listing: &Listing) {
        let refreshed = self.refresh.date;
        // An end that was announced, or seen in a list of the same day, and did not happen.
        let undone = self.spells.iter_mut().find(|spell| {
            spell.listing == *listing
                && spell
                    .end
                    .is_some_and(|end| refreshed <= end.date && end.source != SpellSource::Rename)
        });
        if let Some(spell) = undone {
            spell.end = None;
            return;
        }
        let start = match self.known_since {
            None => Edge::new(refreshed, SpellSource::KnownSince),
            Some(since) => self.joined(listing, since),
        };
        self.spells.push(Spell {
            listing: listing.clone(),
            start,
            end: None,
        });
    }

    fn joined(&mut self, listing: &Listing, since: Date) -> Edge {
        let row = effective::row(self.refresh.changes, Side::Added, listing, self.window());
        match row {
            Some(row) if since <= row.date && self.is_free(listing, row.date) => {
                Edge::new(row.date, SpellSource::Changes)
            }
            Some(row) => {
                self.does_not_fit(row.date, listing, row.row);
                Edge::new(self.refresh.date, SpellSource::Refresh)
            }
            None => Edge::new(self.refresh.date, SpellSource::Refresh),
        }
    }

    /// Gives edges of earlier refreshes the date of a row that was not there yet.
    fn revise(&mut self) {
        self.spells.sort();
        for at in 0..self.spells.len() {
            let (before, rest) = self.spells.split_at_mut(at);
            let [spell, after @ ..] = rest else {
                return;
            };
            let same = |other: &&Spell| other.listing == spell.listing;
            let floor = before
                .last()
                .filter(same)
                .map(|spell| spell.end.map(|end| end.date));
            let ceiling = after.first().filter(same).map(|spell| spell.start.date);
            let since = self.known_since.unwrap_or(self.refresh.date);
            if let Some(date) = date_of_edge(
                self.refresh.changes,
                Side::Added,
                &spell.listing,
                spell.start,
            ) && since <= date
                && floor.is_none_or(|floor| floor.is_some_and(|floor| floor <= date))
                && spell.end.is_none_or(|end| date < end.date)
            {
                spell.start = Edge::new(date, SpellSource::Changes);
            }
            if let Some(end) = spell.end
                && let Some(date) =
                    date_of_edge(self.refresh.changes, Side::Removed, &spell.listing, end)
                && spell.start.date < date
                && ceiling.is_none_or(|ceiling| date <= ceiling)
            {
                spell.end = Some(Edge::new(date, SpellSource::Changes));
            }
        }
    }

    fn does_not_fit(&mut self, date: Date, listing: &Listing, row: usize) {
        let refresh = self.refresh.date;
        self.add_contradiction(
            date,
            listing,
            Some(row),
            ContradictionKind::EffectiveDoesNotFit { refresh },
        );
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
}

/// The date that a row gives an edge of a refresh.
fn date_of_edge(changes: &Changes, side: Side, listing: &Listing, edge: Edge) -> Option<Date> {
    if edge.source != SpellSource::Refresh {
        return None;
    }
    let window = Window {
        previous: None,
        date: edge.date,
    };
    effective::row(changes, side, listing, window).map(|row| row.date)
}
