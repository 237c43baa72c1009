//! Events that are not applied as the vendor sends them: what the record knows of them, and what
//! people decided about them. Pure.
//!
//! The record's `actions` are what is applied. Beside them stands every dividend and capital gain that
//! was judged wrong, with the vendor's amount, so that a later answer with the same amount is the same
//! event and its judgement stands. A person's decision is about the vendor's event and always wins.
//! Why so: ADR-0016.

use serde::{Deserialize, Serialize};

use crate::decisions::{EntryId, EventDecision, Resolution};
use crate::quarantine::ReviewStatus;
use crate::refusal::RefusalRule;
use quantx_market::{Action, ActionSet, Conversion, Date};
use quantx_quality::Rule;

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
    /// The rule that it breaks.
    pub rule: RefusalRule,
    /// What speaks against it, for people.
    pub reason: String,
    /// How cash in another currency became what is applied; it is never looked up again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversion: Option<Conversion>,
    /// The exchange's date of the run that judged it.
    pub since: Date,
    /// What a person decided, if one did.
    #[serde(rename = "ruling", default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
}

impl JudgedEvent {
    /// Whether it is left out until a person decides.
    pub fn is_held(&self) -> bool {
        self.ours.is_none() && self.resolution.is_none()
    }

    /// Whether it is held because it is in another currency than the prices: a rate would settle it.
    pub fn waits_for_rate(&self) -> bool {
        self.is_held() && self.rule == RefusalRule::Quality(Rule::DividendCurrency)
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

    pub(crate) fn under(mut self, decision: &EventDecision) -> Self {
        self.ours = match decision.resolution {
            Resolution::Released => decision.amount.or_else(|| decision.vendor.kind.cash()),
            Resolution::Rejected => None,
        };
        self.resolution = Some(decision.resolution);
        self
    }
}
