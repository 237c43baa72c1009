use super::*;

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
  xx: { suffix: HK, mic: XNYS, time_zone: Mars/Base, currency: EUR, unit_scale: 1 }
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
settings.yaml:6:3: fetcher: read the unknown key "max_wokers"; allowed: backfill_new_symbols, backfill_start, chunk_size, lookback_days, max_parallel_chunks, max_workers, retry (did you mean max_workers?)
settings.yaml:7:15: fetcher.chunk_size: read "100"; allowed: a whole number from 1 to 10000 (without quotes)
settings.yaml:9:3: fetcher: read the key "lookback_days" again, after line 8; allowed: each key once
settings.yaml:10:3: fetcher.fetch_actions: read a setting that was removed; allowed: nothing: splits and dividends are always fetched, because without them no price can be made as traded (delete the key)
settings.yaml:11:19: fetcher.backfill_start: read "2010-13-01"; allowed: a date from 1900-01-01 to 2100-12-31, as 2010-01-04
settings.yaml:13:15: fetcher.retry.min_wait: read "30s"; allowed: at most fetcher.retry.max_wait, which is "10" (settings.yaml:14:15)
settings.yaml:15:1: read the unknown key "max_workers"; allowed: alerts, costs, exchanges, fetcher, limits, logging, providers, quality, schedules, schema, site, sources, storage, universe (did you mean fetcher.max_workers?)
settings.yaml:16:10: logging: read "verbose"; allowed: a section with the keys format, level
settings.yaml:19:11: schedules.daily_data_update.cron: read "0 6 * * 1-5"; allowed: six fields: seconds minutes hours days months weekdays, as "0 0 5 * * 2-6"
settings.yaml:22:15: providers.yahoo.base_url: read "http://query2.finance.yahoo.com"; allowed: an https address without a query, or http to this machine (http only to this machine: localhost, 127.0.0.1 or [::1])
settings.yaml:23:14: providers.yahoo.timeout: read "30"; allowed: a duration from 1ms to 10m, as "500ms", "2s" or "20m"
settings.yaml:26:14: exchanges.us.lag: read "soon"; allowed: a duration from 0s to 1d, as "500ms", "2s" or "20m"
settings.yaml:27:17: exchanges.xx.suffix: read "HK"; allowed: a suffix that hk does not have already
settings.yaml:27:43: exchanges.xx.time_zone: read "Mars/Base"; allowed: a name of the IANA time zone database, as America/New_York
variable AZURE_STORAGE_CONNECTION_STRING: storage.azure.connection_string: read a value that is not shown; allowed: a connection string: Name=Value pairs with ';' between them, among them AccountName, BlobEndpoint or UseDevelopmentStorage
variable FETCHER_LOOKBAK_DAYS: read a variable that nobody reads; allowed: the variables of docs/configuration.md (did you mean FETCHER_LOOKBACK_DAYS?)
variable MAX_WORKERS: fetcher.max_workers: read "1O"; allowed: a whole number from 1 to 256
--requests-per-second: providers.yahoo.requests_per_second: read "fast"; allowed: a number from 0.01 to 1000, or 0 for no limit"#;
    assert_eq!(shown, expect);
}

#[test]
fn a_setting_hidden_by_a_stronger_one_is_checked_all_the_same() {
    assert_eq!(
        problems("fetcher:\n  max_workers: ten\n", &[("MAX_WORKERS", "10")]),
        "settings.yaml:2:16: fetcher.max_workers: read \"ten\"; allowed: a whole number from 1 to 256"
    );
}

#[test]
fn a_file_that_is_not_yaml_does_not_hide_the_other_mistakes() {
    let shown = problems("fetcher: [\n", &[("MAX_WORKERS", "0")]);
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines.len(), 2, "{shown}");
    assert!(lines[0].starts_with("settings.yaml:"), "{shown}");
    assert!(lines[1].starts_with("variable MAX_WORKERS: "), "{shown}");
}

#[test]
fn a_removed_setting_is_named_with_what_happens_instead() {
    assert_eq!(
        problems(
            "schema:\n  compression: zstd\n",
            &[("FETCHER_FETCH_ACTIONS", "true")]
        ),
        "settings.yaml:2:3: schema.compression: read a setting that was removed; allowed: nothing: pages are always zstd, because \
         files of one lake are compared by their bytes (delete the key)\n\
         variable FETCHER_FETCH_ACTIONS: fetcher.fetch_actions: read a setting that was removed; allowed: nothing: splits and \
         dividends are always fetched, because without them no price can be made as traded (unset the variable)"
    );
    assert!(resolve("", &[("FETCHER_FETCH_ACTIONS", " ")]).is_ok());
}
