use std::collections::BTreeSet;
use std::fmt;
use std::ops::RangeInclusive;

use quantx_market::{Date, Listing, UniverseName};

/// How the beginning or the end of a spell is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpellSource {
    /// A row of the table of changes: the date is the index provider's effective date.
    Changes,
    /// The list says since when it has the member.
    DateAdded,
    /// Two stored lists differ: the date is that of the later one.
    Refresh,
    /// The member has another symbol from this date on and did not join or leave.
    Rename,
    /// A member already when knowledge begins; the true beginning is earlier.
    KnownSince,
    /// No row and no date of the list says when it joined. It was there when it left, so it may have
    /// been one already when knowledge begins: or it joined later, or under another symbol.
    Unproven,
    /// A history that a person imported says so.
    Imported,
}

impl SpellSource {
    pub(super) const ALL: [Self; 7] = [
        Self::Changes,
        Self::DateAdded,
        Self::Refresh,
        Self::Rename,
        Self::KnownSince,
        Self::Unproven,
        Self::Imported,
    ];

    /// As the lake writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Changes => "changes",
            Self::DateAdded => "date_added",
            Self::Refresh => "refresh",
            Self::Rename => "rename",
            Self::KnownSince => "known_since",
            Self::Unproven => "unproven",
            Self::Imported => "imported",
        }
    }
}

/// The beginning (inclusive) or the end (exclusive) of a spell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// First date of the new state.
    pub date: Date,
    /// How it is known.
    pub source: SpellSource,
}

impl Edge {
    /// An edge.
    pub fn new(date: Date, source: SpellSource) -> Self {
        Self { date, source }
    }
}

/// One uninterrupted time of a listing in a universe.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spell {
    /// Who, under the symbol of that time.
    pub listing: Listing,
    /// First date as a member.
    pub start: Edge,
    /// First date as no member; `None` while it is one.
    pub end: Option<Edge>,
}

impl Spell {
    /// Whether it covers `date`.
    pub fn contains(&self, date: Date) -> bool {
        self.start.date <= date && self.end.is_none_or(|end| date < end.date)
    }

    /// Whether it covers a day from `first` to `last`, both inclusive.
    fn touches(&self, first: Date, last: Date) -> bool {
        self.start.date <= last && self.end.is_none_or(|end| first < end.date)
    }
}

impl fmt::Display for Spell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}, ", self.listing, self.start.date)?;
        match self.end {
            None => f.write_str("today)"),
            Some(end) => write!(f, "{})", end.date),
        }
    }
}

/// Spells that cannot all be true.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpellError {
    /// Ends before, or when, it begins.
    #[error("{spell} has no day")]
    NoDay { spell: Spell },
    /// Two spells of one listing share a day.
    #[error("{first} and {second} overlap")]
    Overlap { first: Spell, second: Spell },
}

/// Who was a member of one universe, and when.
///
/// Spells are sorted by listing and date, have at least one day, and those of one listing do not
/// overlap (they may touch: another company can take over a symbol and a seat on one day).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    name: UniverseName,
    spells: Vec<Spell>,
}

impl Membership {
    /// A membership of the given spells, in any order.
    ///
    /// # Errors
    /// [`SpellError`] naming the first spells that cannot be.
    pub fn new(
        name: UniverseName,
        spells: impl IntoIterator<Item = Spell>,
    ) -> Result<Self, SpellError> {
        let mut spells: Vec<Spell> = spells.into_iter().collect();
        spells.sort();
        if let Some(spell) = spells.iter().find(|spell| !has_a_day(spell)) {
            return Err(SpellError::NoDay {
                spell: spell.clone(),
            });
        }
        let clash = spells.windows(2).find_map(|pair| match pair {
            [first, second] if overlap(first, second) => Some((first.clone(), second.clone())),
            _ => None,
        });
        match clash {
            Some((first, second)) => Err(SpellError::Overlap { first, second }),
            None => Ok(Self { name, spells }),
        }
    }

    /// A membership of spells that the caller made so that [`Self::new`] would take them.
    pub(super) fn of_valid(name: UniverseName, mut spells: Vec<Spell>) -> Self {
        spells.sort();
        Self { name, spells }
    }

