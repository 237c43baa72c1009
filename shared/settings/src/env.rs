//! Every environment variable of the product, in one table. No other file names one.

use std::collections::BTreeMap;

/// The environment, handed in by whoever may ask the operating system for it.
///
/// Its `Debug` shows names only: a value may be a secret.
#[derive(Clone, Default)]
pub struct EnvMap(BTreeMap<String, String>);

impl EnvMap {
    /// The value of a variable without white space around it; an empty one counts as not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The name of whoever is logged in, as the operating system's shells give it.
    pub fn user(&self) -> Option<&str> {
        ["USER", "LOGNAME", "USERNAME"]
            .into_iter()
            .find_map(|name| self.get(name))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl FromIterator<(String, String)> for EnvMap {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self(variables.into_iter().collect())
    }
}

impl std::fmt::Debug for EnvMap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// One environment variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// The setting it sets, dotted.
    pub key: &'static str,
    /// What it is for, as a sentence.
    pub description: &'static str,
}

const fn variable(name: &'static str, key: &'static str, description: &'static str) -> Variable {
    Variable {
        name,
        key,
        description,
    }
}

/// The connection string's place among the settings; it is no key of the file.
pub(super) const CONNECTION_STRING: &str = "storage.azure.connection_string";

/// What hosts set for identities; no keys of the file either.
pub(super) const IDENTITY_ENDPOINT: &str = "storage.azure.identity_endpoint";
pub(super) const FEDERATED_TOKEN_FILE: &str = "storage.azure.federated_token_file";
pub(super) const TENANT_ID: &str = "storage.azure.tenant_id";

/// Where messages go; no keys of the file, because the addresses are secrets.
pub(super) const HEARTBEAT_URL: &str = "alerts.heartbeat_url";
pub(super) const WEBHOOK_URL: &str = "alerts.webhook_url";

/// What accounts of vendors are known by; no keys of the file either.
pub(super) const EODHD_KEY: &str = "providers.eodhd.key";
pub(super) const TIINGO_KEY: &str = "providers.tiingo.key";
pub(super) const ALPACA_KEY: &str = "providers.alpaca.key";
pub(super) const ALPACA_SECRET: &str = "providers.alpaca.secret";
pub(super) const CSV_KEY: &str = "providers.csv.key";

