//! The file system of the operating system.

use std::fs::{self, File, FileType, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use super::{FileKind, FileLock, FileStat, FileSystem, FolderEntry, SyncPoint, Unsynced};

/// The disks of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsFiles;

impl FileSystem for OsFiles {
    fn stat(&self, path: &Path) -> io::Result<FileStat> {
        let found = fs::metadata(path)?;
        Ok(FileStat {
            kind: kind(found.file_type()),
            size_bytes: found.len(),
        })
    }

    /// A pipe or a device in the place of a file would keep the reader waiting for ever, and no signal
    /// would end that.
    fn read(&self, file: &Path) -> io::Result<Vec<u8>> {
        if self.stat(file)?.kind != FileKind::Other {
            return fs::read(file);
        }
        let strange = "it is neither a file nor a folder, but a pipe, a socket or a device";
        Err(io::Error::new(ErrorKind::InvalidInput, strange))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<FolderEntry>> {
        let entries = fs::read_dir(folder)?.map(|entry| {
            let entry = entry?;
            // A user may have moved a folder of the lake to another disk.
            let kind = match entry.file_type()? {
                link if link.is_symlink() => fs::metadata(entry.path())
                    .map_or(FileKind::Other, |target| kind(target.file_type())),
                found => kind(found),
            };
            Ok(FolderEntry {
                name: entry.file_name(),
                kind,
            })
        });
        entries.collect()
    }

    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir(folder)
    }

    fn create_file(&self, file: &Path, content: &[u8]) -> io::Result<Box<dyn Unsynced>> {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create_new(true).open(file)?;
        file.write_all(content)?;
        Ok(Box::new(OpenFile(file)))
    }

    #[cfg(unix)]
    fn open_folder(&self, folder: &Path) -> io::Result<Box<dyn Unsynced>> {
        Ok(Box::new(OpenFile(File::open(folder)?)))
    }

    #[cfg(not(unix))]
    fn open_folder(&self, _folder: &Path) -> io::Result<Box<dyn Unsynced>> {
        // Windows opens no folders as files and makes names durable by itself.
        Ok(Box::new(DurableFolder))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, file: &Path) -> io::Result<()> {
        fs::remove_file(file)
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        fs::remove_dir(folder)
    }

    fn lock(&self, file: &Path) -> io::Result<Box<dyn FileLock>> {
        let mut options = OpenOptions::new();
        let file = options
            .create(true)
            .truncate(false)
            .write(true)
            .open(file)?;
        file.lock()?;
        Ok(Box::new(OpenFile(file)))
    }
}

fn kind(found: FileType) -> FileKind {
    if found.is_dir() {
        FileKind::Folder
    } else if found.is_file() {
        FileKind::File
    } else {
        FileKind::Other
    }
}

#[derive(Debug)]
struct OpenFile(File);

/// The kernel frees the lock when the file is closed.
impl FileLock for OpenFile {}

impl Unsynced for OpenFile {
    #[cfg(unix)]
    fn file_system(&self) -> u64 {
        use std::os::unix::fs::MetadataExt as _;
        // A handle that cannot be looked at is on no file system that is known, and is synced alone.
        self.0.metadata().map_or(u64::MAX, |found| found.dev())
    }

    #[cfg(not(unix))]
    fn file_system(&self) -> u64 {
        0
    }

    fn sync(&self, _point: SyncPoint) -> io::Result<()> {
        self.0.sync_all()
    }

    #[cfg(target_os = "linux")]
    fn sync_file_system(&self, _points: &[SyncPoint]) -> io::Result<()> {
        if !linux::tells_lost_writes() || !linux::syncs_as_a_whole(&self.0)? {
            return Err(ErrorKind::Unsupported.into());
        }
        Ok(rustix::fs::syncfs(&self.0)?)
    }

    #[cfg(not(target_os = "linux"))]
    fn sync_file_system(&self, _points: &[SyncPoint]) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
}

#[cfg(not(unix))]
#[derive(Debug)]
struct DurableFolder;

#[cfg(not(unix))]
impl Unsynced for DurableFolder {
    fn file_system(&self) -> u64 {
        0
    }

    fn sync(&self, _point: SyncPoint) -> io::Result<()> {
        Ok(())
    }

    fn sync_file_system(&self, _points: &[SyncPoint]) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::{self, File};
    use std::io;
    use std::sync::LazyLock;

    /// Since Linux 5.8 `syncfs` says that a write was lost; before, it kept that to itself. Source: syncfs(2).
    pub(super) fn tells_lost_writes() -> bool {
        static NEW_ENOUGH: LazyLock<bool> = LazyLock::new(|| {
            let release = fs::read_to_string("/proc/sys/kernel/osrelease");
            release.is_ok_and(|release| super::is_at_least(&release, (5, 8)))
        });
        *NEW_ENOUGH
    }

    /// File systems whose `syncfs` reaches the disk, by the magic numbers of statfs(2): ext2 to ext4, XFS,
    /// Btrfs, F2FS, bcachefs, ZFS, overlayfs (which asks the one below), tmpfs. Others may not pass it on: FUSE
    /// answers without asking its server, and of network file systems nobody says.
    const WHOLE: [u64; 8] = [
        0xEF53,
        0x5846_5342,
        0x9123_683E,
        0xF2F5_2010,
        0xCA45_1A4E,
        0x2FC1_2FC1,
        0x794C_7630,
        0x0102_1994,
    ];

    pub(super) fn syncs_as_a_whole(file: &File) -> io::Result<bool> {
        let found = rustix::fs::fstatfs(file)?;
        // Signed on some machines; all magic numbers have 32 bits.
        Ok(WHOLE.contains(&(found.f_type as u64 & 0xFFFF_FFFF)))
    }
}

/// Whether a kernel's release, as `6.8.0-45-generic`, is this version or a later one.
#[cfg(target_os = "linux")]
fn is_at_least(release: &str, version: (u32, u32)) -> bool {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    let mut next = || numbers.next().and_then(|number| number.parse().ok());
    next()
        .zip(next())
        .is_some_and(|found: (u32, u32)| found >= version)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_that_hides_lost_writes_is_told_from_its_release() {
        for release in ["5.8.0", "5.10.0-21-amd64", "6.18.44-fc-v657\n", "10.0"] {
            assert!(is_at_least(release, (5, 8)), "{release}");
        }
        for release in ["5.7.19", "4.18.0-553.el8", "", "linux", "5"] {
            assert!(!is_at_least(release, (5, 8)), "{release}");
        }
    }

    #[test]
    fn the_file_system_of_a_folder_is_synced_as_a_whole_or_says_that_it_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let handle = OsFiles.open_folder(folder.path()).unwrap();
        if let Err(error) = handle.sync_file_system(&[SyncPoint::Content]) {
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        }
        let proc = OsFiles.open_folder(Path::new("/proc")).unwrap();
        let refused = proc.sync_file_system(&[SyncPoint::Content]).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unsupported, "{refused}");
    }
}
