//! Writers that wait for durability, and what they wait for.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::{FileSystem, SyncPoint, Unsynced};
use quantx_settings::Durability;

/// A round of so few handles is synced one by one whatever it costs: that asks nothing of what others write to
/// the disk.
const FEW: usize = 4;

/// What [`Barrier::cheap`] is on a real disk.
const CHEAP: Duration = Duration::from_millis(5);

/// What one writer waits for.
#[derive(Debug, Default)]
pub(crate) struct Durables(Vec<Durable>);

#[derive(Debug)]
struct Durable {
    handle: Box<dyn Unsynced>,
    point: SyncPoint,
    /// A folder on the same file system.
    folder: PathBuf,
}

impl Durables {
    /// A file or folder in `folder`.
    pub(crate) fn add(&mut self, handle: Box<dyn Unsynced>, point: SyncPoint, folder: &Path) {
        let folder = folder.to_owned();
        self.0.push(Durable {
            handle,
            point,
            folder,
        });
    }
}

/// Where writers of one lake wait until what they wrote is durable.
///
/// [`Durability::Batch`]: one writer at a time syncs for all who wait (the leader of a round), and whoever comes
/// meanwhile waits for the next round. So nobody waits for a clock, a single writer waits for its own sync
/// alone, and of twenty writers nineteen share one. Nobody is let go before a sync that began after he came
/// has ended well.
#[derive(Debug)]
pub(crate) struct Barrier {
    files: Arc<dyn FileSystem>,
    durability: Durability,
    rounds: Mutex<Rounds>,
    ended: Condvar,
    /// One handle for each file system, opened when it was first seen: the kernel tells each handle once of
    /// writes that were lost.
    watches: Mutex<BTreeMap<u64, Box<dyn Unsynced>>>,
    costs: Mutex<Costs>,
    /// A sync of the whole that takes no longer than this is not worth avoiding.
    cheap: Duration,
}

/// What syncs took lately. A sync of the file system waits for what every program writes there: on a disk that
/// others keep busy many small ones are cheaper.
#[derive(Debug, Clone, Copy, Default)]
struct Costs {
    whole: Duration,
    each: Duration,
}

impl Costs {
    fn prefer_the_whole(&self, n: usize, cheap: Duration) -> bool {
        let n_or_more = u32::try_from(n).unwrap_or(u32::MAX);
        n > FEW && self.whole <= self.each.saturating_mul(n_or_more).max(cheap)
    }

    fn as_a_whole(&mut self, took: Duration) {
        self.whole = took;
    }

    fn one_by_one(&mut self, n: usize, took: Duration) {
        self.each = took / u32::try_from(n.max(1)).unwrap_or(u32::MAX);
        // The disk may be idle again: what the whole costs is found out anew after some rounds.
        self.whole = self.whole.mul_f64(0.8);
    }
}

#[derive(Debug, Default)]
struct Rounds {
    /// The round that newcomers join.
    open: u64,
    waiting: Vec<Durable>,
    is_running: bool,
    /// All rounds before this one have ended.
    ended: u64,
    /// The newest round in which writes were lost. They may be those of any writer who had begun.
    failed: Option<(u64, Failure)>,
}

/// An error that several writers are told.
#[derive(Debug, Clone)]
struct Failure(ErrorKind, Option<i32>, Arc<str>);

impl Failure {
    fn of(error: &io::Error) -> Self {
        Self(error.kind(), error.raw_os_error(), error.to_string().into())
    }

    fn error(&self) -> io::Error {
        let text = || io::Error::new(self.0, self.2.to_string());
        self.1.map_or_else(text, io::Error::from_raw_os_error)
    }
}

/// The moment from which on a writer's losses are its own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Begun(u64);

impl Barrier {
    pub(crate) fn new(files: Arc<dyn FileSystem>, durability: Durability) -> Self {
        Self {
            files,
            durability,
            rounds: Mutex::default(),
            ended: Condvar::new(),
            watches: Mutex::default(),
            costs: Mutex::default(),
            cheap: CHEAP,
        }
    }

    /// Whether anything is made durable at all.
    pub(crate) fn is_kept(&self) -> bool {
        self.durability != Durability::None
    }

