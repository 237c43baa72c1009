//! What an operator may choose for a run. Pure: files come in as text, the environment as a map.
//!
//! [`Settings::resolve`] takes defaults, files, environment and flags, from weakest to strongest, and
//! gives either settings with nothing left to interpret or every mistake at once, each with its place.
//!
//! ```
//! use quantx_settings::{ConfigFile, EnvMap, Overrides, Settings};
//!
//! let env: EnvMap = [("LOOKBACK_DAYS".to_owned(), "7".to_owned())].into_iter().collect();
//! let resolve = |text| {
//!     let file = ConfigFile { name: "settings.yaml", text };
//!     Settings::resolve(Some(file), None, &env, &Overrides::default())
//! };
//! let settings = resolve("fetcher: { max_workers: 4, lookback_days: 5 }")?;
//! assert_eq!(settings.fetcher.max_workers.get(), 4);
//! assert_eq!(settings.fetcher.lookback_days, 7, "a variable is stronger than the file");
//!
//! let problems = resolve("fetcher: { max_wokers: 4 }").unwrap_err();
//! assert!(problems.to_string().starts_with("settings.yaml:1:12: fetcher: read the unknown key"));
//! # Ok::<(), quantx_settings::SettingsProblems>(())
//! ```

mod alerts;
mod asked_vendors;
mod calendars;
mod constraint;
mod costs;
mod cron;
mod env;
mod exchanges;
mod fields;
mod identity;
mod instruments;
mod layers;
mod model;
mod overrides;
mod problem;
mod quantity;
mod removed;
mod resolve;
mod secret;
mod storage;
mod tree;
mod universes;
mod vendors;
mod venue;
mod web;

#[cfg(test)]
mod tests;

pub use alerts::{AlertSettings, WebhookStyle};
pub use asked_vendors::{AskedVendors, AskedVendorsOf, Confirm, VendorId};
pub use calendars::{Calendars, HolidayFile, HolidayFileError};
pub use costs::{BlobPrices, ContainerAppsPrices, CostHost, CostSettings, FunctionsPrices};
pub use cron::Cron;
pub use env::{EnvMap, Variable, configuration_markdown, variables};
pub use identity::{IdentityAccess, IdentityEnvironment, IdentityKind};
pub use model::{
    AnswerLimits, AzureAccess, AzureSettings, Durability, FetcherSettings, LimitSettings,
    LogFormat, LogLevel, LoggingSettings, QualitySettings, RetrySettings, ScheduleSettings,
    SchemaSettings, Settings, SiteSettings, SourceSettings, StorageSettings, YahooSettings,
};

pub use overrides::Overrides;
pub use problem::{Place, SettingsProblem, SettingsProblems};
pub use resolve::ConfigFile;
pub use secret::Secret;
pub use universes::{
    MaxChange, MaxChangeError, MemberLimits, PageLayout, SymbolSuffix, UniverseEntry,
    UniverseSettings, UniverseSource,
};
pub use vendors::{
    AccountSettings, CsvBars, CsvBasis, CsvColumns, CsvMark, CsvSettings, KeyPair,
    VendorHttpSettings, VendorSettings,
};
pub use web::{WebAddress, WebAddressError};
