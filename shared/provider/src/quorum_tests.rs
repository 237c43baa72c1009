//! The recorded quorum set: AAPL 2023-01-03 to 02-10 by Yahoo, Tiingo, Massive and FMP, AAPL 2020 by Yahoo
//! and LEAN. The figures were measured by another program from the same files.

use std::fs;
use std::path::Path;

use jiff::civil::date;
use serde_json::Value;

use crate::yahoo::{Parsed, parse_chart};
use crate::{eodhd, tiingo};
use quantx_fixtures::{exchange, shared_data};
use quantx_market::{BasisReading, Date, VendorHistory};
use quantx_quality::agreement::{
    BarSource, Comparison, Lineage, PairAgreement, StepVolumes, Witness, compare, vote,
};
use quantx_quality::{Column, Inspected, InspectedRow};

const PRICES: [Column; 4] = [Column::Open, Column::High, Column::Low, Column::Close];

fn as_traded(history: &VendorHistory) -> Vec<InspectedRow> {
    let as_traded = BasisReading::all_applied(history).undo(history);
    Inspected::of_answer(history, &as_traded).rows
}

fn yahoo(body: &[u8]) -> Vec<InspectedRow> {
    match parse_chart(body, "AAPL").unwrap() {
        Parsed::History(history) => as_traded(&history),
        other => panic!("{other:?}"),
    }
}

fn file(name: &str) -> Option<Vec<u8>> {
    let folder = shared_data()?.join("vendors/openbb_aapl_2023");
    Some(fs::read(folder.join(name)).unwrap())
}

fn row(date: Date, prices: [f64; 4], volume: f64) -> InspectedRow {
    InspectedRow {
        date,
        prices: prices.map(Some),
        volume: Some(volume),
        adjustment: None,
    }
}

/// Rows of JSON objects, newest first or last, by the names of their values.
fn table(rows: &Value, names: [&str; 5], day: impl Fn(&Value) -> Date) -> Vec<InspectedRow> {
    let rows = rows.as_array().unwrap().iter().map(|it| {
        let [open, high, low, close, volume] = names.map(|name| it[name].as_f64().unwrap());
        row(day(it), [open, high, low, close], volume)
    });
    let mut rows: Vec<InspectedRow> = rows.collect();
    rows.sort_by_key(|row| row.date);
    rows
}

struct Quorum2023 {
    yahoo: Vec<InspectedRow>,
    tiingo: Vec<InspectedRow>,
    massive: Vec<InspectedRow>,
    fmp_v3: Vec<InspectedRow>,
    fmp_stable: Vec<InspectedRow>,
}

fn recorded_2023() -> Option<Quorum2023> {
    let json =
        |name: &str| -> Option<Value> { Some(serde_json::from_slice(&file(name)?).unwrap()) };
    let yahoo = yahoo(&file("yahoo_v8_chart_AAPL.trimmed.json")?);
    let body = file("tiingo_daily_prices_AAPL.trimmed.json")?;
    let us = exchange("us", "");
    let tiingo = tiingo::parse_history(&body, &us, date(2023, 1, 1)).unwrap();
    // Stamped with New York's midnight; five hours later it is that day everywhere west of it.
    let new_york = |it: &Value| {
        let stamp = jiff::Timestamp::from_millisecond(it["t"].as_i64().unwrap()).unwrap();
        let zone = jiff::tz::TimeZone::get("America/New_York").unwrap();
        stamp.to_zoned(zone).date()
    };
    let massive = json("polygon_v2_aggs_AAPL_adjusted-true.json")?;
    let massive = table(&massive["results"], ["o", "h", "l", "c", "v"], new_york);
    let names = ["open", "high", "low", "close", "volume"];
    let day = |it: &Value| it["date"].as_str().unwrap().parse().unwrap();
    let v3 = json("fmp_v3_historical-price-full_AAPL.json")?;
    let stable = json("fmp_stable_historical-price-eod-full_AAPL.json")?;
    Some(Quorum2023 {
        yahoo,
        tiingo: as_traded(&tiingo),
        massive,
        fmp_v3: table(&v3["historical"], names, day),
        fmp_stable: table(&stable, names, day),
    })
}

