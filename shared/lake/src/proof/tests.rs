use std::io::Cursor;

use polars::prelude::*;

use super::*;
use crate::adjust::adjust;
use crate::codec::{self, DerivedColumns, FileContext};
use crate::fixtures::{day, dividend, listing, sessions, split, weekdays, xnys};
use crate::record::{Watch, YearEntry};
use crate::schema::{SCHEMA_VERSION, column, metadata};
use crate::{revision, seal};
use quantx_market::{Action, ActionSet, Bar, BarSeries, Date};

/// Two years of AAPL with a split and two dividends, as a run would have committed them.
fn whole(calendar: Calendar) -> Holdings {
    let listing = listing("AAPL");
    let days = sessions("2023-06-01", 300);
    let bars = days.iter().enumerate().map(|(at, session)| {
        let close = 100.0 + (at % 17) as f64;
        Bar::new(*session, [close, close + 2.0, close - 2.0, close], 1000.0).unwrap()
    });
    let bars = BarSeries::new(bars.collect());
    let actions: ActionSet = [
        dividend("2023-08-10", 0.25),
        split("2024-01-10", 4.0, 1.0),
        dividend("2024-02-09", 0.24),
    ]
    .into_iter()
    .collect();
    let adjustment = adjust(bars.bars(), None, &actions);
    let mut record = CommitRecord {
        schema: SCHEMA_VERSION,
        symbol: "AAPL".to_owned(),
        exchange: "us".to_owned(),
        currency: Some("USD".to_owned()),
        unit_scale: 1.0,
        first_trade: None,
        asked_from: day("2023-06-01"),
        actions: actions.iter().copied().collect(),
        judged: Vec::new(),
        years: BTreeMap::new(),
        watch: Watch::default(),
        revision: 2,
        updated: "2024-09-01T00:00:00Z".parse().unwrap(),
    };
    let mut files = BTreeMap::new();
    let (mut from, mut before): (usize, Option<Date>) = (0, None);
    for (year, bars) in bars.years() {
        let derived = DerivedColumns::slice(&adjustment, from..from + bars.len());
        from += bars.len();
        let of_year = revision::actions_of_year(&actions, before, bars);
        let file = FileContext {
            listing: &listing,
            currency: "USD",
            unit_scale: 1.0,
            actions_hash: &codec::actions_hash(&of_year),
            compression_level: 3,
        };
        let bytes = codec::encode(bars, &derived, &file).unwrap();
        let (first, last) = (bars[0].date.date(), bars[bars.len() - 1].date.date());
        before = Some(last);
        let entry = YearEntry {
            rows: bars.len(),
            first,
            last,
            sha256: codec::sha256_hex(&bytes),
        };
        record.years.insert(year, entry);
        files.insert(year, Bytes::from(bytes));
    }
    Holdings {
        listing,
        calendar,
        record: Some(record.to_bytes().unwrap().into()),
        files,
        manifest: ManifestLine::Present(Box::new(ManifestRow::of(&record))),
        hole_asks: 3,
        range_tolerance: 0.03,
    }
}

/// Changes the table of 2023 and seals it again, hash of rows and all but the commit left as they were.
fn change(
    holdings: &mut Holdings,
    table: impl FnOnce(DataFrame) -> DataFrame,
    metadata: impl FnOnce(&mut BTreeMap<String, String>),
) {
    let bytes = &holdings.files[&2023];
    let mut reader = ParquetReader::new(Cursor::new(bytes));
    let mut pairs: BTreeMap<String, String> = reader
        .get_metadata()
        .unwrap()
        .key_value_metadata()
        .iter()
        .flatten()
        .filter(|pair| pair.key.starts_with("quantx."))
        .map(|pair| (pair.key.clone(), pair.value.clone().unwrap()))
        .collect();
    metadata(&mut pairs);
    let mut frame = table(reader.finish().unwrap());
    let mut bytes = Vec::new();
    let pairs = KeyValueMetadata::from_static(pairs.into_iter().collect());
    ParquetWriter::new(&mut bytes)
        .with_key_value_metadata(Some(pairs))
        .finish(&mut frame)
        .unwrap();
    let sealed = seal::seal(&bytes).unwrap();
    holdings.files.insert(2023, sealed.into());
}

fn column(mut frame: DataFrame, column: Column) -> DataFrame {
    frame.with_column(column).unwrap();
    frame
}

/// The values of a column of numbers, changed.
fn numbers(frame: DataFrame, name: &str, change: impl FnOnce(&mut Vec<Option<f64>>)) -> DataFrame {
    let mut values: Vec<Option<f64>> = frame.column(name).unwrap().f64().unwrap().iter().collect();
    change(&mut values);
    column(frame, Column::new(name.into(), values))
}

