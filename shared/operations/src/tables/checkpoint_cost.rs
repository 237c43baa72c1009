//! What checkpoints of the Delta tables will ask of the store, for `quantx plan`.

use super::checkpoint::told;
use super::found;
use crate::{Context, OperationError};
use quantx_lake::LakeKey;
use quantx_lake::delta::{CHECKPOINT_INTERVAL, DeltaTable, TableState};

/// Operations of the store, at most, if nobody gets in between.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    pub(crate) lists: u64,
}

/// Of the next run and of the next `runs` runs, where each adds a version to each table.
///
/// # Errors
/// [`OperationError`] when the store fails.
pub(crate) async fn planned(
    context: &Context,
    runs: u64,
) -> Result<(Planned, Planned), OperationError> {
    let (mut next_run, mut of_runs) = (Planned::default(), Planned::default());
    for table in DeltaTable::ALL {
        let object = found(context, &LakeKey::DeltaVersions { table }).await?;
        let state = object.and_then(|object| serde_json::from_slice(&object.bytes).ok());
        // Without the list of versions, a run reads the whole log and makes it again: nothing is known of that.
        let next = state.map_or(0, |state: TableState| state.next_version());
        of_runs = of_runs.and(Planned::of_runs(next, runs));
        if next < CHECKPOINT_INTERVAL {
            continue;
        }
        next_run = next_run.and(Planned::LOOK);
        let told = told(context, table).await?;
        if told.is_none_or(|told| next >= told.version + CHECKPOINT_INTERVAL) {
            next_run = next_run.and(Planned::made(next));
        }
    }
    Ok((next_run, of_runs))
}

impl Planned {
    /// The newest one and its name are looked at.
    const LOOK: Self = Self {
        reads: 2,
        writes: 0,
        lists: 0,
    };

    /// One is made of the log up to a version. Read are that, the newest one that the list has, its own place
    /// twice, and the name to be replaced.
    fn made(version: u64) -> Self {
        Self {
            reads: version + 1 + 4,
            writes: 2,
            lists: 1,
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            reads: self.reads + other.reads,
            writes: self.writes + other.writes,
            lists: self.lists + other.lists,
        }
    }

    /// Of `runs` versions of a table from `next` on. They are fewer than lie between two checkpoints, so
    /// one is due at most.
    fn of_runs(next: u64, runs: u64) -> Self {
        let end = next + runs;
        let looks = runs.min(end.saturating_sub(CHECKPOINT_INTERVAL));
        if looks == 0 {
            return Self::default();
        }
        let look = Self {
            reads: Self::LOOK.reads * looks,
            ..Self::LOOK
        };
        look.and(Self::made(end - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_is_short_costs_nothing_and_a_longer_one_a_look_per_run_and_one_checkpoint() {
        let of = |next| Planned::of_runs(next, 22);
        assert_eq!(of(0), Planned::default());
        // The last of its runs makes version 49.
        assert_eq!(of(CHECKPOINT_INTERVAL - 22), Planned::default());
        let first = of(CHECKPOINT_INTERVAL - 21);
        assert_eq!((first.reads, first.writes, first.lists), (2 + 51 + 4, 2, 1));
        let later = of(100);
        assert_eq!((later.reads, later.writes), (2 * 22 + 122 + 4, 2));
    }
}
