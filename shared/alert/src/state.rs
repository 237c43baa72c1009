//! What is wrong now, and what of it is new. Pure.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What can be wrong. The names are those of the runbook's sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConditionKind {
    /// The last run of this kind was red.
    RunRed,
    /// Listings of an exchange lack sessions that are final.
    SessionsBehind,
    /// An exchange has less of its expected cells than the settings ask for.
    CoverageBelow,
    /// More rows wait for a decision than before.
    QuarantineGrew,
    /// The vendor was away or refused, and the run left listings out.
    VendorPaused,
    /// Vendors contradict each other about stored prices.
    VendorsDisagree,
}

impl ConditionKind {
    /// The name as in messages and in the runbook.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RunRed => "run_red",
            Self::SessionsBehind => "sessions_behind",
            Self::CoverageBelow => "coverage_below",
            Self::QuarantineGrew => "quarantine_grew",
            Self::VendorPaused => "vendor_paused",
            Self::VendorsDisagree => "vendors_disagree",
        }
    }
}

/// One thing that somebody should know while it lasts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    /// What.
    pub kind: ConditionKind,
    /// Of what: the code of an exchange, or the operation of a run.
    pub subject: String,
}

impl Condition {
    /// A condition of one exchange or operation.
    pub fn of(kind: ConditionKind, subject: impl Into<String>) -> Self {
        let subject = subject.into();
        Self { kind, subject }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.subject)
    }
}

/// What a run found wrong, with a sentence for each.
pub type Observed = BTreeMap<Condition, String>;

/// Whether a condition begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// It was not so before.
    Began,
    /// It is so no longer.
    Ended,
}

/// One change of state: what a message is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What changed.
    pub condition: Condition,
    /// How.
    pub turn: Turn,
    /// The sentence of the run that found it.
    pub detail: String,
    /// When it began.
    pub since: Timestamp,
}

/// What was sent and still holds. Stored between runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlertState {
    active: Vec<Active>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Active {
    condition: ConditionKind,
    subject: String,
    since: Timestamp,
    detail: String,
}

impl Active {
    fn condition(&self) -> Condition {
        Condition::of(self.condition, self.subject.clone())
    }
}

impl AlertState {
    /// What changed between this state and what is seen now, and the state after it. Seeing the same
    /// again changes nothing.
    pub fn observe(&self, seen: &Observed, now: Timestamp) -> (Vec<Change>, Self) {
        let known: BTreeMap<Condition, &Active> = self
            .active
            .iter()
            .map(|active| (active.condition(), active))
            .collect();
        let ended = known.iter().filter(|(it, _)| !seen.contains_key(it));
        let mut changes: Vec<Change> = ended
            .map(|(condition, active)| Change {
                condition: condition.clone(),
                turn: Turn::Ended,
                detail: active.detail.clone(),
                since: active.since,
            })
            .collect();
        let mut after = Self::default();
        for (condition, detail) in seen {
            let since = known.get(condition).map_or(now, |active| active.since);
            if !known.contains_key(condition) {
                changes.push(Change {
                    condition: condition.clone(),
                    turn: Turn::Began,
                    detail: detail.clone(),
                    since,
                });
            }
            after.active.push(Active {
                condition: condition.kind,
                subject: condition.subject.clone(),
                since,
                detail: detail.clone(),
            });
        }
        (changes, after)
    }

    /// This state as if `change` had not been sent, so that the next run sends it.
    #[must_use]
    pub fn without(mut self, change: &Change) -> Self {
        let is_it = |active: &Active| active.condition() == change.condition;
        match change.turn {
            Turn::Began => self.active.retain(|active| !is_it(active)),
            Turn::Ended => self.active.push(Active {
                condition: change.condition.kind,
                subject: change.condition.subject.clone(),
                since: change.since,
                detail: change.detail.clone(),
            }),
        }
        self
    }

    /// What holds now, with the time it began.
    pub fn active(&self) -> impl Iterator<Item = (Condition, Timestamp)> {
        self.active.iter().map(|it| (it.condition(), it.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i8) -> Timestamp {
        format!("2024-05-03T{hour:02}:00:00Z").parse().unwrap()
    }

    fn seen(conditions: &[(ConditionKind, &str)]) -> Observed {
        let conditions = conditions.iter();
        conditions
            .map(|(kind, subject)| (Condition::of(*kind, *subject), format!("{kind:?}")))
            .collect()
    }

    #[test]
    fn a_condition_is_sent_when_it_begins_and_when_it_ends_and_not_between() {
        let red = seen(&[(ConditionKind::RunRed, "daily_update")]);
        let both = seen(&[
            (ConditionKind::RunRed, "daily_update"),
            (ConditionKind::SessionsBehind, "hk"),
        ]);
        let (first, state) = AlertState::default().observe(&red, at(1));
        assert_eq!(first.len(), 1);
        assert_eq!((first[0].turn, first[0].since), (Turn::Began, at(1)));
        let (second, state) = state.observe(&both, at(2));
        assert_eq!(second.len(), 1);
        assert_eq!(second[0].condition.subject, "hk");
        let (third, state) = state.observe(&both, at(3));
        assert_eq!(third, []);
        let (fourth, state) = state.observe(&Observed::new(), at(4));
        let since: Vec<_> = fourth.iter().map(|it| (it.turn, it.since)).collect();
        assert_eq!(since, [(Turn::Ended, at(1)), (Turn::Ended, at(2))]);
        assert_eq!(state, AlertState::default());
    }

    #[test]
    fn what_could_not_be_sent_is_sent_by_the_next_run() {
        let red = seen(&[(ConditionKind::RunRed, "daily_update")]);
        let (changes, state) = AlertState::default().observe(&red, at(1));
        let unsent = state.clone().without(&changes[0]);
        assert_eq!(unsent, AlertState::default());
        let (ends, ended) = state.observe(&Observed::new(), at(2));
        let unsent = ended.without(&ends[0]);
        assert_eq!(unsent, state);
        assert_eq!(unsent.observe(&Observed::new(), at(3)).0.len(), 1);
    }

    #[test]
    fn the_stored_form_is_read_again() {
        let (_, state) =
            AlertState::default().observe(&seen(&[(ConditionKind::CoverageBelow, "us")]), at(1));
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<AlertState>(&text).unwrap(), state);
        let empty: AlertState = serde_json::from_str("{}").unwrap();
        assert_eq!(empty, AlertState::default());
    }
}
