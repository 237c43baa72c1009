use std::fmt;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use quantx_market::{Date, ExchangeTable};

use super::{
    AlertSettings, AskedVendors, Calendars, CostSettings, Cron, IdentityAccess, Secret,
    UniverseSettings, VendorId, VendorSettings, WebAddress,
};
use quantx_market::PhaseName;
use quantx_quality::RuleSettings;

/// Everything an operator may choose, checked and with nothing left to interpret.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the lake is.
    pub storage: StorageSettings,
    /// How listings are fetched.
    pub fetcher: FetcherSettings,
    /// What is logged.
    pub logging: LoggingSettings,
    /// When the timers fire.
    pub schedules: ScheduleSettings,
    /// How Parquet files are written.
    pub schema: SchemaSettings,
    /// The status page.
    pub site: SiteSettings,
    /// How Yahoo is asked.
    pub yahoo: YahooSettings,
    /// How the vendors beside Yahoo are asked.
    pub vendors: VendorSettings,
    /// Which vendors runs ask, in which order, and who confirms.
    pub asked: AskedVendors,
    /// How the pages and files of universes are asked for.
    pub sources: SourceSettings,
    /// All exchanges the lake can hold.
    pub exchanges: ExchangeTable,
    /// When they trade.
    pub calendars: Calendars,
    /// What counts as good enough.
    pub quality: QualitySettings,
    /// Bounds of a run.
    pub limits: LimitSettings,
    /// Prices that a run is estimated with.
    pub costs: CostSettings,
    /// Where messages go.
    pub alerts: AlertSettings,
    /// All universes by phase.
    pub universes: UniverseSettings,
    /// The phase that runs work on; it is one of `universes`.
    pub phase: PhaseName,
    /// A list in the lake instead of the phase's own, as `meta/universe_phase_1.csv`.
    pub universe_path: Option<String>,
}

impl Settings {
    /// Questions that a vendor may be asked in a second; `None` is no limit.
    pub fn requests_per_second_of(&self, vendor: VendorId) -> Option<f64> {
        match vendor {
            VendorId::Yahoo => self.yahoo.requests_per_second,
            VendorId::Eodhd => self.vendors.eodhd.requests_per_second,
            VendorId::Tiingo => self.vendors.tiingo.requests_per_second,
            VendorId::Alpaca => self.vendors.alpaca.requests_per_second,
            VendorId::Hkex => self.vendors.hkex.requests_per_second,
            VendorId::Csv => None,
        }
    }
}

/// Where the lake is.
#[derive(Debug, Clone)]
pub struct StorageSettings {
    /// The blob container, if one is configured.
    pub azure: Option<AzureSettings>,
    /// The folder on local disk.
    pub local_root: PathBuf,
    /// What of it survives a power cut.
    pub local_durability: Durability,
}

/// What of a lake on disk survives a power cut. A killed process costs nothing in any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Everything that was said to be stored: each write syncs its own files and folders.
    Full,
    /// The same: writers who wait at the same time share one sync of the file system.
    #[default]
    Batch,
    /// What the operating system has written by itself; the newest half minute may be lost or damaged.
    None,
}

/// The lake in Azure Blob Storage.
#[derive(Debug, Clone)]
pub struct AzureSettings {
    /// 3 to 63 lower-case letters, digits and single dashes.
    pub container_name: String,
    /// How to sign in; there is no second way when this one fails.
    pub access: AzureAccess,
    /// Whether a container that does not exist is created.
    pub create_container: bool,
}

/// How to sign in to a storage account.
#[derive(Debug, Clone)]
pub enum AzureAccess {
    /// As an identity of Entra ID, without any secret of ours.
    Identity(IdentityAccess),
    /// With the account key or the shared access signature of a connection string.
    ConnectionString(Secret<String>),
}

/// How listings are fetched.
#[derive(Debug, Clone)]
pub struct FetcherSettings {
    /// Listings fetched at the same time.
    pub max_workers: NonZeroUsize,
    /// Days that a daily update asks again.
    pub lookback_days: u32,
    /// Listings per unit of a backfill.
    pub chunk_size: NonZeroUsize,
    /// Chunks of one run that may be under way at the same time.
    pub max_parallel_chunks: NonZeroUsize,
    /// First date of a listing that the lake does not have yet.
    pub backfill_start: Date,
    /// Whether a daily update backfills such a listing.
    pub backfill_new_symbols: bool,
    /// How often and when to ask again.
    pub retry: RetrySettings,
}

