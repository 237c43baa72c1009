//! The year of `cargo xtask year`, short: timers, faults, kills, people, and the lake that is left.

use quantx_tests::year::{YearOptions, run};
use tempfile::TempDir;

use super::{handler, stage};

#[tokio::test(flavor = "multi_thread")]
async fn daily_updates_with_faults_and_kills_leave_the_lake_of_one_backfill() {
    let folder = TempDir::new().unwrap();
    let app = folder.path().join("app");
    stage(&app);
    let name = format!("handler_of_any_day{}", std::env::consts::EXE_SUFFIX);
    let options = YearOptions {
        app,
        handler: handler().with_file_name(name),
        program: crate::cli::binary(),
        folder: folder.path().to_owned(),
        days: 15,
        listings: 12,
        faults: "429=0.02,500=0.02,truncate=0.01,html=0.01,wrong-symbol=0.01".to_owned(),
        kills_percent: 25,
        seed: 3,
    };
    let figures = run(&options).await;
    eprintln!("{figures}");
    let problems = figures.problems();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(figures.ended("green") > 0, "{figures}");
}
