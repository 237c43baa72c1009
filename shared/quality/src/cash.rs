use std::collections::BTreeSet;

use super::flag::{Column, Findings};
use super::payment::{Payment, SIX_DECIMALS};
use super::rule::Rule;
use super::settings::Threshold;
use super::view::View;
use quantx_market::Date;

/// A step of 1/100 of the dividend's is a hundredth within this share of itself.
const HUNDREDTH_ERROR: f64 = 0.1;

/// The rules on dividends and capital gains that do not ask whether the event is real: what
/// [`judgement`](super::judgement) says of it is flagged there. `judged` are the sessions it named.
pub(super) fn check(
    view: &View,
    payments: &[Payment],
    judged: &BTreeSet<Date>,
    findings: &mut Findings<'_>,
) {
    for payment in payments {
        if payment.cash.at >= view.n_stored {
            too_large(payment, findings);
            if !judged.contains(&payment.cash.ex_date) {
                as_sent(payment, findings);
            }
        }
    }
    steps_without_event(view, findings);
}

fn too_large(payment: &Payment, findings: &mut Findings<'_>) {
    let Payment { date, share, .. } = *payment;
    let percent = share * 100.0;
    if share > findings.settings.get(Threshold::DividendShare) {
        let followed = if payment.is_followed(share) {
            "and the price followed"
        } else {
            "and the price did not follow"
        };
        let detail = format!("dividend is {percent:.1} % of the close before, {followed}");
        let column = Some(Column::Dividends);
        findings.add(Rule::DividendTooLarge, date, column, detail);
    }
}

fn as_sent(payment: &Payment, findings: &mut Findings<'_>) {
    if let Some(detail) = vendor_in_another_unit(payment) {
        let column = Some(Column::Dividends);
        findings.add(Rule::DividendUnit, payment.date, column, detail);
    } else {
        disagrees(payment, findings);
        not_seen(payment, findings);
    }
}

/// The vendor's own adjustment is a hundredth or the hundredfold of the dividend's.
fn vendor_in_another_unit(payment: &Payment) -> Option<String> {
    let vendor = payment.vendor?;
    if (vendor - payment.share).abs() <= payment.tolerance {
        return None;
    }
    let times = [0.01, 100.0].into_iter().find(|times| {
        let expected = payment.share * times;
        (vendor - expected).abs() <= HUNDREDTH_ERROR * expected
    })?;
    Some(format!(
        "dividend is {:.4} % of the close before, the vendor adjusts for {times} times that",
        payment.share * 100.0
    ))
}

fn disagrees(payment: &Payment, findings: &mut Findings<'_>) {
    let Some(vendor) = payment.vendor else { return };
    let mut right = payment.right_steps().into_iter();
    if right.all(|right| (vendor - right).abs() > payment.tolerance) {
        let detail = format!(
            "cash is {:.4} % of the close before, the vendor's adjusted close steps by {:.4} %",
            (payment.share + payment.gain) * 100.0,
            vendor * 100.0
        );
        let rule = Rule::DividendAdjustmentDisagrees;
        findings.add(rule, payment.date, Some(Column::Dividends), detail);
    }
}

fn not_seen(payment: &Payment, findings: &mut Findings<'_>) {
    let settings = findings.settings;
    let column = Some(Column::Dividends);
    let percent = payment.share * 100.0;
    let deviations = settings.get(Threshold::NotSeenDeviations) * payment.deviation;
    let least = settings.get(Threshold::NotSeenShare).max(deviations);
    if let (Some(after), Some((_, step))) = (payment.seen_after(), payment.after)
        && payment.share > settings.get(Threshold::NotSeenShare)
    {
        let detail = format!(
            "the price shows the dividend of {percent:.1} % on {after}: {:+.1} %",
            step * 100.0
        );
        findings.add(Rule::DividendDate, payment.date, column, detail);
        let detail = format!(
            "the price moved by {:+.1} %, as if the dividend of {} ({percent:.1} %) went ex here",
            step * 100.0,
            payment.date
        );
        findings.add(Rule::DividendDate, after, column, detail);
    } else if payment.share > least && !payment.has_long_gap && !payment.is_followed(payment.share)
    {
        let detail = format!(
            "dividend is {percent:.1} % of the close before, the price moved by {:+.1} %",
            payment.moves[1] * 100.0
        );
        findings.add(Rule::DividendNotSeen, payment.date, column, detail);
    }
}

/// Steps of the vendor's adjusted close on sessions without cash.
fn steps_without_event(view: &View, findings: &mut Findings<'_>) {
    let least = findings.settings.get(Threshold::WithoutEventStep);
    let mut cash = view.cash.iter().map(|cash| cash.at).peekable();
    for (at, pair) in view.sessions.windows(2).enumerate() {
        let (before, session) = (&pair[0], &pair[1]);
        let at = at + 1;
        let is_foreign = view.foreign.contains(&at);
        if cash.next_if_eq(&at).is_some() || at < view.n_stored || is_foreign {
            continue;
        }
        let Some((adjustment_before, adjustment)) = before.adjustment.zip(session.adjustment)
        else {
            continue;
        };
        let step = 1.0 - adjustment_before / adjustment;
        if step.abs() > least + SIX_DECIMALS / before.close.min(session.close) {
            let detail = format!(
                "the vendor's adjusted close steps by {:.4} % without an event",
                step * 100.0
            );
            findings.add(Rule::AdjustmentWithoutEvent, session.date, None, detail);
        }
    }
}
