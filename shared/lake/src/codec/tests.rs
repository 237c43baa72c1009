use proptest::prelude::*;

use super::*;
use crate::adjust::adjust;
use crate::fixtures::{bars, day, dividend, listing, sessions, split};

fn file<'a>(listing: &'a Listing) -> FileContext<'a> {
    FileContext {
        listing,
        currency: "USD",
        unit_scale: 1.0,
        actions_hash: "none",
        compression_level: 3,
    }
}

fn small_file() -> Vec<u8> {
    let bars = bars("2024-01-02", &[10.0, 10.25, 10.5, 9.75, 10.125, 11.0]);
    let actions = [dividend("2024-01-04", 0.25), split("2024-01-05", 2.0, 1.0)];
    let adjustment = adjust(&bars, None, &actions.into_iter().collect());
    let derived = DerivedColumns::slice(&adjustment, 0..bars.len());
    encode(&bars, &derived, &file(&listing("AAPL"))).unwrap()
}

fn same_rows(a: &StoredYear, b: &StoredYear) -> bool {
    let bits = |columns: &DerivedColumns| {
        [
            &columns.adjusted_close,
            &columns.split_factor,
            &columns.dividends,
            &columns.splits,
        ]
        .map(|values| {
            values
                .iter()
                .map(|value| value.to_bits())
                .collect::<Vec<_>>()
        })
    };
    a.bars == b.bars && bits(&a.derived) == bits(&b.derived)
}

#[test]
fn a_file_says_what_it_is() {
    let read = decode(&small_file()).unwrap();
    let entry = |key: &str| read.metadata.get(key).unwrap().as_str();
    assert_eq!(entry(metadata::SCHEMA_VERSION), "2");
    assert_eq!(entry(metadata::CURRENCY), "USD");
    assert_eq!(entry(metadata::UNIT_SCALE), "1");
    assert_eq!(entry(metadata::ACTIONS_HASH), "none");
    let table = our_table();
    let columns: Vec<String> = table
        .names()
        .map(|name| format!("{name}: {}", table.column(name).unwrap().type_name()))
        .collect();
    assert_eq!(
        columns,
        [
            "Date: date",
            "Open: f64",
            "High: f64",
            "Low: f64",
            "Close: f64",
            "Adj Close: f64",
            "Volume: i64",
            "Dividends: f64",
            "Stock Splits: f64",
            "Split Factor: f64",
            "Ticker: str",
            "Exchange: str",
        ]
    );
}

