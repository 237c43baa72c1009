use serde::{Deserialize, Serialize};

use super::Date;
use super::unit::minor_unit;

/// How cash in another currency than the prices became cash in theirs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversion {
    /// Currency of the amount, as the vendor spells it.
    pub currency: String,
    /// Quoted unit of the prices.
    pub into: String,
    /// Quoted units for one unit of the currency; finite and above zero.
    pub rate: f64,
    /// The session whose closes the rate is made of.
    pub date: Date,
    /// Whose closes, and which: `lake GBPUSD=X 1.2732`.
    pub source: String,
}

/// Units of `into` for one of `from`, at `rate` units of its currency for one of `from`'s. Pence and pounds are one
/// currency in different units: that is a factor and no rate.
pub fn in_units(from: &str, into: &str, rate: f64) -> f64 {
    let scale = |unit: &str| minor_unit(unit).map_or(1.0, |minor| minor.scale);
    let (of, to) = (scale(from), scale(into));
    if of == to { rate } else { rate * of / to }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_dollar_at_80_pence_is_80_pence_and_not_0_8() {
        assert_eq!(in_units("USD", "GBP", 0.8), 0.8);
        assert_eq!(in_units("USD", "GBp", 0.8), 80.0);
        assert_eq!(in_units("GBp", "USD", 1.25), 0.0125);
        assert_eq!(in_units("ZAc", "GBp", 0.04), 0.04);
        assert_eq!(in_units("USD", "KWF", 0.3), 300.0);
        assert_eq!(in_units("ILA", "USD", 0.25), 0.0025);
    }

    proptest! {
        #[test]
        fn there_and_back_is_where_it_began(
            rate in 1e-4..1e4,
            from in prop::sample::select(vec!["USD", "GBP", "GBp", "ILA", "ZAc", "KWF"]),
            into in prop::sample::select(vec!["EUR", "HKD", "GBp", "ILA", "ZAc", "KWF"]),
        ) {
            let both = in_units(from, into, rate) * in_units(into, from, 1.0 / rate);
            prop_assert!((both - 1.0).abs() < 1e-12, "{both}");
        }
    }
}
