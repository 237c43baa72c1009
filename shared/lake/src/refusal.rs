//! Rows that may not be stored, and by which rule. Pure.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::same_bar::AGREE;
use quantx_market::{
    Bar, BarFault, Date, InstrumentKind, Price, TradingDate, UndecidedBasis, known_prices,
};
use quantx_quality::Rule;

/// By which rule a row is refused, or a cash event is not applied as sent.
///
/// Its name stands in quarantine files, commit records and decisions and never changes. A name that
/// this version does not know (of an older or newer one) is read and written as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum RefusalRule {
    /// What is wrong with the row itself or with its place in the history.
    Quality(Rule),
    /// The fetch it came with is on another basis than the stored rows.
    Rebased,
    /// The fetch it came with has no session in common with the stored rows.
    NoOverlap,
    /// The fetch it came with contradicts too many stored rows.
    Disagrees,
    /// Other prices for a stored session, which no fetch of another day has confirmed.
    CorrectionUnconfirmed,
    /// Prices so far from those stored that no number of fetches confirms them.
    CorrectionTooLarge,
    /// Other prices than those that a person released.
    CorrectionOfReleased,
    /// Another volume than the one that a person released.
    CorrectionOfReleasedVolume,
    /// A dividend or capital gain that one vendor alone has, where two others would tell of it.
    OnlyOneVendor,
    /// A row without a volume: older versions refused it, today the volume is unknown.
    MissingVolume,
    /// A rule of another version.
    Unknown(String),
}

impl RefusalRule {
    const NAMED: [Self; 9] = [
        Self::Rebased,
        Self::NoOverlap,
        Self::Disagrees,
        Self::CorrectionUnconfirmed,
        Self::CorrectionTooLarge,
        Self::CorrectionOfReleased,
        Self::CorrectionOfReleasedVolume,
        Self::OnlyOneVendor,
        Self::MissingVolume,
    ];

    /// Stable name, as stored and printed.
    pub fn name(&self) -> &str {
        match self {
            Self::Quality(rule) => rule.name(),
            Self::Rebased => "rebased",
            Self::NoOverlap => "no_overlap",
            Self::Disagrees => "disagrees",
            Self::CorrectionUnconfirmed => "correction_unconfirmed",
            Self::CorrectionTooLarge => "correction_too_large",
            Self::CorrectionOfReleased => "correction_of_released",
            Self::CorrectionOfReleasedVolume => "correction_of_released_volume",
            Self::OnlyOneVendor => "only_one_vendor",
            Self::MissingVolume => "missing_volume",
            Self::Unknown(name) => name,
        }
    }

    /// The rule of a stored name.
    pub fn from_name(name: &str) -> Self {
        let named = Self::NAMED.into_iter().find(|rule| rule.name() == name);
        named
            .or_else(|| Rule::from_name(name).map(Self::Quality))
            .unwrap_or_else(|| Self::Unknown(name.to_owned()))
    }

    /// Whether the volume is in question: then two rows are the same only if their volumes are.
    pub fn is_about_volume(&self) -> bool {
        match self {
            Self::Quality(rule) => matches!(rule, Rule::ImpossibleVolume | Rule::VolumeSpike),
            Self::CorrectionOfReleasedVolume | Self::MissingVolume => true,
            Self::Rebased
            | Self::NoOverlap
            | Self::Disagrees
            | Self::CorrectionUnconfirmed
            | Self::CorrectionTooLarge
            | Self::CorrectionOfReleased
            | Self::OnlyOneVendor
            | Self::Unknown(_) => false,
        }
    }

    /// Whether the row contradicts a stored one, which a decision would change.
    pub fn is_correction(&self) -> bool {
        matches!(
            self,
            Self::CorrectionUnconfirmed
                | Self::CorrectionTooLarge
                | Self::CorrectionOfReleased
                | Self::CorrectionOfReleasedVolume
        )
    }

    /// Whether the row was put aside because its whole fetch was held back, whatever the row is.
    pub fn is_held_fetch(&self) -> bool {
        matches!(self, Self::Rebased | Self::NoOverlap | Self::Disagrees)
    }
}

impl fmt::Display for RefusalRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<String> for RefusalRule {
    fn from(name: String) -> Self {
        Self::from_name(&name)
    }
}

impl From<RefusalRule> for String {
    fn from(rule: RefusalRule) -> Self {
        rule.name().to_owned()
    }
}

impl From<Rule> for RefusalRule {
    fn from(rule: Rule) -> Self {
        Self::Quality(rule)
    }
}

impl From<&BarFault> for RefusalRule {
    fn from(fault: &BarFault) -> Self {
        Self::Quality(match fault {
            BarFault::MissingPrice { .. } => Rule::MissingPrice,
            BarFault::ImpossiblePrice { .. } => Rule::ImpossiblePrice,
            BarFault::HighBelowLow { .. } => Rule::HighBelowLow,
            BarFault::OutsideRange { .. } => Rule::OutsideRange,
            BarFault::ImpossibleVolume { .. } => Rule::ImpossibleVolume,
        })
    }
}

