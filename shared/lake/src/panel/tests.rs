use bytes::Bytes;

use super::*;
use crate::adjust::adjust;
use crate::codec::{DerivedColumns, FileContext, StoredYear, decode, encode, sha256_hex};
use crate::delta::{bars_in, stretches_in, with_factors};
use crate::fixtures::{bars, dividend, listing, split};
use crate::parquet::{self, Table, Values};
use crate::seal;
use quantx_market::{Action, ExchangeCode};

fn year(symbol: &str, start: &str, closes: &[f64]) -> StoredYear {
    year_with(symbol, start, closes, &[dividend("2024-01-04", 0.25)])
}

fn year_with(symbol: &str, start: &str, closes: &[f64], actions: &[Action]) -> StoredYear {
    let listing = listing(symbol);
    let bars = bars(start, closes);
    let adjustment = adjust(&bars, None, &actions.iter().copied().collect());
    let derived = DerivedColumns::slice(&adjustment, 0..bars.len());
    let file = FileContext {
        listing: &listing,
        currency: "USD",
        unit_scale: 1.0,
        actions_hash: "none",
        compression_level: 3,
    };
    decode(&encode(&bars, &derived, &file).unwrap()).unwrap()
}

fn us() -> ExchangeCode {
    ExchangeCode::parse("us").unwrap()
}

fn read(file: impl Into<Bytes>) -> Table {
    let file = file.into();
    assert!(seal::is_whole(&file));
    parquet::read(Vec::from(file).into(), None).unwrap()
}

fn texts(table: &Table, name: &str) -> Vec<String> {
    match table.column(name) {
        Some(Values::Texts(texts)) => texts.iter().flatten().map(str::to_owned).collect(),
        other => panic!("{name}: {other:?}"),
    }
}

fn numbers(table: &Table, name: &str) -> Vec<f64> {
    match table.column(name) {
        Some(Values::Numbers(numbers)) => numbers.iter().copied().flatten().collect(),
        other => panic!("{name}: {other:?}"),
    }
}

/// Of each listing its file, named by a hash that tells its content.
fn sources(files: &[StoredYear]) -> Sources {
    let of = |year: &StoredYear| {
        (
            year.symbol.clone(),
            sha256_hex(format!("{year:?}").as_bytes()),
        )
    };
    files.iter().map(of).collect()
}

/// The tables of `files`; those that did not change come out of the panel `old`.
fn made(files: &[StoredYear], old: Option<&Bytes>) -> MadeYear {
    let sources = sources(files);
    let old = old.map(|bytes| {
        let named = OldPanel::sources_of(bytes).unwrap();
        let same = named
            .into_iter()
            .filter(|(symbol, sha)| sources.get(symbol) == Some(sha));
        (
            OldPanel::open(bytes.clone()).unwrap(),
            same.map(|(symbol, _)| symbol).collect(),
        )
    });
    let keep: std::collections::BTreeSet<String> = old
        .as_ref()
        .map(|(_, keep): &(OldPanel, std::collections::BTreeSet<String>)| keep.clone())
        .unwrap_or_default();
    let mut tables = YearTables::new(us(), 2024, 3, old);
    let mut files: Vec<&StoredYear> = files
        .iter()
        .filter(|it| !keep.contains(&it.symbol))
        .collect();
    files.sort_by_key(|it| it.symbol.clone());
    for file in files {
        tables.add(file).unwrap();
    }
    tables.finish(&sources).unwrap()
}

#[test]
fn a_panel_has_every_row_by_symbol_and_date() {
    let msft = year("MSFT", "2024-01-02", &[300.0, 301.0, 302.0]);
    let aapl = year("AAPL", "2024-01-03", &[10.0, 10.5]);
    let one = made(&[msft, aapl], None);
    let table = read(one.panel.clone());
    assert_eq!(
        texts(&table, "Ticker"),
        ["AAPL", "AAPL", "MSFT", "MSFT", "MSFT"]
    );
    assert_eq!(numbers(&table, "Close"), [10.0, 10.5, 300.0, 301.0, 302.0]);
    assert_eq!(numbers(&table, "Dividends"), [0.0, 0.25, 0.0, 0.0, 0.25]);
    assert_eq!(table.names().count(), 12);
    assert_eq!((one.listings, one.rows), (2, 5));
    assert_eq!(
        (
            one.bars_entry.rows,
            one.bars_entry.span.last_ticker.as_str()
        ),
        (5, "MSFT")
    );
    let names: Vec<String> = read(one.bars).names().map(str::to_owned).collect();
    let columns = crate::delta::DeltaTable::Bars.columns();
    assert_eq!(
        names,
        columns.iter().map(|(name, _)| *name).collect::<Vec<_>>()
    );
    let names: Vec<String> = read(one.factors).names().map(str::to_owned).collect();
    let columns = crate::delta::DeltaTable::Factors.columns();
    assert_eq!(
        names,
        columns.iter().map(|(name, _)| *name).collect::<Vec<_>>()
    );
}

