//! Does a fetch continue the stored history on the same basis? Pure.

use std::collections::BTreeSet;

use super::outcome::Held;
use crate::same_bar::{AGREE, agree, common};
use quantx_market::{Bar, BarSeries, Date};

/// A correction beyond this is never taken from the vendor alone, however often repeated:
/// unit errors and half-applied splits last for days too.
const MAX_CORRECTION: f64 = 0.10;

/// Stored and fetched bars on the same sessions.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Overlap {
    /// Both sides have bars: without any there is nothing to contradict.
    pub(crate) is_comparable: bool,
    /// Number of common sessions.
    pub(crate) common: usize,
    /// The newest common session.
    pub(crate) newest: Option<Date>,
    /// Common sessions whose prices differ, ascending.
    pub(crate) differing: Vec<Difference>,
}

/// One session of which the store and the fetch have different prices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Difference {
    pub(crate) stored: Bar,
    pub(crate) fetched: Bar,
}

impl Difference {
    /// Fetched to stored, of the prices that both know.
    fn ratios(&self) -> impl Iterator<Item = f64> {
        common(&self.fetched, &self.stored).map(|(fetched, stored)| fetched.ratio_to(stored))
    }

    /// The prices that differ, for people.
    pub(crate) fn words(&self) -> String {
        const COLUMNS: [&str; 4] = ["open", "high", "low", "close"];
        let prices = self.stored.prices().into_iter().zip(self.fetched.prices());
        let differing = prices
            .zip(COLUMNS)
            .filter_map(|((stored, fetched), column)| {
                let (stored, fetched) = stored.zip(fetched)?;
                let differs = fetched.relative_difference(stored) > AGREE;
                differs.then(|| format!("{column} {stored}, the vendor now says {fetched}"))
            });
        format!("stored: {}", differing.collect::<Vec<_>>().join("; "))
    }

    /// Whether it can be a correction at all.
    pub(crate) fn is_small(&self) -> bool {
        self.ratios()
            .all(|ratio| (ratio - 1.0).abs() <= MAX_CORRECTION)
    }
}

/// Compares the sessions that both sides have; `offered` is ascending.
pub(crate) fn compare(stored: &BarSeries, offered: &[Bar]) -> Overlap {
    let mut overlap = Overlap {
        is_comparable: !stored.is_empty() && !offered.is_empty(),
        ..Overlap::default()
    };
    for fetched in offered {
        let Some(stored) = stored.get(fetched.date.date()) else {
            continue;
        };
        overlap.common += 1;
        overlap.newest = Some(fetched.date.date());
        if !agree(stored, fetched) {
            overlap.differing.push(Difference {
                stored: *stored,
                fetched: *fetched,
            });
        }
    }
    overlap
}

impl Overlap {
    /// Leaves the sessions that `is_loose` out of account; returns those of them that differ. Where no
    /// session is left there is nothing to contradict.
    pub(crate) fn take_out(
        &mut self,
        offered: &[Bar],
        stored: &BarSeries,
        is_loose: impl Fn(Date) -> bool,
    ) -> Vec<Difference> {
        let dates = offered.iter().map(|bar| bar.date.date());
        let common: Vec<Date> = dates.filter(|date| stored.get(*date).is_some()).collect();
        let firm: Vec<Date> = common
            .iter()
            .copied()
            .filter(|date| !is_loose(*date))
            .collect();
        if firm.len() == common.len() {
            return Vec::new();
        }
        self.is_comparable &= !firm.is_empty();
        self.common = firm.len();
        self.newest = firm.last().copied();
        let differing = std::mem::take(&mut self.differing).into_iter();
        let (loose, firm) = differing.partition(|it| is_loose(it.fetched.date.date()));
        self.differing = firm;
        loose
    }

    /// The fetch cannot be placed at all.
    pub(crate) fn unusable(&self) -> Option<Held> {
        if self.is_comparable && self.common == 0 {
            return Some(Held::NoOverlap);
        }
        self.constant_ratio().map(|ratio| Held::Rebased { ratio })
    }

    /// One ratio other than 1 on every price of every common session.
    fn constant_ratio(&self) -> Option<f64> {
        // One session alone is not a pattern, unless it is the only one and the change is large.
        if self.differing.len() < self.common.max(1) {
            return None;
        }
        let first = self.differing.first()?;
        let ratio = first.ratios().next()?;
        let constant = self
            .differing
            .iter()
            .flat_map(Difference::ratios)
            .all(|other| (other / ratio - 1.0).abs() <= AGREE);
        (constant && (self.common > 1 || !first.is_small())).then_some(ratio)
    }

    /// With `open` differences unsettled, whether new rows may follow.
    pub(crate) fn untrusted(&self, open: &BTreeSet<Date>) -> Option<Held> {
        let newest_differs = self.newest.is_some_and(|newest| open.contains(&newest));
        (newest_differs || open.len() * 2 > self.common).then_some(Held::Disagrees {
            differing: open.len(),
            common: self.common,
        })
    }
}

#[cfg(test)]
#[path = "overlap_tests.rs"]
mod tests;
