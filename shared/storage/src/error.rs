use std::io;

use quantx_lake::LakeKey;

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// Another writer was first; nothing was changed. Read again, merge again.
    #[error("{key} was changed by another writer")]
    PreconditionFailed { key: LakeKey },
    /// The answer to a write was lost, and the object was changed since: whether by our write and
    /// others after it, it is unknown. Read again, merge again; that ours happened must
    /// not be ruled out.
    #[error("{key} was changed after an answer was lost")]
    Unsettled { key: LakeKey },
    /// The store may not be written (or read) by us; no other object will fare better.
    #[error("no permission for {location}")]
    PermissionDenied {
        location: String,
        #[source]
        source: io::Error,
    },
    /// Nothing more fits; what is committed stays.
    #[error("no space left for {location}")]
    NoSpace {
        location: String,
        #[source]
        source: io::Error,
    },
    /// The root of a lake on disk is a file.
    #[error("{location} is not a directory")]
    NotADirectory { location: String },
    /// Anything else that the disk or the network says. A write may have happened.
    #[error("cannot access {location}")]
    Io {
        location: String,
        #[source]
        source: io::Error,
    },
}

impl StorageError {
    /// Whether another writer was first and nothing was changed.
    pub fn is_conflict(&self) -> bool {
        match self {
            Self::PreconditionFailed { .. } => true,
            Self::Unsettled { .. }
            | Self::PermissionDenied { .. }
            | Self::NoSpace { .. }
            | Self::NotADirectory { .. }
            | Self::Io { .. } => false,
        }
    }

    /// Whether the object is another one now, so that reading and merging again will help. A merge
    /// that is made twice must be the same as once: our write may be part of the new state.
    pub fn calls_for_reading_again(&self) -> bool {
        matches!(
            self,
            Self::PreconditionFailed { .. } | Self::Unsettled { .. }
        )
    }

    /// Whether only a person can help: the same request fares no better until settings, permissions or
    /// the place itself are changed.
    pub fn needs_a_person(&self) -> bool {
        match self {
            Self::PermissionDenied { .. } | Self::NotADirectory { .. } => true,
            // Of containers and accounts: an object that is missing is no error.
            Self::Io { source, .. } => matches!(
                source.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::InvalidInput
            ),
            Self::PreconditionFailed { .. } | Self::Unsettled { .. } | Self::NoSpace { .. } => {
                false
            }
        }
    }

    /// Sorts an error of the operating system by what a caller can do about it.
    pub fn from_io(location: impl ToString, source: io::Error) -> Self {
        let location = location.to_string();
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::PermissionDenied { location, source }
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::NoSpace { location, source }
            }
            _ => Self::Io { location, source },
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn errors_of_linux_are_sorted_by_what_to_do_about_them() {
        let of = |errno| StorageError::from_io("/lake", io::Error::from_raw_os_error(errno));
        for (errno, name) in [(1, "EPERM"), (13, "EACCES"), (30, "EROFS")] {
            let error = of(errno);
            assert!(
                matches!(error, StorageError::PermissionDenied { .. }),
                "{name}"
            );
        }
        for (errno, name) in [(28, "ENOSPC"), (122, "EDQUOT")] {
            assert!(matches!(of(errno), StorageError::NoSpace { .. }), "{name}");
        }
        assert!(matches!(of(5), StorageError::Io { .. }), "EIO");
        assert!(!of(5).is_conflict());
        assert!(!of(5).calls_for_reading_again());
        assert!(of(13).needs_a_person() && of(2).needs_a_person());
        assert!(!of(5).needs_a_person() && !of(28).needs_a_person());
    }

    #[test]
    fn what_cannot_be_told_is_read_again_and_is_no_conflict() {
        let key = LakeKey::Manifest;
        let lost = StorageError::PreconditionFailed { key: key.clone() };
        assert!(lost.is_conflict() && lost.calls_for_reading_again());
        let untold = StorageError::Unsettled { key };
        assert!(!untold.is_conflict() && untold.calls_for_reading_again());
    }
}
