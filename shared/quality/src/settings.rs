use super::rule::{Rule, Severity};
use quantx_market::InstrumentKind;

/// How strict each rule is. Flat: a rule has a severity or is off, and some have thresholds.
///
/// In `settings.yaml` this is `rule name -> {severity, threshold name: number}`.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleSettings {
    severities: [Option<Severity>; Rule::ALL.len()],
    thresholds: [f64; Threshold::ALL.len()],
}

impl Default for RuleSettings {
    fn default() -> Self {
        Self {
            severities: Rule::ALL.map(|rule| Some(rule.default_severity())),
            thresholds: Threshold::ALL.map(|threshold| threshold.bounds().1),
        }
    }
}

impl RuleSettings {
    /// What follows when `rule` is broken; `None` when the rule is off.
    pub fn severity(&self, rule: Rule) -> Option<Severity> {
        self.severities.get(rule as usize).copied().flatten()
    }

    /// Sets a rule's severity; `None` turns it off. A row that is no bar at all is never stored,
    /// whatever the severity of its rule is.
    pub fn set_severity(&mut self, rule: Rule, severity: Option<Severity>) {
        if let Some(slot) = self.severities.get_mut(rule as usize) {
            *slot = severity;
        }
    }

    /// The value of a threshold.
    pub fn get(&self, threshold: Threshold) -> f64 {
        let value = self.thresholds.get(threshold as usize).copied();
        value.unwrap_or(threshold.bounds().1)
    }

    /// The rules for a listing of `kind`. What is no share breaks no rule about shares: nothing that nobody can split or
    /// that pays nothing has an event, and volumes of indices, currencies and funds say nothing.
    #[must_use]
    pub fn for_kind(&self, kind: InstrumentKind) -> Self {
        let mut rules = self.clone();
        if kind != InstrumentKind::Share {
            rules.set_severity(Rule::VolumeSpike, None);
        }
        if !kind.has_actions() {
            for rule in Rule::ALL.into_iter().filter(|rule| rule.is_about_actions()) {
                rules.set_severity(rule, None);
            }
        }
        // A token may lose all but a hundredth in a day, as LUNA did on 2022-05-12.
        if matches!(kind, InstrumentKind::Crypto | InstrumentKind::Future) {
            rules.set_severity(Rule::UnitJump, None);
        }
        // One contract follows on another, and prices near zero have no ratio to speak of.
        if kind == InstrumentKind::Future {
            rules.set_severity(Rule::PriceJump, None);
            if let Some(times) = rules
                .thresholds
                .get_mut(Threshold::ImpossibleTimes as usize)
            {
                *times = f64::INFINITY;
            }
        }
        rules
    }

    /// How far open and close may lie outside low..high, as a share of it.
    pub fn range_tolerance(&self) -> f64 {
        self.get(Threshold::RangeTolerance)
    }

    /// Sets the threshold that `rule` calls `name`.
    ///
    /// # Errors
    /// [`ThresholdError`] when the rule has no such threshold or the value is not possible.
    pub fn set(&mut self, rule: Rule, name: &str, value: f64) -> Result<(), ThresholdError> {
        let known = |threshold: &Threshold| threshold.rule() == rule && threshold.name() == name;
        let Some(threshold) = Threshold::ALL.into_iter().find(known) else {
            let names: Vec<_> = Threshold::of(rule).map(Threshold::name).collect();
            return Err(ThresholdError::Unknown {
                rule,
                read: name.to_owned(),
                known: names.join(", "),
            });
        };
        let (least, _, most) = threshold.bounds();
        if !(least..=most).contains(&value) {
            return Err(ThresholdError::OutOfBounds {
                rule,
                name: threshold.name(),
                read: value,
                least,
                most,
            });
        }
        if let Some(slot) = self.thresholds.get_mut(threshold as usize) {
            *slot = value;
        }
        Ok(())
    }
}

/// Why a threshold cannot be set.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ThresholdError {
    /// The rule has no threshold of that name.
    #[error("rule {rule} has no threshold {read:?}; it has: {known}")]
    Unknown {
        rule: Rule,
        read: String,
        known: String,
    },
    /// Not a value that makes sense.
    #[error("{rule}.{name} is {read}; allowed is {least} to {most}")]
    OutOfBounds {
        rule: Rule,
        name: &'static str,
        read: f64,
        least: f64,
        most: f64,
    },
}