#[test]
fn tables_made_of_an_old_panel_are_those_made_of_all_files() {
    let file =
        |symbol: &str, close: f64| year(symbol, "2024-01-02", &[close, close + 1.0, close - 0.5]);
    let before = [
        file("AAPL", 10.0),
        file("IBM", 20.0),
        file("MSFT", 30.0),
        file("TSLA", 40.0),
    ];
    let old = made(&before, None).panel;
    let cases: [&[StoredYear]; 6] = [
        &before,
        &[
            file("AAPL", 10.0),
            file("IBM", 21.0),
            file("MSFT", 30.0),
            file("TSLA", 40.0),
        ],
        &[file("IBM", 20.0), file("TSLA", 40.0)],
        &[file("A", 1.0), file("AAPL", 10.0), file("ZZ", 2.0)],
        &[file("AAPL", 11.0), file("TSLA", 41.0)],
        &[file("NVDA", 5.0)],
    ];
    for (n, files) in cases.into_iter().enumerate() {
        assert_eq!(made(files, Some(&old)), made(files, None), "case {n}");
    }
}

/// A payment of one listing changes `Adj Close` of its earlier years: all other columns are taken as they lie
/// in the old panel, and the files are those that would be made of nothing but year files.
#[test]
fn where_only_one_column_changed_the_others_are_taken_as_they_are() {
    let symbols: Vec<String> = (0..150).map(|n| format!("S{n:03}")).collect();
    let closes: Vec<f64> = (0..240).map(|n| 10.0 + f64::from(n % 17) / 8.0).collect();
    let files = |paid_by: &str| -> Vec<StoredYear> {
        let of = |symbol: &String| {
            let mut file = year(symbol, "2024-01-02", &closes);
            if symbol == paid_by {
                let adjusted = &mut file.derived.adjusted_close;
                adjusted.iter_mut().for_each(|close| *close *= 0.99);
            }
            file
        };
        symbols.iter().map(of).collect()
    };
    let old = made(&files(""), None).panel;
    for paid_by in ["S000", "S075", "S149"] {
        let files = files(paid_by);
        let new = made(&files, Some(&old));
        assert_eq!(new, made(&files, None), "{paid_by}");
        let mut before = OldPanel::open(old.clone()).unwrap();
        while before.next().unwrap().is_some() {}
        let after = parquet::Reader::open(Vec::from(new.panel).into()).unwrap();
        let mut changed = Vec::new();
        for n in 0..after.groups() {
            let table = after.group(n).unwrap();
            let group = before.group(n).expect("every group was read");
            for name in table.names() {
                let values = table.column(name).unwrap();
                if group.pages_of(name, values).unwrap().is_none() {
                    changed.push((n, name.to_owned()));
                }
            }
        }
        let group = match paid_by {
            "S000" => 0,
            "S075" => 1,
            _ => 2,
        };
        assert_eq!(changed, [(group, "Adj Close".to_owned())]);
    }
}

/// Equal numbers of other bits would be other bytes.
#[test]
fn values_are_the_same_to_the_last_bit_or_not_at_all() {
    use crate::parquet::Values;
    let numbers = |n: f64| Values::Numbers(vec![Some(n), None]);
    assert!(numbers(1.5).is_same(&numbers(1.5)));
    assert!(numbers(f64::NAN).is_same(&numbers(f64::NAN)));
    assert!(!numbers(0.0).is_same(&numbers(-0.0)));
    assert!(!numbers(1.5).is_same(&Values::Numbers(vec![None, Some(1.5)])));
    assert!(!Values::Counts(vec![Some(1)]).is_same(&Values::Dates(vec![Some(1)])));
    assert!(Values::texts(["a", "b"]).is_same(&Values::texts(["a", "b"])));
    assert!(!Values::texts(["a", "b"]).is_same(&Values::texts(["a"])));
}

#[test]
fn a_listing_lies_in_one_row_group_and_groups_are_of_ascending_symbols() {
    let files: Vec<StoredYear> = (0..150)
        .map(|n| year(&format!("S{n:03}"), "2024-01-02", &[1.5; 240]))
        .collect();
    let bytes = made(&files, None).panel;
    let reader = parquet::Reader::open(Vec::from(bytes).into()).unwrap();
    assert_eq!(reader.groups(), 3);
    let mut seen: Vec<String> = Vec::new();
    for group in 0..reader.groups() {
        let mut symbols = texts(&reader.group(group).unwrap(), "Ticker");
        symbols.dedup();
        seen.extend(symbols);
    }
    let expected: Vec<String> = (0..150).map(|n| format!("S{n:03}")).collect();
    assert_eq!(seen, expected);
}

