//! What a written blob costs us. A measurement, not a test: run it by name, with `--run-ignored only`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use jiff::civil::date;
use quantx::clock::FixedClock;
use quantx::market::Listing;
use quantx::operations::{self, Context, Silent, StopSignal, WorkRequest, run};
use quantx::settings::{ConfigFile, EnvMap, Overrides, Settings};
use quantx::storage::{Counting, LakeStore, LocalStore, MemoryStore};
use quantx_tests::azurite::Azurite;

use super::{as_shipped, open};
use crate::cli::binary;

const CHILD: &str = "QUANTX_TEST_THROUGHPUT";
const VENDOR: &str = "QUANTX_TEST_VENDOR";
const CONNECTION: &str = "QUANTX_TEST_CONNECTION";
const NOW: &str = "2024-01-03T04:00:00Z";
const LISTINGS: usize = 500;

#[expect(clippy::disallowed_methods, reason = "the child's instructions")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The vendor in a process of its own, so that its work is not counted as ours.
struct Vendor(Child, String);

impl Vendor {
    fn start() -> Self {
        let market = format!("synthetic:{LISTINGS}:us");
        let mut child = Command::new(binary())
            .args(["replay", "--market", &market, "--as-of", NOW])
            .current_dir(std::env::temp_dir())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let address = line.trim().rsplit(' ').next().unwrap().to_owned();
        Self(child, address)
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn measured() {
    if let Some(kind) = variable(CHILD) {
        return backfill_into(&kind).await;
    }
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let vendor = Vendor::start();
    // The first run makes the vendor render every answer, and is not counted.
    for kind in ["warm", "memory", "blob", "disk", "memory", "blob", "disk"] {
        let child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "blob::throughput::measured",
                "--ignored",
                "--nocapture",
            ])
            .env(CHILD, kind)
            .env(VENDOR, &vendor.1)
            .env(CONNECTION, azurite.connection_string())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stderr).into_owned();
        assert!(child.status.success(), "{said}");
        let line = said.lines().find_map(|line| line.split_once("MEASURED: "));
        eprintln!("{kind:>6}: {}", line.unwrap().1);
    }
}

async fn backfill_into(kind: &str) {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn LakeStore> = match kind {
        "blob" => {
            let container = format!("lake-{}", std::process::id());
            open(as_shipped(&variable(CONNECTION).unwrap(), &container)).await
        }
        "disk" => Arc::new(LocalStore::open(folder.path()).unwrap()),
        _ => Arc::new(MemoryStore::new()),
    };
    let text = "fetcher: {max_workers: 20}\nproviders: {yahoo: {requests_per_second: 0}}\n";
    let file = ConfigFile {
        name: "measured.yaml",
        text,
    };
    let base_url = variable(VENDOR).unwrap();
    let flags = Overrides {
        yahoo_base_url: Some(base_url.clone()),
        ..Overrides::default()
    };
    let settings = Settings::resolve(Some(file), None, &EnvMap::default(), &flags).unwrap();
    let listings: Vec<Listing> = (0..LISTINGS)
        .map(|n| Listing::parse(&format!("S{n:04}"), &settings.exchanges).unwrap())
        .collect();
    let context = Context {
        provider: operations::yahoo(&settings, base_url, None).unwrap(),
        settings: Arc::new(settings),
        clock: Arc::new(FixedClock(NOW.parse().unwrap())),
        store: Arc::new(Counting::new(store)),
        observer: Arc::new(Silent),
        stop: StopSignal::never(),
    };
    let order = WorkRequest::backfill(listings, date(2004, 1, 2), date(2023, 12, 29));
    let before = cpu_ms();
    let report = run::run(&context, &order).await.unwrap();
    let used = cpu_ms() - before;
    assert_eq!(report.results.failed, 0);
    let written = context.store.usage().objects_written;
    eprintln!(
        "MEASURED: {written} objects in {} ms, {used} ms of CPU, {:.3} ms each; peak RSS {} kB",
        report.elapsed_ms,
        used as f64 / written as f64,
        peak_rss_kb(),
    );
}

/// User and system time of this process: ticks of 10 ms.
fn cpu_ms() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    let ticks = |n: usize| fields[n].parse::<u64>().unwrap();
    (ticks(11) + ticks(12)) * 10
}

fn peak_rss_kb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