impl From<UndecidedBasis> for RefusalRule {
    fn from(basis: UndecidedBasis) -> Self {
        Self::Quality(match basis {
            UndecidedBasis::Split => Rule::SplitUndecided,
            UndecidedBasis::Unit => Rule::UnitJump,
        })
    }
}

/// A row that was not stored, and why. Goes to quarantine, in as-traded terms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RefusedRow {
    /// The session.
    pub date: Date,
    /// The rule that was broken.
    pub rule: RefusalRule,
    /// What is wrong, for people.
    pub reason: String,
    /// Open, high, low, close as the vendor had them, split adjustment undone.
    pub prices: [Option<f64>; 4],
    /// Volume, split adjustment undone.
    pub volume: Option<f64>,
    /// What other vendors said of the session in the same run, as traded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<OtherWord>,
}

/// Another vendor's row of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OtherWord {
    /// Whose.
    pub vendor: String,
    /// Open, high, low, close as traded.
    pub prices: [Option<f64>; 4],
    /// Volume.
    pub volume: Option<f64>,
}

impl RefusedRow {
    /// Describes a well-formed bar that may not be stored for another reason.
    pub fn of_bar(bar: &Bar, rule: impl Into<RefusalRule>, reason: String) -> Self {
        Self {
            date: bar.date.date(),
            rule: rule.into(),
            reason,
            prices: bar.prices().map(|price| price.map(Price::get)),
            volume: bar.volume.map(|volume| volume as f64),
            others: Vec::new(),
        }
    }

    /// Whether both are the same statement of the vendor: same session, prices that are one price,
    /// and the same volume where a rule about volumes refused one of them. A restated volume alone
    /// makes no other row, and neither does the rule.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let volume_counts = self.rule.is_about_volume() || other.rule.is_about_volume();
        self.date == other.date
            && self.agrees_in_prices(other.prices)
            && (!volume_counts || self.volume == other.volume)
    }

    /// Whether `bar`, which no rule has looked at yet, is this row.
    pub(crate) fn is_row_of(&self, bar: &Bar) -> bool {
        let volume = bar.volume.map(|volume| volume as f64);
        self.date == bar.date.date()
            && self.agrees_in_prices(bar.prices().map(|price| price.map(Price::get)))
            && (!self.rule.is_about_volume() || self.volume == volume)
    }

    pub(crate) fn agrees_in_prices(&self, prices: [Option<f64>; 4]) -> bool {
        let alike = |(one, other): (Option<f64>, Option<f64>)| match (one, other) {
            (Some(one), Some(other)) => one == other || ((one - other) / other).abs() <= AGREE,
            (one, other) => one == other,
        };
        self.prices.into_iter().zip(prices).all(alike)
    }

    /// The row as a bar of `session`, of a listing of `kind`. How far open and close are outside low..high is not asked: that
    /// is for a person to say.
    ///
    /// # Errors
    /// [`BarFault`]: what no row of the lake may be.
    pub fn bar(&self, kind: InstrumentKind, session: TradingDate) -> Result<Bar, BarFault> {
        Bar::of(kind, session, known_prices(self.prices), self.volume)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_stored_by_its_name_and_read_back_whoever_wrote_it() {
        let rules = RefusalRule::NAMED
            .into_iter()
            .chain(Rule::ALL.map(RefusalRule::Quality));
        for rule in rules {
            assert!(!matches!(
                RefusalRule::from_name(rule.name()),
                RefusalRule::Unknown(_)
            ));
            assert_eq!(RefusalRule::from_name(rule.name()), rule);
            let written = serde_json::to_string(&rule).unwrap();
            assert_eq!(written, format!("\"{rule}\""));
            assert_eq!(serde_json::from_str::<RefusalRule>(&written).unwrap(), rule);
        }
        let unknown: RefusalRule = serde_json::from_str("\"rule_of_tomorrow\"").unwrap();
        assert_eq!(unknown, RefusalRule::Unknown("rule_of_tomorrow".to_owned()));
        assert_eq!(
            serde_json::to_string(&unknown).unwrap(),
            "\"rule_of_tomorrow\""
        );
    }

    #[test]
    fn the_names_that_decided_before_rules_were_an_enum_still_decide() {
        let rules = RefusalRule::NAMED
            .into_iter()
            .chain(Rule::ALL.map(RefusalRule::Quality));
        for rule in rules {
            assert_eq!(
                rule.is_about_volume(),
                rule.name().contains("volume"),
                "{rule}"
            );
            assert_eq!(
                rule.is_correction(),
                rule.name().starts_with("correction"),
                "{rule}"
            );
        }
    }
}
