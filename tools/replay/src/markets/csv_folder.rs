//! A folder of `<TICKER>_data.csv` files: `date,open,high,low,close,volume,Name`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use jiff::civil::Date;
use serde::Deserialize;

use super::loaded::LoadedMarket;
use super::unusable;
use crate::truth::DailyRow;
use quantx_market::ActionSet;

const ENDING: &str = "_data.csv";

#[derive(Deserialize)]
struct CsvRow {
    date: Date,
    open: Option<f64>,
    high: Option<f64>,
    low: Option<f64>,
    close: Option<f64>,
    volume: Option<f64>,
}

/// Reads every file of `folder`. Prices are taken as traded; rows are served as they are, empty
/// cells as null.
pub(super) fn read(folder: &Path) -> io::Result<LoadedMarket> {
    let mut histories = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(|error| at(folder, &error))? {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let Some(ticker) = name.strip_suffix(ENDING) else {
            continue;
        };
        // Yahoo writes share classes with a dash.
        let symbol = ticker.replace('.', "-").to_ascii_uppercase();
        histories.insert(symbol, (read_rows(&path)?, ActionSet::default()));
    }
    if histories.is_empty() {
        return Err(unusable(
            folder.display(),
            format!("no file <TICKER>{ENDING} there"),
        ));
    }
    Ok(LoadedMarket::new(histories))
}

fn read_rows(path: &Path) -> io::Result<Vec<DailyRow>> {
    let text = fs::read(path).map_err(|error| at(path, &error))?;
    let mut rows = Vec::new();
    for row in csv::Reader::from_reader(text.as_slice()).deserialize() {
        let row: CsvRow = row.map_err(|error| unusable(path.display(), error))?;
        rows.push(DailyRow {
            date: row.date,
            open: row.open,
            high: row.high,
            low: row.low,
            close: row.close,
            // Some files write whole volumes as 8407500.0.
            volume: row.volume.map(|volume| volume as u64),
        });
    }
    rows.sort_by_key(|row| row.date);
    Ok(rows)
}

fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::super::Market;
    use super::*;

    #[test]
    fn empty_cells_are_null_and_dots_become_dashes() {
        let folder = tempfile::tempdir().unwrap();
        let text = "date,open,high,low,close,volume,Name\n\
                    2015-07-17,,88.76,,88.72,2056819,BRK.B\n\
                    2015-07-16,1.5,2,1,1.25,3,BRK.B\n";
        fs::write(folder.path().join("BRK.B_data.csv"), text).unwrap();
        fs::write(folder.path().join("README.md"), "not a table").unwrap();
        let market = read(folder.path()).unwrap();
        assert_eq!(market.symbols(), ["BRK-B"]);
        let truth = market.truth("BRK-B").unwrap();
        assert_eq!(truth.rows[0].open, Some(1.5));
        assert_eq!(
            (truth.rows[1].open, truth.rows[1].close),
            (None, Some(88.72))
        );
        assert_eq!(truth.venue.sessions.len(), 2);
    }

    #[test]
    fn a_folder_without_tables_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("_data.csv") && error.contains(folder.path().to_str().unwrap()));
        assert!(
            read(Path::new("/no/such/folder"))
                .unwrap_err()
                .to_string()
                .contains("/no/such")
        );
    }
}
