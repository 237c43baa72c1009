//! What each answer means, whole, broken and packed.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

#[tokio::test]
async fn every_answer_has_its_own_meaning() {
    let whole = chart().to_string();
    let not_found = refusal("Not Found", "No data found, symbol may be delisted");
    let too_early = refusal(
        "Bad Request",
        "Data doesn't exist for startDate = 1, endDate = 2",
    );
    let bad = refusal("Bad Request", "Invalid input");
    let interval = refusal("Unprocessable Entity", "1m data not available");
    let crumb = br#"{"finance":{"result":null,"error":{"code":"Unauthorized","description":"Invalid Crumb"}}}"#;
    let page = b"<html>Will be right back</html>";
    let cut = |text: &str| text.as_bytes()[..text.len() / 2].to_vec();
    let no_rows = json!({"chart": {"error": null, "result": [{
        "meta": {"symbol": "AAPL", "dataGranularity": "1d"},
        "indicators": {"quote": [{}], "adjclose": [{}]},
    }]}});
    for (reply, kind, retry) in [
        (
            reply(404, JSON, "", &not_found),
            "unknown_symbol",
            Retry::Never,
        ),
        (reply(404, HTML, "", page), "not_data", Retry::After(None)),
        (
            reply(404, JSON, "", &cut("{\"chart\"")),
            "unreadable",
            Retry::After(None),
        ),
        (
            reply(400, JSON, "", &too_early),
            "not_listed_yet",
            Retry::Never,
        ),
        (reply(400, JSON, "", &bad), "rejected", Retry::Never),
        (reply(422, JSON, "", &interval), "rejected", Retry::Never),
        (reply(401, JSON, "", crumb), "rejected", Retry::Never),
        (reply(403, JSON, "", b"{}"), "rejected", Retry::Never),
        (reply(403, HTML, "", page), "not_data", Retry::After(None)),
        (
            reply(302, HTML, "location: http://127.0.0.1:1/x?y\r\n", b""),
            "rejected",
            Retry::Never,
        ),
        (
            reply(429, HTML, "", b"Edge: Too Many Requests"),
            "throttled",
            Retry::PauseAll(None),
        ),
        (
            reply(429, HTML, "retry-after: 7\r\n", b""),
            "throttled",
            Retry::PauseAll(Some(Duration::from_secs(7))),
        ),
        (
            reply(
                429,
                HTML,
                "date: Sun, 06 Nov 1994 08:49:37 GMT\r\nretry-after: Sun, 06 Nov 1994 08:50:07 GMT\r\n",
                b"",
            ),
            "throttled",
            Retry::PauseAll(Some(Duration::from_secs(30))),
        ),
        (
            reply(500, HTML, "", page),
            "unavailable",
            Retry::After(None),
        ),
        (
            reply(503, JSON, "retry-after: 2\r\n", b"{}"),
            "unavailable",
            Retry::After(Some(Duration::from_secs(2))),
        ),
        (reply(200, HTML, "", page), "not_data", Retry::After(None)),
        (
            reply(200, HTML, "", whole.as_bytes()),
            "not_data",
            Retry::After(None),
        ),
        (reply(200, JSON, "", b""), "unreadable", Retry::After(None)),
        (
            reply(200, JSON, "", &cut(&whole)),
            "unreadable",
            Retry::After(None),
        ),
        (
            reply(200, JSON, "content-encoding: gzip\r\n", whole.as_bytes()),
            "connection",
            Retry::After(None),
        ),
        (
            reply(200, JSON, "", whole.replace("AAPL", "TAPL").as_bytes()),
            "wrong_symbol",
            Retry::Never,
        ),
        (
            reply(200, JSON, "", whole.replace("1d", "1wk").as_bytes()),
            "wrong_granularity",
            Retry::Never,
        ),
        (ok(&no_rows), "no_data", Retry::Never),
    ] {
        let described = match &reply {
            Reply::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Reply::Hang => String::new(),
        };
        let error = fetch(reply).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{described}");
        assert_eq!(error.retry(), retry, "{described}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_broken_connection() {
    let Reply::Bytes(mut bytes) = ok(&chart()) else {
        panic!("no bytes");
    };
    bytes.truncate(bytes.len() - 10);
    let error = fetch(Reply::Bytes(bytes)).await.unwrap_err();
    assert_eq!(error.kind(), "connection");
}

#[tokio::test]
async fn a_body_without_a_content_type_is_judged_by_its_first_byte() {
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
    let whole = Reply::Bytes(format!("{head}{}", chart()).into_bytes());
    assert_eq!(fetch(whole).await.unwrap().rows.len(), 2);
    let page = Reply::Bytes(format!("{head}<html>").into_bytes());
    assert_eq!(fetch(page).await.unwrap_err().kind(), "not_data");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_packed_body_is_unpacked_and_its_limit_is_that_of_the_unpacked() {
    let whole = chart().to_string();
    let packed = || {
        reply(
            200,
            JSON,
            "content-encoding: gzip\r\n",
            &gzip(whole.as_bytes()),
        )
    };
    let limit = whole.len() as u64;
    let history = fetch_with(vec![packed()], |config| config.body_limit_bytes = limit).await;
    assert_eq!(history.unwrap().rows.len(), 2);
    let error = fetch_with(vec![packed()], |config| config.body_limit_bytes = limit - 1).await;
    assert!(
        matches!(error, Err(ProviderError::TooLarge { limit_bytes, .. }) if limit_bytes == limit - 1)
    );
    let bomb = reply(
        200,
        JSON,
        "content-encoding: gzip\r\n",
        &gzip(&vec![b' '; 50_000_000]),
    );
    assert_eq!(fetch(bomb).await.unwrap_err().kind(), "too_large");
}
