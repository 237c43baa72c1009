use jiff::Timestamp;
use serde::Serialize;

use super::query;
use super::reply::{self, Reply};
use super::state::State;

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

#[derive(Serialize)]
struct Stats {
    as_of: String,
    requests: u64,
    requests_by_symbol: std::collections::BTreeMap<String, u64>,
}

/// `POST /_replay/as-of?t=TIMESTAMP`: the instant at which Yahoo is looked at from now on.
pub(super) fn set_as_of(state: &State, query: &str) -> Reply {
    let pairs = query::pairs(query);
    let read = pairs
        .iter()
        .find(|(name, _)| name == "t")
        .map_or("", |(_, value)| value.as_str());
    match read.parse::<Timestamp>() {
        Ok(as_of) => {
            state.set_as_of(as_of);
            reply::own(200, TEXT, format!("{as_of}\n"))
        }
        Err(_) => {
            let text = format!("t={read} is not an instant; write t=2024-05-01T00:00:00Z\n");
            reply::own(400, TEXT, text)
        }
    }
}

/// `GET /_replay/stats`: the instant in use and the requests so far.
pub(super) fn stats(state: &State) -> Reply {
    let as_of = state.now().to_string();
    let stats = {
        let log = state.log();
        Stats {
            as_of,
            requests: log.total,
            requests_by_symbol: log.by_symbol.clone(),
        }
    };
    match serde_json::to_vec(&stats) {
        Ok(body) => reply::own(200, JSON, body),
        Err(error) => reply::own(500, TEXT, error.to_string()),
    }
}
