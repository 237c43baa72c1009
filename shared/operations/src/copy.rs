//! Moves a lake from one place to another, so that a copy that ends early is a lake too.
//!
//! Year files come before the commit records that name them, and a record only after files that
//! are at least as new as itself: whoever commits puts files first. So do the versions of Delta tables. What is there already is
//! compared and not sent again, so that a second copy goes on where the first one ended.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use futures::stream::{self, StreamExt, TryStreamExt};

use super::Effects;
use quantx_lake::codec::sha256_hex;
use quantx_lake::record::CommitRecord;
use quantx_lake::{LakeKey, LakePrefix};
use quantx_storage::{LakeStore, Precondition, StorageError};

/// Objects under way at once.
const PARALLEL: usize = 16;
/// Attempts at one object while others change it.
const ATTEMPTS: usize = 20;

/// What to do with an object that is another one in the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Differing {
    /// Leave both as they are, and report them.
    Keep,
    /// Replace that of the target.
    Replace,
}

/// What a copy did. Every object of the source is in one of the four.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct CopyReport {
    /// Sent, read back and found equal by hash; of a dry run: would be sent.
    pub copied: usize,
    /// Content of these.
    pub bytes_copied: u64,
    /// Equal in the target before.
    pub present: usize,
    /// Other ones in the target, which were left as they are.
    pub differing: Vec<String>,
    /// Not copied, with the reason.
    pub held_back: Vec<(String, String)>,
}

impl CopyReport {
    /// Whether the target holds everything that the source does.
    pub fn is_complete(&self) -> bool {
        self.differing.is_empty() && self.held_back.is_empty()
    }
}

/// Why a copy ended early. What was copied stays.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// One of the two stores failed.
    #[error("cannot {doing}; run the copy again to go on")]
    Storage {
        doing: String,
        #[source]
        source: StorageError,
    },
    /// An empty source is rather a wrong address.
    #[error("there is no lake to copy from: the source holds no object")]
    Empty,
}

/// Copies everything of `from` to `to`, and reads back what was written.
///
/// # Errors
/// [`CopyError`] when a store fails or the source is empty.
pub async fn copy(
    from: &dyn LakeStore,
    to: &dyn LakeStore,
    differing: Differing,
    effects: Effects,
) -> Result<CopyReport, CopyError> {
    let entries = from.list(&LakePrefix::All).await;
    let entries = entries.map_err(|source| storage("list the source", source))?;
    if entries.is_empty() {
        return Err(CopyError::Empty);
    }
    let mut phases: [Vec<LakeKey>; 4] = Default::default();
    for entry in entries {
        let phase = match entry.key {
            LakeKey::Commit { .. } => 1,
            // Made of the records; a version of a Delta table names files that are there.
            LakeKey::Manifest | LakeKey::DeltaCommit { .. } => 2,
            LakeKey::DeltaVersions { .. } => 3,
            _ => 0,
        };
        phases[phase].push(entry.key);
    }
    let move_of = Move {
        from,
        to,
        differing,
        effects,
        seen: Mutex::default(),
    };
    let mut report = CopyReport::default();
    for keys in phases {
        let work = keys.into_iter().map(|key| {
            let move_of = &move_of;
            async move {
                let done = move_of.object(&key).await?;
                Ok::<_, CopyError>((key, done))
            }
        });
        let done: Vec<(LakeKey, Done)> = stream::iter(work)
            .buffer_unordered(PARALLEL)
            .try_collect()
            .await?;
        for (key, done) in done {
            report.add(key.path(), done);
        }
    }
    report.differing.sort();
    report.held_back.sort();
    Ok(report)
}

/// What became of one object.
#[derive(Debug)]
enum Done {
    Copied(usize),
    Present,
    Differs,
    HeldBack(String),
}

impl CopyReport {
    fn add(&mut self, path: String, done: Done) {
        match done {
            Done::Copied(size) => {
                self.copied += 1;
                self.bytes_copied += size as u64;
            }
            Done::Present => self.present += 1,
            Done::Differs => self.differing.push(path),
            Done::HeldBack(reason) => self.held_back.push((path, reason)),
        }
    }
}

struct Move<'a> {
    from: &'a dyn LakeStore,
    to: &'a dyn LakeStore,
    differing: Differing,
    effects: Effects,
    seen: Mutex<Seen>,
}

/// What this copy knows of the target.
#[derive(Debug, Default)]
struct Seen {
    /// Hash of what lies there now, or would in a dry run.
    hashes: BTreeMap<String, String>,
    /// Written by this copy: a newer state of the source may replace it.
    ours: BTreeSet<String>,
}

