use super::LakeKey;
use super::footer::{Bounds, Footer};

/// Size of a table in the lake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableShape {
    /// Rows, the header not counted.
    pub rows: u64,
    /// Columns of the file; those that its path holds are not counted.
    pub columns: u64,
}

/// Rows and columns of the object that `key` names, from its content: a Parquet footer or the
/// lines of a CSV file. `None` for what is no table, and for bytes that are not what the key says.
pub fn shape_of(key: &LakeKey, bytes: &[u8]) -> Option<TableShape> {
    match key {
        LakeKey::Bars { .. }
        | LakeKey::Panel { .. }
        | LakeKey::Actions { .. }
        | LakeKey::DeltaPart { .. } => parquet(bytes),
        LakeKey::Universe { .. }
        | LakeKey::Membership { .. }
        | LakeKey::Identity
        | LakeKey::Manifest => csv(bytes),
        LakeKey::Commit { .. }
        | LakeKey::UniverseMetadata { .. }
        | LakeKey::Holidays { .. }
        | LakeKey::Alerts
        | LakeKey::LastRuns
        | LakeKey::Report { .. }
        | LakeKey::Quarantine { .. }
        | LakeKey::Decisions { .. }
        | LakeKey::Evidence { .. }
        | LakeKey::PanelIndex { .. }
        | LakeKey::DeltaCommit { .. }
        // Its columns are structs: no table of the lake's own.
        | LakeKey::DeltaCheckpoint { .. }
        | LakeKey::DeltaLastCheckpoint { .. }
        | LakeKey::DeltaVersions { .. }
        | LakeKey::Work { .. }
        | LakeKey::ChunkReport { .. }
        | LakeKey::Site(_) => None,
    }
}

fn parquet(bytes: &[u8]) -> Option<TableShape> {
    let footer = Footer::read(bytes, Bounds::TABLE).ok()?;
    Some(TableShape {
        rows: footer.rows().ok()?,
        columns: footer.columns().ok()? as u64,
    })
}

fn csv(bytes: &[u8]) -> Option<TableShape> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let columns = reader.byte_headers().ok()?.len() as u64;
    let rows = reader.byte_records().count() as u64;
    Some(TableShape { rows, columns })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(path: &str) -> LakeKey {
        LakeKey::parse(path).unwrap()
    }

    #[test]
    fn a_csv_counts_records_and_not_lines() {
        let manifest = key("meta/symbols_manifest.csv");
        let shape = |text: &str| {
            let shape = shape_of(&manifest, text.as_bytes()).unwrap();
            (shape.rows, shape.columns)
        };
        assert_eq!(shape("a,b\n1,2\n3,\"4\nstill 4\"\n"), (2, 2));
        assert_eq!(shape("a,b,c\n"), (0, 3));
        assert_eq!(shape(""), (0, 0));
    }

    #[test]
    fn what_is_no_table_has_no_shape() {
        assert_eq!(
            shape_of(&key("reports/backfill_20240705_230409.json"), b"{}"),
            None
        );
        let bars = key("data/exchange=us/ticker=AAPL/year=2024/data.parquet");
        assert_eq!(shape_of(&bars, b""), None);
        assert_eq!(shape_of(&bars, b"PAR1 nonsense PAR1"), None);
    }
}
