use super::flag::{Column, Findings};
use super::rule::Rule;
use super::settings::Threshold;
use super::view::{Cash, View};
use crate::market::Date;

/// Relative error that a vendor's step may have beside the absolute one.
const STEP_ERROR: f64 = 0.01;
/// Vendors round prices to six decimals, which is much where a price is a fraction of a cent.
const SIX_DECIMALS: f64 = 2e-6;
/// Days of the calendar between sessions beyond which a move is not the ex-date's alone.
const LONG_GAP: i32 = 7;
/// A price that fell by less than this share of the dividend did not follow it.
const FOLLOWED: f64 = 0.25;

/// What goes ex on one session, with what the prices and the vendor say of it. All amounts are
/// shares of the close before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Payment {
    pub(super) cash: Cash,
    /// The session on or after the ex-date.
    pub(super) date: Date,
    /// The dividend.
    pub(super) share: f64,
    /// The capital gain.
    pub(super) gain: f64,
    /// Moves from the close before to the open and to the close.
    pub(super) moves: [f64; 2],
    /// What the vendor's adjusted close took off.
    pub(super) vendor: Option<f64>,
    /// How far `vendor` may be off by roundings.
    pub(super) tolerance: f64,
    /// The listing's daily deviation around the session.
    pub(super) deviation: f64,
    has_long_gap: bool,
}

impl Payment {
    fn new(view: &View, cash: Cash, tolerance: f64) -> Option<Self> {
        let before = view.sessions.get(cash.at.checked_sub(1)?)?;
        let session = view.sessions.get(cash.at)?;
        let relative = |price: f64| price / before.close - 1.0;
        let close = relative(session.close);
        let share = cash.dividend / before.close;
        let kept = before.kept.zip(session.kept);
        let gap = before.date.until(session.date);
        Some(Self {
            cash,
            date: session.date,
            share,
            gain: cash.gain / before.close,
            moves: [session.open.map_or(close, relative), close],
            vendor: kept.map(|(before, after)| 1.0 - before / after),
            tolerance: tolerance.max(STEP_ERROR * share) + SIX_DECIMALS / before.close,
            deviation: view.deviation(cash.at).unwrap_or(0.0),
            has_long_gap: gap.map_or(i32::MAX, |span| span.get_days()) > LONG_GAP,
        })
    }

    /// Whether the price fell by a good part of `amount`, at the open or by the close.
    fn is_followed(&self, amount: f64) -> bool {
        self.moves.iter().any(|step| *step <= -FOLLOWED * amount)
    }

    /// The steps of an adjusted close that are right in some reading of dividend and gain.
    fn right_steps(&self) -> [f64; 3] {
        let Self { share, gain, .. } = *self;
        let one_by_one = 1.0 - (1.0 - share) * (1.0 - gain);
        let contained = if gain <= share { share } else { share + gain };
        [share + gain, one_by_one, contained]
    }
}

/// The rules on dividends and capital gains.
pub(super) fn check(view: &View, findings: &mut Findings<'_>) {
    let tolerance = findings.settings.get(Threshold::DisagreesTolerance);
    let cash = view.cash.iter();
    let payments: Vec<Payment> = cash
        .filter_map(|cash| Payment::new(view, *cash, tolerance))
        .collect();
    for (index, payment) in payments.iter().enumerate() {
        if payment.cash.at >= view.n_stored {
            judge(&payments, index, payment, findings);
        }
    }
    duplicates(view, &payments, findings);
    steps_without_event(view, findings);
}

fn judge(payments: &[Payment], index: usize, payment: &Payment, findings: &mut Findings<'_>) {
    let column = Some(Column::Dividends);
    let Payment { date, share, .. } = *payment;
    let percent = share * 100.0;
    if share > findings.settings.get(Threshold::DividendShare) {
        let followed = if payment.is_followed(share) {
            "and the price followed"
        } else {
            "and the price did not follow"
        };
        let detail = format!("dividend is {percent:.1} % of the close before, {followed}");
        findings.add(Rule::DividendTooLarge, date, column, detail);
    }
    if let Some(detail) = super::dividend_units::wrong_unit(payments, index, payment) {
        findings.add(Rule::DividendUnit, date, column, detail);
    } else {
        disagrees(payment, findings);
        not_seen(payment, findings);
    }
    if let Some(evidence) = contains_gain(payment) {
        let detail = format!("the dividend already contains the capital gain: {evidence}");
        findings.add(Rule::CapitalGainInDividend, date, column, detail);
    }
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
        findings.add(
            Rule::DividendAdjustmentDisagrees,
            payment.date,
            Some(Column::Dividends),
            detail,
        );
    }
}

