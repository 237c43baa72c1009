//! A table up to one version: what a checkpoint of it holds.

use std::collections::BTreeMap;

use serde_json::Value;

use super::log::{Add, Commit, Remove};

/// Everything that the commits of a log up to one version say of the table.
///
/// Beside the files of the version it has those that went: the protocol keeps them in a checkpoint until
/// their retention ends, and here that is never.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    /// Commits taken in.
    versions: u64,
    pub(super) head: Option<(Value, Value)>,
    pub(super) files: BTreeMap<String, Add>,
    pub(super) gone: BTreeMap<String, Remove>,
    by_another: bool,
}

impl Snapshot {
    /// Takes in the commit of the next version.
    pub fn apply(&mut self, commit: Commit) {
        self.versions += 1;
        self.by_another |= commit.info.and_then(|info| info.run).is_none();
        self.head = commit.head.or(self.head.take());
        for removed in commit.remove {
            self.files.remove(&removed.path);
            self.gone.insert(removed.path.clone(), removed);
        }
        for added in commit.add {
            self.gone.remove(&added.path);
            self.files.insert(added.path.clone(), added);
        }
    }

    /// The newest version; `None` before the first.
    pub fn version(&self) -> Option<u64> {
        self.versions.checked_sub(1)
    }

    /// Whether each of its versions is of a run. What other programs write to a log may have actions that
    /// are not read here, so a checkpoint of theirs is theirs to make.
    pub fn is_of_runs(&self) -> bool {
        !self.by_another
    }

    /// As one commit that makes the whole table. Nothing in it is a change of data: the changes were told
    /// by the commits.
    pub(super) fn as_commit(&self) -> Commit {
        let add = self.files.values().cloned().map(|added| Add {
            data_change: false,
            ..added
        });
        let remove = self.gone.values().cloned().map(|removed| Remove {
            data_change: false,
            ..removed
        });
        Commit {
            info: None,
            head: self.head.clone(),
            add: add.collect(),
            remove: remove.collect(),
        }
    }
}
