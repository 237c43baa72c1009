//! The checkpoint of a log: a table up to one version as one Parquet file, so that a reader need not
//! read every commit before. Source: the Delta protocol, "Checkpoints", classic single-file V1; ADR-0029.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Snapshot;
use crate::codec::{CodecError, sha256_hex};
use crate::footer::{Bounds, Footer};
use crate::parquet::{Column, Fields, write_nested};
use crate::seal;

/// Versions from one checkpoint to the next: ten weeks of daily runs, after which a reader has some 50
/// small commits to read. Ten are usual elsewhere, for tables that change by the minute; each checkpoint
/// here reads the whole log and names every file that ever went, and both grow.
pub const CHECKPOINT_INTERVAL: u64 = 50;

/// Under this key the file says which actions it was made of.
const MARK_KEY: &str = "quantx.checkpoint";
/// Goes up when equal actions are laid down otherwise for a reason: older files are then made again.
const LAYOUT: &str = "1";

/// `_last_checkpoint`: the newest checkpoint, where readers begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastCheckpoint {
    /// The version that it is of.
    pub version: u64,
    /// Actions in it.
    pub size: u64,
}

/// What a checkpoint says that it was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointMark {
    /// The version, and the number of its actions.
    pub of: LastCheckpoint,
    /// SHA-256 of its actions, as the lines of a commit.
    sha256: String,
}

/// Why no checkpoint can be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// No commit has protocol and metadata.
    #[error("no commit says what the table is")]
    NoHead,
    /// Protocol or metadata that no run of this program wrote.
    #[error("protocol or metadata is not as this program writes it")]
    Head(#[source] serde_json::Error),
    /// The actions cannot be laid down.
    #[error("the checkpoint cannot be encoded")]
    Codec(#[from] CodecError),
}

/// Readers and writers of the table. Nothing may be lost of it, so unknown fields are refused.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Protocol {
    min_reader_version: i32,
    min_writer_version: i32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Metadata {
    id: String,
    name: Option<String>,
    description: Option<String>,
    format: Format,
    schema_string: String,
    partition_columns: Vec<String>,
    configuration: BTreeMap<String, String>,
    created_time: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Format {
    provider: String,
    options: BTreeMap<String, String>,
}

impl CheckpointMark {
    /// Of a file that is whole, and laid down as this program does it.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        if !seal::is_whole(bytes) {
            return None;
        }
        let pairs = Footer::read(bytes, Bounds::TABLE).ok()?.pairs();
        let mut words = pairs.get(MARK_KEY)?.split(' ');
        if words.next()? != LAYOUT {
            return None;
        }
        let version = words.next()?.parse().ok()?;
        let size = words.next()?.parse().ok()?;
        let sha256 = words.next()?.to_owned();
        let of = LastCheckpoint { version, size };
        words.next().is_none().then_some(Self { of, sha256 })
    }

    fn to_text(&self) -> String {
        let LastCheckpoint { version, size } = self.of;
        format!("{LAYOUT} {version} {size} {}", self.sha256)
    }
}

impl Snapshot {
    /// What a checkpoint of it must say that it was made of.
    ///
    /// # Errors
    /// [`CheckpointError`] where there is no version.
    pub fn mark(&self) -> Result<CheckpointMark, CheckpointError> {
        let version = self.version().ok_or(CheckpointError::NoHead)?;
        // Protocol and metadata.
        let size = 2 + self.gone.len() + self.files.len();
        let bytes = self.as_commit().to_bytes().map_err(CheckpointError::Head)?;
        Ok(CheckpointMark {
            of: LastCheckpoint {
                version,
                size: size as u64,
            },
            sha256: sha256_hex(&bytes),
        })
    }

    /// The checkpoint: equal snapshots have equal bytes.
    ///
    /// # Errors
    /// [`CheckpointError`] for a log that other programs wrote to, or one without its first commit.
    pub fn encode(&self, level: i32) -> Result<Vec<u8>, CheckpointError> {
        let mark = self.mark()?;
        let (protocol, metadata) = self.head.as_ref().ok_or(CheckpointError::NoHead)?;
        let protocol = Protocol::deserialize(protocol).map_err(CheckpointError::Head)?;
        let metadata = Metadata::deserialize(metadata).map_err(CheckpointError::Head)?;
        let (gone, files) = (self.gone.len(), self.files.len());
        let rows = 2 + gone + files;
        let columns = vec![
            ("protocol", protocol.column(Rows::new(0, 1, rows))),
            ("metaData", metadata.column(Rows::new(1, 1, rows))),
            ("remove", self.removes(Rows::new(2, gone, rows))),
            ("add", self.adds(Rows::new(2 + gone, files, rows))),
        ];
        let pairs = vec![(MARK_KEY.to_owned(), mark.to_text())];
        let bytes = write_nested(&columns, level, pairs).map_err(CodecError::from)?;
        Ok(seal::seal(bytes).ok_or(CodecError::Damaged)?)
    }

