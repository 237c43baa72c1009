//! The staged app as the host reads it: host.json, and one function.json per folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use quantx::settings::Cron;
use serde_json::Value;

use super::HostError;
use super::cron::Schedule;

/// Without a limit of its own, the host's: ten activities a core, on the two of its smallest plan.
const ACTIVITIES_AT_ONCE: usize = 20;
/// The host's own, where host.json says nothing.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(300);

/// What stands in a script root.
#[derive(Debug)]
pub(super) struct App {
    /// Relative to the root.
    pub(super) executable: String,
    pub(super) function_timeout: Duration,
    pub(super) hub_name: String,
    pub(super) activities_at_once: usize,
    pub(super) turns_at_once: usize,
    pub(super) functions: BTreeMap<String, Function>,
}

/// One folder with a function.json.
#[derive(Debug, Clone)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) trigger: Trigger,
    /// Name of the trigger's binding.
    pub(super) binding: String,
    /// Name of the binding that tells the management API.
    pub(super) client: Option<String>,
    /// Name of the output that starts instances.
    pub(super) starter: Option<String>,
    /// Name of the output that is the HTTP answer.
    pub(super) response: Option<String>,
    pub(super) retry: Option<Retry>,
}

#[derive(Debug, Clone)]
pub(super) enum Trigger {
    Timer {
        schedule: Schedule,
        monitor: bool,
    },
    Http {
        route: String,
        methods: Vec<String>,
        level: Level,
    },
    Orchestration,
    Activity,
}

/// Which key an HTTP function asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Anonymous,
    Function,
    Admin,
}

/// The policy `fixedDelay`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Retry {
    pub(super) max: u32,
    pub(super) delay: Duration,
}

impl App {
    /// Reads `root`; `%NAME%` in a declaration is one of `settings`.
    pub(super) fn read(
        root: &Path,
        settings: &BTreeMap<String, String>,
    ) -> Result<Self, HostError> {
        let host = json(&root.join("host.json"))?;
        let durable = &host["extensions"]["durableTask"];
        let limit = |name: &str| {
            let given = durable[name].as_u64();
            given
                .and_then(|n| usize::try_from(n).ok())
                .unwrap_or(ACTIVITIES_AT_ONCE)
        };
        let handler = &host["customHandler"];
        if handler["enableForwardingHttpRequest"] == true {
            return Err(HostError::new(
                "host.json forwards HTTP requests; this host does not",
            ));
        }
        let executable = &handler["description"]["defaultExecutablePath"];
        let mut functions = BTreeMap::new();
        let entries = fs::read_dir(root).map_err(|error| HostError::at(root, &error))?;
        for entry in entries {
            let folder = entry.map_err(|error| HostError::at(root, &error))?.path();
            let declaration = folder.join("function.json");
            if declaration.is_file() {
                let name = folder.file_name().unwrap_or_default().to_string_lossy();
                let function = Function::read(&name, &json(&declaration)?, settings)
                    .map_err(|problem| HostError::at(&declaration, &problem))?;
                functions.insert(name.into_owned(), function);
            }
        }
        Ok(Self {
            executable: executable.as_str().unwrap_or("handler").to_owned(),
            function_timeout: host["functionTimeout"]
                .as_str()
                .and_then(span)
                .unwrap_or(DEFAULT_TIMEOUT),
            hub_name: durable["hubName"].as_str().unwrap_or("TestHub").to_owned(),
            activities_at_once: limit("maxConcurrentActivityFunctions"),
            turns_at_once: limit("maxConcurrentOrchestratorFunctions"),
            functions,
        })
    }

    /// Names of the orchestrators.
    pub(super) fn orchestrators(&self) -> Vec<&str> {
        let all = self.functions.values();
        all.filter(|it| matches!(it.trigger, Trigger::Orchestration))
            .map(|it| it.name.as_str())
            .collect()
    }
}

impl Function {
    fn read(name: &str, json: &Value, settings: &BTreeMap<String, String>) -> Result<Self, String> {
        let empty = Vec::new();
        let bindings = json["bindings"].as_array().unwrap_or(&empty);
        let named = |kind: &str, direction: &str| {
            let found = bindings
                .iter()
                .find(|it| it["type"] == kind && it["direction"] == direction);
            found.and_then(|it| it["name"].as_str()).map(str::to_owned)
        };
        let is_trigger = |it: &&Value| {
            it["type"]
                .as_str()
                .is_some_and(|it| it.ends_with("Trigger"))
        };
        let trigger = bindings.iter().find(is_trigger).ok_or("no trigger")?;
        Ok(Self {
            name: name.to_owned(),
            trigger: read_trigger(name, trigger, settings)?,
            binding: trigger["name"]
                .as_str()
                .ok_or("a trigger without a name")?
                .to_owned(),
            client: named("durableClient", "in"),
            starter: named("durableClient", "out"),
            response: named("http", "out"),
            retry: read_retry(&json["retry"])?,
        })
    }
}

