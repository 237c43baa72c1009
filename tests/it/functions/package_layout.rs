//! The app as it is staged: what the host would only tell in its log.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use quantx::settings::{EnvMap, Overrides, Settings};
use quantx_functions::TRIGGERS;
use serde_json::Value;
use tempfile::TempDir;

use super::stage;

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn every_function_is_staged_has_a_route_and_one_trigger() {
    let folder = TempDir::new().unwrap();
    stage(folder.path());
    let mut staged = BTreeSet::new();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if !path.join("function.json").is_file() {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let declared = json(&path.join("function.json"));
        let bindings = declared["bindings"].as_array().unwrap();
        let kinds: Vec<&str> = bindings
            .iter()
            .map(|it| it["type"].as_str().unwrap())
            .collect();
        let names: BTreeSet<&str> = bindings
            .iter()
            .map(|it| it["name"].as_str().unwrap())
            .collect();
        assert_eq!(
            kinds.iter().filter(|it| it.ends_with("Trigger")).count(),
            1,
            "{name}"
        );
        assert_eq!(names.len(), bindings.len(), "{name}: a name twice");
        // The real host decodes what looks like base64 in a declared return value.
        assert!(!names.contains("$return"), "{name}");
        assert!(
            declared.get("scriptFile").is_none() && declared.get("disabled").is_none(),
            "{name}"
        );
        staged.insert(name);
    }
    assert_eq!(staged, TRIGGERS.iter().map(|it| (*it).to_owned()).collect());
}

#[test]
fn local_settings_name_the_emulator_and_every_setting_of_a_declaration() {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let settings = json(&checkout.join("local.settings.json"));
    let values = settings["Values"].as_object().unwrap();
    assert_eq!(values["AzureWebJobsStorage"], "UseDevelopmentStorage=true");
    assert_eq!(values["FUNCTIONS_WORKER_RUNTIME"], "custom");
    for name in TRIGGERS {
        let text = checkout.join("functions").join(name).join("function.json");
        let text = fs::read_to_string(text).unwrap();
        let mut parts = text.split('%').skip(1).step_by(2);
        assert!(parts.all(|setting| values.contains_key(setting)), "{name}");
    }
    let shipped = Settings::resolve(None, None, &EnvMap::default(), &Overrides::default());
    let schedules = shipped.unwrap().schedules;
    assert_eq!(
        values["DAILY_SCHEDULE"],
        schedules.daily_data_update.as_str()
    );
    assert_eq!(
        values["WEEKLY_SCHEDULE"],
        schedules.weekly_universe_refresh.as_str()
    );
    // Only the emulator's own words: the file is in the repository.
    let key = |value: &Value| value.as_str().is_some_and(|it| it.contains("AccountKey"));
    assert!(!values.values().any(key));
}
