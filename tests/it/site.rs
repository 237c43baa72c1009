//! The status page in a browser: it renders, says nothing on the console, search and sorting work, and
//! hostile names do no harm.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::civil::date;
use quantx::calendar::Calendar;
use quantx::lake::coverage::Absence;
use quantx::lake::gaps::Coverage;
use quantx::market::SessionRange;
use quantx::report::page::{
    LackingMonth, OpenItem, OpenKind, Page, PageCalendars, PageListing, PageMarket, PageParts,
    PageRefresh, PageRun, UniverseChange, index_html,
};
use quantx::report::{HoleRange, Results, Verdict};

/// Set where the test must run: a missing browser then fails it.
const REQUIRED: &str = "QUANTX_REQUIRE_CHROMIUM";
const LISTINGS: usize = 5_000;

fn listing(n: usize, symbol: &str, exchange: &str) -> PageListing {
    let range = SessionRange::inclusive(date(2010, 1, 4), date(2024, 7, 12));
    let calendar = calendar(exchange);
    let expected = calendar.count(range);
    let mut listing = PageListing {
        first: Some(range.start()),
        last: Some(date(2024, 7, 12)),
        expected_from: range.start(),
        expected_to: range.end(),
        cells: Coverage {
            expected,
            present: expected,
            ..Coverage::default()
        },
        unreadable: None,
        ..PageListing::unreadable(symbol, exchange, "")
    };
    for year in 2022_i16..=2024 {
        let weeks = if year == 2024 { 28 } else { 52 };
        let mut close = 40.0 + (n % 97) as f64;
        let closes = (0..weeks).map(|week| {
            close *= 1.0
                + ((n * 31 + week * 17 + usize::from(year.unsigned_abs())) % 13) as f64 / 200.0
                - 0.03;
            close
        });
        listing.closes.insert(year, closes.collect());
    }
    if n.is_multiple_of(9) {
        let missing = 1 + n % 5;
        listing.cells.present -= missing;
        listing.cells.missing = missing;
        let month = i8::try_from(n % 7 + 1).unwrap();
        listing.lacking = vec![LackingMonth {
            year: 2024,
            month,
            missing,
            excused: 0,
        }];
        listing.holes = vec![HoleRange {
            first: date(2024, month, 8),
            last: date(2024, month, 12),
            sessions: missing,
            absence: Absence::Missing,
            asks: 2,
        }];
    }
    listing
}

fn hostile() -> PageListing {
    let mut listing = listing(9, "<img src=x onerror=\"window.harm=1\">\u{202e}", "us");
    listing.open = vec![OpenItem {
        kind: OpenKind::RefusedRow,
        date: date(2024, 7, 11),
        rule: "unit_jump".to_owned(),
        reason: "</script><script>window.harm=2</script> '\"&\u{2067} a price 100 times off"
            .to_owned(),
        since: date(2024, 7, 12),
        command:
            "quantx quarantine list --symbols X, then quantx quarantine release ID or reject ID"
                .to_owned(),
    }];
    listing.unreadable = Some("<iframe srcdoc='<script>parent.harm=3</script>'>".to_owned());
    listing
}

fn run(day: i8) -> PageRun {
    let (verdict, reasons) = match day % 4 {
        0 => (
            Verdict::Yellow,
            vec!["12 of 5,000 listings have new holes".to_owned()],
        ),
        3 => (
            Verdict::Red,
            vec!["620 of 5,000 listings failed, limits.max_failure_rate allows 10 %".to_owned()],
        ),
        _ => (Verdict::Green, Vec::new()),
    };
    PageRun {
        run: format!("daily_update_202407{day:02}_050000"),
        operation: "daily_update".to_owned(),
        timestamp: format!("2024-07-{day:02}T05:00:00Z").parse().unwrap(),
        verdict,
        reasons,
        listings: LISTINGS,
        outcomes: BTreeMap::from([("updated".to_owned(), 4_880), ("unchanged".to_owned(), 120)]),
        results: Results::default(),
        bars_added: 4_880,
        rows_refused: 2,
        elapsed_ms: 2_512_345,
        requests: 5_003,
        retries: 3,
        throttled: 1,
        throttle_wait_ms: 95_000,
        store_reads: 15_021,
        store_writes: 10_004,
        cost_usd: Some(0.0612),
        market_events: Vec::new(),
    }
}

