//! Why an operation as a whole could not go on.

use super::reports::ReportError;
use super::universes::SelectionError;
use quantx_lake::LakeKey;
use quantx_market::{Date, ExchangeCode};
use quantx_storage::StorageError;

/// Why a run could not go on. One listing's failure is not among them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OperationError {
    /// The store failed where the run as a whole needs it.
    #[error("cannot {doing}")]
    Storage {
        doing: &'static str,
        #[source]
        source: StorageError,
    },
    /// A listing's exchange has no calendar.
    #[error("exchange {exchange} has the MIC {mic:?}, for which there is no calendar")]
    NoCalendar { exchange: ExchangeCode, mic: String },
    /// The start is after the end.
    #[error("start {start} is after end {end}; the end is inclusive")]
    Reversed { start: Date, end: Date },
    /// Nothing to work on.
    #[error("the work list is empty: {hint}")]
    NothingToDo { hint: String },
    /// More listings than the settings allow.
    #[error("the work list has {found} listings, limits.max_symbols allows {allowed}")]
    TooManyListings { found: usize, allowed: usize },
    /// A run's name cannot be made of this operation and time.
    #[error("no name for the run")]
    RunId(#[from] quantx_lake::RunIdError),
    /// Other runs rewrote an overview file every time.
    #[error("other runs keep changing {key}; run again")]
    Contended { key: LakeKey },
    /// An overview file cannot be read.
    #[error("{key} is unreadable; move it away and run `quantx show-manifest --rebuild`")]
    Manifest {
        key: LakeKey,
        #[source]
        source: csv::Error,
    },
    /// Working memory, report or index that is missing or damaged.
    #[error("{key} cannot be used: {detail}; {}", way_out(key))]
    WorkingMemory { key: LakeKey, detail: String },
    /// What is wanted of a run cannot be: the same that a request is refused for.
    #[error("the request cannot be carried out: {}", problems.join("; "))]
    Request { problems: Vec<String> },
    /// A file that a derived table is made of.
    #[error("cannot make {key}")]
    Derived {
        key: LakeKey,
        #[source]
        source: quantx_lake::codec::CodecError,
    },
    /// A worker thread ended early.
    #[error("a worker thread ended early")]
    Worker(#[from] tokio::task::JoinError),
    /// No list of listings.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// The report is not in the lake.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// Working memory of a run cannot be encoded.
    #[error("the working memory of the run cannot be encoded")]
    Encode(#[from] serde_json::Error),
}

/// What to do about an object that is none.
fn way_out(key: &LakeKey) -> &'static str {
    match key {
        LakeKey::Report { .. } => "restore it or move it away, no run needs it",
        LakeKey::PanelIndex { .. } | LakeKey::DeltaVersions { .. } => "the next run makes it again",
        LakeKey::DeltaCommit { .. } | LakeKey::DeltaCheckpoint { .. } => {
            "restore it, or move the table's folder away: the next run begins the table anew, and \
             earlier versions can then be read in the folder that you moved"
        }
        _ => "start the run again",
    }
}
