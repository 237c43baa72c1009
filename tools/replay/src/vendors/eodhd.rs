//! EODHD's `eod`, `splits`, `div` and `eod-bulk-last-day`.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::rows::{Listed, listed};
use super::{Question, VendorProtocol, json as answer, text};
use crate::chart::Answer;
use crate::truth::DailyRow;
use quantx_market::ActionKind;

/// Suffix of the market's symbols → the vendor's name of the exchange.
const EXCHANGES: [(&str, &str); 2] = [("", "US"), (".L", "LSE")];

pub(super) fn respond(question: Question<'_>) -> Answer {
    let Some((kind, code)) = question.path.split_once('/') else {
        return text(404, "Not Found");
    };
    if kind == "eod-bulk-last-day" {
        return day(&question, code);
    }
    let found = ours(code).and_then(|symbol| listed(VendorProtocol::Eodhd, &question, &symbol));
    let Some(listed) = found else {
        return text(404, "Ticker Not Found.");
    };
    let from = question
        .parameter("from")
        .and_then(|from| from.parse().ok());
    let from: Date = from.unwrap_or(Date::MIN);
    match kind {
        "eod" => {
            let rows = listed.rows.iter().filter(|row| row.date >= from);
            answer(&rows.map(|row| price(&listed, row)).collect())
        }
        "splits" => answer(&splits(&listed, |date| date >= from, None).into()),
        "div" => answer(&dividends(&listed, |date| date >= from, None).into()),
        _ => text(404, "Not Found"),
    }
}

/// `S0001.US` → the market's symbol.
fn ours(code: &str) -> Option<String> {
    let (ticker, theirs) = code.rsplit_once('.')?;
    let (suffix, _) = EXCHANGES.iter().find(|(_, name)| *name == theirs)?;
    Some(format!("{ticker}{suffix}"))
}

fn day(question: &Question<'_>, theirs: &str) -> Answer {
    let Some((suffix, _)) = EXCHANGES.iter().find(|(_, name)| *name == theirs) else {
        return text(404, "Exchange Not Found.");
    };
    let date = question
        .parameter("date")
        .and_then(|date| date.parse().ok());
    let Some(date): Option<Date> = date else {
        return text(422, "date is required");
    };
    let kind = question.parameter("type").unwrap_or_default();
    let mut rows: Vec<Value> = Vec::new();
    let symbols = question.market.symbols();
    for symbol in symbols.iter().filter(|symbol| suffix_of(symbol) == *suffix) {
        let Some(listed) = listed(VendorProtocol::Eodhd, question, symbol) else {
            continue;
        };
        let code = symbol.strip_suffix(suffix).unwrap_or(symbol);
        match kind {
            "splits" => rows.extend(splits(&listed, |ex| ex == date, Some(code))),
            "dividends" => rows.extend(dividends(&listed, |ex| ex == date, Some(code))),
            _ => {
                let row = listed.rows.iter().find(|row| row.date == date);
                rows.extend(row.map(|row| {
                    let mut price = price(&listed, row);
                    price["code"] = json!(code);
                    price
                }));
            }
        }
    }
    answer(&Value::Array(rows))
}

fn suffix_of(symbol: &str) -> &str {
    symbol
        .find('.')
        .and_then(|dot| symbol.get(dot..))
        .unwrap_or_default()
}

/// Volumes are divided by later splits, and rounded to whole shares.
fn price(listed: &Listed, row: &DailyRow) -> Value {
    let later = listed.later_splits(row.date);
    json!({
        "date": row.date.to_string(),
        "open": row.open,
        "high": row.high,
        "low": row.low,
        "close": row.close,
        "adjusted_close": row.close.map(|close| close / later),
        "volume": row.volume.map(|volume| (volume as f64 * later).round()),
    })
}

fn splits(listed: &Listed, is_wanted: impl Fn(Date) -> bool, code: Option<&str>) -> Vec<Value> {
    let wanted = listed
        .actions
        .iter()
        .filter(|action| is_wanted(action.ex_date));
    let splits = wanted.filter_map(|action| match action.kind {
        ActionKind::Split {
            numerator,
            denominator,
        } => Some(json!({
            "code": code,
            "date": action.ex_date.to_string(),
            "split": format!("{numerator:.6}/{denominator:.6}"),
        })),
        _ => None,
    });
    splits.collect()
}

fn dividends(listed: &Listed, is_wanted: impl Fn(Date) -> bool, code: Option<&str>) -> Vec<Value> {
    let wanted = listed
        .actions
        .iter()
        .filter(|action| is_wanted(action.ex_date));
    let currency = listed.truth.venue.facts.currency;
    let dividends = wanted.filter_map(|action| {
        let amount = action.kind.cash()?;
        Some(json!({
            "code": code,
            "date": action.ex_date.to_string(),
            "value": amount / listed.later_splits(action.ex_date),
            "unadjustedValue": amount,
            "currency": currency,
        }))
    });
    dividends.collect()
}
