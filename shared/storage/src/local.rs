use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::atomic::{self, AtomicFolder, Role};
use super::disk::{FileKind, FileLock, FileSystem, OsFiles};
use super::{ETag, LakeStore, ObjectEntry, Precondition, StorageError, StoredObject};
use quantx_lake::{LakeKey, LakePrefix};
use quantx_settings::Durability;

/// A lake in a directory. Any number of handles and processes may share it and lose nothing.
///
/// A tag is a hash of the content, so equal bytes have equal tags. A write is a temporary file,
/// synced, then renamed, under an advisory lock of its path, then its name synced: a process killed at any moment leaves the old
/// object or the new one, and perhaps a hidden temporary file that the next writer of the object
/// removes. So does a power cut, unless the store was opened with [`Durability::None`].
/// A write whose future is dropped still runs to its end.
#[derive(Debug, Clone)]
pub struct LocalStore(Arc<Root>);

#[derive(Debug)]
pub(super) struct Root {
    pub(super) folder: PathBuf,
    pub(super) atomic: AtomicFolder,
    access: Access,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    ReadAndWrite,
    ReadOnly,
}

impl LocalStore {
    /// Opens the lake in `folder` for reading and writing; creates what is missing of the folder, and
    /// makes durable what killed processes left undurable there. Blocks until it is.
    ///
    /// # Errors
    /// [`StorageError::NotADirectory`], or [`StorageError::PermissionDenied`] where nothing can be
    /// written, so that a run finds out before it has fetched anything.
    pub fn open(folder: impl Into<PathBuf>, durability: Durability) -> Result<Self, StorageError> {
        Self::open_on(Arc::new(OsFiles), folder, durability)
    }

    /// [`LocalStore::open`] on another file system than that of the operating system.
    ///
    /// # Errors
    /// As [`LocalStore::open`].
    pub fn open_on(
        files: Arc<dyn FileSystem>,
        folder: impl Into<PathBuf>,
        durability: Durability,
    ) -> Result<Self, StorageError> {
        let root = Root::new(files, folder.into(), durability, Access::ReadAndWrite)?;
        let failed = |error| StorageError::from_io(root.folder.display(), error);
        root.atomic.prepare().map_err(failed)?;
        Ok(Self(Arc::new(root)))
    }

    /// Opens the lake in `folder` and leaves no trace there; a missing folder is an empty lake.
    /// Writes are refused. For dry runs, for looking, and for lakes on read-only disks.
    ///
    /// # Errors
    /// [`StorageError::NotADirectory`] if it is something else.
    pub fn open_read_only(folder: impl Into<PathBuf>) -> Result<Self, StorageError> {
        let files = Arc::new(OsFiles);
        let root = Root::new(files, folder.into(), Durability::None, Access::ReadOnly)?;
        Ok(Self(Arc::new(root)))
    }

    /// The folder of the lake.
    pub fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// Runs `work` where blocking is allowed.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Root) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let root = Arc::clone(&self.0);
        let task = tokio::task::spawn_blocking(move || work(&root));
        // Fails only while the runtime shuts down or when `work` panics.
        let stopped =
            |error| StorageError::from_io(self.0.folder.display(), io::Error::other(error));
        task.await.map_err(stopped)?
    }
}

#[async_trait]
impl LakeStore for LocalStore {
    async fn get(&self, key: &LakeKey) -> Result<Option<StoredObject>, StorageError> {
        let path = key.path();
        self.blocking(move |root| root.read(&path)).await
    }

    async fn put(
        &self,
        key: &LakeKey,
        bytes: Bytes,
        precondition: Precondition,
    ) -> Result<ETag, StorageError> {
        let key = key.clone();
        self.blocking(move |root| root.write(&key, &bytes, &precondition))
            .await
    }

    async fn list(&self, prefix: &LakePrefix) -> Result<Vec<ObjectEntry>, StorageError> {
        let prefix = prefix.clone();
        self.blocking(move |root| root.list(&prefix)).await
    }

    async fn delete(&self, key: &LakeKey, precondition: ETag) -> Result<(), StorageError> {
        let key = key.clone();
        self.blocking(move |root| root.delete(&key, precondition))
            .await
    }
}

