use std::fmt::Debug;
use std::io::ErrorKind;

use async_trait::async_trait;

use super::disk::FileKind;
use super::local::{LocalStore, Root};
use super::{StorageError, atomic};
use quantx_lake::LakeKey;

/// Something among a lake's objects that is none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leftover {
    /// Where, as a path in the lake.
    pub path: String,
    /// What it is.
    pub kind: LeftoverKind,
}

/// What lies among the objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftoverKind {
    /// The temporary file of a writer: of a killed one, or of one that is at work.
    Temporary,
    /// A name that no object has.
    Unknown,
}

/// Sees what [`LakeStore::list`](super::LakeStore::list) leaves out. A port of its own, because only
/// a proof asks, and because a store of blobs knows no temporary files.
#[async_trait]
pub trait Leftovers: Debug + Send + Sync {
    /// Everything in the lake's folders that is no object, ascending by path. What begins with a dot
    /// and is no temporary file belongs to nobody and is left out.
    async fn leftovers(&self) -> Result<Vec<Leftover>, StorageError>;

    /// Removes a temporary file once no writer of its object is at work. Twice is once.
    async fn remove_temporary(&self, path: &str) -> Result<(), StorageError>;
}

/// The folders that objects lie in.
const FOLDERS: [&str; 6] = ["actions", "data", "meta", "panel", "quarantine", "reports"];
/// Deeper than any object lies, and an end to folders that are linked in a circle.
const MAX_DEPTH: usize = 6;

#[async_trait]
impl Leftovers for LocalStore {
    async fn leftovers(&self) -> Result<Vec<Leftover>, StorageError> {
        self.blocking(|root| {
            let mut found = Vec::new();
            for folder in FOLDERS {
                root.find_leftovers(folder, MAX_DEPTH, &mut found)?;
            }
            found.sort();
            Ok(found)
        })
        .await
    }

    async fn remove_temporary(&self, path: &str) -> Result<(), StorageError> {
        let path = path.to_owned();
        self.blocking(move |root| root.remove_temporary(&path))
            .await
    }
}

impl Root {
    fn find_leftovers(
        &self,
        path: &str,
        depth: usize,
        found: &mut Vec<Leftover>,
    ) -> Result<(), StorageError> {
        let folder = self.folder.join(path);
        let failed = |error| StorageError::from_io(folder.display(), error);
        let entries = match self.files().list(&folder) {
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Ok(());
            }
            entries => entries.map_err(failed)?,
        };
        for entry in entries {
            let name = entry.name.to_string_lossy().into_owned();
            let below = format!("{path}/{name}");
            match entry.kind {
                FileKind::Folder if depth > 0 && !atomic::is_hidden(&name) => {
                    self.find_leftovers(&below, depth - 1, found)?;
                }
                FileKind::File => found
                    .extend(kind_of_name(&name, &below).map(|kind| Leftover { path: below, kind })),
                FileKind::Folder | FileKind::Other => {}
            }
        }
        Ok(())
    }

    fn remove_temporary(&self, path: &str) -> Result<(), StorageError> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let file = self.folder.join(path);
        let failed = |error| StorageError::from_io(file.display(), error);
        let Some(target) = atomic::target_of_temporary(name) else {
            return Err(failed(ErrorKind::InvalidFilename.into()));
        };
        // Whoever holds the lock of the object and finds the file knows that its writer is dead.
        let _lock = self.lock(&format!("{folder}/{target}"))?;
        self.atomic.remove_if_there(&file).map_err(failed)
    }
}

fn kind_of_name(name: &str, path: &str) -> Option<LeftoverKind> {
    if atomic::target_of_temporary(name).is_some() {
        Some(LeftoverKind::Temporary)
    } else if atomic::is_hidden(name) || LakeKey::parse(path).is_ok() {
        None
    } else {
        Some(LeftoverKind::Unknown)
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "what the store did to a real disk is looked at"
)]
mod tests {
    use std::fs;

    use super::*;
    use quantx_settings::Durability;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
    }

    #[test]
    fn leftovers_are_seen_and_only_temporary_files_can_be_removed() {
        let folder = tempfile::tempdir().unwrap();
        let place = |path: &str| {
            let file = folder.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "x").unwrap();
        };
        let year = "data/exchange=us/ticker=AAPL/year=2024";
        for path in [
            "README.txt",
            &format!("{year}/data.parquet"),
            &format!("{year}/.data.parquet.17.0.tmp"),
            &format!("{year}/.nfs0001"),
            &format!("{year}/copy of data.parquet"),
            "meta/.symbols_manifest.csv.1.2.tmp",
            "meta/notes.txt",
            ".quantx/locks/00",
        ] {
            place(path);
        }
        let store = LocalStore::open(folder.path(), Durability::Batch).unwrap();
        let found = runtime().block_on(store.leftovers()).unwrap();
        let listed: Vec<_> = found.iter().map(|l| (l.path.as_str(), l.kind)).collect();
        let temporary = format!("{year}/.data.parquet.17.0.tmp");
        let unknown = format!("{year}/copy of data.parquet");
        assert_eq!(
            listed,
            [
                (temporary.as_str(), LeftoverKind::Temporary),
                (unknown.as_str(), LeftoverKind::Unknown),
                (
                    "meta/.symbols_manifest.csv.1.2.tmp",
                    LeftoverKind::Temporary
                ),
                ("meta/notes.txt", LeftoverKind::Unknown),
            ]
        );
        for _ in 0..2 {
            runtime()
                .block_on(store.remove_temporary(&temporary))
                .unwrap();
        }
        assert!(!folder.path().join(&temporary).exists());
        assert!(
            runtime()
                .block_on(store.remove_temporary(&unknown))
                .is_err()
        );
        let read_only = LocalStore::open_read_only(folder.path()).unwrap();
        let refused = read_only.remove_temporary("meta/.symbols_manifest.csv.1.2.tmp");
        assert!(runtime().block_on(refused).is_err());
    }
}
