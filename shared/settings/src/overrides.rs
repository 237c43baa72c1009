/// Settings given as flags of the command line, as they were written.
///
/// Text and not numbers: one parser reads file, variable and flag, and one sentence says what is allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--storage-root`
    pub storage_root: Option<String>,
    /// `--max-workers`
    pub max_workers: Option<String>,
    /// `--lookback-days`
    pub lookback_days: Option<String>,
    /// `--chunk-size`
    pub chunk_size: Option<String>,
    /// `--phase`
    pub phase: Option<String>,
    /// `--universe`
    pub universe_path: Option<String>,
    /// `--log-level`
    pub log_level: Option<String>,
    /// `--requests-per-second`
    pub requests_per_second: Option<String>,
    /// `--yahoo-base-url`
    pub yahoo_base_url: Option<String>,
}

impl Overrides {
    /// The flag that sets `key`, with its value, if it was given.
    pub(super) fn of(&self, key: &str) -> Option<(&'static str, &str)> {
        let (flag, value) = match key {
            "storage.local.root_path" => ("--storage-root", &self.storage_root),
            "fetcher.max_workers" => ("--max-workers", &self.max_workers),
            "fetcher.lookback_days" => ("--lookback-days", &self.lookback_days),
            "fetcher.chunk_size" => ("--chunk-size", &self.chunk_size),
            "universe.phase" => ("--phase", &self.phase),
            "universe.path" => ("--universe", &self.universe_path),
            "logging.level" => ("--log-level", &self.log_level),
            "providers.yahoo.requests_per_second" => {
                ("--requests-per-second", &self.requests_per_second)
            }
            "providers.yahoo.base_url" => ("--yahoo-base-url", &self.yahoo_base_url),
            _ => return None,
        };
        value.as_deref().map(|value| (flag, value.trim()))
    }
}
