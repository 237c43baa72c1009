use std::sync::Arc;

use tempfile::TempDir;

use super::*;
use crate::{Choices, Effects, Silent, StopSignal, assemble};
use quantx_clock::FixedClock;
use quantx_settings::{ConfigFile, EnvMap, Overrides, Settings};

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

#[tokio::test]
async fn witnesses_are_listed_with_what_switches_them_on_and_never_with_a_key() {
    let folder = TempDir::new().unwrap();
    let (context, place) = lake(&folder, &[("QUANTX_TIINGO_KEY", "hidden-word")]).await;
    let diagnosis = diagnose(&context, &place, &request()).await;
    let found = |name| {
        let check = diagnosis.checks.iter().find(|it| it.name == name);
        check.map(|it| (it.state, it.found.as_str()))
    };
    let on = "on by QUANTX_TIINGO_KEY; a witness of quantx compare";
    assert_eq!(found("tiingo"), Some((CheckState::Ok, on)));
    let off = "off; set QUANTX_EODHD_KEY";
    assert_eq!(found("eodhd"), Some((CheckState::Ok, off)));
    assert!(found("alpaca").is_some() && found("csv").is_some());
    let text = serde_json::to_string(&diagnosis).unwrap();
    assert!(!text.contains("hidden-word"), "{text}");
}

#[tokio::test]
async fn a_witness_that_cannot_be_set_up_is_wrong_with_the_reason() {
    let folder = TempDir::new().unwrap();
    let (context, _) = lake(&folder, &[]).await;
    let file = ConfigFile {
        name: "settings.yaml",
        text: "providers: { csv: { source: \"/desk/all.csv\" } }",
    };
    let mut settings = (*context.settings).clone();
    let env: EnvMap = std::iter::empty().collect();
    let read = Settings::resolve(Some(file), None, &env, &Overrides::default());
    settings.vendors = read.unwrap().vendors;
    let checks = vendors::witnesses(&settings);
    let [check] = checks.as_slice() else {
        panic!("{checks:#?}");
    };
    assert_eq!((check.name, check.state), ("witnesses", CheckState::Wrong));
    let reason = "has no place for the listing";
    assert!(check.found.contains(reason), "{}", check.found);
}
