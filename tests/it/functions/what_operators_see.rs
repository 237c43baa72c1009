//! What an operator sees of a run: its status while it lasts, its last line, its output; and how much
//! a host logs that does nothing.

use std::time::Duration;

use jiff::Timestamp;
use quantx::operations::chunked::{Phase, Progress};
use quantx::report::Verdict;
use quantx_dev_host::{DevHost, HandlerOutput, Instance, Options};
use serde_json::Value;

use super::{Bench, ended, lines, summary};

/// The run's statuses, each phase once, in the order in which they were shown.
fn phases(instance: &Instance) -> Vec<Phase> {
    let mut phases: Vec<Phase> = instance.statuses().map(|it| progress(&it).phase).collect();
    phases.dedup();
    phases
}

fn progress(status: &Value) -> Progress {
    serde_json::from_value(status.clone()).unwrap_or_else(|error| panic!("{error}: {status}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_shows_its_phases_and_ends_with_its_verdict() {
    let bench = Bench::of(40, 5, "").await;
    let host = bench.host().await;
    bench.begin(&host, "calm");
    let instance = ended(&host, "calm").await;
    let expected = [
        Phase::Planning,
        Phase::Chunks,
        Phase::Publishing,
        Phase::Ended,
    ];
    assert_eq!(phases(&instance), expected);
    let last = progress(instance.custom_status());
    let summary = summary(&instance);
    assert_eq!((last.done, last.total, last.failed), (8, 8, 0));
    assert_eq!(
        (last.verdict, &last.run),
        (Some(summary.verdict), &Some(summary.run.clone()))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_red_run_is_loud_and_says_what_it_waits_for() {
    let bench = Bench::of(40, 5, "").await;
    let mut settings = bench.settings();
    // Nobody listens there.
    let nowhere = "http://127.0.0.1:9".to_owned();
    settings.insert("QUANTX_YAHOO_BASE_URL".to_owned(), nowhere);
    let log = bench.folder.path().join("log");
    let options = Options {
        settings,
        output: HandlerOutput::Kept(log.clone()),
        ..bench.options()
    };
    let host = DevHost::start(options).await.unwrap();
    bench.begin(&host, "lonely");
    let instance = ended(&host, "lonely").await;
    let waiting: Vec<Progress> = instance
        .statuses()
        .map(|it| progress(&it))
        .filter(|it| it.phase == Phase::Waiting)
        .collect();
    assert!(!waiting.is_empty(), "{:?}", phases(&instance));
    for pause in waiting.iter().map(|it| it.waiting.as_ref().unwrap()) {
        assert!(pause.because.contains("listings failed"), "{pause:?}");
    }
    // The output and the status carry the verdict and its reasons.
    let summary = summary(&instance);
    assert_eq!(summary.verdict, Verdict::Red);
    assert!(!summary.reasons.is_empty());
    let last = progress(instance.custom_status());
    assert_eq!(
        (last.phase, last.verdict),
        (Phase::Ended, Some(Verdict::Red))
    );
    assert_eq!(last.reasons[0], summary.reasons[0]);
    // So does the last line of the log, and alerts hang on its level.
    let lines = lines(&log);
    let last = lines
        .iter()
        .rfind(|line| line["verdict"].is_string())
        .unwrap();
    assert_eq!(
        (&last["level"], &last["verdict"]),
        (&"ERROR".into(), &"Red".into()),
        "{last}"
    );
    assert!(
        last["reasons"]
            .as_str()
            .unwrap()
            .contains(&summary.reasons[0]),
        "{last}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expected_end_is_never_in_the_past() {
    let bench = Bench::of(60, 2, "").await;
    let host = bench.host().await;
    bench.begin(&host, "timed");
    let instance = ended(&host, "timed").await;
    let mut n_seen = 0;
    for (request, answer) in instance.replays() {
        let started = request.new_events[0].timestamp.unwrap();
        let now = Timestamp::new(started.seconds, started.nanos).unwrap();
        let status = answer.custom_status.as_deref().unwrap();
        if let Some(eta) = progress(&serde_json::from_str(status).unwrap()).eta {
            assert!(eta > now, "{eta} at {now}");
            n_seen += 1;
        }
    }
    assert!(n_seen > 2, "{n_seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_app_logs_nothing_and_a_run_a_few_lines() {
    let bench = Bench::of(40, 5, "").await;
    let log = bench.folder.path().join("log");
    let options = Options {
        output: HandlerOutput::Kept(log.clone()),
        ..bench.options()
    };
    let host = DevHost::start(options).await.unwrap();
    let volume = || std::fs::read(&log).unwrap().len();
    let health = || async { reqwest::get(format!("{}/api/health", host.base_url())).await };
    health().await.unwrap();
    let before = volume();
    tokio::time::sleep(Duration::from_millis(500)).await;
    // A probe a minute must not fill the log: what is wrong is told once.
    for _ in 0..20 {
        health().await.unwrap();
    }
    assert_eq!(volume(), before, "{:#?}", lines(&log));
    bench.begin(&host, "run");
    ended(&host, "run").await;
    let told = lines(&log).len();
    assert!(told < 40, "{told} lines of a run of 8 chunks");
}
