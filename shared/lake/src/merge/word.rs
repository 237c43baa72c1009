//! What the word of the vendor that answered is worth beside the stored rows. Pure.
//!
//! The first vendor in the order speaks with full weight. One that stands in while the first is away may add
//! rows and never contradict stored ones: two vendors differ by half a tick without saying anything else, and
//! a lake whose rows followed whoever answered last would change with each outage. What was added so is
//! provisional until the first vendor is back and has the last word (ADR-0032).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::outcome::History;
use crate::sources::{self, SourceRun, Spoken, Standing};
use quantx_market::{Bar, BarSeries, Date, Price};
use quantx_quality::Column;
use quantx_quality::agreement::{BarSource, Comparison};

/// Who says what a fetch says.
#[derive(Debug, Clone, Copy)]
pub struct Word<'a> {
    /// The vendor that answered.
    pub vendor: &'a str,
    /// [`Standing::Provisional`] where it stands in for one that is away.
    pub standing: Standing,
    /// Of which vendors the stored rows are.
    pub sources: &'a [SourceRun],
    /// When two vendors' values are the same.
    pub comparison: Comparison,
    /// How the vendor makes its bars.
    pub bars: BarSource,
    /// What witnesses say of corrections.
    pub vote: Option<&'a Vote>,
}

impl Default for Word<'_> {
    /// The usual vendor of a lake that has no other.
    fn default() -> Self {
        Self {
            vendor: sources::USUAL_VENDOR,
            standing: Standing::Settled,
            sources: &[],
            comparison: Comparison::default(),
            bars: BarSource::Official,
            vote: None,
        }
    }
}

/// What witnesses make of a fetch that contradicts stored rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vote {
    /// Sessions whose other prices a second lineage has too, and no more lineages the stored ones.
    pub confirmed: BTreeSet<Date>,
    /// Sessions of which at least two lineages have the stored prices.
    pub denied: BTreeSet<Date>,
}

/// A stored and a fetched row that a vendor which stands in does not settle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dispute {
    /// As stored.
    pub stored: Bar,
    /// As the vendor says.
    pub fetched: Bar,
}

/// A merge's two sides after the word was weighed.
#[derive(Debug)]
pub(super) struct Weighed<'a> {
    /// Provisional rows that the first vendor has too are its own now.
    pub(super) stored: Cow<'a, History>,
    /// Rows that the word does not reach are as stored.
    pub(super) offered: Vec<Bar>,
    /// What the first vendor said of provisional rows.
    pub(super) settled: BTreeMap<Date, Spoken>,
}