fn witness<'a>(
    vendor: &'a str,
    lineage: &str,
    source: BarSource,
    rows: &'a [InspectedRow],
) -> Witness<'a> {
    Witness {
        vendor,
        lineage: Lineage(lineage.to_owned()),
        source,
        rows,
    }
}

fn official<'a>(vendor: &'a str, rows: &'a [InspectedRow]) -> Witness<'a> {
    witness(vendor, vendor, BarSource::Official, rows)
}

fn pair(first: &Witness<'_>, second: &Witness<'_>) -> PairAgreement {
    compare(first, second, &Comparison::default())
}

#[test]
fn yahoo_and_tiingo_agree_in_all_112_prices_of_28_sessions_and_in_every_volume() {
    let Some(rows) = recorded_2023() else {
        return;
    };
    let pair = pair(
        &official("yahoo", &rows.yahoo),
        &official("tiingo", &rows.tiingo),
    );
    assert_eq!(pair.n_sessions, 28);
    let agree: usize = PRICES.iter().map(|column| pair.cells[column].agree).sum();
    assert_eq!(agree, 112);
    for column in PRICES {
        assert!(
            pair.cells[&column].largest <= 0.00501,
            "{column:?} {:?}",
            pair.cells[&column]
        );
    }
    let volumes = &pair.cells[&Column::Volume];
    assert_eq!((volumes.agree, volumes.largest), (28, 49.0));
    assert!(pair.differences.is_empty() && pair.steps.is_empty());
}

#[test]
fn yahoo_and_massive_agree_to_the_cent_and_differ_in_two_volumes_by_less_than_the_tolerance() {
    let Some(rows) = recorded_2023() else {
        return;
    };
    let pair = pair(
        &official("yahoo", &rows.yahoo),
        &official("massive", &rows.massive),
    );
    assert_eq!(pair.n_sessions, 6);
    let largest = |column: Column| pair.cells[&column].largest;
    // Yahoo's numbers are 32-bit: a cent of 130 is given to 0.000004.
    assert!(largest(Column::Close) < 1e-5);
    assert!((largest(Column::Open) - 0.005).abs() < 1e-5);
    let range = largest(Column::High).max(largest(Column::Low));
    assert!((range - 0.0043).abs() < 1e-4, "{range}");
    assert!(pair.differences.is_empty());
    let volumes = rows.yahoo.iter().zip(&rows.massive);
    let off: Vec<f64> = volumes
        .map(|(a, b)| b.volume.unwrap() - a.volume.unwrap())
        .filter(|off| off.abs() > 100.0)
        .collect();
    assert_eq!(off.len(), 2);
    assert!(
        off.iter().any(|off| (off + 13_000.0).abs() < 100.0),
        "{off:?}"
    );
    assert!(
        off.iter().any(|off| (off + 245_900.0).abs() < 100.0),
        "{off:?}"
    );
    assert_eq!(pair.cells[&Column::Volume].agree, 6);
}

#[test]
fn fmp_repeats_yahoo_and_is_no_second_vote() {
    let Some(rows) = recorded_2023() else {
        return;
    };
    let same_volumes = |fmp: &[InspectedRow]| {
        let both = rows.yahoo.iter().zip(fmp);
        both.filter(|(a, b)| a.volume == b.volume).count()
    };
    assert_eq!(same_volumes(&rows.fmp_v3), 6);
    // The newer recording repeats two of Yahoo's rounded volumes to the share.
    assert_eq!(same_volumes(&rows.fmp_stable), 2);
    let copy = witness("fmp", "yahoo", BarSource::Official, &rows.fmp_v3);
    let quorum = vote(
        &[
            official("yahoo", &rows.yahoo),
            copy,
            official("tiingo", &rows.tiingo),
            official("massive", &rows.massive),
        ],
        &Comparison::default(),
    );
    assert!(quorum.disputes.is_empty(), "{:?}", quorum.disputes);
    assert!(quorum.steps.is_empty());
    // Tiingo has one session more; three lineages on six sessions, two on the other 22.
    assert_eq!(
        quorum.counts.confirmed,
        [(1, 5), (2, 22 * 5), (3, 6 * 5)].into()
    );
}

