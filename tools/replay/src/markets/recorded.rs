//! A folder of recorded answers, served byte for byte.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde::Deserialize;
use serde_json::Value;

use super::{Market, unusable};
use crate::chart::Answer;
use crate::truth::SymbolTruth;
use crate::venue::Venue;

/// Recorded answers by symbol, ascending by the time they tell of.
#[derive(Debug)]
pub(super) struct RecordedMarket {
    answers: BTreeMap<String, Vec<Recording>>,
}

#[derive(Debug)]
struct Recording {
    /// `regularMarketTime`, else the `date` header, else before everything.
    time: i64,
    answer: Answer,
}

/// A whole HTTP exchange, as node-yahoo-finance2 records it.
#[derive(Deserialize)]
struct Exchange {
    request: Asked,
    response: Answered,
}

#[derive(Deserialize)]
struct Asked {
    url: String,
}

#[derive(Deserialize)]
struct Answered {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, Value>,
    body: Option<String>,
}

impl RecordedMarket {
    /// Reads every `.json` file of `folder`, in order of name: whole exchanges and bare bodies.
    pub(super) fn read(folder: &Path) -> io::Result<Self> {
        let entries = fs::read_dir(folder).map_err(|error| {
            io::Error::new(error.kind(), format!("{}: {error}", folder.display()))
        })?;
        let mut paths = entries
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<Vec<_>>>()?;
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
        paths.sort();
        let mut answers: BTreeMap<String, Vec<Recording>> = BTreeMap::new();
        for path in &paths {
            let text = fs::read_to_string(path)?;
            let (symbol, recording) =
                read_recording(text).map_err(|problem| unusable(path.display(), problem))?;
            answers.entry(symbol).or_default().push(recording);
        }
        if answers.is_empty() {
            return Err(unusable(
                folder.display(),
                "no recorded answer (*.json) there",
            ));
        }
        // Stable: of equal times the order of names decides.
        answers
            .values_mut()
            .for_each(|list| list.sort_by_key(|recording| recording.time));
        Ok(Self { answers })
    }
}

impl Market for RecordedMarket {
    fn symbols(&self) -> Vec<String> {
        self.answers.keys().cloned().collect()
    }

    fn truth(&self, _symbol: &str) -> Option<Arc<SymbolTruth>> {
        None
    }

    fn venue(&self, _symbol: &str) -> Option<Arc<Venue>> {
        None
    }

    fn recorded(&self, symbol: &str, as_of: Timestamp) -> Option<Answer> {
        let recordings = self.answers.get(symbol)?;
        let known = recordings.partition_point(|recording| recording.time <= as_of.as_second());
        Some(recordings.get(known.checked_sub(1)?)?.answer.clone())
    }
}

fn read_recording(text: String) -> Result<(String, Recording), String> {
    let Ok(exchange) = serde_json::from_str::<Exchange>(&text) else {
        let meta = meta(&text).ok_or("neither an HTTP exchange nor a chart answer")?;
        let symbol = meta.get("symbol").and_then(Value::as_str);
        let symbol = symbol
            .ok_or("a chart answer without meta.symbol")?
            .to_owned();
        return Ok((symbol, recording(&meta, None, 200, text.into())));
    };
    let path = exchange
        .request
        .url
        .split(['?', '#'])
        .next()
        .unwrap_or_default();
    let encoded_symbol = path.rsplit('/').next().unwrap_or_default();
    let symbol = crate::server::percent_decoded(encoded_symbol);
    let body = match exchange.response.body {
        Some(body) => body,
        // Parsed and printed anew it would lose the recorded digits, so its text is cut out.
        None => member_text(&text, "\"bodyJson\":")
            .ok_or("an exchange without a body")?
            .to_owned(),
    };
    let header = exchange
        .response
        .headers
        .get("date")
        .map(|value| match value {
            Value::Array(values) => values.first().cloned().unwrap_or_default(),
            value => value.clone(),
        });
    let answered = header
        .as_ref()
        .and_then(Value::as_str)
        .and_then(|date| rfc2822::parse(date).ok())
        .map(|date| date.timestamp().as_second());
    let meta = meta(&body).unwrap_or_default();
    Ok((
        symbol,
        recording(&meta, answered, exchange.response.status, body.into()),
    ))
}

fn recording(meta: &Value, answered: Option<i64>, status: u16, body: Bytes) -> Recording {
    let market_time = meta.get("regularMarketTime").and_then(Value::as_i64);
    Recording {
        time: market_time.or(answered).unwrap_or(i64::MIN),
        answer: Answer {
            status,
            content_type: "application/json;charset=utf-8",
            body,
        },
    }
}

fn meta(body: &str) -> Option<Value> {
    let body: Value = serde_json::from_str(body).ok()?;
    body.pointer("/chart/result/0/meta").cloned()
}

/// The text of the object that follows `member` in a JSON text.
fn member_text<'a>(text: &'a str, member: &str) -> Option<&'a str> {
    let start = text.find(member)? + member.len();
    let rest = text.get(start..)?;
    let mut objects = serde_json::Deserializer::from_str(rest).into_iter::<serde::de::IgnoredAny>();
    objects.next()?.ok()?;
    rest.get(..objects.byte_offset()).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SNAPSHOT: &str = r#"{"chart":{"result":[{"meta":{"symbol":"AAPL","regularMarketTime":TIME}}],"error":null}}"#;

    #[test]
    fn the_newest_recording_by_then_is_served_byte_for_byte() {
        let folder = tempfile::tempdir().unwrap();
        for (name, time) in [("b", "200"), ("a", "100")] {
            fs::write(
                folder.path().join(format!("{name}.json")),
                SNAPSHOT.replace("TIME", time),
            )
            .unwrap();
        }
        let market = RecordedMarket::read(folder.path()).unwrap();
        let at = |second| market.recorded("AAPL", Timestamp::from_second(second).unwrap());
        assert_eq!(at(99), None);
        assert_eq!(at(150).unwrap().body, SNAPSHOT.replace("TIME", "100"));
        assert_eq!(at(200).unwrap().body, SNAPSHOT.replace("TIME", "200"));
    }

    #[test]
    fn an_exchange_keeps_its_status_and_the_digits_of_its_body() {
        let text = r#"{"request":{"url":"https://x/v8/finance/chart/BTC%2DUSD?a=b"},
            "response":{"status":404,"headers":{"date":["Sat, 13 Nov 2021 04:37:56 GMT"]},
            "bodyJson": {"chart": {"result": null, "n": 1.10}} }}"#;
        let (symbol, recording) = read_recording(text.to_owned()).unwrap();
        assert_eq!(
            (symbol.as_str(), recording.time),
            ("BTC-USD", 1_636_778_276)
        );
        assert_eq!(recording.answer.status, 404);
        assert_eq!(
            recording.answer.body,
            r#"{"chart": {"result": null, "n": 1.10}}"#
        );
    }
}
