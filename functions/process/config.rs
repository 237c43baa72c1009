//! Reads environment and files, once, when the process starts.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use quantx::operations::{ConfigFolder, load_settings};
use quantx::settings::{EnvMap, Overrides, Settings};

/// Set by the host: where to listen.
const PORT: &str = "FUNCTIONS_CUSTOMHANDLER_PORT";
/// Set by the host: the folder of host.json.
const ROOT: &str = "FUNCTIONS_APP_ROOT_PATH";
/// Overrides host.json, as the host itself does it.
const TIMEOUT: &str = "AzureFunctionsJobHost__functionTimeout";
/// Set by the host, and to `Development` by the tools of developers' machines.
const ENVIRONMENT: &str = "AZURE_FUNCTIONS_ENVIRONMENT";
/// The host's own default.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(300);

/// What the process starts with.
#[derive(Debug)]
pub struct Config {
    /// Where relative files of universes.yaml are.
    pub folder: PathBuf,
    /// All settings, or what is wrong with them.
    pub settings: Result<Settings, Vec<String>>,
    /// How long the host waits for an answer before it kills the process.
    pub function_timeout: Duration,
    /// The port to listen on.
    pub port: u16,
}

impl Config {
    /// Reads everything. Settings that are wrong do not keep the process from answering: the health
    /// check says what is wrong.
    ///
    /// # Errors
    /// A sentence for the log when there is no port to listen on.
    pub fn read(env: &EnvMap) -> Result<Self, String> {
        let port = env.get(PORT).and_then(|port| port.parse().ok());
        let port =
            port.ok_or_else(|| format!("{PORT} is not a port; the Functions host sets it"))?;
        let root = PathBuf::from(env.get(ROOT).unwrap_or("."));
        let folder = ConfigFolder::Usual(root.join("config"));
        Ok(Self {
            settings: settings(&folder, env),
            function_timeout: function_timeout(&root, env),
            folder: folder.path().to_owned(),
            port,
        })
    }
}

fn settings(folder: &ConfigFolder, env: &EnvMap) -> Result<Settings, Vec<String>> {
    let settings = load_settings(folder, env, &Overrides::default());
    let settings = settings.map_err(|error| error.sentences())?;
    match misplaced(&settings, env) {
        Some(problem) => Err(vec![problem]),
        None => Ok(settings),
    }
}

/// A folder relative to the app's own is no place for a lake on a Functions host: the next deployment
/// replaces it, and every instance has another. On a developer's machine it is.
fn misplaced(settings: &Settings, env: &EnvMap) -> Option<String> {
    let storage = &settings.storage;
    let is_development = env
        .get(ENVIRONMENT)
        .is_some_and(|name| name.eq_ignore_ascii_case("Development"));
    if storage.azure.is_some() || storage.local_root.is_absolute() || is_development {
        return None;
    }
    let root = storage.local_root.display();
    Some(format!(
        "storage: no storage account is set, and the folder {root} would lie inside the app, whose files the next deployment \
         replaces; set AZURE_STORAGE_ACCOUNT (or AZURE_STORAGE_CONNECTION_STRING) and AZURE_CONTAINER_NAME, or \
         LOCAL_STORAGE_ROOT to the absolute path of a mounted share; {ENVIRONMENT}=Development allows it on a developer's machine"
    ))
}

fn function_timeout(root: &Path, env: &EnvMap) -> Duration {
    let in_file = || -> Option<Duration> {
        let text = fs::read_to_string(root.join("host.json")).ok()?;
        let json: serde_json::Value = serde_json::from_str(&text).ok()?;
        span(json["functionTimeout"].as_str()?)
    };
    let in_environment = env.get(TIMEOUT).and_then(span);
    in_environment.or_else(in_file).unwrap_or(DEFAULT_TIMEOUT)
}

/// `hh:mm:ss` of .NET; without a limit (`-1`) a day.
fn span(text: &str) -> Option<Duration> {
    if text == "-1" {
        return Some(Duration::from_secs(86_400));
    }
    let parts: Vec<u64> = text
        .split(':')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    match parts.as_slice() {
        [hours, minutes, seconds] => {
            Some(Duration::from_secs(hours * 3_600 + minutes * 60 + seconds))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_limit_is_the_hosts() {
        assert_eq!(span("00:10:00"), Some(Duration::from_secs(600)));
        assert_eq!(span("01:00:05"), Some(Duration::from_secs(3_605)));
        assert_eq!(span("-1"), Some(Duration::from_secs(86_400)));
        assert_eq!(span("10"), None);
        let env = |pairs: &[(&str, &str)]| -> EnvMap {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        assert_eq!(function_timeout(&root, &env(&[])), Duration::from_secs(600));
        assert_eq!(
            function_timeout(&root, &env(&[(TIMEOUT, "00:00:20")])),
            Duration::from_secs(20)
        );
        assert_eq!(
            function_timeout(Path::new("nowhere"), &env(&[])),
            DEFAULT_TIMEOUT
        );
    }

    #[test]
    fn without_a_port_nothing_can_be_served_and_wrong_settings_are_kept_for_the_health_check() {
        assert!(Config::read(&EnvMap::default()).is_err());
        let pairs = [(PORT, "7171"), (ROOT, "nowhere"), ("MAX_WORKERS", "many")];
        let env: EnvMap = pairs
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect();
        let config = Config::read(&env).unwrap();
        assert_eq!(config.port, 7171);
        let problems = config.settings.unwrap_err();
        assert!(problems[0].contains("MAX_WORKERS"), "{problems:?}");
    }

    #[test]
    fn a_lake_inside_the_app_is_refused_but_on_a_developers_machine() {
        let read = |pairs: &[(&str, &str)]| {
            let all = [(PORT, "7171"), (ROOT, "nowhere")];
            let env: EnvMap = all
                .iter()
                .chain(pairs)
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            Config::read(&env).unwrap().settings
        };
        let problems = read(&[]).unwrap_err();
        assert_eq!(problems.len(), 1);
        for word in [
            "./data",
            "AZURE_STORAGE_ACCOUNT",
            "LOCAL_STORAGE_ROOT",
            ENVIRONMENT,
        ] {
            assert!(problems[0].contains(word), "{word}: {problems:?}");
        }
        assert!(read(&[("LOCAL_STORAGE_ROOT", "lake")]).is_err());
        assert!(read(&[(ENVIRONMENT, "Production")]).is_err());
        assert!(read(&[(ENVIRONMENT, "Development")]).is_ok());
        assert!(read(&[("LOCAL_STORAGE_ROOT", "/mnt/lake")]).is_ok());
        assert!(read(&[("AZURE_STORAGE_ACCOUNT", "mylake")]).is_ok());
    }
}
