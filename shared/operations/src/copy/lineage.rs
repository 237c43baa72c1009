//! Which objects of a target are earlier states of those of the source.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use super::{CopyError, PARALLEL, storage};
use quantx_lake::record::CommitRecord;
use quantx_lake::{LakeKey, LakePrefix};
use quantx_storage::{LakeStore, ObjectEntry};

/// What both places say about each listing of the source, by its commit records.
#[derive(Debug, Default)]
pub(super) struct Lineage {
    /// Paths of records in the target that do not come before those of the source.
    apart: BTreeSet<String>,
    /// Year files that are there already, as far as can be said without reading them: path and hash.
    settled: BTreeMap<String, String>,
}

/// How a listing's record in the target stands to that in the source.
enum Standing {
    /// The target has none.
    New,
    /// One record.
    Same(Box<CommitRecord>),
    /// The source has a later one.
    Older,
    /// The target has a later one, another one of the same revision, or one that cannot be read.
    Apart,
}

impl Lineage {
    pub(super) async fn read(
        from: &dyn LakeStore,
        to: &dyn LakeStore,
        source: &[ObjectEntry],
    ) -> Result<Self, CopyError> {
        let target = to.list(&LakePrefix::All).await;
        let target = target.map_err(|error| storage("list the target", error))?;
        let size_of = |entries: &[ObjectEntry]| -> BTreeMap<String, u64> {
            let sizes = entries.iter();
            sizes
                .map(|entry| (entry.key.path(), entry.size_bytes))
                .collect()
        };
        let (here, there) = (size_of(source), size_of(&target));
        let records = source.iter().map(|entry| &entry.key);
        let records = records.filter(|key| matches!(key, LakeKey::Commit { .. }));
        let work = records.map(|key| async move {
            let standing = standing(from, to, key).await?;
            Ok::<_, CopyError>((key, standing))
        });
        let standings: Vec<(&LakeKey, Standing)> = stream::iter(work)
            .buffer_unordered(PARALLEL)
            .try_collect()
            .await?;
        let mut lineage = Self::default();
        for (key, standing) in standings {
            match standing {
                Standing::New | Standing::Older => {}
                Standing::Apart => {
                    lineage.apart.insert(key.path());
                }
                Standing::Same(record) => {
                    let files = record.years.iter().filter_map(|(year, entry)| {
                        Some((year_file(key, *year)?, entry.sha256.clone()))
                    });
                    let same = files.filter(|(file, _)| {
                        here.get(file)
                            .is_some_and(|size| there.get(file) == Some(size))
                    });
                    lineage.settled.extend(same);
                }
            }
        }
        Ok(lineage)
    }

    pub(super) fn n_settled(&self) -> usize {
        self.settled.len()
    }

    pub(super) fn is_settled(&self, key: &LakeKey) -> bool {
        self.hash_of(key).is_some()
    }

    /// The hash of a year file that need not be read.
    pub(super) fn hash_of(&self, key: &LakeKey) -> Option<&str> {
        self.settled.get(&key.path()).map(String::as_str)
    }

    /// Whether another object in the target is an earlier state of that in the source.
    pub(super) fn may_replace(&self, key: &LakeKey) -> bool {
        match key {
            // Written once: another one of the same name is of another lake.
            LakeKey::Report { .. }
            | LakeKey::DeltaCommit { .. }
            | LakeKey::DeltaCheckpoint { .. }
            | LakeKey::DeltaPart { .. } => false,
            _ => key.listing().is_none_or(|(exchange, ticker)| {
                let record = LakeKey::Commit {
                    exchange: exchange.clone(),
                    ticker: ticker.clone(),
                };
                !self.apart.contains(&record.path())
            }),
        }
    }
}

async fn standing(
    from: &dyn LakeStore,
    to: &dyn LakeStore,
    key: &LakeKey,
) -> Result<Standing, CopyError> {
    let there = to.get(key).await;
    let there = there.map_err(|error| storage(format!("read {key} of the target"), error))?;
    let Some(there) = there else {
        return Ok(Standing::New);
    };
    let here = from.get(key).await;
    let here = here.map_err(|error| storage(format!("read {key}"), error))?;
    let parse = |bytes: &[u8]| serde_json::from_slice::<CommitRecord>(bytes).ok();
    let Some(ours) = here.as_ref().and_then(|here| parse(&here.bytes)) else {
        return Ok(Standing::Apart);
    };
    if here.is_some_and(|here| here.bytes == there.bytes) {
        return Ok(Standing::Same(Box::new(ours)));
    }
    let is_older = parse(&there.bytes).is_some_and(|theirs| theirs.revision < ours.revision);
    Ok(if is_older {
        Standing::Older
    } else {
        Standing::Apart
    })
}

fn year_file(record: &LakeKey, year: i16) -> Option<String> {
    let (exchange, ticker) = record.listing()?;
    let file = LakeKey::Bars {
        exchange: exchange.clone(),
        ticker: ticker.clone(),
        year,
    };
    Some(file.path())
}
