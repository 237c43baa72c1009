//! What every history must obey, checked once more on the rows that are about to be written. Pure.
//!
//! The merge and the adjustment keep these rules by their construction, and properties prove it. A
//! run's certificate claims them of each file it wrote, so they are looked at there too: nothing that
//! breaks one is ever written. Whether each date is a session is asked when a row comes in, and by
//! `verify`: a calendar that is corrected later must not keep a listing from being updated.

use super::adjust::Adjustment;
use quantx_market::{Bar, InstrumentKind, Price};

/// Names of the rules, as in a certificate.
pub const INVARIANTS: [&str; 4] = [
    "sessions_ascend",
    "high_not_below_low",
    "last_close_unadjusted",
    "split_factor_steps_at_splits",
];

/// A rule that rows about to be written break.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rule} is broken on {date}: the rows are not written")]
pub struct BrokenInvariant {
    /// Of [`INVARIANTS`].
    pub rule: &'static str,
    /// The first session on which it is broken.
    pub date: quantx_market::Date,
}

/// Checks ascending bars with their derived columns; they must reach to the listing's last bar.
///
/// # Errors
/// [`BrokenInvariant`], the first one found.
pub(crate) fn check(
    kind: InstrumentKind,
    bars: &[Bar],
    adjustment: &Adjustment,
) -> Result<(), BrokenInvariant> {
    let broken = |rule: usize, bar: &Bar| BrokenInvariant {
        rule: INVARIANTS.get(rule).copied().unwrap_or_default(),
        date: bar.date.date(),
    };
    if let Some(pair) = bars.windows(2).find(|pair| pair[0].date >= pair[1].date) {
        return Err(broken(0, &pair[1]));
    }
    if let Some(bar) = bars.iter().find(|bar| !has_a_range(kind, bar)) {
        return Err(broken(1, bar));
    }
    if let (Some(bar), Some(adjusted)) = (bars.last(), adjustment.adjusted_close.last())
        && bar.close.get().to_bits() != adjusted.to_bits()
    {
        return Err(broken(2, bar));
    }
    match first_wrong_step(bars, adjustment) {
        Some(bar) => Err(broken(3, bar)),
        None => Ok(()),
    }
}

/// Open and close may lie outside: as far as is believed when a row comes in, and farther by the
/// decision of a person.
fn has_a_range(kind: InstrumentKind, bar: &Bar) -> bool {
    let upside_down = bar.high.zip(bar.low).is_some_and(|(high, low)| high < low);
    let possible = |price: Price| Price::of(kind, price.get()).is_some();
    !upside_down && bar.prices().into_iter().flatten().all(possible)
}

/// The factor falls by the split's ratio on its session, and nowhere else.
fn first_wrong_step<'a>(bars: &'a [Bar], adjustment: &Adjustment) -> Option<&'a Bar> {
    let factors = adjustment.split_factor.windows(2);
    let splits = adjustment.splits.iter().skip(1);
    let steps = bars.iter().skip(1).zip(factors.zip(splits));
    for (bar, (pair, split)) in steps {
        let [before, after] = *pair else { continue };
        let ratio = if *split == 0.0 { 1.0 } else { *split };
        let is_step = (before / after / ratio - 1.0).abs() <= 1e-12;
        if !is_step {
            return Some(bar);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adjust::adjust;
    use crate::fixtures::{bars, dividend, split};
    use quantx_market::ActionSet;

    fn example() -> (Vec<Bar>, Adjustment) {
        let bars = bars("2024-01-02", &[40.0, 41.0, 10.5, 10.4, 10.6]);
        let actions: ActionSet = [split("2024-01-04", 4.0, 1.0), dividend("2024-01-05", 0.1)]
            .into_iter()
            .collect();
        let adjustment = adjust(&bars, None, &actions);
        (bars, adjustment)
    }

    fn rule(bars: &[Bar], adjustment: &Adjustment) -> &'static str {
        check(InstrumentKind::Share, bars, adjustment)
            .map_or_else(|broken| broken.rule, |()| "none")
    }

    #[test]
    fn each_broken_rule_is_named() {
        let (good, adjustment) = example();
        assert_eq!(rule(&good, &adjustment), "none");

        let mut bars = good.clone();
        bars.swap(1, 2);
        assert_eq!(rule(&bars, &adjustment), "sessions_ascend");

        let mut bars = good.clone();
        bars[3].low = bars[0].high;
        assert_eq!(rule(&bars, &adjustment), "high_not_below_low");

        let mut wrong = adjustment.clone();
        wrong.adjusted_close[4] = 10.6_f64.next_up();
        assert_eq!(rule(&good, &wrong), "last_close_unadjusted");

        let mut wrong = adjustment;
        wrong.split_factor[1] = 1.0;
        let broken = check(InstrumentKind::Share, &good, &wrong).unwrap_err();
        assert_eq!(broken.rule, "split_factor_steps_at_splits");
        assert_eq!(broken.date, jiff::civil::date(2024, 1, 3));
    }
}
