//! Tiingo's daily prices, of the United States only.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::rows::listed;
use super::{Question, VendorProtocol, json as answer};
use crate::chart::Answer;

pub(super) fn respond(question: Question<'_>) -> Answer {
    let ticker = question.path.strip_prefix("tiingo/daily/");
    let ticker = ticker.and_then(|rest| rest.strip_suffix("/prices"));
    let ticker = ticker.filter(|ticker| !ticker.contains('.'));
    let found = ticker.and_then(|ticker| listed(VendorProtocol::Tiingo, &question, ticker));
    let Some(listed) = found else {
        let refusal = json!({ "detail": "Not found." });
        return Answer {
            status: 404,
            ..answer(&refusal)
        };
    };
    let from = question
        .parameter("startDate")
        .and_then(|from| from.parse().ok());
    let from: Date = from.unwrap_or(Date::MIN);
    let rows = listed.rows.iter().filter(|row| row.date >= from);
    let rows = rows.map(|row| {
        let (cash, split) = listed.events_on(row.date);
        json!({
            "date": format!("{}T00:00:00.000Z", row.date),
            "open": row.open,
            "high": row.high,
            "low": row.low,
            "close": row.close,
            "volume": row.volume,
            "divCash": cash,
            "splitFactor": split,
        })
    });
    answer(&rows.collect::<Value>())
}