fn lean_2020(folder: &Path) -> Vec<InspectedRow> {
    let text = fs::read_to_string(folder.join("vendors/lean/aapl_daily_2020.csv")).unwrap();
    let rows = text.lines().map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        let day = Date::strptime("%Y%m%d", &cells[0][..8]).unwrap();
        let number = |at: usize| cells[at].trim().parse::<f64>().unwrap();
        let price = |at: usize| number(at) / 10_000.0;
        row(day, [price(1), price(2), price(3), price(4)], number(5))
    });
    rows.collect()
}

#[test]
fn yahoo_undivided_and_leans_bars_of_trades_agree_over_the_split_year_2020() {
    let Some(folder) = shared_data() else {
        return;
    };
    let recording =
        folder.join("yahoo_chart/exchanges/historicalv8-AAPL-2020-01-01-to-2021-01-04.json");
    let recording: Value = serde_json::from_slice(&fs::read(recording).unwrap()).unwrap();
    let yahoo = yahoo(recording["response"]["bodyJson"].to_string().as_bytes());
    let lean = lean_2020(&folder);
    let built = witness("lean", "algoseek", BarSource::TradeBuilt, &lean);
    let pair = pair(&official("yahoo", &yahoo), &built);
    assert_eq!(pair.n_sessions, 253);
    // 4:1 on 2020-08-31: undone on Yahoo's side, so there is no step.
    assert!(pair.steps.is_empty(), "{:?}", pair.steps);
    let cells = |column: Column| &pair.cells[&column];
    let median_high_largest = |column: Column| {
        let at = |q| (1e6 * cells(column).quantile(q).unwrap()).round() / 100.0;
        [at(0.5), at(0.95), at(1.0)]
    };
    // Basis points, computed by another program from the same two files.
    for (column, expected) in [
        (Column::Open, [3.41, 13.91, 26.28]),
        (Column::High, [0.0, 1.41, 55.93]),
        (Column::Low, [0.0, 0.87, 21.1]),
        (Column::Close, [0.0, 0.0, 7.31]),
        (Column::Volume, [507.67, 1010.42, 2394.27]),
    ] {
        assert_eq!(median_high_largest(column), expected, "{column:?}");
    }
    let differ = |column: Column| cells(column).differ;
    // Three closes are more than half a cent apart, two of them by less than the rounding on top.
    let far = |limit: f64| {
        let both = yahoo.iter().zip(&lean);
        let apart =
            both.filter(|(a, b)| (a.prices[3].unwrap() - b.prices[3].unwrap()).abs() > limit);
        apart.count()
    };
    assert_eq!((far(0.005), differ(Column::Close)), (3, 1));
    // 25 basis points on the open, 10 on the range, ten times on volumes.
    assert_eq!(PRICES.map(differ), [1, 5, 4, 1]);
    assert_eq!(differ(Column::Volume), 0);

    // Yahoo as it comes, divided by the split, is one step of 1:4 up to the day before.
    let divided: Vec<InspectedRow> = yahoo
        .iter()
        .map(|it| match it.date < date(2020, 8, 31) {
            true => InspectedRow {
                prices: it.prices.map(|price| price.map(|price| price / 4.0)),
                volume: it.volume.map(|volume| volume * 4.0),
                ..*it
            },
            false => *it,
        })
        .collect();
    let missed = self::pair(&official("divided", &divided), &official("yahoo", &yahoo));
    let [step] = missed.steps[..] else {
        panic!("{:?}", missed.steps);
    };
    assert_eq!(step.terms(), Some((1, 4)));
    assert_eq!(step.volumes, StepVolumes::Scaled);
    assert_eq!(step.last, date(2020, 8, 28));
    assert!(missed.differences.is_empty());
}

