//! The client against a server of a few lines.

mod answers;

use std::error::Error;
use std::num::NonZeroU32;
use std::time::Duration;

use jiff::civil::date;
use serde_json::{Value, json};

use super::*;
use crate::test_server::{Reply, Server, reply};
use crate::{Retry, RetryPolicy, ThrottleLimits, Throttled};
use quantx_fixtures::us_listing;

const JSON: &str = "application/json;charset=utf-8";
const HTML: &str = "text/html";

fn ok(body: &Value) -> Reply {
    reply(200, JSON, "", body.to_string().as_bytes())
}

fn refusal(code: &str, description: &str) -> Vec<u8> {
    let error = json!({"code": code, "description": description});
    json!({"chart": {"result": null, "error": error}})
        .to_string()
        .into_bytes()
}

/// Sessions of 2025-08-13, 14 and 15, with a dividend on the first and the last.
fn chart() -> Value {
    let stamps = [1_755_091_800, 1_755_178_200, 1_755_264_600];
    let column = [10.5, 11.0, 11.5];
    json!({"chart": {"error": null, "result": [{
        "meta": {
            "currency": "USD", "symbol": "AAPL", "dataGranularity": "1d",
            "exchangeTimezoneName": "America/New_York",
        },
        "timestamp": stamps,
        "events": {"dividends": {
            "1": {"date": stamps[0], "amount": 0.25},
            "2": {"date": stamps[2], "amount": 0.5},
        }},
        "indicators": {
            "quote": [{"open": column, "high": column, "low": column, "close": column, "volume": [1, 2, 3]}],
            "adjclose": [{"adjclose": column}],
        },
    }]}})
}

fn request() -> HistoryRequest {
    HistoryRequest {
        listing: us_listing("AAPL"),
        start: date(2025, 8, 14),
        now: "2025-08-15T21:00:00Z".parse().unwrap(),
    }
}

async fn fetch_with(
    replies: Vec<Reply>,
    change: impl FnOnce(&mut YahooConfig),
) -> Result<VendorHistory, ProviderError> {
    let server = Server::new(replies).await;
    let mut config = server.config();
    change(&mut config);
    let client = YahooClient::new(config).unwrap();
    server.during(client.daily_history(&request())).await
}

async fn fetch(reply: Reply) -> Result<VendorHistory, ProviderError> {
    fetch_with(vec![reply], |_| {}).await
}

#[tokio::test]
async fn a_question_is_asked_the_way_yahoo_wants_it() {
    let server = Server::new(vec![ok(&chart())]).await;
    let mut config = server.config();
    config.base_url.push_str("/mirror/");
    let client = YahooClient::new(config).unwrap();
    server
        .during(client.daily_history(&request()))
        .await
        .unwrap();
    let requested = server.requests.lock().unwrap().concat();
    // From a day before 2025-08-14T00:00Z to a day after now.
    let line = "GET /mirror/v8/finance/chart/AAPL?period1=1755043200&period2=1755378000&interval=1d\
                &events=div%2Csplits%2CcapitalGains&includePrePost=false HTTP/1.1\r\n";
    assert!(requested.starts_with(line), "{requested}");
    assert!(requested.contains("user-agent: Mozilla/5.0 (X11; Linux x86_64) Test/1\r\n"));
    assert!(
        requested.contains("accept-encoding: gzip, br\r\n")
            || requested.contains("accept-encoding: gzip,br\r\n"),
        "{requested}"
    );
    assert_eq!(client.usage().requests, 1);
    assert_eq!(client.usage().bytes, chart().to_string().len() as u64);
}

#[tokio::test]
async fn what_lies_before_the_start_is_dropped() {
    let history = fetch(ok(&chart())).await.unwrap();
    let dates: Vec<_> = history.rows.iter().map(|row| row.date).collect();
    assert_eq!(dates, [date(2025, 8, 14), date(2025, 8, 15)]);
    let ex_dates: Vec<_> = history
        .actions
        .iter()
        .map(|action| action.ex_date)
        .collect();
    assert_eq!(ex_dates, [date(2025, 8, 15)]);

    let server = Server::new(vec![ok(&chart())]).await;
    let client = YahooClient::new(server.config()).unwrap();
    let later = HistoryRequest {
        start: date(2025, 8, 16),
        ..request()
    };
    let error = server
        .during(client.daily_history(&later))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), "no_data");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let error = fetch_with(vec![Reply::Hang], |config| {
        config.timeout = Duration::from_millis(50);
    });
    assert_eq!(error.await.unwrap_err().kind(), "timed_out");
}

#[tokio::test]
async fn a_refused_connection_is_told_without_the_query() {
    let server = Server::new(vec![]).await;
    let client = YahooClient::new(server.config()).unwrap();
    drop(server);
    let error = client.daily_history(&request()).await.unwrap_err();
    assert_eq!(error.kind(), "connection");
    let mut cause: Option<&dyn Error> = Some(&error);
    while let Some(described) = cause {
        assert!(!described.to_string().contains("period1"), "{described}");
        cause = described.source();
    }
}

#[tokio::test]
async fn a_failing_server_is_asked_again_by_the_decorator_only() {
    let page = b"<html>Oops</html>";
    let replies = || {
        vec![
            reply(500, HTML, "", page),
            reply(429, HTML, "", b""),
            ok(&chart()),
        ]
    };
    let error = fetch_with(replies(), |_| {}).await.unwrap_err();
    assert_eq!(error.kind(), "unavailable");

    let server = Server::new(replies()).await;
    let limits = ThrottleLimits {
        requests_per_second: None,
        burst: NonZeroU32::MIN,
        retry: RetryPolicy {
            max_attempts: NonZeroU32::new(3).unwrap(),
            base: 2.0,
            min_wait: Duration::ZERO,
            max_wait: Duration::ZERO,
            max_pause: Duration::ZERO,
        },
        open_after: NonZeroU32::new(3).unwrap(),
    };
    let client = Throttled::new(YahooClient::new(server.config()).unwrap(), limits);
    let history = server.during(client.daily_history(&request())).await;
    assert_eq!(history.unwrap().rows.len(), 2);
    let usage = client.usage();
    assert_eq!((usage.requests, usage.retries, usage.throttled), (3, 2, 1));
}

#[test]
fn settings_that_cannot_work_are_refused_at_once() {
    let config = |base_url: &str, user_agent: &str| YahooConfig {
        base_url: base_url.to_owned(),
        user_agent: user_agent.to_owned(),
        connect_timeout: Duration::from_secs(5),
        timeout: Duration::from_secs(30),
        body_limit_bytes: 1,
    };
    for base_url in [
        "",
        "query2.finance.yahoo.com",
        "ftp://x",
        "localhost:80",
        "data:,x",
        "/v8",
    ] {
        let error = YahooClient::new(config(base_url, "x")).unwrap_err();
        assert!(matches!(error, YahooSetupError::BaseUrl { read, .. } if read == base_url));
    }
    let error = YahooClient::new(config("http://127.0.0.1:1", "two\nlines")).unwrap_err();
    assert!(matches!(error, YahooSetupError::Http(_)));
}

#[test]
fn the_earliest_and_latest_dates_make_no_overflow() {
    let (first, last) = periods(Date::MIN, Timestamp::MAX);
    assert_eq!(
        (first, last),
        (Timestamp::MIN.as_second(), Timestamp::MAX.as_second())
    );
    assert_eq!(
        periods(date(1970, 1, 1), Timestamp::UNIX_EPOCH),
        (-86_400, 86_400)
    );
}
