//! Builds what a run works with out of the settings: the one place that names adapters.

mod vendors;

use std::fmt;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::context::{Context, RunObserver, StopSignal};
use quantx_clock::{Clock, SystemClock};
use quantx_lake as lake;
use quantx_lake::{LakeKey, LakePrefix};
use quantx_provider::{RetryPolicy, ThrottleLimits};
use quantx_settings::{
    AzureAccess, AzureSettings, Durability, HolidayFileError, Settings, StorageSettings,
};
use quantx_storage::blob::{BlobConfig, BlobLimits, BlobStore, MissingContainer};
use quantx_storage::{Counting, LakeStore, Leftovers, LocalStore, StorageError};
use quantx_universe::source::{SourceClient, SourceClientConfig, SourceSetupError};

pub(crate) use vendors::set_up;
pub use vendors::{VendorSetupError, vendors};

/// Who may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effects {
    /// The lake may change.
    Write,
    /// Nothing is made or changed, not even the root folder.
    ReadOnly,
}

/// What the caller chooses beside the settings.
#[derive(Debug)]
pub struct Choices {
    /// Whether the lake may change.
    pub effects: Effects,
    /// The source of now.
    pub clock: Arc<dyn Clock>,
    /// Who wants to know how far a run is.
    pub observer: Arc<dyn RunObserver>,
    /// The way to end a run early.
    pub stop: StopSignal,
}

/// Why nothing could be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AssembleError {
    /// The lake cannot be opened.
    #[error("cannot open the lake")]
    Storage(#[from] StorageError),
    /// A vendor that the settings name cannot be set up.
    #[error(transparent)]
    Vendor(#[from] VendorSetupError),
    /// Holidays that the settings take from a file of the lake.
    #[error(transparent)]
    Holidays(#[from] HolidayFileError),
}

/// Where a lake is.
#[derive(Debug, Clone)]
pub enum LakePlace {
    /// A folder on disk.
    Folder {
        /// Where.
        root: PathBuf,
        /// What of it survives a power cut.
        durability: Durability,
    },
    /// A container of Azure Blob Storage.
    Azure(AzureSettings),
}

impl LakePlace {
    /// The place of the settings: the container if one is configured, else the folder.
    pub fn of(settings: &StorageSettings) -> Self {
        match &settings.azure {
            Some(azure) => Self::Azure(azure.clone()),
            None => Self::folder(settings.local_root.clone(), settings),
        }
    }
}

impl LakePlace {
    /// A folder, as durable as the settings want it.
    pub fn folder(root: PathBuf, settings: &StorageSettings) -> Self {
        Self::Folder {
            root,
            durability: settings.local_durability,
        }
    }
}

impl fmt::Display for LakePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder { root, .. } => root.display().fmt(f),
            Self::Azure(azure) => match &azure.access {
                AzureAccess::Identity(identity) => write!(
                    f,
                    "container {} of {}",
                    azure.container_name, identity.account_name
                ),
                AzureAccess::ConnectionString(_) => write!(
                    f,
                    "container {} of the connection string's account",
                    azure.container_name
                ),
            },
        }
    }
}

/// Opens a lake. A container is looked for, and created only if the lake may change and the
/// settings say so.
///
/// # Errors
/// [`StorageError`] that says what was tried.
pub async fn open_lake(
    place: &LakePlace,
    effects: Effects,
) -> Result<Arc<dyn LakeStore>, StorageError> {
    open_lake_keeping(place, effects, BlobLimits::default().kept_bytes).await
}

/// [`open_lake`] without keeping objects of a container: what was written is read back from there.
///
/// # Errors
/// As [`open_lake`].
pub async fn open_lake_for_copy(
    place: &LakePlace,
    effects: Effects,
) -> Result<Arc<dyn LakeStore>, StorageError> {
    open_lake_keeping(place, effects, 0).await
}

async fn open_lake_keeping(
    place: &LakePlace,
    effects: Effects,
    kept_bytes: usize,
) -> Result<Arc<dyn LakeStore>, StorageError> {
    Ok(match (place, effects) {
        (LakePlace::Folder { root, durability }, effects) => {
            Arc::new(open_folder(root, *durability, effects)?)
        }
        (LakePlace::Azure(azure), effects) => {
            let config = BlobConfig {
                container: azure.container_name.clone(),
                access: azure.access.clone(),
                missing_container: match effects {
                    Effects::Write if azure.create_container => MissingContainer::Create,
                    Effects::Write | Effects::ReadOnly => MissingContainer::Refuse,
                },
                limits: BlobLimits {
                    kept_bytes,
                    ..BlobLimits::default()
                },
                shape_of: lake::shape_of,
            };
            // Not the clock of a run as of another day: it dates signatures.
            let clock = Arc::new(SystemClock);
            Arc::new(Box::pin(BlobStore::open(config, clock)).await?)
        }
    })
}

