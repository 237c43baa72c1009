use std::sync::Arc;

use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::test_server::{Reply, Server, json, reply};
use crate::{ApiKey, BarProvider, HistoryRequest, ProviderError, Retry};
use quantx_fixtures::{dividend, exchange, split, us_listing};
use quantx_market::{Exchange, ShareBasis, VendorHistory};

const BARS_1: &str = include_str!("../../../../tests/fixtures/alpaca/http_get_bars_1.json");
const BARS_2: &str = include_str!("../../../../tests/fixtures/alpaca/http_get_bars_2.json");
const ACTIONS: &str =
    include_str!("../../../../tests/fixtures/alpaca/http_get_corporate_actions.json");
const SECRET: &str = "hunter2secret";

fn new_york() -> Exchange {
    Exchange {
        time_zone: TimeZone::get("America/New_York").unwrap(),
        ..exchange("us", "")
    }
}

async fn client(replies: Vec<Reply>) -> (AlpacaClient, Server) {
    let server = Server::new(replies).await;
    let config = AlpacaConfig {
        http: server.config(),
        key_id: ApiKey::parse("KEYID").unwrap(),
        secret_key: ApiKey::parse(SECRET).unwrap(),
        exchange: Arc::new(new_york()),
    };
    (AlpacaClient::new(config).unwrap(), server)
}

fn request() -> HistoryRequest {
    HistoryRequest {
        listing: us_listing("NVDA"),
        start: date(2024, 6, 7),
        now: "2024-06-11T22:00:00Z".parse().unwrap(),
    }
}

async fn fetch(replies: Vec<Reply>) -> Result<VendorHistory, ProviderError> {
    let (client, server) = client(replies).await;
    server.during(client.daily_history(&request())).await
}

#[tokio::test]
async fn many_listings_are_one_question_whose_pages_are_put_together() {
    let (client, server) = client(vec![json(BARS_1), json(BARS_2)]).await;
    let listings = ["NVDA", "BRK-B", "NOBODY"].map(us_listing);
    let HistoryRequest { start, now, .. } = request();
    let question = client.daily_bars(&listings, start, now);
    let found = server.during(question).await.unwrap();
    let dates = |symbol: &str| -> Vec<String> {
        let rows = &found[&us_listing(symbol)];
        rows.iter().map(|row| row.date.to_string()).collect()
    };
    assert_eq!(dates("NVDA"), ["2024-06-07", "2024-06-10"]);
    assert_eq!(dates("BRK-B"), ["2024-06-07"]);
    assert_eq!(found.len(), 2);
    let asked = server.requests.lock().unwrap();
    let first = "GET /v2/stocks/bars?symbols=BRK.B%2CNOBODY%2CNVDA&timeframe=1Day&start=2024-06-07\
                 &end=2024-06-11T21%3A44%3A00Z&adjustment=raw&feed=sip&limit=10000&sort=asc";
    assert!(
        asked[0].starts_with(&format!("{first} HTTP/1.1\r\n")),
        "{}",
        asked[0]
    );
    assert!(asked[0].contains("apca-api-key-id: KEYID\r\n"));
    assert!(asked[0].contains(&format!("apca-api-secret-key: {SECRET}\r\n")));
    assert!(asked[1].starts_with(&format!("{first}&page_token=TlZEQXxEfDE%3D HTTP/1.1\r\n")));
}

#[tokio::test]
async fn a_history_is_as_traded_with_its_splits_and_dividends() {
    let only = BARS_2;
    let history = fetch(vec![json(only), json(ACTIONS)]).await.unwrap();
    assert_eq!(history.basis, ShareBasis::AsTraded);
    assert_eq!(history.rows.len(), 1);
    assert_eq!(history.rows[0].volume, Some(314_162_689.0));
    let events = [
        split(date(2024, 6, 10), 10.0),
        dividend(date(2024, 6, 11), 0.01),
    ];
    assert_eq!(history.actions, events);
}

#[test]
fn spin_offs_mergers_and_new_names_are_evidence_and_no_events() {
    let (actions, next) = parse_actions(ACTIONS.as_bytes(), &new_york()).unwrap();
    assert_eq!(next, None);
    let found: Vec<_> = actions
        .evidence
        .iter()
        .map(|it| (it.listing.to_string(), it.date.to_string(), it.kind.clone()))
        .collect();
    let evidence = |listing: &str, on: &str, kind| (listing.to_owned(), on.to_owned(), kind);
    let spin_off = EvidenceKind::SpinOff {
        symbol: "APY".to_owned(),
        new_rate: 1.0,
        source_rate: 2.0,
    };
    let renamed = EvidenceKind::Renamed {
        symbol: "META".to_owned(),
    };
    let merged = EvidenceKind::Merged {
        into: Some("EXR".to_owned()),
    };
    assert_eq!(
        found,
        [
            evidence("DOV", "2018-05-09", spin_off),
            evidence("FB", "2022-06-09", renamed),
            evidence("LSI", "2023-07-20", merged),
            evidence("ATNXQ", "2023-10-11", EvidenceKind::Removed),
        ]
    );
    // A stock dividend of 5 % is 21 shares for 20.
    let stock_dividend = actions.events[&us_listing("MSBC")].actions[0];
    assert_eq!(stock_dividend.kind.split_ratio().unwrap().get(), 1.05);
}

