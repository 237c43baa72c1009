use std::fs::{self, DirEntry};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::atomic::{self, FolderName};
use super::{ETag, LakeStore, ObjectEntry, Precondition, StorageError, StoredObject};
use quantx_lake::{LakeKey, LakePrefix};

/// A lake in a directory. Any number of handles and processes may share it and lose nothing.
///
/// A tag is a hash of the content, so equal bytes have equal tags. A write is a temporary file,
/// fsync, rename, under an advisory lock of its path: a process killed at any moment leaves the old
/// object or the new one, and perhaps a hidden temporary file that the next writer of the object
/// removes. A write whose future is dropped still runs to its end.
#[derive(Debug, Clone)]
pub struct LocalStore(Arc<Root>);

#[derive(Debug)]
pub(super) struct Root {
    pub(super) folder: PathBuf,
    locks: PathBuf,
    access: Access,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    ReadAndWrite,
    ReadOnly,
}

impl LocalStore {
    /// Opens the lake in `folder` for reading and writing; creates what is missing of the folder.
    /// Blocks for a moment.
    ///
    /// # Errors
    /// [`StorageError::NotADirectory`], or [`StorageError::PermissionDenied`] where nothing can be
    /// written, so that a run finds out before it has fetched anything.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, StorageError> {
        let root = Root::new(folder.into(), Access::ReadAndWrite)?;
        let failed = |error| StorageError::from_io(root.folder.display(), error);
        fs::create_dir_all(&root.folder).map_err(failed)?;
        atomic::lock(&root.locks, "").map_err(failed)?;
        Ok(Self(Arc::new(root)))
    }

    /// Opens the lake in `folder` and leaves no trace there; a missing folder is an empty lake.
    /// Writes are refused. For dry runs, for looking, and for lakes on read-only disks.
    ///
    /// # Errors
    /// [`StorageError::NotADirectory`] if it is something else.
    pub fn open_read_only(folder: impl Into<PathBuf>) -> Result<Self, StorageError> {
        let root = Root::new(folder.into(), Access::ReadOnly)?;
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
    fn new(folder: PathBuf, access: Access) -> Result<Self, StorageError> {
        let location = folder.display().to_string();
        match fs::metadata(&folder) {
            Ok(found) if !found.is_dir() => return Err(StorageError::NotADirectory { location }),
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                return Err(StorageError::NotADirectory { location });
            }
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(StorageError::from_io(location, error));
            }
            _ => {}
        }
        let locks = folder.join(".quantx").join("locks");
        Ok(Self {
            folder,
            locks,
            access,
        })
    }

    fn read(&self, path: &str) -> Result<Option<StoredObject>, StorageError> {
        let file = self.folder.join(path);
        match content(&file) {
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
        let _lock = self.lock(&path)?;
        let file = self.folder.join(&path);
        let failed = |error| StorageError::from_io(file.display(), error);
        let holds = match precondition {
            Precondition::Absent => !fs::exists(&file).map_err(failed)?,
            Precondition::Matches(etag) => self.holds(&path, etag)?,
        };
        if !holds {
            return Err(StorageError::PreconditionFailed { key: key.clone() });
        }
        let name_of_folder = match key {
            LakeKey::Bars { .. } => FolderName::WithRecord,
            _ => FolderName::Now,
        };
        atomic::replace(&file, bytes, name_of_folder).map_err(failed)?;
        Ok(tag_of(bytes))
    }

    fn delete(&self, key: &LakeKey, precondition: ETag) -> Result<(), StorageError> {
        let path = key.path();
        let _lock = self.lock(&path)?;
        if !self.holds(&path, &precondition)? {
            return Err(StorageError::PreconditionFailed { key: key.clone() });
        }
        let file = self.folder.join(&path);
        atomic::remove(&file).map_err(|error| StorageError::from_io(file.display(), error))?;
        if let (LakeKey::Work { .. }, Some(folder)) = (key, file.parent()) {
            // A run's own folder: nobody else is about to write into it. One that is not empty stays.
            let _ = fs::remove_dir(folder);
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
        let entries = match fs::read_dir(&folder) {
            // Nothing was ever written, or another process has just removed it.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(failed)?,
        };
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| !atomic::is_hidden(name)) else {
                continue;
            };
            let below = match path {
                "" => name.to_owned(),
                path => format!("{path}/{name}"),
            };
            match kind_of(&entry).map_err(failed)? {
                Kind::Folder if below.split('/').count() <= prefix.max_depth() => {
                    self.walk(&below, prefix, found)?;
                }
                Kind::File => found.extend(listed(&entry, &below, prefix).map_err(failed)?),
                Kind::Folder | Kind::Other => {}
            }
        }
        Ok(())
    }

    pub(super) fn lock(&self, path: &str) -> Result<fs::File, StorageError> {
        let failed = |error| StorageError::from_io(self.locks.display(), error);
        if self.access == Access::ReadOnly {
            let refused = io::Error::new(ErrorKind::PermissionDenied, "opened for reading only");
            return Err(StorageError::from_io(self.folder.display(), refused));
        }
        atomic::lock(&self.locks, path).map_err(failed)
    }

    fn holds(&self, path: &str, etag: &ETag) -> Result<bool, StorageError> {
        let stored = self.read(path)?;
        Ok(stored.is_some_and(|object| object.etag == *etag))
    }
}

/// The content of a file. A pipe or a device in its place would keep the reader waiting for ever, and no
/// signal would end that.
fn content(file: &Path) -> io::Result<Vec<u8>> {
    let kind = fs::metadata(file)?.file_type();
    if kind.is_file() || kind.is_dir() {
        return fs::read(file);
    }
    let strange = "it is neither a file nor a folder, but a pipe, a socket or a device";
    Err(io::Error::new(ErrorKind::InvalidInput, strange))
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

pub(super) enum Kind {
    File,
    Folder,
    Other,
}

/// What `entry` is, links followed: a user may have moved a folder of the lake to another disk.
pub(super) fn kind_of(entry: &DirEntry) -> io::Result<Kind> {
    let mut kind = entry.file_type()?;
    if kind.is_symlink() {
        match fs::metadata(entry.path()) {
            Ok(target) => kind = target.file_type(),
            Err(_) => return Ok(Kind::Other),
        }
    }
    Ok(if kind.is_dir() {
        Kind::Folder
    } else if kind.is_file() {
        Kind::File
    } else {
        Kind::Other
    })
}

/// The entry of a file, if it is an object of `prefix` and still there.
fn listed(entry: &DirEntry, path: &str, prefix: &LakePrefix) -> io::Result<Option<ObjectEntry>> {
    let Some(key) = LakeKey::parse(path).ok().filter(|key| prefix.contains(key)) else {
        return Ok(None);
    };
    let size_bytes = match fs::metadata(entry.path()) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        metadata => metadata?.len(),
    };
    Ok(Some(ObjectEntry {
        key,
        etag: None,
        size_bytes,
    }))
}

#[cfg(test)]
#[path = "local_tests.rs"]
mod tests;
