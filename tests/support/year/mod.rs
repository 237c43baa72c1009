//! A year of daily updates by the real handler, day after day: the timers fire, the vendor has faults, the
//! process is killed, and two people start runs by hand. `cargo xtask year` runs it, and a test a short one.
//!
//! Beside it a lake in memory is kept up to date by a vendor without faults. After each day the verdict of
//! the daily update is held against the difference: green over a lake that lacks something is wrong, green
//! where the calm vendor's run is not, and a verdict that is not green and gives no reason. In the end, after two calm days, the lake must be
//! that of the other one and of one backfill, byte for byte.

mod clock;
mod figures;

pub use clock::{CLOCK_VARIABLE, FileClock};
pub use figures::YearFigures;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use quantx::operations::chunked::RunSummary;
use quantx::operations::manifest;
use quantx::report::{RunReport, Verdict};
use quantx::settings::Durability;
use quantx::storage::{LakeStore, LocalStore, MemoryStore};
use quantx_dev_host::{DevHost, Event, HandlerOutput, Options, Pace};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::instances::Instances;
use crate::lab::{Lab, app_settings};
use crate::lakes::{differences, promised};

/// First date that listings are asked for.
const FIRST: Date = date(2023, 10, 2);
/// The day before the first daily update.
const EVE: Date = date(2024, 1, 5);
/// Waits of workflows last no longer.
const LONGEST_WAIT: Duration = Duration::from_millis(100);
/// For the runs of one day.
const DAY: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(20);
/// People who start runs by hand, each on every second day.
const OPERATORS: u64 = 2;
const PHASE: &str = "year";

/// What a year is to be.
#[derive(Debug)]
pub struct YearOptions {
    /// The staged app; its universes are replaced by the market's.
    pub app: PathBuf,
    /// The handler with a [`FileClock`].
    pub handler: PathBuf,
    /// The program `quantx`, which proves the lake.
    pub program: PathBuf,
    /// For the lake, the clock and the handler's log.
    pub folder: PathBuf,
    /// Weekdays.
    pub days: u32,
    /// Listings of the market.
    pub listings: usize,
    /// What the vendor suffers, as `quantx replay --faults` reads it.
    pub faults: String,
    /// Of a hundred days, those on which the handler is killed.
    pub kills_percent: u8,
    /// Of everything that is left to chance.
    pub seed: u64,
}

/// What all days have in common.
struct Year<'a> {
    options: &'a YearOptions,
    symbols: Vec<String>,
    calm: Lab,
    moody: Lab,
    /// By the handler.
    lake: Arc<dyn LakeStore>,
    /// By the calm vendor, in this process.
    beside: Arc<dyn LakeStore>,
    random: Rng,
    /// Whether a person's run of today may have had the news first.
    is_by_hand: bool,
    figures: YearFigures,
}

/// Runs the year and says what it came to.
///
/// # Panics
/// When it cannot even begin. What is wrong afterwards is in [`YearFigures::problems`].
pub async fn run(options: &YearOptions) -> YearFigures {
    let market = format!("synthetic:{}:us", options.listings);
    let calm = Lab::new(&market, "", options.seed, FIRST).await;
    let moody = Lab::new(&market, &options.faults, options.seed, FIRST).await;
    let root = options.folder.join("lake");
    fs::create_dir_all(&root).unwrap();
    let mut year = Year {
        options,
        symbols: calm.server.market().symbols(),
        calm,
        moody,
        lake: Arc::new(LocalStore::open(root, Durability::Batch).unwrap()),
        beside: Arc::new(MemoryStore::new()),
        random: Rng::with_seed(options.seed),
        is_by_hand: false,
        figures: YearFigures::default(),
    };
    year.name_universe();
    let days = weekdays(options.days);
    year.set_clocks(morning_after(EVE));
    let host = year.start(&year.moody, EVE).await;
    for day in &days {
        year.live(&host, *day).await;
    }
    host.stop().await;
    year.end(days.last().copied().unwrap_or(EVE)).await;
    year.figures
}

/// Weekdays after the [`EVE`].
fn weekdays(n: u32) -> Vec<Date> {
    let mut days = Vec::new();
    let mut day = EVE;
    while days.len() < n as usize {
        day = day.tomorrow().unwrap();
        if !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
            days.push(day);
        }
    }
    days
}

/// When the timer of a session fires.
fn morning_after(day: Date) -> Timestamp {
    let at = day.tomorrow().unwrap().at(5, 0, 0, 0);
    at.to_zoned(TimeZone::UTC).unwrap().timestamp()
}