/// BHP's rows by EODHD are all times 0.890425 before 2022-05-25, when Woodside was given away.
#[test]
fn the_raw_prices_of_bhp_that_are_not_raw_are_one_step_of_three_decades() {
    let Some(body) = eodhd_bhp() else {
        return;
    };
    let prices = eodhd::parse_prices(&body, &exchange("au", "AX")).unwrap();
    let rows = |factor: f64| -> Vec<InspectedRow> {
        let rows = prices.rows.iter().map(|it| {
            let is_before = it.date < date(2022, 5, 25);
            let factor = if is_before { factor } else { 1.0 };
            let undone =
                |price: Option<f64>| price.map(|price| (price / factor * 1e3).round() / 1e3);
            InspectedRow {
                date: it.date,
                prices: match is_before {
                    true if factor != 1.0 => [it.open, it.high, it.low, it.close].map(undone),
                    _ => [it.open, it.high, it.low, it.close],
                },
                volume: it.volume,
                adjustment: None,
            }
        });
        rows.collect()
    };
    let (eodhd, traded) = (rows(1.0), rows(0.890_425));
    let pair = pair(&official("eodhd", &eodhd), &official("exchange", &traded));
    assert_eq!(pair.steps.len(), 1, "{:?}", pair.steps);
    let step = pair.steps[0];
    assert!((step.ratio - 0.890_425).abs() < 1e-5, "{step:?}");
    assert_eq!(step.last, date(2022, 5, 24));
    assert_eq!(step.first, date(1993, 4, 1));
    assert_eq!(step.volumes, StepVolumes::Same);
    assert!(pair.differences.is_empty());
}

fn eodhd_bhp() -> Option<Vec<u8>> {
    use std::io::Read;
    let file = shared_data()?.join("vendors/eodhd/client_eod_data.yml.gz");
    let mut text = String::new();
    flate2::read::GzDecoder::new(&fs::read(file).unwrap()[..])
        .read_to_string(&mut text)
        .unwrap();
    let (_, body) = text.split_once("string: '[{").unwrap();
    let (body, _) = body.split_once("}]'").unwrap();
    Some(format!("[{{{body}}}]").into_bytes())
}

/// A vendor of raw prices is believed about its basis: a split changes no row, and nothing is flagged.
#[test]
fn raw_rows_around_a_split_are_read_as_traded_by_the_rules() {
    let us = exchange("us", "");
    let rows = (0..40_i32).map(|n| {
        let day = date(2024, 5, 1).checked_add(jiff::Span::new().days(n)).unwrap();
        let level = if n < 20 { 400.0 } else { 100.0 };
        let close = level * (1.0 + 0.004 * f64::from(n % 3));
        let volume = if n < 20 { 1_000_000.0 } else { 4_000_000.0 };
        let split = if n == 20 { 4.0 } else { 1.0 };
        serde_json::json!({
            "date": format!("{day}T00:00:00.000Z"), "open": close * 0.999, "high": close * 1.01,
            "low": close * 0.99, "close": close, "volume": volume, "divCash": 0.0, "splitFactor": split,
        })
    });
    let body = serde_json::to_vec(&rows.collect::<Vec<_>>()).unwrap();
    let mut history = tiingo::parse_history(&body, &us, date(2024, 1, 1)).unwrap();
    let rules = quantx_quality::RuleSettings::default();
    let known = quantx_quality::Known::default();
    let (reading, flags) = quantx_quality::read_basis(&mut history, known, &rules);
    assert!(
        reading.factors.iter().all(|factor| *factor == 1.0),
        "{:?}",
        reading.factors
    );
    assert_eq!(reading.undecided, None);
    assert!(flags.is_empty(), "{flags:?}");
    assert_eq!(history.actions.len(), 1);
}
