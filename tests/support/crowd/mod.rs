//! A crowd of callers against the real handler: the soak behind `cargo xtask crowd`, and a short one among
//! the tests.
//!
//! Callers ask for health, start runs and wait for them or not, send nonsense, and hang up; meanwhile the
//! vendor and the store have faults and the handler is killed. Afterwards nothing may hang, and one run with
//! a calm vendor must leave the lake that a single backfill makes.
//!
//! `caller` is what a caller does and may be told, `lake` where the lake is and what its store suffers,
//! `process` how the handler is watched, `figures` what is told in the end.

mod caller;
mod figures;
mod lake;
mod process;

pub use figures::Figures;
pub use lake::Place;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::{Date, date};
use quantx::clock::{Clock, SystemClock};
use quantx::operations::chunked::{CHUNK, Ended, ORCHESTRATOR, RunSummary};
use quantx::report::Verdict;
use quantx::storage::{LakeStore, MemoryStore};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::lab::{Lab, app_settings};
use crate::lakes::{differences, promised};
use caller::Crowd;
use lake::Lake;
use process::Watch;
use quantx_dev_host::{DevHost, Event, HandlerOutput, Options, Pace};

/// The sessions that all runs together bring.
const FIRST: Date = date(2011, 1, 3);
const LAST: Date = date(2013, 12, 31);
/// Waits of workflows last no longer.
const LONGEST_WAIT: Duration = Duration::from_millis(250);
/// For runs that callers left to the host.
const DRAIN: Duration = Duration::from_secs(300);
/// A thread of a pool ends ten seconds after its last job.
const REST: Duration = Duration::from_secs(40);
/// A signal ends a process within this.
const END: Duration = Duration::from_secs(2);
const SEED: u64 = 11;

/// What a crowd is to be.
#[derive(Debug)]
pub struct CrowdOptions {
    /// The staged app.
    pub app: PathBuf,
    /// The handler, if it is not in the app.
    pub handler: Option<PathBuf>,
    /// The program `quantx`, which proves the lake.
    pub program: PathBuf,
    /// For the lake and the handler's log.
    pub folder: PathBuf,
    /// Where the lake is.
    pub place: Place,
    /// How long they call.
    pub duration: Duration,
    /// How many call at once.
    pub callers: usize,
    /// Listings of the market.
    pub listings: usize,
    /// How often the handler is killed, at even distances.
    pub kills: u32,
    /// What the vendor suffers, as `quantx replay --faults` reads it.
    pub faults: String,
}

/// Lets the crowd loose and looks at what it leaves; `None` where the place of the lake needs what this
/// machine lacks, which is said.
///
/// # Panics
/// When it cannot even begin. What is wrong afterwards is in [`Figures::problems`].
pub async fn run(options: &CrowdOptions) -> Option<Figures> {
    let lake = Lake::open(options.place, &options.folder).await?;
    let market = format!("synthetic:{}:us", options.listings);
    let calm = lab(&market, "").await;
    let moody = lab(&market, &options.faults).await;
    let symbols = calm.server.market().symbols();
    let expected = {
        let alone: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
        let filled = calm.backfill(&alone, &symbols, FIRST, LAST).await;
        filled.expect("a backfill into memory");
        promised(&alone).await
    };
    let host = start(options, &lake, &moody).await;
    let watch = Watch::begin(&host).await;
    let mut figures = Figures::default();

    let crowd = Crowd::new(&host, symbols.clone(), options.duration);
    let all = async {
        let callers = (0..options.callers).map(|n| crowd.call_on(n as u64));
        let callers = futures::future::join_all(callers);
        let kills = kill(&host, &crowd, options.kills);
        let (tallies, (), (), ()) =
            tokio::join!(callers, kills, lake.suffer(crowd.ends), crowd.tidy_up());
        tallies
    };
    // Whoever is not back by then hangs.
    let limit = options.duration + caller::PATIENCE * 2;
    match watch.during(&host, timeout(limit, all)).await {
        Ok(tallies) => tallies.into_iter().for_each(|tally| figures.add(tally)),
        Err(_) => figures.problem(format!("callers still wait after {limit:?}")),
    }
    lake.calm();
    let drained = watch.during(&host, timeout(DRAIN, crowd.drained()));
    if drained.await.is_err() {
        figures.problem(format!("runs are under way {DRAIN:?} after the crowd"));
    }
    figures.runs = crowd.runs();
    figures.vendor_requests = moody.server.requests();
    figures.store_faults = lake.faults();
    watch.rest(&host, REST, &mut figures).await;
    end_by_signal(&host, &symbols, &watch, &mut figures).await;
    figures.kills = options.kills;
    watch.into_figures(&mut figures);
    host.stop().await;

    finish(options, &lake, &calm, &symbols, &mut figures).await;
    let stored = promised(lake.store.as_ref()).await;
    figures.objects = stored.len();
    figures.compare(differences(&stored, &expected));
    lake.prove(&options.program, &mut figures);
    Some(figures)
}

