//! Which events of an answer are applied, and with which amounts. Pure.

use std::collections::BTreeMap;

use quantx_lake::basis::{self, Fetched};
use quantx_lake::judged::JudgedEvent;
use quantx_lake::record::CommitRecord;
use quantx_lake::refusal::RefusalRule;
use quantx_market::{
    Action, ActionSet, AsTradedHistory, Date, ForeignCash, VendorHistory, VendorRow,
};
use quantx_quality::{Inspected, Judgement, Rule, Settled, Verdict};

/// What cash in another currency than the prices breaks.
const CURRENCY: RefusalRule = RefusalRule::Quality(Rule::DividendCurrency);

/// Cash events about which a judgement stands: that they are applied as sent, or otherwise. A fetch of
/// the whole history has more to go by than any before, and judges anew what no person decided.
pub(super) fn settled(known: &CommitRecord, from: Date, series: &Inspected) -> Vec<Settled> {
    let is_whole = is_whole(known, from);
    // Held for want of a rate, which is there now: it is judged again.
    let is_convertible = |event: &JudgedEvent| {
        let is_it = |cash: &ForeignCash| {
            cash.conversion.is_some() && is_unsnapped(&cash.action, &event.vendor)
        };
        event.waits_for_rate() && series.foreign.iter().any(is_it)
    };
    let times = |event: &JudgedEvent| {
        let ours = event.ours.unwrap_or(0.0);
        ours / event.vendor.kind.cash().unwrap_or(1.0)
    };
    let judged = known.judged.iter();
    let judged = judged.filter(|event| !is_whole || event.resolution.is_some());
    let judged = judged.filter(|event| !is_convertible(event));
    let mut settled: Vec<Settled> = judged
        .map(|event| Settled {
            event: event.vendor,
            times: times(event),
        })
        .collect();
    if !is_whole {
        let is_judged = |action: &Action| {
            let mut judged = known.judged.iter();
            judged.any(|event| {
                event
                    .applied()
                    .is_some_and(|ours| ours.is_same_cash(action))
            })
        };
        let as_sent = known.actions.iter();
        let as_sent = as_sent.filter(|a| a.kind.cash().is_some() && !is_judged(a));
        settled.extend(as_sent.map(|action| Settled {
            event: *action,
            times: 1.0,
        }));
    }
    for known in &mut settled {
        let foreign = series.foreign.iter().map(|cash| cash.action);
        let mut sent = series.actions.iter().copied().chain(foreign);
        if let Some(sent) = sent.find(|sent| is_unsnapped(sent, &known.event)) {
            known.event = sent;
        }
    }
    settled.sort_by_key(|settled| settled.event.ex_date);
    settled
}

/// Whether `sent`, as the vendor's numbers give it, is what became `snapped`: answers are inspected as
/// they came, and records have snapped amounts.
fn is_unsnapped(sent: &Action, snapped: &Action) -> bool {
    const SNAP: f64 = 0.01;
    let amounts = sent.kind.cash().zip(snapped.kind.cash());
    amounts.is_some_and(|(a, b)| (a - b).abs() <= SNAP * b.abs())
        && sent.with_cash(1.0) == snapped.with_cash(1.0)
}

/// Whether a fetch from `from` on has everything that the lake has of the listing.
fn is_whole(known: &CommitRecord, from: Date) -> bool {
    known.first().is_none_or(|first| from <= first)
}

/// The record's actions as the vendor sent them.
pub(super) fn as_sent(known: &CommitRecord) -> ActionSet {
    let mut actions = known.action_set();
    // Cash in another currency is never among an answer's actions.
    for event in &known.judged {
        let applied = event.applied();
        if event.rule == CURRENCY {
            let is_ours = |stored: &&Action| applied.is_some_and(|ours| ours.is_same_cash(stored));
            if actions.same_slot(&event.vendor).filter(is_ours).is_some() {
                actions.remove(&event.vendor);
            }
            continue;
        }
        let has_its_place = match (applied, actions.same_slot(&event.vendor)) {
            (Some(applied), Some(stored)) => applied.is_same_cash(stored),
            (_, None) => true,
            (None, Some(_)) => false,
        };
        if has_its_place {
            actions.insert(event.vendor);
        }
    }
    actions
}

/// What is known when an answer's events are decided.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EventContext<'a> {
    /// Judgements about the answer.
    pub(crate) judgements: &'a [Judgement],
    /// The listing's record, if it has one.
    pub(crate) known: Option<&'a CommitRecord>,
    /// First date asked for.
    pub(crate) from: Date,
    /// The run's date in the exchange's time zone.
    pub(crate) today: Date,
}

