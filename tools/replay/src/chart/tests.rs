use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use jiff::civil::{Date, Time, date};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::markets::{Market, MarketSpec, Scope, open_market};
use crate::truth::SymbolTruth;
use quantx_market::ActionKind;

static SAMPLE: LazyLock<Arc<dyn Market>> =
    LazyLock::new(|| open_market(&MarketSpec::Sample, 0).unwrap());

static WORLD: LazyLock<Arc<dyn Market>> = LazyLock::new(|| {
    let spec = MarketSpec::Synthetic {
        listings: 60,
        scope: Scope::World,
    };
    open_market(&spec, 0).unwrap()
});

fn sample(symbol: &str) -> Arc<SymbolTruth> {
    SAMPLE.truth(symbol).unwrap()
}

fn world(symbol: &str) -> Arc<SymbolTruth> {
    WORLD.truth(symbol).unwrap()
}

/// Status and body of everything from `start` on, as Yahoo had it at `as_of`.
fn request(truth: &SymbolTruth, start: Date, as_of: &str) -> (u16, Value) {
    let as_of: Timestamp = as_of.parse().unwrap();
    let midnight = truth.venue.stamp(start, Time::midnight());
    let request = ChartRequest::period(midnight, as_of.as_second());
    let answer = answer(truth, &request, as_of, &Defects::default());
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

fn result(truth: &SymbolTruth, start: Date, as_of: &str) -> Value {
    let (status, body) = request(truth, start, as_of);
    assert_eq!(status, 200);
    body["chart"]["result"][0].clone()
}

fn quote<'a>(result: &'a Value, column: &str, row: usize) -> &'a Value {
    &result["indicators"]["quote"][0][column][row]
}

fn n_rows(result: &Value) -> usize {
    result["timestamp"].as_array().map_or(0, Vec::len)
}

/// The ex-date and ratio of the first split.
fn first_split(truth: &SymbolTruth) -> (Date, f64) {
    let splits = truth.actions.iter();
    splits
        .filter_map(|action| Some((action.ex_date, action.kind.split_ratio()?.get())))
        .next()
        .unwrap()
}

#[test]
fn a_split_divides_history_from_its_ex_date_on() {
    // 2005-02-25: close 88.99, volume 32,705,200; 2:1 on 2005-02-28.
    let apple = sample("AAPL");
    let friday = date(2005, 2, 25);
    let before = result(&apple, friday, "2005-02-27T23:00:00Z");
    assert_eq!(quote(&before, "close", 0), &json!(f64::from(88.99_f32)));
    assert_eq!(before.get("events"), None);
    let row = apple.row(friday).unwrap();
    assert_eq!(row.close, Some(88.99));

    // Midnight in New York is five hours after midnight UTC; the session opens later still.
    let after = result(&apple, friday, "2005-02-28T05:00:00Z");
    assert_eq!(quote(&after, "close", 0), &json!(f64::from(44.495_f32)));
    let stamp = apple.venue.open_stamp(date(2005, 2, 28));
    let split = &after["events"]["splits"][stamp.to_string()];
    let expected =
        json!({"date": stamp, "numerator": 2.0, "denominator": 1.0, "splitRatio": "2:1"});
    assert_eq!(split, &expected);

    let settled = result(&apple, friday, "2005-03-02T12:00:00Z");
    assert_eq!(
        quote(&settled, "volume", 0),
        &json!(row.volume.unwrap() * 2)
    );
}

#[test]
fn a_dividend_is_divided_by_later_splits_and_listed_only_inside_the_window() {
    let truth = world("S0001");
    let (ex_date, ratio) = first_split(&truth);
    assert_eq!(ratio, 4.0);
    let (paid, amount) = truth
        .actions
        .iter()
        .filter(|action| action.ex_date < ex_date)
        .find_map(|action| Some((action.ex_date, action.kind.cash()?)))
        .unwrap();
    let later = format!("{}T12:00:00Z", ex_date.tomorrow().unwrap());
    let all = result(&truth, paid, &later);
    let stamp = truth.venue.open_stamp(paid).to_string();
    assert_eq!(
        all["events"]["dividends"][&stamp]["amount"],
        json!(amount / 4.0)
    );
    let without = result(&truth, paid.tomorrow().unwrap(), &later);
    assert_eq!(without["events"]["dividends"].get(&stamp), None);
}