    /// To be asked before the first byte is written that a [`Barrier::wait`] shall make durable.
    pub(crate) fn begin(&self) -> Begun {
        Begun(self.rounds().ended)
    }

    /// Makes everything on the file system of `folder` durable, if the file system can do that at once.
    pub(crate) fn sweep(&self, folder: &Path, point: SyncPoint) -> io::Result<()> {
        if !self.is_kept() {
            return Ok(());
        }
        let handle = self.files.open_folder(folder)?;
        match self.sync_watch(handle.file_system(), folder, &[point]) {
            Err(error) if error.kind() == ErrorKind::Unsupported => Ok(()),
            swept => swept,
        }
    }

    /// Returns once `durables` are durable.
    ///
    /// # Errors
    /// What the operating system says: any of it may be lost.
    pub(crate) fn wait(&self, begun: Begun, durables: Durables) -> io::Result<()> {
        match self.durability {
            Durability::None => Ok(()),
            Durability::Full => sync_each(&durables.0),
            Durability::Batch => self.join(begun, durables),
        }
    }

    fn join(&self, begun: Begun, durables: Durables) -> io::Result<()> {
        let mut rounds = self.rounds();
        let mine = rounds.open;
        rounds.waiting.extend(durables.0);
        loop {
            if rounds.ended > mine {
                let failed = rounds.failed.as_ref();
                let mine = failed.filter(|(round, _)| *round >= begun.0);
                return mine.map_or(Ok(()), |(_, failure)| Err(failure.error()));
            }
            if rounds.is_running {
                rounds = self
                    .ended
                    .wait(rounds)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            // Whoever finds nobody at work leads the round that he is in: it is the open one.
            rounds.is_running = true;
            let round = rounds.open;
            rounds.open += 1;
            let waiting = std::mem::take(&mut rounds.waiting);
            drop(rounds);
            let synced = self.sync_round(waiting);
            rounds = self.rounds();
            if let Err(error) = synced {
                rounds.failed = Some((round, Failure::of(&error)));
            }
            rounds.is_running = false;
            rounds.ended = round + 1;
            self.ended.notify_all();
        }
    }

    fn sync_round(&self, waiting: Vec<Durable>) -> io::Result<()> {
        let mut by_file_system: BTreeMap<u64, Vec<Durable>> = BTreeMap::new();
        for durable in waiting {
            let of = durable.handle.file_system();
            by_file_system.entry(of).or_default().push(durable);
        }
        let mut synced = Ok(());
        for (file_system, durables) in by_file_system {
            // One that fails must not keep the others from being synced: their writers are told too.
            synced = synced.and(self.sync_together(file_system, &durables));
        }
        synced
    }

    fn sync_together(&self, of: u64, durables: &[Durable]) -> io::Result<()> {
        let Some(first) = durables.first() else {
            return Ok(());
        };
        if !self.costs().prefer_the_whole(durables.len(), self.cheap) {
            let begun = Instant::now();
            let synced = sync_each(durables);
            self.costs().one_by_one(durables.len(), begun.elapsed());
            return synced;
        }
        let points: Vec<SyncPoint> = durables.iter().map(|durable| durable.point).collect();
        let begun = Instant::now();
        match self.sync_watch(of, &first.folder, &points) {
            Err(error) if error.kind() == ErrorKind::Unsupported => sync_each(durables),
            synced => {
                self.costs().as_a_whole(begun.elapsed());
                synced
            }
        }
    }

    fn costs(&self) -> MutexGuard<'_, Costs> {
        self.costs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Syncs a file system by the handle that has watched it longest.
    fn sync_watch(&self, of: u64, folder: &Path, points: &[SyncPoint]) -> io::Result<()> {
        let mut watches = self.watches.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(watch) = watches.get(&of) {
            return watch.sync_file_system(points);
        }
        let watch = self.files.open_folder(folder)?;
        let synced = watch.sync_file_system(points);
        watches.insert(of, watch);
        synced
    }

    fn rounds(&self) -> MutexGuard<'_, Rounds> {
        // Counters that are changed together, and never while anything can panic.
        self.rounds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn sync_each(durables: &[Durable]) -> io::Result<()> {
    durables
        .iter()
        .try_for_each(|durable| durable.handle.sync(durable.point))
}

#[cfg(test)]
#[path = "barrier_tests.rs"]
mod tests;
