use std::time::Duration;

use jiff::tz::TimeZone;

use super::*;
use crate::Outcome;
use quantx_lake::basis::OffSessionRow;
use quantx_lake::remarks::{About, Remark};
use quantx_market::Date;
use quantx_market::{Exchange, ExchangeCode, ExchangeTable, Listing};

const LIMITS: Thresholds = Thresholds {
    max_failure_rate: 0.1,
    outage_share: 0.5,
    calendars: (
        jiff::civil::date(1960, 1, 1),
        jiff::civil::date(2030, 12, 31),
    ),
};

pub(super) fn listing(symbol: &str) -> Listing {
    let exchange = |code: &str, suffix: &str| Exchange {
        code: ExchangeCode::parse(code).unwrap(),
        suffix: suffix.to_owned(),
        mic: "XNYS".to_owned(),
        time_zone: TimeZone::UTC,
        currency: "USD".to_owned(),
        unit_scale: 1.0,
        lag: Duration::ZERO,
    };
    let table = ExchangeTable::new([exchange("us", ""), exchange("hk", "HK")]).unwrap();
    Listing::parse(symbol, &table).unwrap()
}

/// A listing that ended in `outcome` with `due` sessions due and `added` stored.
pub(super) fn ended(symbol: &str, outcome: Outcome, due: usize, added: usize) -> ListingReport {
    let mut report = ListingReport::new(&listing(symbol), outcome);
    report.sessions_due = due;
    report.changes.bars_added = added;
    report.last = Some(jiff::civil::date(2024, 6, 10));
    report
}

pub(super) const TODAY: Date = jiff::civil::date(2024, 6, 11);

/// A remark about 9 June, first said on `since`.
pub(super) fn remark(about: About, since: Date) -> Remark {
    Remark::new(about, "a_rule", jiff::civil::date(2024, 6, 9), since, "why")
}

impl ListingReport {
    pub(super) fn add_remark(&mut self, about: About) {
        self.remember(&[remark(about, TODAY)], TODAY);
    }
}

/// `n` listings alike.
pub(super) fn many(n: usize, outcome: Outcome, due: usize, added: usize) -> Vec<ListingReport> {
    let prefix = outcome.as_str().chars().next().unwrap();
    (0..n)
        .map(|index| ended(&format!("{prefix}{index}"), outcome, due, added))
        .collect()
}

pub(super) fn report(listings: Vec<ListingReport>) -> RunReport {
    let now = "2024-06-11T02:30:00Z".parse().unwrap();
    let run = RunId::new("daily_update", now).unwrap();
    RunReport::new(&run, "update-daily", now, listings, LIMITS)
}

pub(super) fn check(groups: &[Vec<ListingReport>], expected: Verdict, reason: &str) -> RunReport {
    let report = report(groups.concat());
    assert_eq!(report.verdict, expected, "{:?}", report.reasons);
    // Whatever is not green has a reason.
    assert_eq!(report.reasons.is_empty(), expected == Green);
    if !reason.is_empty() {
        assert!(
            report.reasons.iter().any(|text| text.contains(reason)),
            "{:?}",
            report.reasons
        );
    }
    let Results {
        success,
        failed,
        skipped,
    } = report.results;
    assert_eq!(success + failed + skipped, report.symbols_processed);
    assert_eq!(
        report.outcomes.values().sum::<usize>(),
        report.symbols_processed
    );
    report
}

use Outcome::{Failed, NoData, NotReached, Refused, Skipped, Throttled, Unchanged, Updated};
use Verdict::{Green, Yellow};

#[test]
fn the_three_counts_of_the_original_add_up() {
    let groups = [
        many(1, Updated, 1, 1),
        many(2, Unchanged, 0, 0),
        many(3, Skipped, 0, 0),
        many(1, NoData, 1, 0),
        many(1, NotReached, 0, 0),
        many(1, Throttled, 1, 0),
        many(1, Refused, 1, 0),
        many(1, Failed, 1, 0),
    ];
    let report = report(groups.concat());
    assert_eq!(
        report.results,
        Results {
            success: 3,
            failed: 3,
            skipped: 5
        }
    );
    assert_eq!(report.outcomes["skipped"], 3);
    assert_eq!(report.totals.sessions_due, 5);
    assert_eq!(report.totals.changes.bars_added, 1);
}

/// `lacking` of `n` listings of New York lack 10 June.
fn lacking(n: usize, lacking: usize) -> Vec<ListingReport> {
    let mut listings = many(n, Updated, 1, 1);
    for listing in listings.iter_mut().take(lacking) {
        listing.absent_recently = vec![jiff::civil::date(2024, 6, 10)];
    }
    listings
}

#[test]
fn a_session_that_most_of_a_market_lacks_is_one_event() {
    let report = check(
        &[lacking(10, 6)],
        Yellow,
        "6 of 10 listings of us lack 2024-06-10",
    );
    let [event] = report.market_events.as_slice() else {
        panic!("{:?}", report.market_events)
    };
    assert_eq!(
        (event.exchange.as_str(), event.lacking, event.listings),
        ("us", 6, 10)
    );
    // Half is not most, and three listings are no market.
    for (n, n_lacking) in [(10, 5), (10, 0), (3, 3), (1, 1)] {
        let report = check(&[lacking(n, n_lacking)], Green, "");
        assert_eq!(report.market_events, []);
    }
    assert_eq!(
        check(&[lacking(4, 3)], Yellow, "3 of 4")
            .market_events
            .len(),
        1
    );
}