#[test]
fn prices_are_rounded_to_six_decimals_and_then_to_32_bits() {
    let truth = world("S0002");
    let (ex_date, ratio) = first_split(&truth);
    assert_eq!(ratio, 1.5);
    let all = result(&truth, truth.first_trade, "2026-06-01T12:00:00Z");
    for (index, row) in truth
        .rows
        .iter()
        .take_while(|row| row.date < ex_date)
        .enumerate()
    {
        let shown = quote(&all, "high", index).as_f64().unwrap();
        let exact = row.high.unwrap() / 1.5;
        assert_eq!(shown, f64::from(((exact * 1e6).round() / 1e6) as f32));
        assert_eq!(f64::from(shown as f32), shown);
    }
}

#[test]
fn a_bar_lives_from_the_open_to_the_evening_of_the_next_session() {
    // Tuesday 2013-02-12: session 14:30Z to 21:00Z.
    let ibm = sample("IBM");
    let row = *ibm.row(date(2013, 2, 12)).unwrap();
    let (open, close) = (1_360_679_400, 1_360_702_800);
    let at = |as_of: &str| result(&ibm, date(2013, 2, 12), as_of);
    let volume = |result: &Value| quote(result, "volume", 0).as_u64().unwrap();
    let truth = row.volume.unwrap();

    assert_eq!(n_rows(&at("2013-02-12T14:29:59Z")), 0);
    let live = at("2013-02-12T18:00:00Z");
    assert_eq!(live["timestamp"], json!([1_360_692_000]));
    assert_eq!(live["meta"]["regularMarketTime"], json!(1_360_692_000));
    assert!(volume(&live) < truth * 6 / 10);

    let evening = at("2013-02-13T02:59:59Z");
    assert_eq!(evening["timestamp"], json!([close + 1]));
    assert_eq!(evening["meta"]["regularMarketTime"], json!(close + 1));
    assert_eq!(
        quote(&evening, "close", 0),
        &json!(f64::from(row.close.unwrap() as f32))
    );
    let low = 1.0 - volume(&evening) as f64 / truth as f64;
    assert!((0.0004..0.0501).contains(&low), "{low}");
    let high = quote(&evening, "high", 0).as_f64().unwrap() / row.high.unwrap();
    assert!((high - 1.0).abs() < 0.001, "{high}");

    // 22:00 in New York; the volume is final only a day later.
    for as_of in ["2013-02-13T03:00:00Z", "2013-02-14T02:59:59Z"] {
        let official = at(as_of);
        assert_eq!(official["timestamp"][0], json!(open));
        assert_eq!(
            quote(&official, "high", 0),
            &json!(f64::from(row.high.unwrap() as f32))
        );
        assert_eq!(volume(&official) % 100, 0);
        let low = 1.0 - volume(&official) as f64 / truth as f64;
        assert!((0.0004..0.0043).contains(&low), "{low}");
    }
    assert_eq!(volume(&at("2013-02-14T03:00:00Z")), truth);
}

#[test]
fn every_live_row_is_a_possible_bar() {
    let ibm = sample("IBM");
    for minute in (871_u32..1260).step_by(7) {
        let as_of = format!("2013-02-12T{:02}:{:02}:30Z", minute / 60, minute % 60);
        let live = result(&ibm, date(2013, 2, 12), &as_of);
        let price = |column| quote(&live, column, 0).as_f64().unwrap();
        let (open, close) = (price("open"), price("close"));
        assert!(
            price("low") <= open.min(close) && price("high") >= open.max(close),
            "{as_of}"
        );
    }
}

#[test]
fn a_live_row_is_given_although_its_stamp_is_after_the_window() {
    let ibm = sample("IBM");
    let as_of: Timestamp = "2013-02-12T18:00:00Z".parse().unwrap();
    let request = ChartRequest::period(1_360_600_000, 1_360_680_000);
    let answer = answer(&ibm, &request, as_of, &Defects::default());
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        body["chart"]["result"][0]["timestamp"],
        json!([1_360_692_000])
    );
}

