use std::fmt;

use serde::{Deserialize, Serialize};

/// What can be wrong with a daily row or a corporate action.
///
/// Names are stable: they stand in reports, in quarantine and in the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rule {
    /// The close is missing although other prices of the row are there. A row without any price is a
    /// hole and no fault, and open, high or low may be unknown.
    MissingPrice,
    /// A price is zero, negative or not finite, above any that was ever quoted, or a million times off
    /// the rows around it. Source: one 1e308 among 5.4s, which no correction
    /// of at most 10 % could have undone.
    ImpossiblePrice,
    /// High is below low.
    HighBelowLow,
    /// Open or close lies farther outside low..high than an auction's price does. Source: docs/data-model.md, Quality
    /// (London's auctions lie up to about 1 % outside); sp500_5yr, LNT 2016-05-19 with half
    /// the close.
    OutsideRange,
    /// A volume that is no count of shares.
    ImpossibleVolume,
    /// Rows, or single prices of a row, 100 or 1000 times off the level of their history: pence
    /// for pounds. No listing moves like that in one session. Source: yfinance #2538, #1937.
    UnitJump,
    /// A move without an event that returns at once or has no volume: a mistyped close, a spin-off
    /// missing from the events, perhaps another listing's row. Real news is traded. Source: sp500_5yr
    /// 2017-09-14, where a dozen listings jump away and back on ordinary volume.
    PriceJump,
    /// The same four prices, with a range between them, session after session while shares trade:
    /// the vendor repeats an old row. Source: sp500_5yr 2014-07-18, 2014-08-04, 2017-08-02.
    StaleRepeat,
    /// A volume far beyond everything near it. Source: yfinance's volume z-score.
    VolumeSpike,
    /// Prices jump at a split's ex-date: it is not in the prices, or has another ratio.
    /// Source: yfinance's bad-stock-split tests.
    SplitRatioDisagrees,
    /// Rows near a split that are off by its ratio: adjusted too often or not at all.
    /// Source: yfinance's bad-stock-split tests (CNE.L, LA.V, SPM.MI).
    SplitBasis,
    /// A split is listed and not in all rows as it should be; the basis of each row could be decided.
    /// Source: yfinance #2002, #1531.
    SplitNotApplied,
    /// Whether a split is in the rows before it cannot be decided. Source: yfinance #1567.
    SplitUndecided,
    /// Cash of more than half the price. It happens (CNE.L 2023-05-16, a return of capital), but a
    /// wrong unit or a wrong event is likelier. Source: yfinance's bad-div tests.
    DividendTooLarge,
    /// A dividend 100 times too large or too small: pence for pounds, in the event or in the
    /// vendor's own adjustment. Source: yfinance's bad-div tests (ABDP.L, NVT.L, TEM.L).
    DividendUnit,
    /// A large dividend that the price did not follow: it was not paid, or not then.
    DividendNotSeen,
    /// The vendor's adjusted close does not step by the dividend: missing, repeated or wrong
    /// adjustment, or a wrong amount. Source: yfinance's tests (1398.HK, 8TRA.DE, 4063.T).
    DividendAdjustmentDisagrees,
    /// The vendor's adjusted close steps where no event is: one is missing from the list.
    AdjustmentWithoutEvent,
    /// Two dividends of about the same amount on near dates. Source: yfinance's phantom dividends
    /// (KAP.IL).
    DuplicateDividend,
    /// A fund's dividend already contains the capital gain of the same date, so that both
    /// together count it twice. Source: yfinance's cg-double-count tests (DODFX, VWILX).
    CapitalGainInDividend,
    /// The price shows a dividend on the session after its ex-date. Source: SCR.TO 2023-03-14.
    DividendDate,
    /// A dividend in another currency than the prices. Source: yfinance #2271, #2549 (HSBA.L).
    DividendCurrency,
    /// The vendor changed the terms of a known event.
    EventRevised,
    /// The vendor no longer has a known event.
    EventVanished,
}