fn some_bars() -> impl Strategy<Value = Vec<Bar>> {
    let numbers = (
        1e-6_f64..1e6,
        0.0_f64..1.0,
        0.0_f64..1.0,
        0.0_f64..1.0,
        0_u64..1 << 53,
        0_usize..3,
        prop_oneof![3 => Just(0_u8), 1 => 0..16_u8],
    );
    prop::collection::vec(numbers, 1..260).prop_map(|rows| {
        let days = sessions("1990-01-02", 800);
        let mut at = 0;
        let rows = rows
            .into_iter()
            .map(|(low, range, open, close, volume, skip, unknown)| {
                at += 1 + skip;
                let high = low * (1.0 + range);
                let inside = |share: f64| (low + (high - low) * share).clamp(low, high);
                let known = |bit: u8, value: f64| (unknown & bit == 0).then_some(value);
                let [open, close] = [inside(open), inside(close)];
                let prices = [known(1, open), known(2, high), known(4, low), Some(close)];
                Bar::new(days[at - 1], prices, known(8, volume as f64)).unwrap()
            });
        rows.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_encoded_is_decoded(bars in some_bars(), seed in any::<u64>(), level in 1_i32..=19) {
        let number = |index: usize, salt: u64| {
            let mixed = (seed ^ salt).wrapping_mul(index as u64 * 2 + 1);
            f64::from_bits(mixed >> 2)
        };
        let column = |salt: u64| (0..bars.len()).map(|index| number(index, salt)).collect();
        let derived = DerivedColumns {
            adjusted_close: column(1),
            split_factor: column(2),
            dividends: column(3),
            splits: column(4),
        };
        let listing = listing("BRK-B");
        let context = FileContext { compression_level: level, ..file(&listing) };
        let bytes = encode(&bars, &derived, &context).unwrap();
        let again = encode(&bars, &derived, &context).unwrap();
        prop_assert!(bytes == again, "equal input, other bytes");
        let read = decode(&bytes).unwrap();
        let written = StoredYear { symbol: read.symbol.clone(), bars, derived, metadata: read.metadata.clone() };
        prop_assert!(same_rows(&read, &written));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn bytes_from_anywhere_are_an_error_and_no_panic(
        mut bytes in prop::collection::vec(any::<u8>(), 0..400),
        dressed in any::<bool>(),
    ) {
        if dressed {
            bytes.splice(0..0, *b"PAR1");
            let footer = u32::try_from(bytes.len().saturating_sub(8)).unwrap();
            bytes.extend(footer.to_le_bytes());
            bytes.extend(b"PAR1");
        }
        prop_assert!(decode(&bytes).is_err());
    }
}

#[test]
fn a_file_cut_off_anywhere_is_an_error() {
    let bytes = small_file();
    for length in 0..bytes.len() {
        assert!(
            decode(&bytes[..length]).is_err(),
            "{length} of {} bytes",
            bytes.len()
        );
        assert!(
            decode(&bytes[bytes.len() - length..]).is_err(),
            "the last {length} bytes"
        );
    }
}

#[test]
fn every_flipped_bit_is_found() {
    let bytes = small_file();
    assert!((2000..6000).contains(&bytes.len()), "{} bytes", bytes.len());
    for at in 0..bytes.len() {
        for flip in [1_u8, 2, 4, 8, 16, 32, 64, 128, 255] {
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            // Found before polars sees it, which aborts the process on some of these.
            let error = decode(&damaged).unwrap_err();
            assert!(
                matches!(error, CodecError::Damaged),
                "byte {at} ^ {flip}: {error}"
            );
        }
    }
}

#[test]
fn plain_parquet_is_not_a_file_of_ours() {
    let bytes = parquet::write(&our_table(), 3, Vec::new(), parquet::Layout::Year).unwrap();
    assert!(matches!(decode(&bytes), Err(CodecError::Damaged)));
    let sealed = seal::seal(bytes.clone()).unwrap();
    assert!(matches!(decode(&sealed), Err(CodecError::Metadata { .. })));
    assert_eq!(seal::seal(b"no Parquet".to_vec()), None);
    assert_eq!(seal::seal(b"\xff\xff\xff\xffPAR1".to_vec()), None);
    // Bytes before the pages or between seal and footer are not ours either.
    for at in [0, 4, bytes.len() / 2] {
        let mut grown = small_file();
        grown.insert(at, 0);
        assert!(decode(&grown).is_err(), "a byte more at {at}");
    }
}

/// Writes a table of one's own with our metadata, as another program might.
fn foreign(table: &Table, pairs: &[(&str, &str)]) -> Vec<u8> {
    let pairs = pairs.iter();
    let pairs = pairs.map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let bytes = parquet::write(table, 3, pairs.collect(), parquet::Layout::Year).unwrap();
    seal::seal(bytes).unwrap()
}

fn our_table() -> Table {
    parquet::read(open(&small_file()).unwrap().0, None).unwrap()
}

/// A column with nulls alone.
fn nulls_like(values: &Values) -> Values {
    let rows = values.len();
    match values {
        Values::Dates(_) => Values::Dates(vec![None; rows]),
        Values::Numbers(_) => Values::Numbers(vec![None; rows]),
        Values::Counts(_) => Values::Counts(vec![None; rows]),
        Values::Texts(_) => Values::no_texts(rows),
        Values::Foreign(..) => panic!("no column of ours"),
    }
}

#[test]
fn a_newer_schema_is_refused_by_name_whatever_its_columns_are() {
    let table = Table::named([("Sessions", Values::Counts(vec![Some(1)]))]).unwrap();
    let newer = foreign(&table, &[(metadata::SCHEMA_VERSION, "3")]);
    let error = decode(&newer).unwrap_err();
    assert!(
        matches!(error, CodecError::NewerSchema { found: 3 }),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains("schema version 3 is newer than 2")
    );
    for version in ["", "-1", "1.0", "one", "99999999999999999999"] {
        let odd = foreign(&table, &[(metadata::SCHEMA_VERSION, version)]);
        assert!(
            matches!(decode(&odd), Err(CodecError::Metadata { .. })),
            "{version:?}"
        );
    }
}

#[test]
fn a_parquet_file_of_another_program_is_an_error() {
    let version = (metadata::SCHEMA_VERSION, "1");
    let other = Table::named([("x", Values::numbers([1.5]))]).unwrap();
    assert!(matches!(
        decode(&foreign(&other, &[])),
        Err(CodecError::Metadata { .. })
    ));
    assert!(decode(&foreign(&other, &[version])).is_err());
    // Ours without one column, without its hash, with a retyped column, with a null.
    for name in ["Date", "Open", "Close", "Volume", "Ticker", "Split Factor"] {
        let table = our_table().without(name);
        assert!(
            decode(&foreign(&table, &[version])).is_err(),
            "without {name}"
        );
        let table = our_table();
        let nulls = nulls_like(table.column(name).unwrap());
        let table = table.with(name, nulls);
        assert!(
            decode(&foreign(&table, &[version])).is_err(),
            "nulls in {name}"
        );
    }
    assert!(matches!(
        decode(&foreign(&our_table(), &[version])),
        Err(CodecError::RowsHash)
    ));
    let table = our_table();
    let n = table.rows();
    let table = table.with(column::VOLUME, Values::numbers(vec![1000.0; n]));
    assert!(decode(&foreign(&table, &[version])).is_err());
    for text in [
        &b""[..],
        b"PAR1",
        b"PAR1PAR1",
        b"Date,Open\n2024-01-02,1.0\n",
    ] {
        assert!(decode(text).is_err());
    }
}

#[path = "hash_tests.rs"]
mod hashes;
