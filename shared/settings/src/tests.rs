use std::time::Duration;

use proptest::prelude::*;

use super::*;
use quantx_market::{ExchangeCode, Listing, minor_unit};

fn env(variables: &[(&str, &str)]) -> EnvMap {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    variables.iter().map(owned).collect()
}

fn file<'a>(name: &'a str, text: &'a str) -> Option<ConfigFile<'a>> {
    Some(ConfigFile { name, text })
}

fn resolve(text: &str, variables: &[(&str, &str)]) -> Result<Settings, SettingsProblems> {
    Settings::resolve(
        file("settings.yaml", text),
        None,
        &env(variables),
        &Overrides::default(),
    )
}

/// The problems of a settings file and an environment, as shown.
fn problems(text: &str, variables: &[(&str, &str)]) -> String {
    resolve(text, variables).unwrap_err().to_string()
}

#[test]
fn the_shipped_files_resolve_with_an_empty_environment() {
    let settings =
        Settings::resolve(None, None, &EnvMap::default(), &Overrides::default()).unwrap();
    let again = resolve("", &[]).unwrap();
    assert_eq!(format!("{settings:?}"), format!("{again:?}"));
    assert!(settings.storage.azure.is_none());
    assert_eq!(settings.storage.local_root.to_str(), Some("./data"));
    assert_eq!(settings.fetcher.max_workers.get(), 10);
    assert_eq!(settings.fetcher.lookback_days, 5);
    assert_eq!(settings.fetcher.chunk_size.get(), 100);
    assert_eq!(
        settings.fetcher.backfill_start,
        jiff::civil::date(2010, 1, 1)
    );
    assert_eq!(settings.fetcher.retry.min_wait, Duration::from_secs(2));
    assert_eq!(settings.fetcher.retry.max_wait, Duration::from_secs(10));
    assert_eq!(
        settings.yahoo.base_url.as_str(),
        "https://query2.finance.yahoo.com"
    );
    assert_eq!(settings.yahoo.requests_per_second, Some(2.0));
    assert_eq!(settings.yahoo.body_limit_bytes, 32 << 20);
    assert_eq!(settings.limits.run_deadline, None);
    assert_eq!(settings.phase.as_str(), "phase_1");
    assert_eq!(settings.universe_path, None);
    assert_eq!(
        settings.schedules.daily_data_update.as_str(),
        "0 0 6 * * 1-5"
    );
}

#[test]
fn the_shipped_exchanges_are_those_of_the_contract() {
    let settings = resolve("", &[]).unwrap();
    for (code, suffix, mic, lag) in [
        ("us", "", "XNYS", 0),
        ("hk", ".HK", "XHKG", 15),
        ("jp", ".T", "XTKS", 20),
        ("uk", ".L", "XLON", 20),
        ("de", ".DE", "XETR", 15),
        ("fr", ".PA", "XPAR", 15),
        ("nl", ".AS", "XAMS", 20),
        ("ch", ".SW", "XSWX", 30),
        ("it", ".MI", "XMIL", 20),
        ("es", ".MC", "XMAD", 20),
        ("se", ".ST", "XSTO", 20),
        ("dk", ".CO", "XCSE", 20),
        ("no", ".OL", "XOSL", 20),
        ("fi", ".HE", "XHEL", 20),
        ("be", ".BR", "XBRU", 20),
        ("pt", ".LS", "XLIS", 20),
        ("at", ".VI", "XWBO", 20),
        ("ie", ".IR", "XDUB", 20),
        ("ca", ".TO", "XTSE", 20),
        ("tsxv", ".V", "XTSX", 20),
        ("br", ".SA", "BVMF", 20),
        ("mx", ".MX", "XMEX", 20),
        ("au", ".AX", "XASX", 20),
        ("nz", ".NZ", "XNZE", 20),
        ("kr", ".KS", "XKRX", 20),
        ("kosdaq", ".KQ", "XKOS", 20),
        ("tw", ".TW", "XTAI", 20),
        ("tpex", ".TWO", "ROCO", 20),
        ("sg", ".SI", "XSES", 20),
        ("in", ".NS", "XNSE", 20),
        ("bse", ".BO", "XBOM", 20),
        ("cn", ".SS", "XSHG", 30),
        ("szse", ".SZ", "XSHE", 30),
        ("th", ".BK", "XBKK", 20),
        ("id", ".JK", "XIDX", 20),
        ("my", ".KL", "XKLS", 20),
        ("za", ".JO", "XJSE", 20),
        ("il", ".TA", "XTAE", 20),
        ("sa", ".SR", "XSAU", 20),
        ("tr", ".IS", "XIST", 20),
        ("pl", ".WA", "XWAR", 20),
        ("cz", ".PR", "XPRA", 20),
        ("hu", ".BD", "XBUD", 20),
        ("gr", ".AT", "XATH", 20),
    ] {
        let listing = Listing::parse(&format!("ABC{suffix}"), &settings.exchanges).unwrap();
        assert_eq!(listing.exchange().as_str(), code);
        let exchange = settings.exchanges.get(listing.exchange()).unwrap();
        assert_eq!(
            (exchange.mic.as_str(), exchange.lag),
            (mic, Duration::from_secs(60 * lag))
        );
        let minor = minor_unit(&exchange.currency);
        let quotes_in_minor = matches!(code, "uk" | "za" | "il");
        assert_eq!(minor.is_some(), quotes_in_minor, "{code}");
        assert_eq!(
            exchange.unit_scale,
            minor.map_or(1.0, |unit| unit.scale),
            "{code}"
        );
    }
    assert_eq!(settings.exchanges.iter().count(), 44);
}

