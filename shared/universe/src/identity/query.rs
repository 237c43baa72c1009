use std::collections::BTreeSet;

use quantx_market::{Date, Listing};

use super::alias::successor;
use super::{Alias, Identity};

/// What a symbol of the past is called today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Today {
    /// This, which may be the same symbol.
    Is(Listing),
    /// One of these or none of them: the ids do not decide.
    Doubtful(Vec<Listing>),
    /// No list showed the symbol with an id around that date.
    Unknown,
}

impl Identity {
    /// Today's symbol of the listing that had the symbol `listing` on `date`.
    ///
    /// The date matters because symbols are used again: ask with a day of the membership that the
    /// symbol is from, the last one where there is a choice.
    pub fn today(&self, listing: &Listing, date: Date) -> Today {
        let mut ends = BTreeSet::new();
        let mut doubtful = BTreeSet::new();
        let aliases = self.aliases().iter();
        for alias in aliases.filter(|alias| alias.listing == *listing && alias.holds_on(date)) {
            match self.follow(alias) {
                Ok(end) => ends.insert(end),
                Err(candidates) => {
                    doubtful.extend(candidates);
                    false
                }
            };
        }
        // A share class's own id may decide what its company's id leaves open; contradicting ends
        // of two ids decide nothing.
        match (ends.pop_first(), ends.is_empty()) {
            (Some(only), true) => Today::Is(only),
            (Some(first), false) => {
                ends.insert(first);
                ends.append(&mut doubtful);
                Today::Doubtful(ends.into_iter().collect())
            }
            (None, _) if doubtful.is_empty() => Today::Unknown,
            (None, _) => Today::Doubtful(doubtful.into_iter().collect()),
        }
    }

    /// The last symbol of the id, or what may have followed where that is not certain.
    fn follow(&self, alias: &Alias) -> Result<Listing, BTreeSet<Listing>> {
        let of_the_id: Vec<&Alias> = self
            .aliases()
            .iter()
            .filter(|other| other.id == alias.id && other.universe == alias.universe)
            .collect();
        let mut at = alias;
        loop {
            let Some(end) = at.to else {
                return Ok(at.listing.clone());
            };
            let begun = |other: &&&Alias| other.from == end;
            let next = successor(at, &of_the_id).and_then(|rename| {
                let mut next = of_the_id.iter().filter(begun);
                next.find(|other| other.listing == rename.new)
            });
            match next {
                // Always later than the one before, so this ends.
                Some(next) => at = next,
                None => return Err(self.candidates(at, end)),
            }
        }
    }

    /// The id's new symbols of `date`, and the symbol itself where another id has it.
    fn candidates(&self, alias: &Alias, date: Date) -> BTreeSet<Listing> {
        self.aliases()
            .iter()
            .filter(|other| other.from == date && other.universe == alias.universe)
            .filter(|other| other.id == alias.id || other.listing == alias.listing)
            .map(|other| other.listing.clone())
            .chain([alias.listing.clone()])
            .collect()
    }
}
