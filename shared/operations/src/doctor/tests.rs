use std::sync::Arc;

use tempfile::TempDir;

use super::*;
use crate::{Choices, Effects, Silent, StopSignal, assemble};
use quantx_clock::FixedClock;
use quantx_settings::{EnvMap, Overrides, Settings};

async fn lake(folder: &TempDir, env: &[(&str, &str)]) -> (Context, LakePlace) {
    let env: EnvMap = env
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let mut settings = Settings::resolve(None, None, &env, &Overrides::default()).unwrap();
    settings.storage.local_root = folder.path().join("lake");
    let place = LakePlace::of(&settings.storage);
    let choices = Choices {
        effects: Effects::Write,
        clock: Arc::new(FixedClock("2024-07-05T23:00:00Z".parse().unwrap())),
        observer: Arc::new(Silent),
        stop: StopSignal::never(),
    };
    (assemble(settings, choices).await.unwrap(), place)
}

fn request() -> DoctorRequest {
    DoctorRequest {
        settings_from: "built in".to_owned(),
        version: "0.1.0".to_owned(),
        ask_vendor: false,
        effects: Effects::Write,
    }
}

#[tokio::test]
async fn an_empty_lake_works_and_says_what_to_do_first() {
    let folder = TempDir::new().unwrap();
    let (context, place) = lake(&folder, &[]).await;
    let diagnosis = diagnose(&context, &place, &request()).await;
    assert_eq!(diagnosis.state, CheckState::Look, "{diagnosis:#?}");
    let state = |name| diagnosis.checks.iter().find(|it| it.name == name).unwrap();
    assert_eq!(state("store").state, CheckState::Ok);
    assert!(state("store").found.contains("writes, reads and deletes"));
    assert_eq!(
        state("lake").advice.as_deref(),
        Some("quantx backfill --help")
    );
    assert_eq!(state("last run").state, CheckState::Look);
    assert_eq!(state("disk").name, "disk");
    // A folder says no time of its own.
    assert!(diagnosis.checks.iter().all(|it| it.name != "clock"));
    // The probe is gone, and its folder.
    let left = std::fs::read_dir(folder.path().join("lake/runs"));
    assert_eq!(left.into_iter().flatten().count(), 0);
}

#[tokio::test]
async fn no_check_shows_a_secret() {
    let folder = TempDir::new().unwrap();
    let env = [
        (
            "QUANTX_HEARTBEAT_URL",
            "https://hc.example/ping/hidden-word",
        ),
        ("QUANTX_WEBHOOK_URL", "https://hooks.example/hidden-word"),
    ];
    let (context, place) = lake(&folder, &env).await;
    let diagnosis = diagnose(&context, &place, &request()).await;
    let text = serde_json::to_string(&diagnosis).unwrap();
    assert!(text.contains("heartbeat and webhook"), "{text}");
    assert!(!text.contains("hidden-word"), "{text}");
    assert!(!format!("{:?}", context.settings).contains("hidden-word"));
}
