use super::super::payment::{Payment, SIX_DECIMALS};

/// Scale of a move that nothing is known of.
const UNKNOWN_DEVIATION: f64 = 0.02;
/// Prices of hardly traded listings stand still for weeks and then jump.
const LEAST_DEVIATION: f64 = 0.004;
/// The price falls by the dividend within this share of it: taxes, and who holds the share.
const FALL_ERROR: f64 = 0.15;
/// Degrees of freedom of the moves: their tails are heavy.
const TAILS: f64 = 5.0;
/// The moves to the open and to the close are nearly one observation; together they say this much.
const OBSERVATIONS: f64 = 1.15;
/// A dividend of the whole price leaves nothing.
const WHOLE_PRICE: f64 = 0.97;
/// Weight of what cannot be.
pub(super) const IMPOSSIBLE: f64 = -60.0;
/// Relative error of the vendor's step against a reading.
const STEP_ERROR: f64 = 0.02;
/// Its absolute error, as a share of the price.
const STEP_ROUNDING: f64 = 2e-5;

/// Which reading the vendor's own adjusted close confirms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Confirmed {
    /// There is no adjusted close, or a capital gain is mixed in.
    Unknown,
    /// This multiple of the amount.
    Times(f64),
    /// The vendor took nothing off.
    Nothing,
    /// The vendor took off something else.
    Otherwise,
}

/// The reading among `multiples` that the vendor's step confirms.
pub(super) fn confirmed(payment: &Payment, multiples: &[f64]) -> Confirmed {
    let Some(vendor) = payment.vendor.filter(|_| payment.gain == 0.0) else {
        return Confirmed::Unknown;
    };
    let rounding = STEP_ROUNDING + SIX_DECIMALS / payment.close_before;
    let agrees = |times: &&f64| {
        let step = **times * payment.share;
        **times > 0.0 && step < 1.0 && (vendor - step).abs() <= rounding + STEP_ERROR * step
    };
    match multiples.iter().find(agrees) {
        Some(times) => Confirmed::Times(*times),
        None if vendor.abs() <= rounding => Confirmed::Nothing,
        None => Confirmed::Otherwise,
    }
}

/// How well the moves of the ex-date go with a fall by `share`: the logarithm of their density.
pub(super) fn of_price(payment: &Payment, share: f64) -> f64 {
    if share >= WHOLE_PRICE {
        return IMPOSSIBLE;
    }
    let deviation = deviation(payment);
    let scale = deviation.hypot(FALL_ERROR * share);
    let of_move = |step: f64| {
        let off = (step + share) / scale;
        -f64::midpoint(TAILS, 1.0) * (off * off / TAILS).ln_1p() - scale.ln()
    };
    let [open, close] = payment.moves.map(of_move);
    OBSERVATIONS * f64::midpoint(open, close)
}

pub(super) fn deviation(payment: &Payment) -> f64 {
    if payment.deviation > 0.0 {
        payment.deviation.max(LEAST_DEVIATION)
    } else {
        UNKNOWN_DEVIATION
    }
}

/// What the vendor's adjusted close says for the reading `times`. A vendor computes its column from
/// its own events, so that it repeats a wrong amount, and adjusts a whole listing wrongly in one
/// way: `n_alike` events that it treats alike are hardly more than one piece of evidence.
pub(super) fn of_vendor(confirmed: Confirmed, times: f64, n_alike: usize) -> f64 {
    let n = n_alike.max(1) as f64;
    let is_as_sent = times == 1.0;
    match confirmed {
        Confirmed::Unknown => 0.0,
        Confirmed::Otherwise => -f64::from(!is_as_sent),
        Confirmed::Nothing => f64::from(is_as_sent) - 1.5,
        Confirmed::Times(said) if said == times => 0.0,
        Confirmed::Times(1.0) => (if times == 0.0 { -2.0 } else { -0.8 }) / n,
        Confirmed::Times(said) => {
            // That the vendor adjusts for more than it sends is a stronger word than for less: a
            // whole listing adjusted in the wrong unit is a known fault (TEM.L).
            let n = if said > 1.0 { n.sqrt() } else { n };
            (if is_as_sent { -4.5 } else { -5.5 }) / n
        }
    }
}

/// How usual a dividend of this share of the price is, where nothing else tells its level.
pub(super) fn of_level(share: f64) -> f64 {
    const USUAL: std::ops::RangeInclusive<f64> = 0.002..=0.03;
    if share <= 0.0 {
        -1.5
    } else if share < *USUAL.start() {
        (share / USUAL.start()).ln()
    } else if share > *USUAL.end() {
        -(share / USUAL.end()).ln()
    } else {
        0.0
    }
}
