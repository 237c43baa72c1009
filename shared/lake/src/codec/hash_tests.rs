use super::*;
use quantx_market::ActionSet;

/// FB 2012, written by the last program of schema version 1: tests/fixtures/schema1/SOURCE.md.
const OF_VERSION_1: &[u8] = include_bytes!(
    "../../../../tests/fixtures/schema1/data/exchange=us/ticker=FB/year=2012/data.parquet"
);

#[test]
fn a_file_of_version_1_is_read_and_can_be_made_again_to_the_bit() {
    let read = decode(OF_VERSION_1).unwrap();
    assert_eq!(read.metadata[metadata::SCHEMA_VERSION], "1");
    assert_eq!((read.symbol.as_str(), read.bars.len()), ("FB", 155));
    assert!(read.bars.iter().all(Bar::is_complete));
    let listing = listing("FB");
    let context = FileContext {
        actions_hash: &read.metadata[metadata::ACTIONS_HASH],
        ..file(&listing)
    };
    assert!(encode_as(1, &read.bars, &read.derived, &context).unwrap() == OF_VERSION_1);
    // Rows without an unknown value have one hash in all versions.
    let now = decode(&encode(&read.bars, &read.derived, &context).unwrap()).unwrap();
    assert_eq!(now.metadata[metadata::SCHEMA_VERSION], "2");
    assert_eq!(
        now.metadata[metadata::ROWS_HASH],
        read.metadata[metadata::ROWS_HASH]
    );
}

#[test]
fn an_unknown_value_is_null_and_part_of_the_hash() {
    let year = decode(&small_file()).unwrap();
    let listing = listing("AAPL");
    let encoded = |bars: &[Bar]| encode(bars, &year.derived, &file(&listing)).unwrap();
    let mut bars = year.bars.clone();
    (bars[1].open, bars[2].volume) = (None, None);
    let table = parquet::read(open(&encoded(&bars)).unwrap().0, None).unwrap();
    for (name, nulls) in [
        ("Open", 1),
        ("High", 0),
        ("Low", 0),
        ("Close", 0),
        ("Volume", 1),
    ] {
        assert_eq!(table.column(name).unwrap().null_count(), nulls, "{name}");
    }
    let hash = |bars: &[Bar]| decode(&encoded(bars)).unwrap().metadata[metadata::ROWS_HASH].clone();
    let mut other = bars.clone();
    other[1].open = year.bars[1].open;
    assert!(hash(&bars) != hash(&year.bars) && hash(&bars) != hash(&other));
    // A file of before unknown values does not have any.
    let old = encode_as(1, &bars, &year.derived, &file(&listing)).unwrap();
    assert!(matches!(
        decode(&old),
        Err(CodecError::Column { name: "Open", .. })
    ));
}

#[test]
fn rows_of_another_order_or_symbol_do_not_have_the_hash() {
    let entries = decode(&small_file()).unwrap().metadata;
    let pairs: Vec<(&str, &str)> = entries
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    assert!(decode(&foreign(&our_table(), &pairs)).is_ok());
    let table = our_table();
    let Some(Values::Dates(mut days)) = table.column(column::DATE).cloned() else {
        panic!("no dates");
    };
    days.reverse();
    let reversed = table.with(column::DATE, Values::Dates(days));
    assert!(matches!(
        decode(&foreign(&reversed, &pairs)),
        Err(CodecError::Unordered)
    ));
    let renamed = our_table().with(column::TICKER, Values::texts(["MSFT"; 6]));
    assert!(matches!(
        decode(&foreign(&renamed, &pairs)),
        Err(CodecError::RowsHash)
    ));
}

#[test]
fn the_hash_of_actions_depends_on_all_they_say_and_not_on_their_order() {
    let hash = |actions: &[quantx_market::Action]| {
        actions_hash(&actions.iter().copied().collect::<ActionSet>())
    };
    let (a, b) = (dividend("2024-01-04", 0.25), split("2024-01-05", 2.0, 1.0));
    assert_eq!(hash(&[a, b]), hash(&[b, a]));
    let all = [
        hash(&[]),
        hash(&[a]),
        hash(&[b]),
        hash(&[a, b]),
        hash(&[dividend("2024-01-05", 0.25)]),
        hash(&[dividend("2024-01-04", 0.26)]),
        hash(&[crate::fixtures::capital_gain("2024-01-04", 0.25)]),
        hash(&[split("2024-01-05", 4.0, 2.0)]),
    ];
    let distinct: std::collections::BTreeSet<&String> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
}

#[test]
fn dates_count_days_since_1970() {
    for (date, n) in [
        ("1970-01-01", 0),
        ("1969-12-31", -1),
        ("2024-02-29", 19_782),
    ] {
        assert_eq!(days(day(date)), n);
        assert_eq!(from_days(n), Some(day(date)));
    }
    assert_eq!(from_days(i32::MAX), None);
    assert_eq!(from_days(i32::MIN), None);
}
