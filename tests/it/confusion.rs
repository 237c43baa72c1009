//! Faults put into the rows of three lineages, and what whole runs make of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use quantx::lake::LakeKey;
use quantx::lake::record::CommitRecord;
use quantx::lake::sources::{Standing, run_on};
use quantx::storage::{LakeStore, MemoryStore};
use quantx_tests::lab::Lab;

const FIRST_NIGHT: Date = date(2024, 3, 1);
const NIGHTS: i64 = 40;
const VENDORS: [&str; 3] = ["yahoo", "eodhd", "alpaca"];

/// Name, sessions, factor and cells of what is injected.
const KINDS: [(&str, usize, f64, &str); 6] = [
    ("open", 1, 1.01, "open"),
    ("high", 1, 1.01, "high"),
    ("low", 1, 0.99, "low"),
    ("close", 1, 1.01, "close"),
    ("all prices", 1, 1.02, "prices"),
    ("eight sessions in one ratio", 8, 2.0, "prices"),
];

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Fault {
    vendor: &'static str,
    kind: &'static str,
    symbol: String,
    from: Date,
    sessions: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Found {
    found: usize,
    missed: usize,
    wrongly: usize,
}

/// Each vendor has each kind twice, no two of them on one session of one listing.
fn faults() -> (Vec<Fault>, String) {
    let mut faults = Vec::new();
    let mut spec = Vec::new();
    for (v, vendor) in VENDORS.into_iter().enumerate() {
        for (k, (kind, sessions, factor, cells)) in KINDS.into_iter().enumerate() {
            for (turn, symbol) in [(v + 3 * k) % 9, (v + 3 * k + 4) % 9]
                .into_iter()
                .enumerate()
            {
                // Some sessions apart for each kind, and a fortnight for each vendor's second turn.
                let days = i64::try_from(7 + 3 * (k % 3) + 12 * turn).unwrap();
                let from = FIRST_NIGHT.checked_add(days.days()).unwrap();
                let symbol = format!("S{:04}", symbol + if sessions > 1 { 9 } else { 0 });
                spec.push(format!(
                    "{vendor}.lie={symbol}:{from}:{sessions}:{factor}:{cells}"
                ));
                faults.push(Fault {
                    vendor,
                    kind,
                    symbol,
                    from,
                    sessions,
                });
            }
        }
    }
    (faults, spec.join(","))
}

async fn records(lake: &Arc<dyn LakeStore>, lab: &Lab) -> Vec<CommitRecord> {
    let mut records = Vec::new();
    for symbol in lab.server.market().symbols() {
        let key = LakeKey::commit(&lab.listings(&[&symbol]).remove(0));
        let object = lake.get(&key).await.unwrap().unwrap();
        records.push(CommitRecord::parse(&object.bytes, &symbol).unwrap());
    }
    records
}

/// The vendors to whom a session's row is laid: the first, where others outvoted it, and each witness
/// that does not confirm what is stored.
fn laid_to(record: &CommitRecord, date: Date) -> BTreeSet<&'static str> {
    let source = run_on(&record.sources, date);
    let is_voted = source.is_some_and(|run| run.standing == Standing::Voted);
    let of = source.map_or("yahoo", |run| run.vendor.as_str());
    let confirmed = record
        .confirmed
        .iter()
        .find(|run| run.from <= date && date <= run.to);
    let by: Vec<&str> = confirmed
        .iter()
        .flat_map(|run| &run.by)
        .map(String::as_str)
        .collect();
    let mut laid: BTreeSet<&'static str> = BTreeSet::new();
    laid.extend(is_voted.then_some("yahoo"));
    let witnesses = VENDORS.into_iter().skip(1);
    laid.extend(witnesses.filter(|witness| *witness != of && !by.contains(witness)));
    laid
}

#[tokio::test(flavor = "multi_thread")]
async fn every_injected_fault_is_laid_to_its_vendor_and_nothing_else_is() {
    let (faults, spec) = faults();
    let providers = [
        "order: [yahoo]",
        "witnesses: [eodhd, alpaca]",
        "confirm: always",
    ];
    let start = date(2023, 12, 1);
    let lab = Lab::of_vendors("synthetic:18:us", &spec, 9, start, &providers).await;
    let lake: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
    let symbols = lab.server.market().symbols();
    for night in 0..NIGHTS {
        let day = FIRST_NIGHT.checked_add(night.days()).unwrap();
        let at = day
            .at(5, 0, 0, 0)
            .to_zoned(jiff::tz::TimeZone::UTC)
            .unwrap();
        lab.at(at.timestamp());
        lab.daily(&lake, &symbols).await.unwrap();
    }
    let mut matrix: BTreeMap<(&str, &str), Found> = BTreeMap::new();
    let mut hit: BTreeMap<(String, Date), BTreeSet<&str>> = BTreeMap::new();
    let records = records(&lake, &lab).await;
    for fault in &faults {
        let truth = lab.server.market().truth(&fault.symbol).unwrap();
        let rows = truth.rows.iter().filter(|row| row.date >= fault.from);
        let dates: Vec<Date> = rows.take(fault.sessions).map(|row| row.date).collect();
        let record = records
            .iter()
            .find(|record| record.symbol == fault.symbol)
            .unwrap();
        let found = dates
            .iter()
            .all(|date| laid_to(record, *date).contains(fault.vendor));
        let count = matrix.entry((fault.vendor, fault.kind)).or_default();
        count.found += usize::from(found);
        count.missed += usize::from(!found);
        for date in dates {
            hit.entry((fault.symbol.clone(), date))
                .or_default()
                .insert(fault.vendor);
        }
    }
    let mut wrongly: Vec<String> = Vec::new();
    for record in &records {
        let truth = lab.server.market().truth(&record.symbol).unwrap();
        let stored = record.first().unwrap()..=record.last().unwrap();
        for row in truth.rows.iter().filter(|row| stored.contains(&row.date)) {
            let blamed = laid_to(record, row.date);
            let guilty = hit.get(&(record.symbol.clone(), row.date));
            for vendor in blamed
                .iter()
                .filter(|vendor| guilty.is_none_or(|it| !it.contains(*vendor)))
            {
                matrix.entry((vendor, "none")).or_default().wrongly += 1;
                wrongly.push(format!("{} of {}: {vendor}", row.date, record.symbol));
            }
        }
    }
    let is_right = |count: &Found| {
        *count
            == Found {
                found: 2,
                ..Found::default()
            }
    };
    assert!(
        matrix.values().all(is_right),
        "{matrix:#?}\nwrongly laid: {wrongly:?}"
    );
    assert_eq!(matrix.len(), VENDORS.len() * KINDS.len());
}
