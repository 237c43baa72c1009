use std::collections::BTreeMap;

use super::*;
use crate::adjust::adjust;
use crate::codec::{self, DerivedColumns, FileContext};
use crate::fixtures::{day, dividend, listing, sessions, split, weekdays, xnys};
use crate::parquet::{self, Table, Values};
use crate::record::{Watch, YearEntry};
use crate::schema::{SCHEMA_VERSION, column, metadata};
use crate::{revision, seal};
use quantx_market::{Action, ActionSet, Bar, BarSeries, Date};

/// Two years of AAPL with a split and two dividends, as a run would have committed them.
fn whole(calendar: Calendar) -> StoredListing {
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
        sources: Vec::new(),
        confirmed: Vec::new(),
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
    StoredListing {
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
    stored_listing: &mut StoredListing,
    table: impl FnOnce(Table) -> Table,
    metadata: impl FnOnce(&mut BTreeMap<String, String>),
) {
    let bytes = &stored_listing.files[&2023];
    let (readable, mut pairs, _) = codec::open(bytes).unwrap();
    pairs.retain(|key, _| key.starts_with("quantx."));
    metadata(&mut pairs);
    let table = table(parquet::read(readable, None).unwrap());
    let bytes = parquet::write(
        &table,
        3,
        pairs.into_iter().collect(),
        parquet::Layout::Year,
    )
    .unwrap();
    let sealed = seal::seal(bytes).unwrap();
    stored_listing.files.insert(2023, sealed.into());
}

/// The values of a column of numbers, changed.
fn numbers(table: Table, name: &str, change: impl FnOnce(&mut Vec<Option<f64>>)) -> Table {
    let Some(Values::Numbers(mut values)) = table.column(name).cloned() else {
        panic!("{name} has no numbers");
    };
    change(&mut values);
    table.with(name, Values::Numbers(values))
}

fn texts(table: Table, name: &str, row: usize, value: &str) -> Table {
    let Some(Values::Texts(texts)) = table.column(name) else {
        panic!("{name} has no texts");
    };
    let mut texts: Vec<String> = texts.iter().map(|text| text.unwrap().to_owned()).collect();
    texts[row] = value.to_owned();
    let texts = Values::texts(texts.iter().map(String::as_str));
    table.with(name, texts)
}

/// The last date, a day later.
fn last_date_moved(table: Table) -> Table {
    let Some(Values::Dates(mut days)) = table.column(column::DATE).cloned() else {
        panic!("no dates");
    };
    let last = days.last_mut().unwrap().as_mut().unwrap();
    *last += 1;
    table.with(column::DATE, Values::Dates(days))
}

type ChangeTable = fn(Table) -> Table;

type Found = (ProofRule, Option<usize>, Option<Date>);

/// Rules, rows and dates of the findings about the file of 2023.
fn findings_of(stored_listing: &StoredListing) -> Vec<Found> {
    let path = LakeKey::bars(&stored_listing.listing, 2023).path();
    let findings = prove(stored_listing, Depth::Deep).findings;
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
    let cases: [(&str, ChangeTable, &[Found]); 10] = [
        (
            "a price that is none",
            |table| numbers(table, column::OPEN, |open| open[7] = Some(-1.0)),
            &[(ProofRule::ImpossiblePrice, Some(8), None)],
        ),
        (
            "a price that is not a number",
            |table| numbers(table, column::LOW, |low| low[7] = Some(f64::NAN)),
            &[(ProofRule::ImpossiblePrice, Some(8), None)],
        ),
        (
            "a null",
            |table| numbers(table, column::CLOSE, |close| close[7] = None),
            &[(ProofRule::NullValue, Some(8), None)],
        ),
        (
            "a high that nobody knows any more",
            |table| numbers(table, column::HIGH, |high| high[7] = None),
            &[(ProofRule::RowsHash, None, None)],
        ),
        (
            "a row of another symbol",
            |table| texts(table, column::TICKER, 7, "MSFT"),
            &[(ProofRule::WrongTicker, Some(8), None)],
        ),
        (
            "a row of another exchange",
            |table| texts(table, column::EXCHANGE, 7, "hk"),
            &[(ProofRule::WrongExchange, Some(8), None)],
        ),
        (
            "a column too many",
            |table| {
                let n = table.rows();
                table.with("Repaired", Values::numbers(vec![1.0; n]))
            },
            &[(ProofRule::WrongSchema, None, None)],
        ),
        (
            "a column too few",
            |table| table.without(column::SPLIT_FACTOR),
            &[(ProofRule::WrongSchema, None, None)],
        ),
        (
            "a column of another type",
            |table| {
                let n = table.rows();
                table.with(column::VOLUME, Values::numbers(vec![1000.0; n]))
            },
            &[(ProofRule::WrongSchema, None, None)],
        ),
        (
            "no row at all",
            Table::without_rows,
            &[(ProofRule::StaleFile, None, None)],
        ),
    ];
    for (name, table, expect) in cases {
        let mut stored_listing = whole(xnys());
        change(&mut stored_listing, table, |_| {});
        let date = |row: usize| sessions("2023-06-01", 300)[row - 1].date();
        let found = findings_of(&stored_listing);
        for (rule, row, _) in expect {
            let expect = (*rule, *row, row.map(date));
            assert!(found.contains(&expect), "{name}: {found:?}");
        }
        // Whatever else is found follows from it; the file is never taken for an unfinished commit.
        let rules: Vec<ProofRule> = found.iter().map(|(rule, ..)| *rule).collect();
        assert!(
            !rules.contains(&ProofRule::InterruptedCommit),
            "{name}: {rules:?}"
        );
    }
}

#[test]
fn rows_that_do_not_match_the_hash_the_file_carries_are_found() {
    let mut stored_listing = whole(xnys());
    change(
        &mut stored_listing,
        |table| numbers(table, column::CLOSE, |close| close[9] = Some(109.25)),
        |_| {},
    );
    let rules: Vec<ProofRule> = findings_of(&stored_listing)
        .iter()
        .map(|(rule, ..)| *rule)
        .collect();
    assert_eq!(
        rules,
        [
            ProofRule::RowsHash,
            ProofRule::AdjClose,
            ProofRule::FileDiffers
        ]
    );
}

#[test]
fn metadata_of_a_file_is_held_against_the_record() {
    for (key, value, rule) in [
        (metadata::CURRENCY, "EUR", ProofRule::Currency),
        (metadata::UNIT_SCALE, "0.01", ProofRule::UnitScale),
        (metadata::SCHEMA_VERSION, "3", ProofRule::NewerSchema),
        (metadata::SCHEMA_VERSION, "one", ProofRule::WrongSchema),
        (metadata::ROWS_HASH, "0", ProofRule::RowsHash),
    ] {
        let mut stored_listing = whole(xnys());
        change(
            &mut stored_listing,
            |table| table,
            |pairs| {
                pairs.insert(key.to_owned(), value.to_owned());
            },
        );
        let rules: Vec<ProofRule> = findings_of(&stored_listing)
            .iter()
            .map(|(rule, ..)| *rule)
            .collect();
        assert!(rules.contains(&rule), "{key} {value}: {rules:?}");
    }
}

#[test]
fn a_row_on_no_session_is_a_note_where_the_calendar_is_not_sure() {
    // Weekdays but 1 January and 25 December: the Fridays that New York trades on are sessions, and
    // rows of a calendar that knows holidays can be off it only on those two.
    let mut stored_listing = whole(xnys());
    // 2023-12-29 becomes 2023-12-30, a Saturday.
    change(&mut stored_listing, last_date_moved, |_| {});
    for (calendar, severity) in [
        (xnys(), FindingSeverity::Damage),
        (weekdays(), FindingSeverity::Note),
    ] {
        stored_listing.calendar = calendar.clone();
        let findings = prove(&stored_listing, Depth::Deep).findings;
        let mut of_rule = findings.iter().filter(|f| f.rule == ProofRule::NoSession);
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
    let mut stored_listing = whole(xnys());
    let bytes = stored_listing.record.take().unwrap();
    let mut record = CommitRecord::parse(&bytes, "AAPL").unwrap();
    // A Saturday instead of the Friday: same session marked, another event.
    let moved = |action: &mut Action| {
        if action.ex_date == day("2024-02-09") {
            action.ex_date = day("2024-02-10");
        }
    };
    record.actions.iter_mut().for_each(moved);
    stored_listing.record = Some(record.to_bytes().unwrap().into());
    let findings = prove(&stored_listing, Depth::Deep).findings;
    let rules: Vec<ProofRule> = findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(
        rules,
        [ProofRule::Dividends, ProofRule::ActionsHash],
        "{findings:#?}"
    );
}

#[test]
fn a_row_of_which_the_calendar_is_not_sure_is_not_mended() {
    let mut stored_listing = whole(weekdays());
    // A row on a Saturday: no session of a weekday calendar, and nothing proves that it is wrong.
    let bytes = stored_listing.record.take().unwrap();
    let mut record = CommitRecord::parse(&bytes, "AAPL").unwrap();
    change(&mut stored_listing, last_date_moved, |_| {});
    let entry = record.years.get_mut(&2023).unwrap();
    entry.sha256 = codec::sha256_hex(&stored_listing.files[&2023]);
    entry.last = day("2023-12-30");
    stored_listing.record = Some(record.to_bytes().unwrap().into());
    let examined = examine(&stored_listing, Depth::Deep);
    let context = repair_plan::RepairContext {
        compression_level: 3,
        now: record.updated,
    };
    let repair_plan = repair_plan::plan_repair(&stored_listing, &examined, context);
    assert!(repair_plan.record.is_none(), "{:?}", repair_plan.record);
}
