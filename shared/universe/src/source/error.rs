use super::archive::ArchiveError;

/// Why a page, a sheet or a file is not a list of securities.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// No table of the page is the wanted one.
    #[error(
        "the page has no table {wanted}; its tables are {found} (a moved or renamed table needs another table_index or symbol_column)"
    )]
    NoTable { wanted: String, found: String },
    /// The table is there, its column is not.
    #[error("{table} has no column {wanted}; its columns are {found}")]
    NoColumn {
        table: String,
        wanted: String,
        found: String,
    },
    /// Header and nothing else.
    #[error("{table} has no row with a code")]
    Empty { table: String },
    /// Not the container that Excel files are.
    #[error("the file cannot be unpacked as an Excel file (.xlsx)")]
    Archive(#[from] ArchiveError),
    /// The container is whole, its sheet is not.
    #[error("the sheet {sheet:?} of the Excel file cannot be read")]
    Sheet {
        sheet: String,
        #[source]
        source: Box<calamine::XlsxError>,
    },
    /// More rows than any list of securities has.
    #[error("the sheet {sheet:?} has more than {limit} rows")]
    TooManyRows { sheet: String, limit: usize },
    /// A page that costs more to read than any list of members does.
    #[error("the page has {found} {what}, more than the {allowed} of any list of members")]
    PageTooLarge {
        what: &'static str,
        found: usize,
        allowed: usize,
    },
    /// The text is not csv.
    #[error("the list is not csv from line {line} on")]
    NotCsv { line: u64 },
    /// The bytes are not text.
    #[error("the text is not UTF-8 from byte {at} on")]
    NotText { at: usize },
}
