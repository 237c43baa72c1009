//! What the functions work with: settings, the lake, the time they have.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use quantx::clock::{Clock, SystemClock};
use quantx::operations::chunked::{self, InProcess, RunRequest, RunSummary};
use quantx::operations::health::{self, Health};
use quantx::operations::universe_refresh::{self, RefreshOrder, Trust};
use quantx::operations::{
    self, Assembled, Choices, Context, Effects, Silent, StopSignal, Stopper, Vendor, assemble,
};
use quantx::report::RefreshReport;
use quantx::settings::Settings;
use quantx::storage::{Counting, LakeStore};
use quantx::workflow::{Activities, encode_answer};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::OnceCell;
use tracing::Instrument;

use crate::config::Config;
use crate::durable::Replayer;
use crate::reply::{Fault, Reply};

/// The host asks for an answer within 300 ms.
const HEALTH_PATIENCE: Duration = Duration::from_millis(250);

/// Everything the functions share.
#[derive(Debug)]
pub struct App {
    /// Answers the workflow's turns.
    pub replayer: Replayer,
    settings: Result<Settings, Vec<String>>,
    folder: PathBuf,
    /// Own deadline: well before the host kills the process and everybody in it.
    deadline: Duration,
    clock: Arc<dyn Clock>,
    lake: OnceCell<Assembled>,
}

impl App {
    /// Nothing is opened yet: the host waits for the first answer.
    pub fn new(config: Config) -> Self {
        Self {
            replayer: Replayer::new(chunked::workflows()),
            settings: config.settings,
            folder: config.folder,
            deadline: config.function_timeout.mul_f64(0.8),
            clock: Arc::new(SystemClock),
            lake: OnceCell::new(),
        }
    }

    /// The current instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The settings.
    ///
    /// # Errors
    /// [`Fault`] with every problem.
    pub fn settings(&self) -> Result<&Settings, Fault> {
        let settings = self.settings.as_ref();
        settings.map_err(|problems| {
            Fault::new(format!("the settings are wrong: {}", problems.join("; ")))
        })
    }

    /// A name for an instance that somebody asked for: its time, and the end of the invocation's name.
    pub fn new_instance(&self, kind: &str, invocation: &str) -> String {
        let at = self.now().to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%S");
        let plain = invocation.chars().filter(char::is_ascii_alphanumeric);
        let tail: Vec<char> = plain.collect();
        let tail: String = tail.iter().skip(tail.len().saturating_sub(8)).collect();
        format!("{kind}-{at}-{tail}")
    }

    /// Runs an activity of the workflow within the deadline. Whatever happens is told in the answer;
    /// the host would keep nothing of a failed invocation's reason.
    ///
    /// # Errors
    /// [`Fault`] only if there is no lake to work on.
    pub async fn activity(&self, name: &'static str, input: Value) -> Result<Reply, Fault> {
        let (stopper, stop) = Stopper::new();
        let activities = self.in_process(stop, Rate::Share).await?;
        let mut running = activities.run(name, input);
        let outcome = tokio::select! {
            outcome = &mut running => outcome,
            () = tokio::time::sleep(self.deadline) => {
                stopper.request();
                running.await
            }
        };
        if let Err(failure) = &outcome {
            tracing::warn!(%failure, "{name} failed: {failure}");
        }
        let answer = encode_answer(outcome).map_err(|failure| Fault::of(&failure))?;
        Ok(Reply::value(answer))
    }

    /// Runs a request to its end in this process; what takes longer than `wait` is left out.
    ///
    /// # Errors
    /// [`Fault`] when there is no lake, or planning or publishing fails.
    pub async fn run_here(
        &self,
        instance: &str,
        request: &RunRequest,
        wait: Duration,
    ) -> Result<RunSummary, Fault> {
        let (stopper, stop) = Stopper::new();
        let activities = self.in_process(stop, Rate::Whole).await?;
        let mut running = std::pin::pin!(chunked::run_here(activities, instance, request));
        let outcome = tokio::select! {
            outcome = &mut running => outcome,
            () = tokio::time::sleep(wait.min(self.deadline)) => {
                stopper.request();
                running.await
            }
        };
        outcome.map_err(|failure| Fault::of(&failure))
    }