#[tokio::test]
async fn refusals_are_told_by_kind_and_without_the_secret() {
    let says = |status, message: &str| {
        let body = format!("{{\"message\":\"{message}\"}}");
        reply(status, "application/json", "", body.as_bytes())
    };
    let recent = "subscription does not permit querying recent SIP data";
    let echo = format!("what is {SECRET}");
    let other = BARS_2.replace("NVDA", "TSLA");
    let hourly = BARS_2.replace("T04:00:00Z", "T05:00:00Z");
    let same = BARS_1
        .replace("BRK.B", "NVDA2")
        .replace("\"NVDA2\"", "\"NVDA\"");
    for (answers, kind, retry) in [
        (vec![says(403, recent)], "not_entitled", Retry::Never),
        (
            vec![says(403, "forbidden.")],
            "unauthorized",
            Retry::StopAll,
        ),
        (
            vec![says(401, "access key verification failed")],
            "unauthorized",
            Retry::StopAll,
        ),
        (vec![says(422, &echo)], "rejected", Retry::Never),
        (
            vec![says(429, "too many requests.")],
            "throttled",
            Retry::PauseAll(None),
        ),
        (
            vec![json(r#"{"bars":{},"next_page_token":null}"#)],
            "no_data",
            Retry::Never,
        ),
        (
            vec![json(r#"{"bars":null,"next_page_token":null}"#)],
            "no_data",
            Retry::Never,
        ),
        (vec![json(&other)], "wrong_symbol", Retry::Never),
        (vec![json(&hourly)], "wrong_granularity", Retry::Never),
        (vec![json("{")], "unreadable", Retry::After(None)),
        (
            vec![reply(200, "text/html", "", b"<html>")],
            "not_data",
            Retry::After(None),
        ),
        (vec![json(&same), json(&same)], "rejected", Retry::Never),
    ] {
        let error = fetch(answers).await.unwrap_err();
        assert_eq!((error.kind(), error.retry()), (kind, retry), "{error}");
        assert!(!format!("{error:?} {error}").contains(SECRET), "{error}");
    }
    let (client, _server) = client(vec![]).await;
    let shown = format!("{client:?}");
    assert!(
        !shown.contains(SECRET) && !shown.contains("KEYID"),
        "{shown}"
    );
}

#[test]
fn class_shares_and_preferred_shares_are_written_as_new_york_writes_them() {
    for (ours, theirs) in [("BRK-B", "BRK.B"), ("BAC-PL", "BAC.PRL"), ("AAPL", "AAPL")] {
        assert_eq!(symbols::symbol(&us_listing(ours)), theirs);
        let back = symbols::listing(&new_york(), theirs);
        assert_eq!(back, Some(us_listing(ours)), "{theirs}");
    }
    assert_eq!(symbols::listing(&new_york(), "IFN.RTWI"), None);
}

/// The answers in the tests of the vendor's own client.
#[expect(clippy::disallowed_methods, reason = "recorded data are files")]
fn recorded(name: &str) -> Option<Vec<u8>> {
    let folder = quantx_fixtures::shared_data()?.join("vendors/alpaca");
    Some(std::fs::read(folder.join(name)).unwrap())
}

#[test]
fn the_vendors_own_examples_are_read() {
    let (Some(bars), Some(actions)) = (
        recorded("bars_AAPL_2022-02-01_1Day.json"),
        recorded("corporate_actions.json"),
    ) else {
        return;
    };
    let page = parse_bars(&bars, &new_york()).unwrap();
    let rows = &page.rows["AAPL"];
    assert_eq!(rows[0].date, date(2022, 2, 1));
    assert_eq!(rows[1].close, Some(175.84));
    assert!(page.next.is_some());
    let (actions, next) = parse_actions(&actions, &new_york()).unwrap();
    assert!(next.is_some());
    assert_eq!(actions.evidence.len(), 6);
    let reverse = actions.events[&us_listing("MNTS")].actions[0];
    assert_eq!(reverse.kind.split_ratio().unwrap().get(), 0.02);
}

proptest! {
    #[test]
    fn no_body_breaks_the_parsers(text in r#"[\[\]{}":,a-z0-9./\- ]{0,200}"#) {
        let _ = parse_bars(text.as_bytes(), &new_york());
        let _ = parse_actions(text.as_bytes(), &new_york());
    }
}
