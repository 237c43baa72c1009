//! `meta/symbols_manifest.csv`: one line per listing, for people and spreadsheets. Derived: the
//! commit records are the truth, and the manifest can be rebuilt from them at any time.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::record::CommitRecord;
use quantx_market::Date;

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
            // Empty text and nothing are one cell of a table.
            currency: record.currency.clone().filter(|unit| !unit.is_empty()),
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
    /// Lines that cannot be used, as they are.
    unusable: Vec<UnusableRow>,
}

/// A line of the manifest that cannot be used: it is skipped, and kept when the manifest is written
/// again, until a person repairs it or the manifest is rebuilt.
#[derive(Debug, Clone, PartialEq)]
pub struct UnusableRow {
    cells: csv::ByteRecord,
    problem: String,
}

impl std::fmt::Display for UnusableRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cells = self.cells.iter().map(String::from_utf8_lossy);
        let cells: Vec<_> = cells.collect();
        write!(f, "{:?}: {}", cells.join(","), self.problem)
    }
}

/// The columns, in their order.
const COLUMNS: [&str; 12] = [
    "ticker",
    "exchange",
    "last_date",
    "backfill_complete",
    "last_updated",
    "row_count",
    "first_date",
    "asked_from",
    "currency",
    "files",
    "actions",
    "holes",
];

impl Manifest {
    /// Reads the CSV. Lines that cannot be used are [`Self::unusable`].
    ///
    /// # Errors
    /// [`csv::Error`] for what is no manifest: a column is missing.
    pub fn parse(bytes: &[u8]) -> Result<Self, csv::Error> {
        let mut manifest = Self::default();
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let header = reader.byte_headers()?.clone();
        if !header.is_empty() {
            let is_there = |column: &str| header.iter().any(|name| name == column.as_bytes());
            if let Some(missing) = COLUMNS.into_iter().find(|column| !is_there(column)) {
                let what = format!("the manifest has no column {missing}");
                return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, what).into());
            }
        }
        for cells in reader.byte_records() {
            let cells = cells?;
            match cells.deserialize(Some(&header)) {
                Ok(row) => manifest.upsert(row),
                Err(error) => manifest.unusable.push(UnusableRow {
                    cells,
                    problem: error.to_string(),
                }),
            }
        }
        Ok(manifest)
    }

    /// The lines that cannot be used, as they stand in the file.
    pub fn unusable(&self) -> &[UnusableRow] {
        &self.unusable
    }

    /// Takes over the lines of `other` that cannot be used.
    pub fn keep_unusable_of(&mut self, other: &Self) {
        self.unusable.clone_from(&other.unusable);
    }

    /// The CSV, sorted by exchange and symbol, the lines that cannot be used last.
    ///
    /// # Errors
    /// [`csv::Error`]; not for rows made from records.
    pub fn to_bytes(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::WriterBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_writer(Vec::new());
        if !self.rows.is_empty() || !self.unusable.is_empty() {
            writer.write_record(COLUMNS)?;
        }
        for row in self.rows.values() {
            writer.serialize(row)?;
        }
        for line in &self.unusable {
            writer.write_byte_record(&line.cells)?;
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
    fn a_line_that_cannot_be_used_is_named_skipped_and_kept() {
        let mut manifest = Manifest::default();
        manifest.upsert(row("MSFT", "2024-01-03T00:00:00Z"));
        let mut text = manifest.to_bytes().unwrap();
        text.extend(b"AAPL,us,yesterday,,,,,,,,,\nshort\n");
        let mut read = Manifest::parse(&text).unwrap();
        assert_eq!((read.len(), read.unusable().len()), (1, 2));
        let shown = read.unusable()[0].to_string();
        assert!(shown.contains("AAPL,us,yesterday"), "{shown}");
        assert_eq!(read.to_bytes().unwrap(), text);
        read.upsert(row("IBM", "2024-01-04T00:00:00Z"));
        let again = Manifest::parse(&read.to_bytes().unwrap()).unwrap();
        let cells = |manifest: &Manifest| -> Vec<_> {
            let lines = manifest.unusable().iter();
            lines.map(|line| line.cells.clone()).collect()
        };
        assert_eq!(cells(&again), cells(&read));
        assert_eq!(again.len(), 2);
        // Of a file without usable lines the header stays.
        let mut only = Manifest::default();
        only.keep_unusable_of(&read);
        let back = Manifest::parse(&only.to_bytes().unwrap()).unwrap();
        assert_eq!((back.len(), cells(&back)), (0, cells(&only)));
        assert!(Manifest::parse(b"ticker,exchange\nAAPL,us\n").is_err());
    }

    #[test]
    fn a_currency_that_is_empty_text_is_none() {
        let record = r#"{"schema":1,"symbol":"A","exchange":"us","currency":"","unit_scale":1.0,"first_trade":null,
            "asked_from":"2024-01-02","actions":[],"years":{},"revision":1,"updated":"2024-01-03T00:00:00Z"}"#;
        let record = CommitRecord::parse(record.as_bytes(), "A").unwrap();
        let mut manifest = Manifest::default();
        manifest.upsert(ManifestRow::of(&record));
        let back = Manifest::parse(&manifest.to_bytes().unwrap()).unwrap();
        assert_eq!(back, manifest);
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