    /// Refreshes the universes of the phase.
    ///
    /// # Errors
    /// [`Fault`] when there is no lake, or a list cannot be stored.
    pub async fn refresh_universes(&self) -> Result<RefreshReport, Fault> {
        let context = self.context(StopSignal::never()).await?;
        let sources = operations::sources(&context.settings).map_err(|error| Fault::of(&error))?;
        let order = RefreshOrder {
            phase: context.settings.phase.clone(),
            config_dir: self.folder.clone(),
            trust: Trust::Limits,
            effects: Effects::Write,
        };
        let runtime = Handle::current();
        let span = tracing::Span::current();
        let work = move || {
            let refresh = universe_refresh::refresh(&context, &sources, &order);
            runtime.block_on(refresh.instrument(span))
        };
        // Who exceeds the host's limit is killed, and everybody in the process with it.
        let done = tokio::time::timeout(self.deadline, tokio::task::spawn_blocking(work)).await;
        let late =
            |_| Fault::new("the universes were not refreshed in time; what was stored stays");
        let done = done.map_err(late)?.map_err(|error| Fault::of(&error))?;
        done.map_err(|error| Fault::of(&error))
    }

    /// Looks whether all is well.
    #[expect(
        clippy::disallowed_methods,
        reason = "the lake that is being opened serves the next question"
    )]
    pub async fn health(self: &Arc<Self>) -> Health {
        if let Err(problems) = &self.settings {
            return Health::broken(self.now(), problems.clone());
        }
        let app = Arc::clone(self);
        // A task of its own: opening a lake may take longer than anybody waits for health, and must not
        // begin anew with each question.
        let looked = tokio::spawn(async move {
            let context = match app.context(StopSignal::never()).await {
                Ok(context) => context,
                Err(fault) => return Health::broken(app.now(), vec![fault.to_string()]),
            };
            let runtime = Handle::current();
            let look = move || runtime.block_on(health::check(&context, HEALTH_PATIENCE));
            let looked = tokio::task::spawn_blocking(look).await;
            looked.unwrap_or_else(|error| Health::broken(app.now(), vec![error.to_string()]))
        });
        let looked = tokio::time::timeout(HEALTH_PATIENCE, looked).await;
        let late = || {
            Health::broken(
                self.now(),
                vec!["the store did not answer in time".to_owned()],
            )
        };
        match looked {
            Ok(Ok(health)) => health,
            Ok(Err(error)) => Health::broken(self.now(), vec![error.to_string()]),
            Err(_) => late(),
        }
    }

    async fn in_process(&self, stop: StopSignal, rate: Rate) -> Result<InProcess, Fault> {
        let mut context = self.context(stop).await?;
        let mut settings = (*context.settings).clone();
        // Chunks run in several processes at once and the limit is the vendor's: each has its share.
        // A client of its own, because a circuit that opened stays open.
        let share = match rate {
            Rate::Share => settings.fetcher.max_parallel_chunks.get(),
            Rate::Whole => 1,
        };
        let yahoo = &mut settings.yahoo;
        let rate = yahoo.requests_per_second.map(|all| all / share as f64);
        let burst = yahoo.burst.get() / u32::try_from(share).unwrap_or(u32::MAX);
        yahoo.burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        let provider = operations::yahoo(&settings, settings.yahoo.base_url.to_string(), rate);
        context.provider = provider.map_err(|error| Fault::of(&error))?;
        Ok(InProcess::new(context, self.folder.clone()))
    }

    /// A context on the lake, which is opened once, with counters of its own.
    async fn context(&self, stop: StopSignal) -> Result<Context, Fault> {
        let settings = self.settings()?;
        let open = || async {
            let choices = Choices {
                vendor: Vendor::Yahoo,
                effects: Effects::Write,
                clock: Arc::clone(&self.clock),
                observer: Arc::new(Silent),
                stop: StopSignal::never(),
            };
            assemble(settings.clone(), choices).await
        };
        let lake = self.lake.get_or_try_init(open).await;
        let lake = &lake.map_err(|error| Fault::of(&error))?.context;
        let store: Arc<dyn LakeStore> = Arc::clone(&lake.store) as Arc<dyn LakeStore>;
        Ok(Context {
            store: Arc::new(Counting::new(store)),
            stop,
            ..lake.clone()
        })
    }
}

/// How much of the vendor's rate a process may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rate {
    /// Others work on the same run.
    Share,
    /// Nobody else does.
    Whole,
}
