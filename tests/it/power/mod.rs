//! The power goes at any moment, and nothing is lost that anybody was told was stored, nothing is wrong, and
//! nobody has to mend anything: the next run ends what was begun. docs/reliability.md.
//!
//! Every operation is carried out once on a disk that remembers its writes and syncs. Then the power is cut
//! after any number of them, with any part of what was not synced lost: of each cut the lake is opened,
//! proven, run on again and compared with what it would be without.

mod work;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use quantx::lake::proof::{Depth, Finding, FindingSeverity, ProofRule};
use quantx::operations::verify::{VerifyRequest, verify};
use quantx::settings::Durability;
use quantx::storage::disk::SyncPoint;
use quantx_faulty::{Promise, SimulatedDisk};
use quantx_tests::lakes::differences;

use work::{LAKE, Operation, Stage, Store, open};

/// How many cuts there are of each operation, unless `QUANTX_POWER_CUTS` says more.
const CUTS: u64 = 24;

#[expect(clippy::disallowed_methods, reason = "how long a person wants to wait")]
fn n_cuts() -> u64 {
    let wanted = std::env::var("QUANTX_POWER_CUTS");
    wanted.map_or(CUTS, |n| {
        n.parse().expect("QUANTX_POWER_CUTS is a number of cuts")
    })
}

/// Rules that an interrupted run may leave broken until the next one.
const UNFINISHED: [ProofRule; 7] = [
    ProofRule::InterruptedCommit,
    ProofRule::RewriteUnfinished,
    ProofRule::ManifestStale,
    ProofRule::TableDamaged,
    ProofRule::TableMissing,
    ProofRule::TableStale,
    ProofRule::TemporaryLeft,
];

/// Rules that may be broken after the next run: what it writes again it cleans, and the rest it leaves.
const HARMLESS: [ProofRule; 2] = [ProofRule::RewriteUnfinished, ProofRule::TemporaryLeft];

/// One power cut of a recorded operation.
struct Cut<'a> {
    stage: &'a Stage,
    recorded: &'a SimulatedDisk,
    after: usize,
    seed: u64,
}

impl Cut<'_> {
    /// What is wrong after it, if anything is.
    async fn outcome(&self) -> Result<(), String> {
        self.keeps_promises()?;
        self.recovers().await
    }

    fn left(&self) -> SimulatedDisk {
        self.recorded.after_a_cut(self.after, self.seed)
    }

    fn keeps_promises(&self) -> Result<(), String> {
        let broken = self
            .recorded
            .broken_promises(&self.left(), Path::new(LAKE), self.after);
        match broken.is_empty() {
            true => Ok(()),
            false => Err(format!("acknowledged and lost: {broken:#?}")),
        }
    }

    async fn recovers(&self) -> Result<(), String> {
        let store = open(&self.left(), Durability::None);
        let leftovers = Arc::new(store.clone());
        let store: Store = Arc::new(store);
        let promises = self.recorded.promises(self.after);
        if promises.contains(&Promise::Said("done".to_owned())) {
            self.compare(&store, "it was said to be done").await?;
        }
        // Of a lake that is repaired the proof says what the repair is for, and one that is half copied has
        // records of what is there only once it has all of it.
        if !matches!(self.stage.operation, Operation::Repair | Operation::Copy) {
            self.prove(&store, &leftovers, &UNFINISHED).await?;
        }
        let again = self.stage.go_on(&store).await;
        again.map_err(|error| format!("the next run failed: {error}"))?;
        self.compare(&store, "after the next run").await?;
        self.prove(&store, &leftovers, &HARMLESS).await
    }

    async fn compare(&self, store: &Store, when: &str) -> Result<(), String> {
        let found = self.stage.of_interest(store).await;
        let differences = differences(&found, &self.stage.expected);
        match differences.is_empty() {
            true => Ok(()),
            false => Err(format!("{when}: {}", differences.join("\n"))),
        }
    }

    async fn prove(
        &self,
        store: &Store,
        leftovers: &Arc<quantx::storage::LocalStore>,
        allowed: &[ProofRule],
    ) -> Result<(), String> {
        let context = self.stage.lab().context(Arc::clone(store));
        let order = VerifyRequest {
            listings: None,
            depth: Depth::Deep,
            leftovers: Some(Arc::clone(leftovers) as _),
            repair: None,
        };
        let report = verify(&context, &order)
            .await
            .map_err(|error| error.to_string())?;
        let is_wrong = |finding: &&Finding| {
            finding.severity != FindingSeverity::Note
                && (finding.severity == FindingSeverity::Damage || !allowed.contains(&finding.rule))
        };
        let wrong: Vec<_> = report.findings.iter().filter(is_wrong).collect();
        match wrong.is_empty() {
            true => Ok(()),
            false => Err(format!("not to be found in a lake: {wrong:#?}")),
        }
    }

    /// The outcome with everything that is needed to see why.
    fn explained(&self, error: &str) -> String {
        let (operation, after, seed) = (self.stage.operation, self.after, self.seed);
        let history = self.recorded.history(after, 30);
        format!("{operation}, cut after {after} effects, seed {seed}: {error}\n{history}")
    }
}

