use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::kind::{Flaw, WireFault};
use crate::chart::Defects;
use crate::random::{SplitMix64, day};
use crate::truth::{SymbolTruth, days_between};
use crate::vendors::{VendorFault, VendorFaultKind, VendorProtocol};
use quantx_market::ActionKind;

/// Days after its ex-date until a wrong dividend is put right.
const DIVIDEND_REVISED_AFTER_DAYS: i32 = 5;

/// Everything that shall go wrong; the default is nothing. Read from text, see [`FromStr`].
///
/// [`FromStr`]: std::str::FromStr
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FaultPlan {
    /// Probability of each kind per request, tried in this order.
    pub(super) chances: Vec<(WireFault, f64)>,
    /// The fault of a symbol's n-th request, counted from 1; goes before chance.
    pub(super) script: BTreeMap<(String, u64), WireFault>,
    /// Wrong data.
    pub(super) flaws: Vec<Flaw>,
    /// What single vendors get wrong, Yahoo among them.
    pub(super) vendors: Vec<VendorFault>,
}

impl FaultPlan {
    /// What goes wrong with the `attempt`-th request for `symbol`, counted from 1.
    pub fn wire_fault(&self, seed: u64, symbol: &str, attempt: u64) -> Option<WireFault> {
        if let Some(fault) = self.script.get(&(symbol.to_owned(), attempt)) {
            return Some(*fault);
        }
        let mut random = SplitMix64::of(seed, symbol, &[attempt]);
        // One draw per kind in its place: a kind added at the end leaves the hits of the others.
        let mut hits = self
            .chances
            .iter()
            .filter(|(_, chance)| random.fraction() < *chance);
        hits.next().map(|(fault, _)| *fault)
    }

    /// What single vendors get wrong.
    pub(crate) fn of_vendors(&self) -> &[VendorFault] {
        &self.vendors
    }

    /// Whether a vendor does not answer at all.
    pub(crate) fn is_away(&self, vendor: VendorProtocol, now: Timestamp) -> bool {
        self.vendors.iter().any(|fault| fault.is_away(vendor, now))
    }

    /// Whether the vendor denies `symbol` on `today` although it knows it.
    pub fn denies(&self, seed: u64, symbol: &str, today: Date) -> bool {
        self.flaws.iter().any(|flaw| match flaw {
            Flaw::Outage404 { date, share } => {
                *date == today && chosen(seed, symbol, "outage404", *date, *share)
            }
            _ => false,
        })
    }

    /// What is wrong with the data of `truth` on `today`.
    pub fn defects(&self, seed: u64, truth: &SymbolTruth, today: Date) -> Defects {
        let mut defects = Defects::default();
        for flaw in &self.flaws {
            apply(flaw, seed, truth, today, &mut defects);
        }
        let yahoo = VendorProtocol::Yahoo;
        for fault in self
            .vendors
            .iter()
            .filter(|it| it.is_of(yahoo, &truth.symbol))
        {
            for row in &truth.rows {
                if let Some(lie) = fault.factor(row.date, truth, today) {
                    defects.lies.entry(row.date).or_default().push(lie);
                }
            }
            if let VendorFaultKind::Gap { date } = fault.kind {
                defects.lost.insert(date);
            }
        }
        defects
    }
}

fn apply(flaw: &Flaw, seed: u64, truth: &SymbolTruth, today: Date, defects: &mut Defects) {
    let pending = |date: Date, days: i32| (0..days).contains(&days_between(date, today));
    match flaw {
        Flaw::LostSession { date, days, share } => {
            if pending(*date, *days) && chosen(seed, &truth.symbol, "drop-session", *date, *share) {
                defects.lost.insert(*date);
            }
        }
        Flaw::NoRows { of, from, to, days } => {
            if *of == truth.symbol || *of == truth.venue.facts.suffix {
                let rows = truth.rows.iter().map(|row| row.date);
                let dates = rows.filter(|date| (*from..=*to).contains(date));
                let lost = dates.filter(|date| days.is_none_or(|days| pending(*date, days)));
                defects.lost.extend(lost);
            }
        }
        Flaw::Hundredfold {
            symbol,
            date,
            sessions,
            days,
        } => {
            if *symbol == truth.symbol && pending(*date, *days) {
                let first = truth.venue.sessions.before(*date);
                let block = first..first.saturating_add(*sessions);
                let dates = block.filter_map(|index| truth.venue.sessions.get(index));
                defects
                    .hundredfold
                    .extend(dates.map(|session| session.date));
            }
        }
        Flaw::RevisedDividend { symbol, ex_date } => {
            if *symbol == truth.symbol {
                for action in truth.actions.iter() {
                    if let ActionKind::Dividend { amount } = action.kind
                        && ex_date.is_none_or(|date| date == action.ex_date)
                        && pending(action.ex_date, DIVIDEND_REVISED_AFTER_DAYS)
                    {
                        defects
                            .dividends
                            .insert(action.ex_date, first_announced(amount));
                    }
                }
            }
        }
        Flaw::LateSplit { symbol } => {
            if *symbol == truth.symbol {
                let splits = truth.actions.iter().filter(|action| {
                    action.ex_date == today && action.kind.split_ratio().is_some()
                });
                defects
                    .unapplied_splits
                    .extend(splits.map(|action| action.ex_date));
            }
        }
        Flaw::Outage404 { .. } => {}
    }
}

/// The amount before it was corrected: about a tenth less, in whole cents, never the right one.
fn first_announced(amount: f64) -> f64 {
    let wrong = (amount * 90.0).floor() / 100.0;
    if wrong > 0.0 && wrong < amount {
        wrong
    } else {
        amount + 0.01
    }
}

/// Whether `symbol` is among the `share` of listings that a flaw hits.
fn chosen(seed: u64, symbol: &str, flaw: &str, date: Date, share: f64) -> bool {
    let topic = format!("{flaw} {symbol}");
    SplitMix64::of(seed, &topic, &[day(date)]).fraction() < share
}
