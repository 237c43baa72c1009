//! What the lake knew of a listing at the end of a day, and since when it knows what it knows: versions of the
//! Delta tables, read.

mod parts;
mod since;

use self::parts::Parts;
use crate::tables::delta;
use crate::{Context, OperationError};
use quantx_lake::delta::{
    DeltaTable, KnownBar, TableState, VersionEntry, bars_in, stretches_in, with_factors,
};
use quantx_market::{Date, Listing};

pub use since::KnownSince;

/// The versions of a table, ascending. Empty where no run has made one.
///
/// # Errors
/// [`OperationError`] when the store fails or the log cannot be read.
pub async fn versions(
    context: &Context,
    table: DeltaTable,
) -> Result<Vec<VersionEntry>, OperationError> {
    Ok(delta::load(context, table).await?.state.versions)
}

/// Both tables as they were at the end of a day (UTC): after the last run that began on that day or before.
///
/// Files are read when a listing needs them, and kept for the next one: listings in order of exchange and
/// symbol share most of them.
#[derive(Debug)]
pub struct KnownOn<'a> {
    day: Date,
    bars: (VersionEntry, TableState),
    factors: (VersionEntry, TableState),
    parts: Parts<'a>,
}

impl<'a> KnownOn<'a> {
    /// `None` before the first version: what was known then is not in the lake.
    ///
    /// # Errors
    /// [`OperationError`] when the store fails, or the log cannot be read.
    pub async fn open(context: &'a Context, on: Date) -> Result<Option<Self>, OperationError> {
        let bars = table_on(context, DeltaTable::Bars, on).await?;
        let factors = table_on(context, DeltaTable::Factors, on).await?;
        Ok(bars.zip(factors).map(|(bars, factors)| Self {
            day: on,
            bars,
            factors,
            parts: Parts::new(context),
        }))
    }

    /// The day.
    pub fn day(&self) -> Date {
        self.day
    }

    /// The version of `delta/bars`.
    pub fn bars_version(&self) -> &VersionEntry {
        &self.bars.0
    }

    /// The version of `delta/factors`; a run without a new event makes none.
    pub fn factors_version(&self) -> &VersionEntry {
        &self.factors.0
    }

    /// The bars of `listing`, ascending, adjusted for the events that were known then; none of a listing
    /// that the lake did not have.
    ///
    /// # Errors
    /// [`OperationError`] when the store fails, or a file of the version is lost or damaged.
    pub async fn bars(&self, listing: &Listing) -> Result<Vec<KnownBar>, OperationError> {
        let (bars, factors) = (self.bars.1.files.values(), self.factors.1.files.values());
        let bars = self
            .parts
            .rows(DeltaTable::Bars, bars, listing, bars_in)
            .await?;
        let stretches = self
            .parts
            .rows(DeltaTable::Factors, factors, listing, stretches_in);
        Ok(with_factors(bars, &stretches.await?))
    }
}

async fn table_on(
    context: &Context,
    table: DeltaTable,
    on: Date,
) -> Result<Option<(VersionEntry, TableState)>, OperationError> {
    let newest = delta::load(context, table).await?.state;
    let Some(version) = newest.known_on(on).cloned() else {
        return Ok(None);
    };
    let state = if newest.versions.last() == Some(&version) {
        newest
    } else {
        delta::replayed(context, table, Some(version.version)).await?
    };
    Ok(Some((version, state)))
}