#[test]
fn errors_have_the_recorded_shapes() {
    let facebook = sample("FB");
    let not_found = json!({"chart": {"result": null, "error": {
        "code": "Not Found", "description": "No data found, symbol may be delisted"}}});
    let listed = date(2012, 5, 18);
    assert_eq!(
        request(&facebook, listed, "2012-05-18T13:29:59Z"),
        (404, not_found.clone())
    );
    assert_eq!(request(&facebook, listed, "2012-05-18T13:30:00Z").0, 200);

    let request = ChartRequest::period(1_300_000_000, 1_300_100_000);
    let early = answer(
        &facebook,
        &request,
        "2013-01-02T00:00:00Z".parse().unwrap(),
        &Defects::default(),
    );
    let text = r#"{"chart":{"result":null,"error":{"code":"Bad Request","description":"Data doesn't exist for startDate = 1300000000, endDate = 1300100000"}}}"#;
    assert_eq!((early.status, early.body.as_ref()), (400, text.as_bytes()));

    // Saturday and Sunday.
    let request = ChartRequest::period(1_357_344_000, 1_357_516_800);
    let weekend = answer(
        &facebook,
        &request,
        "2013-01-20T00:00:00Z".parse().unwrap(),
        &Defects::default(),
    );
    let body: Value = serde_json::from_slice(&weekend.body).unwrap();
    let result = &body["chart"]["result"][0];
    assert_eq!((weekend.status, result.get("timestamp")), (200, None));
    assert_eq!(
        result["indicators"],
        json!({"quote": [{}], "adjclose": [{}]})
    );
    assert_eq!(result["meta"]["symbol"], json!("FB"));

    let hourly = ChartRequest {
        interval: "1h".to_owned(),
        ..request
    };
    let now = "2013-01-20T00:00:00Z".parse().unwrap();
    assert_eq!(
        answer(&facebook, &hourly, now, &Defects::default()).status,
        422
    );
}

#[test]
fn adjclose_follows_the_dividends_within_one_float_and_flickers() {
    let ibm = sample("IBM");
    let start = date(2010, 1, 4);
    let rows: Vec<_> = ibm.rows.iter().filter(|row| row.date >= start).collect();
    let shown = |as_of: &str| -> Vec<f64> {
        let result = result(&ibm, start, as_of);
        let list = result["indicators"]["adjclose"][0]["adjclose"]
            .as_array()
            .unwrap()
            .clone();
        list.iter().map(|value| value.as_f64().unwrap()).collect()
    };
    let (one, other) = (shown("2013-02-27T12:00:00Z"), shown("2013-02-28T12:00:00Z"));
    let mut factor = 1.0;
    for (index, row) in rows.iter().enumerate().rev().skip(3) {
        let next = rows[index + 1];
        let paid = ibm
            .actions
            .iter()
            .find(|action| action.ex_date == next.date);
        if let Some(cash) = paid.and_then(|action| action.kind.cash()) {
            factor *= 1.0 - cash / row.close.unwrap();
        }
        let exact = row.close.unwrap() * factor;
        assert!(
            (one[index] / exact - 1.0).abs() < 2e-7,
            "{} {exact}",
            one[index]
        );
    }
    let flickers = one
        .iter()
        .zip(&other)
        .filter(|(one, other)| one != other)
        .count();
    assert!(flickers > one.len() / 4, "{flickers} of {}", one.len());
    // Nothing is paid after 2013-02-06: the last rows are closes.
    let last = rows.len() - 4;
    assert_eq!(one[last], f64::from(rows[last].close.unwrap() as f32));
}

#[test]
fn the_trading_period_is_that_of_today_or_of_the_last_session() {
    let ibm = sample("IBM");
    let regular = |as_of: &str| {
        let result = result(&ibm, date(2013, 2, 1), as_of);
        result["meta"]["currentTradingPeriod"]["regular"]["start"]
            .as_i64()
            .unwrap()
    };
    let open = |day| ibm.venue.open_stamp(day);
    assert_eq!(regular("2013-02-12T12:00:00Z"), open(date(2013, 2, 12)));
    assert_eq!(regular("2013-02-13T04:59:59Z"), open(date(2013, 2, 12)));
    assert_eq!(regular("2013-02-13T05:00:00Z"), open(date(2013, 2, 13)));
    // Presidents' Day weekend.
    assert_eq!(regular("2013-02-18T18:00:00Z"), open(date(2013, 2, 15)));
    // Years after the sample has ended.
    assert_eq!(regular("2026-11-22T18:00:00Z"), open(date(2013, 3, 1)));
}

