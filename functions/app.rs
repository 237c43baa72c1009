//! What the functions work with: settings, the lake, the time they have.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use quantx::clock::{Clock, SystemClock};
use quantx::lake::LakeKey;
use quantx::operations::chunked::{self, InProcess};
use quantx::operations::health::{self, Health, Reason};
use quantx::operations::universe_refresh::{self, RefreshRequest, Trust};
use quantx::operations::{self, Choices, Context, Effects, Silent, StopSignal, assemble};
use quantx::report::RefreshReport;
use quantx::settings::Settings;
use quantx::storage::{Counting, LakeStore, StorageError};
use quantx::workflow::{Activities, Failure, encode_answer};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::OnceCell;

use crate::config::Config;
use crate::crew::{Crew, Deadline};
use crate::durable::Replayer;
use crate::reply::{Fault, Reply};

/// The host asks for an answer within 300 ms.
const HEALTH_PATIENCE: Duration = Duration::from_millis(250);
/// Who starts a run waits this long for the store to answer; a first sign-in takes a few seconds.
const STORE_PATIENCE: Duration = Duration::from_secs(15);

/// Everything the functions share.
#[derive(Debug)]
pub struct App {
    /// Answers the workflow's turns.
    pub replayer: Replayer,
    /// Who works.
    pub crew: Crew,
    /// Well before the host kills the process and everybody in it.
    pub deadline: Deadline,
    settings: Result<Settings, Vec<String>>,
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    lake: OnceCell<Context>,
    /// What the health check found last, so that the log tells it once.
    ill: Mutex<Vec<String>>,
}

/// How much of the vendor's rate a process may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// Others work on the same run.
    Share,
    /// Nobody else does.
    Whole,
}

impl App {
    /// Nothing is opened yet: the host waits for the first answer. `pool` is the runtime that works.
    pub fn new(config: Config, pool: Handle) -> Self {
        let settings = config.settings.as_ref();
        let runs = settings.map_or(1, |settings| settings.limits.runs_at_once.get());
        Self {
            replayer: Replayer::new(chunked::workflows()),
            crew: Crew::new(pool, runs),
            deadline: Deadline {
                asked: config.function_timeout.mul_f64(0.8),
                ended: config.function_timeout.mul_f64(0.95),
            },
            settings: config.settings,
            folder: config.folder,
            clock: Arc::new(SystemClock),
            lake: OnceCell::new(),
            ill: Mutex::default(),
        }
    }

    /// Tells the log what is wrong with the settings. They do not keep the process from answering.
    pub fn tell_problems(&self) {
        for problem in self.settings.as_ref().err().into_iter().flatten() {
            tracing::error!("the settings are wrong: {problem}");
        }
    }