fn texts(frame: DataFrame, name: &str, row: usize, value: &str) -> DataFrame {
    let texts = frame.column(name).unwrap().str().unwrap();
    let mut texts: Vec<String> = texts.iter().map(|text| text.unwrap().to_owned()).collect();
    texts[row] = value.to_owned();
    column(frame, Column::new(name.into(), texts))
}

type ChangeTable = fn(DataFrame) -> DataFrame;

type Told = (Rule, Option<usize>, Option<Date>);

/// Rules, rows and dates of the findings about the file of 2023.
fn told(holdings: &Holdings) -> Vec<Told> {
    let path = LakeKey::bars(&holdings.listing, 2023).path();
    let findings = prove(holdings, Depth::Deep).findings;
    let of_file = findings.iter().filter(|finding| finding.path == path);
    of_file.map(|f| (f.rule, f.row, f.date)).collect()
}

#[test]
fn a_whole_listing_gives_nothing() {
    for depth in [Depth::Quick, Depth::Deep] {
        let proof = prove(&whole(xnys()), depth);
        assert_eq!(proof.findings, []);
        assert_eq!((proof.files, proof.rows), (2, 300));
        assert_eq!(
            proof.files_decoded,
            if depth == Depth::Deep { 2 } else { 0 }
        );
        assert_eq!((proof.coverage.present, proof.coverage.missing), (300, 0));
    }
}

#[test]
fn a_file_that_another_program_sealed_is_read_as_far_as_it_goes() {
    let cases: [(&str, ChangeTable, &[Told]); 10] = [
        (
            "a price that is none",
            |frame| numbers(frame, column::OPEN, |open| open[7] = Some(-1.0)),
            &[(Rule::ImpossiblePrice, Some(8), None)],
        ),
        (
            "a price that is not a number",
            |frame| numbers(frame, column::LOW, |low| low[7] = Some(f64::NAN)),
            &[(Rule::ImpossiblePrice, Some(8), None)],
        ),
        (
            "a null",
            |frame| numbers(frame, column::CLOSE, |close| close[7] = None),
            &[(Rule::NullValue, Some(8), None)],
        ),
        (
            "a high that nobody knows any more",
            |frame| numbers(frame, column::HIGH, |high| high[7] = None),
            &[(Rule::RowsHash, None, None)],
        ),
        (
            "a row of another symbol",
            |frame| texts(frame, column::TICKER, 7, "MSFT"),
            &[(Rule::WrongTicker, Some(8), None)],
        ),
        (
            "a row of another exchange",
            |frame| texts(frame, column::EXCHANGE, 7, "hk"),
            &[(Rule::WrongExchange, Some(8), None)],
        ),
        (
            "a column too many",
            |frame| {
                let n = frame.height();
                column(frame, Column::new("Repaired".into(), vec![true; n]))
            },
            &[(Rule::WrongSchema, None, None)],
        ),
        (
            "a column too few",
            |frame| frame.drop(column::SPLIT_FACTOR).unwrap(),
            &[(Rule::WrongSchema, None, None)],
        ),
        (
            "a column of another type",
            |frame| {
                let volume = frame.column(column::VOLUME).unwrap();
                let volume = volume.cast(&DataType::Float64).unwrap();
                column(frame, volume)
            },
            &[(Rule::WrongSchema, None, None)],
        ),
        (
            "no row at all",
            |frame| frame.head(Some(0)),
            &[(Rule::StaleFile, None, None)],
        ),
    ];
    for (name, table, expect) in cases {
        let mut holdings = whole(xnys());
        change(&mut holdings, table, |_| {});
        let date = |row: usize| sessions("2023-06-01", 300)[row - 1].date();
        let found = told(&holdings);
        for (rule, row, _) in expect {
            let expect = (*rule, *row, row.map(date));
            assert!(found.contains(&expect), "{name}: {found:?}");
        }
        // Whatever else is found follows from it; the file is never taken for an unfinished commit.
        let rules: Vec<Rule> = found.iter().map(|(rule, ..)| *rule).collect();
        assert!(
            !rules.contains(&Rule::InterruptedCommit),
            "{name}: {rules:?}"
        );
    }
}

#[test]
fn rows_that_do_not_match_the_hash_the_file_carries_are_found() {
    let mut holdings = whole(xnys());
    change(
        &mut holdings,
        |frame| numbers(frame, column::CLOSE, |close| close[9] = Some(109.25)),
        |_| {},
    );
    let rules: Vec<Rule> = told(&holdings).iter().map(|(rule, ..)| *rule).collect();
    assert_eq!(rules, [Rule::RowsHash, Rule::AdjClose, Rule::FileDiffers]);
}

