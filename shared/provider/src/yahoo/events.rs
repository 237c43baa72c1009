//! The events of an answer → actions. Pure.

use super::parse::ExchangeDates;
use super::wire;
use crate::{Events, ParseError};
use quantx_market::{Action, ActionKind};

/// Actions in order of date, one of a kind per date. What cannot be, and cash in another currency than
/// `quoted`, is put beside them.
pub(super) fn read_actions(
    events: wire::Events,
    dates: &ExchangeDates,
    quoted: Option<&str>,
) -> Result<Events, ParseError> {
    let mut read = Events::default();
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
            read.add_cash(action, cash.currency.as_deref(), quoted);
        }
    }
    Ok(read.joined())
}