#[test]
fn close_times_factor_is_the_adjusted_close_of_every_row() {
    let actions = [
        dividend("2024-01-04", 0.25),
        split("2024-01-09", 4.0, 1.0),
        dividend("2024-01-09", 0.1),
        dividend("2024-01-15", 0.33),
    ];
    let closes: Vec<f64> = (0..20).map(|n| 97.31 + 0.77 * f64::from(n)).collect();
    let files = [
        year_with("AAPL", "2024-01-02", &closes, &actions),
        year_with("MSFT", "2024-01-02", &closes, &[]),
    ];
    let tables = made(&files, None);
    for file in &files {
        let stretches = stretches_in(&tables.factors, &file.symbol).unwrap();
        let n_stretches = if file.symbol == "AAPL" { 4 } else { 1 };
        assert_eq!(stretches.len(), n_stretches);
        let gapless = stretches
            .windows(2)
            .all(|it| it[0].to.tomorrow().unwrap() == it[1].from);
        assert!(gapless, "{stretches:?}");
        let bars = with_factors(bars_in(&tables.bars, &file.symbol).unwrap(), &stretches);
        assert_eq!(bars.len(), file.bars.len());
        for (row, bar) in bars.iter().enumerate() {
            let adjusted = file.derived.adjusted_close[row];
            let difference = (bar.adj_close() - adjusted).abs() / adjusted;
            assert!(difference < 1e-12, "{} {difference:e}", bar.date);
            assert_eq!(bar.split_factor, file.derived.split_factor[row]);
        }
    }
}

#[test]
fn a_new_row_without_an_event_changes_bars_and_no_factor() {
    let before = [year("AAPL", "2024-01-02", &[10.0, 10.5, 10.25])];
    let after = [year("AAPL", "2024-01-02", &[10.0, 10.5, 10.25, 10.75])];
    let (before, after) = (made(&before, None), made(&after, None));
    assert_ne!(before.bars_entry, after.bars_entry);
    assert_eq!(before.factors, after.factors);
    let with = |event: Action| {
        let events = [dividend("2024-01-04", 0.25), event];
        let closes = [10.0, 10.5, 10.25, 10.75];
        made(&[year_with("AAPL", "2024-01-02", &closes, &events)], None)
    };
    // A new event changes factors, and the bars by its own row.
    let later = with(dividend("2024-01-05", 0.1));
    assert_ne!(later.factors, after.factors);
    assert_ne!(later.bars_entry, after.bars_entry);
    // One without a row yet changes neither: no close is adjusted by it.
    let announced = with(dividend("2024-01-09", 0.1));
    assert_eq!(announced.factors, after.factors);
    assert_eq!(announced.bars_entry, after.bars_entry);
}

#[test]
fn a_panel_of_an_earlier_version_names_no_sources() {
    let file = year("AAPL", "2024-01-02", &[10.0]);
    let bytes = encode_actions(&us(), &[("AAPL", dividend("2024-01-02", 0.1))], "x", 3).unwrap();
    assert_eq!(OldPanel::sources_of(&bytes), None);
    let panel = made(std::slice::from_ref(&file), None).panel;
    assert_eq!(OldPanel::sources_of(&panel), Some(sources(&[file])));
    assert!(OldPanel::open(panel.slice(1..)).is_err());
}

#[test]
fn actions_are_one_table() {
    let actions = [
        ("MSFT", dividend("2024-02-14", 0.75)),
        ("AAPL", split("2020-08-31", 4.0, 1.0)),
        ("AAPL", dividend("2024-02-14", 0.24)),
    ];
    let table = read(encode_actions(&us(), &actions, "x", 3).unwrap());
    assert_eq!(texts(&table, "Ticker"), ["AAPL", "AAPL", "MSFT"]);
    assert_eq!(texts(&table, "Kind"), ["split", "dividend", "dividend"]);
    assert_eq!(numbers(&table, "Ratio"), [4.0, 0.0, 0.0]);
}

#[test]
fn the_hash_tells_other_sources() {
    let of = |pairs: &[(&str, &str)]| sources_hash(pairs.iter().copied());
    assert_eq!(of(&[("A", "1"), ("B", "2")]), of(&[("A", "1"), ("B", "2")]));
    assert_ne!(of(&[("A", "1"), ("B", "2")]), of(&[("A", "1"), ("B", "3")]));
    assert_ne!(of(&[("A", "1")]), of(&[("A", "1"), ("B", "2")]));
}
