//! Moves a lake from one place to another, so that a copy that ends early is a lake too.
//!
//! Year files come before the commit records that name them, and a record only after files that
//! are at least as new as itself: whoever commits puts files first. So do the versions of Delta tables. What is there already is
//! compared and not sent again, so that a second copy goes on where the first one ended.

mod lineage;
mod sending;

use futures::stream::{self, StreamExt, TryStreamExt};

use self::lineage::Lineage;
use self::sending::{Done, Sending};
use super::Effects;
use quantx_lake::{LakeKey, LakePrefix};
use quantx_storage::{LakeStore, StorageError};

/// Objects under way at once.
const PARALLEL: usize = 16;

/// What to do with an object that is another one in the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Differing {
    /// Leave both as they are, and report them.
    Keep,
    /// Replace that of the target.
    Replace,
    /// The target is an earlier state of the source, as a backup is: replace what the source has newer.
    /// A listing whose commit record in the target is not an earlier one is left as it is.
    ReplaceOlder,
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
/// With [`Differing::ReplaceOlder`] the year files that a record names are not read where the record is
/// the same in both and both files have one size: a nightly backup reads what changed. That their
/// content is right is what `verify --deep` of the target proves.
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
    let lineage = match differing {
        Differing::ReplaceOlder => Lineage::read(from, to, &entries).await?,
        Differing::Keep | Differing::Replace => Lineage::default(),
    };
    let mut report = CopyReport {
        present: lineage.n_settled(),
        ..CopyReport::default()
    };
    let mut phases: [Vec<LakeKey>; 4] = Default::default();
    for entry in entries {
        if lineage.is_settled(&entry.key) {
            continue;
        }
        let phase = match entry.key {
            LakeKey::Commit { .. } => 1,
            // Made of the records; a version of a Delta table names files that are there.
            LakeKey::Manifest | LakeKey::DeltaCommit { .. } | LakeKey::DeltaCheckpoint { .. } => 2,
            // Where readers begin: at what is there.
            LakeKey::DeltaVersions { .. } | LakeKey::DeltaLastCheckpoint { .. } => 3,
            _ => 0,
        };
        phases[phase].push(entry.key);
    }
    let sending = Sending::new(from, to, differing, &lineage, effects);
    for keys in phases {
        let work = keys.into_iter().map(|key| {
            let sending = &sending;
            async move {
                let done = sending.object(&key).await?;
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

fn storage(doing: impl Into<String>, source: StorageError) -> CopyError {
    CopyError::Storage {
        doing: doing.into(),
        source,
    }
}

#[cfg(test)]
mod tests;
