//! The real `handler` process behind a Durable host: runs to the end, killed, cancelled, refused by
//! the vendor, and without one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::date;
use quantx::lake::LakeKey;
use quantx::operations::chunked::{Ended, RunSummary};
use quantx::operations::manifest;
use quantx::report::{RunReport, Verdict};
use quantx::storage::{LakeStore, LocalStore, MemoryStore};
use quantx_tests::lab::Lab;
use quantx_tests::lakes::{differences, promised};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::process_host::{Host, Meddling};

const START: &str = "2011-01-03";
const END: &str = "2012-12-31";

/// A market, the lake that one plain backfill of it makes, and a folder for the handler.
struct Bench {
    lab: Lab,
    symbols: Vec<String>,
    expected: BTreeMap<String, Bytes>,
    folder: TempDir,
    port: u16,
    handler: Option<Child>,
}

impl Bench {
    async fn new(faults: &str) -> Self {
        let lab = Lab::new("synthetic:40:us", faults, 11, date(2011, 1, 3)).await;
        lab.at(now());
        let symbols: Vec<String> = lab.server.market().symbols();
        let calm = Lab::new("synthetic:40:us", "", 11, date(2011, 1, 3)).await;
        calm.at(now());
        let alone: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
        let (start, end) = (START.parse().unwrap(), END.parse().unwrap());
        calm.backfill(&alone, &symbols, start, end).await.unwrap();
        let expected = promised(&alone).await;
        assert!(expected.len() > 80, "{}", expected.len());
        // Free a moment ago.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        Self {
            lab,
            symbols,
            expected,
            folder: TempDir::new().unwrap(),
            port,
            handler: None,
        }
    }

    fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn start(&mut self, vendor: &str) {
        let mut command = Command::new(binary());
        command
            .env_clear()
            .env("FUNCTIONS_CUSTOMHANDLER_PORT", self.port.to_string())
            .env("FUNCTIONS_APP_ROOT_PATH", self.folder.path())
            .env("LOCAL_STORAGE_ROOT", self.folder.path().join("lake"))
            .env("QUANTX_YAHOO_BASE_URL", vendor)
            .env("QUANTX_REQUESTS_PER_SECOND", "0")
            .env("FETCHER_CHUNK_SIZE", "5")
            .env("FETCHER_RETRY_MIN_WAIT", "5ms")
            .env("FETCHER_RETRY_MAX_WAIT", "20ms")
            .env("MAX_WORKERS", "1")
            .current_dir(self.folder.path())
            .stdout(Stdio::null());
        self.handler = Some(command.spawn().unwrap());
    }

    fn kill(&mut self) {
        let mut handler = self.handler.take().unwrap();
        handler.kill().unwrap();
        handler.wait().unwrap();
    }

    fn order(&self) -> Value {
        json!({"operation": "backfill", "start": START, "end": END, "symbols": self.symbols})
    }

    fn store(&self) -> LocalStore {
        LocalStore::open_read_only(self.folder.path().join("lake")).unwrap()
    }

    async fn assert_as_one_backfill(&self) {
        let differences = differences(&promised(&self.store()).await, &self.expected);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }

    async fn report(&self, summary: &RunSummary) -> RunReport {
        let key = LakeKey::parse(summary.report.as_deref().unwrap()).unwrap();
        let bytes = self.store().get(&key).await.unwrap().unwrap().bytes;
        serde_json::from_slice(&bytes).unwrap()
    }

    /// Manifest and tables tell what the year files tell.
    async fn assert_published(&self) {
        let store = self.store();
        let manifest = manifest::show(&store).await.unwrap();
        assert_eq!(manifest.len(), self.symbols.len());
        let rows: usize = manifest.rows().map(|row| row.row_count).sum();
        let us = quantx::market::ExchangeCode::parse("us").unwrap();
        let key = LakeKey::PanelIndex {
            exchange: us.clone(),
        };
        let index: Value =
            serde_json::from_slice(&store.get(&key).await.unwrap().unwrap().bytes).unwrap();
        let years = index["years"].as_object().unwrap();
        let in_panels: u64 = years
            .values()
            .map(|year| year["rows"].as_u64().unwrap())
            .sum();
        assert_eq!(in_panels, rows as u64);
        for year in years.keys() {
            let key = LakeKey::Panel {
                exchange: us.clone(),
                year: year.parse().unwrap(),
            };
            assert!(store.get(&key).await.unwrap().is_some(), "{key}");
        }
        assert!(
            store
                .get(&LakeKey::Actions { exchange: us })
                .await
                .unwrap()
                .is_some()
        );
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let Some(handler) = &mut self.handler {
            // It may be gone already.
            let _ = handler.kill();
            let _ = handler.wait();
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the handler lives in the same hour"
)]
fn now() -> Timestamp {
    Timestamp::now()
}

