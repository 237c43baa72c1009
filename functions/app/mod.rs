//! What all functions share: the settings, the time, the lake, the workers.

pub(crate) mod activity;
mod lake;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use quantx::clock::Clock;
use quantx::durable::{Failure, Replayer};
use quantx::operations::{Context, chunked};
use quantx::settings::Settings;
use tokio::runtime::Handle;
use tokio::sync::OnceCell;

pub(crate) use self::lake::VendorRate;
use crate::process::config::Config;
use crate::process::workers::{Deadline, Workers};

/// Everything the functions share.
#[derive(Debug)]
pub struct App {
    /// Answers the turns of orchestrations.
    pub(crate) replayer: Replayer,
    /// Where work is done.
    pub(crate) workers: Workers,
    /// Until when.
    pub(crate) deadline: Deadline,
    /// What the health check found last, so that the log has it once.
    pub(crate) last_health: Mutex<Vec<String>>,
    settings: Result<Settings, Vec<String>>,
    config_dir: PathBuf,
    clock: Arc<dyn Clock>,
    lake: OnceCell<Context>,
}

impl App {
    /// Nothing is opened yet: the host waits for the first answer. `pool` is the runtime that works, and
    /// `clock` the time of runs.
    pub fn new(config: Config, pool: Handle, clock: Arc<dyn Clock>) -> Self {
        let settings = config.settings.as_ref();
        let runs = settings.map_or(1, |settings| settings.limits.runs_at_once.get());
        Self {
            replayer: Replayer::new(chunked::workflows()),
            workers: Workers::new(pool, runs),
            deadline: Deadline::before(config.function_timeout),
            last_health: Mutex::default(),
            settings: config.settings,
            config_dir: config.folder,
            clock,
            lake: OnceCell::new(),
        }
    }

    /// Logs what is wrong with the settings. They do not keep the process from answering.
    pub fn log_problems(&self) {
        for problem in self.settings.as_ref().err().into_iter().flatten() {
            tracing::error!("the settings are wrong: {problem}");
        }
    }

    /// The current instant.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The settings.
    ///
    /// # Errors
    /// A permanent [`Failure`] with every problem.
    pub(crate) fn settings(&self) -> Result<&Settings, Failure> {
        let settings = self.settings.as_ref();
        settings.map_err(|problems| {
            let problems = problems.join("; ");
            Failure::permanent("Settings", format!("the settings are wrong: {problems}"))
        })
    }

    /// Where relative files of universes.yaml are.
    pub(crate) fn config_dir(&self) -> &Path {
        &self.config_dir
    }
}