#[test]
fn the_shipped_universes_are_those_of_the_original_and_the_sample() {
    let settings = resolve("", &[]).unwrap();
    let names: Vec<String> = settings
        .universes
        .phases()
        .map(|(phase, entries)| {
            let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
            format!("{phase}: {}", names.join(" "))
        })
        .collect();
    assert_eq!(
        names,
        [
            "phase_1: us_sp500 hk_hsi",
            "phase_2: hk_all",
            "phase_3: us_sp400 us_sp600",
            "phase_4: jp_nikkei225",
            "phase_5: eu_stoxx600",
            "sample: us_sample",
        ]
    );
}

#[test]
fn every_mistake_is_told_at_once_with_its_place_and_what_is_allowed() {
    let text = r#"storage:
  azure:
    account_name: My_Account
    use_managed_identity: no
fetcher:
  max_wokers: 20
  chunk_size: "100"
  lookback_days: 5
  lookback_days: 6
  fetch_actions: [true]
  backfill_start: 2010-13-01
  retry:
    min_wait: 30s
    max_wait: 10
max_workers: 12
logging: verbose
schedules:
  daily_data_update:
    cron: "0 6 * * 1-5"
providers:
  yahoo:
    base_url: http://query2.finance.yahoo.com
    timeout: 30
    circuit:
exchanges:
  us: { lag: soon }
  xx: { suffix: HK, mic: XXXX, time_zone: Mars/Base, currency: EUR, unit_scale: 1 }
universe:
  phase: phase1
"#;
    let variables = [
        ("MAX_WORKERS", "1O"),
        ("FETCHER_LOOKBAK_DAYS", "3"),
        ("AZURE_STORAGE_CONNECTION_STRING", "hunter2"),
        ("QUANTX_TEST_AZURITE", "1"),
        ("PATH", "/bin"),
    ];
    let flags = Overrides {
        requests_per_second: Some("fast".to_owned()),
        ..Overrides::default()
    };
    let shown = Settings::resolve(file("settings.yaml", text), None, &env(&variables), &flags)
        .unwrap_err()
        .to_string();
    let expect = r#"settings.yaml:3:19: storage.azure.account_name: read "My_Account"; allowed: 3 to 24 lower-case letters and digits, or null
settings.yaml:4:27: storage.azure.use_managed_identity: read "no"; allowed: true or false
settings.yaml:6:3: fetcher: read the unknown key "max_wokers"; allowed: backfill_new_symbols, backfill_start, chunk_size, fetch_actions, lookback_days, max_parallel_chunks, max_workers, retry (did you mean max_workers?)
settings.yaml:7:15: fetcher.chunk_size: read "100"; allowed: a whole number from 1 to 10000 (without quotes)
settings.yaml:9:3: fetcher: read the key "lookback_days" again, after line 8; allowed: each key once
settings.yaml:10:18: fetcher.fetch_actions: read a list; allowed: true: without splits and dividends no price can be made as traded
settings.yaml:11:19: fetcher.backfill_start: read "2010-13-01"; allowed: a date from 1900-01-01 to 2100-12-31, as 2010-01-04
settings.yaml:13:15: fetcher.retry.min_wait: read "30s"; allowed: at most fetcher.retry.max_wait, which is "10" (settings.yaml:14:15)
settings.yaml:15:1: read the unknown key "max_workers"; allowed: costs, exchanges, fetcher, limits, logging, providers, quality, schedules, schema, sources, storage, universe (did you mean fetcher.max_workers?)
settings.yaml:16:10: logging: read "verbose"; allowed: a section with the keys format, level
settings.yaml:19:11: schedules.daily_data_update.cron: read "0 6 * * 1-5"; allowed: six fields: seconds minutes hours days months weekdays, as "0 0 6 * * 1-5"
settings.yaml:22:15: providers.yahoo.base_url: read "http://query2.finance.yahoo.com"; allowed: an https address without a query, or http to this machine (http only to this machine: localhost, 127.0.0.1 or [::1])
settings.yaml:23:14: providers.yahoo.timeout: read "30"; allowed: a duration from 1ms to 10m, as "500ms", "2s" or "20m"
settings.yaml:26:14: exchanges.us.lag: read "soon"; allowed: a duration from 0s to 1d, as "500ms", "2s" or "20m"
settings.yaml:27:7: exchanges.xx.lag: read nothing; allowed: a duration from 0s to 1d, as "500ms", "2s" or "20m" (the key is missing)
settings.yaml:27:17: exchanges.xx.suffix: read "HK"; allowed: a suffix that hk does not have already
settings.yaml:27:43: exchanges.xx.time_zone: read "Mars/Base"; allowed: a name of the IANA time zone database, as America/New_York
variable AZURE_STORAGE_CONNECTION_STRING: storage.azure.connection_string: read a value that is not shown; allowed: a connection string: Name=Value pairs with ';' between them, among them AccountName, BlobEndpoint or UseDevelopmentStorage
variable FETCHER_LOOKBAK_DAYS: read a variable that nobody reads; allowed: the variables of docs/configuration.md (did you mean FETCHER_LOOKBACK_DAYS?)
variable MAX_WORKERS: fetcher.max_workers: read "1O"; allowed: a whole number from 1 to 256
--requests-per-second: providers.yahoo.requests_per_second: read "fast"; allowed: a number from 0.01 to 1000, or 0 for no limit"#;
    assert_eq!(shown, expect);
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
fn a_setting_hidden_by_a_stronger_one_is_checked_all_the_same() {
    assert_eq!(
        problems("fetcher:\n  max_workers: ten\n", &[("MAX_WORKERS", "10")]),
        "settings.yaml:2:16: fetcher.max_workers: read \"ten\"; allowed: a whole number from 1 to 256"
    );
}

#[test]
fn azure_is_signed_in_to_in_one_way() {
    let text = |settings: &str| format!("storage: {{azure: {{{settings}}}}}\n");
    let azure = |settings: &str, variables: &[(&str, &str)]| {
        resolve(&text(settings), variables)
            .unwrap()
            .storage
            .azure
            .unwrap()
    };
    let connection = (
        "AZURE_STORAGE_CONNECTION_STRING",
        "AccountName=lake1;AccountKey=c2VjcmV0",
    );
    let identity = azure("account_name: lake1", &[]);
    assert!(
        matches!(identity.access, AzureAccess::Identity(identity) if identity.account_name == "lake1")
    );
    let keyed = azure("account_name: lake1", &[connection]);
    assert!(!format!("{keyed:?}").contains("c2VjcmV0"));
    assert!(
        matches!(&keyed.access, AzureAccess::ConnectionString(secret) if secret.expose() == connection.1)
    );
    assert!(matches!(
        azure("", &[connection]).access,
        AzureAccess::ConnectionString(_)
    ));

    let refused = |settings: &str, variables: &[(&str, &str)]| problems(&text(settings), variables);
    assert!(refused("account_name: lake1", &[connection, ("USE_MANAGED_IDENTITY", "true")])
        .starts_with("variable USE_MANAGED_IDENTITY: storage.azure.use_managed_identity: read \"true\"; allowed: false"));
    assert!(
        refused("use_managed_identity: true", &[connection]).starts_with(
            "settings.yaml:1:41: storage.azure.use_managed_identity: read \"true\"; allowed: false"
        ),
        "a key never takes the place of an identity in silence"
    );
    assert!(
        refused("account_name: lake2", &[connection])
            .contains("read \"lake2\"; allowed: the account of the connection string, lake1")
    );
    assert!(
        refused("account_name: lake1, use_managed_identity: false", &[])
            .contains("read false without a connection string")
    );
    assert!(
        refused("connection_string: abc", &[])
            .contains("(a secret: set the variable AZURE_STORAGE_CONNECTION_STRING)")
    );
}

#[test]
fn an_identity_is_what_settings_and_environment_say() {
    let azure = |settings: &str, variables: &[(&str, &str)]| {
        let text = format!("storage: {{azure: {{account_name: lake1, {settings}}}}}\n");
        let azure = resolve(&text, variables).unwrap().storage.azure.unwrap();
        match azure.access {
            AzureAccess::Identity(identity) => (identity, azure.create_container),
            AzureAccess::ConnectionString(_) => panic!("a key"),
        }
    };
    let (plain, creates) = azure("", &[]);
    let account_name = "lake1".to_owned();
    let expect = IdentityAccess {
        account_name,
        ..IdentityAccess::default()
    };
    assert_eq!((plain, creates), (expect.clone(), false));
    let client = "11111111-2222-3333-4444-55555555555A";
    let (full, creates) = azure(
        "identity: workload, create_container: true, endpoint: \"https://lake1.example.com/\"",
        &[
            ("AZURE_CLIENT_ID", client),
            ("IDENTITY_ENDPOINT", "http://127.0.0.1:41/msi/token"),
            ("AZURE_FEDERATED_TOKEN_FILE", "/var/run/token"),
            ("AZURE_TENANT_ID", "contoso"),
        ],
    );
    let environment = IdentityEnvironment {
        identity_endpoint: Some("http://127.0.0.1:41/msi/token".to_owned()),
        federated_token_file: Some("/var/run/token".into()),
        tenant_id: Some("contoso".to_owned()),
    };
    let expect = IdentityAccess {
        endpoint: Some("https://lake1.example.com".to_owned()),
        kind: IdentityKind::Workload,
        client_id: Some(client.to_ascii_lowercase()),
        environment,
        ..expect
    };
    assert_eq!((full, creates), (expect, true));
    let refused = |settings: &str| problems(&format!("storage: {{azure: {{{settings}}}}}\n"), &[]);
    assert!(
        refused("identity: device").contains("allowed: detected, managed, workload or developer")
    );
    assert!(refused("client_id: me").contains("allowed: a UUID"));
    for endpoint in [
        "http://lake1.example.com",
        "https://",
        "https://a.b?sig=1",
        "https://u:p@a.b",
    ] {
        let problem = refused(&format!("endpoint: \"{endpoint}\""));
        assert!(
            problem.contains("allowed: an https address without a query"),
            "{problem}"
        );
    }
}

#[test]
fn no_problem_shows_a_secret() {
    for name in variables().iter().map(|variable| variable.name) {
        for value in [
            "AccountName=UPPER;AccountKey=c2VjcmV0\u{1}",
            "https://me:c2VjcmV0@host",
            "https://h/?sig=c2VjcmV0\u{1}",
        ] {
            if let Err(problems) = resolve("", &[(name, value)]) {
                assert!(!problems.to_string().contains("c2VjcmV0"), "{problems}");
            }
        }
    }
    let shown = problems("", &[("AZURE_STORAGE_CONNECTION_STRING", "c2VjcmV0")]);
    assert!(!shown.contains("c2VjcmV0"), "{shown}");
}

#[test]
fn a_file_changes_one_key_of_an_exchange_or_adds_one() {
    let text = "exchanges:\n  us: {lag: 5m}\n  ice: {suffix: IC, mic: XICE, time_zone: Atlantic/Reykjavik, currency: ISK, unit_scale: 1, lag: 20m}\n";
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
    assert_eq!(get("ice").time_zone.iana_name(), Some("Atlantic/Reykjavik"));
    assert_eq!(settings.exchanges.iter().count(), 45);
}

#[test]
fn a_section_without_keys_is_one_that_changes_nothing() {
    assert!(resolve("fetcher:\n  # max_workers: 20\nproviders:\n", &[]).is_ok());
}

#[test]
fn a_file_that_is_not_yaml_does_not_hide_the_other_mistakes() {
    let shown = problems("fetcher: [\n", &[("MAX_WORKERS", "0")]);
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines.len(), 2, "{shown}");
    assert!(lines[0].starts_with("settings.yaml:"), "{shown}");
    assert!(lines[1].starts_with("variable MAX_WORKERS: "), "{shown}");
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
        for text in [super::resolve::BUILT_IN_SETTINGS, super::resolve::BUILT_IN_UNIVERSES] {
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