/// The numbers of the rules. Moves are logarithms of price ratios (0.69 doubles); `deviations` are
/// multiples of the listing's own daily deviation, taken robustly from the sixty sessions around.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Threshold {
    /// How far open and close may lie outside low..high, as a share of it.
    RangeTolerance,
    /// How far from 100 or 1000 a step may be, as a factor.
    UnitTolerance,
    /// Smallest move that counts when the price returns.
    JumpSpike,
    /// The same in deviations.
    JumpSpikeDeviations,
    /// Sessions after which the price must have returned.
    JumpSpikeRows,
    /// Smallest move that counts when the price stays.
    JumpStep,
    /// The same in deviations.
    JumpStepDeviations,
    /// A volume of this many times the usual one confirms a move.
    JumpVolume,
    /// Equal rows in a run that make it a repeat. 2 finds each copied row, and whole markets of
    /// them on a vendor's bad day.
    StaleRows,
    /// Times the usual volume.
    SpikeMedian,
    /// Times the largest other volume near it.
    SpikeLargest,
    /// Deviations of the logarithm of the volumes near it.
    SpikeDeviations,
    /// Smallest move at an ex-date that disagrees with the split.
    SplitStep,
    /// The same in deviations.
    SplitDeviations,
    /// Smallest ratio, as a logarithm, whose absence can be seen among daily moves.
    SplitSmallest,
    /// Sessions around the ex-date in which rows may be on the wrong side of the split.
    SplitRows,
    /// Share of the price.
    DividendShare,
    /// Probability from which a reading of a dividend is proven, and one as sent refuted at its rest.
    UnitProof,
    /// Smallest share of the price that must be seen on the ex-date.
    NotSeenShare,
    /// The same in deviations.
    NotSeenDeviations,
    /// Largest difference of the vendor's step from the dividend's, as a share of the price.
    DisagreesTolerance,
    /// Smallest step that is none of the vendor's roundings.
    WithoutEventStep,
    /// Calendar days between two dividends that may be one.
    DuplicateDays,
    /// Relative difference of two amounts that may be one.
    DuplicateDifference,
    /// Times the price around it, or a part of it, that no price can be.
    ImpossibleTimes,
    /// A price above this was never quoted.
    ImpossibleAbove,
}

impl Threshold {
    /// Every threshold.
    pub const ALL: [Self; 26] = [
        Self::RangeTolerance,
        Self::UnitTolerance,
        Self::JumpSpike,
        Self::JumpSpikeDeviations,
        Self::JumpSpikeRows,
        Self::JumpStep,
        Self::JumpStepDeviations,
        Self::JumpVolume,
        Self::StaleRows,
        Self::SpikeMedian,
        Self::SpikeLargest,
        Self::SpikeDeviations,
        Self::SplitStep,
        Self::SplitDeviations,
        Self::SplitSmallest,
        Self::SplitRows,
        Self::DividendShare,
        Self::UnitProof,
        Self::NotSeenShare,
        Self::NotSeenDeviations,
        Self::DisagreesTolerance,
        Self::WithoutEventStep,
        Self::DuplicateDays,
        Self::DuplicateDifference,
        Self::ImpossibleTimes,
        Self::ImpossibleAbove,
    ];

