use super::super::inspected::Inspected;
use super::super::payment::Payment;
use super::super::rule::Rule;
use super::{Judgement, Verdict, evidence, settled};
use quantx_market::{Action, ActionKind};

/// Least weight of all events together: where the price cannot tell, both are applied as sent.
const PROOF: f64 = 1.0;
/// Weight of one event whose vendor's adjusted close steps by the dividend alone.
const VENDOR_SAYS_SO: f64 = 4.0;
/// More weight than one event's price may have, so that one day of the market decides nothing.
const MOST_OF_ONE: f64 = 6.0;

/// Capital gains that the dividend of their date contains already, so that both together count them
/// twice. One listing is written in one way, so all its events decide together. Source: yfinance's
/// cg-double-count tests (JENYX, DODFX, VWILX), whose vendor adjusts for both.
pub(super) fn find(
    series: &Inspected,
    payments: &[Payment],
    times: &[f64],
    found: &mut Vec<Judgement>,
) {
    let both = payments.iter().zip(times).filter(|(payment, times)| {
        let share = payment.share * **times;
        share > 0.0 && payment.gain > 0.0 && payment.gain <= share * (1.0 + 1e-6)
    });
    let both: Vec<Payment> = both
        .map(|(payment, times)| payment.scaled(*times))
        .collect();
    if both.is_empty() {
        return;
    }
    let weight: f64 = both.iter().map(weight_of).sum();
    if weight < PROOF {
        return;
    }
    for payment in &both {
        let (ex_date, kind) = (
            payment.cash.ex_date,
            ActionKind::CapitalGain { amount: 0.0 },
        );
        let Some(event) = series.actions.same_slot(&Action { ex_date, kind }) else {
            continue;
        };
        if settled(series, event).is_some() {
            continue;
        }
        let [_, close] = payment.moves;
        found.push(Judgement {
            event: *event,
            verdict: Verdict::Corrected { times: 0.0 },
            rule: Rule::CapitalGainInDividend,
            reason: format!(
                "the dividend of {:.2} % of the close before contains the capital gain of {:.2} %: the \
                 price moved by {:+.2} %, and so do the listing's others say",
                payment.share * 100.0,
                payment.gain * 100.0,
                close * 100.0
            ),
        });
    }
}

/// How much speaks for a fall by the dividend alone against one by both.
fn weight_of(payment: &Payment) -> f64 {
    let Payment { share, gain, .. } = *payment;
    let says_so = |vendor: f64| (vendor - share).abs() <= payment.tolerance;
    let is_told = payment.vendor.is_some_and(says_so) && gain > 2.0 * payment.tolerance;
    let of_price = if payment.has_long_gap {
        0.0
    } else {
        evidence::of_price(payment, share) - evidence::of_price(payment, share + gain)
    };
    f64::from(is_told) * VENDOR_SAYS_SO + of_price.clamp(-MOST_OF_ONE, MOST_OF_ONE)
}