/// Puts what is applied in the place of what the vendor sends, in `fetched` and, so that the vendor's
/// adjusted close is held against the same, in `history`. Returns every event that is not applied as
/// sent: those that are judged now, and those whose judgement stands.
pub(crate) fn apply(
    history: &mut VendorHistory,
    as_traded: &AsTradedHistory,
    fetched: &mut Fetched,
    events: EventContext<'_>,
) -> Vec<JudgedEvent> {
    let factors: BTreeMap<Date, f64> = as_traded
        .actions
        .iter()
        .filter(|declared| declared.action.kind.cash().is_some())
        .map(|declared| (declared.action.ex_date, declared.factor))
        .collect();
    let mut judged = Vec::new();
    let mut converted = Vec::new();
    for cash in &as_traded.foreign {
        let amount = cash.action.kind.cash().unwrap_or_default();
        let sent = cash.action.with_cash(basis::snap(amount, cash.factor));
        let Some(mut event) = events.judged_event(&sent, cash.factor) else {
            continue;
        };
        if event.resolution.is_none() && event.ours.is_some() {
            event.conversion = cash.conversion.clone();
            // It follows from the rate and not from when somebody looked, whatever run does it.
            if let Some(conversion) = &cash.conversion {
                event.since = conversion.date;
            }
        }
        let free = fetched.actions.same_slot(&sent).is_none();
        if let Some(ours) = event.applied().filter(|_| free) {
            fetched.actions.insert(ours);
            // In the shares of the vendor's closes.
            converted.push(ours.with_cash(ours.kind.cash().unwrap_or_default() / cash.factor));
        }
        judged.push(event);
    }
    for sent in fetched
        .actions
        .clone()
        .iter()
        .filter(|a| a.kind.cash().is_some())
    {
        let Some(event) =
            events.judged_event(sent, factors.get(&sent.ex_date).copied().unwrap_or(1.0))
        else {
            continue;
        };
        let applied = event.applied();
        match applied {
            Some(applied) => fetched.actions.insert(applied),
            None => fetched.actions.remove(sent),
        };
        let is_it = |action: &Action| {
            action.ex_date == sent.ex_date
                && std::mem::discriminant(&action.kind) == std::mem::discriminant(&sent.kind)
        };
        let times = applied.and_then(|applied| Some(applied.kind.cash()? / sent.kind.cash()?));
        history.actions.retain_mut(|action| {
            if !is_it(action) {
                return true;
            }
            let ours = action
                .kind
                .cash()
                .zip(times)
                .map(|(cash, times)| cash * times);
            ours.inspect(|ours| *action = action.with_cash(*ours))
                .is_some()
        });
        judged.push(event);
    }
    let converted = converted
        .into_iter()
        .map(|event| as_adjusted(history, event));
    let converted: Vec<Action> = converted.collect();
    history.actions.extend(converted);
    history.actions.sort_by_key(|action| action.ex_date);
    judged.sort_by_key(|event| event.vendor.ex_date);
    judged
}

/// Two rates of one day differ by less: one is of London's midnight, the other of whenever the vendor looked.
const RATES_DIFFER: f64 = 0.02;

/// A converted payment with the amount that the vendor's own adjusted close took off for it, where that is about the
/// same: the vendor has another rate, and its column is held against the events and not against rates.
fn as_adjusted(history: &VendorHistory, event: Action) -> Action {
    let ours = event.kind.cash().unwrap_or_default();
    let at = history.rows.partition_point(|row| row.date < event.ex_date);
    let (earlier, later) = history.rows.split_at(at);
    let adjusted = |row: &VendorRow| {
        let (close, adjusted) = row.close.zip(row.adjusted_close)?;
        Some((close, adjusted / close))
    };
    let before = earlier.iter().rev().find_map(adjusted);
    let after = later.iter().find_map(adjusted);
    let taken = before
        .zip(after)
        .map(|((close, before), (_, after))| close * (1.0 - before / after));
    match taken.filter(|taken| (taken - ours).abs() <= RATES_DIFFER * ours) {
        Some(taken) => event.with_cash(taken),
        None => event,
    }
}

impl EventContext<'_> {
    /// What is said of the event `sent`, if it is not applied as sent.
    fn judged_event(&self, sent: &Action, factor: f64) -> Option<JudgedEvent> {
        let mut fresh = self.judgements.iter();
        let fresh = fresh.find(|judgement| is_unsnapped(&judgement.event, sent));
        if let Some(judgement) = fresh {
            return Some(newly_judged(sent, judgement, factor, self.today));
        }
        let mut judged = self.known.iter().flat_map(|record| &record.judged);
        let event = judged.find(|event| event.vendor.is_same_cash(sent))?;
        let stands = self.known.is_some_and(|known| !is_whole(known, self.from));
        (stands || event.resolution.is_some()).then(|| event.clone())
    }
}

fn newly_judged(sent: &Action, judgement: &Judgement, factor: f64, today: Date) -> JudgedEvent {
    let ours = match judgement.verdict {
        Verdict::Held => None,
        Verdict::Corrected { times: 0.0 } => Some(0.0),
        Verdict::Corrected { times } => {
            let cash = judgement.event.kind.cash().unwrap_or_default();
            Some(basis::snap(cash * times, factor * times.min(1.0)))
        }
    };
    JudgedEvent {
        vendor: *sent,
        ours,
        rule: judgement.rule.into(),
        reason: judgement.reason.clone(),
        conversion: None,
        since: today,
        resolution: None,
    }
}

#[cfg(test)]
#[path = "cash_events_tests.rs"]
mod tests;