/// Of two variables for one setting the first here wins.
#[rustfmt::skip]
static VARIABLES: [Variable; 45] = [
    variable("AZURE_STORAGE_ACCOUNT", "storage.azure.account_name", "Storage account of the lake."),
    variable("AZURE_CONTAINER_NAME", "storage.azure.container_name", "Blob container of the lake."),
    variable("AZURE_STORAGE_CONNECTION_STRING", CONNECTION_STRING, "Secret. Signs in to the storage account instead of the managed identity. No key of the file."),
    variable("USE_MANAGED_IDENTITY", "storage.azure.use_managed_identity", "`true` or `false`. Must not be `true` together with a connection string: a key never takes the place of an identity in silence."),
    variable("AZURE_CREATE_CONTAINER", "storage.azure.create_container", "`true` or `false`: a container that does not exist is created."),
    variable("AZURE_STORAGE_BLOB_ENDPOINT", "storage.azure.endpoint", "Where the account answers identities, if not at `https://<account>.blob.core.windows.net`."),
    variable("AZURE_IDENTITY", "storage.azure.identity", "`detected`, `managed`, `workload` or `developer`: which kind of identity signs in."),
    variable("AZURE_CLIENT_ID", "storage.azure.client_id", "Client id of a user-assigned identity, or of a workload's."),
    variable("AZURE_TENANT_ID", TENANT_ID, "Tenant of a workload's identity; Kubernetes sets it. No key of the file."),
    variable("AZURE_FEDERATED_TOKEN_FILE", FEDERATED_TOKEN_FILE, "Set by Kubernetes: a workload's identity signs in. No key of the file."),
    variable("IDENTITY_ENDPOINT", IDENTITY_ENDPOINT, "Set by Functions, App Service and Container Apps: a managed identity signs in. No key of the file."),
    variable("LOCAL_STORAGE_ROOT", "storage.local.root_path", "Folder of the lake on local disk."),
    variable("LOCAL_STORAGE_DURABILITY", "storage.local.durability", "`full`, `batch` or `none`: what of the lake on local disk survives a power cut."),
    variable("MAX_WORKERS", "fetcher.max_workers", "Listings fetched at the same time."),
    variable("FETCHER_MAX_WORKERS", "fetcher.max_workers", "The same; `MAX_WORKERS` wins."),
    variable("LOOKBACK_DAYS", "fetcher.lookback_days", "Days that a daily update asks again."),
    variable("FETCHER_LOOKBACK_DAYS", "fetcher.lookback_days", "The same; `LOOKBACK_DAYS` wins."),
    variable("FETCHER_CHUNK_SIZE", "fetcher.chunk_size", "Listings after which a run brings the manifest up to date."),
    variable("FETCHER_MAX_PARALLEL_CHUNKS", "fetcher.max_parallel_chunks", "Chunks of a run in the Functions app that may be under way at once."),
    variable("FETCHER_BACKFILL_START", "fetcher.backfill_start", "First date of a listing that the lake does not have yet."),
    variable("FETCHER_BACKFILL_NEW_SYMBOLS", "fetcher.backfill_new_symbols", "`true` or `false`: a daily update backfills such a listing."),
    variable("FETCHER_RETRY_MAX_ATTEMPTS", "fetcher.retry.max_attempts", "Attempts per request, the first included."),
    variable("FETCHER_RETRY_EXPONENTIAL_BASE", "fetcher.retry.exponential_base", "Each wait is this many times the one before."),
    variable("FETCHER_RETRY_MIN_WAIT", "fetcher.retry.min_wait", "First wait; a plain number is seconds."),
    variable("FETCHER_RETRY_MAX_WAIT", "fetcher.retry.max_wait", "Longest wait; a plain number is seconds."),
    variable("SITE_ENABLED", "site.enabled", "`true` or `false`: runs make the status page."),
    variable("UNIVERSE_PHASE", "universe.phase", "Phase of universes.yaml that runs work on."),
    variable("UNIVERSE_PATH", "universe.path", "A list in the lake instead of the phase's own, as `meta/universe_phase_1.csv`."),
    variable("DAILY_SCHEDULE", "schedules.daily_data_update.cron", "When the timer of the daily update fires. The Functions host reads it; `cargo xtask package` writes it from the settings."),
    variable("WEEKLY_SCHEDULE", "schedules.weekly_universe_refresh.cron", "The same for the refresh of universes."),
    variable("QUANTX_LOG_LEVEL", "logging.level", "`error`, `warn`, `info`, `debug` or `trace`."),
    variable("LOG_LEVEL", "logging.level", "The same; `QUANTX_LOG_LEVEL` wins."),
    variable("QUANTX_LOG_FORMAT", "logging.format", "`json` or `text`."),
    variable("QUANTX_YAHOO_BASE_URL", "providers.yahoo.base_url", "Where Yahoo is asked; `http` only on this machine."),
    variable("QUANTX_REQUESTS_PER_SECOND", "providers.yahoo.requests_per_second", "Requests of all workers together; `0` is no limit."),
    variable("QUANTX_EODHD_KEY", EODHD_KEY, "Secret. Token of an account at EODHD, a witness of `quantx compare`. No key of the file."),
    variable("QUANTX_TIINGO_KEY", TIINGO_KEY, "Secret. Token of an account at Tiingo, a witness of `quantx compare`. No key of the file."),
    variable("QUANTX_ALPACA_KEY", ALPACA_KEY, "Secret. Key id of an account at Alpaca, a witness of `quantx compare`; only with `QUANTX_ALPACA_SECRET`. No key of the file."),
    variable("QUANTX_ALPACA_SECRET", ALPACA_SECRET, "Secret. The secret that belongs to `QUANTX_ALPACA_KEY`. No key of the file."),
    variable("QUANTX_CSV_KEY", CSV_KEY, "Secret. What `{key}` in `providers.csv.source` stands for. No key of the file."),
    variable("QUANTX_HEARTBEAT_URL", HEARTBEAT_URL, "Secret. Is asked at the start (`/start`) and the end (`/0`, `/1`, `/fail`) of each run, as Healthchecks wants it. No key of the file."),
    variable("QUANTX_WEBHOOK_URL", WEBHOOK_URL, "Secret. Gets one JSON for each change of state: a run turned red, an exchange fell behind, and that it is over. No key of the file."),
    variable("QUANTX_WEBHOOK_STYLE", "alerts.webhook_style", "`generic`, `slack` or `teams`."),
    variable("QUANTX_RUNBOOK_URL", "alerts.runbook_url", "Web page of docs/runbook.md; messages link to its sections."),
    variable("QUANTX_RUN_DEADLINE", "limits.run_deadline", "A run stops between listings after this long, as `45m`; `none` is no limit."),
];

