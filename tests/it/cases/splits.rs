//! Splits that are listed and not in the prices, or in some of them, or not yet, or impossible.

use std::path::PathBuf;

use jiff::civil::date;
use quantx::report::Outcome;
use serde_json::{Value, json};

use super::{Case, listing, rows, shared_data, truth};

fn case(name: &str) -> Option<PathBuf> {
    Some(shared_data()?.join("cases").join(name))
}

#[tokio::test]
async fn a_split_of_no_shares_is_refused_as_an_event_and_the_rows_are_stored() {
    let Some(folder) = case("02-split-zero-denominator/vendor") else {
        return;
    };
    let case = Case::of(&[folder.join("ALCBI.PA.json")], date(2023, 1, 2)).await;
    let report = case.daily("2023-03-01T03:00:00Z", "ALCBI.PA").await;
    let listing = listing(&report);
    assert_eq!(listing.outcome, Outcome::Updated);
    assert_eq!(case.bars().await.len(), 42);
    let refused = &listing.refused_actions[0];
    assert_eq!(refused.reason, "no split has the ratio 1:0");
    assert_eq!(refused.action.ex_date, date(2023, 1, 16));
}

#[tokio::test]
async fn a_split_that_was_never_applied_is_read_as_what_it_is() {
    let Some(folder) = case("21-split-never-applied/vendor") else {
        return;
    };
    let truth = truth(&folder.join("../../21-truth.json"));
    for symbol in ["BCAN", "CNE", "MHH"] {
        let case = Case::of(&[folder.join(format!("{symbol}.json"))], date(2023, 6, 1)).await;
        let report = case.daily("2024-06-29T03:00:00Z", symbol).await;
        assert_eq!(
            listing(&report).outcome,
            Outcome::Updated,
            "{:?}",
            listing(&report)
        );
        let bars = rows(&case.bars().await);
        for (row, truth) in bars.iter().zip(&truth) {
            assert_eq!(row, truth, "{symbol}");
        }
        assert_eq!(bars.len(), truth.len(), "{symbol}");
    }
}

#[tokio::test]
async fn a_split_that_the_vendor_mends_a_week_later_needs_nobody() {
    let Some(folder) = case("21b-fixed-later") else {
        return;
    };
    let answers = ["v1", "v2", "v3", "v4"].map(|name| folder.join(name));
    let case = Case::of(&answers, date(2023, 6, 1)).await;
    let truth = truth(&folder.join("../21-truth.json"));
    for (now, stored) in [
        ("2024-03-26T03:00:00Z", 205),
        ("2024-04-06T03:00:00Z", 213),
        ("2024-04-09T03:00:00Z", 214),
        ("2024-04-10T03:00:00Z", 215),
    ] {
        let report = case.daily(now, "BCAN").await;
        assert_eq!(
            listing(&report).outcome,
            Outcome::Updated,
            "{:?}",
            listing(&report)
        );
        assert_eq!(rows(&case.bars().await), truth[..stored], "{now}");
    }
}

#[tokio::test]
async fn a_split_of_the_next_session_waits_for_its_bar() {
    let Some(folder) = case("24-event-of-next-session") else {
        return;
    };
    let truth = truth(&folder.join("../24-truth.json"));
    for night_before in ["v1_not_scaled", "v1_scaled"] {
        // A new listing: nothing tells the two readings apart.
        let answers = [night_before, "v2", "v3"].map(|name| folder.join(name));
        let case = Case::of(&answers, date(2024, 5, 1)).await;
        let report = case.daily("2024-06-08T03:00:00Z", "NVDA").await;
        let held = listing(&report);
        assert_eq!(held.outcome, Outcome::Refused, "{held:?}");
        assert_eq!(held.kind.as_deref(), Some("split_undecided"));
        assert!(case.bars().await.is_empty());
        for now in ["2024-06-11T03:00:00Z", "2024-06-13T03:00:00Z"] {
            let report = case.daily(now, "NVDA").await;
            assert_eq!(
                listing(&report).outcome,
                Outcome::Updated,
                "{:?}",
                listing(&report)
            );
            let bars = rows(&case.bars().await);
            assert_eq!(bars, truth[..bars.len()], "{now}");
        }
        assert_eq!(case.bars().await.len(), 30);
        // A stored one: the rows of the day before do.
        let answers = ["v0", night_before, "v2", "v3"].map(|name| folder.join(name));
        let case = Case::of(&answers, date(2024, 5, 1)).await;
        for now in [
            "2024-06-07T03:00:00Z",
            "2024-06-08T03:00:00Z",
            "2024-06-11T03:00:00Z",
            "2024-06-13T03:00:00Z",
        ] {
            let report = case.daily(now, "NVDA").await;
            assert_eq!(
                listing(&report).outcome,
                Outcome::Updated,
                "{:?}",
                listing(&report)
            );
            let bars = rows(&case.bars().await);
            assert_eq!(bars, truth[..bars.len()], "{night_before} {now}");
        }
        assert_eq!(case.bars().await.len(), 30);
    }
}

