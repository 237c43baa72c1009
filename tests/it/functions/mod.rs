//! The Functions app as it is staged, behind the development host: the real `handler` process.

mod answers;
mod crowd;
mod entrances;
mod faults;
mod host_contract;
mod in_azure;
mod misconfigured;
mod package_layout;
mod prefixes;
mod program;
mod restart;
mod runs;
mod soak;
mod what_operators_see;
mod year;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::date;
use quantx::lake::LakeKey;
use quantx::market::ExchangeCode;
use quantx::operations::chunked::{ORCHESTRATOR, RunSummary};
use quantx::operations::manifest;
use quantx::report::RunReport;
use quantx::storage::{LakeStore, LocalStore, MemoryStore};
use quantx_dev_host::{DevHost, Event, Instance, Interceptor, Options, Pace, RuntimeStatus};
use quantx_tests::lab::{Lab, app_settings};
use quantx_tests::lakes::{differences, promised};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::processes::{assert_proven, proven, verify_with};

const START: &str = "2012-01-03";
const END: &str = "2012-02-29";
const CHUNK_SIZE: usize = 100;
/// Waits of the workflow last no longer than this.
const LONGEST_WAIT: Duration = Duration::from_millis(250);

/// The program beside this test's own executable.
pub(crate) fn handler() -> PathBuf {
    let quantx = crate::cli::binary();
    let name = format!("handler{}", std::env::consts::EXE_SUFFIX);
    let binary = quantx.with_file_name(name);
    assert!(
        binary.is_file(),
        "{} is missing; build the binaries first",
        binary.display()
    );
    binary
}

/// The files of the app, without the handler: tests do not copy it.
fn stage(app: &Path) {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let put = |from: PathBuf, to: PathBuf| {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    };
    put(checkout.join("host.json"), app.join("host.json"));
    for entry in fs::read_dir(checkout.join("functions")).unwrap() {
        let folder = entry.unwrap().path();
        let declaration = folder.join("function.json");
        if declaration.is_file() {
            let name = folder.file_name().unwrap();
            put(declaration, app.join(name).join("function.json"));
        }
    }
    for name in ["settings.yaml", "universes.yaml"] {
        put(
            checkout.join("config").join(name),
            app.join("config").join(name),
        );
    }
}

/// A staged app, a market, and what a lake promises after one plain backfill of it.
struct Bench {
    lab: Lab,
    symbols: Vec<String>,
    expected: BTreeMap<String, Bytes>,
    folder: TempDir,
    chunk_size: usize,
    /// Requests that the vendor had answered before any run.
    asked_before: u64,
}

impl Bench {
    /// A thousand listings in ten chunks; `faults` are the vendor's.
    async fn new(faults: &str) -> Self {
        Self::of(1_000, CHUNK_SIZE, faults).await
    }

    async fn of(n_listings: usize, chunk_size: usize, faults: &str) -> Self {
        let market = format!("synthetic:{n_listings}:us");
        let first = date(2011, 1, 3);
        let lab = Lab::new(&market, faults, 11, first).await;
        lab.at(now());
        let symbols = lab.server.market().symbols();
        assert_eq!(symbols.len(), n_listings);
        let alone: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
        let (start, end) = (START.parse().unwrap(), END.parse().unwrap());
        if faults.is_empty() {
            lab.backfill(&alone, &symbols, start, end).await.unwrap();
        } else {
            let calm = Lab::new(&market, "", 11, first).await;
            calm.at(now());
            calm.backfill(&alone, &symbols, start, end).await.unwrap();
        }
        let expected = promised(&alone).await;
        assert!(expected.len() > n_listings, "{}", expected.len());
        let folder = TempDir::new().unwrap();
        stage(&folder.path().join("app"));
        Self {
            asked_before: lab.server.requests(),
            lab,
            symbols,
            expected,
            folder,
            chunk_size,
        }
    }

    fn settings(&self) -> BTreeMap<String, String> {
        let lake = self.lake().to_str().unwrap().to_owned();
        let mut settings = settings(&lake);
        let vendor = self.lab.server.base_url();
        settings.insert("QUANTX_YAHOO_BASE_URL".to_owned(), vendor);
        settings
    }

    fn options(&self) -> Options {
        Options {
            root: self.folder.path().join("app"),
            handler: Some(handler()),
            settings: self.settings(),
            pace: Pace::Hurried(LONGEST_WAIT),
            ..Options::default()
        }
    }

    async fn host(&self) -> DevHost {
        DevHost::start(self.options()).await.unwrap()
    }

    async fn host_with(&self, interceptor: Interceptor) -> DevHost {
        let options = Options {
            interceptor: Some(interceptor),
            ..self.options()
        };
        DevHost::start(options).await.unwrap()
    }

    /// What is wanted of a run of all listings.
    fn request(&self) -> Value {
        json!({"operation": "backfill", "start": START, "end": END, "symbols": self.symbols,
            "chunk_size": self.chunk_size})
    }

    /// Starts a run of all listings under a name.
    fn begin(&self, host: &DevHost, id: &str) {
        let mut input = self.request();
        input["rehearsal"] = json!("real");
        host.start_instance(ORCHESTRATOR, id, Some(input.to_string()))
            .unwrap();
    }

