mod events;

use jiff::civil::date;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const NEW_YORK: &str = "America/New_York";

/// A chart answer for `AAPL` with the same price in every row; the row's index is its volume.
fn chart(time_zone: &str, stamps: &[i64]) -> Value {
    let column = vec![10.0; stamps.len()];
    let volume: Vec<usize> = (0..stamps.len()).collect();
    json!({"chart": {"error": null, "result": [{
        "meta": {
            "currency": "USD", "symbol": "AAPL", "dataGranularity": "1d",
            "exchangeTimezoneName": time_zone, "firstTradeDate": 345479400,
            "currentTradingPeriod": {"regular": {"start": at("2025-08-15T13:30:00Z"), "end": at("2025-08-15T20:00:00Z")}},
            "somethingNew": {"a": [1]},
        },
        "timestamp": stamps,
        "indicators": {
            "quote": [{"open": column, "high": column, "low": column, "close": column, "volume": volume}],
            "adjclose": [{"adjclose": column}],
        },
    }]}})
}

/// `chart` with the value at `pointer`, which starts at the result, replaced.
fn with(mut chart: Value, pointer: &str, value: Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = format!("/chart/result/0{parent}");
    let parent = chart.pointer_mut(&parent).unwrap();
    match parent {
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
        parent => parent[key] = value,
    }
    chart
}

fn at(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_second()
}

fn parse(chart: &Value) -> Result<Parsed, ParseError> {
    parse_chart(chart.to_string().as_bytes(), "AAPL")
}

fn history(chart: &Value) -> VendorHistory {
    match parse(chart) {
        Ok(Parsed::History(history)) => *history,
        other => panic!("no history: {other:?}"),
    }
}

fn error(chart: &Value) -> ParseError {
    parse(chart).unwrap_err()
}

/// Dates and volumes (indexes in the answer) of the rows.
fn rows(chart: &Value) -> Vec<(Date, f64)> {
    let rows = history(chart).rows;
    rows.iter()
        .map(|row| (row.date, row.volume.unwrap()))
        .collect()
}

fn one_row() -> Value {
    chart(NEW_YORK, &[at("2025-08-14T13:30:00Z")])
}

#[test]
fn an_answer_becomes_a_history() {
    let history = history(&chart(
        NEW_YORK,
        &[at("2025-08-14T13:30:00Z"), at("2025-08-15T20:00:01Z")],
    ));
    assert_eq!(history.currency.as_deref(), Some("USD"));
    assert_eq!(history.time_zone.iana_name(), Some(NEW_YORK));
    assert_eq!(history.first_trade, Some(date(1980, 12, 12)));
    let regular = history.regular_period.unwrap();
    assert_eq!(regular.end.as_second(), at("2025-08-15T20:00:00Z"));
    assert_eq!(history.duplicate_rows, 0);
    let last = history.rows.last().unwrap();
    assert_eq!(last.date, date(2025, 8, 15));
    assert_eq!(last.stamp.as_second(), at("2025-08-15T20:00:01Z"));
    assert_eq!(last.close, Some(10.0));
    assert_eq!(last.adjusted_close, Some(10.0));
}

#[test]
fn an_answer_for_another_symbol_or_interval_is_refused() {
    for symbol in ["aapl", "AAPL.DE", "TAPL"] {
        let chart = with(one_row(), "/meta/symbol", json!(symbol));
        assert!(matches!(error(&chart), ParseError::WrongSymbol { got, .. } if got == symbol));
    }
    let chart = with(one_row(), "/meta/dataGranularity", json!("3mo"));
    assert!(matches!(error(&chart), ParseError::WrongGranularity { got } if got == "3mo"));
}

#[test]
fn no_stamp_is_no_data_even_without_a_time_zone() {
    let mut chart = with(one_row(), "/meta/exchangeTimezoneName", json!(null));
    let result = chart.pointer_mut("/chart/result/0").unwrap();
    result.as_object_mut().unwrap().remove("timestamp");
    result["indicators"] = json!({"quote": [{}], "adjclose": [{}]});
    assert!(matches!(parse(&chart), Ok(Parsed::NoData)));
}

#[test]
fn a_reason_of_the_vendor_is_told() {
    for envelope in ["chart", "finance"] {
        let body = json!({envelope: {"result": null, "error": {"code": "Not Found", "description": "gone"}}});
        let Ok(Parsed::Refused(fault)) = parse(&body) else {
            panic!("{body}");
        };
        assert_eq!(
            (fault.code.as_str(), fault.description.as_str()),
            ("Not Found", "gone")
        );
    }
}

