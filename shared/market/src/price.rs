use std::fmt;

/// A price that can exist: finite and above zero, in the listing's quoted unit.
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

    /// The number.
    #[inline]
    pub fn get(self) -> f64 {
        self.0
    }

    /// Relative difference to `other`, as a share of `other`.
    #[inline]
    pub fn relative_difference(self, other: Self) -> f64 {
        ((self.0 - other.0) / other.0).abs()
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
}
