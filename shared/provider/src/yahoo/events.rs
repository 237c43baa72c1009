//! The events of an answer → actions. Pure.

use super::parse::ExchangeDates;
use super::wire::{Cash, Events};
use crate::ParseError;
use quantx_market::{Action, ActionKind, ForeignCash, RefusedAction, currency_of};

/// The events of an answer, told apart by what can be done with them.
#[derive(Debug, Default)]
pub(super) struct Actions {
    /// In order of date, one of a kind per date.
    pub(super) actions: Vec<Action>,
    pub(super) foreign: Vec<ForeignCash>,
    /// What no listing can have: one wrong event says nothing against the rows.
    pub(super) refused: Vec<RefusedAction>,
}

/// Actions in order of date, one of a kind per date: cash is summed, splits are multiplied. What cannot
/// be, and cash in another currency than `quoted`, is put beside them.
pub(super) fn read_actions(
    events: Events,
    dates: &ExchangeDates,
    quoted: Option<&str>,
) -> Result<Actions, ParseError> {
    let mut read = Actions::default();
    for split in events.splits.into_values() {
        let parts = [split.numerator, split.denominator];
        let [numerator, denominator] = parts.map(Option::unwrap_or_default);
        read.add(Action {
            ex_date: dates.of_stamp(split.date)?,
            kind: ActionKind::Split {
                numerator,
                denominator,
            },
        });
    }
    let dividend: fn(f64) -> ActionKind = |amount| ActionKind::Dividend { amount };
    let gain: fn(f64) -> ActionKind = |amount| ActionKind::CapitalGain { amount };
    for (cash, kind) in [(events.dividends, dividend), (events.capital_gains, gain)] {
        for cash in cash.into_values() {
            let action = Action {
                ex_date: dates.of_stamp(cash.date)?,
                kind: kind(cash.amount.unwrap_or_default()),
            };
            let before = read.actions.len();
            read.add(action);
            let is_taken = read.actions.len() > before;
            if let Some(currency) = foreign_currency(&cash, quoted).filter(|_| is_taken) {
                read.actions.truncate(before);
                let currency = currency.to_owned();
                read.foreign.push(ForeignCash { action, currency });
            }
        }
    }
    read.join();
    Ok(read)
}

/// The event's currency, where it is not that of the prices. A currency and its hundredth count as
/// one: which of both an amount is in cannot be seen reliably from the vendor's spelling.
fn foreign_currency<'a>(cash: &'a Cash, quoted: Option<&str>) -> Option<&'a str> {
    let currency = cash
        .currency
        .as_deref()
        .filter(|name| !name.trim().is_empty())?;
    (currency_of(currency) != currency_of(quoted?)).then_some(currency)
}

impl Actions {
    fn add(&mut self, action: Action) {
        // Nothing paid is nothing that happened.
        if action.kind.cash() != Some(0.0) && is_possible(&action, &mut self.refused) {
            self.actions.push(action);
        }
    }

    fn join(&mut self) {
        // Stable, and collected kind by kind: actions that belong together are neighbours.
        self.actions.sort_by_key(|action| action.ex_date);
        self.actions.dedup_by(|next, previous| {
            let joined = (next.ex_date == previous.ex_date)
                .then(|| join(previous.kind, next.kind))
                .flatten();
            if let Some(kind) = joined {
                previous.kind = kind;
            }
            joined.is_some()
        });
        // Sums and products of possible numbers may leave the range of numbers.
        let refused = &mut self.refused;
        self.actions.retain(|action| is_possible(action, refused));
        self.foreign.sort_by_key(|cash| cash.action.ex_date);
    }
}

/// Two actions of one kind and date as one, `None` when they are of different kinds.
fn join(first: ActionKind, second: ActionKind) -> Option<ActionKind> {
    use ActionKind::{CapitalGain, Dividend, Split};
    match (first, second) {
        (
            Split {
                numerator,
                denominator,
            },
            Split {
                numerator: n,
                denominator: d,
            },
        ) => {
            let is_listed_twice = numerator * d == n * denominator;
            let (n, d) = if is_listed_twice { (1.0, 1.0) } else { (n, d) };
            Some(Split {
                numerator: numerator * n,
                denominator: denominator * d,
            })
        }
        (Dividend { amount: a }, Dividend { amount: b }) => Some(Dividend { amount: a + b }),
        (CapitalGain { amount: a }, CapitalGain { amount: b }) => {
            Some(CapitalGain { amount: a + b })
        }
        _ => None,
    }
}

/// Whether the numbers of an action can be true; if not, it is noted with what was read.
fn is_possible(action: &Action, refused: &mut Vec<RefusedAction>) -> bool {
    let (is_possible, reason) = match action.kind {
        ActionKind::Split {
            numerator,
            denominator,
        } => {
            let parts = [numerator, denominator];
            let are_counts = parts.iter().all(|part| part.is_finite() && *part > 0.0);
            let reason = format!("no split has the ratio {numerator}:{denominator}");
            (are_counts && action.kind.split_ratio().is_some(), reason)
        }
        ActionKind::Dividend { amount } => {
            let reason = format!("no dividend is {amount} per share");
            (amount.is_finite() && amount > 0.0, reason)
        }
        ActionKind::CapitalGain { amount } => {
            let reason = format!("no capital gain is {amount} per share");
            (amount.is_finite() && amount > 0.0, reason)
        }
    };
    if !is_possible {
        refused.push(RefusedAction {
            action: *action,
            reason,
        });
    }
    is_possible
}
