use super::super::flag::{Column, Findings};
use super::super::inspected::Inspected;
use super::super::payment::Payment;
use super::super::rule::Rule;
use super::super::settings::Threshold;
use super::super::statistics::middle;
use super::super::view::View;
use super::{Judgement, Verdict, dividend_on, settled};

/// A price that fell by this share of the dividend shows it.
const SHOWN: f64 = 0.6;
/// A dividend of so many deviations of a day can be seen in the price.
const VISIBLE: f64 = 2.0;
/// Relative difference of amounts that need no price to be one: the vendor repeats a number.
const ONE_AMOUNT: f64 = 0.01;

/// Two dividends that may be one: the one the price shows less of is held out where that is
/// proven, and flagged where it is not. `times` is what is applied of each.
pub(super) fn find(
    series: &Inspected,
    view: &View,
    payments: &[Payment],
    times: &[f64],
    findings: &mut Findings<'_>,
    found: &mut Vec<Judgement>,
) {
    let most_days = findings.settings.get(Threshold::DuplicateDays);
    let difference = findings.settings.get(Threshold::DuplicateDifference);
    let paying: Vec<Payment> = payments
        .iter()
        .zip(times)
        .filter(|(payment, times)| payment.share * **times > 0.0)
        .map(|(payment, times)| payment.scaled(*times))
        .collect();
    let days = |a: &Payment, b: &Payment| {
        let span = a.cash.ex_date.until(b.cash.ex_date);
        span.map_or(f64::MAX, |span| f64::from(span.get_days()))
    };
    let pairs = || paying.windows(2).map(|pair| (&pair[0], &pair[1]));
    let mut gaps: Vec<f64> = pairs().map(|(first, second)| days(first, second)).collect();
    for (index, (first, second)) in pairs().enumerate() {
        let gap = days(first, second);
        let (a, b) = (first.cash.dividend, second.cash.dividend);
        let differ = (a - b).abs() / a.max(b);
        if gap > most_days || differ > difference || !is_unusual(gap, index, &mut gaps) {
            continue;
        }
        let can_be_doubted = |payment: &Payment| {
            let event = dividend_on(series, payment.cash.ex_date);
            payment.cash.at >= view.n_stored
                && event.is_some_and(|event| settled(series, event).is_none())
        };
        let first_is_doubted = shown(first) < shown(second) && can_be_doubted(first);
        let (doubted, other) = match first_is_doubted {
            true => (first, second),
            false => (second, first),
        };
        if !can_be_doubted(doubted) {
            continue;
        }
        let reason = format!(
            "{:.2} % of the close before, {gap} days from the {:.2} % of {}, and the price shows less of it",
            doubted.share * 100.0,
            other.share * 100.0,
            other.date
        );
        let is_visible = doubted.share > VISIBLE * doubted.deviation;
        let is_shown = shown(doubted) >= SHOWN;
        let is_proven = if is_visible {
            !is_shown
        } else {
            differ <= ONE_AMOUNT
        };
        match dividend_on(series, doubted.cash.ex_date) {
            Some(event) if is_proven => {
                // What was said of its unit no longer matters.
                found.retain(|judgement| judgement.event != *event);
                found.push(Judgement {
                    event: *event,
                    verdict: Verdict::Held,
                    rule: Rule::DuplicateDividend,
                    reason,
                });
            }
            _ => {
                let column = Some(Column::Dividends);
                findings.add(Rule::DuplicateDividend, doubted.date, column, reason);
            }
        }
    }
}

/// What share of the dividend the price fell by.
fn shown(payment: &Payment) -> f64 {
    -payment.moves[1] / payment.share
}

/// Whether a gap is short for this listing: some funds pay every week.
fn is_unusual(gap: f64, index: usize, gaps: &mut [f64]) -> bool {
    const SHORT: f64 = 4.0;
    let mut others: Vec<f64> = gaps.to_vec();
    others.swap_remove(index);
    match middle(&mut others) {
        Some(usual) => gap * 2.0 <= usual,
        None => gap <= SHORT,
    }
}
