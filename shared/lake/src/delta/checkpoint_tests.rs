//! A checkpoint, read back by the Parquet reader: its actions are those of the log.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use jiff::civil::date;
use polars_arrow::array::{
    Array, BooleanArray, ListArray, PrimitiveArray, StructArray, Utf8ViewArray,
};
use polars_buffer::Buffer;
use polars_parquet::read::{
    BasicDecompressor, PageReader, column_iter_to_arrays, infer_schema, read_metadata,
};

use super::*;
use crate::RunId;
use quantx_market::ExchangeCode;

/// Every file of a version of its own: the log of so many runs, one of which brings a file back.
fn log(runs: usize) -> Vec<Commit> {
    let us = ExchangeCode::parse("us").unwrap();
    let (mut state, mut commits) = (TableState::default(), Vec::new());
    for n in 0..runs {
        let content = if n == 4 { 1 } else { n };
        let part = |year, content: String| PartEntry {
            sha256: ContentHash::of(content.as_bytes()),
            size_bytes: 1_000 + n as u64,
            rows: 3,
            span: PartSpan {
                first_date: date(year, 1, 2),
                last_date: date(year, 7, 5),
                first_ticker: "AAPL".to_owned(),
                last_ticker: "MSFT".to_owned(),
            },
        };
        let wanted = [
            ((us.clone(), 2023), part(2023, "of all".to_owned())),
            ((us.clone(), 2024), part(2024, format!("of {content}"))),
        ];
        let at = format!("2024-{:02}-{:02}T23:00:00Z", 1 + n / 28, 1 + n % 28);
        let at = at.parse().unwrap();
        let run = RunId::new("daily_update", at).unwrap();
        let exchanges: BTreeSet<ExchangeCode> = [us.clone()].into();
        let changes = state.plan(DeltaTable::Bars, &exchanges, &wanted.into(), &run, at);
        let commit = changes.unwrap().commit;
        state.apply(&commit).unwrap();
        commits.push(Commit::parse(&commit.to_bytes().unwrap()).unwrap());
    }
    commits
}

fn snapshot(commits: &[Commit]) -> Snapshot {
    let mut snapshot = Snapshot::default();
    for commit in commits {
        snapshot.apply(commit.clone());
    }
    snapshot
}

/// A column of the file, as the Parquet reader gives it.
fn column(bytes: &[u8], name: &str) -> StructArray {
    let bytes = Buffer::from(bytes.to_vec());
    let metadata = read_metadata(&mut Cursor::new(bytes.clone())).unwrap();
    let schema = infer_schema(&metadata).unwrap();
    assert_eq!(
        schema
            .iter_names()
            .map(|name| name.as_str())
            .collect::<Vec<_>>(),
        ["protocol", "metaData", "remove", "add"]
    );
    let [group] = metadata.row_groups.as_slice() else {
        panic!("one row group");
    };
    let (mut pages, mut types) = (Vec::new(), Vec::new());
    for chunk in group.columns_under_root_iter(name).unwrap() {
        let range = chunk.byte_range();
        let of = bytes
            .clone()
            .sliced(range.start as usize..range.end as usize);
        let reader = PageReader::new(Cursor::new(of), chunk, Vec::new(), usize::MAX);
        pages.push(BasicDecompressor::new(reader, Vec::new()));
        types.push(&chunk.descriptor().descriptor.primitive_type);
    }
    let field = schema.get(name).unwrap().clone();
    let (arrays, _) = column_iter_to_arrays(pages, types, field, None).unwrap();
    assert_eq!(arrays.len(), 1);
    arrays[0]
        .as_any()
        .downcast_ref::<StructArray>()
        .unwrap()
        .clone()
}