    fn removes(&self, rows: Rows) -> Column<'_> {
        let gone = || self.gone.values();
        let fields: Fields<'_> = vec![
            ("path", rows.texts(gone().map(|it| Some(it.path.as_str())))),
            (
                "deletionTimestamp",
                rows.longs(gone().map(|it| it.deletion_timestamp)),
            ),
            ("dataChange", rows.flags(gone().map(|_| Some(false)))),
        ];
        rows.structs(fields)
    }

    fn adds(&self, rows: Rows) -> Column<'_> {
        let files = || self.files.values();
        let size = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        let partitions = files().map(|it| {
            let values = it.partition_values.iter();
            Some(
                values
                    .map(|(name, value)| (name.as_str(), value.as_deref()))
                    .collect(),
            )
        });
        let tags = files().map(|it| it.tags.as_ref().map(entries));
        let fields: Fields<'_> = vec![
            ("path", rows.texts(files().map(|it| Some(it.path.as_str())))),
            ("partitionValues", Column::Maps(rows.padded(partitions))),
            ("size", rows.longs(files().map(|it| Some(size(it.size))))),
            (
                "modificationTime",
                rows.longs(files().map(|it| Some(it.modification_time))),
            ),
            ("dataChange", rows.flags(files().map(|_| Some(false)))),
            ("stats", rows.texts(files().map(|it| it.stats.as_deref()))),
            ("tags", Column::Maps(rows.padded(tags))),
        ];
        rows.structs(fields)
    }
}

impl Protocol {
    fn column(&self, rows: Rows) -> Column<'static> {
        let number = |version| Column::Integers(rows.padded([Some(version)]));
        rows.structs(vec![
            ("minReaderVersion", number(self.min_reader_version)),
            ("minWriterVersion", number(self.min_writer_version)),
        ])
    }
}

impl Metadata {
    fn column(&self, rows: Rows) -> Column<'_> {
        let text = |text| rows.texts([text]);
        let map = |map| Column::Maps(rows.padded([Some(entries(map))]));
        let partitions = self.partition_columns.iter().map(String::as_str).collect();
        let format = rows.structs(vec![
            ("provider", text(Some(&self.format.provider))),
            ("options", map(&self.format.options)),
        ]);
        rows.structs(vec![
            ("id", text(Some(&self.id))),
            ("name", text(self.name.as_deref())),
            ("description", text(self.description.as_deref())),
            ("format", format),
            ("schemaString", text(Some(&self.schema_string))),
            (
                "partitionColumns",
                Column::Lists(rows.padded([Some(partitions)])),
            ),
            ("configuration", map(&self.configuration)),
            ("createdTime", rows.longs([self.created_time])),
        ])
    }
}

fn entries(map: &BTreeMap<String, String>) -> Vec<(&str, Option<&str>)> {
    let pairs = map.iter();
    pairs
        .map(|(key, value)| (key.as_str(), Some(value.as_str())))
        .collect()
}

/// Which rows of a checkpoint have actions of one kind: each row is one action.
#[derive(Debug, Clone, Copy)]
struct Rows {
    before: usize,
    of_kind: usize,
    after: usize,
}

impl Rows {
    fn new(before: usize, of_kind: usize, rows: usize) -> Self {
        Self {
            before,
            of_kind,
            after: rows - before - of_kind,
        }
    }

    fn padded<T: Clone>(self, values: impl IntoIterator<Item = Option<T>>) -> Vec<Option<T>> {
        let none = |n| std::iter::repeat_n(None, n);
        let values = none(self.before).chain(values);
        values.chain(none(self.after)).collect()
    }

    fn texts<'a>(self, values: impl IntoIterator<Item = Option<&'a str>>) -> Column<'a> {
        Column::Texts(self.padded(values))
    }

    fn longs(self, values: impl IntoIterator<Item = Option<i64>>) -> Column<'static> {
        Column::Longs(self.padded(values))
    }

    fn flags(self, values: impl IntoIterator<Item = Option<bool>>) -> Column<'static> {
        Column::Flags(self.padded(values))
    }

    fn structs<'a>(self, fields: Fields<'a>) -> Column<'a> {
        let rows = |there, n| std::iter::repeat_n(there, n);
        let present = rows(false, self.before).chain(rows(true, self.of_kind));
        Column::Structs(present.chain(rows(false, self.after)).collect(), fields)
    }
}