async fn lab(market: &str, faults: &str) -> Lab {
    let lab = Lab::new(market, faults, SEED, FIRST).await;
    lab.at(SystemClock.now());
    lab
}

async fn start(options: &CrowdOptions, lake: &Lake, vendor: &Lab) -> DevHost {
    let mut settings: BTreeMap<String, String> = app_settings(lake.settings());
    let vendor = vendor.server.base_url();
    settings.insert("QUANTX_YAHOO_BASE_URL".to_owned(), vendor);
    let options = Options {
        root: options.app.clone(),
        handler: options.handler.clone(),
        settings,
        pace: Pace::Hurried(LONGEST_WAIT),
        output: HandlerOutput::Kept(options.folder.join("handler.log")),
        ..Options::default()
    };
    DevHost::start(options).await.expect("the app starts")
}

/// A backfill of `symbols` from the first date to `end`.
fn request(symbols: &[String], end: Date, chunk_size: usize) -> Value {
    json!({"operation": "backfill", "start": FIRST, "end": end, "symbols": symbols,
        "chunk_size": chunk_size})
}

/// kill -9, `kills` times at even distances, the last one well before the end.
async fn kill(host: &DevHost, crowd: &Crowd<'_>, kills: u32) {
    for n in 1..=kills {
        let at = crowd.began + (crowd.ends - crowd.began) * n / (kills + 1);
        tokio::time::sleep_until(at).await;
        crowd.note_kill();
        host.kill_handler();
    }
}

/// SIGTERM while a run is under way: the process ends in time, and its next life ends the run.
async fn end_by_signal(host: &DevHost, symbols: &[String], watch: &Watch, figures: &mut Figures) {
    begin(host, "terminated", symbols);
    let is_work = |it: &Event| matches!(it, Event::Called { function, about } if function == CHUNK.name() && about.contains("terminated"));
    if timeout(DRAIN, host.wait_for(1, is_work)).await.is_err() {
        figures.problem("no chunk was begun for the run that a signal is to meet".to_owned());
        return;
    }
    figures.ended_after = watch.end_by("TERM", DRAIN).await;
    if figures.ended_after > END {
        figures.problem(format!("SIGTERM took {:?}", figures.ended_after));
    }
    let summary = watch.during(host, ended(host, "terminated")).await;
    if let Err(problem) = summary {
        figures.problem(format!("the run that met a signal: {problem}"));
    }
}

/// One further run, with a vendor and a store that have no faults.
async fn finish(
    options: &CrowdOptions,
    lake: &Lake,
    calm: &Lab,
    symbols: &[String],
    figures: &mut Figures,
) {
    let host = start(options, lake, calm).await;
    begin(&host, "afterwards", symbols);
    match ended(&host, "afterwards").await {
        Ok(summary) if summary.ended != Ended::Finished || summary.verdict == Verdict::Red => {
            figures.problem(format!("the run afterwards: {summary:?}"));
        }
        Ok(_) => {}
        Err(problem) => figures.problem(format!("the run afterwards: {problem}")),
    }
    host.stop().await;
}

fn begin(host: &DevHost, id: &str, symbols: &[String]) {
    let mut input = request(symbols, LAST, 20);
    input["rehearsal"] = json!("real");
    let started = host.start_instance(ORCHESTRATOR, id, Some(input.to_string()));
    started.expect("no run of that name");
}

/// What an instance did, once it has ended.
async fn ended(host: &DevHost, id: &str) -> Result<RunSummary, String> {
    let is_end =
        |event: &Event| matches!(event, Event::InstanceEnded { instance, .. } if instance == id);
    let waited = timeout(DRAIN, host.wait_for(1, is_end)).await;
    waited.map_err(|_| format!("has not ended after {DRAIN:?}"))?;
    let instance = host.instance(id).ok_or("is gone")?;
    let output = instance.output().clone();
    serde_json::from_value(output).map_err(|error| format!("{error}: {:?}", instance.output()))
}