    /// The current instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The settings.
    ///
    /// # Errors
    /// A permanent [`Failure`] with every problem.
    pub fn settings(&self) -> Result<&Settings, Failure> {
        let settings = self.settings.as_ref();
        settings.map_err(|problems| {
            let problems = problems.join("; ");
            Failure::permanent("Settings", format!("the settings are wrong: {problems}"))
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

    /// Runs an activity of the workflow within the deadline. Whatever happens is told in the answer:
    /// the host would keep nothing of a failed invocation's reason.
    ///
    /// # Errors
    /// [`Fault`] only if the answer cannot be written.
    pub async fn activity(
        self: &Arc<Self>,
        name: &'static str,
        input: Value,
    ) -> Result<Reply, Fault> {
        let app = Arc::clone(self);
        let work = |stop| async move {
            let _room = app.crew.activity().await;
            let activities = app.in_process(stop, Rate::Share).await?;
            activities.run(name, input).await
        };
        let outcome = self.crew.within(self.deadline, work).await.flatten();
        match &outcome {
            Err(failure) if failure.retryable => {
                tracing::warn!(%failure, "{name} failed and may be asked again: {failure}");
            }
            Err(failure) => tracing::error!(%failure, "{name} failed for good: {failure}"),
            Ok(_) => {}
        }
        let answer = encode_answer(outcome).map_err(|failure| Fault::of(&failure))?;
        Ok(Reply::value(answer))
    }

    /// Refreshes the universes of the phase.
    ///
    /// # Errors
    /// [`Failure`] when there is no lake, or a list cannot be stored.
    pub async fn refresh_universes(self: &Arc<Self>) -> Result<RefreshReport, Failure> {
        let app = Arc::clone(self);
        let work = |stop| async move {
            let context = app.context(stop).await?;
            let sources = operations::sources(&context.settings);
            let sources = sources
                .map_err(|error| Failure::permanent("Sources", Fault::of(&error).to_string()))?;
            let order = RefreshRequest {
                phase: context.settings.phase.clone(),
                config_dir: app.folder.clone(),
                trust: Trust::Limits,
                effects: Effects::Write,
            };
            let refresh = operations::apart("weekly_universe_refresh", move || async move {
                universe_refresh::refresh(&context, &sources, &order).await
            });
            let refreshed = refresh.await.map_err(|error| refresh_failure(&error))?;
            refreshed.map_err(|error| refresh_failure(&error))
        };
        // Who exceeds the host's limit is killed, and everybody in the process with it.
        self.crew.within(self.deadline, work).await.flatten()
    }

    /// Whether a run could begin: the lake can be opened, and answers.
    ///
    /// # Errors
    /// [`Failure`] that says what was tried and what to do.
    pub async fn check_store(self: &Arc<Self>) -> Result<(), Failure> {
        self.settings()?;
        let app = Arc::clone(self);
        let look = async move {
            let context = app.context(StopSignal::never()).await?;
            let phase = context.settings.phase.clone().into();
            // Any small object: what counts is that the store answers.
            let found = context
                .store
                .get(&LakeKey::UniverseMetadata { name: phase })
                .await;
            found.map(drop).map_err(|error| Failure {
                retryable: !error.needs_a_person(),
                ..Failure::permanent("Storage", Fault::of(&error).to_string())
            })
        };
        let looked = self.crew.look(STORE_PATIENCE, look).await;
        looked.unwrap_or_else(|| {
            let seconds = STORE_PATIENCE.as_secs();
            let message = format!("the store did not answer within {seconds} s");
            Err(Failure::transient("Storage", message))
        })
    }

    /// Looks whether all is well. What it tells names no account, address, path or setting: those are
    /// in the log, once.
    pub async fn health(self: &Arc<Self>) -> Health {
        if let Err(failure) = self.settings() {
            return self.ill(Health::broken(
                self.now(),
                Reason::settings(&failure.message),
            ));
        }
        let app = Arc::clone(self);
        let look = async move {
            match app.context(StopSignal::never()).await {
                Ok(context) => health::check(&context, HEALTH_PATIENCE).await,
                Err(failure) => Health::broken(app.now(), Reason::store(&failure.to_string())),
            }
        };
        let looked = self.crew.look(HEALTH_PATIENCE, look).await;
        let late = || Health::broken(self.now(), Reason::late());
        self.ill(looked.unwrap_or_else(late))
    }

    /// Logs details that were not told the last time.
    fn ill(&self, mut health: Health) -> Health {
        let details = std::mem::take(&mut health.details);
        // Nothing panics while it is held.
        let mut last = self.ill.lock().unwrap_or_else(PoisonError::into_inner);
        if *last != details {
            for detail in &details {
                tracing::warn!("health: {detail}");
            }
            *last = details;
        }
        health
    }

    /// The activities on the lake. `rate` says how much of the vendor's rate they may use.
    ///
    /// # Errors
    /// [`Failure`] when there is nothing to work on.
    pub async fn in_process(&self, stop: StopSignal, rate: Rate) -> Result<InProcess, Failure> {
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
        context.provider = provider
            .map_err(|error| Failure::permanent("Vendor", Fault::of(&error).to_string()))?;
        Ok(InProcess::new(context, self.folder.clone()))
    }

    /// A context on the lake, which is opened once, with counters of its own.
    async fn context(&self, stop: StopSignal) -> Result<Context, Failure> {
        let settings = self.settings()?;
        let open = || async {
            let choices = Choices {
                effects: Effects::Write,
                clock: Arc::clone(&self.clock),
                observer: Arc::new(Silent),
                stop: StopSignal::never(),
            };
            Box::pin(assemble(settings.clone(), choices)).await
        };
        let lake = self.lake.get_or_try_init(open).await;
        let lake = lake.map_err(|error| Failure::from(&error))?;
        let store: Arc<dyn LakeStore> = Arc::clone(&lake.store) as Arc<dyn LakeStore>;
        Ok(Context {
            store: Arc::new(Counting::new(store)),
            stop,
            ..lake.clone()
        })
    }
}

/// Why the universes were not refreshed; for good where only a person can help.
fn refresh_failure(error: &(dyn std::error::Error + 'static)) -> Failure {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut stores = causes.filter_map(|cause| cause.downcast_ref::<StorageError>());
    Failure {
        retryable: !stores.any(StorageError::needs_a_person),
        ..Failure::permanent("Refresh", Fault::of(error).to_string())
    }
}
