//! When two bars of one session are the same bar, and which of them is stored. Pure.

use quantx_market::{Bar, Price};

/// Two prices closer than this are one price.
pub(crate) const AGREE: f64 = 1e-4;
/// The prices that both bars know.
pub(crate) fn common(one: &Bar, other: &Bar) -> impl Iterator<Item = (Price, Price)> {
    let pairs = one.prices().into_iter().zip(other.prices());
    pairs.filter_map(|(one, other)| one.zip(other))
}

/// Whether the prices of two bars are the same prices; what one does not know contradicts nothing.
pub(crate) fn agree(stored: &Bar, fetched: &Bar) -> bool {
    common(stored, fetched).all(|(stored, fetched)| fetched.relative_difference(stored) <= AGREE)
}

/// Of two bars whose prices agree, the one that knows more prices; of two that know the same, the
/// one whose prices need fewer digits, then the lower one: the choice does not depend on which came
/// first. A whole bar is chosen, because a high of one and a low of the other need not make a bar.
/// Where each knows what the other does not, the chosen one is filled up.
pub(crate) fn canonical(a: &Bar, b: &Bar) -> Bar {
    let known = |bar: &Bar| bar.prices().map(|price| price.is_some());
    let covers = |one: [bool; 4], other: [bool; 4]| {
        one.into_iter().zip(other).all(|(one, other)| one >= other)
    };
    let (known_a, known_b) = (known(a), known(b));
    match (covers(known_a, known_b), covers(known_b, known_a)) {
        (true, false) => *a,
        (false, true) => *b,
        (true, true) => shorter(a, b),
        (false, false) if shorter(a, b) == *a => a.filled_from(b),
        (false, false) => b.filled_from(a),
    }
}

fn shorter(a: &Bar, b: &Bar) -> Bar {
    // 0.0 stands for an unknown price, which it is not.
    let prices = |bar: &Bar| bar.prices().map(|price| price.map_or(0.0, Price::get));
    if prices(a) == prices(b) {
        return *a;
    }
    let digits = |bar: &Bar| {
        prices(bar)
            .map(|price| price.to_string().len())
            .iter()
            .sum::<usize>()
    };
    let order = digits(a).cmp(&digits(b)).then_with(|| {
        let pairs = prices(a).into_iter().zip(prices(b));
        let mut orders = pairs.map(|(a, b)| a.total_cmp(&b));
        orders
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    if order.is_gt() { *b } else { *a }
}

/// The volume to be stored of one that is stored and one that is fetched.
///
/// The newest fetch is right, unless it does not know, or only says the same less exactly: after a
/// reverse split the vendor has whole new shares, and 684 traded before 1:190 comes back as 4 x 190.
pub(crate) fn newer_volume(stored: Option<u64>, fetched: Option<u64>, unit: f64) -> Option<u64> {
    let (Some(known), Some(said)) = (stored, fetched) else {
        return fetched.or(stored);
    };
    let is_rounded_to = known.abs_diff(said) as f64 <= unit / 2.0 && unit > 1.0;
    if is_rounded_to { stored } else { fetched }
}