impl Root {
    fn new(
        files: Arc<dyn FileSystem>,
        folder: PathBuf,
        durability: Durability,
        access: Access,
    ) -> Result<Self, StorageError> {
        let location = folder.display().to_string();
        match files.stat(&folder) {
            Ok(found) if found.kind != FileKind::Folder => {
                return Err(StorageError::NotADirectory { location });
            }
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                return Err(StorageError::NotADirectory { location });
            }
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(StorageError::from_io(location, error));
            }
            _ => {}
        }
        Ok(Self {
            atomic: AtomicFolder::new(files, folder.clone(), durability),
            folder,
            access,
        })
    }

    pub(super) fn files(&self) -> &dyn FileSystem {
        self.atomic.files.as_ref()
    }

    fn read(&self, path: &str) -> Result<Option<StoredObject>, StorageError> {
        let file = self.folder.join(path);
        match self.files().read(&file) {
            Ok(content) => Ok(Some(StoredObject {
                etag: tag_of(&content),
                bytes: content.into(),
            })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StorageError::from_io(file.display(), error)),
        }
    }

    fn write(
        &self,
        key: &LakeKey,
        bytes: &[u8],
        precondition: &Precondition,
    ) -> Result<ETag, StorageError> {
        let path = key.path();
        let lock = self.lock(&path)?;
        let file = self.folder.join(&path);
        let failed = |error| StorageError::from_io(file.display(), error);
        let holds = match precondition {
            Precondition::Absent => !self.is_there(&file).map_err(failed)?,
            Precondition::Matches(etag) => self.holds(&path, etag)?,
        };
        if !holds {
            return Err(StorageError::PreconditionFailed { key: key.clone() });
        }
        let role = match key {
            LakeKey::Bars { .. } => Role::Only,
            LakeKey::Commit { .. } => Role::Record,
            _ => Role::Member,
        };
        let replaced = self.atomic.replace(&file, bytes, role, lock);
        replaced.map_err(failed)?;
        Ok(tag_of(bytes))
    }

    fn is_there(&self, file: &Path) -> io::Result<bool> {
        match self.files().stat(file) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            found => found.map(|_| true),
        }
    }

    fn delete(&self, key: &LakeKey, precondition: ETag) -> Result<(), StorageError> {
        let path = key.path();
        let _lock = self.lock(&path)?;
        if !self.holds(&path, &precondition)? {
            return Err(StorageError::PreconditionFailed { key: key.clone() });
        }
        let file = self.folder.join(&path);
        let removed = self.atomic.remove(&file);
        removed.map_err(|error| StorageError::from_io(file.display(), error))?;
        if let (LakeKey::Work { .. }, Some(folder)) = (key, file.parent()) {
            // A run's own folder: nobody else is about to write into it. One that is not empty stays.
            drop(self.files().remove_folder(folder));
        }
        Ok(())
    }

    fn list(&self, prefix: &LakePrefix) -> Result<Vec<ObjectEntry>, StorageError> {
        let start = prefix.path();
        let mut found = Vec::new();
        self.walk(start.trim_end_matches('/'), prefix, &mut found)?;
        found.sort_by_cached_key(|entry| entry.key.path());
        Ok(found)
    }

    /// Adds what lies in the folder `path` (empty: the root) and below it to `found`.
    fn walk(
        &self,
        path: &str,
        prefix: &LakePrefix,
        found: &mut Vec<ObjectEntry>,
    ) -> Result<(), StorageError> {
        let folder = self.folder.join(path);
        let failed = |error| StorageError::from_io(folder.display(), error);
        let entries = match self.files().list(&folder) {
            // Nothing was ever written, or another process has just removed it.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(failed)?,
        };
        for entry in entries {
            let Some(name) = entry.name.to_str().filter(|name| !atomic::is_hidden(name)) else {
                continue;
            };
            let below = match path {
                "" => name.to_owned(),
                path => format!("{path}/{name}"),
            };
            match entry.kind {
                FileKind::Folder if below.split('/').count() <= prefix.max_depth() => {
                    self.walk(&below, prefix, found)?;
                }
                FileKind::File => found.extend(self.listed(&below, prefix).map_err(failed)?),
                FileKind::Folder | FileKind::Other => {}
            }
        }
        Ok(())
    }

    /// The entry of a file, if it is an object of `prefix` and still there.
    fn listed(&self, path: &str, prefix: &LakePrefix) -> io::Result<Option<ObjectEntry>> {
        let Some(key) = LakeKey::parse(path).ok().filter(|key| prefix.contains(key)) else {
            return Ok(None);
        };
        let size_bytes = match self.files().stat(&self.folder.join(path)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            found => found?.size_bytes,
        };
        Ok(Some(ObjectEntry {
            key,
            etag: None,
            size_bytes,
        }))
    }

    pub(super) fn lock(&self, path: &str) -> Result<Box<dyn FileLock>, StorageError> {
        let failed = |error| StorageError::from_io(self.atomic.locks.display(), error);
        if self.access == Access::ReadOnly {
            let refused = io::Error::new(ErrorKind::PermissionDenied, "opened for reading only");
            return Err(StorageError::from_io(self.folder.display(), refused));
        }
        self.atomic.lock(path).map_err(failed)
    }

    fn holds(&self, path: &str, etag: &ETag) -> Result<bool, StorageError> {
        let stored = self.read(path)?;
        Ok(stored.is_some_and(|object| object.etag == *etag))
    }
}

fn tag_of(content: &[u8]) -> ETag {
    use std::fmt::Write;
    let digest = Sha256::digest(content);
    // 128 bits: no two contents of a lake ever meet.
    let mut tag = String::with_capacity(32);
    for byte in digest.iter().take(16) {
        // Writing to a String cannot fail.
        let _: Result<(), std::fmt::Error> = write!(tag, "{byte:02x}");
    }
    ETag::new(tag)
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "what the store did to a real disk is looked at"
)]
#[path = "local_tests.rs"]
mod tests;
