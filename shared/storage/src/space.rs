//! How much a disk has left.

use std::io;
use std::path::Path;

/// What a user without privileges can still write to the disk of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreeSpace {
    /// Content, in bytes.
    pub bytes: u64,
    /// Files; `None` of a file system that does not count them.
    pub files: Option<u64>,
}

/// What is left on the disk of `folder`, or of the nearest folder above it that exists.
///
/// # Errors
/// What the operating system says, as of a disk that is gone.
pub fn free_space(folder: &Path) -> io::Result<FreeSpace> {
    let mut found = rustix::fs::statvfs(folder);
    for above in folder.ancestors().skip(1) {
        match found {
            Err(rustix::io::Errno::NOENT) if above.as_os_str().is_empty() => {
                found = rustix::fs::statvfs(".");
            }
            Err(rustix::io::Errno::NOENT) => found = rustix::fs::statvfs(above),
            _ => break,
        }
    }
    let found = found?;
    Ok(FreeSpace {
        bytes: found.f_bavail.saturating_mul(found.f_frsize),
        files: (found.f_files > 0).then_some(found.f_favail),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_there_yet_is_on_the_disk_of_the_one_above() {
        let folder = tempfile::tempdir().unwrap();
        let there = free_space(folder.path()).unwrap();
        let below = free_space(&folder.path().join("not/yet")).unwrap();
        assert!(there.bytes > 0 && below.bytes > 0);
        assert_eq!(there.files.is_some(), below.files.is_some());
        assert!(free_space(Path::new("not/yet")).unwrap().bytes > 0);
    }
}
