//! Alpaca's bars and corporate actions, of the United States only, in pages.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::rows::{Listed, listed};
use super::{Question, VendorProtocol, json as answer, text};
use crate::chart::Answer;
use quantx_market::ActionKind;

/// First year of the vendor's history.
const FIRST_YEAR: i16 = 2016;

pub(super) fn respond(question: Question<'_>) -> Answer {
    match question.path {
        "v2/stocks/bars" => bars(&question),
        "v1/corporate-actions" => actions(&question),
        _ => text(404, "not found"),
    }
}

fn asked(question: &Question<'_>) -> Vec<(String, Listed)> {
    let symbols = question.parameter("symbols").unwrap_or_default().split(',');
    let known = symbols
        .filter(|symbol| !symbol.is_empty())
        .filter_map(|theirs| {
            // Classes of shares have a dot there, and a dash here.
            let ours = theirs.replace('.', "-");
            Some((
                theirs.to_owned(),
                listed(VendorProtocol::Alpaca, question, &ours)?,
            ))
        });
    known.collect()
}

fn start(question: &Question<'_>) -> Date {
    let start = question
        .parameter("start")
        .and_then(|start| start.parse().ok());
    start.unwrap_or(Date::MIN)
}

/// Bars on pages: the token is the place of the next bar in the order of symbols and time.
fn bars(question: &Question<'_>) -> Answer {
    let parsed = |name: &str| {
        question
            .parameter(name)
            .and_then(|text| text.parse::<usize>().ok())
    };
    let (limit, skip) = (
        parsed("limit").unwrap_or(1_000),
        parsed("page_token").unwrap_or(0),
    );
    let from = start(question);
    let end = question.parameter("end").and_then(|end| end.parse().ok());
    let end: Timestamp = end.unwrap_or(question.now);
    let mut all: Vec<(String, Value)> = Vec::new();
    for (symbol, listed) in asked(question) {
        let venue = &listed.truth.venue;
        for row in listed
            .rows
            .iter()
            .filter(|row| row.date >= from && row.date.year() >= FIRST_YEAR)
        {
            let at = venue
                .sessions
                .index_of(row.date)
                .and_then(|at| venue.sessions.get(at));
            if at.is_some_and(|session| session.close > end.as_second()) {
                continue;
            }
            let midnight = venue.stamp(row.date, jiff::civil::Time::midnight());
            let stamp = Timestamp::from_second(midnight).unwrap_or_default();
            all.push((
                symbol.clone(),
                json!({ "t": stamp.to_string(), "o": row.open, "h": row.high, "l": row.low, "c": row.close,
                        "v": row.volume, "n": 1, "vw": row.close }),
            ));
        }
    }
    let page = all.iter().skip(skip).take(limit);
    let mut by_symbol: Map<String, Value> = Map::new();
    for (symbol, bar) in page {
        let bars = by_symbol.entry(symbol.clone()).or_insert_with(|| json!([]));
        if let Some(bars) = bars.as_array_mut() {
            bars.push(bar.clone());
        }
    }
    let next = skip.saturating_add(limit);
    let token = (next < all.len()).then(|| next.to_string());
    answer(&json!({ "bars": by_symbol, "next_page_token": token }))
}

fn actions(question: &Question<'_>) -> Answer {
    let from = start(question);
    let (mut forward, mut reverse, mut cash) = (Vec::new(), Vec::new(), Vec::new());
    for (symbol, listed) in asked(question) {
        for action in listed
            .actions
            .iter()
            .filter(|action| action.ex_date >= from)
        {
            let ex_date = action.ex_date.to_string();
            match action.kind {
                ActionKind::Split {
                    numerator,
                    denominator,
                } => {
                    let split = json!({ "symbol": symbol, "ex_date": ex_date, "new_rate": numerator,
                                        "old_rate": denominator });
                    match numerator > denominator {
                        true => forward.push(split),
                        false => reverse.push(split),
                    }
                }
                ActionKind::Dividend { amount } | ActionKind::CapitalGain { amount } => {
                    cash.push(json!({ "symbol": symbol, "ex_date": ex_date, "rate": amount }));
                }
            }
        }
    }
    answer(&json!({
        "corporate_actions": { "forward_splits": forward, "reverse_splits": reverse, "cash_dividends": cash },
        "next_page_token": null,
    }))
}
