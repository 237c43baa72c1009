//! What a decision means for an event.

use super::decide::ListingRequest;
use super::{Decided, DecidedEvent};
use quantx_lake::decisions::{Decisions, Resolution};
use quantx_lake::judged::{EventDecision, JudgedEvent};
use quantx_market::Date;

impl ListingRequest<'_> {
    pub(super) fn decided_event(
        &self,
        event: &JudgedEvent,
        decided: (Decided, Option<String>),
    ) -> DecidedEvent {
        DecidedEvent {
            event: self.review.event_report(event),
            decided: decided.0,
            because: decided.1,
        }
    }

    /// What comes of an event that nothing speaks against.
    pub(super) fn expected_of_event(&self, event: &JudgedEvent) -> Decided {
        let known = self.review.decisions.about_event(&event.vendor);
        let same = known.is_some_and(|known| self.is_requested(known));
        let is_done = same && !event.status(known).is_open();
        match (self.request.resolution, event.applied()) {
            _ if is_done => Decided::AlreadyDecided,
            (Resolution::Rejected, _) => Decided::Rejected,
            (Resolution::Released, None) => Decided::Added,
            (Resolution::Released, Some(applied))
                if applied.kind.cash() == self.amount_of(event) =>
            {
                Decided::AlreadyStored
            }
            (Resolution::Released, Some(_)) => Decided::Replaced,
        }
    }

    /// Why the event cannot be decided as ordered: an amount must leave a price.
    pub(super) fn objection_to_event(&self, event: &JudgedEvent) -> Option<String> {
        if self.request.resolution == Resolution::Rejected {
            return None;
        }
        let amount = self.amount_of(event)?;
        let close = self.close_before(event.vendor.ex_date)?;
        (amount >= close).then(|| {
            format!(
                "{amount} per share against a close of {close} before leaves no price: release it with \
                 --amount, in the unit of the prices"
            )
        })
    }

    /// The close before the ex-date, per share of the ex-date.
    fn close_before(&self, ex_date: Date) -> Option<f64> {
        let bars = self.review.stored.bars().iter();
        let before = bars.rev().find(|bar| bar.date.date() < ex_date)?;
        let actions = self.review.record.as_ref()?.action_set();
        let split =
            actions.split_factor_after(before.date.date()) / actions.split_factor_after(ex_date);
        Some(before.close.get() / split)
    }

    fn amount_of(&self, event: &JudgedEvent) -> Option<f64> {
        self.request.amount.or_else(|| event.vendor.kind.cash())
    }

    fn is_requested(&self, known: &EventDecision) -> bool {
        known.resolution == self.request.resolution && known.amount == self.request.amount
    }

    /// Adds the decisions about events that are not there yet.
    pub(super) fn add_event_decisions(&self, decisions: &mut Decisions) {
        for event in &self.chosen.events {
            let known = decisions.about_event(&event.vendor);
            let stands = known.is_some_and(|known| self.is_requested(known));
            if stands || self.objection_to_event(event).is_some() {
                continue;
            }
            decisions.events.push(EventDecision {
                id: event.id(self.review.listing.symbol().as_str()),
                resolution: self.request.resolution,
                vendor: event.vendor,
                amount: self.request.amount,
                rule: event.rule.clone(),
                reason: event.reason.clone(),
                by: self.request.by.clone(),
                at: self.now,
                note: self.request.note.clone(),
            });
        }
    }
}