#[test]
fn other_exchanges_have_their_zone_hours_and_unit() {
    let now = "2024-07-10T12:00:00Z";
    for (symbol, zone, currency, open) in [
        ("0009.HK", "Asia/Hong_Kong", "HKD", 5_400),
        ("0019.T", "Asia/Tokyo", "JPY", 0),
        ("S0029.L", "Europe/London", "GBp", 25_200),
    ] {
        let result = result(&world(symbol), date(2024, 7, 1), now);
        assert_eq!(result["meta"]["exchangeTimezoneName"], json!(zone));
        assert_eq!(result["meta"]["currency"], json!(currency));
        assert_eq!(
            result["timestamp"][1].as_i64().unwrap() % 86_400,
            open,
            "{symbol}"
        );
    }
    // Yen are written as JSON integers.
    let tokyo = result(&world("0019.T"), date(2026, 7, 1), "2026-07-10T12:00:00Z");
    assert!(quote(&tokyo, "close", 0).is_i64(), "{tokyo}");
}

#[test]
fn a_renamed_listing_moves_with_its_history_and_a_delisted_one_goes() {
    let (old, new) = (world("S0011"), world("S0011N"));
    let Some(crate::truth::Rename::Into { symbol, on }) = &old.rename else {
        panic!("S0011 is renamed by its habits");
    };
    assert_eq!((symbol.as_str(), &old.rows), ("S0011N", &new.rows));
    let start = date(2005, 1, 3);
    let (before, after) = (format!("{on}T03:59:59Z"), format!("{on}T12:00:00Z"));
    let status = |truth, as_of: &str| request(truth, start, as_of).0;
    assert_eq!((status(&old, &before), status(&new, &before)), (200, 404));
    assert_eq!((status(&old, &after), status(&new, &after)), (404, 200));

    let gone = world("S0008");
    let last = gone.delisted.unwrap();
    let days_later = |days: i64| {
        format!(
            "{}T12:00:00Z",
            last.saturating_add(jiff::Span::new().days(days))
        )
    };
    assert_eq!(status(&gone, &days_later(10)), 200);
    assert_eq!(status(&gone, &days_later(11)), 404);
}

proptest! {
    /// Whatever the two days, multiplying Yahoo's prices by the later splits gives the truth: six
    /// decimals lose half a millionth, 32 bits one part in 2^24, and both errors add up.
    #[test]
    fn undoing_the_split_adjustment_gives_the_truth(
        symbol in prop::sample::select(vec!["S0001", "S0002", "S0013", "S0014", "S0015", "S0018", "S0010", "0019.T"]),
        days in prop::array::uniform2(0_i64..9_000),
    ) {
        let truth = world(symbol);
        for days in days {
            let as_of = date(2001, 1, 2).saturating_add(jiff::Span::new().days(days));
            let from = as_of.saturating_sub(jiff::Span::new().days(700)).max(truth.first_trade);
            let result = result(&truth, from, &format!("{as_of}T12:00:00Z"));
            let first = truth.rows.partition_point(|row| row.date < from);
            // The last two rows may be live or restated.
            for index in 0..n_rows(&result).saturating_sub(2) {
                let row = truth.rows[first + index];
                let factor: f64 = truth
                    .actions
                    .iter()
                    .filter(|action| row.date < action.ex_date && action.ex_date <= as_of)
                    .filter_map(|action| match action.kind {
                        ActionKind::Split { numerator, denominator } => Some(numerator / denominator),
                        _ => None,
                    })
                    .product();
                let price = row.low.unwrap();
                let undone = quote(&result, "low", index).as_f64().unwrap() * factor;
                let tolerance = 6.1e-8 * price + 0.51e-6 * factor;
                prop_assert!((undone - price).abs() <= tolerance, "{symbol} {} {undone} {price} x{factor}", row.date);
                let volume = quote(&result, "volume", index).as_u64().unwrap() as f64 / factor;
                prop_assert!((volume - row.volume.unwrap() as f64).abs() < 1e-3, "{volume}");
            }
        }
    }
}
