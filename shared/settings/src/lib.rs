//! What a run is told from outside. Pure: files come in as text, the environment as a map.
//!
//! [`Settings::resolve`] takes defaults, files, environment and flags, from weakest to strongest, and
//! gives either settings with nothing left to interpret or every mistake at once, each with its place.

mod constraint;
mod costs;
mod cron;
mod env;
mod exchanges;
mod identity;
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
mod web;

#[cfg(test)]
mod tests;

pub use costs::{BlobPrices, ContainerAppsPrices, CostHost, CostSettings, FunctionsPrices};
pub use cron::Cron;
pub use env::{EnvMap, Variable, configuration_markdown, variables};
pub use identity::{IdentityAccess, IdentityEnvironment, IdentityKind};
pub use model::{
    AnswerLimits, AzureAccess, AzureSettings, FetcherSettings, LimitSettings, LogFormat, LogLevel,
    LoggingSettings, QualitySettings, RetrySettings, ScheduleSettings, SchemaSettings, Settings,
    SourceSettings, StorageSettings, YahooSettings,
};

pub use overrides::Overrides;
pub use problem::{Place, SettingsProblem, SettingsProblems};
pub use resolve::ConfigFile;
pub use secret::Secret;
pub use universes::{
    MaxChange, MaxChangeError, MemberLimits, PageLayout, SymbolSuffix, UniverseEntry,
    UniverseSettings, UniverseSource,
};
pub use web::{WebAddress, WebAddressError};
