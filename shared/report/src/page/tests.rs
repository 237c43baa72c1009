use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::date;
use quantx_lake::coverage::Absence;
use quantx_market::SessionRange;

use super::*;
use crate::coverage::HoleRange;
use crate::run::Results;
use crate::verdict::Verdict;

/// Weekdays are the sessions of these tests.
struct Weekdays;

impl PageCalendars for Weekdays {
    fn sessions(&self, _: &str, range: SessionRange) -> usize {
        weekdays(range)
    }

    fn delay(&self, _: &str, range: SessionRange) -> usize {
        weekdays(range)
    }
}

fn weekdays(range: SessionRange) -> usize {
    let days = range.start().series(1.day());
    let days = days.take_while(|day| *day < range.end());
    days.filter(|day| day.weekday().to_monday_zero_offset() < 5)
        .count()
}

fn listing(symbol: &str, last: Date) -> PageListing {
    let range = SessionRange::inclusive(date(2023, 1, 2), last);
    let expected = weekdays(range);
    PageListing {
        first: Some(range.start()),
        last: Some(last),
        expected_from: range.start(),
        expected_to: range.end(),
        cells: Coverage {
            expected,
            present: expected,
            excused: 0,
            missing: 0,
        },
        unreadable: None,
        ..PageListing::unreadable(symbol, "us", "")
    }
}

fn with_hole(mut listing: PageListing) -> PageListing {
    listing.cells.present -= 3;
    listing.cells.missing += 3;
    listing.lacking = vec![LackingMonth {
        year: 2024,
        month: 5,
        missing: 3,
        excused: 0,
    }];
    listing.holes = vec![HoleRange {
        first: date(2024, 5, 6),
        last: date(2024, 5, 8),
        sessions: 3,
        absence: Absence::Missing,
        asks: 1,
    }];
    listing
}

fn run(name: &str, at: &str) -> PageRun {
    PageRun {
        run: name.to_owned(),
        operation: "daily_update".to_owned(),
        timestamp: at.parse().unwrap(),
        verdict: Verdict::Yellow,
        reasons: vec!["1 of 3 listings have new holes".to_owned()],
        listings: 3,
        outcomes: BTreeMap::from([("updated".to_owned(), 3)]),
        results: Results::default(),
        bars_added: 3,
        rows_refused: 0,
        elapsed_ms: 1_500,
        requests: 3,
        retries: 0,
        throttled: 1,
        throttle_wait_ms: 250,
        store_reads: 9,
        store_writes: 7,
        cost_usd: Some(0.0123),
        market_events: Vec::new(),
    }
}

fn parts(listings: Vec<PageListing>) -> PageParts {
    PageParts {
        now: "2024-07-13T02:30:00Z".parse().unwrap(),
        scope: "everything in the lake".to_owned(),
        markets: BTreeMap::from([(
            "us".to_owned(),
            PageMarket {
                mic: "XNYS".to_owned(),
                approximate: false,
                due: Some(date(2024, 7, 12)),
            },
        )]),
        listings,
        not_in_lake: Vec::new(),
        events: Vec::new(),
        runs: vec![
            run("daily_update_20240712_023000", "2024-07-12T02:30:00Z"),
            run("daily_update_20240713_023000", "2024-07-13T02:30:00Z"),
        ],
        refreshes: Vec::new(),
    }
}

fn page(parts: PageParts) -> Page {
    Page::new(parts, &Weekdays)
}

/// Every element is closed by its own end tag; void elements have none. Scripts and styles are no markup.
fn check_nesting(html: &str) {
    const VOID: [&str; 2] = ["meta", "!DOCTYPE"];
    let mut html = html.to_owned();
    for (start, end) in [
        ("<style>", "</style>"),
        (
            "<script type=\"application/json\" id=\"data\">",
            "</script>",
        ),
        ("<script>", "</script>"),
    ] {
        let from = html.find(start).unwrap() + start.len();
        let to = from + html[from..].find(end).unwrap();
        html.replace_range(from..to, "");
    }
    let mut open: Vec<&str> = Vec::new();
    for part in html.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap();
        assert!(!text.contains('>'), "a stray `>` after <{tag}>");
        let name = tag.split([' ', '\n']).next().unwrap();
        if let Some(name) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !VOID.contains(&name) && !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert_eq!(open, [""; 0]);
}