/// The rows of one pair of yfinance's corpus up to a day, as Yahoo's answer of that evening.
fn answer(symbol: &str, rows: &[Value], events: &Value, time: i64, opening: i64) -> Value {
    let column = |at: usize| rows.iter().map(|row| row[at].clone()).collect::<Vec<_>>();
    json!({"chart": {"error": null, "result": [{
        "meta": {
            "currency": "JPY", "symbol": symbol, "dataGranularity": "1d",
            "exchangeTimezoneName": "Asia/Tokyo", "regularMarketTime": time,
            "regularMarketPrice": rows.last().unwrap()[4],
            "currentTradingPeriod": {"regular": {"start": opening, "end": time}},
        },
        "timestamp": column(0),
        "events": events,
        "indicators": {
            "quote": [{
                "open": column(1), "high": column(2), "low": column(3), "close": column(4),
                "volume": column(6),
            }],
            "adjclose": [{"adjclose": column(5)}],
        },
    }]}})
}

#[tokio::test]
async fn older_rows_that_come_undivided_for_weeks_stop_no_new_day() {
    let Some(folder) = shared_data() else { return };
    let read = |name: &str| {
        let file = folder.join(format!("price_repair/4063-T-1d-bad-stock-split{name}.csv"));
        let text = std::fs::read_to_string(file).unwrap();
        let mut rows: Vec<Vec<String>> = text
            .lines()
            .skip(1)
            .map(|line| line.split(',').map(str::to_owned).collect())
            .collect();
        rows.sort();
        rows
    };
    let (bad, fixed) = (read(""), read("-fixed"));
    let ex_date = date(2023, 3, 30);
    let day = |row: &[String]| row[0][..10].parse::<jiff::civil::Date>().unwrap();
    let opening = |day: jiff::civil::Date| {
        let opening = day.at(9, 0, 0, 0).in_tz("Asia/Tokyo").unwrap();
        opening.timestamp().as_second()
    };
    let number = |row: &[String], at: usize| row[at].parse::<f64>().unwrap();
    // As traded: what the mended twin says, its division by the split undone.
    let as_traded = |row: &[String]| {
        let times = if day(row) < ex_date { 5.0 } else { 1.0 };
        let prices = [1, 2, 3, 4, 5].map(|at| json!(number(row, at) * times));
        let [o, h, l, c, a] = prices;
        json!([opening(day(row)), o, h, l, c, a, number(row, 6) / times])
    };
    let as_sent = |row: &[String]| {
        let [o, h, l, c, a, v] = [1, 2, 3, 4, 5, 6].map(|at| json!(number(row, at)));
        json!([opening(day(row)), o, h, l, c, a, v])
    };
    let answers = tempfile::TempDir::new().unwrap();
    let mut files = Vec::new();
    for (n, today) in bad.iter().map(|row| day(row)).enumerate() {
        if today < date(2023, 3, 29) {
            continue;
        }
        let close = opening(today) + 6 * 3600;
        let body = if today < ex_date {
            let rows: Vec<Value> = fixed.iter().take(n + 1).map(|row| as_traded(row)).collect();
            answer("4063.T", &rows, &json!({}), close, opening(today))
        } else {
            let rows: Vec<Value> = bad.iter().take(n + 1).map(|row| as_sent(row)).collect();
            let at = opening(ex_date);
            let events = json!({
                "splits": {"1": {"date": at, "numerator": 5.0, "denominator": 1.0}},
                "dividends": {"1": {"date": at, "amount": 55.0}},
            });
            answer("4063.T", &rows, &events, close, opening(today))
        };
        let file = answers.path().join(format!("{today}.json"));
        std::fs::write(&file, body.to_string()).unwrap();
        files.push(file);
    }
    let case = Case::of(&files, date(2023, 3, 15)).await;
    let truth: Vec<(String, f64)> = fixed
        .iter()
        .map(|row| (day(row).to_string(), as_traded(row)[4].as_f64().unwrap()))
        .collect();
    for (n, today) in bad.iter().map(|row| day(row)).enumerate() {
        if today < date(2023, 3, 29) {
            continue;
        }
        let report = case.daily(&format!("{today}T14:00:00Z"), "4063.T").await;
        assert_eq!(
            listing(&report).outcome,
            Outcome::Updated,
            "{:?}",
            listing(&report)
        );
        let stored: Vec<(String, f64)> = case
            .bars()
            .await
            .iter()
            .map(|bar| (bar.date.to_string(), bar.close.get()))
            .collect();
        assert_eq!(stored, truth[..=n], "{today}");
        assert_eq!(listing(&report).rows.refused, 0, "{today}");
    }
}