impl Word<'_> {
    pub(super) fn standing_on(&self, date: Date) -> Standing {
        sources::standing_on(self.sources, date)
    }

    pub(crate) fn stands_in(&self) -> bool {
        self.standing == Standing::Provisional
    }

    /// Whether the vendor may correct the stored row of `date`.
    pub(super) fn may_correct(&self, date: Date) -> bool {
        let run = sources::run_on(self.sources, date);
        match run.map(|run| run.standing) {
            Some(Standing::Provisional) => {
                !self.stands_in() || run.is_some_and(|run| run.vendor == self.vendor)
            }
            Some(Standing::Voted) => self.is_confirmed(date),
            Some(Standing::Settled) | None => !self.stands_in(),
        }
    }

    /// Whether the stored row of `date` is of another vendor: half a tick is no correction of it.
    fn is_of_another(&self, date: Date) -> bool {
        let run = sources::run_on(self.sources, date);
        run.map_or(sources::USUAL_VENDOR, |run| run.vendor.as_str()) != self.vendor
    }

    /// Whether the first vendor has the last word on the row of `date`.
    pub(super) fn outranks(&self, date: Date) -> bool {
        !self.stands_in() && self.standing_on(date) == Standing::Provisional
    }

    pub(super) fn is_confirmed(&self, date: Date) -> bool {
        self.vote.is_some_and(|vote| vote.confirmed.contains(&date))
    }

    pub(super) fn is_denied(&self, date: Date) -> bool {
        self.vote.is_some_and(|vote| vote.denied.contains(&date))
    }

    /// Last stored session that is not provisional: what the first vendor has said of events up to it stands.
    pub(crate) fn firm_to(&self, stored: &BarSeries) -> Option<Date> {
        let dates = stored.bars().iter().rev().map(|bar| bar.date.date());
        let mut firm = dates.filter(|date| self.standing_on(*date) != Standing::Provisional);
        firm.next()
    }

    /// Whether both bars are the same within what vendors differ by anyway.
    fn is_same(&self, stored: &Bar, fetched: &Bar) -> bool {
        let columns = Column::PRICES.into_iter();
        let mut pairs = columns.zip(stored.prices().into_iter().zip(fetched.prices()));
        pairs.all(|(column, (stored, fetched))| match (stored, fetched) {
            (Some(stored), Some(fetched)) => {
                let values = [stored, fetched].map(Price::get);
                let sources = [BarSource::Official, self.bars];
                self.comparison.agrees(column, sources, values)
            }
            _ => true,
        })
    }

    /// Weighs a fetch, `asked` being whether a date was in its window.
    pub(super) fn weigh<'a>(
        &self,
        stored: &'a History,
        offered: Vec<Bar>,
        asked: impl Fn(Date) -> bool,
    ) -> Weighed<'a> {
        let mut weighed = Weighed {
            stored: Cow::Borrowed(stored),
            offered,
            settled: BTreeMap::new(),
        };
        let is_usual = self.vendor == sources::USUAL_VENDOR;
        if self.sources.is_empty() && !self.stands_in() && is_usual {
            return weighed;
        }
        let mut own: BTreeMap<Date, Bar> = BTreeMap::new();
        for fetched in &mut weighed.offered {
            let date = fetched.date.date();
            let Some(stored) = stored.bars.get(date) else {
                continue;
            };
            if self.outranks(date) {
                if self.is_same(stored, fetched) {
                    own.insert(date, fetched.filled_from(stored));
                    weighed.settled.insert(date, Spoken::HasIt);
                }
            } else if self.standing_on(date) == Standing::Voted {
                // Who was outvoted may repeat himself; that is no news of the row.
                // Volumes are never voted on, and follow the vendor as those of any row.
                if !self.is_confirmed(date) {
                    *fetched = Bar {
                        volume: fetched.volume,
                        ..*stored
                    };
                }
            } else if (!self.may_correct(date) || self.is_of_another(date))
                && self.is_same(stored, fetched)
            {
                *fetched = *stored;
            }
        }
        if !self.stands_in() {
            let has_word: BTreeSet<Date> =
                weighed.offered.iter().map(|bar| bar.date.date()).collect();
            for bar in stored.bars.bars() {
                let date = bar.date.date();
                if self.outranks(date) && asked(date) && !has_word.contains(&date) {
                    weighed.settled.insert(date, Spoken::HasNothing);
                }
            }
        }
        if !own.is_empty() {
            let bars = stored.bars.bars().iter();
            let bars = bars.map(|bar| own.get(&bar.date.date()).copied().unwrap_or(*bar));
            weighed.stored = Cow::Owned(History {
                bars: BarSeries::new(bars.collect()),
                actions: stored.actions.clone(),
            });
        }
        weighed
    }
}

impl Dispute {
    /// Both closes, for people.
    pub fn words(&self, vendor: &str) -> String {
        let said = |bar: &Bar| {
            let prices = bar
                .prices()
                .map(|price| price.map_or("?".to_owned(), |p| p.to_string()));
            prices.join("/")
        };
        format!(
            "stored is {} (open/high/low/close), {vendor} says {}",
            said(&self.stored),
            said(&self.fetched)
        )
    }
}
