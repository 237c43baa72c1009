//! What the page's script draws: one short array per listing, so that thousands of them load at once.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::text::{json_in_html, shown};
use super::{Page, PageListing};

/// Digits of a drawn price, two for each.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// The largest number of two digits.
const LARGEST: f64 = 4095.0;
/// Weeks that are drawn, the newest.
const WEEKS: usize = 78;
/// Stretches without a row on the whole page, so that it opens at once; each listing keeps its newest.
const STRETCHES: usize = 20_000;

/// The data, ready to stand between `<script>` tags.
pub(super) fn script_data(page: &Page) -> String {
    let exchanges: Vec<Value> = page
        .exchanges
        .iter()
        .map(|exchange| {
            let from = exchange.months.first();
            json!({
                "code": shown(&exchange.code),
                "from": from.map(|month| [i64::from(month.year), i64::from(month.month)]),
                "sessions": exchange.sessions,
            })
        })
        .collect();
    let places: BTreeMap<&str, usize> = page
        .exchanges
        .iter()
        .enumerate()
        .map(|(at, exchange)| (exchange.code.as_str(), at))
        .collect();
    let lacking = page.listings.iter().filter(|(it, _)| !it.holes.is_empty());
    let room = (STRETCHES / lacking.count().max(1)).max(1);
    let listings: Vec<Value> = page
        .listings
        .iter()
        .map(|(listing, behind)| {
            let exchange = places.get(listing.exchange.as_str()).copied();
            row(listing, *behind, exchange, room)
        })
        .collect();
    let data = json!({ "exchanges": exchanges, "listings": listings });
    json_in_html(&data.to_string())
}

/// In the order that the script knows.
fn row(listing: &PageListing, behind: usize, exchange: Option<usize>, room: usize) -> Value {
    let cells = &listing.cells;
    let date = |date: Option<quantx_market::Date>| date.map(|date| date.to_string());
    let lacking: Vec<[i64; 4]> = listing
        .lacking
        .iter()
        .map(|month| {
            let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
            [
                i64::from(month.year),
                i64::from(month.month),
                count(month.missing),
                count(month.excused),
            ]
        })
        .collect();
    let mut holes: Vec<String> = listing
        .holes
        .iter()
        .take(room)
        .map(ToString::to_string)
        .collect();
    let more = listing.holes.len().saturating_sub(room) + listing.older_holes;
    if more > 0 {
        holes.push(format!(
            "and {more} older (quantx coverage --symbols {})",
            listing.symbol
        ));
    }
    if let Some(reason) = &listing.unreadable {
        holes.insert(0, reason.clone());
    }
    let holes: Vec<String> = holes.iter().map(|hole| shown(hole)).collect();
    let (low, high, line) = line(listing);
    let last = listing
        .expected_to
        .yesterday()
        .unwrap_or(listing.expected_to);
    json!([
        shown(&listing.symbol),
        exchange.map_or_else(|| Value::from(shown(&listing.exchange)), Value::from),
        date(listing.first),
        date(listing.last),
        behind,
        cells.expected,
        cells.present,
        cells.excused,
        cells.missing,
        [
            [
                i64::from(listing.expected_from.year()),
                i64::from(listing.expected_from.month())
            ],
            [i64::from(last.year()), i64::from(last.month())],
        ],
        lacking,
        holes,
        listing.open.len() + listing.more_open,
        low,
        high,
        line,
    ])
}

/// The lowest and highest close of the drawn weeks, and where between them each close is.
fn line(listing: &PageListing) -> (Option<f64>, Option<f64>, String) {
    let closes: Vec<f64> = listing.closes.values().flatten().copied().collect();
    let closes = closes
        .get(closes.len().saturating_sub(WEEKS)..)
        .unwrap_or_default();
    let low = closes.iter().copied().reduce(f64::min);
    let high = closes.iter().copied().reduce(f64::max);
    let (Some(low), Some(high)) = (low, high) else {
        return (None, None, String::new());
    };
    let mut text = String::with_capacity(2 * closes.len());
    for close in closes {
        let place = if high > low {
            (close - low) / (high - low)
        } else {
            0.5
        };
        let number = (place * LARGEST).round().clamp(0.0, LARGEST) as usize;
        for digit in [number / 64, number % 64] {
            text.push(char::from(DIGITS.get(digit).copied().unwrap_or(b'A')));
        }
    }
    (Some(low), Some(high), text)
}
