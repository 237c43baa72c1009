use std::sync::Arc;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::test_server::{Reply, Server, json, reply};
use crate::{ApiKey, BarProvider, HistoryRequest, ProviderError, Retry};
use quantx_fixtures::{dividend, exchange, split, us_listing};
use quantx_market::{ShareBasis, VendorHistory};

const PRICES: &str = include_str!("../../../../tests/fixtures/tiingo/http_get_prices.json");
const KEY: &str = "hunter2secret";

async fn client(replies: Vec<Reply>) -> (TiingoClient, Server) {
    let server = Server::new(replies).await;
    let config = TiingoConfig {
        http: server.config(),
        key: ApiKey::parse(KEY).unwrap(),
        exchange: Arc::new(exchange("us", "")),
    };
    (TiingoClient::new(config).unwrap(), server)
}

fn request() -> HistoryRequest {
    HistoryRequest {
        listing: us_listing("NVDA"),
        start: date(2024, 6, 7),
        now: "2024-06-12T12:00:00Z".parse().unwrap(),
    }
}

async fn fetch(reply: Reply) -> Result<VendorHistory, ProviderError> {
    let (client, server) = client(vec![reply]).await;
    server.during(client.daily_history(&request())).await
}

#[tokio::test]
async fn one_answer_has_raw_rows_and_events() {
    let (client, server) = client(vec![json(PRICES)]).await;
    let history = server.during(client.daily_history(&request())).await;
    let history = history.unwrap();
    assert_eq!(history.basis, ShareBasis::AsTraded);
    let closes: Vec<_> = history.rows.iter().filter_map(|row| row.close).collect();
    assert_eq!(closes, [1208.88, 121.79, 120.91]);
    let events = [
        split(date(2024, 6, 10), 10.0),
        dividend(date(2024, 6, 11), 0.01),
    ];
    assert_eq!(history.actions, events);
    let asked = server.requests.lock().unwrap().concat();
    let line = "GET /tiingo/daily/NVDA/prices?startDate=2024-06-07&format=json&resampleFreq=daily";
    assert!(
        asked.starts_with(&format!("{line} HTTP/1.1\r\n")),
        "{asked}"
    );
    assert!(
        asked.contains(&format!("authorization: Token {KEY}\r\n")),
        "{asked}"
    );
}

#[tokio::test]
async fn refusals_are_told_by_kind_and_without_the_token() {
    let says = |status, detail: &str| {
        let body = format!("{{\"detail\":\"{detail}\"}}");
        reply(status, "application/json", "", body.as_bytes())
    };
    let echo = format!("what is {KEY}");
    for (answer, kind, retry) in [
        (says(401, "Invalid token."), "unauthorized", Retry::StopAll),
        (
            says(403, "You do not have permission"),
            "not_entitled",
            Retry::Never,
        ),
        (says(404, "Not found."), "unknown_symbol", Retry::Never),
        (says(400, &echo), "rejected", Retry::Never),
        (
            says(429, "hourly limit"),
            "throttled",
            Retry::PauseAll(None),
        ),
        (json("[]"), "no_data", Retry::Never),
        (json("[{]"), "unreadable", Retry::After(None)),
        (
            reply(200, "text/html", "", b"<html>"),
            "not_data",
            Retry::After(None),
        ),
    ] {
        let error = fetch(answer).await.unwrap_err();
        assert_eq!((error.kind(), error.retry()), (kind, retry), "{error}");
        assert!(!format!("{error:?} {error}").contains(KEY), "{error}");
    }
    let (client, _server) = client(vec![]).await;
    assert!(!format!("{client:?}").contains(KEY));
}

#[expect(clippy::disallowed_methods, reason = "recorded data are files")]
#[test]
fn a_recorded_answer_of_2015_is_read() {
    let Some(folder) = quantx_fixtures::shared_data() else {
        return;
    };
    let file = folder.join("tiingo/ticker_price_with_date.yaml");
    let cassette = std::fs::read_to_string(file).unwrap();
    let (_, body) = cassette.split_once("{string: '").unwrap();
    let (body, _) = body.split_once("'}").unwrap();
    let history = parse_history(body.as_bytes(), &exchange("us", ""), date(2015, 1, 1)).unwrap();
    let closes: Vec<_> = history.rows.iter().filter_map(|row| row.close).collect();
    assert_eq!(closes, [529.55, 519.46]);
    assert!(history.actions.is_empty());
}

proptest! {
    #[test]
    fn no_body_breaks_the_parser(text in r#"[\[\]{}":,a-z0-9./\- ]{0,200}"#) {
        let _ = parse_history(text.as_bytes(), &exchange("us", ""), date(2015, 1, 1));
    }
}
