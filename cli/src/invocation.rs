//! What every command but `version` begins with: settings, logs and the way to a lake.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use quantx::clock::{Clock, FixedClock, SystemClock};
use quantx::operations::{
    Choices, ConfigFolder, Context, Effects, LakePlace, RunObserver, Silent, StopSignal, assemble,
    environment, holds_lake, load_settings,
};
use quantx::settings::{Overrides, Settings, WebAddress};
use quantx_replay::{MarketSpec, ReplayOptions, ReplayServer};

use crate::args::{Format, GlobalArgs, Place, Provider};
use crate::console::Console;
use crate::{logging, progress};

/// Where the settings are looked for without `--config`.
const CONFIG_FOLDER: &str = "config";

/// A context, and the sample's server while it is needed.
#[derive(Debug)]
pub(crate) struct Assembled {
    /// What operations take.
    pub(crate) context: Context,
    /// Keeps the sample vendor alive; `None` with a real vendor.
    _sample: Option<ReplayServer>,
}

/// Settings and choices of one call of the program.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// All settings.
    pub(crate) settings: Settings,
    /// Where relative files of universes.yaml are looked for.
    pub(crate) config_folder: PathBuf,
    /// Standard error.
    pub(crate) console: Console,
    /// The flags of every command.
    pub(crate) global: GlobalArgs,
}

impl Invocation {
    /// Reads the settings and starts the logs. `flags` are those of the command itself.
    pub(crate) fn open(global: GlobalArgs, flags: Overrides) -> Result<Self> {
        let env = environment();
        let flags = Overrides {
            storage_root: global.storage_root.clone(),
            log_level: global.log_level.clone(),
            requests_per_second: global.requests_per_second.clone(),
            yahoo_base_url: global.yahoo_base_url.clone(),
            ..flags
        };
        let folder = match &global.config {
            Some(named) => ConfigFolder::Named(named.clone()),
            None => ConfigFolder::Usual(PathBuf::from(CONFIG_FOLDER)),
        };
        let mut settings = load_settings(&folder, &env, &flags)?;
        if global.provider == Provider::Sample {
            // It is served on this machine; the rate is Yahoo's.
            settings.yahoo.requests_per_second = None;
        }
        let console = Console::default();
        logging::start(settings.logging, global.verbosity(), &env, &console)?;
        Ok(Self {
            settings,
            config_folder: folder.path().to_owned(),
            console,
            global,
        })
    }

    /// The invocation at the place that its flags choose. A lake on local disk never takes the place of
    /// a configured one in Azure unasked.
    pub(crate) fn at(mut self, place: &Place) -> Self {
        if place.use_local {
            self.settings.storage.azure = None;
        }
        self
    }

    /// The real vendor answers as of today, whatever the clock of the run says: its prices would be
    /// adjusted for splits that the question leaves out.
    fn check_as_of(&self) -> Result<()> {
        let real = self.global.provider == Provider::Yahoo
            && !self.settings.yahoo.base_url.is_this_machine();
        match self.global.as_of {
            Some(as_of) if real => bail!(
                "--as-of {as_of} needs a vendor that answers as of then: --provider sample, or \
                 --yahoo-base-url of a `quantx replay` on this machine; with the real vendor, \
                 limit a backfill by --end instead"
            ),
            _ => Ok(()),
        }
    }

    /// The clock of `--as-of`, or the system's.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        match self.global.as_of {
            Some(instant) => Arc::new(FixedClock(instant)),
            None => Arc::new(SystemClock),
        }
    }

    /// Opens the lake and sets up the vendor, with progress on the terminal.
    pub(crate) async fn assemble(&self, effects: Effects, stop: StopSignal) -> Result<Assembled> {
        if effects == Effects::Write {
            self.check_as_of()?;
        }
        let observer = progress::observer(self.global.verbosity(), &self.console);
        self.build(self.global.provider, effects, observer, stop)
            .await
    }

    /// Opens the lake for a command that asks no vendor and is soon done.
    pub(crate) async fn assemble_lake(&self, effects: Effects) -> Result<Assembled> {
        let observer = Arc::new(Silent);
        self.build(Provider::Yahoo, effects, observer, StopSignal::never())
            .await
    }

    /// The lake of a command that looks at one: where none is, nothing can be shown or proven.
    ///
    /// # Errors
    /// That there is none, and where; or that it cannot be found out.
    pub(crate) async fn existing(&self, lake: Assembled) -> Result<Assembled> {
        if holds_lake(lake.context.store.as_ref()).await? {
            return Ok(lake);
        }
        let place = LakePlace::of(&self.settings.storage);
        bail!("{}", no_lake(&place))
    }

    async fn build(
        &self,
        vendor: Provider,
        effects: Effects,
        observer: Arc<dyn RunObserver>,
        stop: StopSignal,
    ) -> Result<Assembled> {
        let mut settings = self.settings.clone();
        let sample = match vendor {
            Provider::Yahoo => None,
            Provider::Sample => {
                let mut options = ReplayOptions::new(MarketSpec::Sample);
                options.clock = self.clock();
                let server = ReplayServer::start(options).await;
                let server = server.context("cannot start the sample vendor on 127.0.0.1")?;
                // The real client asks it as it asks Yahoo.
                settings.yahoo.base_url = WebAddress::parse_base(&server.base_url())?;
                Some(server)
            }
        };
        let choices = Choices {
            effects,
            clock: self.clock(),
            observer,
            stop,
        };
        Ok(Assembled {
            context: assemble(settings, choices).await?,
            _sample: sample,
        })
    }

    /// Table or JSON.
    pub(crate) fn format(&self) -> Format {
        self.global.format()
    }
}

/// What is said of a place without a lake.
pub(crate) fn no_lake(place: &LakePlace) -> String {
    format!(
        "there is no lake in {place}: nothing was ever stored there; check --storage-root, --use-local and AZURE_CONTAINER_NAME, \
         or fill one by `quantx backfill`"
    )
}
