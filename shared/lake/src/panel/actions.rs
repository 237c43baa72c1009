//! The table of all actions of an exchange.

use crate::codec::{CodecError, days};
use crate::parquet::{self, Layout, Table, Values};
use crate::schema::{SCHEMA_VERSION, column, metadata};
use crate::seal;
use quantx_market::{Action, ActionKind, ExchangeCode};

/// Columns of the actions beside those of the bars.
mod action_column {
    pub(super) const KIND: &str = "Kind";
    pub(super) const RATIO: &str = "Ratio";
    pub(super) const AMOUNT: &str = "Amount";
}

/// All actions of an exchange, sorted by date, symbol and kind.
///
/// # Errors
/// [`CodecError`] when the columns do not fit together.
pub fn encode_actions(
    exchange: &ExchangeCode,
    actions: &[(&str, Action)],
    sources_sha256: &str,
    compression_level: i32,
) -> Result<Vec<u8>, CodecError> {
    let mut rows: Vec<_> = actions.iter().map(action_row).collect();
    rows.sort_by(|a, b| (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)));
    let of = |get: fn(&ActionRow<'_>) -> f64| Values::numbers(rows.iter().map(get));
    let columns = [
        (column::DATE, Values::dates(rows.iter().map(|row| row.0))),
        (column::TICKER, Values::texts(rows.iter().map(|row| row.1))),
        (
            column::EXCHANGE,
            Values::texts(std::iter::repeat_n(exchange.as_str(), rows.len())),
        ),
        (
            action_column::KIND,
            Values::texts(rows.iter().map(|row| row.2)),
        ),
        (action_column::RATIO, of(|row| row.3)),
        (action_column::AMOUNT, of(|row| row.4)),
    ];
    let table = Table::named(columns).ok_or(CodecError::Uneven)?;
    let pairs = [
        (metadata::SCHEMA_VERSION, SCHEMA_VERSION.to_string()),
        (metadata::SOURCES_HASH, sources_sha256.to_owned()),
    ];
    let pairs = pairs.map(|(key, value)| (key.to_owned(), value)).to_vec();
    let bytes = parquet::write(&table, compression_level, pairs, Layout::Table)?;
    seal::seal(bytes).ok_or(CodecError::Damaged)
}

/// Date, symbol, kind, ratio of a split (else 0.0), cash (else 0.0).
type ActionRow<'a> = (i32, &'a str, &'static str, f64, f64);

fn action_row<'a>((symbol, action): &(&'a str, Action)) -> ActionRow<'a> {
    let (kind, ratio, amount) = match action.kind {
        ActionKind::Split {
            numerator,
            denominator,
        } => ("split", numerator / denominator, 0.0),
        ActionKind::Dividend { amount } => ("dividend", 0.0, amount),
        ActionKind::CapitalGain { amount } => ("capital_gain", 0.0, amount),
    };
    (days(action.ex_date), symbol, kind, ratio, amount)
}