/// Variables that are no settings of a run: who reads each, and what it says. `deploy/check` holds the app settings of the deployment
/// against this table too.
#[rustfmt::skip]
static BESIDE: [(&str, &str, &str); 15] = [
    ("FUNCTIONS_CUSTOMHANDLER_PORT", "handler", "Set by the host: where the handler listens on this machine."),
    ("FUNCTIONS_APP_ROOT_PATH", "handler", "Set by the host: the folder of host.json, beside which `config/` is."),
    ("AZURE_FUNCTIONS_ENVIRONMENT", "handler", "Set by the host; `Development` allows a relative folder for the lake."),
    ("AzureFunctionsJobHost__functionTimeout", "handler, host", "Stronger than `functionTimeout` of host.json, as `00:10:00`."),
    ("NO_COLOR", "quantx", "Set to anything: log lines without colours."),
    ("AzureWebJobsStorage__credential", "host", "`managedidentity`: who signs in to the storage of the host, which is not the lake's."),
    ("AzureWebJobsStorage__clientId", "host", "Client id of that identity."),
    ("AzureWebJobsStorage__blobServiceUri", "host", "Locks, keys, positions of timers."),
    ("AzureWebJobsStorage__queueServiceUri", "host", "Queues of Durable Functions."),
    ("AzureWebJobsStorage__tableServiceUri", "host", "Histories of Durable Functions, diagnostic events."),
    ("APPLICATIONINSIGHTS_CONNECTION_STRING", "host", "Where logs and metrics go."),
    ("APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "host", "The identity that sends them."),
    ("FUNCTIONS_EXTENSION_VERSION", "host", "`~4`; only on the legacy plan."),
    ("FUNCTIONS_WORKER_RUNTIME", "host", "`custom`; only on the legacy plan, Flex Consumption refuses it."),
    ("WEBSITE_RUN_FROM_PACKAGE", "host", "Address of the zip; only on the legacy plan, as `WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID`, who reads it."),
];

/// Beginnings of names that are ours alone: a near miss under one of them is a typo.
pub(super) const OWN_PREFIXES: [&str; 2] = ["FETCHER_", "QUANTX_"];

/// The variable that sets `key`, the strongest if there are several.
pub(super) fn variable_of(key: &str) -> &'static str {
    let mut all = VARIABLES.iter();
    let found = all.find(|variable| variable.key == key);
    found.map_or("", |variable| variable.name)
}

/// All variables; of two that set the same key the earlier wins.
pub fn variables() -> &'static [Variable] {
    &VARIABLES
}

/// docs/configuration.md: the variables, those of the host, and the settings file with its comments.
pub fn configuration_markdown() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         <!-- Generated from shared/settings/src/env.rs and config/settings.yaml; do not edit. -->\n\n\
         What a run does is set, from weakest to strongest, by the defaults below, `config/settings.yaml`, environment variables and flags\n\
         of the command line. An empty variable counts as not set. Every mistake is reported at once, with its place, before anything runs,\n\
         and ends with exit code 2.\n\n\
         ## Environment variables\n\n\
         | variable | setting | meaning |\n|---|---|---|\n",
    );
    for Variable {
        name,
        key,
        description,
    } in variables()
    {
        page.push_str(&format!("| `{name}` | `{key}` | {description} |\n"));
    }
    page.push_str(
        "\n## App settings beside them\n\n\
         Read by the Functions host, or set by it. `deploy/bicep` gives those that a deployment needs.\n\n\
         | variable | read by | meaning |\n|---|---|---|\n",
    );
    for (name, reader, description) in BESIDE {
        page.push_str(&format!("| `{name}` | {reader} | {description} |\n"));
    }
    page.push_str("\n## config/settings.yaml\n\nAll keys with their defaults.\n\n```yaml\n");
    page.push_str(super::resolve::BUILT_IN_SETTINGS);
    page.push_str("```\n");
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_is_not_set_and_debug_shows_no_value() {
        let env: EnvMap = [("A", " "), ("B", " 1 ")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into_iter()
            .collect();
        assert_eq!(env.get("A"), None);
        assert_eq!(env.get("B"), Some("1"));
        assert_eq!(format!("{env:?}"), "{\"A\", \"B\"}");
    }

    #[test]
    fn the_page_names_every_variable_once() {
        let page = configuration_markdown();
        let ours = variables().iter().map(|variable| variable.name);
        for name in ours.chain(BESIDE.map(|(name, ..)| name)) {
            let row = format!("| `{name}` |");
            assert_eq!(page.matches(&row).count(), 1, "{name}");
        }
        assert!(page.contains("max_failure_rate: 0.10"));
    }
}
