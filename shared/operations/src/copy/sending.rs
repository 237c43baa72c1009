//! One object on its way: read, put where the target may get it, read back.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use super::lineage::Lineage;
use super::{CopyError, Differing, storage};
use crate::Effects;
use quantx_lake::LakeKey;
use quantx_lake::codec::sha256_hex;
use quantx_lake::delta::{DeltaTable, LastCheckpoint};
use quantx_lake::record::CommitRecord;
use quantx_storage::{Change, LakeStore, UpdateError, update};

/// What became of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Done {
    Copied(usize),
    Present,
    Differs,
    HeldBack(String),
}

pub(super) struct Sending<'a> {
    from: &'a dyn LakeStore,
    to: &'a dyn LakeStore,
    differing: Differing,
    lineage: &'a Lineage,
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

impl<'a> Sending<'a> {
    pub(super) fn new(
        from: &'a dyn LakeStore,
        to: &'a dyn LakeStore,
        differing: Differing,
        lineage: &'a Lineage,
        effects: Effects,
    ) -> Self {
        Self {
            from,
            to,
            differing,
            lineage,
            effects,
            seen: Mutex::default(),
        }
    }

    pub(super) async fn object(&self, key: &LakeKey) -> Result<Done, CopyError> {
        let Some(bytes) = self.read(self.from, key).await? else {
            return Ok(Done::HeldBack("it was removed meanwhile".to_owned()));
        };
        if matches!(key, LakeKey::Commit { .. })
            && let Some(reason) = self.bring_files_of(key, &bytes).await?
        {
            return Ok(Done::HeldBack(reason));
        }
        if let LakeKey::DeltaLastCheckpoint { table } = key
            && !self.has_checkpoint(*table, &bytes)
        {
            let reason = "it names a checkpoint that was made meanwhile; the next copy brings both";
            return Ok(Done::HeldBack(reason.to_owned()));
        }
        self.put(key, bytes).await
    }

    /// Whether the target has the checkpoint that is named: readers who are sent to one that is not there
    /// find no table. Checkpoints were sent before.
    fn has_checkpoint(&self, table: DeltaTable, named: &[u8]) -> bool {
        let named = serde_json::from_slice::<LastCheckpoint>(named);
        named.is_ok_and(|LastCheckpoint { version, .. }| {
            let key = LakeKey::DeltaCheckpoint { table, version };
            self.hash_of(&key).is_some()
        })
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
        let (path, sha256) = (key.path(), sha256_hex(&bytes));
        let put = update(self.to, key, |found| {
            Ok::<_, Infallible>(match found {
                Some(object) if object.bytes == bytes => Change::Keep(Done::Present),
                Some(object) if !self.may_replace(key) => {
                    self.note(path.clone(), sha256_hex(&object.bytes));
                    Change::Keep(Done::Differs)
                }
                _ if self.effects == Effects::ReadOnly => Change::Keep(Done::Copied(bytes.len())),
                _ => Change::Put(bytes.clone(), Done::Copied(bytes.len())),
            })
        });
        let done = match put.await {
            Ok(done) => done,
            Err(UpdateError::Read(source)) => {
                return Err(storage(format!("read {key} of the target"), source));
            }
            Err(UpdateError::Write(source)) => return Err(storage(format!("store {key}"), source)),
            Err(UpdateError::Compute(never)) => match never {},
            Err(UpdateError::Contended) => {
                let reason = "others keep changing it in the target";
                return Ok(Done::HeldBack(reason.to_owned()));
            }
        };
        match done {
            Done::Present => self.note(path, sha256),
            Done::Copied(_) => {
                if self.effects == Effects::Write {
                    let stored = self.read(self.to, key).await?;
                    if stored.is_none_or(|stored| sha256_hex(&stored) != sha256) {
                        let reason = "what was read back has another hash than what was sent";
                        return Ok(Done::HeldBack(reason.to_owned()));
                    }
                }
                self.note_ours(path, sha256);
            }
            Done::Differs | Done::HeldBack(_) => {}
        }
        Ok(done)
    }

    fn may_replace(&self, key: &LakeKey) -> bool {
        let allowed = match self.differing {
            Differing::Keep => false,
            Differing::Replace => true,
            Differing::ReplaceOlder => self.lineage.may_replace(key),
        };
        allowed || self.seen().ours.contains(&key.path())
    }

    fn hash_of(&self, key: &LakeKey) -> Option<String> {
        let seen = self.seen().hashes.get(&key.path()).cloned();
        seen.or_else(|| self.lineage.hash_of(key).map(str::to_owned))
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