/// How often and when to ask again after what can get better.
#[derive(Debug, Clone)]
pub struct RetrySettings {
    /// The first attempt included.
    pub max_attempts: NonZeroU32,
    /// Each wait is this many times the one before; at least 1.
    pub exponential_base: f64,
    /// First wait.
    pub min_wait: Duration,
    /// Longest wait; not below `min_wait`.
    pub max_wait: Duration,
}

/// What is logged, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoggingSettings {
    /// The least important level shown.
    pub level: LogLevel,
    /// Layout of a line.
    pub format: LogFormat,
}

/// Importance of a log line. Displayed as tracing's filters write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        })
    }
}

/// Layout of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object per line.
    Json,
    /// For people.
    Text,
}

/// When the timers fire, in UTC. The Functions host takes them from the app settings that
/// `cargo xtask package` writes from here.
#[derive(Debug, Clone)]
pub struct ScheduleSettings {
    /// The daily update.
    pub daily_data_update: Cron,
    /// The refresh of all universes.
    pub weekly_universe_refresh: Cron,
}

/// How Parquet files are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchemaSettings {
    /// Level of zstd, 1 (fast) to 22 (small).
    pub compression_level: i32,
}

/// The status page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SiteSettings {
    /// Whether runs make it.
    pub enabled: bool,
}

/// How Yahoo is asked.
#[derive(Debug, Clone)]
pub struct YahooSettings {
    /// The root that `/v8/...` is appended to.
    pub base_url: WebAddress,
    /// Header of every request.
    pub user_agent: String,
    /// Of all workers together; `None` is no limit.
    pub requests_per_second: Option<f64>,
    /// Requests that may go out at once after a pause.
    pub burst: NonZeroU32,
    /// Until the connection stands.
    pub connect_timeout: Duration,
    /// Of the whole request; not below `connect_timeout`.
    pub timeout: Duration,
    /// Longest answer, after decompression.
    pub body_limit_bytes: u64,
    /// Throttled answers in a row until no more is asked in this run.
    pub circuit_open_after: NonZeroU32,
    /// Longest `Retry-After` that is waited for.
    pub max_pause: Duration,
}

/// How the pages and files of universes are asked for.
#[derive(Debug, Clone)]
pub struct SourceSettings {
    /// Header of every request; Wikipedia wants to read who asks.
    pub user_agent: String,
    /// Until the connection stands.
    pub connect_timeout: Duration,
    /// Of the whole request; not below `connect_timeout`.
    pub timeout: Duration,
    /// Longest page or csv file, after decompression.
    pub page_limit_bytes: u64,
    /// Longest Excel file, unpacked.
    pub excel_limit_bytes: u64,
}

/// What counts as good enough.
#[derive(Debug, Clone)]
pub struct QualitySettings {
    /// How strict the rules on rows and actions are.
    pub rules: RuleSettings,
    /// A run with a larger share of failed listings has failed; 0 to 1.
    pub max_failure_rate: f64,
    /// A hole that was asked this many times is excused.
    pub hole_asks: u32,
    /// Holes of this many newest sessions are asked again.
    pub hole_window: usize,
    /// A session that a larger share of a market lacks is an outage; 0 to 1.
    pub outage_share: f64,
}

/// Bounds of a run.
#[derive(Debug, Clone, Copy)]
pub struct LimitSettings {
    /// A run stops between listings after this long.
    pub run_deadline: Option<Duration>,
    /// How often a commit is tried when other writers are first.
    pub commit_attempts: NonZeroU32,
    /// Largest universe.
    pub max_symbols: NonZeroUsize,
    /// Runs in one process of the Functions app whose callers wait.
    pub runs_at_once: NonZeroUsize,
    /// Largest answer of a vendor about one listing.
    pub answer: AnswerLimits,
}

/// Bounds of a vendor's answer about one listing; a larger one is refused as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerLimits {
    /// Rows.
    pub rows: NonZeroUsize,
    /// Splits, dividends and capital gains.
    pub events: NonZeroUsize,
    /// Calendar years from the first row or event to the last, both counted.
    pub years: NonZeroUsize,
}
