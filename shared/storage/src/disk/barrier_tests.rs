use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use super::super::{FileLock, FileStat, FolderEntry};
use super::*;

/// A disk that counts how it is synced, as slowly and as badly as the test wants.
#[derive(Debug, Clone, Default)]
struct Counting(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    one_by_one: AtomicUsize,
    as_a_whole: AtomicUsize,
    /// Syncs of the whole wait while this is held.
    gate: Mutex<()>,
    loses_writes: AtomicBool,
    is_fuse: AtomicBool,
}

#[derive(Debug)]
struct Handle(Counting, u64);

impl Unsynced for Handle {
    fn file_system(&self) -> u64 {
        self.1
    }

    fn sync(&self, _: SyncPoint) -> io::Result<()> {
        self.0.0.one_by_one.fetch_add(1, SeqCst);
        Ok(())
    }

    fn sync_file_system(&self, _: &[SyncPoint]) -> io::Result<()> {
        if self.0.0.is_fuse.load(SeqCst) {
            return Err(ErrorKind::Unsupported.into());
        }
        self.0.0.as_a_whole.fetch_add(1, SeqCst);
        drop(self.0.0.gate.lock().unwrap());
        match self.0.0.loses_writes.load(SeqCst) {
            true => Err(io::Error::from_raw_os_error(5)),
            false => Ok(()),
        }
    }
}

impl FileSystem for Counting {
    fn open_folder(&self, folder: &Path) -> io::Result<Box<dyn Unsynced>> {
        let number = folder.to_str().unwrap().parse().unwrap();
        Ok(Box::new(Handle(self.clone(), number)))
    }

    fn stat(&self, _: &Path) -> io::Result<FileStat> {
        unreachable!("a barrier looks at no file")
    }

    fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
        unreachable!("a barrier reads no file")
    }

    fn list(&self, _: &Path) -> io::Result<Vec<FolderEntry>> {
        unreachable!("a barrier lists no folder")
    }

    fn create_folder(&self, _: &Path) -> io::Result<()> {
        unreachable!("a barrier makes no folder")
    }

    fn create_file(&self, _: &Path, _: &[u8]) -> io::Result<Box<dyn Unsynced>> {
        unreachable!("a barrier makes no file")
    }

    fn rename(&self, _: &Path, _: &Path) -> io::Result<()> {
        unreachable!("a barrier renames no file")
    }

    fn remove_file(&self, _: &Path) -> io::Result<()> {
        unreachable!("a barrier removes no file")
    }

    fn remove_folder(&self, _: &Path) -> io::Result<()> {
        unreachable!("a barrier removes no folder")
    }

    fn lock(&self, _: &Path) -> io::Result<Box<dyn FileLock>> {
        unreachable!("a barrier locks no file")
    }
}

impl Counting {
    /// Handles on one file system.
    fn durables(&self, n: usize, file_system: u64) -> Durables {
        let mut durables = Durables::default();
        for _ in 0..n {
            let handle = Box::new(Handle(self.clone(), file_system));
            let folder = file_system.to_string();
            durables.add(handle, SyncPoint::Content, Path::new(&folder));
        }
        durables
    }

    fn syncs(&self) -> (usize, usize) {
        let load = |counter: &AtomicUsize| counter.load(SeqCst);
        (load(&self.0.one_by_one), load(&self.0.as_a_whole))
    }
}

/// On a disk where a sync of the whole is never dear, however long the test makes it last.
fn barrier(disk: &Counting, durability: Durability) -> Barrier {
    Barrier {
        cheap: Duration::MAX,
        ..Barrier::new(Arc::new(disk.clone()), durability)
    }
}