/// Positions and seeds of `n` cuts.
fn cuts(disk: &SimulatedDisk, n: u64, from: usize) -> Vec<(usize, u64)> {
    let end = disk.n_effects();
    let at = |seed| (fastrand::Rng::with_seed(seed).usize(from..=end), seed);
    (0..n).map(at).collect()
}

/// How a lake is made durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Full,
    Batch,
    /// [`Way::Batch`] where the file system cannot be synced as a whole.
    FileByFile,
}

impl Way {
    fn durability(self) -> Durability {
        match self {
            Self::Full => Durability::Full,
            Self::Batch | Self::FileByFile => Durability::Batch,
        }
    }

    fn disk(self, disk: SimulatedDisk) -> SimulatedDisk {
        match self {
            Self::Full | Self::Batch => disk,
            Self::FileByFile => disk.synced_file_by_file(),
        }
    }
}

/// Records an operation and cuts the power during it.
async fn survives(operation: Operation, way: Way) {
    let stage = Stage::of(operation).await;
    let (disk, durability) = (way.disk(stage.begin()), way.durability());
    stage.record(&disk, durability).await;
    assert!(disk.n_effects() > 20, "{operation}: {}", disk.n_effects());
    for (after, seed) in cuts(&disk, n_cuts(), 0) {
        let cut = Cut {
            stage: &stage,
            recorded: &disk,
            after,
            seed,
        };
        let outcome = cut.outcome().await;
        outcome.unwrap_or_else(|error| panic!("{}", cut.explained(&error)));
    }
}

/// A process is killed, the next one goes on with what it left in memory, and then the power goes.
async fn survives_after_a_kill(operation: Operation, way: Way) {
    let stage = Stage::of(operation).await;
    let (killed, durability) = (way.disk(stage.begin()), way.durability());
    stage.record(&killed, durability).await;
    let n = n_cuts();
    for (at, kill) in cuts(&killed, n.div_ceil(8), 0) {
        let disk = killed.after_a_kill(at);
        let from = disk.n_effects();
        stage.record(&disk, durability).await;
        for (after, seed) in cuts(&disk, 8, from) {
            let cut = Cut {
                stage: &stage,
                recorded: &disk,
                after,
                seed: seed ^ kill << 32,
            };
            let outcome = cut.outcome().await;
            outcome.unwrap_or_else(|error| panic!("killed after {at}: {}", cut.explained(&error)));
        }
    }
}

/// Of two processes at work one is killed, the other one counts on what it reads of it, and the power goes.
#[tokio::test(flavor = "multi_thread")]
async fn a_backfill_beside_a_killed_one_loses_nothing() {
    for way in [Way::Batch, Way::Full, Way::FileByFile] {
        let stage = Stage::of(Operation::Backfill).await;
        let (killed, durability) = (way.disk(stage.begin()), way.durability());
        stage.record(&killed, durability).await;
        for at in killed.renames().into_iter().step_by(3) {
            // Who opened the lake before the other wrote has not made durable what it wrote.
            let disk = killed.after_a_kill(at).ignoring(&[SyncPoint::Opening]);
            let from = disk.n_effects();
            stage.record(&disk, durability).await;
            for (after, seed) in cuts(&disk, n_cuts().div_ceil(12), from) {
                let cut = Cut {
                    stage: &stage,
                    recorded: &disk,
                    after,
                    seed,
                };
                let outcome = cut.outcome().await;
                outcome.unwrap_or_else(|error| panic!("{way:?}, {at}: {}", cut.explained(&error)));
            }
        }
    }
}