    /// The thresholds of one rule.
    pub fn of(rule: Rule) -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(move |threshold| threshold.rule() == rule)
    }

    /// The rule it belongs to.
    pub fn rule(self) -> Rule {
        match self {
            Self::RangeTolerance => Rule::OutsideRange,
            Self::UnitTolerance => Rule::UnitJump,
            Self::JumpSpike
            | Self::JumpSpikeDeviations
            | Self::JumpSpikeRows
            | Self::JumpStep
            | Self::JumpStepDeviations
            | Self::JumpVolume => Rule::PriceJump,
            Self::StaleRows => Rule::StaleRepeat,
            Self::SpikeMedian | Self::SpikeLargest | Self::SpikeDeviations => Rule::VolumeSpike,
            Self::SplitStep | Self::SplitDeviations => Rule::SplitRatioDisagrees,
            Self::SplitSmallest | Self::SplitRows => Rule::SplitBasis,
            Self::DividendShare => Rule::DividendTooLarge,
            Self::UnitProof => Rule::DividendUnit,
            Self::NotSeenShare | Self::NotSeenDeviations => Rule::DividendNotSeen,
            Self::DisagreesTolerance => Rule::DividendAdjustmentDisagrees,
            Self::WithoutEventStep => Rule::AdjustmentWithoutEvent,
            Self::DuplicateDays | Self::DuplicateDifference => Rule::DuplicateDividend,
            Self::ImpossibleTimes | Self::ImpossibleAbove => Rule::ImpossiblePrice,
        }
    }

    /// Its name below the rule's.
    pub fn name(self) -> &'static str {
        match self {
            Self::RangeTolerance | Self::UnitTolerance => "tolerance",
            Self::JumpSpike => "spike",
            Self::JumpSpikeDeviations => "spike_deviations",
            Self::JumpSpikeRows => "spike_rows",
            Self::JumpStep | Self::SplitStep | Self::WithoutEventStep => "step",
            Self::JumpStepDeviations => "step_deviations",
            Self::JumpVolume => "confirming_volume",
            Self::StaleRows | Self::SplitRows => "rows",
            Self::SpikeMedian => "times_median",
            Self::SpikeLargest => "times_largest",
            Self::SpikeDeviations | Self::SplitDeviations | Self::NotSeenDeviations => "deviations",
            Self::SplitSmallest => "smallest",
            Self::DividendShare | Self::NotSeenShare => "share",
            Self::DisagreesTolerance => "tolerance",
            Self::UnitProof => "proof",
            Self::DuplicateDays => "days",
            Self::DuplicateDifference => "difference",
            Self::ImpossibleTimes => "times",
            Self::ImpossibleAbove => "above",
        }
    }

    /// Least, default and largest value.
    pub fn bounds(self) -> (f64, f64, f64) {
        match self {
            Self::RangeTolerance => (0.0, 0.03, 0.5),
            Self::UnitTolerance => (1.1, 1.6, 3.0),
            Self::JumpSpike => (0.02, 0.08, 10.0),
            Self::JumpSpikeDeviations => (3.0, 7.0, 100.0),
            Self::JumpSpikeRows => (1.0, 2.0, 10.0),
            Self::JumpStep => (0.05, 0.35, 10.0),
            Self::JumpStepDeviations => (3.0, 10.0, 100.0),
            Self::JumpVolume => (1.0, 3.0, 1000.0),
            Self::StaleRows => (2.0, 3.0, 1000.0),
            Self::SpikeMedian => (10.0, 100.0, 1e6),
            Self::SpikeLargest => (1.0, 20.0, 1e6),
            Self::SpikeDeviations => (1.0, 8.0, 100.0),
            Self::SplitStep => (0.05, 0.2, 10.0),
            Self::SplitDeviations => (3.0, 7.0, 100.0),
            Self::SplitSmallest => (0.05, 0.25, 10.0),
            Self::SplitRows => (0.0, 10.0, 100.0),
            Self::DividendShare => (0.01, 0.5, 10.0),
            Self::UnitProof => (0.5, 0.8, 0.999),
            Self::NotSeenShare => (0.01, 0.05, 10.0),
            Self::NotSeenDeviations => (1.0, 5.0, 100.0),
            Self::DisagreesTolerance => (5e-5, 3e-4, 0.1),
            Self::WithoutEventStep => (5e-5, 5e-4, 0.1),
            Self::DuplicateDays => (1.0, 10.0, 60.0),
            Self::DuplicateDifference => (0.0, 0.1, 0.5),
            Self::ImpossibleTimes => (1e4, 1e6, 1e12),
            Self::ImpossibleAbove => (1e6, 1e9, 1e15),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_set_by_the_names_of_the_settings_file() {
        let mut settings = RuleSettings::default();
        for (index, threshold) in Threshold::ALL.into_iter().enumerate() {
            assert_eq!(threshold as usize, index);
            let (least, default, most) = threshold.bounds();
            assert!(least <= default && default <= most, "{threshold:?}");
            let set = settings.set(threshold.rule(), threshold.name(), most);
            assert_eq!(set, Ok(()), "{threshold:?}");
            assert_eq!(settings.get(threshold), most);
            let same = Threshold::of(threshold.rule()).filter(|t| t.name() == threshold.name());
            assert_eq!(same.count(), 1, "{threshold:?} shares its name");
        }
    }

    #[test]
    fn what_is_no_share_breaks_no_rule_about_shares() {
        let all = RuleSettings::default();
        let of = |kind| all.for_kind(kind);
        assert_eq!(of(InstrumentKind::Share), all);
        for kind in InstrumentKind::BESIDE_SHARES {
            let rules = of(kind);
            assert_eq!(rules.severity(Rule::VolumeSpike), None, "{kind}");
            for rule in Rule::ALL.into_iter().filter(|rule| rule.is_about_actions()) {
                assert_eq!(
                    rules.severity(rule).is_some(),
                    kind.has_actions(),
                    "{kind} {rule}"
                );
            }
            // No row is a bar with its high below its low, whatever it is of.
            assert!(rules.severity(Rule::HighBelowLow).is_some(), "{kind}");
        }
        assert!(of(InstrumentKind::Index).severity(Rule::UnitJump).is_some());
        let future = of(InstrumentKind::Future);
        assert_eq!(future.severity(Rule::PriceJump), None);
        assert!(future.severity(Rule::ImpossiblePrice).is_some());
    }

    #[test]
    fn what_is_no_threshold_is_refused_by_name() {
        let mut settings = RuleSettings::default();
        let unknown = settings
            .set(Rule::StaleRepeat, "sessions", 3.0)
            .unwrap_err();
        let text = unknown.to_string();
        assert_eq!(
            text,
            "rule stale_repeat has no threshold \"sessions\"; it has: rows"
        );
        for value in [1.0, f64::NAN, f64::INFINITY] {
            let set = settings.set(Rule::StaleRepeat, "rows", value);
            assert!(
                matches!(set, Err(ThresholdError::OutOfBounds { .. })),
                "{value}"
            );
        }
        assert_eq!(settings, RuleSettings::default());
    }
}
