//! The file system under a lake on disk, as narrow as the lake uses it, and how its writes become durable.
//!
//! A file system promises little about power cuts: what was written is durable once the file was
//! synced, a name in a folder (made, renamed or removed) once the folder was. Until then any part of it may be
//! there after a cut, in any order. [`FileSystem`] is what is asked of it, so that tests can put a disk
//! in its place that loses all it may lose (docs/reliability.md).

mod barrier;
#[expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this is the disk"
)]
mod os;

use std::ffi::OsString;
use std::fmt::{self, Debug};
use std::io;
use std::path::Path;

pub(super) use barrier::{Barrier, Durables};
pub use os::OsFiles;

/// What lies at a path, links followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    File,
    Folder,
    /// A pipe, a device, a link to nowhere.
    Other,
}

/// What is known of a path without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStat {
    pub kind: FileKind,
    /// Length of a file's content.
    pub size_bytes: u64,
}

/// A name in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderEntry {
    pub name: OsString,
    pub kind: FileKind,
}

/// Why something is made durable: one for each place in the code that asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SyncPoint {
    /// What processes before this one left in memory, when a lake is opened for writing.
    Opening,
    /// The name of the lake's own folder, and of those that were made above it.
    Root,
    /// The name of a folder in the lake, before anything in it is said to be there.
    Folder,
    /// The content of an object, before it gets its name.
    Content,
    /// The name of an object, before its writer is told that it is there.
    Name,
    /// The names of the files that a commit record counts on, before it gets its own: whoever wrote them may have
    /// been killed before they were durable.
    Files,
    /// That an object is gone, before its remover is told so.
    Removal,
}

impl SyncPoint {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Opening,
        Self::Root,
        Self::Folder,
        Self::Content,
        Self::Name,
        Self::Files,
        Self::Removal,
    ];
}

impl fmt::Display for SyncPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Opening => "opening",
            Self::Root => "root",
            Self::Folder => "folder",
            Self::Content => "content",
            Self::Name => "name",
            Self::Files => "files",
            Self::Removal => "removal",
        })
    }
}

/// A file or folder that may not be durable yet.
pub trait Unsynced: Debug + Send {
    /// The file system that it lies on, by a number that no other one of this machine has.
    fn file_system(&self) -> u64;

    /// Makes it durable: a file's content, or the names in a folder. Not the name that it has itself.
    ///
    /// # Errors
    /// What the operating system says. It may have lost what was written, and does not say so twice.
    fn sync(&self, point: SyncPoint) -> io::Result<()>;

    /// Makes everything durable that was written to its file system before the call, by whomever, and says
    /// so if any of it was lost since this handle was opened or last asked.
    ///
    /// # Errors
    /// `Unsupported` where that cannot be promised: sync one by one. Else what the operating system says.
    fn sync_file_system(&self, points: &[SyncPoint]) -> io::Result<()>;
}

/// A lock that its holder has until he drops it, or dies.
pub trait FileLock: Debug + Send {}

/// The file system under a lake. All calls block.
pub trait FileSystem: Debug + Send + Sync {
    /// What lies at `path`; `NotFound` if nothing does.
    ///
    /// # Errors
    /// `NotFound` if nothing lies there.
    fn stat(&self, path: &Path) -> io::Result<FileStat>;

    /// The content of a file.
    ///
    /// # Errors
    /// `NotFound`, or what the system says of something that is no file.
    fn read(&self, file: &Path) -> io::Result<Vec<u8>>;

    /// The names in a folder, in no order.
    ///
    /// # Errors
    /// `NotFound` if there is no such folder.
    fn list(&self, folder: &Path) -> io::Result<Vec<FolderEntry>>;

    /// Makes one folder, whose parent is there.
    ///
    /// # Errors
    /// `NotFound` without the folder above, `AlreadyExists` if there is one.
    fn create_folder(&self, folder: &Path) -> io::Result<()>;

    /// Makes a file that is not there yet, with this content.
    ///
    /// # Errors
    /// `NotFound` without its folder, `AlreadyExists` if there is one; a part of it may be there after any other.
    fn create_file(&self, file: &Path, content: &[u8]) -> io::Result<Box<dyn Unsynced>>;

    /// The folder as something to sync.
    ///
    /// # Errors
    /// `NotFound` if there is none.
    fn open_folder(&self, folder: &Path) -> io::Result<Box<dyn Unsynced>>;

    /// Gives a file another name in its folder, in the place of what has that name.
    ///
    /// # Errors
    /// Nothing has happened then.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// `NotFound` if there is none.
    fn remove_file(&self, file: &Path) -> io::Result<()>;

    /// Removes a folder if it is empty.
    ///
    /// # Errors
    /// `DirectoryNotEmpty`, and what else the system says.
    fn remove_folder(&self, folder: &Path) -> io::Result<()>;

    /// Waits for the lock of a file, which is made if it is not there; no other handle, of any process,
    /// has it meanwhile.
    ///
    /// # Errors
    /// `NotFound` without its folder.
    fn lock(&self, file: &Path) -> io::Result<Box<dyn FileLock>>;
}
