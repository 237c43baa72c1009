use super::cash::Payment;
use super::view::middle;

/// A step of 1/100 of the dividend's is a hundredth within this share of itself.
const HUNDREDTH_ERROR: f64 = 0.1;
/// Dividends on either side that tell what is usual.
const NEAR: usize = 3;
/// Between these multiples of the usual dividend an amount is usual.
const USUAL: std::ops::RangeInclusive<f64> = 0.5..=2.0;

/// Why the dividend is 100 times too large or too small, if it is.
pub(super) fn wrong_unit(payments: &[Payment], index: usize, payment: &Payment) -> Option<String> {
    by_vendor(payment).or_else(|| by_neighbours(payments, index, payment))
}

/// The vendor's own adjustment is a hundredth or the hundredfold of the dividend's.
fn by_vendor(payment: &Payment) -> Option<String> {
    let vendor = payment.vendor?;
    if (vendor - payment.share).abs() <= payment.tolerance {
        return None;
    }
    let times = [0.01, 100.0].into_iter().find(|times| {
        let expected = payment.share * times;
        (vendor - expected).abs() <= HUNDREDTH_ERROR * expected
    })?;
    Some(format!(
        "dividend is {:.4} % of the close before, the vendor adjusts for {times} times that",
        payment.share * 100.0
    ))
}

/// The other dividends are of another size, and the price tells the same.
fn by_neighbours(payments: &[Payment], index: usize, payment: &Payment) -> Option<String> {
    let mut others = others(payments, index);
    if others.len() < 2 {
        return None;
    }
    let usual = middle(&mut others)?;
    let amount = payment.cash.dividend;
    let share = payment.share;
    let is_fallen = |least: f64| payment.moves.iter().all(|step| *step <= -least);
    let too_large = USUAL.contains(&(amount / 100.0 / usual))
        && share > 3.0 * payment.deviation
        && !payment.moves.iter().any(|step| *step <= -0.25 * share);
    let is_repeated = others
        .iter()
        .any(|other| (amount * 100.0 / other - 1.0).abs() < 1e-6);
    // The price fell by half of the hundredfold at least, at the open and by the close.
    let too_small = USUAL.contains(&(amount * 100.0 / usual))
        && (is_repeated || share * 100.0 > 2.0 * payment.deviation)
        && is_fallen(share * 50.0);
    let times = match (too_large, too_small) {
        (true, _) => "100 times",
        (_, true) => "1/100 of",
        _ => return None,
    };
    Some(format!(
        "dividend {amount} is {times} the others near it (about {usual}), and the price moved by {:+.2} %",
        payment.moves[1] * 100.0
    ))
}

/// The amounts of the dividends around.
fn others(payments: &[Payment], index: usize) -> Vec<f64> {
    let from = index.saturating_sub(NEAR);
    let around = payments.iter().enumerate().skip(from);
    let around = around.take(index - from + NEAR + 1);
    around
        .filter(|(other, payment)| *other != index && payment.cash.dividend > 0.0)
        .map(|(_, payment)| payment.cash.dividend)
        .collect()
}
