use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::Constituent;
use quantx_market::{Date, Listing, UniverseName};

use super::{Alias, AliasSource, CompanyId, Identity, Rename};

/// What one more list tells about identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// All that is known now.
    pub identity: Identity,
    /// Members that came under another symbol than before, ascending by old symbol.
    pub renames: Vec<Rename>,
    /// What the ids alone do not decide.
    pub doubts: Vec<Doubt>,
}

/// A change of symbols or ids that may be a rename or not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Doubt {
    /// Several share classes have the id: which became which is not said.
    ShareClasses {
        date: Date,
        id: CompanyId,
        gone: Vec<Listing>,
        new: Vec<Listing>,
        stayed: Vec<Listing>,
    },
    /// The symbol is now under another id: a company moved its seat, or another one has its symbol.
    OtherId {
        date: Date,
        listing: Listing,
        before: CompanyId,
        now: CompanyId,
    },
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let join = |listings: &[Listing]| {
            let names: Vec<String> = listings.iter().map(Listing::to_string).collect();
            names.join(" ")
        };
        match self {
            Self::ShareClasses {
                date,
                id,
                gone,
                new,
                stayed,
            } => write!(
                f,
                "{date}: of {id}, gone are {}, new are {}, still there are [{}]",
                join(gone),
                join(new),
                join(stayed)
            ),
            Self::OtherId {
                date,
                listing,
                before,
                now,
            } => write!(f, "{date}: {listing} was {before}, is {now}"),
        }
    }
}

/// A list older than what is known already; lists are seen in their order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the list of {date} is older than that of {latest}, which is known already; lists are taken in their order"
)]
pub struct OutOfOrder {
    pub(crate) date: Date,
    pub(crate) latest: Date,
}

impl Identity {
    /// Learns from the list of `universe` as it stood on `date`.
    ///
    /// A member with the id of exactly one symbol that is gone was renamed. Seeing the same list
    /// again changes nothing.
    ///
    /// # Errors
    /// [`OutOfOrder`] when a later list of the universe was seen.
    pub fn observe(
        &self,
        universe: &UniverseName,
        date: Date,
        list: &[Constituent],
    ) -> Result<Sighting, OutOfOrder> {
        let latest = self.latest(universe);
        if let Some(latest) = latest.filter(|latest| *latest > date) {
            return Err(OutOfOrder { date, latest });
        }
        let mut observation = Observation::new(self, universe, date);
        let mut now: BTreeMap<&CompanyId, BTreeSet<&Listing>> = BTreeMap::new();
        for member in list {
            for id in &member.ids {
                now.entry(id).or_default().insert(&member.listing);
            }
        }
        for (id, listings) in &now {
            observation.follow(id, listings);
        }
        for (id, listings) in &now {
            for listing in listings {
                observation.open(id, listing);
            }
        }
        Ok(observation.sighting())
    }

    /// Last date on which a list of `universe` told something.
    fn latest(&self, universe: &UniverseName) -> Option<Date> {
        self.aliases()
            .iter()
            .filter(|alias| alias.universe.as_ref() == Some(universe))
            .filter(|alias| alias.source == AliasSource::Refresh)
            .map(|alias| alias.to.map_or(alias.from, |to| to.max(alias.from)))
            .max()
    }
}

struct Observation<'a> {
    universe: &'a UniverseName,
    date: Date,
    aliases: Vec<Alias>,
    renames: BTreeSet<(Listing, Listing)>,
    doubts: BTreeSet<Doubt>,
}

impl<'a> Observation<'a> {
    fn new(identity: &Identity, universe: &'a UniverseName, date: Date) -> Self {
        Self {
            universe,
            date,
            aliases: identity.aliases().to_vec(),
            renames: BTreeSet::new(),
            doubts: BTreeSet::new(),
        }
    }

    fn is_open(&self, alias: &Alias) -> bool {
        alias.universe.as_ref() == Some(self.universe) && alias.to.is_none()
    }

    /// Closes what is no longer a symbol of the id, where it has a new one instead.
    fn follow(&mut self, id: &CompanyId, now: &BTreeSet<&Listing>) {
        let before: BTreeSet<Listing> = self
            .aliases
            .iter()
            .filter(|alias| alias.id == *id && self.is_open(alias))
            .map(|alias| alias.listing.clone())
            .collect();
        let gone: Vec<Listing> = before
            .iter()
            .filter(|l| !now.contains(l))
            .cloned()
            .collect();
        let new: Vec<Listing> = now
            .iter()
            .filter(|l| !before.contains(**l))
            .map(|l| (*l).clone())
            .collect();
        if gone.is_empty() || new.is_empty() {
            return;
        }
        for listing in &gone {
            self.close(id, listing);
        }
        match (gone.as_slice(), new.as_slice()) {
            ([old], [new]) if before.len() == 1 && now.len() == 1 => {
                self.renames.insert((old.clone(), new.clone()));
            }
            _ => {
                let stayed = before.iter().filter(|l| now.contains(l)).cloned().collect();
                self.doubts.insert(Doubt::ShareClasses {
                    date: self.date,
                    id: id.clone(),
                    gone,
                    new,
                    stayed,
                });
            }
        }
    }

    /// Begins an alias, and ends those of other ids with the symbol.
    fn open(&mut self, id: &CompanyId, listing: &Listing) {
        let mut others = Vec::new();
        for alias in &self.aliases {
            if alias.listing != *listing || !self.is_open(alias) || alias.id.kind() != id.kind() {
                continue;
            }
            if alias.id == *id {
                return;
            }
            others.push(alias.id.clone());
        }
        for before in others {
            self.close(&before, listing);
            self.doubts.insert(Doubt::OtherId {
                date: self.date,
                listing: listing.clone(),
                before,
                now: id.clone(),
            });
        }
        self.aliases.push(Alias {
            universe: Some(self.universe.clone()),
            id: id.clone(),
            listing: listing.clone(),
            from: self.date,
            to: None,
            source: AliasSource::Refresh,
        });
    }

    fn close(&mut self, id: &CompanyId, listing: &Listing) {
        let (universe, date) = (self.universe, self.date);
        // Two lists of one day: what the first alone had was never there for a whole day.
        self.aliases.retain_mut(|alias| {
            let meant = alias.id == *id
                && alias.listing == *listing
                && alias.universe.as_ref() == Some(universe)
                && alias.to.is_none();
            if meant {
                alias.to = Some(date);
            }
            !meant || alias.from < date
        });
    }

    fn sighting(self) -> Sighting {
        // A doubt of the company's id is none where the ids of its share classes decide.
        let decided = |doubt: &Doubt| match doubt {
            Doubt::ShareClasses { gone, .. } => gone
                .iter()
                .all(|listing| self.renames.iter().any(|(old, _)| old == listing)),
            Doubt::OtherId { .. } => false,
        };
        Sighting {
            doubts: self
                .doubts
                .iter()
                .filter(|d| !decided(d))
                .cloned()
                .collect(),
            identity: Identity::new(self.aliases),
            renames: self
                .renames
                .iter()
                .map(|(old, new)| Rename {
                    date: self.date,
                    old: old.clone(),
                    new: new.clone(),
                })
                .collect(),
        }
    }
}
