//! A disk in memory whose power can be cut.
//!
//! It is pessimistic: what was not synced may be lost, in any combination. A file's content is durable once the
//! file was synced; a name in a folder (made, renamed, removed) once the folder was, and a folder's own name
//! with the folder above it. Syncing a file says nothing of its name, and later writes may survive earlier
//! ones. What is whole is one name in one folder: it is the old one or the new one.

mod cut;
mod files;
mod log;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::path::{Component, Path};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use quantx_storage::disk::SyncPoint;

use log::Effect;
pub use log::Promise;

/// The root folder's number.
const ROOT: usize = 0;

/// What a number stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    File(Bytes),
    Folder(BTreeMap<String, usize>),
}

/// A disk in memory that remembers in which order it was written to, and what of it was synced when.
///
/// Clones are the same disk. [`SimulatedDisk::after_a_cut`] makes another one, of what a power cut left.
#[derive(Debug, Clone)]
pub struct SimulatedDisk(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    unlocked: Condvar,
    habits: Habits,
}

/// How a disk answers syncs.
#[derive(Debug, Clone, Default)]
struct Habits {
    /// Calls of these kinds do nothing: as if the code that makes them were not there.
    left_out: BTreeSet<SyncPoint>,
    /// Whether it refuses to be synced as a whole, as a network share does.
    is_synced_file_by_file: bool,
}

#[derive(Debug, Default)]
struct State {
    /// As it is seen while there is power. Nothing is ever taken out of it, so that numbers stay what they are.
    nodes: Vec<Node>,
    /// As it was, durable, when the disk was made.
    first: Vec<Node>,
    log: Vec<Effect>,
    locked: BTreeSet<usize>,
    synced: BTreeMap<SyncPoint, u64>,
}

impl Default for SimulatedDisk {
    fn default() -> Self {
        Self::new()
    }
}

impl SimulatedDisk {
    /// An empty disk.
    pub fn new() -> Self {
        Self::of(vec![Node::Folder(BTreeMap::new())], Habits::default())
    }

    fn of(nodes: Vec<Node>, habits: Habits) -> Self {
        let state = State {
            first: nodes.clone(),
            nodes,
            ..State::default()
        };
        Self(Arc::new(Inner {
            state: Mutex::new(state),
            unlocked: Condvar::new(),
            habits,
        }))
    }

    /// Another disk with the content of this one, all of it durable, that cannot be synced as a whole.
    #[must_use]
    pub fn synced_file_by_file(&self) -> Self {
        let habits = Habits {
            is_synced_file_by_file: true,
            ..self.0.habits.clone()
        };
        Self::of(self.state().nodes.clone(), habits)
    }

    /// Another disk with the content of this one, all of it durable, that ignores the syncs of one place in
    /// the code.
    #[must_use]
    pub fn leaving_out(&self, point: Option<SyncPoint>) -> Self {
        let habits = Habits {
            left_out: point.into_iter().collect(),
            ..self.0.habits.clone()
        };
        Self::of(self.state().nodes.clone(), habits)
    }

    /// A disk with the past of this one, that ignores the syncs of these places in the code from now on.
    #[must_use]
    pub fn ignoring(&self, points: &[SyncPoint]) -> Self {
        let habits = Habits {
            left_out: points.iter().copied().collect(),
            ..self.0.habits.clone()
        };
        self.go_on(self.n_effects(), habits)
    }

    /// The disk of a machine whose processes were killed after so many effects: everything is there, and no
    /// more of it durable than was.
    #[must_use]
    pub fn after_a_kill(&self, effects: usize) -> Self {
        self.go_on(effects, self.0.habits.clone())
    }

    fn go_on(&self, effects: usize, habits: Habits) -> Self {
        let state = self.state();
        let (mut nodes, log) = (state.first.clone(), state.log[..effects].to_vec());
        for effect in &log {
            if let Effect::Made(_, node) = effect {
                nodes.push(node.clone());
            }
            effect.apply(&mut nodes);
        }
        let next = Self::of(state.first.clone(), habits);
        *next.state() = State {
            nodes,
            first: state.first.clone(),
            log,
            ..State::default()
        };
        next
    }

    /// How many effects there were.
    pub fn n_effects(&self) -> usize {
        self.state().log.len()
    }

    /// The last effects before a position, one a line: what a failed test shows.
    pub fn history(&self, until: usize, n: usize) -> String {
        let state = self.state();
        let from = until.saturating_sub(n);
        let effects = state.log[from..until].iter();
        effects.map(|effect| effect.summary() + "\n").collect()
    }