fn read_trigger(
    name: &str,
    json: &Value,
    settings: &BTreeMap<String, String>,
) -> Result<Trigger, String> {
    let text = |key: &str| json[key].as_str().unwrap_or_default();
    match text("type") {
        "timerTrigger" => {
            let cron = resolved(text("schedule"), settings)?;
            let parsed = Cron::parse(&cron).ok_or_else(|| format!("{cron:?} is no schedule"))?;
            Ok(Trigger::Timer {
                schedule: Schedule::new(&parsed),
                monitor: json["useMonitor"] != false,
            })
        }
        "httpTrigger" => {
            let route = json["route"].as_str().unwrap_or(name);
            if route.contains('{') {
                return Err(format!("{route}: this host knows no parameters in routes"));
            }
            let methods = json["methods"].as_array().into_iter().flatten();
            Ok(Trigger::Http {
                route: route.trim_matches('/').to_ascii_lowercase(),
                methods: methods
                    .filter_map(|it| Some(it.as_str()?.to_ascii_uppercase()))
                    .collect(),
                level: match text("authLevel") {
                    "anonymous" => Level::Anonymous,
                    "admin" => Level::Admin,
                    _ => Level::Function,
                },
            })
        }
        "orchestrationTrigger" => Ok(Trigger::Orchestration),
        "activityTrigger" => Ok(Trigger::Activity),
        other => Err(format!("this host knows no {other}")),
    }
}

fn read_retry(json: &Value) -> Result<Option<Retry>, String> {
    if json.is_null() {
        return Ok(None);
    }
    let max = json["maxRetryCount"]
        .as_u64()
        .and_then(|n| u32::try_from(n).ok());
    let delay = json["delayInterval"].as_str().and_then(span);
    match (json["strategy"].as_str(), max, delay) {
        (Some("fixedDelay"), Some(max), Some(delay)) => Ok(Some(Retry { max, delay })),
        _ => Err(format!("{json} is not a retry policy that this host knows")),
    }
}

/// `%NAME%` is the setting of that name.
fn resolved(text: &str, settings: &BTreeMap<String, String>) -> Result<String, String> {
    let name = text.strip_prefix('%').and_then(|it| it.strip_suffix('%'));
    let Some(name) = name else {
        return Ok(text.to_owned());
    };
    let found = settings.get(name).cloned();
    found.ok_or_else(|| format!("the setting {name} is missing"))
}

/// The `Values` of a local.settings.json.
///
/// # Errors
/// [`HostError`] when the file cannot be read or is not of that form.
pub fn local_settings(path: &Path) -> Result<BTreeMap<String, String>, HostError> {
    let file = json(path)?;
    let values = file["Values"].as_object();
    let values = values.ok_or_else(|| HostError::at(path, &"there are no Values"))?;
    let texts = values.iter().map(|(name, value)| {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        (name.clone(), text)
    });
    Ok(texts.collect())
}

fn json(path: &Path) -> Result<Value, HostError> {
    let text = fs::read_to_string(path).map_err(|error| HostError::at(path, &error))?;
    serde_json::from_str(&text).map_err(|error| HostError::at(path, &error))
}

/// `hh:mm:ss` of .NET.
fn span(text: &str) -> Option<Duration> {
    let parts: Option<Vec<u64>> = text.split(':').map(|part| part.parse().ok()).collect();
    match parts?.as_slice() {
        [hours, minutes, seconds] => {
            Some(Duration::from_secs(hours * 3_600 + minutes * 60 + seconds))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_this_host_cannot_do_is_refused_at_the_start() {
        let settings = BTreeMap::from([("NIGHTLY".to_owned(), "0 0 2 * * *".to_owned())]);
        let read = |json: Value| Function::read("f", &json, &settings);
        let timer = |schedule: &str| json!({"bindings": [{"name": "t", "type": "timerTrigger", "direction": "in", "schedule": schedule}]});
        assert!(read(timer("%NIGHTLY%")).is_ok());
        assert!(read(timer("%ABSENT%")).unwrap_err().contains("ABSENT"));
        assert!(read(timer("whenever")).unwrap_err().contains("whenever"));
        let queue = json!({"bindings": [{"name": "q", "type": "queueTrigger", "direction": "in"}]});
        assert!(read(queue).unwrap_err().contains("queueTrigger"));
        assert!(read_retry(&json!({"strategy": "exponentialBackoff"})).is_err());
        let policy =
            json!({"strategy": "fixedDelay", "maxRetryCount": 3, "delayInterval": "00:00:02"});
        let expected = Retry {
            max: 3,
            delay: Duration::from_secs(2),
        };
        assert_eq!(read_retry(&policy), Ok(Some(expected)));
    }
}