fn not_seen(payment: &Payment, findings: &mut Findings<'_>) {
    let settings = findings.settings;
    let deviations = settings.get(Threshold::NotSeenDeviations) * payment.deviation;
    let least = settings.get(Threshold::NotSeenShare).max(deviations);
    if payment.share > least && !payment.has_long_gap && !payment.is_followed(payment.share) {
        let detail = format!(
            "dividend is {:.1} % of the close before, the price moved by {:+.1} %",
            payment.share * 100.0,
            payment.moves[1] * 100.0
        );
        findings.add(
            Rule::DividendNotSeen,
            payment.date,
            Some(Column::Dividends),
            detail,
        );
    }
}

/// Why the gain is a part of the dividend, if it is: then both together count it twice.
fn contains_gain(payment: &Payment) -> Option<String> {
    let Payment { share, gain, .. } = *payment;
    if gain <= 0.0 || gain > share * (1.0 + 1e-6) {
        return None;
    }
    let says_so = |vendor: f64| (vendor - share).abs() <= payment.tolerance;
    if payment.vendor.is_some_and(says_so) && gain > 2.0 * payment.tolerance {
        return Some("the vendor adjusts for the dividend alone".to_owned());
    }
    let [_, fall] = payment.moves.map(|step| -step);
    let nearer_to_dividend = (fall - share).abs() < (fall - share - gain).abs();
    let is_visible = gain > 3.0 * payment.deviation && !payment.has_long_gap;
    (nearer_to_dividend && is_visible).then(|| {
        format!(
            "the price fell by {:.1} %, the dividend is {:.1} %, both are {:.1} %",
            fall * 100.0,
            share * 100.0,
            (share + gain) * 100.0
        )
    })
}

/// Two dividends that may be one: the one the price shows less of is flagged.
fn duplicates(view: &View, payments: &[Payment], findings: &mut Findings<'_>) {
    let settings = findings.settings;
    let most_days = settings.get(Threshold::DuplicateDays);
    let difference = settings.get(Threshold::DuplicateDifference);
    let paying = payments.iter().filter(|payment| payment.share > 0.0);
    let paying: Vec<&Payment> = paying.collect();
    let days = |a: &Payment, b: &Payment| {
        let span = a.cash.ex_date.until(b.cash.ex_date);
        span.map_or(f64::MAX, |span| f64::from(span.get_days()))
    };
    let mut gaps: Vec<f64> = paying
        .windows(2)
        .map(|pair| days(pair[0], pair[1]))
        .collect();
    for (index, pair) in paying.windows(2).enumerate() {
        let (first, second) = (pair[0], pair[1]);
        let gap = days(first, second);
        let (a, b) = (first.cash.dividend, second.cash.dividend);
        if gap > most_days || (a - b).abs() > difference * a.max(b) {
            continue;
        }
        if !is_unusual(gap, index, &mut gaps) {
            continue;
        }
        let shown = |payment: &Payment| -payment.moves[1] / payment.share;
        let first_is_doubted = shown(first) < shown(second) && first.cash.at >= view.n_stored;
        let (doubted, other) = match first_is_doubted {
            true => (first, second),
            false => (second, first),
        };
        if doubted.cash.at >= view.n_stored {
            let detail = format!(
                "{:.2} % of the close before, {gap} days from the {:.2} % of {}, and the price shows less of it",
                doubted.share * 100.0,
                other.share * 100.0,
                other.date
            );
            let column = Some(Column::Dividends);
            findings.add(Rule::DuplicateDividend, doubted.date, column, detail);
        }
    }
}

/// Whether a gap is short for this listing: some funds pay every week.
fn is_unusual(gap: f64, index: usize, gaps: &mut [f64]) -> bool {
    const SHORT: f64 = 4.0;
    let mut others: Vec<f64> = gaps.to_vec();
    others.swap_remove(index);
    match super::view::middle(&mut others) {
        Some(usual) => gap * 2.0 <= usual,
        None => gap <= SHORT,
    }
}

/// Steps of the vendor's adjusted close on sessions without cash.
fn steps_without_event(view: &View, findings: &mut Findings<'_>) {
    let least = findings.settings.get(Threshold::WithoutEventStep);
    let mut cash = view.cash.iter().map(|cash| cash.at).peekable();
    for (at, pair) in view.sessions.windows(2).enumerate() {
        let (before, session) = (&pair[0], &pair[1]);
        let at = at + 1;
        if cash.next_if_eq(&at).is_some() || at < view.n_stored {
            continue;
        }
        let Some((kept_before, kept)) = before.kept.zip(session.kept) else {
            continue;
        };
        let step = 1.0 - kept_before / kept;
        if step.abs() > least + SIX_DECIMALS / before.close.min(session.close) {
            let detail = format!(
                "the vendor's adjusted close steps by {:.4} % without an event",
                step * 100.0
            );
            findings.add(Rule::AdjustmentWithoutEvent, session.date, None, detail);
        }
    }
}
