use super::*;

fn http() -> Http {
    let config = HttpConfig {
        base_url: "http://127.0.0.1:1/api/".to_owned(),
        user_agent: "test".to_owned(),
        connect_timeout: Duration::from_secs(1),
        timeout: Duration::from_secs(1),
        body_limit_bytes: 10,
    };
    let key = ApiKey::parse("hunter2").unwrap();
    let vendor = ProviderName("vendor");
    Http::new(vendor, config, "https://example.org", Some(key)).unwrap()
}

#[test]
fn retry_after_is_read_as_seconds_or_against_the_servers_own_date() {
    let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
    for (header, date, expected) in [
        (Some("7"), None, Some(7)),
        (Some(" 120 "), date, Some(120)),
        (Some("Sun, 06 Nov 1994 08:51:37 GMT"), date, Some(120)),
        (Some("Sun, 06 Nov 1994 08:00:00 GMT"), date, Some(0)),
        (Some("Sun, 06 Nov 1994 08:51:37 GMT"), None, None),
        (Some("-1"), date, None),
        (Some("soon"), date, None),
        (None, date, None),
    ] {
        let expected = expected.map(Duration::from_secs);
        assert_eq!(retry_after(header, date), expected, "{header:?} {date:?}");
    }
}

#[test]
fn a_redirect_is_named_without_its_query() {
    let location = Some("https://guce.yahoo.com/consent?sessionId=secret");
    let error = http().refused_by_status(307, None, location).unwrap();
    assert_eq!(
        error.to_string(),
        "vendor refused the request: HTTP 307, redirect to https://guce.yahoo.com/consent"
    );
}

#[test]
fn a_status_decides_alone_only_when_the_body_cannot_tell_more() {
    for (status, kind) in [
        (200, None),
        (400, None),
        (401, None),
        (402, None),
        (403, None),
        (404, None),
        (422, None),
        (302, Some("rejected")),
        (429, Some("throttled")),
        (999, Some("throttled")),
        (500, Some("unavailable")),
        (503, Some("unavailable")),
    ] {
        let error = http().refused_by_status(status, None, None);
        assert_eq!(error.map(|error| error.kind()), kind, "{status}");
    }
}

#[test]
fn what_a_vendor_says_is_told_without_the_key_on_one_short_line() {
    let http = http();
    assert_eq!(
        http.redacted("token hunter2\n is <b>bad</b>"),
        "token *** is <b>bad</b>"
    );
    assert_eq!(http.redacted(&"x".repeat(500)).len(), 200);
    assert!(!format!("{http:?}").contains("hunter2"));
    let url = http.url(&["eod", "A/B C"]);
    assert_eq!(url.as_str(), "http://127.0.0.1:1/api/eod/A%2FB%20C");
}