    /// A universe of which nothing is known yet.
    pub fn unknown(name: UniverseName) -> Self {
        Self {
            name,
            spells: Vec::new(),
        }
    }

    /// The universe.
    pub fn name(&self) -> &UniverseName {
        &self.name
    }

    /// Ascending by listing and date.
    pub fn spells(&self) -> &[Spell] {
        &self.spells
    }

    /// First date on which the members are claimed to be known: where the first spell begins.
    /// Members of before have no row of before, so that a reader cannot ask too early by mistake.
    pub fn known_since(&self) -> Option<Date> {
        self.spells.iter().map(|spell| spell.start.date).min()
    }

    /// Every listing that was a member on any day from `first` to `last`, both inclusive and ascending;
    /// nobody when `last` is before `first`, `None` when `first` is before [`Self::known_since`].
    /// A date after the last refresh gives the members as last known.
    pub fn members_between(&self, first: Date, last: Date) -> Option<BTreeSet<&Listing>> {
        if self.known_since().is_none_or(|since| first < since) {
            return None;
        }
        let members = self
            .spells
            .iter()
            .filter(|spell| first <= last && spell.touches(first, last))
            .map(|spell| &spell.listing);
        Some(members.collect())
    }

    /// Those of [`Self::members_between`] of whom nothing proves that they were members then.
    pub fn unproven_between(&self, first: Date, last: Date) -> BTreeSet<&Listing> {
        let unproven = self.spells.iter().filter(|spell| {
            spell.start.source == SpellSource::Unproven && spell.touches(first, last)
        });
        unproven.map(|spell| &spell.listing).collect()
    }

    /// Spells that begin after `date` by the list's word alone: no row of the table adds the member, so
    /// it may have followed another, whom no source names, on the seat that it has.
    pub fn unexplained_after(&self, date: Date) -> impl Iterator<Item = &Spell> {
        self.spells.iter().filter(move |spell| {
            spell.start.source == SpellSource::DateAdded && date < spell.start.date
        })
    }

    /// Members without an end, whose spell may begin only after today.
    pub(super) fn open(&self) -> BTreeSet<&Listing> {
        self.spells
            .iter()
            .filter(|spell| spell.end.is_none())
            .map(|spell| &spell.listing)
            .collect()
    }

    /// The same membership, known only since `date`: what is before is dropped, and spells that
    /// reach over it begin there with [`SpellSource::KnownSince`]; unproven ones stay so.
    #[must_use]
    pub fn since(&self, date: Date) -> Self {
        let spells = self
            .spells
            .iter()
            .filter(|spell| spell.touches(date, Date::MAX));
        Self {
            name: self.name.clone(),
            spells: spells.map(|spell| cut(spell, date)).collect(),
        }
    }

    /// The earliest date since which the number of members never left `members`: how far back a
    /// walk through an incomplete table of changes can be believed. `None` if it has left it now.
    pub fn plausible_since(&self, members: &RangeInclusive<usize>) -> Option<Date> {
        let turns: BTreeSet<Date> = self
            .spells
            .iter()
            .flat_map(|spell| [Some(spell.start.date), spell.end.map(|end| end.date)])
            .flatten()
            .collect();
        let fits = |date: &&Date| {
            let count = self
                .spells
                .iter()
                .filter(|spell| spell.contains(**date))
                .count();
            members.contains(&count)
        };
        turns.iter().rev().take_while(fits).last().copied()
    }
}

fn has_a_day(spell: &Spell) -> bool {
    spell.end.is_none_or(|end| spell.start.date < end.date)
}

/// Of two spells in their order.
fn overlap(first: &Spell, second: &Spell) -> bool {
    first.listing == second.listing && first.touches(second.start.date, Date::MAX)
}

fn cut(spell: &Spell, date: Date) -> Spell {
    let mut spell = spell.clone();
    if spell.start.date < date {
        let source = match spell.start.source {
            SpellSource::Unproven => SpellSource::Unproven,
            _ => SpellSource::KnownSince,
        };
        spell.start = Edge::new(date, source);
    }
    spell
}
