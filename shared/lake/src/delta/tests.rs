use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::date;

use super::*;
use crate::RunId;
use quantx_market::ExchangeCode;

fn us() -> ExchangeCode {
    ExchangeCode::parse("us").unwrap()
}

fn hk() -> ExchangeCode {
    ExchangeCode::parse("hk").unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn part(content: &str, year: i16) -> PartEntry {
    PartEntry {
        sha256: ContentHash::of(content.as_bytes()),
        size_bytes: 7,
        rows: 3,
        span: PartSpan {
            first_date: date(year, 1, 2),
            last_date: date(year, 7, 5),
            first_ticker: "AAPL".to_owned(),
            last_ticker: "MSFT".to_owned(),
        },
    }
}

fn wanted(parts: &[(ExchangeCode, i16, &str)]) -> Wanted {
    let parts = parts.iter();
    parts
        .map(|(exchange, year, content)| ((exchange.clone(), *year), part(content, *year)))
        .collect()
}

fn run(at: Timestamp) -> RunId {
    RunId::new("daily_update", at).unwrap()
}

/// Publishes, through the bytes of the commit, as a reader of the log gets them.
fn publish(state: &mut TableState, exchanges: &[ExchangeCode], files: &Wanted, now: &str) -> bool {
    let exchanges: BTreeSet<ExchangeCode> = exchanges.iter().cloned().collect();
    let now = at(now);
    let Some(changes) = state.plan(DeltaTable::Bars, &exchanges, files, &run(now), now) else {
        return false;
    };
    assert_eq!(changes.version, state.next_version());
    let bytes = changes.commit.to_bytes().unwrap();
    let commit = Commit::parse(&bytes).unwrap();
    assert_eq!(commit, changes.commit);
    state.apply(&commit).unwrap();
    true
}

#[test]
fn a_version_has_what_is_wanted_and_one_that_changes_nothing_is_not_made() {
    let mut state = TableState::default();
    let first = wanted(&[(us(), 2023, "a"), (us(), 2024, "b")]);
    assert!(publish(&mut state, &[us()], &first, "2024-07-05T23:00:00Z"));
    assert!(!publish(
        &mut state,
        &[us()],
        &first,
        "2024-07-06T23:00:00Z"
    ));
    // Another exchange's run leaves this one's files alone.
    let other = wanted(&[(hk(), 2024, "c")]);
    assert!(publish(&mut state, &[hk()], &other, "2024-07-07T23:00:00Z"));
    let newer = wanted(&[(us(), 2023, "a"), (us(), 2024, "d")]);
    assert!(publish(&mut state, &[us()], &newer, "2024-07-08T23:00:00Z"));
    let has = |content: &str| state.has(&part(content, 2024));
    assert!(has("a") && has("c") && has("d") && !has("b"));
    let versions: Vec<u64> = state.versions.iter().map(|it| it.version).collect();
    assert_eq!(versions, [0, 1, 2]);
}

#[test]
fn a_file_comes_back_when_a_correction_is_taken_back() {
    let mut state = TableState::default();
    for (n, content) in ["a", "b", "a"].into_iter().enumerate() {
        let files = wanted(&[(us(), 2024, content)]);
        let now = format!("2024-07-0{}T23:00:00Z", n + 1);
        assert!(publish(&mut state, &[us()], &files, &now));
        assert_eq!(
            state.hashes().collect::<Vec<_>>(),
            [ContentHash::of(content.as_bytes())]
        );
    }
}

#[test]
fn a_file_that_another_program_wrote_goes_with_the_next_version() {
    let mut state = TableState::default();
    let files = wanted(&[(us(), 2024, "a")]);
    assert!(publish(&mut state, &[us()], &files, "2024-07-05T23:00:00Z"));
    let compaction = br#"{"commitInfo":{"timestamp":1720300000000,"operation":"OPTIMIZE","operationMetrics":{"x":"1"}}}
{"txn":{"appId":"x","version":1}}
{"remove":{"path":"part-x.parquet","dataChange":false,"deletionTimestamp":1720300000000}}
{"add":{"path":"part-00000-c000.snappy.parquet","partitionValues":{},"size":9,"modificationTime":1,"dataChange":false}}
"#;
    state.apply(&Commit::parse(compaction).unwrap()).unwrap();
    assert_eq!(state.versions[1].run, None);
    assert!(publish(&mut state, &[us()], &files, "2024-07-08T23:00:00Z"));
    assert_eq!(state.hashes().collect::<Vec<_>>(), [ContentHash::of(b"a")]);
    assert_eq!(state.files.len(), 1);
}

#[test]
fn what_was_known_on_a_day_is_the_last_run_that_began_on_it() {
    let mut state = TableState::default();
    for (now, content) in [
        ("2024-07-05T05:00:00Z", "a"),
        ("2024-07-05T23:59:59Z", "b"),
        ("2024-07-06T00:00:00Z", "c"),
    ] {
        assert!(publish(
            &mut state,
            &[us()],
            &wanted(&[(us(), 2024, content)]),
            now
        ));
    }
    let known = |day| state.known_on(date(2024, 7, day)).map(|it| it.version);
    assert_eq!(
        [known(4), known(5), known(6), known(9)],
        [None, Some(1), Some(2), Some(2)]
    );
}

#[test]
fn the_first_commit_has_what_a_reader_of_the_protocol_asks_for() {
    let now = at("2024-07-05T23:00:00Z");
    let exchanges = [us()].into();
    let files = wanted(&[(us(), 2024, "a")]);
    let of = |table| {
        let changes = TableState::default().plan(table, &exchanges, &files, &run(now), now);
        String::from_utf8(changes.unwrap().commit.to_bytes().unwrap()).unwrap()
    };
    let text = of(DeltaTable::Bars);
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(
        lines[0]["commitInfo"]["run"],
        "daily_update_20240705_230000"
    );
    assert_eq!(lines[1]["protocol"]["minReaderVersion"], 1);
    let metadata = &lines[2]["metaData"];
    assert_eq!(metadata["partitionColumns"], serde_json::json!([]));
    let properties = &metadata["configuration"];
    assert_eq!(
        properties["delta.deletedFileRetentionDuration"],
        "interval 36500 days"
    );
    let schema: serde_json::Value =
        serde_json::from_str(metadata["schemaString"].as_str().unwrap()).unwrap();
    let names: Vec<&str> = schema["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    let plain = |name: &&str| name.bytes().all(|it| it.is_ascii_lowercase() || it == b'_');
    assert!(names.iter().all(plain), "{names:?}");
    let add = &lines[3]["add"];
    assert_eq!(add["partitionValues"], serde_json::json!({}));
    let stats: serde_json::Value = serde_json::from_str(add["stats"].as_str().unwrap()).unwrap();
    let least = serde_json::json!({"exchange": "us", "ticker": "AAPL", "date": "2024-01-02"});
    assert_eq!(
        (&stats["minValues"], &stats["numRecords"]),
        (&least, &3.into())
    );
    assert_eq!(text, of(DeltaTable::Bars), "equal runs make equal logs");
    assert_ne!(text, of(DeltaTable::Factors));
}

#[test]
fn a_line_that_is_no_action_is_named() {
    let error = Commit::parse(b"{\"commitInfo\":{}}\n{\"add\":{\"path\":").unwrap_err();
    assert_eq!(error.to_string(), "line 2 is no action of a Delta log");
}
