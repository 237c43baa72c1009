//! Events that are not applied as the vendor sends them: what the record knows of them, and what
//! people decided about them. Pure.
//!
//! The record's `actions` are what is applied. Beside them stands every dividend and capital gain that
//! was judged wrong, with the vendor's amount, so that a later answer with the same amount is the same
//! event and its judgement stands. A person's decision is about the vendor's event and always wins.
//! Why so: ADR-0016.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::decisions::{Decisions, Resolution};
use super::quarantine::{EntryId, ReviewStatus};
use quantx_market::{Action, ActionKind, ActionSet, Date, SessionRange};

/// A cash event that was judged wrong as sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JudgedEvent {
    /// The event as the vendor sends it, in as-declared terms.
    pub vendor: Action,
    /// Cash per share that is applied instead, 0 where it is counted in another event; `None` while
    /// the event is held out of `Adj Close`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ours: Option<f64>,
    /// Stable name of the rule that it breaks.
    pub rule: String,
    /// What speaks against it, for people.
    pub reason: String,
    /// The exchange's date of the run that judged it.
    pub since: Date,
    /// What a person decided, if one did.
    #[serde(rename = "ruling", default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
}

/// One decision of a person about an event. Stands in `decisions.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventDecision {
    /// The entry that was decided.
    pub id: EntryId,
    /// Released: it is applied. Rejected: it never is.
    #[serde(rename = "ruling")]
    pub resolution: Resolution,
    /// The event as the vendor sends it.
    pub vendor: Action,
    /// The amount to apply; `None` as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<f64>,
    /// The rule and reason by which it was judged.
    pub rule: String,
    pub reason: String,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why, if somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Date and kind: a listing has one event of each.
fn slot(action: &Action) -> (Date, bool) {
    let is_gain = matches!(action.kind, ActionKind::CapitalGain { .. });
    (action.ex_date, is_gain)
}

impl JudgedEvent {
    /// Whether it is left out until a person decides.
    pub fn is_held(&self) -> bool {
        self.ours.is_none() && self.resolution.is_none()
    }

    /// What is applied, if anything is.
    pub fn applied(&self) -> Option<Action> {
        let amount = self.ours.filter(|amount| *amount > 0.0)?;
        Some(self.vendor.with_cash(amount))
    }

    /// Whether `actions` are what follows from it.
    pub(crate) fn agrees_with(&self, actions: &ActionSet) -> bool {
        let known = actions.same_slot(&self.vendor);
        match (self.applied(), known) {
            (Some(applied), known) => known.is_some_and(|known| applied.is_same_cash(known)),
            (None, None) => true,
            // Another event has its place: cash in another currency beside some in the own one.
            (None, Some(known)) => !self.vendor.is_same_cash(known),
        }
    }

    /// Its name for `quantx quarantine`.
    pub fn id(&self, symbol: &str) -> EntryId {
        EntryId::of_event(symbol, &self.vendor)
    }

    /// How it stands under what people decided, which the next commit carries out.
    pub fn status(&self, decision: Option<&EventDecision>) -> ReviewStatus {
        let wanted = decision.map(|decision| self.clone().under(decision));
        match (wanted, self.resolution) {
            (Some(wanted), _)
                if wanted.ours != self.ours || wanted.resolution != self.resolution =>
            {
                ReviewStatus::Unfinished
            }
            (_, Some(Resolution::Released)) => ReviewStatus::Released,
            (_, Some(Resolution::Rejected)) => ReviewStatus::Rejected,
            (_, None) if self.ours.is_some() => ReviewStatus::Corrected,
            (_, None) => ReviewStatus::Open,
        }
    }

    fn under(mut self, decision: &EventDecision) -> Self {
        self.ours = match decision.resolution {
            Resolution::Released => decision.amount.or_else(|| decision.vendor.kind.cash()),
            Resolution::Rejected => None,
        };
        self.resolution = Some(decision.resolution);
        self
    }
}

impl Decisions {
    /// The newest decision about the vendor's event.
    pub fn about_event(&self, vendor: &Action) -> Option<&EventDecision> {
        let mut newest_first = self.events.iter().rev();
        newest_first.find(|decision| decision.vendor.is_same_cash(vendor))
    }
}

/// What a fetch says of events, beside what the record has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heard<'a> {
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
        heard: Heard<'_>,
        decisions: &Decisions,
    ) -> Self {
        let is_said = |event: &JudgedEvent| {
            let mut fresh = heard.fresh.iter();
            fresh.any(|fresh| fresh.vendor.is_same_cash(&event.vendor))
        };
        let is_sent = |vendor: &Action, set: &ActionSet| {
            set.same_slot(vendor)
                .is_some_and(|sent| sent.is_same_cash(vendor))
        };
        let stands = |event: &&JudgedEvent| {
            event.resolution.is_some()
                || !heard.window.contains(event.vendor.ex_date)
                || is_said(event)
                || (event.ours.is_some() && !is_sent(&event.vendor, heard.actions))
        };
        let mut events: BTreeMap<_, JudgedEvent> = before
            .iter()
            .filter(stands)
            .map(|event| (slot(&event.vendor), event.clone()))
            .collect();
        for event in heard.fresh {
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
                [stored, heard.actions]
                    .iter()
                    .any(|set| is_sent(&decision.vendor, set))
            };
            let known = known.or_else(|| is_applied().then(|| first_word(decision)));
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
fn first_word(decision: &EventDecision) -> JudgedEvent {
    JudgedEvent {
        vendor: decision.vendor,
        ours: None,
        rule: decision.rule.clone(),
        reason: decision.reason.clone(),
        // The decision is older than the record that follows it.
        since: decision.at.to_zoned(jiff::tz::TimeZone::UTC).date(),
        resolution: None,
    }
}

#[cfg(test)]
#[path = "judged_tests.rs"]
mod tests;
