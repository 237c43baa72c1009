//! One commit of a log: lines of JSON, each with one action.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::part::PartEntry;
use super::{DeltaTable, bars_column};
use crate::RunId;
use crate::codec::hex;
use quantx_market::ExchangeCode;

/// Reader version 1 and writer version 2: what every engine knows, without column mapping and features.
const PROTOCOL: (u32, u32) = (1, 2);
/// Old versions are the point of the tables: no reader's clean-up may take them away.
const PROPERTIES: [(&str, &str); 3] = [
    ("delta.logRetentionDuration", "interval 36500 days"),
    ("delta.deletedFileRetentionDuration", "interval 36500 days"),
    ("delta.enableExpiredLogCleanup", "false"),
];
/// Names of the tags by which a file says what it is of.
const TAG_EXCHANGE: &str = "exchange";
const TAG_YEAR: &str = "year";

/// A file that is part of the table from this commit on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Add {
    /// From the table's folder.
    pub path: String,
    /// Always empty: the columns themselves say everything.
    pub partition_values: BTreeMap<String, Option<String>>,
    /// Its length in bytes.
    pub size: u64,
    /// When the run began, in milliseconds since 1970; so that equal runs make equal logs.
    pub modification_time: i64,
    /// Always `true`.
    pub data_change: bool,
    /// Least and greatest values, as JSON in a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stats: Option<String>,
    /// Exchange and year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<BTreeMap<String, String>>,
}

impl Add {
    /// Of `table`, the rows of `exchange` and `year`.
    pub(super) fn new(
        table: DeltaTable,
        exchange: &ExchangeCode,
        year: i16,
        part: &PartEntry,
        at: Timestamp,
    ) -> Self {
        let (first, last) = table.date_columns();
        let code = exchange.as_str();
        let span = &part.span;
        // Only exact values: engines answer a query for the greatest value from them.
        let least = json!({
            bars_column::EXCHANGE: code, bars_column::TICKER: span.first_ticker, first: span.first_date,
        });
        let greatest = json!({
            bars_column::EXCHANGE: code, bars_column::TICKER: span.last_ticker, last: span.last_date,
        });
        let nulls = json!({bars_column::EXCHANGE: 0, bars_column::TICKER: 0, first: 0, last: 0});
        let stats = json!({
            "numRecords": part.rows, "minValues": least, "maxValues": greatest, "nullCount": nulls,
        });
        let tags = [
            (TAG_EXCHANGE.to_owned(), code.to_owned()),
            (TAG_YEAR.to_owned(), year.to_string()),
        ];
        Self {
            path: part_name(part),
            partition_values: BTreeMap::new(),
            size: part.size_bytes,
            modification_time: at.as_millisecond(),
            data_change: true,
            stats: Some(stats.to_string()),
            tags: Some(tags.into()),
        }
    }

    /// The exchange whose rows it has; `None` for a file that another program wrote.
    pub fn exchange(&self) -> Option<&str> {
        let tags = self.tags.as_ref()?;
        tags.get(TAG_EXCHANGE).map(String::as_str)
    }

    /// Whether its statistics allow a row of this exchange and symbol.
    pub fn may_hold(&self, exchange: &str, symbol: &str) -> bool {
        let stats = self.stats.as_deref().unwrap_or_default();
        let Ok(stats) = serde_json::from_str::<Value>(stats) else {
            return true;
        };
        let within = |column: &str, value: &str| {
            let least = stats["minValues"][column].as_str();
            let greatest = stats["maxValues"][column].as_str();
            least.is_none_or(|least| least <= value) && greatest.is_none_or(|most| value <= most)
        };
        within(bars_column::EXCHANGE, exchange) && within(bars_column::TICKER, symbol)
    }
}

/// The name of a file in its table's folder.
pub(super) fn part_name(part: &PartEntry) -> String {
    format!("part-{}.parquet", part.sha256)
}

/// A file that is no longer part of the table. It stays where it is, for the versions before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Remove {
    /// From the table's folder.
    pub path: String,
    /// When the run began, in milliseconds since 1970.
    #[serde(default)]
    pub deletion_timestamp: Option<i64>,
    /// Always `true`.
    pub data_change: bool,
}

/// Who made a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommitInfo {
    /// When the run began, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// `WRITE`, or what another program did.
    #[serde(default)]
    pub operation: Option<String>,
    /// What is told of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub operation_parameters: BTreeMap<String, Value>,
    /// The program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine_info: Option<String>,
    /// The run; `None` of a commit of another program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
}