#[test]
fn rows_with_volume_on_a_day_that_the_calendar_calls_closed_are_an_event_when_most_have_them() {
    let trading = |n: usize, n_trading: usize| {
        let mut listings = many(n, Updated, 1, 1);
        for listing in listings.iter_mut().take(n_trading) {
            listing.off_session = vec![OffSessionRow {
                date: jiff::civil::date(2024, 6, 9),
                volume: Some(5.0),
            }];
            listing.add_remark(About::ClosedDay);
        }
        listings
    };
    let because = "6 of 10 listings of us have volume on 2024-06-09: the calendar is wrong";
    let event = &check(&[trading(10, 6)], Yellow, because).market_events[0];
    assert_eq!((event.lacking, event.trading, event.listings), (0, 6, 10));
    // Rows that are there are better evidence than rows that are not: a small market is enough.
    check(
        &[trading(1, 1)],
        Yellow,
        "1 of 1 listings of us have volume",
    );
    assert_eq!(check(&[trading(3, 0)], Green, "").market_events, []);
    // Of fewer than most they are no event of the market, and no reason to be silent.
    for (n, n_trading) in [(10, 5), (10, 1), (2, 1)] {
        let because = format!(
            "{n_trading} rows with volume of {n_trading} of {n} listings are on days that the calendar calls closed"
        );
        assert_eq!(
            check(&[trading(n, n_trading)], Yellow, &because).market_events,
            []
        );
    }
}

#[test]
fn a_session_that_most_lack_on_an_approximate_calendar_is_a_probable_holiday_to_be_pasted() {
    let mut listings = lacking(10, 6);
    for listing in &mut listings {
        listing.maybe_holidays = std::mem::take(&mut listing.absent_recently);
    }
    // Nobody knows whether there was a session: that is no green.
    let because = "6 of 10 listings of us lack 2024-06-10: a holiday that the approximate calendar does not know, or the vendor is out";
    let report = check(&[listings], Yellow, because);
    assert!(report.market_events[0].is_probable_holiday());
    let [notice] = report.notices.as_slice() else {
        panic!("{:?}", report.notices)
    };
    assert!(
        notice.contains("exchanges: { us: { calendar: { holidays: [2024-06-10] } } }"),
        "{notice}"
    );
    // Where the calendar is sure, it is an outage.
    let report = check(&[lacking(10, 6)], Yellow, "vendor outage");
    assert_eq!(report.notices, [""; 0]);
}

#[test]
fn a_market_is_judged_by_its_own_listings() {
    let mut hong_kong: Vec<ListingReport> = (0..4)
        .map(|index| ended(&format!("000{index}.HK"), Updated, 1, 1))
        .collect();
    for listing in &mut hong_kong {
        listing.absent_recently = vec![jiff::civil::date(2024, 6, 7)];
    }
    let report = check(
        &[lacking(20, 0), hong_kong.clone()],
        Yellow,
        "4 of 4 listings of hk lack 2024-06-07",
    );
    assert_eq!(report.market_events.len(), 1);
    // Without any history there is nothing to lack.
    for listing in &mut hong_kong {
        listing.last = None;
    }
    assert_eq!(
        check(&[lacking(20, 0), hong_kong], Green, "").market_events,
        []
    );
}

#[test]
fn listings_are_in_order_whatever_order_they_ended_in() {
    let symbols = ["MSFT", "0700.HK", "AAPL", "0005.HK"];
    let listings: Vec<ListingReport> = symbols
        .iter()
        .map(|symbol| ended(symbol, Updated, 1, 1))
        .collect();
    let mut reversed = listings.clone();
    reversed.reverse();
    let (a, b) = (report(listings), report(reversed));
    assert_eq!(a, b);
    let order: Vec<&str> = a
        .listings
        .iter()
        .map(|listing| listing.symbol.as_str())
        .collect();
    assert_eq!(order, ["0005.HK", "0700.HK", "AAPL", "MSFT"]);
}

#[test]
fn a_report_begins_with_the_fields_of_the_original_and_reads_what_it_writes() {
    let report = report(many(2, Updated, 1, 1));
    let text = serde_json::to_string(&report).unwrap();
    let beginning = "{\"timestamp\":\"2024-06-11T02:30:00Z\",\"operation\":\"update-daily\",\
        \"symbols_processed\":2,\"results\":{\"success\":2,\"failed\":0,\"skipped\":0},";
    assert!(text.starts_with(beginning), "{text}");
    assert_eq!(serde_json::from_str::<RunReport>(&text).unwrap(), report);
}

#[test]
fn outside_the_calendars_a_run_is_red_however_well_it_went() {
    let at = |now: &str| {
        let now = now.parse().unwrap();
        let run = RunId::new("daily_update", now).unwrap();
        RunReport::new(
            &run,
            "update-daily",
            now,
            many(5, Outcome::Skipped, 0, 0),
            LIMITS,
        )
    };
    let report = at("2031-01-15T06:00:00Z");
    assert_eq!(report.verdict, Verdict::Red);
    assert!(
        report.reasons[0].contains("now is 2031-01-15"),
        "{:?}",
        report.reasons
    );
    let report = at("2029-07-01T06:00:00Z");
    assert_eq!((report.verdict, report.notices.len()), (Verdict::Green, 1));
    assert_eq!(at("2029-06-30T06:00:00Z").notices, [""; 0]);
}
