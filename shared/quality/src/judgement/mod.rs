//! Is this event real? What a dividend or capital gain is worth, judged by all that is known of it.
//!
//! Vendors send dividends in another unit (pence for pounds), twice, per share of before a split, in
//! another currency, or with the capital gain inside. For each dividend a few readings are weighed
//! against each other (as sent, 1/100, 1/1000, 100 or 1000 times, per share of before the split,
//! not at all): how the price moved on the ex-date, what the vendor's own adjusted close took off,
//! and how the amount goes with the listing's other dividends, all of which may be wrong together.
//! [`chain`] turns the weights into probabilities. An amount that prices can neither prove nor
//! refute is applied as sent: a judgement needs proof. ADR-0016.

mod chain;
mod doubles;
mod evidence;
mod gains;
mod readings;

use super::flag::{Column, Findings};
use super::inspected::Inspected;
use super::payment::Payment;
use super::rule::Rule;
use super::view::View;
use quantx_market::{Action, Date};

/// A cash event that shall not be applied as the vendor sends it.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The event as the vendor sends it, in as-declared terms.
    pub event: Action,
    /// What shall be done with it.
    pub verdict: Verdict,
    /// The rule it breaks.
    pub rule: Rule,
    /// What speaks against it, for people.
    pub reason: String,
}

/// What becomes of an event that is judged wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// The proof is unique: this multiple of the vendor's amount is applied. 0 where the cash is
    /// counted in another event.
    Corrected { times: f64 },
    /// It is wrong as sent, and what is right is not proven: a person decides.
    Held,
}

/// The events of `series` that shall not be applied as sent, ascending; those that are settled are
/// not judged again, they tell of the others. Flags what is judged.
pub(super) fn judge(
    series: &Inspected,
    view: &View,
    payments: &[Payment],
    findings: &mut Findings<'_>,
) -> Vec<Judgement> {
    let mut found = foreign(series);
    let times = readings::of_dividends(series, payments, findings.settings, &mut found);
    doubles::find(series, view, payments, &times, findings, &mut found);
    gains::find(series, payments, &times, &mut found);
    found.retain(|judgement| findings.wants(judgement.rule));
    found.sort_by_key(|judgement| judgement.event.ex_date);
    // A payment that could be converted looks like any other.
    let is_converted = |judged: &&Judgement| {
        judged.rule == Rule::DividendCurrency && judged.verdict != Verdict::Held
    };
    for judgement in found.iter().filter(|judged| !is_converted(judged)) {
        let at = view.first_on(judgement.event.ex_date);
        if let Some(session) = view.sessions.get(at).filter(|_| at >= view.n_stored) {
            let column = Some(Column::Dividends);
            let detail = judgement.reason.clone();
            findings.add(judgement.rule, session.date, column, detail);
        }
    }
    found
}

/// Cash in another currency than the prices: worth what its rate says, and held without one.
fn foreign(series: &Inspected) -> Vec<Judgement> {
    let unsettled = series.foreign.iter();
    let unsettled = unsettled.filter(|cash| settled(series, &cash.action).is_none());
    let prices = series.currency.as_deref().unwrap_or("an unnamed currency");
    unsettled
        .map(|cash| {
            let fact = format!(
                "{} is in {}, the prices are in {prices}",
                cash.action.kind.cash().unwrap_or_default(),
                cash.currency
            );
            // One of a kind and date: which of two currencies it is all in is for a person to say.
            let stands_alone = series.actions.same_slot(&cash.action).is_none();
            let (verdict, what_follows) = match &cash.conversion {
                Some(_) if !stands_alone => {
                    let beside = "another payment goes ex on the same date";
                    (Verdict::Held, beside.to_owned())
                }
                Some(known) => {
                    let rate = format!(
                        "converted at {} of {}, {}",
                        known.rate, known.date, known.source
                    );
                    (Verdict::Corrected { times: known.rate }, rate)
                }
                None => {
                    let lacking = "no rate of the session before the ex-date is at hand";
                    (Verdict::Held, lacking.to_owned())
                }
            };
            Judgement {
                event: cash.action,
                verdict,
                rule: Rule::DividendCurrency,
                reason: format!("{fact}; {what_follows}"),
            }
        })
        .collect()
}

/// What is applied of an event about which a judgement stands.
fn settled(series: &Inspected, event: &Action) -> Option<f64> {
    let mut known = series.settled.iter();
    let same = known.find(|known| known.event.is_same_cash(event))?;
    Some(same.times)
}

/// The dividend of `series` that goes ex on `ex_date`.
fn dividend_on(series: &Inspected, ex_date: Date) -> Option<&Action> {
    let dividend = quantx_market::ActionKind::Dividend { amount: 0.0 };
    let kind = dividend;
    series.actions.same_slot(&Action { ex_date, kind })
}

#[cfg(test)]
mod tests;
