//! Files that are replaced whole or not at all, under a lock that spans processes. Blocking.
//!
//! A writer holds the lock of its path from before its temporary file exists until after the
//! rename, and the kernel drops the lock of a process that dies. So whoever holds the lock and
//! finds a temporary file of that path knows that its writer is dead: no process id is asked, which
//! would be wrong across containers. The id in the name only keeps two writers apart on file
//! systems that grant locks to everybody: there a write can be lost, but no file is torn.

use std::collections::HashSet;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use super::disk::{Barrier, Durables, FileKind, FileLock, FileSystem, SyncPoint, Unsynced};
use quantx_settings::Durability;

/// A folder whose files are replaced whole and durably.
#[derive(Debug)]
pub(super) struct AtomicFolder {
    pub(super) files: Arc<dyn FileSystem>,
    barrier: Barrier,
    root: PathBuf,
    pub(super) locks: PathBuf,
    /// Folders below the root whose names are known to be durable.
    settled: Mutex<HashSet<PathBuf>>,
}

/// What an object is to its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// One of many: that the folder's name is durable is worth remembering.
    Member,
    /// The only one. A lake has a million of such folders.
    Only,
    /// One that counts on the files in the folders beside it.
    Record,
}

impl AtomicFolder {
    pub(super) fn new(files: Arc<dyn FileSystem>, root: PathBuf, durability: Durability) -> Self {
        Self {
            barrier: Barrier::new(Arc::clone(&files), durability),
            files,
            locks: root.join(".quantx").join("locks"),
            root,
            settled: Mutex::default(),
        }
    }

    /// Makes the folder if need be, and everything durable that killed processes left undurable: what is
    /// read from now on may be built upon.
    pub(super) fn prepare(&self) -> io::Result<()> {
        self.create_folders(&self.root)?;
        drop(self.lock("")?);
        self.barrier.sweep(&self.root, SyncPoint::Opening)
    }