fn field<'a, A: 'static>(of: &'a StructArray, name: &str) -> &'a A {
    let mut fields = of.fields().iter().zip(of.values());
    let (_, values) = fields.find(|(field, _)| field.name == name).unwrap();
    values.as_any().downcast_ref::<A>().unwrap()
}

fn text(of: &StructArray, name: &str, row: usize) -> Option<String> {
    field::<Utf8ViewArray>(of, name).get(row).map(str::to_owned)
}

fn number(of: &StructArray, name: &str, row: usize) -> Option<i64> {
    field::<PrimitiveArray<i64>>(of, name)
        .iter()
        .nth(row)
        .unwrap()
        .copied()
}

/// A map, which the reader gives as a list of key and value; `None` where it is null.
fn map(of: &StructArray, name: &str, row: usize) -> Option<BTreeMap<String, Option<String>>> {
    let entries = field::<ListArray<i64>>(of, name);
    if entries.is_null(row) {
        return None;
    }
    let entries = entries.value(row);
    let entries = entries.as_any().downcast_ref::<StructArray>().unwrap();
    let pair = |row| {
        (
            text(entries, "key", row).unwrap(),
            text(entries, "value", row),
        )
    };
    Some((0..entries.len()).map(pair).collect())
}

#[test]
fn a_checkpoint_has_the_actions_of_the_log_one_a_row() {
    let snapshot = snapshot(&log(60));
    let bytes = snapshot.encode(3).unwrap();
    let (gone, files) = (snapshot.gone.len(), snapshot.files.len());
    // The file of the fifth run is that of the second: it went, came back, and went again.
    assert_eq!((gone, files), (58, 2));
    let rows = 2 + gone + files;
    let [protocol, metadata, remove, add] =
        ["protocol", "metaData", "remove", "add"].map(|name| column(&bytes, name));
    for row in 0..rows {
        let kinds = [&protocol, &metadata, &remove, &add].map(|kind| !kind.is_null(row));
        let expected = [
            row == 0,
            row == 1,
            (2..2 + gone).contains(&row),
            row >= 2 + gone,
        ];
        assert_eq!(kinds, expected, "row {row}");
    }
    let version = |name| {
        field::<PrimitiveArray<i32>>(&protocol, name)
            .iter()
            .next()
            .unwrap()
            .copied()
    };
    assert_eq!(
        (version("minReaderVersion"), version("minWriterVersion")),
        (Some(1), Some(2))
    );

    let (_, told) = snapshot.head.as_ref().unwrap();
    for name in ["id", "name", "schemaString"] {
        assert_eq!(
            text(&metadata, name, 1).as_deref(),
            told[name].as_str(),
            "{name}"
        );
    }
    assert_eq!(text(&metadata, "description", 1), None);
    assert_eq!(
        number(&metadata, "createdTime", 1),
        told["createdTime"].as_i64()
    );
    let format = field::<StructArray>(&metadata, "format");
    assert_eq!(text(format, "provider", 1).as_deref(), Some("parquet"));
    assert_eq!(map(format, "options", 1), Some(BTreeMap::new()));
    assert_eq!(map(format, "options", 0), None);
    let partitions = field::<ListArray<i64>>(&metadata, "partitionColumns");
    assert!(!partitions.is_null(1) && partitions.value(1).is_empty());
    let configuration = map(&metadata, "configuration", 1).unwrap();
    assert_eq!(configuration.len(), 3);
    assert_eq!(
        configuration["delta.enableExpiredLogCleanup"].as_deref(),
        Some("false")
    );

    let flag = |of, row| field::<BooleanArray>(of, "dataChange").get(row);
    for (row, expected) in (2..).zip(snapshot.gone.values()) {
        assert_eq!(text(&remove, "path", row).as_ref(), Some(&expected.path));
        assert_eq!(
            number(&remove, "deletionTimestamp", row),
            expected.deletion_timestamp
        );
        assert_eq!(flag(&remove, row), Some(false));
    }
    for (row, expected) in (2 + gone..).zip(snapshot.files.values()) {
        assert_eq!(text(&add, "path", row).as_ref(), Some(&expected.path));
        assert_eq!(number(&add, "size", row), Some(expected.size as i64));
        assert_eq!(
            number(&add, "modificationTime", row),
            Some(expected.modification_time)
        );
        assert_eq!(text(&add, "stats", row), expected.stats);
        assert_eq!(map(&add, "partitionValues", row), Some(BTreeMap::new()));
        let tags = expected.tags.clone().unwrap();
        let tags = tags.into_iter().map(|(name, value)| (name, Some(value)));
        assert_eq!(map(&add, "tags", row), Some(tags.collect()));
        assert_eq!(flag(&add, row), Some(false));
    }
}

#[test]
fn a_checkpoint_says_of_what_it_is_and_no_flipped_bit_passes() {
    let commits = log(12);
    let snapshot = snapshot(&commits);
    let bytes = snapshot.encode(3).unwrap();
    let mark = snapshot.mark().unwrap();
    assert_eq!(
        mark.of,
        LastCheckpoint {
            version: 11,
            size: 2 + 10 + 2
        }
    );
    assert_eq!(CheckpointMark::read(&bytes).as_ref(), Some(&mark));
    assert_eq!(
        bytes,
        super::checkpoint_tests::snapshot(&commits)
            .encode(3)
            .unwrap()
    );
    for at in (0..bytes.len()).step_by(13) {
        let mut harmed = bytes.clone();
        harmed[at] ^= 1;
        assert_eq!(CheckpointMark::read(&harmed), None, "byte {at}");
    }
    assert_eq!(CheckpointMark::read(&bytes[..bytes.len() - 1]), None);
    // Another log of as many versions.
    let mut other = commits;
    other[3].add[0].size += 1;
    let other = super::checkpoint_tests::snapshot(&other).mark().unwrap();
    assert_eq!(other.of, mark.of);
    // That file went; what is left of it is its name.
    assert_eq!(other, mark);
    let mut other = log(12);
    other[11].add[0].size += 1;
    assert_ne!(
        super::checkpoint_tests::snapshot(&other).mark().unwrap(),
        mark
    );
}

#[test]
fn no_checkpoint_is_made_of_what_this_program_does_not_know() {
    let empty = Snapshot::default();
    assert!(matches!(empty.encode(3), Err(CheckpointError::NoHead)));
    let mut later = Snapshot::default();
    later.apply(log(2).remove(1));
    assert!(matches!(later.encode(3), Err(CheckpointError::NoHead)));
    // A feature of the table that a checkpoint would have to carry.
    let mut newer = log(2);
    newer[0].head.as_mut().unwrap().0["readerFeatures"] = serde_json::json!(["deletionVectors"]);
    let newer = snapshot(&newer);
    assert!(matches!(newer.encode(3), Err(CheckpointError::Head(_))));
    let mut foreign = snapshot(&log(2));
    assert!(foreign.is_of_runs());
    foreign.apply(Commit::parse(b"{\"commitInfo\":{\"timestamp\":1}}").unwrap());
    assert!(!foreign.is_of_runs());
}
