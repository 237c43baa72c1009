//! What function.json, host.json and the settings beside them must be, for tests.

use serde_json::Value;

/// A function as its code expects it.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    /// `module_path!()` of the tests in the function's folder.
    pub(crate) folder: &'static str,
    pub(crate) json: &'static str,
    /// Name, type and direction of every binding.
    pub(crate) bindings: &'static [(&'static str, &'static str, &'static str)],
    /// The delay of the retry policy.
    pub(crate) retry: Option<&'static str>,
}

#[track_caller]
pub(crate) fn assert_contract(function: &Function) {
    let folder = function.folder.split("::").nth(1).unwrap();
    assert_eq!(folder, function.name, "the folder is the function's name");
    assert!(crate::TRIGGERS.contains(&function.name));
    let json: Value = serde_json::from_str(function.json).unwrap();
    let bindings = json["bindings"].as_array().unwrap();
    let texts = |key: &str| -> Vec<&str> {
        bindings
            .iter()
            .map(|binding| binding[key].as_str().unwrap())
            .collect()
    };
    let (names, types, directions) = (texts("name"), texts("type"), texts("direction"));
    let found: Vec<_> = names
        .iter()
        .zip(&types)
        .zip(&directions)
        .map(|((n, t), d)| (*n, *t, *d))
        .collect();
    assert_eq!(found, function.bindings);
    let triggers = types.iter().filter(|it| it.ends_with("Trigger")).count();
    assert_eq!(triggers, 1, "exactly one trigger");
    // The host's rule of names; `$return` would break durable triggers.
    let plain = |name: &&str| name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    assert!(names.iter().all(plain), "{names:?}");
    assert_eq!(json["retry"]["delayInterval"].as_str(), function.retry);
    if function.retry.is_some() {
        assert_eq!(json["retry"]["strategy"], "fixedDelay");
        assert_eq!(json["retry"]["maxRetryCount"], 3);
    }
    assert!(json.get("scriptFile").is_none() && json.get("disabled").is_none());
}

mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use quantx::settings::{EnvMap, Overrides, Settings};
    use serde_json::Value;

    fn root() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    fn json(name: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(root().join(name)).unwrap()).unwrap()
    }

    #[test]
    fn every_folder_with_a_function_json_has_a_route_and_back() {
        let mut folders = BTreeSet::new();
        for entry in fs::read_dir(env!("CARGO_MANIFEST_DIR")).unwrap() {
            let path = entry.unwrap().path();
            if path.join("function.json").is_file() {
                folders.insert(path.file_name().unwrap().to_str().unwrap().to_owned());
            }
        }
        let routes: BTreeSet<String> = crate::TRIGGERS.map(str::to_owned).into_iter().collect();
        assert_eq!(folders, routes);
    }

    #[test]
    fn host_json_starts_the_handler_and_bounds_recovery() {
        let host = json("host.json");
        assert_eq!(host["functionTimeout"], "00:10:00");
        assert_eq!(host["extensionBundle"]["version"], "[4.33.0, 5.0.0)");
        assert_eq!(host["customHandler"]["enableForwardingHttpRequest"], false);
        let storage = &host["extensions"]["durableTask"]["storageProvider"];
        // The default of five minutes is how long a killed host's work lies idle.
        assert_eq!(storage["controlQueueVisibilityTimeout"], "00:01:00");
        assert_eq!(storage["workItemQueueVisibilityTimeout"], "00:01:00");
        let hub = host["extensions"]["durableTask"]["hubName"]
            .as_str()
            .unwrap();
        assert!((3..=45).contains(&hub.len()) && hub.bytes().all(|b| b.is_ascii_alphanumeric()));
    }

    /// Whether the host logs a line, as .NET filters: the longest beginning of the category decides.
    fn is_logged(levels: &Value, category: &str, level: &str) -> bool {
        const ORDER: [&str; 6] = [
            "Trace",
            "Debug",
            "Information",
            "Warning",
            "Error",
            "Critical",
        ];
        let rank = |level: &str| ORDER.iter().position(|it| *it == level).unwrap();
        let rules = levels.as_object().unwrap().iter();
        let rules = rules.filter(|(begins, _)| category.starts_with(begins.as_str()));
        let rule = rules.max_by_key(|(begins, _)| begins.len());
        let least = rule.map_or(&levels["default"], |(_, least)| least);
        rank(level) >= rank(least.as_str().unwrap())
    }

    #[test]
    fn an_idle_host_logs_less_than_a_megabyte_a_day_and_a_run_is_logged() {
        let host = json("host.json");
        let levels = &host["logging"]["logLevel"];
        // Recorded of an idle host at Information: requests to the task hub, 64 kB a minute.
        let recorded = [
            ("Azure.Core.1", 64_000),
            ("Azure.Core", 64_000),
            ("Azure.Identity", 1_000),
        ];
        let a_day: u32 = recorded
            .iter()
            .filter(|(category, _)| is_logged(levels, category, "Information"))
            .map(|(_, a_minute)| a_minute * 24 * 60)
            .sum();
        assert!(a_day < 1_000_000, "{a_day} bytes");
        // What the handler prints, which functions ran, how they ended, and what the noisy ones warn of.
        for category in [
            "Host.Function.Console",
            "Host.Results",
            "Function.backfill_chunk",
        ] {
            assert!(is_logged(levels, category, "Information"), "{category}");
        }
        assert!(is_logged(levels, "Azure.Core", "Warning"));
    }

    #[test]
    fn local_settings_hold_no_secret_and_resolve() {
        let local = json("local.settings.json");
        let values = local["Values"].as_object().unwrap();
        assert_eq!(values["AzureWebJobsStorage"], "UseDevelopmentStorage=true");
        assert_eq!(values["FUNCTIONS_WORKER_RUNTIME"], "custom");
        for name in ["DAILY_SCHEDULE", "WEEKLY_SCHEDULE"] {
            assert!(quantx::settings::Cron::parse(values[name].as_str().unwrap()).is_some());
        }
        let env: EnvMap = values
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect();
        Settings::resolve(None, None, &env, &Overrides::default()).unwrap();
    }
}
