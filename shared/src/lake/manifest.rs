//! `meta/symbols_manifest.csv`: one line per listing, for people and spreadsheets. Derived: the
//! commit records are the truth, and the manifest can be rebuilt from them at any time.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::record::CommitRecord;
use crate::market::Date;

/// One listing's line. The first six columns are the original design's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ManifestRow {
    /// Symbol with suffix.
    pub ticker: String,
    /// The lake's exchange code.
    pub exchange: String,
    /// Last stored session.
    pub last_date: Option<Date>,
    /// Whether history from the first date asked to the last stored session has no missing cell.
    pub backfill_complete: bool,
    /// When the listing's files last changed.
    pub last_updated: Timestamp,
    /// Stored rows.
    pub row_count: usize,
    /// First stored session.
    pub first_date: Option<Date>,
    /// History before this date was never asked for.
    pub asked_from: Date,
    /// Quoted unit as the vendor spells it.
    pub currency: Option<String>,
    /// Year files.
    pub files: usize,
    /// Splits, dividends and capital gains known.
    pub actions: usize,
    /// Sessions without a row that the vendor was asked for.
    pub holes: usize,
}

impl ManifestRow {
    /// The line of one commit record.
    pub fn of(record: &CommitRecord) -> Self {
        Self {
            ticker: record.symbol.clone(),
            exchange: record.exchange.clone(),
            last_date: record.last(),
            backfill_complete: record.last().is_some() && record.watch.holes.is_empty(),
            last_updated: record.updated,
            row_count: record.rows(),
            first_date: record.first(),
            asked_from: record.asked_from,
            currency: record.currency.clone(),
            files: record.years.len(),
            actions: record.actions.len(),
            holes: record.watch.holes.len(),
        }
    }
}

/// All lines, by exchange and symbol.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Manifest {
    rows: BTreeMap<(String, String), ManifestRow>,
}

impl Manifest {
    /// Reads the CSV.
    ///
    /// # Errors
    /// [`csv::Error`] with the line that cannot be read.
    pub fn parse(bytes: &[u8]) -> Result<Self, csv::Error> {
        let mut manifest = Self::default();
        for row in csv::Reader::from_reader(bytes).deserialize() {
            manifest.upsert(row?);
        }
        Ok(manifest)
    }

    /// The CSV, sorted by exchange and symbol.
    ///
    /// # Errors
    /// [`csv::Error`]; not for rows made from records.
    pub fn to_bytes(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in self.rows.values() {
            writer.serialize(row)?;
        }
        writer
            .into_inner()
            .map_err(|error| csv::Error::from(error.into_error()))
    }

    /// Adds or replaces one line; an older one never replaces a newer one. Runs of one instant tell
    /// equal times, and no row is ever taken out of a listing: of two such lines the longer is newer.
    pub fn upsert(&mut self, row: ManifestRow) {
        let key = (row.exchange.clone(), row.ticker.clone());
        let age = |row: &ManifestRow| (row.last_updated, row.row_count);
        let newer = |known: &ManifestRow| age(known) > age(&row);
        if !self.rows.get(&key).is_some_and(newer) {
            self.rows.insert(key, row);
        }
    }

    /// The lines, ascending by exchange and symbol.
    pub fn rows(&self) -> impl Iterator<Item = &ManifestRow> {
        self.rows.values()
    }

    /// Number of lines.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ticker: &str, updated: &str) -> ManifestRow {
        ManifestRow {
            ticker: ticker.to_owned(),
            exchange: "us".to_owned(),
            last_date: Some(jiff::civil::date(2024, 1, 2)),
            backfill_complete: true,
            last_updated: updated.parse().unwrap(),
            row_count: 3,
            first_date: None,
            asked_from: jiff::civil::date(2010, 1, 4),
            currency: Some("USD".to_owned()),
            files: 1,
            actions: 0,
            holes: 0,
        }
    }

    #[test]
    fn a_manifest_reads_what_it_writes_and_begins_with_the_original_columns() {
        let mut manifest = Manifest::default();
        manifest.upsert(row("MSFT", "2024-01-03T00:00:00Z"));
        manifest.upsert(row("AAPL", "2024-01-03T00:00:00Z"));
        let bytes = manifest.to_bytes().unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(
            text.starts_with("ticker,exchange,last_date,backfill_complete,last_updated,row_count,")
        );
        assert_eq!(Manifest::parse(&bytes).unwrap(), manifest);
    }

    #[test]
    fn an_older_line_does_not_replace_a_newer_one() {
        let mut manifest = Manifest::default();
        manifest.upsert(row("AAPL", "2024-01-04T00:00:00Z"));
        manifest.upsert(row("AAPL", "2024-01-03T00:00:00Z"));
        let updated: Vec<_> = manifest.rows().map(|row| row.last_updated).collect();
        assert_eq!(updated, ["2024-01-04T00:00:00Z".parse().unwrap()]);
    }

    #[test]
    fn of_two_lines_of_one_instant_the_one_with_more_rows_stays() {
        let short = row("AAPL", "2024-01-04T00:00:00Z");
        let mut long = short.clone();
        long.row_count += 1;
        for lines in [[&short, &long], [&long, &short]] {
            let mut manifest = Manifest::default();
            for line in lines {
                manifest.upsert(line.clone());
            }
            assert_eq!(manifest.rows().next(), Some(&long));
        }
    }
}
