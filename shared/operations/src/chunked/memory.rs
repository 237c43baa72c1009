//! What a run in chunks keeps in the lake while it lasts.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::request::{MAX_LOOKBACK, MAX_WORKERS};
use crate::object::{self, unusable};
use crate::plan::Intent;
use crate::run::RunOperation;
use crate::scope::Scope;
use crate::{Context, OperationError};
use quantx_lake::manifest::ManifestRow;
use quantx_lake::record::CommittedFiles;
use quantx_lake::{LakeKey, RunId};
use quantx_market::{Date, Listing};
use quantx_report::ListingReport;
use quantx_report::page::PageListing;
use quantx_usage::{StoreUsage, VendorUsage};

/// Chunks of a run at most: the history of its workflow has to be replayed every turn.
pub(super) const MAX_CHUNKS: usize = 10_000;

/// `runs/<run>/work.json`: the work list. Written once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkList {
    /// The run.
    pub run: RunId,
    /// The workflow's instance and when that began: a repeated plan finds its own list by them.
    pub instance: String,
    /// The workflow's time when it was planned.
    pub planned: Timestamp,
    /// What to do.
    pub instructions: Instructions,
    /// The work list that the settings or the request name, if the listings are of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// Symbols of each chunk.
    pub chunks: Vec<Vec<String>>,
}

/// What every chunk is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instructions {
    /// The report's name.
    pub operation: RunOperation,
    /// What is wanted of each listing.
    pub intent: Intent,
    /// Listings fetched at the same time within a chunk.
    pub max_workers: NonZeroUsize,
}

/// `runs/<run>/chunk_<n>.json`: what a chunk did so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ChunkReport {
    /// One entry per listing.
    pub listings: Vec<ChunkListing>,
    /// What the vendors were asked, all together.
    pub vendor: VendorUsage,
    /// The same of each, where there are several.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub vendors: BTreeMap<String, VendorUsage>,
    /// What the store did, as calls count it: tries on the wire are not in it.
    pub store: StoreUsage,
    /// How long the process worked since it last reported, see [`Meter`](crate::run::Meter).
    #[serde(default)]
    pub elapsed_ms: u64,
}

/// A listing's report with what the report of the run leaves out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChunkListing {
    /// How it went.
    pub report: ListingReport,
    /// Its new line of the manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<ManifestRow>,
    /// What is committed of it: spares the end of the run the reading of its record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed: Option<CommittedFiles>,
    /// Recent sessions without a row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent_recently: Vec<Date>,
    /// Recent dates without a row that may be holidays of an approximate calendar.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub maybe_holidays: Vec<Date>,
    /// Recent dates with volume on which the calendar is approximate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traded_approximately: Vec<Date>,
    /// What the status page tells of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Box<PageListing>>,
}

impl From<ListingReport> for ChunkListing {
    fn from(mut report: ListingReport) -> Self {
        Self {
            manifest: report.manifest.take(),
            committed: report.committed.take(),
            absent_recently: std::mem::take(&mut report.absent_recently),
            maybe_holidays: std::mem::take(&mut report.maybe_holidays),
            traded_approximately: std::mem::take(&mut report.traded_approximately),
            page: report.page.take(),
            report,
        }
    }
}

impl From<ChunkListing> for ListingReport {
    fn from(listing: ChunkListing) -> Self {
        Self {
            manifest: listing.manifest,
            committed: listing.committed,
            absent_recently: listing.absent_recently,
            maybe_holidays: listing.maybe_holidays,
            traded_approximately: listing.traded_approximately,
            page: listing.page,
            ..listing.report
        }
    }
}

impl WorkList {
    /// The work list of a run.
    ///
    /// # Errors
    /// [`OperationError`] when it is missing, damaged, or cannot be read.
    pub async fn of(context: &Context, run: &RunId) -> Result<Self, OperationError> {
        let key = LakeKey::Work { run: run.clone() };
        let found = object::read(context.store.as_ref(), &key).await?;
        let (list, _): (Self, _) = found.ok_or_else(|| unusable(&key, "it is missing"))?;
        match list.fault(run) {
            Some(fault) => Err(unusable(&key, fault)),
            None => Ok(list),
        }
    }

    /// What no plan would have written: whoever can write the lake can write a work list.
    fn fault(&self, run: &RunId) -> Option<String> {
        let Instructions {
            intent,
            max_workers,
            ..
        } = self.instructions;
        let lookback = match intent {
            Intent::Daily { lookback } => lookback,
            Intent::Backfill { .. } => 0,
        };
        let (workers, chunks) = (max_workers.get(), self.chunks.len());
        if self.run != *run {
            Some(format!("it is the work list of {}", self.run))
        } else if workers > MAX_WORKERS {
            Some(format!("max_workers is {workers}, more than {MAX_WORKERS}"))
        } else if lookback > usize::try_from(MAX_LOOKBACK).unwrap_or(usize::MAX) {
            Some(format!("lookback is {lookback}, more than {MAX_LOOKBACK}"))
        } else if chunks > MAX_CHUNKS {
            Some(format!("it has {chunks} chunks, more than {MAX_CHUNKS}"))
        } else {
            None
        }
    }

    /// The listings of one chunk.
    ///
    /// # Errors
    /// [`OperationError::WorkingMemory`] when there is no such chunk or its symbols are none.
    pub fn listings(&self, context: &Context, chunk: u32) -> Result<Vec<Listing>, OperationError> {
        let key = LakeKey::Work {
            run: self.run.clone(),
        };
        let symbols = usize::try_from(chunk).ok().and_then(|n| self.chunks.get(n));
        let symbols = symbols.ok_or_else(|| unusable(&key, format!("it has no chunk {chunk}")))?;
        let exchanges = &context.settings.exchanges;
        let parse = |symbol: &String| {
            Listing::parse(symbol, exchanges).map_err(|fault| unusable(&key, fault.to_string()))
        };
        symbols.iter().map(parse).collect()
    }
}
