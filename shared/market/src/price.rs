use std::fmt;

use super::InstrumentKind;

/// A price that can exist, in the listing's quoted unit: finite, and above zero for everything but futures.
///
/// `f64` by ADR-0002: every vendor's answer and every reader of the lake speaks it, and the
/// snapping rule of `lake::basis` makes equal prices equal bits.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Price(f64);

impl Price {
    /// `None` when `value` is not finite or not above zero.
    #[inline]
    pub fn new(value: f64) -> Option<Self> {
        (value.is_finite() && value > 0.0).then_some(Self(value))
    }

    /// `None` when nothing of `kind` can have that price: of futures every finite number is one.
    #[inline]
    pub fn of(kind: InstrumentKind, value: f64) -> Option<Self> {
        match kind.has_any_sign() {
            // Minus zero is zero, and equal prices are equal bits.
            true => value.is_finite().then_some(Self(value + 0.0)),
            false => Self::new(value),
        }
    }

    /// The number.
    #[inline]
    pub fn get(self) -> f64 {
        self.0
    }

    /// Relative difference to `other`, as a share of `other`; of another price to zero it is infinite.
    #[inline]
    pub fn relative_difference(self, other: Self) -> f64 {
        if self.0 == other.0 {
            return 0.0;
        }
        ((self.0 - other.0) / other.0).abs()
    }

    /// This price in units of `other`; equal prices are 1, zeros too.
    #[inline]
    pub fn ratio_to(self, other: Self) -> f64 {
        if self.0 == other.0 {
            return 1.0;
        }
        self.0 / other.0
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How many new shares one old share became: 4.0 for 4:1, 0.1 for 1:10. Finite and above zero.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Ratio(f64);

impl Ratio {
    /// `None` when `value` is not finite or not above zero.
    #[inline]
    pub fn new(value: f64) -> Option<Self> {
        (value.is_finite() && value > 0.0).then_some(Self(value))
    }

    /// The number.
    #[inline]
    pub fn get(self) -> f64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_finite_and_above_zero() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Price::new(bad), None, "{bad}");
        }
        assert_eq!(Price::new(0.0001).map(Price::get), Some(0.0001));
    }

    #[test]
    fn a_future_may_cost_nothing_or_less_and_nothing_else_may() {
        let of = |kind, value| Price::of(kind, value).map(Price::get);
        assert_eq!(of(InstrumentKind::Future, -37.63), Some(-37.63));
        let zero = of(InstrumentKind::Future, -0.0).unwrap();
        assert_eq!(zero.to_bits(), 0.0_f64.to_bits());
        assert_eq!(of(InstrumentKind::Future, f64::NAN), None);
        let others = InstrumentKind::BESIDE_SHARES.into_iter();
        let others = others.filter(|kind| *kind != InstrumentKind::Future);
        for kind in others.chain([InstrumentKind::Share]) {
            assert_eq!(of(kind, -37.63), None, "{kind}");
            assert_eq!(of(kind, 0.0), None, "{kind}");
        }
    }

    #[test]
    fn a_price_is_compared_with_zero_and_below_as_with_any_other() {
        let price = |value| Price::of(InstrumentKind::Future, value).unwrap();
        assert_eq!(price(0.0).relative_difference(price(0.0)), 0.0);
        assert_eq!(price(1.0).relative_difference(price(0.0)), f64::INFINITY);
        assert_eq!(price(-37.0).relative_difference(price(-37.0)), 0.0);
        assert_eq!(price(-30.0).relative_difference(price(-40.0)), 0.25);
        assert_eq!(price(0.0).ratio_to(price(0.0)), 1.0);
        assert_eq!(price(-30.0).ratio_to(price(-40.0)), 0.75);
    }
}