fn open_folder(
    root: &Path,
    durability: Durability,
    effects: Effects,
) -> Result<LocalStore, StorageError> {
    match effects {
        Effects::Write => LocalStore::open(root, durability),
        Effects::ReadOnly => LocalStore::open_read_only(root),
    }
}

/// Whether a lake lies there. A place without any object is rather a wrong address than an empty lake.
///
/// # Errors
/// [`StorageError`] when that cannot be found out.
pub async fn holds_lake(store: &dyn LakeStore) -> Result<bool, StorageError> {
    if store.get(&LakeKey::Manifest).await?.is_some() {
        return Ok(true);
    }
    Ok(!store.list(&LakePrefix::All).await?.is_empty())
}

/// Opens the lake and sets up the vendors of the settings. Asks none of them.
///
/// # Errors
/// [`AssembleError`] naming the part that failed.
pub async fn assemble(mut settings: Settings, choices: Choices) -> Result<Context, AssembleError> {
    let place = LakePlace::of(&settings.storage);
    let store = open_lake(&place, choices.effects).await?;
    read_holidays(&mut settings, store.as_ref()).await?;
    let vendors = Arc::new(vendors(&settings, 1)?);
    Ok(Context {
        settings: Arc::new(settings),
        clock: choices.clock,
        vendors,
        store: Arc::new(Counting::new(store)),
        observer: choices.observer,
        stop: choices.stop,
    })
}

/// Reads the holidays that stand in files of the lake.
async fn read_holidays(
    settings: &mut Settings,
    store: &dyn LakeStore,
) -> Result<(), AssembleError> {
    for file in settings.calendars.holiday_files() {
        let object = match LakeKey::parse(&file.path) {
            Ok(key) => store.get(&key).await?,
            Err(_) => None,
        };
        let text = object.map(|object| String::from_utf8_lossy(&object.bytes).into_owned());
        settings.calendars.take_holidays(&file, text.as_deref())?;
    }
    Ok(())
}

/// The way to what lies among the lake's objects and is none; `None` where only objects can be seen.
///
/// # Errors
/// [`AssembleError`] when the lake cannot be opened.
pub fn leftovers(
    settings: &Settings,
    effects: Effects,
) -> Result<Option<Arc<dyn Leftovers>>, AssembleError> {
    let LakePlace::Folder { root, durability } = LakePlace::of(&settings.storage) else {
        return Ok(None);
    };
    Ok(Some(Arc::new(open_folder(&root, durability, effects)?)))
}

/// How fast and how often a vendor is asked; retries and circuit are the same for all.
pub(crate) fn throttle_limits(
    settings: &Settings,
    requests_per_second: Option<f64>,
    burst: NonZeroU32,
) -> ThrottleLimits {
    let retry = &settings.fetcher.retry;
    ThrottleLimits {
        requests_per_second,
        burst,
        retry: RetryPolicy {
            max_attempts: retry.max_attempts,
            base: retry.exponential_base,
            min_wait: retry.min_wait,
            max_wait: retry.max_wait,
            max_pause: settings.yahoo.max_pause,
        },
        open_after: settings.yahoo.circuit_open_after,
    }
}

/// Waits between attempts at a page: there are few pages, and a week until the next refresh.
const SOURCE_RETRIES: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(10)];

/// The client for pages and files that universes are read from.
///
/// # Errors
/// [`SourceSetupError`] when the User-Agent cannot be used.
pub fn sources(settings: &Settings) -> Result<SourceClient, SourceSetupError> {
    let sources = &settings.sources;
    SourceClient::new(SourceClientConfig {
        user_agent: sources.user_agent.clone(),
        connect_timeout: sources.connect_timeout,
        timeout: sources.timeout,
        retry_delays: SOURCE_RETRIES.to_vec(),
        max_retry_after: settings.yahoo.max_pause,
        page_limit_bytes: sources.page_limit_bytes,
        excel_limit_bytes: sources.excel_limit_bytes,
    })
}
