use super::view::{Cash, View};
use quantx_market::Date;

/// Relative error that a vendor's step may have beside the absolute one.
const STEP_ERROR: f64 = 0.01;
/// Vendors round prices to six decimals, which is much where a price is a fraction of a cent.
pub(super) const SIX_DECIMALS: f64 = 2e-6;
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
    /// The close before.
    pub(super) close_before: f64,
    /// The dividend.
    pub(super) share: f64,
    /// The capital gain.
    pub(super) gain: f64,
    /// Moves from the close before to the open and to the close.
    pub(super) moves: [f64; 2],
    /// The move of the session after, and its date.
    pub(super) after: Option<(Date, f64)>,
    /// What the vendor's adjusted close took off.
    pub(super) vendor: Option<f64>,
    /// How far `vendor` may be off by roundings.
    pub(super) tolerance: f64,
    /// The listing's daily deviation around the session, 0 where it is not known.
    pub(super) deviation: f64,
    /// Ratio of a split of the same session, 1 if there is none.
    pub(super) split: f64,
    pub(super) has_long_gap: bool,
}

impl Payment {
    /// Every payment that has a session before it.
    pub(super) fn all(view: &View, tolerance: f64) -> Vec<Self> {
        let cash = view.cash.iter();
        cash.filter_map(|cash| Self::new(view, *cash, tolerance))
            .collect()
    }

    fn new(view: &View, cash: Cash, tolerance: f64) -> Option<Self> {
        let before = view.sessions.get(cash.at.checked_sub(1)?)?;
        let session = view.sessions.get(cash.at)?;
        let after = view.sessions.get(cash.at + 1);
        let relative = |price: f64| price / before.close - 1.0;
        let close = relative(session.close);
        let share = cash.dividend / before.close;
        let adjustment = before.adjustment.zip(session.adjustment);
        let gap = before.date.until(session.date);
        let splits = view.splits.iter().filter(|split| split.at == cash.at);
        Some(Self {
            cash,
            date: session.date,
            close_before: before.close,
            share,
            gain: cash.gain / before.close,
            moves: [session.open.map_or(close, relative), close],
            after: after.map(|after| (after.date, after.close / session.close - 1.0)),
            vendor: adjustment.map(|(before, after)| 1.0 - before / after),
            tolerance: tolerance.max(STEP_ERROR * share) + SIX_DECIMALS / before.close,
            deviation: view.deviation(cash.at).unwrap_or(0.0),
            split: splits.map(|split| split.ratio).product(),
            has_long_gap: gap.map_or(i32::MAX, |span| span.get_days()) > LONG_GAP,
        })
    }

    /// The same with `times` the dividend.
    pub(super) fn scaled(mut self, times: f64) -> Self {
        self.cash.dividend *= times;
        self.share *= times;
        self
    }

    /// Whether the price fell by a good part of `amount`, at the open or by the close.
    pub(super) fn is_followed(&self, amount: f64) -> bool {
        self.moves.iter().any(|step| *step <= -FOLLOWED * amount)
    }

    /// The session after the ex-date, where the price shows the dividend there and not on its date:
    /// the amount is right and the date is one too early. Source: SCR.TO 2023-03-14.
    pub(super) fn seen_after(&self) -> Option<Date> {
        const LEAST_SHARE: f64 = 0.5;
        const LEAST_DEVIATIONS: f64 = 3.0;
        let (date, step) = self.after?;
        let least = (LEAST_SHARE * self.share).max(LEAST_DEVIATIONS * self.deviation);
        let is_seen = self.deviation > 0.0 && self.share < 1.0 && -step > least;
        (is_seen && !self.is_followed(self.share)).then_some(date)
    }

    /// The steps of an adjusted close that are right in some reading of dividend and gain.
    pub(super) fn right_steps(&self) -> [f64; 3] {
        let Self { share, gain, .. } = *self;
        let one_by_one = 1.0 - (1.0 - share) * (1.0 - gain);
        let contained = if gain <= share { share } else { share + gain };
        [share + gain, one_by_one, contained]
    }
}
