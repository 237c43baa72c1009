//! Rows that are unusual and true, from the vendor's answer to the report: inputs of public reports.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::date;
use quantx::lake::codec::{self, StoredYear};
use quantx::report::{Outcome, RunReport, Verdict};
use quantx::storage::{LakeStore, MemoryStore};
use quantx_tests::lab::Lab;
use quantx_tests::lakes::promised;

/// A lake of one recorded answer, and the lab around it.
struct Case {
    lab: Lab,
    lake: Arc<dyn LakeStore>,
    symbol: &'static str,
}

impl Case {
    async fn new(name: &str, symbol: &'static str) -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/cases");
        if !folder.is_dir() {
            eprintln!("skipped: no ../shared/data");
            return None;
        }
        let folder: PathBuf = folder.join(name);
        let settings = fs::read_to_string(folder.join("config/settings.yaml")).unwrap_or_default();
        let market = format!("recorded:{}", folder.join("vendor").display());
        let lab = Lab::with_settings(&market, "", 0, date(1962, 1, 2), &settings).await;
        Some(Self {
            lab,
            lake: Arc::new(MemoryStore::new()),
            symbol,
        })
    }

    async fn backfill(&self, first: &str, last: &str) -> RunReport {
        let [first, last] = [first, last].map(|date| date.parse().unwrap());
        let symbols = [self.symbol];
        let report = self.lab.backfill(&self.lake, &symbols, first, last);
        report.await.unwrap()
    }

    async fn rows(&self) -> Vec<StoredYear> {
        let files = promised(&self.lake).await;
        let years = files.iter().filter(|(path, _)| path.ends_with(".parquet"));
        years
            .map(|(_, bytes)| codec::decode(bytes).unwrap())
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_1962_are_stored_with_an_unknown_open() {
    let Some(case) = Case::new("03-open-zero-1962", "JNJ").await else {
        return;
    };
    case.lab.at("2026-11-28T12:00:00Z".parse().unwrap());
    let report = case.backfill("1962-01-02", "1962-12-31").await;
    let listing = &report.listings[0];
    assert_eq!(listing.outcome, Outcome::Updated, "{listing:?}");
    assert_eq!((listing.rows.refused, listing.rows.incomplete), (0, 253));
    let bars: Vec<_> = case
        .rows()
        .await
        .into_iter()
        .flat_map(|year| year.bars)
        .collect();
    assert_eq!(bars.len(), 253);
    assert!(
        bars.iter()
            .all(|bar| bar.open.is_none() && bar.high.is_some())
    );
    let again = case.backfill("1962-01-02", "1962-12-31").await;
    assert_eq!(again.totals.files_written, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_a_little_under_the_low_is_counted_and_no_news() {
    let Some(case) = Case::new("04-close-below-low", "000020.KS").await else {
        return;
    };
    case.lab.at("2024-02-10T12:00:00Z".parse().unwrap());
    let report = case.backfill("2024-01-02", "2024-01-31").await;
    let listing = &report.listings[0];
    assert_eq!((listing.changes.bars_added, listing.rows.refused), (22, 0));
    assert_eq!((listing.rows.outside_range, listing.flags.len()), (1, 0));
    assert_eq!(report.verdict, Verdict::Green, "{:?}", report.reasons);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_row_of_a_halted_share_is_stored_a_week_later() {
    let Some(case) = Case::new("23-halted-last-row", "FRC").await else {
        return;
    };
    case.lab.at("2023-05-03T12:00:00Z".parse().unwrap());
    let soon = case.backfill("2023-03-01", "2023-05-02").await;
    assert_eq!(
        (soon.listings[0].rows.live, soon.totals.changes.bars_added),
        (1, 42)
    );
    case.lab.at("2023-05-09T12:00:00Z".parse().unwrap());
    let later = case.lab.daily(&case.lake, &["FRC"]).await.unwrap();
    let listing = &later.listings[0];
    assert_eq!(
        (listing.rows.live, listing.changes.bars_added),
        (0, 1),
        "{listing:?}"
    );
    assert_eq!(listing.last, Some(date(2023, 5, 1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn twelve_reverse_splits_give_no_day_without_trade() {
    let Some(case) = Case::new("09-uvxy-reverse-splits", "UVXY").await else {
        return;
    };
    case.lab.at("2025-01-02T12:00:00Z".parse().unwrap());
    let report = case.backfill("2011-10-04", "2024-12-31").await;
    let listing = &report.listings[0];
    assert_eq!(listing.changes.bars_added, 3332, "{listing:?}");
    assert_eq!((listing.rows.incomplete, listing.rows.refused), (476, 0));
    assert!(listing.rows.coarse_volume > 0);
    let years = case.rows().await;
    let bars = || years.iter().flat_map(|year| &year.bars);
    assert_eq!(bars().filter(|bar| bar.volume.is_none()).count(), 476);
    assert_eq!(bars().filter(|bar| bar.volume == Some(0)).count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_borrowed_calendar_does_not_drop_sundays_in_silence() {
    for symbol in ["2222.SR", "RELIANCE.NS"] {
        let Some(case) = Case::new("06-sunday-sessions", symbol).await else {
            return;
        };
        case.lab.at("2024-02-10T12:00:00Z".parse().unwrap());
        let report = case.backfill("2024-01-01", "2024-01-31").await;
        let listing = &report.listings[0];
        assert!(listing.rows.off_session_traded > 0, "{listing:?}");
        assert_eq!(listing.rows.off_session, listing.rows.off_session_traded);
        assert_eq!(listing.off_session.len(), listing.rows.off_session);
        assert_eq!(report.verdict, Verdict::Yellow);
        let reported = format!("have volume on {}", listing.off_session[0].date);
        let reported = report
            .reasons
            .iter()
            .any(|reason| reason.contains(&reported));
        assert!(reported, "{:?}", report.reasons);
    }
}
