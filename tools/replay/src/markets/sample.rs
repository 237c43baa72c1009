//! The sample market: five US listings as they really traded. See `sample/SOURCE.md`.

use std::collections::BTreeMap;
use std::io::{self, Read};

use flate2::read::GzDecoder;
use jiff::civil::Date;
use serde::Deserialize;

use super::loaded::LoadedMarket;
use super::unusable;
use crate::truth::DailyRow;
use quantx_market::{Action, ActionKind, ActionSet};

static STOCKS: &[u8] = include_bytes!("../sample/stocks.csv.gz");
static ACTIONS: &[u8] = include_bytes!("../sample/actions.csv");

#[derive(Deserialize)]
struct StockRow {
    #[serde(rename = "Ticker")]
    ticker: String,
    #[serde(rename = "Date")]
    date: Date,
    #[serde(rename = "Open")]
    open: f64,
    #[serde(rename = "High")]
    high: f64,
    #[serde(rename = "Low")]
    low: f64,
    #[serde(rename = "Close")]
    close: f64,
    #[serde(rename = "Volume")]
    volume: u64,
}

#[derive(Deserialize)]
struct ActionRow {
    ticker: String,
    ex_date: Date,
    kind: String,
    value: String,
}

/// The market of the two embedded tables.
pub(super) fn embedded() -> io::Result<LoadedMarket> {
    let mut table = Vec::new();
    GzDecoder::new(STOCKS).read_to_end(&mut table)?;
    let mut histories: BTreeMap<String, (Vec<DailyRow>, ActionSet)> = BTreeMap::new();
    for row in csv::Reader::from_reader(table.as_slice()).deserialize() {
        let row: StockRow = row.map_err(|error| unusable("sample/stocks.csv.gz", error))?;
        histories.entry(row.ticker).or_default().0.push(DailyRow {
            date: row.date,
            open: Some(row.open),
            high: Some(row.high),
            low: Some(row.low),
            close: Some(row.close),
            volume: Some(row.volume),
        });
    }
    for row in csv::Reader::from_reader(ACTIONS).deserialize() {
        let row: ActionRow = row.map_err(|error| unusable("sample/actions.csv", error))?;
        let kind = action_kind(&row)
            .ok_or_else(|| unusable("sample/actions.csv", format!("{} {}", row.kind, row.value)))?;
        let ex_date = row.ex_date;
        histories
            .entry(row.ticker)
            .or_default()
            .1
            .insert(Action { ex_date, kind });
    }
    Ok(LoadedMarket::new(histories))
}

fn action_kind(row: &ActionRow) -> Option<ActionKind> {
    match row.kind.as_str() {
        "dividend" => Some(ActionKind::Dividend {
            amount: row.value.parse().ok()?,
        }),
        "split" => {
            let (numerator, denominator) = row.value.split_once(':')?;
            Some(ActionKind::Split {
                numerator: numerator.parse().ok()?,
                denominator: denominator.parse().ok()?,
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markets::Market;
    use crate::truth::SymbolTruth;
    use jiff::civil::date;

    /// Close of the day before an ex-date over that day's open: near the ratio for a split.
    fn jump(truth: &SymbolTruth, ex_date: Date) -> f64 {
        let index = truth.rows.partition_point(|row| row.date < ex_date);
        truth.rows[index - 1].close.unwrap() / truth.rows[index].open.unwrap()
    }

    #[test]
    fn the_splits_of_the_sample_are_jumps_in_its_prices() {
        let market = embedded().unwrap();
        let mut splits = Vec::new();
        for symbol in market.symbols() {
            let truth = market.truth(&symbol).unwrap();
            for action in truth.actions.iter() {
                if let Some(ratio) = action.kind.split_ratio() {
                    assert!((jump(&truth, action.ex_date) / ratio.get() - 1.0).abs() < 0.05);
                    splits.push((symbol.clone(), action.ex_date, ratio.get()));
                }
            }
        }
        assert_eq!(
            splits,
            [
                ("AAPL".to_owned(), date(2000, 6, 21), 2.0),
                ("AAPL".to_owned(), date(2005, 2, 28), 2.0),
                ("MSFT".to_owned(), date(2003, 2, 18), 2.0),
            ]
        );
    }

    #[test]
    fn the_crash_of_september_2000_is_no_split() {
        let truth = embedded().unwrap().truth("AAPL").unwrap();
        let crash = date(2000, 9, 29);
        assert!(jump(&truth, crash) > 1.8);
        assert!(truth.actions.iter().all(|action| action.ex_date != crash));
    }

    #[test]
    fn the_dividends_of_the_sample_are_the_declared_ones() {
        let market = embedded().unwrap();
        let cash = |symbol: &str| -> Vec<(Date, f64)> {
            let truth = market.truth(symbol).unwrap();
            truth
                .actions
                .iter()
                .filter_map(|action| Some((action.ex_date, action.kind.cash()?)))
                .collect()
        };
        // Apple paid three in the span; Microsoft's 3.08 is the special dividend of 2004.
        assert_eq!(
            cash("AAPL"),
            [
                (date(2012, 8, 9), 2.65),
                (date(2012, 11, 7), 2.65),
                (date(2013, 2, 7), 2.65),
            ]
        );
        assert!(cash("MSFT").contains(&(date(2004, 11, 15), 3.08)));
        assert_eq!([cash("IBM").len(), cash("MSFT").len()], [52, 37]);
        assert!(cash("FB").is_empty() && cash("GOOG").is_empty());
    }
}
