use std::collections::BTreeMap;

use jiff::civil::date;
use quantx::lake::coverage::{Absence, MonthCells};
use quantx::lake::gaps::Coverage;
use quantx::report::{ExchangeCoverage, HoleRange, ListingCoverage};

use super::*;

fn listing(symbol: &str, n_holes: i32) -> ListingCoverage {
    let first = date(2001, 1, 2);
    let hole = |n: i32| HoleRange {
        first: first + jiff::Span::new().days(7 * n),
        last: first + jiff::Span::new().days(7 * n + 2),
        sessions: 3,
        absence: Absence::Missing,
        asks: 1,
    };
    ListingCoverage {
        symbol: symbol.to_owned(),
        exchange: "us".to_owned(),
        first: Some(first),
        last: Some(date(2024, 7, 12)),
        due: Some(date(2024, 7, 12)),
        behind: 0,
        cells: Coverage {
            expected: 5920,
            present: 5920 - 3 * usize::try_from(n_holes).unwrap(),
            excused: 0,
            missing: 3 * usize::try_from(n_holes).unwrap(),
        },
        excused_asked: 0,
        excused_rejected: 0,
        in_quarantine: 0,
        excused_calendar: 0,
        listed_later: 0,
        in_market_events: 0,
        holes: (0..n_holes).map(hole).collect(),
        unreadable: None,
    }
}

fn report(listings: Vec<ListingCoverage>) -> CoverageReport {
    let months = (2001..=2024).flat_map(|year| (1..=12).map(move |month| (year, month)));
    let months = months.map(|(year, month)| MonthCells {
        year,
        month,
        cells: Coverage {
            expected: 210,
            present: 210 - usize::from(month.unsigned_abs()),
            excused: 0,
            missing: usize::from(month.unsigned_abs()),
        },
        holidays: 0,
    });
    let mut totals = Coverage::default();
    for listing in &listings {
        totals += listing.cells;
    }
    CoverageReport {
        timestamp: "2024-07-13T02:30:00Z".parse().unwrap(),
        selection: "everything in the lake".to_owned(),
        hole_asks: 3,
        outage_share: 0.5,
        totals,
        exchanges: vec![ExchangeCoverage {
            exchange: "us".to_owned(),
            mic: "XNYS".to_owned(),
            approximate: false,
            due: Some(date(2024, 7, 12)),
            listings: listings.len(),
            complete: 0,
            behind: 0,
            not_in_lake: 0,
            cells: totals,
            months: months.collect(),
        }],
        market_events: Vec::new(),
        listings,
        not_in_lake: Vec::new(),
    }
}

/// Every element is closed by its own end tag; void elements have none.
fn check_nesting(page: &str) {
    const VOID: [&str; 2] = ["meta", "!DOCTYPE"];
    // Scripts and styles are no markup.
    let mut page = page.to_owned();
    for element in ["style", "script"] {
        let (start, end) = (format!("<{element}>"), format!("</{element}>"));
        let from = page.find(&start).unwrap() + start.len();
        let to = from + page[from..].find(&end).unwrap();
        page.replace_range(from..to, "");
    }
    let mut open: Vec<&str> = Vec::new();
    for part in page.split('<').skip(1) {
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
    let mut report = report(vec![
        listing("AAPL", 0),
        listing("IBM", 1),
        listing("GE", 9),
    ]);
    report.not_in_lake = vec!["NEW".to_owned()];
    report.market_events = vec![CoverageEvent {
        exchange: "us".to_owned(),
        date: date(2024, 7, 12),
        kind: EventKind::NotFetched,
        lacking: 3,
        missing: 3,
        listings: 3,
    }];
    let page = coverage_page(&report);
    check_nesting(&page);
    for outside in ["http:", "https:", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    for target in page.split("href=\"").skip(1) {
        let id = target.strip_prefix('#').unwrap().split('"').next().unwrap();
        assert!(page.contains(&format!(" id=\"{id}\"")), "{id}");
    }
    assert!(page.contains("2001-01-02 to 2001-01-04 (3): missing, asked on 1 day"));
    assert!(page.contains(
        "<title>Dec 2024: 94.28 % present, 198 of 210 sessions; 0 excused, 12 missing</title>"
    ));
}

#[test]
fn what_comes_from_outside_is_text() {
    let mut evil = listing("<script>alert('x')</script>", 1);
    evil.unreadable = Some("\"><img src=x onerror=alert(1)>".to_owned());
    evil.exchange = "<b>".to_owned();
    let mut report = report(vec![evil]);
    report.selection = "symbols </p><script>".to_owned();
    report.not_in_lake = vec!["<em>".to_owned()];
    report.exchanges[0].exchange = "\"><svg onload=alert(1)>".to_owned();
    report.exchanges[0].mic = "<u>".to_owned();
    let page = coverage_page(&report);
    check_nesting(&page);
    let tags: BTreeMap<&str, usize> = page
        .split('<')
        .skip(1)
        .map(|part| part.split([' ', '>']).next().unwrap())
        .fold(BTreeMap::new(), |mut tags, tag| {
            *tags.entry(tag).or_default() += 1;
            tags
        });
    assert_eq!(tags["script"], 1);
    for tag in ["img", "b", "em", "u"] {
        assert_eq!(tags.get(tag), None, "{tag}");
    }
    assert!(!page.contains("<svg onload"));
}

#[test]
fn five_thousand_listings_fit_on_a_page_that_opens() {
    let listings = (0..5000)
        .map(|n| listing(&format!("S{n:04}"), n % 400))
        .collect();
    let page = coverage_page(&report(listings));
    let megabytes = page.len() as f64 / 1e6;
    assert!((1.0..10.0).contains(&megabytes), "{megabytes} MB");
    // The worst of them keeps its newest holes, and says that there are more.
    assert!(page.contains("more (--json)"));
}

#[test]
fn a_lake_without_listings_has_a_page() {
    let mut report = report(Vec::new());
    report.exchanges.clear();
    check_nesting(&coverage_page(&report));
}