macro_rules! power_cuts {
    ($($name:ident: $operation:ident,)*) => {
        mod cut { $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                for way in [super::Way::Batch, super::Way::Full, super::Way::FileByFile] {
                    super::survives(super::Operation::$operation, way).await;
                }
            }
        )* }

        mod kill_then_cut { $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                for way in [super::Way::Batch, super::Way::Full] {
                    super::survives_after_a_kill(super::Operation::$operation, way).await;
                }
            }
        )* }
    };
}

power_cuts! {
    a_backfill_loses_nothing: Backfill,
    a_daily_update_with_dividends_loses_nothing: Dividend,
    publishing_tables_loses_nothing: Publish,
    a_universe_refresh_loses_nothing: Refresh,
    a_repair_loses_nothing: Repair,
    a_copy_loses_nothing: Copy,
}

/// Cuts at each place that is looked at.
const SEEDS: u64 = 4;

/// How many cuts it took to lose something without one sync of the code; `None` if nothing was lost.
async fn cuts_to_a_loss(stages: &[Stage], point: SyncPoint, way: Way) -> Option<usize> {
    let mut n_looked_at = 0;
    // Only records count on files of others; what else is lost in this case is the opening's part.
    let of_interest =
        |stage: &&Stage| point != SyncPoint::Files || stage.operation == Operation::Backfill;
    for stage in stages.iter().filter(of_interest) {
        for (recorded, places) in without(stage, point, way).await {
            let cuts = places
                .iter()
                .flat_map(|place| (0..SEEDS).map(|seed| (*place, seed)));
            let cut = |(after, seed)| Cut {
                stage,
                recorded: &recorded,
                after,
                seed,
            };
            for cut in cuts.map(cut) {
                n_looked_at += 1;
                if cut.keeps_promises().is_err() {
                    return Some(n_looked_at);
                }
                // What nobody was told of an object may have been told of the whole.
                if matches!(point, SyncPoint::Opening | SyncPoint::Files)
                    && cut.recovers().await.is_err()
                {
                    return Some(n_looked_at);
                }
            }
        }
    }
    None
}

/// An operation, carried out without one sync, and where to cut it.
async fn without(stage: &Stage, point: SyncPoint, way: Way) -> Vec<(SimulatedDisk, Vec<usize>)> {
    let (begin, durability) = (way.disk(stage.begin()), way.durability());
    let left_out: &[SyncPoint] = match point {
        SyncPoint::Opening => &[point],
        // For what a process leaves that is killed while another one is at work, which opened the lake before.
        SyncPoint::Files => &[point, SyncPoint::Opening],
        _ => {
            let disk = begin.leaving_out(Some(point));
            stage.record(&disk, durability).await;
            let places = disk.kept();
            return vec![(disk, places)];
        }
    };
    // These are for what killed processes leave between a rename and its sync, and the next one finds done.
    stage.record(&begin, durability).await;
    let mut recorded = Vec::new();
    for killed in begin.renames() {
        let disk = begin.after_a_kill(killed).ignoring(left_out);
        stage.record(&disk, durability).await;
        let end = disk.n_effects();
        recorded.push((disk, vec![end]));
    }
    recorded
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sync_that_is_left_out_loses_something() {
    let mut stages = Vec::new();
    for operation in [
        Operation::Refresh,
        Operation::Copy,
        Operation::Backfill,
        Operation::Repair,
    ] {
        stages.push(Stage::of(operation).await);
    }
    let mut table = String::new();
    for way in [Way::Full, Way::Batch, Way::FileByFile] {
        for point in SyncPoint::ALL {
            if way == Way::FileByFile && point == SyncPoint::Opening {
                // It does nothing there, and docs/reliability.md says what that leaves open.
                continue;
            }
            let found = cuts_to_a_loss(&stages, point, way).await;
            // The sync of the opening reaches the lake's own folder too, where it can be made.
            let is_needed = way == Way::FileByFile || point != SyncPoint::Root;
            let found = match (found, is_needed) {
                (Some(n), true) => format!("loss after {n} cuts"),
                (None, false) => "covered by the opening".to_owned(),
                (_, true) => "NO LOSS".to_owned(),
                (_, false) => "LOSS ALTHOUGH COVERED".to_owned(),
            };
            writeln!(table, "{way:?} without {point}: {found}").unwrap();
        }
    }
    eprintln!("{table}");
    assert!(!table.contains("LOSS"), "{table}");
}
