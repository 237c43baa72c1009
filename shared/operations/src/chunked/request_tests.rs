use super::*;
use quantx_settings::{EnvMap, Overrides};

fn settings() -> Settings {
    Settings::resolve(None, None, &EnvMap::default(), &Overrides::default()).unwrap()
}

#[test]
fn an_empty_body_is_the_daily_update_of_the_settings() {
    for body in [
        "",
        "  ",
        "{}",
        r#"{"operation":"daily_update","symbols":null}"#,
    ] {
        assert_eq!(read(body, &settings()), Ok(RunRequest::default()), "{body}");
    }
}

#[test]
fn every_field_is_read() {
    let body = r#"{"operation":"backfill","start":"2020-01-02","end":"2024-12-31",
        "symbols":["AAPL","0700.HK"],"chunk_size":25,"max_workers":4,"lookback_days":7,"dry_run":true}"#;
    let request = read(body, &settings()).unwrap();
    assert_eq!(request.operation, RunOperation::Backfill);
    assert_eq!(request.start, Some(jiff::civil::date(2020, 1, 2)));
    assert_eq!(request.end, Some(jiff::civil::date(2024, 12, 31)));
    assert_eq!(request.symbols.as_ref().map(Vec::len), Some(2));
    assert_eq!(request.chunk_size, NonZeroUsize::new(25));
    assert_eq!(request.max_workers, NonZeroUsize::new(4));
    assert_eq!(request.lookback_days, Some(7));
    assert_eq!(request.rehearsal, Rehearsal::Dry);
    let written = serde_json::to_string(&request).unwrap();
    assert_eq!(
        serde_json::from_str::<RunRequest>(&written).unwrap(),
        request
    );
}

#[test]
fn all_problems_are_told_at_once() {
    let body = r#"{"operation":"weekly","start":"2020-1-2","symbols":["AAPL","X.NOWHERE","../x"],
        "chunk_size":0,"max_workers":"4","dry_run":"yes","phase":"phase_99","until":"2020-01-01"}"#;
    let problems = read(body, &settings()).unwrap_err();
    for start in [
        "operation: \"weekly\"",
        "start: \"2020-1-2\"",
        "symbols: ",
        "chunk_size: 0",
        "max_workers: \"4\"",
        "dry_run: \"yes\"",
        "phase: there is no",
        "symbols, universe, phase: only one",
        "until: unknown",
    ] {
        let found = problems.iter().any(|problem| problem.starts_with(start));
        assert!(found, "{start} is not in {problems:#?}");
    }
}

#[test]
fn dates_belong_to_a_backfill_and_have_an_order() {
    for (body, problem) in [
        (r#"{"start":"2020-01-02"}"#, "only a backfill"),
        (
            r#"{"operation":"backfill","start":"2020-01-02"}"#,
            "needs both",
        ),
        (
            r#"{"operation":"backfill","start":"2020-01-02","end":"2019-01-02"}"#,
            "after the end",
        ),
        (r#"{"universe":"meta/other.csv"}"#, "is not a path"),
        ("[]", "not a JSON object"),
        ("{", "not JSON"),
    ] {
        let problems = read(body, &settings()).unwrap_err();
        assert!(problems[0].contains(problem), "{body}: {problems:?}");
        assert_eq!(problems.len(), 1, "{body}: {problems:?}");
    }
}