impl Move<'_> {
    async fn object(&self, key: &LakeKey) -> Result<Done, CopyError> {
        let Some(bytes) = self.read(self.from, key).await? else {
            return Ok(Done::HeldBack("it was removed meanwhile".to_owned()));
        };
        if matches!(key, LakeKey::Commit { .. })
            && let Some(reason) = self.bring_files_of(key, &bytes).await?
        {
            return Ok(Done::HeldBack(reason));
        }
        self.put(key, bytes).await
    }

    async fn read(&self, store: &dyn LakeStore, key: &LakeKey) -> Result<Option<Bytes>, CopyError> {
        let found = store.get(key).await;
        let found = found.map_err(|source| storage(format!("read {key}"), source))?;
        Ok(found.map(|object| object.bytes))
    }

    /// Makes sure that the target has files at least as new as the record `key` says, and reports
    /// why it has not.
    async fn bring_files_of(
        &self,
        key: &LakeKey,
        record: &Bytes,
    ) -> Result<Option<String>, CopyError> {
        let record: CommitRecord = match serde_json::from_slice(record) {
            Ok(record) => record,
            Err(error) => return Ok(Some(format!("the record is unusable: {error}"))),
        };
        let Some((exchange, ticker)) = key.listing() else {
            return Ok(None);
        };
        for (year, entry) in record.years {
            let file = LakeKey::Bars {
                exchange: exchange.clone(),
                ticker: ticker.clone(),
                year,
            };
            if self.hash_of(&file).as_ref() == Some(&entry.sha256) {
                continue;
            }
            // Committed after the file was copied; or newer than the record, which the next run
            // of the target heals as it would have in the source.
            let Some(bytes) = self.read(self.from, &file).await? else {
                return Ok(Some(format!(
                    "{file} is missing although the record names it"
                )));
            };
            if let Done::Differs = self.put(&file, bytes).await? {
                return Ok(Some(format!("{file} is another one in the target")));
            }
        }
        Ok(None)
    }

    async fn put(&self, key: &LakeKey, bytes: Bytes) -> Result<Done, CopyError> {
        let path = key.path();
        let sha256 = sha256_hex(&bytes);
        for _ in 0..ATTEMPTS {
            let found = self.to.get(key).await;
            let found =
                found.map_err(|source| storage(format!("read {key} of the target"), source))?;
            let precondition = match found {
                Some(object) if object.bytes == bytes => {
                    self.note(path, sha256);
                    return Ok(Done::Present);
                }
                Some(object) if self.may_replace(&path) => Precondition::Matches(object.etag),
                Some(object) => {
                    self.note(path, sha256_hex(&object.bytes));
                    return Ok(Done::Differs);
                }
                None => Precondition::Absent,
            };
            let size = bytes.len();
            if self.effects == Effects::ReadOnly {
                self.note_ours(path, sha256);
                return Ok(Done::Copied(size));
            }
            match self.to.put(key, bytes.clone(), precondition).await {
                Ok(_) => {
                    let stored = self.read(self.to, key).await?;
                    if stored.is_some_and(|stored| sha256_hex(&stored) == sha256) {
                        self.note_ours(path, sha256);
                        return Ok(Done::Copied(size));
                    }
                    return Ok(Done::HeldBack(
                        "what was read back has another hash than what was sent".to_owned(),
                    ));
                }
                Err(error) if error.calls_for_reading_again() => {}
                Err(source) => return Err(storage(format!("store {key}"), source)),
            }
        }
        Ok(Done::HeldBack(
            "others keep changing it in the target".to_owned(),
        ))
    }

    fn may_replace(&self, path: &str) -> bool {
        self.differing == Differing::Replace || self.seen().ours.contains(path)
    }

    fn hash_of(&self, key: &LakeKey) -> Option<String> {
        self.seen().hashes.get(&key.path()).cloned()
    }

    fn note(&self, path: String, sha256: String) {
        self.seen().hashes.insert(path, sha256);
    }

    fn note_ours(&self, path: String, sha256: String) {
        self.seen().ours.insert(path.clone());
        self.note(path, sha256);
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        // Two maps that are only ever added to.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn storage(doing: impl Into<String>, source: StorageError) -> CopyError {
    CopyError::Storage {
        doing: doing.into(),
        source,
    }
}

#[cfg(test)]
#[path = "copy_tests.rs"]
mod tests;