fn page() -> Page {
    let mut listings: Vec<PageListing> = (0..LISTINGS)
        .map(|n| match n % 2 {
            0 => listing(n, &format!("S{n:04}.HK"), "hk"),
            _ => listing(n, &format!("S{n:04}"), "us"),
        })
        .collect();
    listings.push(hostile());
    let market = |mic: &str| PageMarket {
        mic: mic.to_owned(),
        approximate: false,
        due: Some(date(2024, 7, 12)),
    };
    let parts = PageParts {
        now: "2024-07-13T05:00:00Z".parse().unwrap(),
        scope: "every listing that a run worked on".to_owned(),
        markets: BTreeMap::from([
            ("us".to_owned(), market("XNYS")),
            ("hk".to_owned(), market("XHKG")),
        ]),
        listings,
        not_in_lake: Vec::new(),
        events: Vec::new(),
        runs: (1..=13).map(run).collect(),
        refreshes: vec![PageRefresh {
            run: "universe_refresh_20240706_020000".to_owned(),
            timestamp: "2024-07-06T02:00:00Z".parse().unwrap(),
            verdict: Verdict::Green,
            universes: vec![UniverseChange {
                name: "us_sp500".to_owned(),
                outcome: "refreshed".to_owned(),
                detail: None,
                members: 503,
                joined: vec!["SMCI".to_owned(), "DECK".to_owned()],
                left: vec!["WHR".to_owned()],
                renamed: vec![("FB".to_owned(), "META".to_owned())],
            }],
        }],
    };
    Page::new(parts, &Calendars)
}

/// Those of New York and Hong Kong.
struct Calendars;

impl PageCalendars for Calendars {
    fn sessions(&self, exchange: &str, range: SessionRange) -> usize {
        calendar(exchange).count(range)
    }

    fn delay(&self, exchange: &str, range: SessionRange) -> usize {
        self.sessions(exchange, range)
    }
}

fn calendar(exchange: &str) -> Calendar {
    let mic = if exchange == "us" { "XNYS" } else { "XHKG" };
    Calendar::of(mic).unwrap()
}

/// The driver of the browser, where it was installed: `npm install` in a folder of the target directory.
fn playwright() -> Result<PathBuf, String> {
    let version = include_str!("../site/playwright.version").trim();
    let program = env::current_exe().unwrap();
    let folders = program.ancestors();
    let name = format!("playwright-core-{version}");
    let found = folders.map(|folder| folder.join(&name));
    let installed = |folder: &PathBuf| folder.join("node_modules/playwright-core").is_dir();
    found.clone().find(installed).ok_or_else(|| {
        let target = program.ancestors().nth(3).unwrap_or(Path::new("target"));
        let folder = target.join(&name);
        format!(
            "no playwright-core; npm install --prefix {} playwright-core@{version}",
            folder.display()
        )
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "where the machine has its browser, and whether one must be there"
)]
fn variable(name: &str) -> Option<std::ffi::OsString> {
    env::var_os(name)
}

fn chromium() -> Result<PathBuf, String> {
    let path = variable("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let places = env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name)));
    places
        .into_iter()
        .find(|place| place.is_file())
        .ok_or_else(|| "no chromium (Debian: apt-get install chromium)".to_owned())
}

#[test]
fn the_page_works_in_a_browser_and_hostile_names_do_no_harm() {
    let html = index_html(&page());
    let megabytes = html.len() as f64 / 1e6;
    assert!(megabytes < 5.0, "{megabytes} MB");
    let (driver, browser) = match (playwright(), chromium()) {
        (Ok(driver), Ok(browser)) => (driver, browser),
        (driver, browser) => {
            let why = driver.err().or(browser.err()).unwrap_or_default();
            assert!(
                variable(REQUIRED).is_none(),
                "{REQUIRED} is set, but: {why}"
            );
            eprintln!("skipped: {why}");
            return;
        }
    };
    // Pictures stay, so that people can look at them.
    let pictures = driver.with_file_name("site-pictures");
    fs::create_dir_all(&pictures).unwrap();
    let file = pictures.join("index.html");
    fs::write(&file, html).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("site/check.mjs");
    let mut command = Command::new("node");
    command
        .arg(script)
        .args([&driver, &browser, &file, &pictures]);
    let output = command.output().expect("node starts");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    eprintln!(
        "{megabytes:.2} MB, {}",
        String::from_utf8_lossy(&output.stdout).trim()
    );
}