#[test]
fn what_is_not_a_chart_is_not_read() {
    let whole = one_row().to_string();
    for body in [
        "",
        "{}",
        "null",
        "<html>Will be right back</html>",
        r#"{"chart":{"result":null,"error":null}}"#,
        r#"{"chart":{"result":[],"error":null}}"#,
        &whole[..whole.len() / 2],
        &whole.replace("10.0", "NaN"),
        &whole.replace("10.0", "Infinity"),
        &whole.replace("10.0", "1e999"),
        &whole.replace("10.0", "\"10.0\""),
    ] {
        let result = parse_chart(body.as_bytes(), "AAPL");
        assert!(
            matches!(result, Err(ParseError::Json(_))),
            "{body}: {result:?}"
        );
    }
}

#[test]
fn a_time_zone_that_nobody_knows_is_refused() {
    for name in [
        json!(null),
        json!(""),
        json!("Mars/Olympus"),
        json!("../UTC"),
    ] {
        let chart = with(one_row(), "/meta/exchangeTimezoneName", name.clone());
        assert!(
            matches!(error(&chart), ParseError::TimeZone { .. }),
            "{name}"
        );
    }
}

#[test]
fn a_date_is_the_exchanges_own_and_late_whole_hours_belong_to_the_next() {
    for (time_zone, stamp, expected) in [
        (NEW_YORK, "2025-08-14T13:30:00Z", date(2025, 8, 14)),
        (NEW_YORK, "2025-01-14T14:30:00Z", date(2025, 1, 14)),
        ("Asia/Tokyo", "2025-08-14T00:00:00Z", date(2025, 8, 14)),
        // 2025-08-13 is the date of this session's open in UTC.
        (
            "Australia/Sydney",
            "2025-01-13T23:00:00Z",
            date(2025, 1, 14),
        ),
        // Currencies open at midnight in London, which is 23:00Z in summer.
        ("Europe/London", "2025-08-13T23:00:00Z", date(2025, 8, 14)),
        ("Europe/London", "2025-01-14T00:00:00Z", date(2025, 1, 14)),
        // Brazil around its change of the clocks: 23:00 and 22:00 of the day before.
        (
            "America/Sao_Paulo",
            "2018-02-20T02:00:00Z",
            date(2018, 2, 20),
        ),
        (
            "America/Sao_Paulo",
            "2018-02-20T01:00:00Z",
            date(2018, 2, 20),
        ),
        // A late trade is not a session's open.
        ("UTC", "2025-08-14T23:00:01Z", date(2025, 8, 14)),
        ("UTC", "2025-08-14T22:30:00Z", date(2025, 8, 14)),
        ("UTC", "2025-08-14T21:00:00Z", date(2025, 8, 14)),
        ("UTC", "2025-08-14T23:00:00Z", date(2025, 8, 15)),
        (NEW_YORK, "1962-01-02T14:30:00Z", date(1962, 1, 2)),
    ] {
        let dates = rows(&chart(time_zone, &[at(stamp)]));
        assert_eq!(dates, [(expected, 0.0)], "{stamp} in {time_zone}");
    }
}

#[test]
fn a_stamp_beyond_the_calendar_is_refused() {
    for stamp in [i64::MAX, i64::MIN, 253_402_300_800] {
        let chart = chart(NEW_YORK, &[stamp]);
        assert!(matches!(error(&chart), ParseError::Stamp { got } if got == stamp));
    }
}

#[test]
fn rows_must_be_in_order_of_time_and_of_date() {
    let backwards = [at("2025-08-15T13:30:00Z"), at("2025-08-14T13:30:00Z")];
    let expected = date(2025, 8, 14);
    assert!(
        matches!(error(&chart(NEW_YORK, &backwards)), ParseError::Unordered { date } if date == expected)
    );
    // In order of time, but the first belongs to the next day by the repair of late hours.
    let late = [at("2025-08-14T23:00:00Z"), at("2025-08-14T23:30:00Z")];
    assert!(
        matches!(error(&chart("UTC", &late)), ParseError::Unordered { date } if date == expected)
    );
}

#[test]
fn of_two_rows_of_one_date_the_official_one_wins_else_the_later() {
    let day = date(2025, 8, 14);
    let (open, open_again) = ("2025-08-14T13:30:00Z", "2025-08-14T13:30:00Z");
    let (early, live, later) = (
        "2025-08-14T12:00:00Z",
        "2025-08-14T17:35:54Z",
        "2025-08-14T20:00:01Z",
    );
    for (stamps, winner) in [
        (vec![open, live], 0.0),
        (vec![early, open], 1.0),
        (vec![live, later], 1.0),
        (vec![open, open_again], 1.0),
        (vec![early, open, live], 1.0),
        (vec![open, live, later], 0.0),
    ] {
        let seconds: Vec<i64> = stamps.iter().map(|stamp| at(stamp)).collect();
        let chart = chart(NEW_YORK, &seconds);
        assert_eq!(rows(&chart), [(day, winner)], "{stamps:?}");
        assert_eq!(history(&chart).duplicate_rows, stamps.len() - 1);
    }
    // The open of the current session is in daylight saving time, that of January is not.
    let winter = ["2025-01-14T14:30:00Z", "2025-01-14T16:00:00Z"].map(at);
    assert_eq!(rows(&chart(NEW_YORK, &winter)), [(date(2025, 1, 14), 0.0)]);
}