/// One commit.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Commit {
    /// Who made it.
    pub info: Option<CommitInfo>,
    /// What the table is from now on; of its first commit.
    pub head: Option<(Value, Value)>,
    /// Files that it adds.
    pub add: Vec<Add>,
    /// Files that it takes out.
    pub remove: Vec<Remove>,
}

/// Why bytes are no commit.
#[derive(Debug, thiserror::Error)]
#[error("line {line} is no action of a Delta log")]
pub struct CommitError {
    line: usize,
    #[source]
    source: serde_json::Error,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Line {
    #[serde(skip_serializing_if = "Option::is_none")]
    commit_info: Option<CommitInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    protocol: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta_data: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    add: Option<Add>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remove: Option<Remove>,
}

impl Commit {
    /// What `run`, which began `at`, makes of the table.
    pub(super) fn new(
        run: &RunId,
        at: Timestamp,
        head: Option<(Value, Value)>,
        add: Vec<Add>,
        remove: Vec<Remove>,
    ) -> Self {
        let info = CommitInfo {
            timestamp: Some(at.as_millisecond()),
            operation: Some("WRITE".to_owned()),
            operation_parameters: [("mode".to_owned(), json!("Overwrite"))].into(),
            engine_info: Some(concat!("quantx/", env!("CARGO_PKG_VERSION")).to_owned()),
            run: Some(run.to_string()),
        };
        Self {
            info: Some(info),
            head,
            add,
            remove,
        }
    }

    /// Protocol and metadata of a table that `run` begins.
    pub(super) fn head_of(table: DeltaTable, run: &RunId, at: Timestamp) -> (Value, Value) {
        let (reader, writer) = PROTOCOL;
        let field = |(name, kind): &(&str, &str)| json!({"name": name, "type": kind, "nullable": true, "metadata": {}});
        let fields: Vec<Value> = table.columns().iter().map(field).collect();
        let schema = json!({"type": "struct", "fields": fields});
        let properties: BTreeMap<&str, &str> = PROPERTIES.into();
        let metadata = json!({
            "id": table_id(table, run), "name": table.as_str(),
            "format": {"provider": "parquet", "options": {}},
            "schemaString": schema.to_string(), "partitionColumns": [],
            "configuration": properties, "createdTime": at.as_millisecond(),
        });
        let protocol = json!({"minReaderVersion": reader, "minWriterVersion": writer});
        (protocol, metadata)
    }

    /// The bytes of the commit: equal commits have equal bytes.
    ///
    /// # Errors
    /// Never for what this program makes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut lines = Vec::with_capacity(3 + self.add.len() + self.remove.len());
        let line = Line::default;
        if self.info.is_some() {
            lines.push(Line {
                commit_info: self.info.clone(),
                ..line()
            });
        }
        if let Some((protocol, metadata)) = &self.head {
            lines.push(Line {
                protocol: Some(protocol.clone()),
                ..line()
            });
            lines.push(Line {
                meta_data: Some(metadata.clone()),
                ..line()
            });
        }
        let removes = self.remove.iter();
        lines.extend(removes.map(|it| Line {
            remove: Some(it.clone()),
            ..line()
        }));
        lines.extend(self.add.iter().map(|it| Line {
            add: Some(it.clone()),
            ..line()
        }));
        let mut bytes = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut bytes, &line)?;
            bytes.push(b'\n');
        }
        Ok(bytes)
    }

    /// Reads a commit, of another program too; actions that this one does not know are left out.
    ///
    /// # Errors
    /// [`CommitError`] with the line that is no action.
    pub fn parse(bytes: &[u8]) -> Result<Self, CommitError> {
        let mut commit = Self::default();
        let mut head = (None, None);
        for (n, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let failed = |source| CommitError {
                line: n + 1,
                source,
            };
            let line: Line = serde_json::from_slice(line).map_err(failed)?;
            commit.info = commit.info.or(line.commit_info);
            head = (head.0.or(line.protocol), head.1.or(line.meta_data));
            commit.add.extend(line.add);
            commit.remove.extend(line.remove);
        }
        if let (Some(protocol), Some(metadata)) = head {
            commit.head = Some((protocol, metadata));
        }
        Ok(commit)
    }
}

/// A UUID that two publishers of one run agree on.
fn table_id(table: DeltaTable, run: &RunId) -> String {
    let digest = hex(&Sha256::digest(format!("delta/{table} of {run}")));
    let part = |from: usize, to: usize| digest.get(from..to).unwrap_or_default();
    // Version 8 and the usual variant: made of a hash, by a rule of our own.
    format!(
        "{}-{}-8{}-8{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
}
