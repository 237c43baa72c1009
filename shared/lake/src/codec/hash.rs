use jiff::civil::date;
use sha2::{Digest, Sha256};

use super::DerivedColumns;
use quantx_market::{ActionSet, Bar, Date};

/// SHA-256 in lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hex(digest: &[u8]) -> String {
    use std::fmt::Write;
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Hash of a listing's actions: equal sets have equal hashes.
pub fn actions_hash(actions: &ActionSet) -> String {
    use quantx_market::ActionKind;
    let mut hasher = Sha256::new();
    for action in actions.iter() {
        let (kind, numbers) = match action.kind {
            ActionKind::Split {
                numerator,
                denominator,
            } => (b'S', [numerator, denominator]),
            ActionKind::Dividend { amount } => (b'D', [amount, 0.0]),
            ActionKind::CapitalGain { amount } => (b'G', [amount, 0.0]),
        };
        hasher.update([kind]);
        hasher.update(days(action.ex_date).to_le_bytes());
        for number in numbers {
            hasher.update(number.to_bits().to_le_bytes());
        }
    }
    hex(&hasher.finalize())
}

/// What an unknown value is hashed as: bits that no price and no count of shares has. So rows without
/// one have the hash that they had before schema version 2.
pub(crate) const UNKNOWN_BITS: u64 = u64::MAX;

pub(super) fn rows_hash(symbol: &str, bars: &[Bar], derived: &DerivedColumns) -> String {
    let mut hasher = Sha256::new();
    hasher.update(symbol.as_bytes());
    for bar in bars {
        hasher.update(days(bar.date.date()).to_le_bytes());
        for price in bar.prices() {
            let bits = price.map_or(UNKNOWN_BITS, |price| price.get().to_bits());
            hasher.update(bits.to_le_bytes());
        }
        hasher.update(bar.volume.unwrap_or(UNKNOWN_BITS).to_le_bytes());
    }
    for column in [
        &derived.adjusted_close,
        &derived.split_factor,
        &derived.dividends,
        &derived.splits,
    ] {
        for value in column {
            hasher.update(value.to_bits().to_le_bytes());
        }
    }
    hex(&hasher.finalize())
}

/// Days since 1970-01-01, as `date32` counts.
pub(crate) fn days(day: Date) -> i32 {
    (day - date(1970, 1, 1)).get_days()
}

pub(crate) fn from_days(days: i32) -> Option<Date> {
    date(1970, 1, 1)
        .checked_add(jiff::Span::new().try_days(days).ok()?)
        .ok()
}
