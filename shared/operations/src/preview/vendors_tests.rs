use std::num::NonZeroUsize;
use std::sync::Arc;

use jiff::civil::date;
use tokio::sync::Semaphore;

use super::*;
use crate::plan::{Decision, PlanPolicy};
use quantx_calendar::Calendar;
use quantx_lake::RunId;
use quantx_market::{Listing, SessionRange};
use quantx_settings::{ConfigFile, EnvMap, Overrides, Settings};

fn settings(providers: &str) -> Settings {
    let text = format!("providers:\n{providers}");
    let file = ConfigFile {
        name: "test.yaml",
        text: &text,
    };
    let env: EnvMap = ["QUANTX_EODHD_KEY", "QUANTX_TIINGO_KEY"]
        .map(|name| (name.to_owned(), "a-key".to_owned()))
        .into_iter()
        .collect();
    Settings::resolve(Some(file), None, &env, &Overrides::default()).unwrap()
}

/// What a daily update of so many listings, each a session behind, asks of whom.
fn planned(providers: &str, listings: usize) -> Vec<PlannedVendor> {
    let settings = settings(providers);
    let vendors = crate::assemble::vendors(&settings, 1).unwrap();
    let now = "2024-03-09T05:00:00Z".parse().unwrap();
    let calendar = Calendar::of("XNYS").unwrap();
    let exchange = settings
        .exchanges
        .iter()
        .find(|it| it.code.as_str() == "us")
        .unwrap();
    let tasks: Vec<Task> = (0..listings)
        .map(|n| Task {
            listing: Listing::parse(&format!("S{n}"), &settings.exchanges).unwrap(),
            exchange: Arc::clone(exchange),
            calendar: calendar.clone(),
        })
        .collect();
    let permits = || Arc::new(Semaphore::new(1));
    let frame = RunFrame {
        run: RunId::new("daily_update", now).unwrap(),
        now,
        intent: Intent::Daily { lookback: 5 },
        policy: PlanPolicy {
            backfill_start: date(2020, 1, 2),
            backfill_new: true,
            hole_asks: 3,
            hole_window: 10,
        },
        listings_of: Default::default(),
        workers: permits(),
        rates: Default::default(),
        committers: permits(),
    };
    let frame = frame.for_tasks(&tasks);
    let range = SessionRange::inclusive(date(2024, 1, 2), date(2024, 3, 7));
    let record = serde_json::json!({
        "schema": 2, "symbol": "S", "exchange": "us", "currency": "USD", "unit_scale": 1.0, "first_trade": null,
        "asked_from": "2024-01-02", "actions": [], "revision": 1, "updated": "2024-03-08T05:00:00Z",
        "years": { "2024": { "rows": calendar.count(range), "first": "2024-01-02", "last": "2024-03-07", "sha256": "" } },
    });
    let record: CommitRecord = serde_json::from_value(record).unwrap();
    let mut questions = Questions::default();
    for task in &tasks {
        let last_final = task.last_final(now).unwrap();
        let today = task.today(now);
        let decision = crate::plan::plan(
            Some(&record),
            frame.intent,
            frame.policy,
            &calendar,
            last_final,
            today,
        );
        let Decision::Fetch(fetch) = decision else {
            panic!("{decision:?}");
        };
        questions.add(
            &vendors,
            &settings.asked,
            &frame,
            task,
            fetch,
            Some(&record),
        );
    }
    questions.into_vendors()
}

fn costs(providers: &str, listings: usize) -> Vec<(String, usize, usize)> {
    let planned = planned(providers, listings).into_iter();
    planned
        .map(|it| (it.vendor, it.requests, it.units))
        .collect()
}

fn cost(vendor: &str, requests: usize, units: usize) -> (String, usize, usize) {
    (vendor.to_owned(), requests, units)
}

/// The table of docs/vendors.md.
#[test]
fn a_daily_update_by_days_is_a_handful_of_requests_whatever_the_listings() {
    for n in [500, 5_000] {
        assert_eq!(costs("  order: [yahoo]\n", n), [cost("yahoo", n, n)]);
        let singly = "  order: [eodhd]\n  by_date: false\n";
        assert_eq!(costs(singly, n), [cost("eodhd", 3 * n, 3 * n)]);
        assert_eq!(costs("  order: [eodhd]\n", n), [cost("eodhd", 18, 1_800)]);
    }
    // A few listings are asked one by one: eight days would be more requests.
    assert_eq!(costs("  order: [eodhd]\n", 8), [cost("eodhd", 24, 24)]);
    assert_eq!(costs("  order: [eodhd]\n", 9), [cost("eodhd", 18, 1_800)]);
}

#[test]
fn witnesses_are_planned_where_it_is_known_beforehand_that_they_are_asked() {
    let with = |confirm: &str| {
        costs(
            &format!("  witnesses: [eodhd, tiingo]\n  confirm: {confirm}\n"),
            500,
        )
    };
    assert_eq!(with("flagged"), [cost("yahoo", 500, 500)]);
    let all = [
        cost("eodhd", 18, 1_800),
        cost("tiingo", 500, 500),
        cost("yahoo", 500, 500),
    ];
    assert_eq!(with("always"), all);
    let share = planned("  witnesses: [tiingo]\n  confirm: 50\n", 500);
    let tiingo = share.iter().find(|it| it.vendor == "tiingo").unwrap();
    // Turns go by a hash of the name: about so many a day.
    assert!(
        (25..=80).contains(&tiingo.by_listing),
        "{}",
        tiingo.by_listing
    );
    assert!(!tiingo.is_first);
}

#[test]
fn of_a_share_every_listing_has_its_turn() {
    let settings = settings("  order: [yahoo]\n");
    let share = quantx_settings::Confirm::Share(NonZeroUsize::new(3).unwrap());
    for n in 0..30 {
        let listing = Listing::parse(&format!("S{n}"), &settings.exchanges).unwrap();
        let days = (1..=10).filter(|day| is_in_turn(share, &listing, date(2024, 3, *day), 30));
        assert_eq!(days.count(), 1, "{listing}");
    }
}