/// The program beside this test's own executable.
fn binary() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let name = format!("handler{}", std::env::consts::EXE_SUFFIX);
    let binary = own.parent().and_then(Path::parent).unwrap().join(name);
    assert!(
        binary.is_file(),
        "{} is missing; build the binaries first",
        binary.display()
    );
    binary
}

fn summary(end: &super::super::wire::CompleteOrchestration) -> RunSummary {
    let text = end.result.as_deref();
    serde_json::from_str(text.unwrap_or_else(|| panic!("{end:?}"))).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_in_chunks_ends_as_one_backfill() {
    let mut bench = Bench::new("").await;
    bench.start(&bench.lab.server.base_url());
    let mut host = Host::new(bench.base());
    host.ready().await;
    let end = host
        .run("run-1", bench.order(), |_, _| Meddling::None)
        .await;
    let summary = summary(&end);
    assert_eq!(
        (summary.ended, summary.symbols_processed),
        (Ended::Finished, 40)
    );
    assert_ne!(summary.verdict, Verdict::Red, "{summary:?}");
    assert_eq!(host.most_at_once, 4);
    bench.assert_as_one_backfill().await;
    bench.assert_published().await;
    let report = bench.report(&summary).await;
    assert_eq!(report.listings.len(), 40);
    assert_eq!(report.results, summary.results);
    assert!(report.vendor.requests >= 40 && report.totals.changes.bars_added > 10_000);
    // Health is asked by HTTP; it is bad: the market of 2012 is fourteen years behind.
    let health = host
        .post("health_check", &json!({"Data": {"req": {"Query": {}}}}))
        .await
        .unwrap();
    assert_eq!(health["Outputs"]["res"]["statusCode"], 503);
    let body: Value =
        serde_json::from_str(health["Outputs"]["res"]["body"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&body["storage"], &body["freshness"]["us"]["listings"]),
        (&json!("ok"), &json!(40))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_in_the_middle_of_chunks_loses_nothing() {
    let mut bench = Bench::new("").await;
    let vendor = bench.lab.server.base_url();
    bench.start(&vendor);
    let mut host = Host::new(bench.base());
    host.ready().await;
    let order = bench.order();
    let mut kills = 0;
    let end = host
        .run("run-2", order, |turn, in_flight| {
            if kills < 3 && turn % 2 == 0 && in_flight > 0 {
                kills += 1;
                std::thread::sleep(Duration::from_millis(15 * kills));
                bench.kill();
                bench.start(&vendor);
            }
            Meddling::None
        })
        .await;
    assert_eq!(kills, 3);
    assert!(
        host.n_failed > 0,
        "no activity was under way when the handler was killed"
    );
    let summary = summary(&end);
    assert_eq!(summary.ended, Ended::Finished);
    assert_ne!(summary.verdict, Verdict::Red, "{summary:?}");
    bench.assert_as_one_backfill().await;
    bench.assert_published().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_run_publishes_what_it_has_and_the_next_takes_up_the_rest() {
    let mut bench = Bench::new("").await;
    bench.start(&bench.lab.server.base_url());
    let mut host = Host::new(bench.base());
    host.ready().await;
    let cancel = |turn, _| {
        if turn == 2 {
            Meddling::Cancel
        } else {
            Meddling::None
        }
    };
    let end = host.run("run-3", bench.order(), cancel).await;
    let cancelled = summary(&end);
    assert_eq!(cancelled.ended, Ended::Cancelled);
    assert_eq!(cancelled.verdict, Verdict::Yellow);
    assert!(
        cancelled.results.skipped > 0 && cancelled.results.success > 0,
        "{cancelled:?}"
    );
    let report = bench.report(&cancelled).await;
    assert!(
        report.outcomes["not_reached"] >= 15,
        "{:?}",
        report.outcomes
    );
    let end = host
        .run("run-4", bench.order(), |_, _| Meddling::None)
        .await;
    assert_eq!(summary(&end).ended, Ended::Finished);
    bench.assert_as_one_backfill().await;
    bench.assert_published().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_refusals_is_sat_out() {
    // The circuit opens after five in a row; one chunk's rest is then left for another attempt.
    let storm: Vec<String> = (0..20)
        .flat_map(|n| (1..=3).map(move |k| format!("S{n:04}#{k}=429")))
        .collect();
    let mut bench = Bench::new(&storm.join(",")).await;
    bench.start(&bench.lab.server.base_url());
    let mut host = Host::new(bench.base());
    host.ready().await;
    let end = host
        .run("run-5", bench.order(), |_, _| Meddling::None)
        .await;
    let summary = summary(&end);
    assert_ne!(summary.verdict, Verdict::Red, "{summary:?}");
    let report = bench.report(&summary).await;
    assert!(report.vendor.throttled > 0, "{:?}", report.vendor);
    bench.assert_as_one_backfill().await;
    bench.assert_published().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_vendor_the_run_is_red_and_says_why() {
    let mut bench = Bench::new("").await;
    // Nobody listens there.
    bench.start("http://127.0.0.1:9");
    let mut host = Host::new(bench.base());
    host.ready().await;
    let end = host
        .run("run-6", bench.order(), |_, _| Meddling::None)
        .await;
    let summary = summary(&end);
    assert_eq!(
        (summary.ended, summary.verdict),
        (Ended::Finished, Verdict::Red)
    );
    assert_eq!(summary.results.failed, 40);
    let told = summary
        .reasons
        .iter()
        .any(|reason| reason.contains("chunk 0 was given up"));
    assert!(told, "{:?}", summary.reasons);
    assert!(promised(&bench.store()).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_original_answer_is_given_to_those_who_wait() {
    let mut bench = Bench::new("").await;
    bench.start(&bench.lab.server.base_url());
    let host = Host::new(bench.base());
    host.ready().await;
    let ask = |query: Value, body: String| {
        let req = json!({"Method": "POST", "Query": query, "Body": body});
        json!({"Data": {"req": req}, "Metadata": {}})
    };
    let answer = host
        .post(
            "manual_trigger_update",
            &ask(json!({"wait": "60"}), bench.order().to_string()),
        )
        .await
        .unwrap();
    let res = &answer["Outputs"]["res"];
    assert_eq!(res["statusCode"], 200, "{answer}");
    let body: Value = serde_json::from_str(res["body"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&body["status"], &body["symbols_processed"]),
        (&json!("completed"), &json!(40))
    );
    assert!(body["results"]["success"].is_u64() && body["timestamp"].is_string());
    bench.assert_as_one_backfill().await;

    let answer = host
        .post("manual_trigger_update", &ask(json!({}), String::new()))
        .await
        .unwrap();
    assert_eq!(answer["Outputs"]["res"]["statusCode"], 202);
    assert_eq!(
        answer["Outputs"]["starter"]["FunctionName"],
        "backfill_orchestrator"
    );

    let answer = host
        .post(
            "manual_trigger_update",
            &ask(json!({"wait": "999"}), "{\"x\":1}".to_owned()),
        )
        .await
        .unwrap();
    assert_eq!(answer["Outputs"]["res"]["statusCode"], 400);
    let body: Value =
        serde_json::from_str(answer["Outputs"]["res"]["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["problems"].as_array().unwrap().len(), 2, "{body}");
    assert!(host.post("no_such_function", &json!({})).await.is_none());
}
