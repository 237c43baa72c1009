//! Which pairs of currencies a rate can be made of. Pure.

/// One close that a rate is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leg {
    /// The pair, as `USDHKD=X`.
    pub(super) symbol: String,
    /// Whether the pair is the other way round.
    pub(super) is_inverted: bool,
}

/// What most currencies are quoted against.
const DOLLAR: &str = "USD";

/// The ways to a rate of units of `into` for one of `from`, the shortest first: the pair, its inverse, and over the
/// dollar. Both are currencies, no parts of them.
pub(super) fn ways(from: &str, into: &str) -> Vec<Vec<Leg>> {
    let mut ways: Vec<Vec<Leg>> = pairs(from, into).into_iter().map(|leg| vec![leg]).collect();
    if from != DOLLAR && into != DOLLAR {
        for first in pairs(from, DOLLAR) {
            let second = pairs(DOLLAR, into).into_iter();
            ways.extend(second.map(|second| vec![first.clone(), second]));
        }
    }
    ways
}

fn pairs(from: &str, into: &str) -> Vec<Leg> {
    let leg = |symbol: String, is_inverted| Leg {
        symbol,
        is_inverted,
    };
    let mut pairs = vec![
        leg(format!("{from}{into}=X"), false),
        leg(format!("{into}{from}=X"), true),
    ];
    // Vendors of Yahoo's family leave the dollar out where it is the base: JPY=X.
    if from == DOLLAR {
        pairs.push(leg(format!("{into}=X"), false));
    }
    if into == DOLLAR {
        pairs.push(leg(format!("{from}=X"), true));
    }
    pairs
}

/// The rate of a way, and the closes that it is made of; `None` where one of them is not known.
pub(super) fn rate(way: &[Leg], close: impl Fn(&str) -> Option<f64>) -> Option<(f64, String)> {
    let mut rate = 1.0;
    let mut closes = Vec::with_capacity(way.len());
    for leg in way {
        let close = close(&leg.symbol).filter(|close| close.is_finite() && *close > 0.0)?;
        rate = if leg.is_inverted {
            rate / close
        } else {
            rate * close
        };
        closes.push(format!("{} {close}", leg.symbol));
    }
    Some((rate, closes.join(" and ")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn known(symbol: &str) -> Option<f64> {
        let closes = [
            ("USDHKD=X", 7.8),
            ("GBPUSD=X", 1.25),
            ("EURUSD=X", 1.1),
            ("JPY=X", 150.0),
        ];
        let mut closes = closes.into_iter();
        closes
            .find(|(name, _)| *name == symbol)
            .map(|(_, close)| close)
    }

    fn found(from: &str, into: &str) -> Option<(f64, String)> {
        ways(from, into).iter().find_map(|way| rate(way, known))
    }

    #[test]
    fn a_rate_is_the_pair_its_inverse_or_goes_over_the_dollar() {
        assert_eq!(found("USD", "HKD"), Some((7.8, "USDHKD=X 7.8".to_owned())));
        assert_eq!(found("USD", "GBP"), Some((0.8, "GBPUSD=X 1.25".to_owned())));
        assert_eq!(found("USD", "JPY"), Some((150.0, "JPY=X 150".to_owned())));
        let (rate, closes) = found("EUR", "HKD").unwrap();
        assert!((rate - 1.1 * 7.8).abs() < 1e-12);
        assert_eq!(closes, "EURUSD=X 1.1 and USDHKD=X 7.8");
        let (rate, _) = found("JPY", "GBP").unwrap();
        assert!((rate - 1.0 / 150.0 / 1.25).abs() < 1e-15);
        assert_eq!(found("SEK", "HKD"), None);
    }

    #[test]
    fn a_close_of_nothing_is_no_rate() {
        let way = &ways("USD", "HKD")[0];
        for close in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(rate(way, |_| Some(close)), None, "{close}");
        }
    }

    proptest! {
        #[test]
        fn there_and_back_is_where_it_began(
            closes in prop::collection::btree_map("(EUR|USD|GBP)(USD|HKD|EUR)=X", 1e-3..1e3, 1..6),
            from in prop::sample::select(vec!["USD", "EUR", "GBP", "HKD"]),
            into in prop::sample::select(vec!["USD", "EUR", "GBP", "HKD"]),
        ) {
            let close = |symbol: &str| closes.get(symbol).copied();
            for way in ways(from, into) {
                let back: Vec<Leg> = way.iter().rev().map(|leg| Leg {
                    is_inverted: !leg.is_inverted,
                    ..leg.clone()
                }).collect();
                if let (Some((there, _)), Some((back, _))) = (rate(&way, close), rate(&back, close)) {
                    prop_assert!((there * back - 1.0).abs() < 1e-12);
                }
            }
        }
    }
}
