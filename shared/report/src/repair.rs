use serde::{Deserialize, Serialize};

/// What a repair does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepairKind {
    /// A file was made again with the bytes that were committed.
    FileRestored,
    /// What the record says wrong of its committed files was put right.
    RecordCorrected,
    /// A record was made of files that prove it.
    RecordRebuilt,
    /// A file that nobody committed was moved to quarantine.
    FilePutAside,
    /// A commit that did not end was ended.
    CommitFinished,
    /// Derived columns were computed again from rows and events.
    Rederived,
    /// The vendor was asked again for rows, holes or events.
    Refetched,
    /// The manifest's lines were made again.
    ManifestMended,
    /// A table for reading was made again of committed files.
    TableRemade,
    /// What a killed writer left was removed.
    TemporaryRemoved,
}

impl RepairKind {
    /// Name as in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FileRestored => "file_restored",
            Self::RecordCorrected => "record_corrected",
            Self::RecordRebuilt => "record_rebuilt",
            Self::FilePutAside => "file_put_aside",
            Self::CommitFinished => "commit_finished",
            Self::Rederived => "rederived",
            Self::Refetched => "refetched",
            Self::ManifestMended => "manifest_mended",
            Self::TableRemade => "table_remade",
            Self::TemporaryRemoved => "temporary_removed",
        }
    }
}

/// Whether a repair was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepairState {
    /// It was.
    Done,
    /// It would be: a dry run.
    Planned,
    /// It could not be made; `detail` says why and what to do.
    Left,
}

impl RepairState {
    /// Name as in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Planned => "planned",
            Self::Left => "left",
        }
    }
}

/// One repair of one object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Repair {
    /// The object, as a path in the lake.
    pub path: String,
    /// What it is.
    pub kind: RepairKind,
    /// Whether it was made.
    pub state: RepairState,
    /// What exactly, or why not.
    pub detail: String,
}
