//! The app settings that declarations name, `%DAILY_SCHEDULE%` and `%WEEKLY_SCHEDULE%`, made from the settings: a
//! schedule is written once, in `config/settings.yaml`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use quantx_settings::{ConfigFile, EnvMap, Overrides, Settings, variables};

use super::stage;

/// The settings whose variables the host reads instead of the handler.
const SCHEDULES: &str = "schedules.";

/// A JSON object of names and values, as `az functionapp config appsettings set --settings @FILE` takes it.
pub(super) fn json(root: &Path) -> Result<String> {
    let settings = app_settings(root)?;
    for name in stage::functions(root)? {
        let declaration = root.join("functions").join(&name).join("function.json");
        let text = fs::read_to_string(&declaration)?;
        for wanted in text.split('%').skip(1).step_by(2) {
            ensure!(
                settings.contains_key(wanted),
                "{name} wants the app setting {wanted}, which no schedule of the settings has"
            );
        }
    }
    // Names and schedules hold nothing that JSON escapes.
    let lines = settings
        .iter()
        .map(|(name, value)| format!("  \"{name}\": \"{value}\""));
    Ok(format!(
        "{{\n{}\n}}\n",
        lines.collect::<Vec<_>>().join(",\n")
    ))
}

/// Variable → schedule.
fn app_settings(root: &Path) -> Result<BTreeMap<&'static str, String>> {
    let path = root.join("config/settings.yaml");
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let file = ConfigFile {
        name: "config/settings.yaml",
        text: &text,
    };
    let settings = Settings::resolve(Some(file), None, &EnvMap::default(), &Overrides::default())?;
    let schedules = &settings.schedules;
    let of = |key: &str| match key {
        "daily_data_update.cron" => Some(schedules.daily_data_update.to_string()),
        "weekly_universe_refresh.cron" => Some(schedules.weekly_universe_refresh.to_string()),
        _ => None,
    };
    let named = variables().iter().filter_map(|variable| {
        let key = variable.key.strip_prefix(SCHEDULES)?;
        Some((variable.name, of(key)?))
    });
    Ok(named.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
        fs::create_dir_all(folder.join("config")).unwrap();
        fs::create_dir_all(folder.join("functions/night")).unwrap();
        folder
    }

    #[test]
    fn the_checkouts_schedules_are_the_app_settings_that_its_declarations_name() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let shipped = Settings::resolve(None, None, &EnvMap::default(), &Overrides::default());
        let schedules = shipped.unwrap().schedules;
        let expected = format!(
            "{{\n  \"DAILY_SCHEDULE\": \"{}\",\n  \"WEEKLY_SCHEDULE\": \"{}\"\n}}\n",
            schedules.daily_data_update, schedules.weekly_universe_refresh
        );
        assert_eq!(json(&root).unwrap(), expected);
    }

    #[test]
    fn a_changed_schedule_is_written_and_a_setting_that_nobody_has_is_an_error() {
        let root = folder("app-settings");
        let settings = "schedules:\n  daily_data_update:\n    cron: \"0 30 4 * * 2-6\"\n";
        fs::write(root.join("config/settings.yaml"), settings).unwrap();
        let declaration = root.join("functions/night/function.json");
        fs::write(&declaration, r#"{"schedule": "%DAILY_SCHEDULE%"}"#).unwrap();
        let written = json(&root).unwrap();
        assert!(
            written.contains(r#""DAILY_SCHEDULE": "0 30 4 * * 2-6""#),
            "{written}"
        );
        fs::write(&declaration, r#"{"schedule": "%NIGHTLY%"}"#).unwrap();
        let error = json(&root).unwrap_err().to_string();
        assert!(
            error.contains("NIGHTLY") && error.contains("night"),
            "{error}"
        );
        fs::remove_dir_all(root).unwrap();
    }
}
