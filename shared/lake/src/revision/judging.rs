//! Judged events of a listing, from record, fetch and decisions, for one merge.

use std::collections::BTreeMap;

use crate::decisions::{Decisions, EventDecision, Resolution};
use crate::judged::JudgedEvent;
use quantx_market::{Action, ActionKind, ActionSet, Date, SessionRange};

/// Date and kind: a listing has one event of each.
fn slot(action: &Action) -> (Date, bool) {
    let is_gain = matches!(action.kind, ActionKind::CapitalGain { .. });
    (action.ex_date, is_gain)
}

/// What a fetch says of events, beside what the record has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FetchedEvents<'a> {
    /// The fetch's judgements, those that stand from before among them.
    pub(crate) fresh: &'a [JudgedEvent],
    /// What is applied of the fetch.
    pub(crate) actions: &'a ActionSet,
    /// The dates it asked for.
    pub(crate) window: SessionRange,
}

/// Every judged event of a listing, for one merge.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Judged {
    /// One of each date and kind.
    events: BTreeMap<(Date, bool), JudgedEvent>,
}

impl Judged {
    /// What the record has (`before`), what a fetch says anew and what people decided. A fresh judgement
    /// that comes to the same leaves the record's words, so that twice is once. What the fetch now
    /// applies as sent, or no longer has, is not held any more. What a person decided stands, also
    /// about events that were applied as sent.
    pub(crate) fn new(
        before: &[JudgedEvent],
        stored: &ActionSet,
        fetched: FetchedEvents<'_>,
        decisions: &Decisions,
    ) -> Self {
        let is_said = |event: &JudgedEvent| {
            let mut fresh = fetched.fresh.iter();
            fresh.any(|fresh| fresh.vendor.is_same_cash(&event.vendor))
        };
        let is_sent = |vendor: &Action, set: &ActionSet| {
            set.same_slot(vendor)
                .is_some_and(|sent| sent.is_same_cash(vendor))
        };
        let stands = |event: &&JudgedEvent| {
            event.resolution.is_some()
                || !fetched.window.contains(event.vendor.ex_date)
                || is_said(event)
                || (event.ours.is_some() && !is_sent(&event.vendor, fetched.actions))
        };
        let mut events: BTreeMap<_, JudgedEvent> = before
            .iter()
            .filter(stands)
            .map(|event| (slot(&event.vendor), event.clone()))
            .collect();
        for event in fetched.fresh {
            let known = events.get(&slot(&event.vendor));
            let stands = known.is_some_and(|known| {
                known.vendor.is_same_cash(&event.vendor)
                    && (known.resolution.is_some() || known.ours == event.ours)
            });
            if !stands {
                events.insert(slot(&event.vendor), event.clone());
            }
        }
        for decision in &decisions.events {
            if decisions.about_event(&decision.vendor) != Some(decision) {
                continue;
            }
            let key = slot(&decision.vendor);
            let known = events.get(&key).cloned();
            let known = known.filter(|known| known.vendor.is_same_cash(&decision.vendor));
            let is_applied = || {
                [stored, fetched.actions]
                    .iter()
                    .any(|set| is_sent(&decision.vendor, set))
            };
            let known = known.or_else(|| is_applied().then(|| of_decision(decision)));
            if let Some(known) = known {
                events.insert(key, known.under(decision));
            }
        }
        Self { events }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Puts what is applied in the place of what the vendor sent or of what was applied `before`, and
    /// adds what a person released up to `last`. Events with other amounts are other events and stay.
    pub(crate) fn apply(&self, actions: &mut ActionSet, before: &[JudgedEvent], last: Date) {
        for event in self.events.values() {
            let applied = event.applied();
            let Some(sent) = actions.same_slot(&event.vendor).copied() else {
                let is_released = event.resolution == Some(Resolution::Released);
                if let Some(applied) = applied.filter(|a| is_released && a.ex_date <= last) {
                    actions.insert(applied);
                }
                continue;
            };
            let earlier = before
                .iter()
                .find(|known| slot(&known.vendor) == slot(&sent));
            let earlier = earlier.and_then(JudgedEvent::applied);
            let mut names = [Some(event.vendor), applied, earlier].into_iter().flatten();
            if !names.any(|name| name.is_same_cash(&sent)) {
                continue;
            }
            match applied {
                Some(applied) => actions.insert(applied),
                None => actions.remove(&event.vendor),
            };
        }
    }

    /// What the record keeps beside `actions`, whose newest row is of `last`.
    pub(crate) fn for_record(self, actions: &ActionSet, last: Option<Date>) -> Vec<JudgedEvent> {
        let events = self.events.into_values();
        events
            .filter(|event| last.is_some_and(|last| event.vendor.ex_date <= last))
            .filter(|event| event.agrees_with(actions))
            .collect()
    }
}

/// An event that was applied as sent until a person decided otherwise.
fn of_decision(decision: &EventDecision) -> JudgedEvent {
    JudgedEvent {
        vendor: decision.vendor,
        ours: None,
        rule: decision.rule.clone(),
        reason: decision.reason.clone(),
        conversion: None,
        // The decision is older than the record that follows it.
        since: decision.at.to_zoned(jiff::tz::TimeZone::UTC).date(),
        resolution: None,
    }
}

#[cfg(test)]
#[path = "judging_tests.rs"]
mod tests;