    /// The positions right after something got the name of an object.
    pub fn renames(&self) -> Vec<usize> {
        self.after(|effect| matches!(effect, Effect::Renamed { .. }))
    }

    /// The positions right after somebody was told that what he wrote is there.
    pub fn kept(&self) -> Vec<usize> {
        self.after(|effect| matches!(effect, Effect::Promised(Promise::Kept(..))))
    }

    fn after(&self, is_wanted: impl Fn(&Effect) -> bool) -> Vec<usize> {
        let state = self.state();
        let effects = state.log.iter().enumerate();
        let wanted = effects.filter(|(_, effect)| is_wanted(effect));
        wanted.map(|(at, _)| at + 1).collect()
    }

    /// How often each place in the code synced something.
    pub fn syncs(&self) -> BTreeMap<SyncPoint, u64> {
        self.state().synced.clone()
    }

    /// Notes that somebody was told something.
    pub fn note(&self, promise: Promise) {
        self.state().log.push(Effect::Promised(promise));
    }

    /// What was promised before a position.
    pub fn promises(&self, until: usize) -> Vec<Promise> {
        let state = self.state();
        let promises = state.log[..until].iter().filter_map(|effect| match effect {
            Effect::Promised(promise) => Some(promise.clone()),
            _ => None,
        });
        promises.collect()
    }

    /// The content of a file when the disk was made.
    pub(super) fn content_at_first(&self, path: &Path) -> Option<Bytes> {
        let state = self.state();
        match &state.first[find(&state.first, path).ok()?] {
            Node::File(content) => Some(content.clone()),
            Node::Folder(_) => None,
        }
    }

    /// The disk of a machine whose power was cut after so many effects. `seed` decides what of the
    /// rest is left.
    #[must_use]
    pub fn after_a_cut(&self, effects: usize, seed: u64) -> Self {
        let state = self.state();
        let left = cut::left(&state.first, &state.log[..effects], seed);
        Self::of(left, self.0.habits.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The number of what lies at `path`.
    fn find(&self, path: &Path) -> io::Result<usize> {
        find(&self.nodes, path)
    }

    /// The folder that holds, or would hold, the name at `path`, and that name.
    fn place<'a>(&self, path: &'a Path) -> io::Result<(usize, &'a str)> {
        let name = names(path)?.pop().ok_or(ErrorKind::InvalidFilename)?;
        let folder = self.find(path.parent().unwrap_or(path))?;
        match &self.nodes[folder] {
            Node::Folder(_) => Ok((folder, name)),
            Node::File(_) => Err(ErrorKind::NotADirectory.into()),
        }
    }

    fn entries(&self, folder: usize) -> io::Result<&BTreeMap<String, usize>> {
        match &self.nodes[folder] {
            Node::Folder(entries) => Ok(entries),
            Node::File(_) => Err(ErrorKind::NotADirectory.into()),
        }
    }

    fn add(&mut self, path: &Path, node: Node) -> io::Result<usize> {
        let (folder, name) = self.place(path)?;
        if self.entries(folder)?.contains_key(name) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let made = self.nodes.len();
        let empty = match &node {
            Node::File(_) => Node::File(Bytes::new()),
            Node::Folder(_) => Node::Folder(BTreeMap::new()),
        };
        self.nodes.push(empty.clone());
        self.record(Effect::Made(made, empty));
        self.record(Effect::Named {
            folder,
            name: name.to_owned(),
            node: made,
        });
        if let Node::File(content) = node
            && !content.is_empty()
        {
            self.record(Effect::Written(made, content));
        }
        Ok(made)
    }

    /// Does what an effect says, and remembers it.
    fn record(&mut self, effect: Effect) {
        effect.apply(&mut self.nodes);
        self.log.push(effect);
    }
}

fn find(nodes: &[Node], path: &Path) -> io::Result<usize> {
    let mut at = ROOT;
    for name in names(path)? {
        let Node::Folder(entries) = &nodes[at] else {
            return Err(ErrorKind::NotADirectory.into());
        };
        at = *entries.get(name).ok_or(ErrorKind::NotFound)?;
    }
    Ok(at)
}

/// The names on the way to `path`, which is absolute and goes down only.
fn names(path: &Path) -> io::Result<Vec<&str>> {
    let mut names = Vec::new();
    for part in path.components() {
        match part {
            Component::RootDir => {}
            Component::Normal(name) => {
                names.push(name.to_str().ok_or(ErrorKind::InvalidFilename)?);
            }
            _ => return Err(ErrorKind::InvalidFilename.into()),
        }
    }
    Ok(names)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
