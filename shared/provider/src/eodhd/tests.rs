use jiff::civil::date;
use proptest::prelude::*;

use super::day::{DayBodies, parse_day};
use super::parse::{history, parse_dividends, parse_prices, parse_splits};
use super::*;
use crate::test_server::{Reply, Server, json, reply};
use crate::{
    ApiKey, BarProvider, DayBars, DayProvider, HistoryRequest, LeftOut, ProviderError, Retry,
    TradingState,
};
use quantx_fixtures::{dividend, exchange, split, us_listing};
use quantx_market::{Exchange, ExchangeTable, Listing, ShareBasis, VendorHistory};

const EOD: &str = include_str!("../../../../tests/fixtures/eodhd/http_get_eod.json");
const LIMITED: &str = include_str!("../../../../tests/fixtures/eodhd/http_get_eod_limited.json");
const SPLITS: &str = include_str!("../../../../tests/fixtures/eodhd/http_get_splits.json");
const DIVIDENDS: &str = include_str!("../../../../tests/fixtures/eodhd/http_get_div.json");
const DAY: &str = include_str!("../../../../tests/fixtures/eodhd/http_get_eod_bulk_last_day.json");
const DAY_SPLITS: &str =
    include_str!("../../../../tests/fixtures/eodhd/http_get_eod_bulk_last_day_splits.json");
const DAY_DIVIDENDS: &str =
    include_str!("../../../../tests/fixtures/eodhd/http_get_eod_bulk_last_day_dividends.json");

const KEY: &str = "hunter2secret";

fn exchanges() -> ExchangeTable {
    ExchangeTable::new([exchange("us", ""), exchange("hk", "HK")]).unwrap()
}

async fn client(replies: Vec<Reply>) -> (EodhdClient, Server) {
    let server = Server::new(replies).await;
    let config = EodhdConfig {
        http: server.config(),
        key: ApiKey::parse(KEY).unwrap(),
        exchanges: exchanges(),
    };
    (EodhdClient::new(config).unwrap(), server)
}

fn request(listing: Listing, start: jiff::civil::Date) -> HistoryRequest {
    HistoryRequest {
        listing,
        start,
        now: "2024-06-12T12:00:00Z".parse().unwrap(),
    }
}

async fn fetch(replies: Vec<Reply>) -> Result<VendorHistory, ProviderError> {
    let (client, server) = client(replies).await;
    let request = request(us_listing("NVDA"), date(2024, 6, 6));
    server.during(client.daily_history(&request)).await
}

async fn fetch_day(replies: Vec<Reply>, code: &str) -> Result<DayBars, ProviderError> {
    let (client, server) = client(replies).await;
    let exchange = exchange(code, "");
    server
        .during(client.bars_on(&exchange, date(2024, 6, 10)))
        .await
}

#[tokio::test]
async fn a_history_is_as_traded_with_volumes_and_dividends_multiplied_back() {
    let (client, server) = client(vec![json(EOD), json(SPLITS), json(DIVIDENDS)]).await;
    let asked = request(us_listing("NVDA"), date(2024, 6, 6));
    let history = server.during(client.daily_history(&asked)).await.unwrap();
    assert_eq!(history.basis, ShareBasis::AsTraded);
    let volumes: Vec<_> = history.rows.iter().map(|row| row.volume).collect();
    let shares = [66_469_600.0, 41_238_600.0, 314_162_700.0].map(Some);
    assert_eq!(volumes, [&shares[..], &[None]].concat());
    let closes: Vec<_> = history.rows.iter().filter_map(|row| row.close).collect();
    assert_eq!(closes, [1209.98, 1208.88, 121.79, 120.91]);
    // 0.002 per share of today is given without the amount as paid.
    let ex_split = date(2024, 6, 10);
    let mut split_10 = split(ex_split, 10.0);
    split_10.ex_date = ex_split;
    let expected = [
        dividend(date(2024, 6, 6), 0.02),
        dividend(date(2024, 6, 7), 0.1),
        split_10,
    ];
    assert_eq!(history.actions, expected);
    assert_eq!(history.foreign[0].currency, "EUR");
    assert_eq!(history.refused_actions.len(), 1);
    assert_eq!(BarProvider::usage(&client).requests, 3);

    let asked = server.requests.lock().unwrap();
    let lines: Vec<&str> = asked.iter().filter_map(|it| it.lines().next()).collect();
    let query = format!("api_token={KEY}&fmt=json&from=2024-06-06");
    assert_eq!(
        lines,
        [
            format!("GET /eod/NVDA.US?{query}&period=d&order=a HTTP/1.1"),
            format!("GET /splits/NVDA.US?{query} HTTP/1.1"),
            format!("GET /div/NVDA.US?{query} HTTP/1.1"),
        ]
    );
}

