//! Files that are replaced whole or not at all, under a lock that spans processes. Blocking.
//!
//! A writer holds the lock of its path from before its temporary file exists until after the
//! rename, and the kernel drops the lock of a process that dies. So whoever holds the lock and
//! finds a temporary file of that path knows that its writer is dead: no process id is asked, which
//! would be wrong across containers. The id in the name only keeps two writers apart on file
//! systems that grant locks to everybody: there a write can be lost, but no file is torn.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use sha2::{Digest, Sha256};

/// Takes the lock of `path` among the 256 in `locks`, waiting for it; dropping the file frees it.
///
/// Lock files are never removed: a process about to lock a removed one would not exclude those that
/// lock its successor. Two paths that share a lock wait for each other, and nothing else.
pub(super) fn lock(locks: &Path, path: &str) -> io::Result<File> {
    let shard = Sha256::digest(path)[0];
    let file = locks.join(format!("{shard:02x}"));
    let open = || {
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true).open(&file)
    };
    let file = match open() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fs::create_dir_all(locks)?;
            open()?
        }
        opened => opened?,
    };
    file.lock()?;
    Ok(file)
}

/// Who makes the name of a new folder durable in the folder above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FolderName {
    /// This write.
    Now,
    /// A later write into the folder above: a year file counts only with the commit record beside
    /// its folder, and the write of that syncs the names of all years at once.
    WithRecord,
}

/// Makes `target` hold `bytes`, durably, and its folders if need be. The caller holds its lock.
pub(super) fn replace(target: &Path, bytes: &[u8], name_of_folder: FolderName) -> io::Result<()> {
    let (Some(folder), Some(name)) = (target.parent(), target.file_name()) else {
        return Err(ErrorKind::InvalidFilename.into());
    };
    let prefix = format!(".{}.", name.to_string_lossy());
    let stray = temporary_files(folder, &prefix)?;
    for name in stray {
        tracing::debug!(folder = %folder.display(), file = %name, "removing what a killed writer left");
        remove_if_there(&folder.join(name))?;
    }
    let temporary = folder.join(temporary_name(&prefix));
    let written =
        write_new(&temporary, bytes, name_of_folder).and_then(|()| fs::rename(&temporary, target));
    if let Err(error) = written {
        // The first error is the one to report; a file that stays is removed by the next writer.
        drop(fs::remove_file(&temporary));
        return Err(error);
    }
    sync_folder(folder)
}

/// Removes `target`, durably. The caller holds its lock.
pub(super) fn remove(target: &Path) -> io::Result<()> {
    fs::remove_file(target)?;
    target.parent().map_or(Ok(()), sync_folder)
}

/// Whether a file system entry is one of ours that readers must not see.
pub(super) fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
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

/// Names in `folder` that [`temporary_name`] makes of `prefix`; none if there is no folder.
fn temporary_files(folder: &Path, prefix: &str) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with(prefix) && name.ends_with(".tmp") {
            found.push(name);
        }
    }
    Ok(found)
}

fn write_new(path: &Path, bytes: &[u8], name_of_folder: FolderName) -> io::Result<()> {
    let create = || OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = match create() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let folder = path.parent();
            let made = folder.filter(|_| name_of_folder == FolderName::WithRecord);
            // Fails when folders above are missing too; those are made durable here and now.
            if made.is_none_or(|folder| fs::create_dir(folder).is_err()) {
                folder.map_or(Ok(()), create_folder)?;
            }
            create()?
        }
        created => created?,
    };
    file.write_all(bytes)?;
    file.sync_all()
}

/// Creates `folder` and what is missing above it, each durable in the folder that holds it.
fn create_folder(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Ok(()) => folder.parent().map_or(Ok(()), sync_folder),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            folder.parent().map_or(Err(error), create_folder)?;
            create_folder(folder)
        }
        Err(error) => Err(error),
    }
}

pub(super) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    // Windows opens no folders as files and makes renames durable by itself.
    Ok(())
}