#[test]
fn metadata_of_a_file_is_held_against_the_record() {
    for (key, value, rule) in [
        (metadata::CURRENCY, "EUR", Rule::Currency),
        (metadata::UNIT_SCALE, "0.01", Rule::UnitScale),
        (metadata::SCHEMA_VERSION, "3", Rule::NewerSchema),
        (metadata::SCHEMA_VERSION, "one", Rule::WrongSchema),
        (metadata::ROWS_HASH, "0", Rule::RowsHash),
    ] {
        let mut holdings = whole(xnys());
        change(
            &mut holdings,
            |frame| frame,
            |pairs| {
                pairs.insert(key.to_owned(), value.to_owned());
            },
        );
        let rules: Vec<Rule> = told(&holdings).iter().map(|(rule, ..)| *rule).collect();
        assert!(rules.contains(&rule), "{key} {value}: {rules:?}");
    }
}

#[test]
fn a_row_on_no_session_is_a_note_where_the_calendar_is_not_sure() {
    // Weekdays but 1 January and 25 December: the Fridays that New York trades on are sessions, and
    // rows of a calendar that knows holidays can be off it only on those two.
    let mut holdings = whole(xnys());
    let christmas = |frame: DataFrame| {
        let dates = frame.column(column::DATE).unwrap();
        let dates = dates.as_materialized_series().to_physical_repr();
        let mut dates: Vec<i32> = dates.i32().unwrap().iter().flatten().collect();
        let last = dates.len() - 1;
        // 2023-12-29 becomes 2023-12-30, a Saturday.
        dates[last] += 1;
        let dates = Column::new(column::DATE.into(), dates);
        column(frame, dates.cast(&DataType::Date).unwrap())
    };
    change(&mut holdings, christmas, |_| {});
    for (calendar, severity) in [(xnys(), Severity::Damage), (weekdays(), Severity::Note)] {
        holdings.calendar = calendar.clone();
        let findings = prove(&holdings, Depth::Deep).findings;
        let mut of_rule = findings.iter().filter(|f| f.rule == Rule::NoSession);
        let finding = of_rule.next().unwrap();
        assert_eq!(
            (finding.severity, finding.date),
            (severity, Some(day("2023-12-30"))),
            "{calendar:?}"
        );
    }
}

#[test]
fn an_action_between_sessions_belongs_to_the_next_one() {
    let mut holdings = whole(xnys());
    let bytes = holdings.record.take().unwrap();
    let mut record = CommitRecord::parse(&bytes, "AAPL").unwrap();
    // A Saturday instead of the Friday: same session marked, another event.
    let moved = |action: &mut Action| {
        if action.ex_date == day("2024-02-09") {
            action.ex_date = day("2024-02-10");
        }
    };
    record.actions.iter_mut().for_each(moved);
    holdings.record = Some(record.to_bytes().unwrap().into());
    let findings = prove(&holdings, Depth::Deep).findings;
    let rules: Vec<Rule> = findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, [Rule::Dividends, Rule::ActionsHash], "{findings:#?}");
}

#[test]
fn a_row_of_which_the_calendar_is_not_sure_is_not_mended() {
    let mut holdings = whole(weekdays());
    // A row on a Saturday: no session of a weekday calendar, and nothing proves that it is wrong.
    let bytes = holdings.record.take().unwrap();
    let mut record = CommitRecord::parse(&bytes, "AAPL").unwrap();
    change(
        &mut holdings,
        |frame| {
            let dates = frame.column(column::DATE).unwrap();
            let dates = dates.as_materialized_series().to_physical_repr();
            let mut dates: Vec<i32> = dates.i32().unwrap().iter().flatten().collect();
            let last = dates.len() - 1;
            dates[last] += 1;
            let dates = Column::new(column::DATE.into(), dates);
            column(frame, dates.cast(&DataType::Date).unwrap())
        },
        |_| {},
    );
    let entry = record.years.get_mut(&2023).unwrap();
    entry.sha256 = codec::sha256_hex(&holdings.files[&2023]);
    entry.last = day("2023-12-30");
    holdings.record = Some(record.to_bytes().unwrap().into());
    let examined = examine(&holdings, Depth::Deep);
    let context = mend::MendContext {
        compression_level: 3,
        now: record.updated,
    };
    let mending = mend::mend(&holdings, &examined, context);
    assert!(mending.record.is_none(), "{:?}", mending.record);
}