#[test]
fn a_page_is_well_formed_and_loads_nothing() {
    let due = date(2024, 7, 12);
    let mut parts = parts(vec![listing("AAPL", due), with_hole(listing("IBM", due))]);
    parts.not_in_lake = vec!["NEW".to_owned()];
    parts.events = vec![PageEvent {
        date: due,
        exchange: "us".to_owned(),
        dates: "2024-07-11 to 2024-07-12 (2)".to_owned(),
        lacking: 2,
        listings: 2,
        reading: "not fetched yet".to_owned(),
    }];
    let html = index_html(&page(parts));
    check_nesting(&html);
    // The name of SVG's vocabulary is no address that anybody asks.
    let known = html.replace("http://www.w3.org/2000/svg", "");
    for outside in [
        "http:",
        "https:",
        "src=",
        "@import",
        "url(",
        "fetch(",
        "unsafe-inline",
    ] {
        assert!(!known.contains(outside), "{outside}");
    }
    for target in html.split("href=\"").skip(1) {
        let id = target.strip_prefix('#').unwrap().split('"').next().unwrap();
        assert!(html.contains(&format!(" id=\"{id}\"")), "{id}");
    }
    for said in [
        "2024-05-06 to 2024-05-08",
        "quantx backfill --symbols IBM --start 2024-05-06 --end 2024-05-08",
        "2024-07-11 to 2024-07-12 (2)",
        "0.0123 USD",
        "<title>May 2024: 93.47 % present, 43 of 46 sessions; 0 excused, 3 missing</title>",
    ] {
        assert!(html.contains(said), "{said}");
    }
    // The newest run comes first.
    let at = |name: &str| html.find(name).unwrap();
    assert!(at("daily_update_20240713_023000") < at("daily_update_20240712_023000"));
}

#[test]
fn what_comes_from_outside_is_text_and_keeps_its_direction() {
    let due = date(2024, 7, 12);
    let mut evil = with_hole(listing("<script>alert('x')</script>", due));
    evil.unreadable = Some("\"><img src=x onerror=alert(1)>".to_owned());
    evil.open = vec![OpenItem {
        kind: OpenKind::RefusedRow,
        date: due,
        rule: "<b>".to_owned(),
        reason: "</script><script>alert(2)</script>\u{202e}".to_owned(),
        since: due,
        command: "<em>".to_owned(),
    }];
    let mut parts = parts(vec![evil]);
    parts.scope = "symbols </p><script>".to_owned();
    parts.not_in_lake = vec!["<em>".to_owned()];
    parts.runs[0].reasons = vec!["<!-- \u{2066}".to_owned()];
    parts.runs[0].outcomes = BTreeMap::from([("<u>".to_owned(), 1)]);
    parts.refreshes = vec![PageRefresh {
        run: "universe_refresh_20240713_000000".to_owned(),
        timestamp: parts.now,
        verdict: Verdict::Green,
        universes: vec![UniverseChange {
            name: "<i>".to_owned(),
            outcome: "refreshed".to_owned(),
            detail: Some("<iframe>".to_owned()),
            members: 1,
            joined: vec!["<a href=x>".to_owned()],
            left: Vec::new(),
            renamed: Vec::new(),
        }],
    }];
    let page = page(parts);
    let html = index_html(&page);
    check_nesting(&html);
    let tags: BTreeMap<&str, usize> = html
        .split('<')
        .skip(1)
        .map(|part| part.split([' ', '>', '\n']).next().unwrap())
        .fold(BTreeMap::new(), |mut tags, tag| {
            *tags.entry(tag).or_default() += 1;
            tags
        });
    assert_eq!(tags["script"], 2);
    for tag in ["img", "b", "em", "u", "i", "iframe", "!--"] {
        let expect = (tag == "i").then_some(6);
        assert_eq!(tags.get(tag).copied(), expect, "{tag}");
    }
    assert!(!html.contains(['\u{202e}', '\u{2066}']));
    assert!(html.contains("\\u202e"));
    let metrics = metrics_text(&page);
    assert!(
        metrics
            .lines()
            .all(|line| line.starts_with('#') || line.starts_with("quantx_"))
    );
}

