//! The soak of `cargo xtask crowd`, short: every kind of caller, faults, kills, and what is left.

use std::time::Duration;

use quantx_tests::crowd::{CrowdOptions, Place, run};
use tempfile::TempDir;

use super::{handler, stage};

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_with_faults_and_kills_hangs_nothing_and_loses_nothing() {
    let folder = TempDir::new().unwrap();
    let app = folder.path().join("app");
    stage(&app);
    let options = CrowdOptions {
        app,
        handler: Some(handler()),
        program: crate::cli::binary(),
        folder: folder.path().to_owned(),
        place: Place::Disk,
        duration: Duration::from_secs(6),
        callers: 24,
        listings: 12,
        kills: 2,
        faults: "429=0.02,500=0.02,truncate=0.01,html=0.01,wrong-symbol=0.01".to_owned(),
    };
    let figures = run(&options).await.unwrap();
    eprintln!("{figures}");
    let problems = figures.problems();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    // Callers were served, refused and sent away.
    assert!(figures.answered(200) + figures.answered(202) > 0);
    for status in [400, 401, 429] {
        assert!(figures.answered(status) > 0, "nobody was told {status}");
    }
}