    /// Waits until runs have asked the vendor that often: then chunks are in the middle of their work.
    async fn asked(&self, n_requests: u64) {
        while self.lab.server.requests() - self.asked_before < n_requests {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn lake(&self) -> PathBuf {
        self.folder.path().join("lake")
    }

    fn store(&self) -> LocalStore {
        LocalStore::open_read_only(self.lake()).unwrap()
    }

    async fn report(&self, summary: &RunSummary) -> RunReport {
        let key = LakeKey::parse(summary.report.as_deref().unwrap()).unwrap();
        let bytes = self.store().get(&key).await.unwrap().unwrap().bytes;
        serde_json::from_slice(&bytes).unwrap()
    }

    /// The lake is the one of a single backfill, byte for byte, and nothing is wrong in it.
    async fn assert_as_one_backfill(&self) {
        let differences = differences(&promised(&self.store()).await, &self.expected);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
        self.assert_proven();
    }

    /// Manifest and tables tell what the year files tell.
    async fn assert_published(&self) {
        let store = self.store();
        let manifest = manifest::show(&store).await.unwrap();
        assert_eq!(manifest.len(), self.symbols.len());
        let rows: usize = manifest.rows().map(|row| row.row_count).sum();
        let us = ExchangeCode::parse("us").unwrap();
        let read = async |key: LakeKey| {
            let found = store.get(&key).await.unwrap();
            found.unwrap_or_else(|| panic!("{key} is missing")).bytes
        };
        let exchange = us.clone();
        let index: Value =
            serde_json::from_slice(&read(LakeKey::PanelIndex { exchange }).await).unwrap();
        let years = index["years"].as_object().unwrap();
        let in_panels: u64 = years
            .values()
            .map(|year| year["rows"].as_u64().unwrap())
            .sum();
        assert_eq!(in_panels, rows as u64);
        for year in years.keys() {
            let (exchange, year) = (us.clone(), year.parse().unwrap());
            assert!(!read(LakeKey::Panel { exchange, year }).await.is_empty());
        }
        assert!(!read(LakeKey::Actions { exchange: us }).await.is_empty());
    }

    fn assert_proven(&self) {
        let mut command = verify_with(&[]);
        command
            .args(["--use-local", "--storage-root"])
            .arg(self.lake());
        let (_, report) = proven(command.current_dir(self.folder.path()));
        assert_proven(&report);
        // What a killed process had announced, the run that went on has taken back.
        let unfinished = report["rules"].get("rewrite_unfinished");
        assert!(unfinished.is_none(), "{report:#}");
    }
}

/// App settings of a test with a lake on disk.
fn settings(lake: &str) -> BTreeMap<String, String> {
    app_settings([("LOCAL_STORAGE_ROOT".to_owned(), lake.to_owned())])
}

/// The instance, once it has ended; every turn it took is replayed.
async fn ended(host: &DevHost, id: &str) -> Instance {
    let is_end =
        |event: &Event| matches!(event, Event::InstanceEnded { instance, .. } if instance == id);
    host.wait_for(1, is_end).await;
    let instance = host.instance(id).unwrap();
    prefixes::assert_replayed(&instance);
    instance
}

/// Status and body of `POST /api/trigger-update`.
async fn trigger(host: &DevHost, query: &str, body: &Value) -> (u16, Value) {
    let code = &host.keys().function;
    let url = format!("{}/api/trigger-update?code={code}{query}", host.base_url());
    let asked = reqwest::Client::new().post(url).json(body);
    let answer = asked.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or(Value::Null))
}

/// The lines that the handler wrote, each an object of JSON.
fn lines(log: &Path) -> Vec<Value> {
    let text = fs::read_to_string(log).unwrap();
    let parse =
        |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(parse).collect()
}

/// What the run of a completed instance did.
fn summary(instance: &Instance) -> RunSummary {
    assert_eq!(
        instance.status,
        RuntimeStatus::Completed,
        "{:?}",
        instance.output()
    );
    serde_json::from_value(instance.output().clone()).unwrap()
}

/// How many activities of this name ended badly, and how many well.
fn activities(host: &DevHost, name: &str) -> (usize, usize) {
    let mut counts = (0, 0);
    for event in host.events() {
        match event {
            Event::ActivityDone {
                function,
                failure: Some(_),
                ..
            } if function == name => counts.0 += 1,
            Event::ActivityDone {
                function,
                failure: None,
                ..
            } if function == name => counts.1 += 1,
            _ => {}
        }
    }
    counts
}

/// How many activities of this name were under way at once, at most.
fn most_at_once(host: &DevHost, name: &str) -> i32 {
    let (mut now, mut most) = (0, 0);
    for event in host.events() {
        match event {
            Event::Called { function, .. } if function == name => now += 1,
            Event::ActivityDone { function, .. } if function == name => now -= 1,
            _ => {}
        }
        most = most.max(now);
    }
    most
}

#[expect(
    clippy::disallowed_methods,
    reason = "the handler lives in the same hour"
)]
fn now() -> Timestamp {
    Timestamp::now()
}
