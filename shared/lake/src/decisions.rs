//! What people decided about refused rows, and what follows for later merges. Pure.
//!
//! A refused row stays in its quarantine file as evidence. A decision stands beside it: released
//! means that the row is right and belongs into the lake; rejected, that it is wrong and nobody need
//! look at it again. A decision is about a session and its values, not about a run: it holds for
//! every later fetch that brings the same. Why so: ADR-0014.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::RunId;
use crate::codec::sha256_hex;
use crate::refusal::{RefusalRule, RefusedRow};
use crate::schema::SCHEMA_VERSION;
use quantx_market::{Action, ActionKind, Date};

/// `decisions.json` of one listing: what was decided, in order. Nothing in it is ever taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decisions {
    /// Schema version of the lake it was written for.
    pub schema: u32,
    /// Symbol with suffix.
    pub symbol: String,
    /// About rows, ascending by the order in which they were made.
    pub decisions: Vec<Decision>,
    /// About dividends and capital gains, in the same order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventDecision>,
}

/// One decision of a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The entry that was decided.
    pub id: EntryId,
    /// What was decided.
    #[serde(rename = "ruling")]
    pub resolution: Resolution,
    /// The row, as the evidence has it.
    pub row: RefusedRow,
    /// The run whose quarantine file is the evidence.
    pub run: RunId,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why, if somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What a person says of a refused row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// It is right: it is stored, in place of another row of its session if there is one.
    Released,
    /// It is wrong: it is not stored, and not put into quarantine again.
    Rejected,
}

/// Why bytes are not the decisions of a listing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecisionsError {
    /// Not JSON, or of another shape.
    #[error("not a list of decisions")]
    Json(#[from] serde_json::Error),
    /// Written by a newer version of this program.
    #[error(
        "schema version {found} is newer than {SCHEMA_VERSION}, the newest this program reads; upgrade it"
    )]
    NewerSchema { found: u32 },
    /// The decisions of another listing.
    #[error("decisions are about {found}, not about {expected}")]
    WrongListing { found: String, expected: String },
}

#[derive(Deserialize)]
struct Version {
    schema: u32,
}

impl Decisions {
    /// No decision yet.
    pub fn none(symbol: &str) -> Self {
        Self {
            schema: SCHEMA_VERSION,
            symbol: symbol.to_owned(),
            decisions: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Whether nobody decided anything.
    pub fn is_empty(&self) -> bool {
        self.decisions.is_empty() && self.events.is_empty()
    }

    /// Parses `bytes`.
    ///
    /// # Errors
    /// [`DecisionsError`]; a newer schema is an error of its own.
    pub fn parse(bytes: &[u8], expected_symbol: &str) -> Result<Self, DecisionsError> {
        let Version { schema } = serde_json::from_slice(bytes)?;
        if schema > SCHEMA_VERSION {
            return Err(DecisionsError::NewerSchema { found: schema });
        }
        let decisions: Self = serde_json::from_slice(bytes)?;
        if decisions.symbol != expected_symbol {
            return Err(DecisionsError::WrongListing {
                found: decisions.symbol,
                expected: expected_symbol.to_owned(),
            });
        }
        Ok(decisions)
    }

    /// Equal decisions have equal bytes.
    ///
    /// # Errors
    /// Only if a number in it is not finite, which no quarantine file can hold.
    pub fn to_bytes(&self) -> Result<Vec<u8>, DecisionsError> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// The newest decision about the values of `row`.
    pub fn about(&self, row: &RefusedRow) -> Option<&Decision> {
        let mut newest_first = self.decisions.iter().rev();
        newest_first.find(|decision| decision.row.says_the_same(row))
    }

    /// Sessions of which somebody released a row.
    pub fn released(&self) -> BTreeSet<Date> {
        let made = self.decisions.iter();
        let released = made.filter(|decision| decision.resolution == Resolution::Released);
        released.map(|decision| decision.row.date).collect()
    }

    /// The newest release of a row of `date`: the row that a person decided to be right.
    pub fn release_of(&self, date: Date) -> Option<&Decision> {
        let mut newest_first = self.decisions.iter().rev();
        newest_first.find(|decision| {
            decision.resolution == Resolution::Released && decision.row.date == date
        })
    }

    /// The newest decision about the vendor's event.
    pub fn about_event(&self, vendor: &Action) -> Option<&EventDecision> {
        let mut newest_first = self.events.iter().rev();
        newest_first.find(|decision| decision.vendor.is_same_cash(vendor))
    }
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
    pub rule: RefusalRule,
    pub reason: String,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why, if somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The short name of an entry, 12 hexadecimal digits of a hash over listing, session and values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryId(String);

impl EntryId {
    const LEN: usize = 12;

    pub(crate) fn of(symbol: &str, row: &RefusedRow) -> Self {
        let mut text = format!("{symbol}\n{}\n", row.date);
        let volume = row.volume.filter(|_| row.rule.is_about_volume());
        for value in row.prices.into_iter().chain([volume]) {
            let bits = value.map(|value| value.to_bits().to_string());
            text.push_str(&bits.unwrap_or_default());
            text.push('\n');
        }
        Self::short(&text)
    }

    /// The name of a cash event as the vendor sends it.
    pub(crate) fn of_event(symbol: &str, vendor: &Action) -> Self {
        let kind = match vendor.kind {
            ActionKind::Split { .. } => "split",
            ActionKind::Dividend { .. } => "dividend",
            ActionKind::CapitalGain { .. } => "capital_gain",
        };
        let amount = vendor.kind.cash().unwrap_or_default().to_bits();
        Self::short(&format!("{symbol}\n{}\n{kind}\n{amount}\n", vendor.ex_date))
    }

    fn short(text: &str) -> Self {
        let hash = sha256_hex(text.as_bytes());
        Self(hash.chars().take(Self::LEN).collect())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