#[tokio::test]
async fn refusals_are_told_by_kind_and_without_the_key() {
    let page = |status, text: &str| reply(status, "text/html", "", text.as_bytes());
    let echo = format!("bad api_token={KEY}");
    for (answer, kind, retry) in [
        (page(401, "Unauthenticated"), "unauthorized", Retry::StopAll),
        (
            page(402, "You exceeded your daily limit"),
            "quota_spent",
            Retry::StopAll,
        ),
        (
            page(403, "Only EOD data allowed"),
            "not_entitled",
            Retry::Never,
        ),
        (
            page(404, "Ticker Not Found."),
            "unknown_symbol",
            Retry::Never,
        ),
        (page(422, &echo), "rejected", Retry::Never),
        (page(429, ""), "throttled", Retry::PauseAll(None)),
        (page(503, ""), "unavailable", Retry::After(None)),
        (page(200, "<html>"), "not_data", Retry::After(None)),
        (json("[]"), "no_data", Retry::Never),
        (json("[{]"), "unreadable", Retry::After(None)),
        (
            json(r#"[{"date":"0000-00-00","close":1}]"#),
            "stamps",
            Retry::Never,
        ),
    ] {
        let error = fetch(vec![answer]).await.unwrap_err();
        assert_eq!((error.kind(), error.retry()), (kind, retry), "{error}");
        assert!(!format!("{error:?} {error}").contains(KEY), "{error}");
    }
}

#[tokio::test]
async fn neither_client_nor_connection_error_shows_the_key() {
    let (client, server) = client(vec![]).await;
    assert!(!format!("{client:?}").contains(KEY), "{client:?}");
    // Nobody listens any more.
    drop(server);
    let request = request(us_listing("NVDA"), date(2024, 6, 6));
    let error = client.daily_history(&request).await.unwrap_err();
    assert_eq!(error.kind(), "connection");
    assert!(!format!("{error:?}").contains(KEY), "{error:?}");
}

#[tokio::test]
async fn a_warning_refuses_an_answer_that_the_plan_cut_and_no_other() {
    let (client, server) = client(vec![json(LIMITED)]).await;
    let cut = request(us_listing("NVDA"), date(2020, 1, 2));
    let error = server.during(client.daily_history(&cut)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "eodhd says that the account may not ask this: Data is limited by one year as you have \
         free subscription."
    );
    let whole = fetch(vec![json(LIMITED), json("[]"), json("[]")]).await;
    assert_eq!(whole.unwrap().rows.len(), 2);
}

#[tokio::test]
async fn an_exchange_that_the_vendor_lacks_costs_no_request() {
    let (client, _server) = client(vec![]).await;
    let hk = exchanges();
    let listing = Listing::parse("0700.HK", &hk).unwrap();
    let asked = request(listing, date(2024, 6, 6));
    let error = client.daily_history(&asked).await.unwrap_err();
    assert_eq!(error.to_string(), "eodhd does not cover the exchange hk");
    assert_eq!(DayProvider::usage(&client).requests, 0);
}

#[tokio::test]
async fn a_day_is_three_requests_and_keeps_only_listings_of_that_day() {
    let bodies = || vec![json(DAY), json(DAY_SPLITS), json(DAY_DIVIDENDS)];
    let day = fetch_day(bodies(), "us").await.unwrap();
    let rows: Vec<_> = day
        .rows
        .iter()
        .map(|row| (row.listing.to_string(), row.state, row.row.close.unwrap()))
        .collect();
    use TradingState::{NoTrade, Traded};
    let row = |symbol: &str, state, close| (symbol.to_owned(), state, close);
    assert_eq!(
        rows,
        [
            row("BRK-B", Traded, 410.3),
            row("NVDA", Traded, 121.79),
            row("QUIET", NoTrade, 7.5),
        ]
    );
    let left_out = LeftOut {
        funds: 1,
        delisted: 1,
        stale: 1,
        unreadable: 1,
        doubles: 0,
    };
    assert_eq!(day.left_out, left_out);
    let on = date(2024, 6, 10);
    assert_eq!(day.events[&us_listing("NVDA")].actions, [split(on, 10.0)]);
    assert_eq!(
        day.events[&us_listing("QUIET")].actions,
        [dividend(on, 0.25)]
    );
    assert_eq!(day.events[&us_listing("ABROAD")].foreign[0].currency, "CAD");
    assert_eq!(day.events.len(), 3);

    let holiday = fetch_day(vec![json("[]"), json("[]"), json("[]")], "us").await;
    assert_eq!(
        holiday.unwrap_err().to_string(),
        "eodhd has no rows of the exchange us on 2024-06-10"
    );
    let free = "Bulk requests are prohibited for free users. Please, contact our support team";
    let error = fetch_day(vec![json(&format!("{free:?}"))], "us").await;
    assert_eq!(error.unwrap_err().kind(), "not_entitled");
}

/// The body of a recorded cassette: a YAML file whose string is the JSON in single quotes.
#[expect(clippy::disallowed_methods, reason = "recorded data are files")]
fn recorded(name: &str) -> Option<Vec<u8>> {
    use std::io::Read;
    let file = quantx_fixtures::shared_data()?
        .join("vendors/eodhd")
        .join(name);
    let mut text = String::new();
    flate2::read::GzDecoder::new(&std::fs::read(file).unwrap()[..])
        .read_to_string(&mut text)
        .unwrap();
    let (_, body) = text.split_once("string: '[{").unwrap();
    let (body, _) = body.split_once("}]'").unwrap();
    Some(format!("[{{{}}}]", body.replace("''", "'")).into_bytes())
}

fn sydney() -> Exchange {
    exchange("au", "AX")
}

#[test]
fn the_recorded_day_of_sydney_has_2425_rows_of_which_funds_and_gone_codes_are_left_out() {
    let Some(prices) = recorded("client_eod_bulk_last_day.yml.gz") else {
        return;
    };
    let bodies = DayBodies {
        prices: &prices,
        splits: b"[]",
        dividends: b"[]",
    };
    let day = parse_day(bodies, &sydney(), date(2024, 9, 30)).unwrap();
    let left_out = LeftOut {
        funds: 11,
        delisted: 2,
        ..LeftOut::default()
    };
    assert_eq!(day.left_out, left_out);
    assert_eq!(day.rows.len(), 2_425 - 13);
    // Counted apart: 369 rows without volume, among them the 11 funds and one of the codes that are gone.
    let quiet = |row: &&crate::DayRow| row.state == TradingState::NoTrade;
    assert_eq!(day.rows.iter().filter(quiet).count(), 369 - 12);
}

#[test]
fn the_recorded_history_of_bhp_is_read_whole() {
    let Some(body) = recorded("client_eod_data.yml.gz") else {
        return;
    };
    let prices = parse_prices(&body, &sydney()).unwrap();
    assert_eq!(prices.rows.len(), 8_194);
    assert_eq!(prices.warning, None);
    let history = history(&sydney(), prices.rows, vec![], vec![], date(1900, 1, 1)).unwrap();
    assert_eq!(history.duplicate_rows, 0);
    assert_eq!(history.rows[0].date, date(1993, 4, 1));
    assert_eq!(history.rows[8_193].date, date(2025, 10, 3));
}

proptest! {
    #[test]
    fn no_body_breaks_the_parsers(text in r#"[\[\]{}":,a-z0-9./\- ]{0,200}"#) {
        let body = text.as_bytes();
        let _ = parse_prices(body, &sydney());
        let _ = parse_splits(body);
        let _ = parse_dividends(body);
        let bodies = DayBodies { prices: body, splits: body, dividends: body };
        let _ = parse_day(bodies, &sydney(), date(2024, 9, 30));
    }
}