impl Rule {
    /// Whether only what is split or pays something can break it.
    pub fn is_about_actions(self) -> bool {
        match self {
            Self::MissingPrice
            | Self::ImpossiblePrice
            | Self::HighBelowLow
            | Self::OutsideRange
            | Self::ImpossibleVolume
            | Self::UnitJump
            | Self::PriceJump
            | Self::StaleRepeat
            | Self::VolumeSpike => false,
            Self::SplitRatioDisagrees
            | Self::SplitBasis
            | Self::SplitNotApplied
            | Self::SplitUndecided
            | Self::DividendTooLarge
            | Self::DividendUnit
            | Self::DividendNotSeen
            | Self::DividendAdjustmentDisagrees
            | Self::AdjustmentWithoutEvent
            | Self::DuplicateDividend
            | Self::CapitalGainInDividend
            | Self::DividendDate
            | Self::DividendCurrency
            | Self::EventRevised
            | Self::EventVanished => true,
        }
    }

    /// Every rule, in the order of the flags of one date.
    pub const ALL: [Self; 24] = [
        Self::MissingPrice,
        Self::ImpossiblePrice,
        Self::HighBelowLow,
        Self::OutsideRange,
        Self::ImpossibleVolume,
        Self::UnitJump,
        Self::PriceJump,
        Self::StaleRepeat,
        Self::VolumeSpike,
        Self::SplitRatioDisagrees,
        Self::SplitBasis,
        Self::SplitNotApplied,
        Self::SplitUndecided,
        Self::DividendTooLarge,
        Self::DividendUnit,
        Self::DividendNotSeen,
        Self::DividendAdjustmentDisagrees,
        Self::AdjustmentWithoutEvent,
        Self::DuplicateDividend,
        Self::CapitalGainInDividend,
        Self::DividendDate,
        Self::DividendCurrency,
        Self::EventRevised,
        Self::EventVanished,
    ];

    /// Stable name, as in reports and settings. The first five are those of
    /// [`BarFault::rule`](quantx_market::BarFault::rule).
    pub fn name(self) -> &'static str {
        match self {
            Self::MissingPrice => "missing_price",
            Self::ImpossiblePrice => "impossible_price",
            Self::HighBelowLow => "high_below_low",
            Self::OutsideRange => "outside_range",
            Self::ImpossibleVolume => "impossible_volume",
            Self::UnitJump => "unit_jump",
            Self::PriceJump => "price_jump",
            Self::StaleRepeat => "stale_repeat",
            Self::VolumeSpike => "volume_spike",
            Self::SplitRatioDisagrees => "split_ratio_disagrees",
            Self::SplitBasis => "split_basis",
            Self::SplitNotApplied => "split_not_applied",
            Self::SplitUndecided => "split_undecided",
            Self::DividendTooLarge => "dividend_too_large",
            Self::DividendUnit => "dividend_unit",
            Self::DividendNotSeen => "dividend_not_seen",
            Self::DividendAdjustmentDisagrees => "dividend_adjustment_disagrees",
            Self::AdjustmentWithoutEvent => "adjustment_without_event",
            Self::DuplicateDividend => "duplicate_dividend",
            Self::CapitalGainInDividend => "capital_gain_in_dividend",
            Self::DividendDate => "dividend_date",
            Self::DividendCurrency => "dividend_currency",
            Self::EventRevised => "event_revised",
            Self::EventVanished => "event_vanished",
        }
    }

    /// The rule of a stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// Whether the settings decide what follows. The rows of the other rules are no bars.
    pub fn is_a_choice(self) -> bool {
        self > Self::ImpossibleVolume
    }

    /// What follows unless the settings say otherwise.
    ///
    /// Rows that cannot be bars or stand on another level than their history are refused. What
    /// also happens in truth (a crash on thin volume, a return of capital) is only suspect.
    pub fn default_severity(self) -> Severity {
        match self {
            Self::MissingPrice
            | Self::ImpossiblePrice
            | Self::HighBelowLow
            | Self::OutsideRange
            | Self::ImpossibleVolume
            | Self::UnitJump
            | Self::SplitBasis
            | Self::SplitUndecided => Severity::Refuse,
            _ => Severity::Suspect,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a broken rule means for the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The row is stored and reported.
    Suspect,
    /// The row goes to quarantine and is not stored.
    Refuse,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Suspect => "suspect",
            Self::Refuse => "refuse",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_found_by_the_name_it_has_in_reports() {
        for (index, rule) in Rule::ALL.into_iter().enumerate() {
            assert_eq!(rule as usize, index, "{rule}");
            assert_eq!(Rule::from_name(rule.name()), Some(rule));
            let written = serde_json::to_string(&rule).unwrap();
            assert_eq!(written, format!("\"{rule}\""));
        }
        assert_eq!(Rule::from_name("Unit_Jump"), None);
    }
}