impl Year<'_> {
    /// The market's listings as the universe of the app.
    fn name_universe(&self) {
        let symbols = self.symbols.join(", ");
        let text = format!(
            "universes:\n  {PHASE}:\n    - name: year\n      description: the whole market\n      source_type: static\n      symbols: [{symbols}]\n"
        );
        fs::write(self.options.app.join("config/universes.yaml"), text).unwrap();
    }

    fn clock(&self) -> PathBuf {
        self.options.folder.join("now")
    }

    fn set_clocks(&self, now: Timestamp) {
        FileClock::set(&self.clock(), now);
        self.calm.at(now);
        self.moody.at(now);
    }

    async fn start(&self, vendor: &Lab, day: Date) -> DevHost {
        let root = self.options.folder.join("lake");
        let text = |value: &str| value.to_owned();
        let lake = [
            (text("LOCAL_STORAGE_ROOT"), root.display().to_string()),
            (text("AZURE_FUNCTIONS_ENVIRONMENT"), text("Development")),
        ];
        let mut settings: BTreeMap<String, String> = app_settings(lake);
        settings.extend([
            (text("UNIVERSE_PHASE"), text(PHASE)),
            (text("FETCHER_BACKFILL_START"), FIRST.to_string()),
            (text("FETCHER_CHUNK_SIZE"), text("10")),
            (text("QUANTX_YAHOO_BASE_URL"), vendor.server.base_url()),
            (text(CLOCK_VARIABLE), self.clock().display().to_string()),
        ]);
        let options = Options {
            root: self.options.app.clone(),
            handler: Some(self.options.handler.clone()),
            settings,
            pace: Pace::Hurried(LONGEST_WAIT),
            began: Some(morning_after(day)),
            output: HandlerOutput::Kept(self.options.folder.join("handler.log")),
            ..Options::default()
        };
        DevHost::start(options).await.expect("the app starts")
    }

    /// One day: the timers, two people, perhaps a kill, until nothing is under way.
    async fn live(&mut self, host: &DevHost, day: Date) {
        let now = morning_after(day);
        self.set_clocks(now);
        host.skip_to(now);
        host.fire("daily_data_update").unwrap();
        if day.weekday() == Weekday::Friday {
            host.fire("weekly_universe_refresh").unwrap();
        }
        self.is_by_hand = false;
        for _ in 0..OPERATORS {
            if self.random.bool() {
                self.start_by_hand(host, day).await;
            }
        }
        if self.random.u8(..100) < self.options.kills_percent {
            sleep(Duration::from_millis(self.random.u64(1..400))).await;
            host.kill_handler();
            self.figures.kills += 1;
        }
        self.figures.days += 1;
        let before = self.moody.server.requests();
        let Some(ended) = self.drained(host, day).await else {
            return;
        };
        let calm = self.calm.daily(&self.beside, &self.symbols).await.unwrap();
        self.judge(day, &ended, &calm).await;
        self.figures.vendor_requests += self.moody.server.requests() - before;
        self.remember_memory(host);
    }

    /// A person's own run of some listings: an update, or a stretch of the past once more.
    async fn start_by_hand(&mut self, host: &DevHost, day: Date) {
        let n = self.random.usize(1..=5.min(self.symbols.len()));
        let symbols = self.random.choose_multiple(self.symbols.iter(), n);
        let body = if self.random.bool() {
            json!({"operation": "daily_update", "symbols": symbols})
        } else {
            let start = day.checked_sub(self.random.i64(10..90).days()).unwrap();
            json!({"operation": "backfill", "symbols": symbols, "start": start, "end": day})
        };
        let code = &host.keys().function;
        let url = format!("{}/api/trigger-update?code={code}", host.base_url());
        // Refused, or cut off by a kill: then there is one run less.
        if let Ok(answer) = Client::new().post(url).json(&body).send().await
            && answer.status().is_success()
        {
            self.figures.by_hand += 1;
            self.is_by_hand = true;
        }
    }

    /// Waits until the daily update of the day has ended and nothing is under way; all that ended.
    async fn drained(&mut self, host: &DevHost, day: Date) -> Option<Vec<Value>> {
        let instances = Instances::of(host);
        let daily = daily_name(day);
        let wait = async {
            let mut all: Vec<Value> = Vec::new();
            loop {
                let (under_way, ended) = instances.take_ended().await;
                all.extend(ended);
                let has_ended = all.iter().any(|it| it["instanceId"] == daily.as_str());
                if under_way == 0 && has_ended {
                    return all;
                }
                sleep(LOOK).await;
            }
        };
        let waited = timeout(DAY, wait).await;
        if waited.is_err() {
            let problem = format!("{day}: runs have not ended after {DAY:?}");
            self.figures.problem(problem);
        }
        waited.ok()
    }

    /// Holds the verdict of the daily update against what the lake lacks.
    async fn judge(&mut self, day: Date, ended: &[Value], calm: &RunReport) {
        let daily = daily_name(day);
        let daily = ended.iter().rfind(|it| it["instanceId"] == daily.as_str());
        let output = daily.map(|it| it["output"].clone()).unwrap_or_default();
        let summary = match serde_json::from_value::<RunSummary>(output) {
            Ok(summary) => summary,
            Err(error) => {
                let problem =
                    format!("{day}: the daily update ended without a summary: {error}: {daily:?}");
                return self.figures.problem(problem);
            }
        };
        let verdict = format!("{:?}", summary.verdict).to_lowercase();
        *self.figures.verdicts.entry(verdict).or_default() += 1;
        let lacking = self.lacking().await;
        match summary.verdict {
            Verdict::Green if !lacking.is_empty() => {
                let problem = format!("{day}: green, and the lake lacks {}", lacking.join(", "));
                self.figures.problem(problem);
            }
            Verdict::Green if calm.verdict != Verdict::Green && !self.is_by_hand => {
                let reasons = calm.reasons.join("; ");
                let problem = format!("{day}: green, where a calm vendor gives {reasons}");
                self.figures.problem(problem);
            }
            Verdict::Yellow | Verdict::Red if summary.reasons.is_empty() => {
                let problem = format!("{day}: {:?} without a reason", summary.verdict);
                self.figures.problem(problem);
            }
            _ => {}
        }
    }

    /// Listings that have fewer rows, or an older last one, than beside.
    async fn lacking(&self) -> Vec<String> {
        let here = manifest::show(self.lake.as_ref()).await.unwrap();
        let beside = manifest::show(self.beside.as_ref()).await.unwrap();
        let lines = beside.rows().map(|expected| {
            let found = here.rows().find(|row| row.ticker == expected.ticker);
            let is_whole = found.is_some_and(|row| {
                row.row_count == expected.row_count && row.last_date == expected.last_date
            });
            (!is_whole).then(|| expected.ticker.clone())
        });
        lines.flatten().collect()
    }

    fn remember_memory(&mut self, host: &DevHost) {
        let events = host.events();
        let pid = events.iter().rev().find_map(|event| match event {
            Event::HandlerStarted { pid } => Some(*pid),
            _ => None,
        });
        let Some(pid) = pid else { return };
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        if let Some(kib) = kib {
            self.figures.memory.entry(pid).or_default().push(kib);
        }
    }

    /// Two calm days, then the comparison.
    async fn end(&mut self, last: Date) {
        self.figures.listings = self.symbols.len();
        self.figures.judge_memory();
        let mut day = last;
        let host = self.start(&self.calm, last).await;
        for _ in 0..2 {
            day = day.tomorrow().unwrap();
            while matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
                day = day.tomorrow().unwrap();
            }
            let now = morning_after(day);
            self.set_clocks(now);
            host.skip_to(now);
            host.fire("daily_data_update").unwrap();
            let calm = self.calm.daily(&self.beside, &self.symbols).await.unwrap();
            if let Some(ended) = self.drained(&host, day).await {
                self.judge(day, &ended, &calm).await;
            }
        }
        host.stop().await;
        let found = promised(self.lake.as_ref()).await;
        self.figures.objects = found.len();
        let beside = promised(self.beside.as_ref()).await;
        let differing = differences(&found, &beside);
        self.figures
            .compare("daily updates without faults", differing);
        let alone: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
        self.calm
            .backfill(&alone, &self.symbols, FIRST, day)
            .await
            .unwrap();
        let differing = differences(&found, &promised(&*alone).await);
        self.figures.compare("one backfill", differing);
        self.prove();
    }

    /// `verify --deep`: nothing is found but what the killed left beside the lake.
    fn prove(&mut self) {
        let output = Command::new(&self.options.program)
            .args([
                "verify",
                "-q",
                "--deep",
                "--json",
                "--use-local",
                "--storage-root",
            ])
            .arg(self.options.folder.join("lake"))
            .env_clear()
            .current_dir(&self.options.folder)
            .output()
            .expect("the program starts");
        let report: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {output:?}"));
        let findings = report["findings"].as_array().cloned().unwrap_or_default();
        self.figures.findings = findings.len();
        for finding in findings {
            if finding["rule"] != "temporary_left" {
                self.figures.problem(format!("verify --deep: {finding}"));
            }
        }
    }
}

/// The instance of the daily update that fires on the morning after `day`.
fn daily_name(day: Date) -> String {
    format!("daily-{}", day.tomorrow().unwrap())
}
