/// A quoted unit that is a part of a currency, as a vendor spells it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MinorUnit {
    /// The vendor's spelling: `GBp`, `GBX`.
    pub spelling: &'static str,
    /// ISO 4217 code of the currency: `GBP`.
    pub currency: &'static str,
    /// One unit in units of the currency: 0.01 for a penny.
    pub scale: f64,
}

/// Units that vendors quote in. Source: yfinance, history.py; GBX and ZAC are the London and Johannesburg exchanges'
/// own spellings.
const MINOR_UNITS: [MinorUnit; 6] = [
    minor("GBp", "GBP", 0.01),
    minor("GBX", "GBP", 0.01),
    minor("ZAc", "ZAR", 0.01),
    minor("ZAC", "ZAR", 0.01),
    minor("ILA", "ILS", 0.01),
    minor("KWF", "KWD", 0.001),
];

const fn minor(spelling: &'static str, currency: &'static str, scale: f64) -> MinorUnit {
    MinorUnit {
        spelling,
        currency,
        scale,
    }
}

/// The minor unit of a vendor's spelling; `None` for a currency. Case counts: `GBP` are pounds, `GBp` pence.
pub fn minor_unit(spelling: &str) -> Option<&'static MinorUnit> {
    MINOR_UNITS.iter().find(|unit| unit.spelling == spelling)
}

/// The currency of a quoted unit: `GBP` of `GBp`, `USD` of `USD`.
pub fn currency_of(unit: &str) -> &str {
    minor_unit(unit).map_or(unit, |minor| minor.currency)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_penny_is_a_part_of_a_pound_and_a_pound_is_whole() {
        for (unit, currency, scale) in [
            ("GBp", "GBP", Some(0.01)),
            ("GBX", "GBP", Some(0.01)),
            ("GBP", "GBP", None),
            ("ZAc", "ZAR", Some(0.01)),
            ("ZAC", "ZAR", Some(0.01)),
            ("ILA", "ILS", Some(0.01)),
            ("KWF", "KWD", Some(0.001)),
            ("USD", "USD", None),
            ("", "", None),
        ] {
            assert_eq!(currency_of(unit), currency, "{unit}");
            assert_eq!(minor_unit(unit).map(|minor| minor.scale), scale, "{unit}");
        }
    }
}
