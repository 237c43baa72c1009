//! Since when the lake has a row as it has it now.

use std::collections::BTreeMap;

use futures::TryStreamExt;
use jiff::Timestamp;

use super::parts::Parts;
use crate::tables::delta;
use crate::{Context, OperationError};
use quantx_lake::delta::{Add, Commit, DeltaTable, KnownBar, TableState, bars_in};
use quantx_market::{Date, Listing};

/// The history of `delta/bars`, version by version.
#[derive(Debug)]
pub struct KnownSince<'a> {
    /// When the run of each version began, and which files it added.
    versions: Vec<(Timestamp, Vec<Add>)>,
    parts: Parts<'a>,
}

impl<'a> KnownSince<'a> {
    /// Reads the log up to the end of the day `until` (UTC), or all of it.
    ///
    /// # Errors
    /// [`OperationError`] when the store fails, or the log cannot be read.
    pub async fn open(context: &'a Context, until: Option<Date>) -> Result<Self, OperationError> {
        let table = DeltaTable::Bars;
        let state = delta::load(context, table).await?.state;
        let last = match until {
            Some(day) => state.known_on(day),
            None => state.versions.last(),
        };
        let n_versions = last.map_or(0, |last| last.version + 1);
        let mut versions = Vec::new();
        let mut commits = std::pin::pin!(delta::commits(context, table, n_versions));
        let mut replayed = TableState::default();
        while let Some(commit) = commits.try_next().await? {
            delta::apply(table, &mut replayed, &commit)?;
            let Commit { add, .. } = commit;
            versions.extend(replayed.versions.last().map(|version| (version.at, add)));
        }
        Ok(Self {
            versions,
            parts: Parts::new(context),
        })
    }

    /// When the run began that first stored each row of `listing` with the values that it has in the last of
    /// these versions: as traded, its payments and splits included. The first version says nothing older than itself.
    ///
    /// It reads every file that a version added and that may hold the listing.
    ///
    /// # Errors
    /// [`OperationError`] when the store fails, or a file is lost or damaged.
    pub async fn rows(
        &self,
        listing: &Listing,
    ) -> Result<BTreeMap<Date, Timestamp>, OperationError> {
        let mut known: BTreeMap<Date, (KnownBar, Timestamp)> = BTreeMap::new();
        for (at, added) in &self.versions {
            let rows = self.parts.rows(DeltaTable::Bars, added, listing, bars_in);
            for row in rows.await? {
                let stays = known
                    .get(&row.date)
                    .is_some_and(|(before, _)| *before == row);
                if !stays {
                    known.insert(row.date, (row, *at));
                }
            }
        }
        let dated = known.into_iter().map(|(date, (_, at))| (date, at));
        Ok(dated.collect())
    }
}
