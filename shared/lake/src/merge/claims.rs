//! Claims of earlier fetches that wait for a second one, by their date. Pure.

use std::collections::BTreeMap;

use crate::record::Pending;
use quantx_market::{Action, Date};

/// Claims that are looked up by their date and not searched for: a merge asks once for each session.
pub(super) struct Claims<'a>(BTreeMap<Date, Vec<&'a Pending>>);

impl<'a> Claims<'a> {
    pub(super) fn of(pending: &'a [Pending]) -> Self {
        let mut claims: BTreeMap<Date, Vec<&Pending>> = BTreeMap::new();
        for claim in pending {
            claims.entry(claim.date()).or_default().push(claim);
        }
        Self(claims)
    }

    fn on(&self, date: Date) -> impl Iterator<Item = &'a Pending> {
        self.0.get(&date).into_iter().flatten().copied()
    }

    /// Whether one of them is about the same fact.
    pub(super) fn has(&self, claim: &Pending) -> bool {
        self.on(claim.date())
            .any(|known| known.is_about_the_same(claim))
    }

    /// The day on which a fetch claimed these prices of a session first.
    pub(super) fn of_prices(&self, date: Date, claimed: [Option<f64>; 4]) -> Option<Date> {
        self.on(date).find_map(|claim| match claim {
            Pending::Prices {
                prices, seen_on, ..
            } if *prices == claimed => Some(*seen_on),
            _ => None,
        })
    }

    /// The day on which a fetch lacked an action first.
    pub(super) fn of_vanished(&self, action: &Action) -> Option<Date> {
        self.on(action.ex_date).find_map(|claim| match claim {
            Pending::Vanished {
                action: gone,
                seen_on,
            } if gone == action => Some(*seen_on),
            _ => None,
        })
    }
}