#[test]
fn without_a_session_the_later_of_two_rows_wins() {
    let stamps = ["2025-08-14T13:30:00Z", "2025-08-14T17:35:54Z"].map(at);
    for period in [json!(null), json!({})] {
        let chart = with(
            chart(NEW_YORK, &stamps),
            "/meta/currentTradingPeriod",
            period,
        );
        assert_eq!(rows(&chart), [(date(2025, 8, 14), 1.0)]);
        assert_eq!(history(&chart).regular_period, None);
    }
}

#[test]
fn columns_must_be_as_long_as_the_stamps() {
    for column in ["open", "high", "low", "close", "volume"] {
        for bad in [json!([]), json!([1, 2])] {
            let chart = with(one_row(), &format!("/indicators/quote/0/{column}"), bad);
            assert!(
                matches!(error(&chart), ParseError::Ragged { column: got, expected: 1, .. } if got == column)
            );
        }
    }
    let chart = with(one_row(), "/indicators/adjclose/0/adjclose", json!([1, 2]));
    assert!(matches!(
        error(&chart),
        ParseError::Ragged {
            column: "adjclose",
            got: 2,
            expected: 1
        }
    ));
    let chart = with(one_row(), "/indicators/quote", json!([]));
    assert!(matches!(
        error(&chart),
        ParseError::Ragged {
            column: "open",
            got: 0,
            expected: 1
        }
    ));
}

#[test]
fn nulls_are_kept_and_adjusted_closes_may_be_missing() {
    let nulls =
        json!({"open": [null], "high": [null], "low": [null], "close": [null], "volume": [null]});
    let null_row = with(one_row(), "/indicators/quote/0", nulls);
    let history_of_null = history(&null_row);
    assert!(history_of_null.rows[0].is_null());
    assert_eq!(history_of_null.rows[0].volume, None);
    for adjclose in [json!([]), json!([{}]), json!([{"adjclose": [null]}])] {
        let chart = with(one_row(), "/indicators/adjclose", adjclose);
        assert_eq!(history(&chart).rows[0].adjusted_close, None);
    }
    let chart = with(one_row(), "/meta/currency", json!(null));
    assert_eq!(history(&chart).currency, None);
}

#[test]
fn every_bit_of_a_price_is_kept() {
    let text = one_row().to_string().replace("10.0", "211.9811248779297");
    let Ok(Parsed::History(history)) = parse_chart(text.as_bytes(), "AAPL") else {
        panic!("{text}");
    };
    assert_eq!(
        history.rows[0].close.map(f64::to_bits),
        Some(211.9811248779297_f64.to_bits())
    );
}

/// Not JSON, and only where they do not matter: the prices of the same answer must be numbers.
#[test]
fn what_is_no_number_in_the_adjusted_close_is_no_checksum() {
    let whole = one_row().to_string();
    for word in ["NaN", "Infinity", "-Infinity", "null"] {
        let (before, adjusted) = whole.split_once("\"adjclose\"").unwrap();
        let adjusted = adjusted.replacen("10.0", word, 1);
        let body = format!("{before}\"adjclose\"{adjusted}");
        let Parsed::History(history) = parse_chart(body.as_bytes(), "AAPL").unwrap() else {
            panic!("no history");
        };
        assert_eq!(history.rows[0].close, Some(10.0), "{word}");
        assert_eq!(history.rows[0].adjusted_close, None, "{word}");
    }
}

proptest! {
    #[test]
    fn rows_come_out_with_one_per_date_and_none_lost(
        mut stamps in proptest::collection::vec(-2_000_000_000..4_000_000_000_i64, 0..40),
        time_zone in prop::sample::select(vec![NEW_YORK, "Asia/Tokyo", "Europe/London", "UTC"]),
    ) {
        stamps.sort_unstable();
        match parse(&chart(time_zone, &stamps)) {
            Ok(Parsed::History(history)) => {
                prop_assert_eq!(history.rows.len() + history.duplicate_rows, stamps.len());
                prop_assert!(history.rows.is_sorted_by(|a, b| a.date < b.date));
            }
            Ok(Parsed::NoData) => prop_assert!(stamps.is_empty()),
            other => prop_assert!(matches!(other, Err(ParseError::Unordered { .. })), "{:?}", other),
        }
    }

    #[test]
    fn no_bytes_make_it_panic(mut body in Just(one_row().to_string().into_bytes()), at in 0..900_usize, byte: u8) {
        let at = at % body.len();
        body[at] = byte;
        // Any outcome will do.
        let _ = parse_chart(&body, "AAPL");
        let _ = parse_chart(&body[..at], "AAPL");
    }
}