#[test]
fn five_thousand_listings_fit_on_a_page_below_five_megabytes() {
    let due = date(2024, 7, 12);
    let listings = (0..5000).map(|n| {
        let mut listing = listing(&format!("S{n:04}.HK"), due);
        if n % 3 == 0 {
            listing = with_hole(listing);
        }
        let week = |week: i32| f64::from(100 + (week * (n + 7)) % 90);
        for year in 2022..=2024 {
            listing.closes.insert(year, (0..52).map(week).collect());
        }
        listing
    });
    let html = index_html(&page(parts(listings.collect())));
    let megabytes = html.len() as f64 / 1e6;
    assert!((0.5..5.0).contains(&megabytes), "{megabytes} MB");
}

#[test]
fn a_lake_without_listings_has_a_page() {
    let mut parts = parts(Vec::new());
    parts.runs.clear();
    let page = page(parts);
    check_nesting(&index_html(&page));
    assert!(metrics_text(&page).contains("quantx_open_decisions{kind=\"held_event\"} 0\n"));
}

#[test]
fn a_listing_that_no_run_worked_on_since_is_behind() {
    let page = page(parts(vec![
        listing("AAPL", date(2024, 7, 12)),
        listing("IBM", date(2024, 7, 9)),
    ]));
    let status = Status::of(&page);
    let us = &status.exchanges[0];
    assert_eq!((us.sessions_behind, us.listings.behind), (0, 1));
    assert_eq!((us.cells.missing, us.listings.complete), (3, 1));
    assert_eq!(page.listings[0].0.symbol, "IBM");
    assert_eq!(page.listings[0].1, 3);
    // They lack the sessions in the month in which those were.
    let july = page.exchanges[0].months.last().unwrap();
    assert_eq!((july.month, july.cells.missing), (7, 3));
    let metrics = metrics_text(&page);
    for line in [
        "quantx_sessions_behind{exchange=\"us\"} 0",
        "quantx_listings_behind{exchange=\"us\"} 1",
        "quantx_cells{exchange=\"us\",state=\"missing\"} 3",
        "quantx_run_verdict{operation=\"daily_update\",verdict=\"yellow\"} 1",
        "quantx_run_duration_seconds{operation=\"daily_update\"} 1.5",
        "quantx_run_cost_usd{operation=\"daily_update\"} 0.0123",
    ] {
        assert!(metrics.lines().any(|it| it == line), "{line}\n{metrics}");
    }
}

#[test]
fn a_listing_that_cannot_be_read_is_named_and_adds_no_cells() {
    let page = page(parts(vec![
        listing("AAPL", date(2024, 7, 12)),
        PageListing::unreadable("IBM", "us", "the record is damaged"),
    ]));
    let us = &Status::of(&page).exchanges[0];
    assert_eq!((us.cells.missing, us.listings.complete), (0, 1));
    assert_eq!(page.listings[0].0.symbol, "IBM");
    assert!(index_html(&page).contains("the record is damaged"));
}

#[test]
fn the_status_is_read_as_it_is_written() {
    let page = page(parts(vec![with_hole(listing("AAPL", date(2024, 7, 12)))]));
    let status = Status::of(&page);
    let text = serde_json::to_string(&status).unwrap();
    assert_eq!(serde_json::from_str::<Status>(&text).unwrap(), status);
    let known = KnownListings {
        listings: vec![with_hole(listing("AAPL", date(2024, 7, 12)))],
    };
    let text = serde_json::to_string(&known).unwrap();
    assert_eq!(serde_json::from_str::<KnownListings>(&text).unwrap(), known);
}

#[test]
fn what_is_learnt_takes_the_place_of_what_was_known_and_keeps_older_closes() {
    let mut known = KnownListings::default();
    let mut old = listing("AAPL", date(2024, 7, 11));
    old.closes = BTreeMap::from([(2022, vec![1.0]), (2023, vec![2.0]), (2024, vec![3.0])]);
    known.learn([old, listing("IBM", date(2024, 7, 11))]);
    let mut new = listing("AAPL", date(2025, 7, 11));
    new.closes = BTreeMap::from([(2024, vec![4.0]), (2025, vec![5.0])]);
    known.learn([new]);
    let symbols: Vec<&str> = known.listings.iter().map(|it| it.symbol.as_str()).collect();
    assert_eq!(symbols, ["AAPL", "IBM"]);
    assert_eq!(
        known.listings[0].closes,
        BTreeMap::from([(2023, vec![2.0]), (2024, vec![4.0]), (2025, vec![5.0])])
    );
    assert_eq!(known.listings[0].last, Some(date(2025, 7, 11)));
}
