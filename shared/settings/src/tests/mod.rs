mod calendars;
mod mistakes;
mod shipped;
mod sign_in;

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use quantx_market::{ExchangeCode, Listing};

fn env(variables: &[(&str, &str)]) -> EnvMap {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    variables.iter().map(owned).collect()
}

fn file<'a>(name: &'a str, text: &'a str) -> Option<ConfigFile<'a>> {
    Some(ConfigFile { name, text })
}

pub(super) fn resolve(
    text: &str,
    variables: &[(&str, &str)],
) -> Result<Settings, SettingsProblems> {
    Settings::resolve(
        file("settings.yaml", text),
        None,
        &env(variables),
        &Overrides::default(),
    )
}

/// The problems of a settings file and an environment, as shown.
pub(super) fn problems(text: &str, variables: &[(&str, &str)]) -> String {
    resolve(text, variables).unwrap_err().to_string()
}
#[test]
fn stronger_sources_win_and_of_two_variables_the_short_one() {
    let text = "fetcher: {max_workers: 11, lookback_days: 6}\n";
    let workers = |variables: &[(&str, &str)], flag: Option<&str>| {
        let flags = Overrides {
            max_workers: flag.map(str::to_owned),
            ..Overrides::default()
        };
        let settings =
            Settings::resolve(file("settings.yaml", text), None, &env(variables), &flags).unwrap();
        assert_eq!(settings.fetcher.lookback_days, 6);
        settings.fetcher.max_workers.get()
    };
    assert_eq!(resolve("", &[]).unwrap().fetcher.max_workers.get(), 10);
    assert_eq!(workers(&[], None), 11);
    assert_eq!(workers(&[("FETCHER_MAX_WORKERS", "12")], None), 12);
    assert_eq!(
        workers(
            &[("FETCHER_MAX_WORKERS", "12"), ("MAX_WORKERS", "13")],
            None
        ),
        13
    );
    assert_eq!(workers(&[("MAX_WORKERS", "")], None), 11);
    assert_eq!(workers(&[("MAX_WORKERS", "13")], Some("14")), 14);
}

#[test]
fn every_variable_and_every_flag_reaches_its_setting() {
    for variable in variables() {
        let value = "\u{1}";
        let shown = problems("", &[(variable.name, value)]);
        let expect = format!("variable {}: {}: read ", variable.name, variable.key);
        assert!(shown.contains(&expect), "{}: {shown}", variable.name);
    }
    let bad = || Some("\u{1}".to_owned());
    let flags = Overrides {
        storage_root: bad(),
        max_workers: bad(),
        lookback_days: bad(),
        chunk_size: bad(),
        phase: bad(),
        universe_path: bad(),
        log_level: bad(),
        requests_per_second: bad(),
        yahoo_base_url: bad(),
    };
    let refused = Settings::resolve(None, None, &EnvMap::default(), &flags).unwrap_err();
    assert_eq!(refused.0.len(), 9, "{refused}");
}

#[test]
fn a_file_changes_one_key_of_an_exchange_or_adds_one() {
    let text = "exchanges:\n  us: {lag: 5m}\n  ice: {suffix: IC, mic: XICE, time_zone: Atlantic/Reykjavik, currency: ISK, calendar: XCSE}\n";
    let settings = resolve(text, &[]).unwrap();
    let get = |code| {
        settings
            .exchanges
            .get(&ExchangeCode::parse(code).unwrap())
            .unwrap()
            .clone()
    };
    assert_eq!(get("us").lag, Duration::from_secs(300));
    assert_eq!(get("us").mic, "XNYS");
    assert_eq!(get("ice").unit_scale, 1.0);
    assert_eq!(get("ice").lag, Duration::from_secs(1200));
    assert_eq!(get("ice").time_zone.iana_name(), Some("Atlantic/Reykjavik"));
    assert_eq!(settings.exchanges.iter().count(), 45 + 5);
}

#[test]
fn a_section_without_keys_is_one_that_changes_nothing() {
    assert!(resolve("fetcher:\n  # max_workers: 20\nproviders:\n", &[]).is_ok());
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,200}|[a-z:\\-\\[\\]{}&*!|>'\"%#0-9 \n]{0,200}", value in "\\PC{0,40}") {
        let flags = Overrides { phase: Some(value.clone()), ..Overrides::default() };
        let variables: EnvMap = variables().iter().map(|variable| (variable.name.to_owned(), value.clone())).collect();
        let _ = Settings::resolve(file("a", &text), file("b", &text), &variables, &flags).map_err(|e| e.to_string());
    }

    #[test]
    fn a_damaged_shipped_file_never_panics(at in 0usize..6000, len in 0usize..40, insert in "[\\PC\n]{0,5}") {
        for text in [crate::resolve::BUILT_IN_SETTINGS, crate::resolve::BUILT_IN_UNIVERSES] {
            let mut chars: Vec<char> = text.chars().collect();
            let from = at.min(chars.len());
            let to = (from + len).min(chars.len());
            chars.splice(from..to, insert.chars());
            let text: String = chars.into_iter().collect();
            let _ = Settings::resolve(file("a", &text), file("b", &text), &EnvMap::default(), &Overrides::default())
                .map_err(|e| e.to_string());
        }
    }
}
