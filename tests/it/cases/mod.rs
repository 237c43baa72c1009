//! Answers of vendors on which a program was wrong once, each with the rows that are right.
//! The inputs stand beside the checkout, see `../shared/data/cases/README.md`.

mod splits;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use quantx::lake::codec;
use quantx::lake::{LakeKey, LakePrefix};
use quantx::market::Bar;
use quantx::report::{ListingReport, RunReport};
use quantx::storage::{LakeStore, MemoryStore};
use quantx_tests::lab::Lab;
use tempfile::TempDir;

/// The recorded inputs, where they are there.
pub(crate) fn shared_data() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    if !folder.is_dir() {
        eprintln!("skipped: no ../shared/data");
        return None;
    }
    Some(folder)
}

/// A vendor that answers with recorded bodies, and an empty lake.
pub(crate) struct Case {
    pub(crate) lab: Lab,
    pub(crate) lake: Arc<dyn LakeStore>,
    _folder: TempDir,
}

impl Case {
    /// Serves the answers of these files or folders; of several of one symbol the newest by then.
    pub(crate) async fn of(answers: &[PathBuf], backfill_start: Date) -> Self {
        let folder = TempDir::new().unwrap();
        let mut n = 0;
        for path in answers {
            let files = if path.is_dir() {
                let entries = fs::read_dir(path).unwrap();
                entries.map(|entry| entry.unwrap().path()).collect()
            } else {
                vec![path.clone()]
            };
            for file in files {
                n += 1;
                fs::copy(&file, folder.path().join(format!("{n:03}.json"))).unwrap();
            }
        }
        let market = format!("recorded:{}", folder.path().display());
        Self {
            lab: Lab::new(&market, "", 1, backfill_start).await,
            lake: Arc::new(MemoryStore::new()),
            _folder: folder,
        }
    }

    /// One daily run as of `now`.
    pub(crate) async fn daily(&self, now: &str, symbol: &str) -> RunReport {
        self.lab.at(now.parse::<Timestamp>().unwrap());
        self.lab.daily(&self.lake, &[symbol]).await.unwrap()
    }

    /// What the lake holds, ascending.
    pub(crate) async fn bars(&self) -> Vec<Bar> {
        let mut bars = Vec::new();
        for entry in self.lake.list(&LakePrefix::All).await.unwrap() {
            if matches!(entry.key, LakeKey::Bars { .. }) {
                let object = self.lake.get(&entry.key).await.unwrap().unwrap();
                bars.extend(codec::decode(&object.bytes).unwrap().bars);
            }
        }
        bars.sort_by_key(|bar| bar.date);
        bars
    }
}

/// The only listing of a report.
pub(crate) fn listing(report: &RunReport) -> &ListingReport {
    let [listing] = report.listings.as_slice() else {
        panic!("{report:?}");
    };
    listing
}

/// Rows as `[date, open, high, low, close, volume]`.
pub(crate) fn truth(file: &Path) -> Vec<(String, [f64; 4])> {
    let rows: Vec<(String, f64, f64, f64, f64, f64)> =
        serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let rows = rows.into_iter();
    rows.map(|(date, o, h, l, c, _)| (date, [o, h, l, c]))
        .collect()
}

/// The bars as [`truth`] writes them.
pub(crate) fn rows(bars: &[Bar]) -> Vec<(String, [f64; 4])> {
    let row = |bar: &Bar| {
        (
            bar.date.to_string(),
            bar.prices().map(|price| price.unwrap().get()),
        )
    };
    bars.iter().map(row).collect()
}
