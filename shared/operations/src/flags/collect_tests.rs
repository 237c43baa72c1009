use jiff::civil::date;
use jiff::tz::TimeZone;

use super::*;
use crate::quarantine::WatchedRow;
use quantx_fixtures::us_listing;
use quantx_lake::quarantine::{EntryId, ReviewStatus};
use quantx_settings::{EnvMap, Overrides, Settings};

fn settings() -> Settings {
    Settings::resolve(None, None, &EnvMap::default(), &Overrides::default()).unwrap()
}

const NEWEST: &str = "2024-06-13T02:30:00Z";

fn watched(remarks: Vec<Remark>) -> WatchedListing {
    WatchedListing {
        symbol: "AAPL".to_owned(),
        exchange: "us".to_owned(),
        time_zone: TimeZone::get("America/New_York").unwrap(),
        entries: Vec::new(),
        events: Vec::new(),
        remarks,
    }
}

fn remark(about: About, rule: &str, since: Date) -> Remark {
    Remark::new(about, rule, date(2024, 6, 10), since, "why")
}

fn row(rule: &str, status: ReviewStatus) -> WatchedRow {
    WatchedRow {
        id: serde_json::from_str::<EntryId>("\"3f9a1c02be41\"").unwrap(),
        date: date(2024, 6, 10),
        rule: rule.to_owned(),
        reason: "100 times too high".to_owned(),
        status,
        runs: vec!["2024-06-12T02:30:00Z".parse().unwrap()],
    }
}

/// A report of that instant with these lines of JSON for AAPL.
fn report(at: &str, more: &str) -> PastReport {
    let text =
        format!(r#"{{"timestamp":"{at}","listings":[{{"symbol":"AAPL","exchange":"us"{more}}}]}}"#);
    serde_json::from_str(&text).unwrap()
}

fn flags(listing: WatchedListing, reports: &[PastReport]) -> Vec<(String, FlagStatus, Date)> {
    let settings = settings();
    let mut collected = Collected::default();
    collected.add_listing(&listing);
    for report in reports {
        collected.add_report(report, &settings.exchanges, None);
    }
    let newest = reports.last().map(|report| report.timestamp);
    let flags = collected
        .into_flags(newest, &settings.exchanges)
        .into_iter();
    flags
        .map(|flag| (flag.rule, flag.status, flag.since))
        .collect()
}

#[test]
fn what_the_newest_run_said_first_is_new_and_what_earlier_ones_said_is_standing() {
    // The newest run was on the evening of the 12th in New York.
    let remarks = vec![
        remark(About::Suspect, "price_jump", date(2024, 6, 12)),
        remark(About::AdjustedClose, "adjusted_close", date(2024, 6, 11)),
    ];
    let expected = [
        (
            "adjusted_close".to_owned(),
            FlagStatus::ReviewStatus,
            date(2024, 6, 11),
        ),
        ("price_jump".to_owned(), FlagStatus::New, date(2024, 6, 12)),
    ];
    assert_eq!(flags(watched(remarks), &[report(NEWEST, "")]), expected);
}

#[test]
fn a_refused_row_is_decided_when_a_person_did_and_else_says_what_to_type() {
    for (status, expected) in [
        (ReviewStatus::Open, FlagStatus::ReviewStatus),
        (ReviewStatus::Unfinished, FlagStatus::ReviewStatus),
        (ReviewStatus::Rejected, FlagStatus::Decided),
        (ReviewStatus::Released, FlagStatus::Decided),
        (ReviewStatus::Taken, FlagStatus::Decided),
        (ReviewStatus::Overtaken, FlagStatus::Decided),
    ] {
        let mut listing = watched(Vec::new());
        listing.entries.push(row("unit_jump", status));
        let mut collected = Collected::default();
        collected.add_listing(&listing);
        let newest = Some(NEWEST.parse().unwrap());
        let [flag] = collected
            .into_flags(newest, &settings().exchanges)
            .try_into()
            .unwrap();
        assert_eq!(flag.status, expected, "{status:?}");
        // The run of the 12th, 02:30 in UTC, was on the 11th in New York.
        assert_eq!(flag.since, date(2024, 6, 11));
        let says_how = flag.next.is_some_and(|next| next.contains("3f9a1c02be41"));
        assert_eq!(says_how, status.is_open(), "{status:?}");
    }
}

#[test]
fn one_row_that_quarantine_and_record_know_is_one_flag_since_the_earlier_day() {
    let mut listing = watched(vec![remark(
        About::RefusedRow,
        "unit_jump",
        date(2024, 6, 10),
    )]);
    listing.entries.push(row("unit_jump", ReviewStatus::Open));
    let expected = [(
        "unit_jump".to_owned(),
        FlagStatus::ReviewStatus,
        date(2024, 6, 10),
    )];
    assert_eq!(flags(listing, &[]), expected);
}

#[test]
fn what_only_an_old_report_tells_was_settled_unless_it_is_of_a_stored_row() {
    let more = r#","flags":[
        {"rule":"stale_repeat","severity":"suspect","date":"2024-06-07","detail":"a"},
        {"rule":"unit_jump","severity":"refuse","date":"2024-06-07","detail":"b"}],
        "checksum":{"date":"2024-06-03","vendor":1.0,"ours":2.0,"difference":0.5,"rows":3}"#;
    let reports = [report("2024-06-11T02:30:00Z", more), report(NEWEST, "")];
    let tenth = date(2024, 6, 10);
    let expected = [
        ("adjusted_close".to_owned(), FlagStatus::Decided, tenth),
        ("stale_repeat".to_owned(), FlagStatus::ReviewStatus, tenth),
        ("unit_jump".to_owned(), FlagStatus::Decided, tenth),
    ];
    assert_eq!(flags(watched(Vec::new()), &reports), expected);
}

#[test]
fn chosen_listings_alone_are_told_of_reports() {
    let more = r#","refused_actions":[
        {"ex_date":"2024-06-07","kind":"dividend","amount":1.0,"reason":"c"}]"#;
    let report = report(NEWEST, more);
    let settings = settings();
    for (symbol, n) in [("AAPL", 1), ("MSFT", 0)] {
        let mut collected = Collected::default();
        let chosen = [us_listing(symbol)];
        collected.add_report(&report, &settings.exchanges, Some(&chosen));
        assert_eq!(collected.into_flags(None, &settings.exchanges).len(), n);
    }
}
