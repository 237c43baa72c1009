//! Wrong data as it looks in an answer, and that it heals.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use serde_json::{Value, json};

use super::*;
use crate::fault::FaultPlan;
use crate::markets::{MarketSpec, Scope, open_market};
use crate::truth::SymbolTruth;

/// The rows from `start` on at noon UTC of `today`, with the flaws of that day.
fn request(truth: &SymbolTruth, plan: &FaultPlan, start: Date, today: Date) -> Value {
    let as_of: Timestamp = format!("{today}T12:00:00Z").parse().unwrap();
    let midnight = truth.venue.stamp(start, Time::midnight());
    let request = ChartRequest::period(midnight, as_of.as_second());
    let defects = plan.defects(0, truth, today);
    let answer = answer(truth, &request, as_of, &defects);
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    body["chart"]["result"][0].clone()
}

fn close(result: &Value, row: usize) -> f64 {
    result["indicators"]["quote"][0]["close"][row]
        .as_f64()
        .unwrap()
}

fn days(date: Date, number: i64) -> Date {
    date.saturating_add(jiff::Span::new().days(number))
}

#[test]
fn wrong_data_shows_and_heals() {
    let spec = MarketSpec::Synthetic {
        listings: 20,
        scope: Scope::UnitedStates,
    };
    let market = open_market(&spec, 0).unwrap();

    let lost: FaultPlan = "drop-session=2024-05-03:3d:1".parse().unwrap();
    let truth = market.truth("S0003").unwrap();
    let friday = jiff::civil::date(2024, 5, 3);
    let sunday = request(&truth, &lost, days(friday, -1), days(friday, 2));
    assert_eq!(
        sunday["timestamp"],
        json!([truth.venue.open_stamp(days(friday, -1))])
    );
    let monday = request(&truth, &lost, days(friday, -1), days(friday, 3));
    assert_eq!(
        monday["timestamp"][1],
        json!(truth.venue.open_stamp(friday))
    );

    let block: FaultPlan = "block100x=S0003:2024-05-03:1:4d".parse().unwrap();
    let (wrong, right) = (
        request(&truth, &block, friday, days(friday, 3)),
        request(&truth, &block, friday, days(friday, 4)),
    );
    assert!((close(&wrong, 0) / close(&right, 0) - 100.0).abs() < 1e-4);

    let truth = market.truth("S0004").unwrap();
    let plan: FaultPlan = "revised-dividend=S0004".parse().unwrap();
    let paid = truth
        .actions
        .iter()
        .rev()
        .find(|action| action.kind.cash().is_some())
        .unwrap();
    let ex_date = truth
        .actions
        .iter()
        .rfind(|action| action.ex_date < paid.ex_date)
        .unwrap()
        .ex_date;
    let announced = |today| {
        request(&truth, &plan, ex_date, today)["events"]["dividends"]
            [truth.venue.open_stamp(ex_date).to_string()]["amount"]
            .clone()
    };
    assert_ne!(announced(days(ex_date, 4)), announced(days(ex_date, 5)));

    let truth = market.truth("S0001").unwrap();
    let plan: FaultPlan = "late-split=S0001".parse().unwrap();
    let split = truth
        .actions
        .iter()
        .find(|action| action.kind.split_ratio().is_some())
        .unwrap();
    let before = truth.rows[truth.rows.partition_point(|row| row.date < split.ex_date) - 1];
    let stamp = truth.venue.open_stamp(split.ex_date).to_string();
    let (late, healed) = (
        request(&truth, &plan, before.date, split.ex_date),
        request(&truth, &plan, before.date, days(split.ex_date, 1)),
    );
    assert_eq!(
        late["events"]["splits"][&stamp],
        healed["events"]["splits"][&stamp]
    );
    assert_eq!(close(&late, 0), f64::from(before.close.unwrap() as f32));
    assert!((close(&healed, 0) * 4.0 - before.close.unwrap()).abs() < 1e-4);
}