    /// Takes the lock of `path` among 256, waiting for it; dropping it frees it.
    ///
    /// Lock files are never removed: a process about to lock a removed one would not exclude those that
    /// lock its successor. Two paths that share a lock wait for each other, and nothing else.
    pub(super) fn lock(&self, path: &str) -> io::Result<Box<dyn FileLock>> {
        let shard = Sha256::digest(path)[0];
        let file = self.locks.join(format!("{shard:02x}"));
        match self.files.lock(&file) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.create_folders(&self.locks)?;
                self.files.lock(&file)
            }
            locked => locked,
        }
    }

    /// Makes `target` hold `bytes`, durably, and its folders if need be. `lock` is that of `target`.
    pub(super) fn replace(
        &self,
        target: &Path,
        bytes: &[u8],
        role: Role,
        lock: Box<dyn FileLock>,
    ) -> io::Result<()> {
        let (Some(folder), Some(name)) = (target.parent(), target.file_name()) else {
            return Err(ErrorKind::InvalidFilename.into());
        };
        let prefix = format!(".{}.", name.to_string_lossy());
        for name in self.temporary_files(folder, &prefix)? {
            tracing::debug!(folder = %folder.display(), file = %name, "removing what a killed writer left");
            self.remove_if_there(&folder.join(name))?;
        }
        let temporary = folder.join(temporary_name(&prefix));
        let begun = self.barrier.begin();
        let written = self.write_new(&temporary, bytes).and_then(|content| {
            // Content and folders first: the name must never be there without them.
            let (mut durables, new) = self.unsettled(folder)?;
            durables.add(content, SyncPoint::Content, folder);
            if role == Role::Record {
                self.add_files_beside(folder, &mut durables)?;
            }
            self.barrier.wait(begun, durables)?;
            self.remember(new, role);
            self.files.rename(&temporary, target)
        });
        if let Err(error) = written {
            // The first error is the one to report; a file that stays is removed by the next writer.
            drop(self.files.remove_file(&temporary));
            return Err(error);
        }
        // Others may see and replace the object from here on: what they put is durable by itself.
        drop(lock);
        self.sync_folder(folder, SyncPoint::Name)
    }

    /// Removes `target`, durably. The caller holds its lock.
    pub(super) fn remove(&self, target: &Path) -> io::Result<()> {
        self.files.remove_file(target)?;
        let folder = target.parent();
        folder.map_or(Ok(()), |folder| {
            self.sync_folder(folder, SyncPoint::Removal)
        })
    }

    pub(super) fn remove_if_there(&self, path: &Path) -> io::Result<()> {
        match self.files.remove_file(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    fn write_new(&self, file: &Path, bytes: &[u8]) -> io::Result<Box<dyn Unsynced>> {
        match self.files.create_file(file, bytes) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if let Some(folder) = file.parent() {
                    // Somebody removed what was known to be durable.
                    self.forget(folder);
                    self.create_folders(folder)?;
                }
                self.files.create_file(file, bytes)
            }
            created => created,
        }
    }

    /// Makes `folder` and what is missing above it. The name of the root, and of those above it, is durable on
    /// return; those below are made so with what is put there (and lock files never).
    fn create_folders(&self, folder: &Path) -> io::Result<()> {
        match self.create_one_folder(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let parent = parent_of(folder).ok_or(error)?;
                if !self.is_folder(parent) {
                    self.create_folders(parent)?;
                }
                // Also where the parent is there: it may be since this instant. One that takes nothing, as
                // /proc, says once more that it does not.
                self.create_one_folder(folder)
            }
            created => created,
        }
    }

    fn create_one_folder(&self, folder: &Path) -> io::Result<()> {
        match self.files.create_folder(folder) {
            Ok(()) => match parent_of(folder) {
                Some(parent) if !parent.starts_with(&self.root) => {
                    self.sync_folder(parent, SyncPoint::Root)
                }
                _ => Ok(()),
            },
            // Whatever the system calls the refusal: it is there.
            Err(_) if self.is_folder(folder) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn is_folder(&self, path: &Path) -> bool {
        let found = self.files.stat(path);
        found.is_ok_and(|found| found.kind == FileKind::Folder)
    }

    /// What must be synced for the names of `folder` and those above it to be durable: the folders that
    /// hold them. One that is there already may have been made this instant, by another writer who is not
    /// done with it or never will be, so only what this store has synced itself counts.
    fn unsettled(&self, folder: &Path) -> io::Result<(Durables, Vec<PathBuf>)> {
        let mut durables = Durables::default();
        let mut new = Vec::new();
        if !self.barrier.is_kept() {
            return Ok((durables, new));
        }
        let within = |folder: &&Path| *folder != self.root && folder.starts_with(&self.root);
        for folder in folder.ancestors().take_while(within) {
            if self.settled().contains(folder) {
                // Those above were settled with it.
                break;
            }
            if let Some(parent) = folder.parent() {
                durables.add(self.files.open_folder(parent)?, SyncPoint::Folder, parent);
            }
            new.push(folder.to_owned());
        }
        Ok((durables, new))
    }

    /// `folder` and the folders in it, so that all names in them are durable.
    fn add_files_beside(&self, folder: &Path, durables: &mut Durables) -> io::Result<()> {
        if !self.barrier.is_kept() {
            return Ok(());
        }
        durables.add(self.files.open_folder(folder)?, SyncPoint::Files, folder);
        for entry in self.files.list(folder)? {
            if entry.kind == FileKind::Folder {
                let beside = folder.join(entry.name);
                durables.add(self.files.open_folder(&beside)?, SyncPoint::Files, &beside);
            }
        }
        Ok(())
    }

    fn remember(&self, folders: Vec<PathBuf>, role: Role) {
        let own = usize::from(role == Role::Only);
        self.settled().extend(folders.into_iter().skip(own));
    }

    /// Takes everything above and below a folder that is gone for unknown.
    fn forget(&self, folder: &Path) {
        self.settled()
            .retain(|settled| !folder.starts_with(settled) && !settled.starts_with(folder));
    }

    fn settled(&self) -> MutexGuard<'_, HashSet<PathBuf>> {
        // A set that only ever knows less than is true.
        self.settled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sync_folder(&self, folder: &Path, point: SyncPoint) -> io::Result<()> {
        if !self.barrier.is_kept() {
            return Ok(());
        }
        let begun = self.barrier.begin();
        let mut durables = Durables::default();
        durables.add(self.files.open_folder(folder)?, point, folder);
        self.barrier.wait(begun, durables)
    }

    /// Names in `folder` that [`temporary_name`] makes of `prefix`; none if there is no folder.
    fn temporary_files(&self, folder: &Path, prefix: &str) -> io::Result<Vec<String>> {
        let entries = match self.files.list(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let names = entries
            .into_iter()
            .map(|entry| entry.name.to_string_lossy().into_owned());
        let is_temporary = |name: &String| name.starts_with(prefix) && name.ends_with(".tmp");
        Ok(names.filter(is_temporary).collect())
    }
}

/// Whether a file system entry is one of ours that readers must not see.
pub(super) fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}

/// The folder that holds a path; a name in the working directory has no parent in its path.
fn parent_of(folder: &Path) -> Option<&Path> {
    let parent = folder.parent()?;
    Some(match parent.as_os_str().is_empty() {
        true => Path::new("."),
        false => parent,
    })
}

fn temporary_name(prefix: &str) -> String {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let count = COUNTER.fetch_add(1, Relaxed);
    format!("{prefix}{}.{count}.tmp", std::process::id())
}

/// The object beside which [`temporary_name`] would put a file of this name.
pub(super) fn target_of_temporary(name: &str) -> Option<&str> {
    let inner = name.strip_prefix('.')?.strip_suffix(".tmp")?;
    let (inner, count) = inner.rsplit_once('.')?;
    let (target, process) = inner.rsplit_once('.')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (is_number(count) && is_number(process) && !target.is_empty()).then_some(target)
}