#[test]
fn all_who_come_while_one_syncs_share_the_next_sync() {
    let disk = Counting::default();
    let barrier = barrier(&disk, Durability::Batch);
    let write = |n| {
        let begun = barrier.begin();
        barrier.wait(begun, disk.durables(n, 1))
    };
    let gate = disk.0.gate.lock().unwrap();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| write(FEW + 1));
        while disk.syncs().1 == 0 {
            std::thread::yield_now();
        }
        let others: Vec<_> = (0..20).map(|_| scope.spawn(|| write(1))).collect();
        while barrier.rounds().waiting.len() < 20 {
            std::thread::yield_now();
        }
        assert_eq!(
            disk.syncs(),
            (0, 1),
            "nobody is let go by a sync that began before him"
        );
        assert!(others.iter().all(|other| !other.is_finished()));
        drop(gate);
        assert!(first.join().unwrap().is_ok());
        assert!(
            others
                .into_iter()
                .all(|other| other.join().unwrap().is_ok())
        );
    });
    assert_eq!(disk.syncs(), (0, 2));
}

#[test]
fn few_handles_are_synced_one_by_one_and_many_by_their_file_systems() {
    let disk = Counting::default();
    let barrier = barrier(&disk, Durability::Batch);
    let wait = |durables| barrier.wait(barrier.begin(), durables).unwrap();
    wait(disk.durables(FEW, 1));
    assert_eq!(disk.syncs(), (FEW, 0));
    let mut on_two = disk.durables(FEW + 1, 1);
    on_two.0.extend(disk.durables(FEW + 1, 2).0);
    wait(on_two);
    assert_eq!(disk.syncs(), (FEW, 2), "each file system is asked");
}

#[test]
fn on_a_disk_that_others_keep_busy_the_whole_is_avoided_until_it_may_be_cheap_again() {
    let millis = Duration::from_millis;
    let mut costs = Costs::default();
    assert!(
        costs.prefer_the_whole(FEW + 1, CHEAP),
        "nothing is known yet"
    );
    assert!(
        !costs.prefer_the_whole(FEW, CHEAP),
        "few are never worth it"
    );
    costs.as_a_whole(millis(270));
    assert!(!costs.prefer_the_whole(40, CHEAP));
    costs.one_by_one(40, millis(40));
    assert!(!costs.prefer_the_whole(40, CHEAP));
    assert!(
        costs.prefer_the_whole(400, CHEAP),
        "a round of many is still cheaper as a whole"
    );
    let mut rounds = 1;
    while !costs.prefer_the_whole(40, CHEAP) {
        costs.one_by_one(40, millis(40));
        rounds += 1;
    }
    assert_eq!(rounds, 9);
}

#[test]
fn a_file_system_that_cannot_be_synced_as_a_whole_is_synced_file_by_file() {
    let disk = Counting::default();
    disk.0.is_fuse.store(true, SeqCst);
    let barrier = barrier(&disk, Durability::Batch);
    let wait = |n| barrier.wait(barrier.begin(), disk.durables(n, 1)).unwrap();
    wait(FEW + 3);
    wait(1);
    assert_eq!(disk.syncs(), (FEW + 4, 0));
    barrier.sweep(Path::new("1"), SyncPoint::Opening).unwrap();
}

#[test]
fn a_lost_write_is_told_to_everybody_who_had_begun_and_to_nobody_else() {
    let disk = Counting::default();
    let barrier = barrier(&disk, Durability::Batch);
    let wait = |begun| barrier.wait(begun, disk.durables(FEW + 1, 1));
    let early = barrier.begin();
    disk.0.loses_writes.store(true, SeqCst);
    let error = wait(barrier.begin()).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(5));
    disk.0.loses_writes.store(false, SeqCst);
    let error = wait(early).unwrap_err();
    assert_eq!(
        error.raw_os_error(),
        Some(5),
        "the kernel does not say it twice"
    );
    assert!(wait(barrier.begin()).is_ok());
}

#[test]
fn full_syncs_each_for_itself_and_none_syncs_nothing() {
    for (durability, expected) in [(Durability::Full, (9, 0)), (Durability::None, (0, 0))] {
        let disk = Counting::default();
        let barrier = barrier(&disk, durability);
        barrier.wait(barrier.begin(), disk.durables(9, 1)).unwrap();
        assert_eq!(disk.syncs(), expected, "{durability:?}");
    }
}
