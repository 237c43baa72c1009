//! The disk as the file system of a lake.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::PoisonError;

use bytes::Bytes;
use quantx_storage::disk::{
    FileKind, FileLock, FileStat, FileSystem, FolderEntry, SyncPoint, Unsynced,
};

use super::log::Effect;
use super::{Node, SimulatedDisk};

impl FileSystem for SimulatedDisk {
    fn stat(&self, path: &Path) -> io::Result<FileStat> {
        let state = self.state();
        let found = &state.nodes[state.find(path)?];
        Ok(FileStat {
            kind: kind(found),
            size_bytes: match found {
                Node::File(content) => content.len() as u64,
                Node::Folder(_) => 0,
            },
        })
    }

    fn read(&self, file: &Path) -> io::Result<Vec<u8>> {
        let state = self.state();
        match &state.nodes[state.find(file)?] {
            Node::File(content) => Ok(content.to_vec()),
            Node::Folder(_) => Err(ErrorKind::IsADirectory.into()),
        }
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<FolderEntry>> {
        let state = self.state();
        let entries = state.entries(state.find(folder)?)?.iter();
        let entry = |(name, node): (&String, &usize)| FolderEntry {
            name: name.into(),
            kind: kind(&state.nodes[*node]),
        };
        Ok(entries.map(entry).collect())
    }

    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        let made = self.state().add(folder, Node::Folder(Default::default()));
        made.map(drop)
    }

    fn create_file(&self, file: &Path, content: &[u8]) -> io::Result<Box<dyn Unsynced>> {
        let content = Node::File(Bytes::copy_from_slice(content));
        let node = self.state().add(file, content)?;
        Ok(self.handle(node))
    }

    fn open_folder(&self, folder: &Path) -> io::Result<Box<dyn Unsynced>> {
        let state = self.state();
        let node = state.find(folder)?;
        state.entries(node)?;
        drop(state);
        Ok(self.handle(node))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        let node = state.find(from)?;
        let ((folder, from), (same, to)) = (state.place(from)?, state.place(to)?);
        if let Some(Node::Folder(_)) = state.entries(same)?.get(to).map(|it| &state.nodes[*it]) {
            return Err(ErrorKind::IsADirectory.into());
        }
        if folder != same {
            return Err(ErrorKind::CrossesDevices.into());
        }
        let (from, to) = (from.to_owned(), to.to_owned());
        state.record(Effect::Renamed {
            folder,
            from,
            to,
            node,
        });
        Ok(())
    }

    fn remove_file(&self, file: &Path) -> io::Result<()> {
        self.remove(file, FileKind::File)
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        self.remove(folder, FileKind::Folder)
    }

    fn lock(&self, file: &Path) -> io::Result<Box<dyn FileLock>> {
        let mut state = self.state();
        let node = match state.find(file) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                state.add(file, Node::File(Bytes::new()))?
            }
            found => found?,
        };
        while !state.locked.insert(node) {
            let woken = self.0.unlocked.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
        Ok(Box::new(Held(self.clone(), node)))
    }
}

impl SimulatedDisk {
    fn handle(&self, node: usize) -> Box<dyn Unsynced> {
        Box::new(Handle(self.clone(), node))
    }

    fn remove(&self, path: &Path, wanted: FileKind) -> io::Result<()> {
        let mut state = self.state();
        let found = state.find(path)?;
        match &state.nodes[found] {
            node if kind(node) != wanted => return Err(ErrorKind::InvalidInput.into()),
            Node::Folder(entries) if !entries.is_empty() => {
                return Err(ErrorKind::DirectoryNotEmpty.into());
            }
            _ => {}
        }
        let (folder, name) = state.place(path)?;
        let name = name.to_owned();
        state.record(Effect::Removed { folder, name });
        Ok(())
    }

    /// Syncs, unless the place in the code that asks for it is left out and no other one asks.
    fn sync(&self, effect: Effect, points: &[SyncPoint]) {
        let mut state = self.state();
        for point in points {
            *state.synced.entry(*point).or_default() += 1;
        }
        let is_wanted = |point: &SyncPoint| !self.0.habits.left_out.contains(point);
        if points.iter().any(is_wanted) {
            state.record(effect);
        }
    }
}

fn kind(node: &Node) -> FileKind {
    match node {
        Node::File(_) => FileKind::File,
        Node::Folder(_) => FileKind::Folder,
    }
}

#[derive(Debug)]
struct Handle(SimulatedDisk, usize);

impl Unsynced for Handle {
    fn file_system(&self) -> u64 {
        0
    }

    fn sync(&self, point: SyncPoint) -> io::Result<()> {
        self.0.sync(Effect::Synced(self.1), &[point]);
        Ok(())
    }

    fn sync_file_system(&self, points: &[SyncPoint]) -> io::Result<()> {
        if self.0.0.habits.is_synced_file_by_file {
            return Err(ErrorKind::Unsupported.into());
        }
        self.0.sync(Effect::AllSynced, points);
        Ok(())
    }
}

#[derive(Debug)]
struct Held(SimulatedDisk, usize);

impl FileLock for Held {}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.state().locked.remove(&self.1);
        self.0.0.unlocked.notify_all();
    }
}
