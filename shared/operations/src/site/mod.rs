//! The status page: `site/`, made at the end of every run.
//!
//! A run knows the commit record of each of its listings and the report of itself; what earlier runs
//! knew is in `site/listings.json` and `site/status.json`. So the page costs a run the same few
//! requests however many listings it has: reads of the four files, one listing of the reports, reads of
//! reports that the page does not know yet, and four writes. Of two runs that end at the same time the
//! later page may lack the other one; the next run finds its report.

mod history;
mod parts;

use std::convert::Infallible;

use bytes::Bytes;
use futures::FutureExt as _;
use jiff::Timestamp;

use crate::context::Context;
use crate::error::OperationError;
use history::History;
use quantx_lake::{LakeKey, SiteFile};
use quantx_report::RunReport;
use quantx_report::page::{
    KnownListings, Page, PageEvent, PageListing, Status, index_html, metrics_text,
};
use quantx_storage::{Change, LakeStore, StorageError, UpdateError, update, update_by};

pub(crate) use parts::{page, parts};

/// Makes the page of the lake as the run of `report` leaves it; `listings` is what the run knows of its
/// own. Nothing happens with `site.enabled` off, and once the context's stop came.
///
/// # Errors
/// [`OperationError`]; the page then is as it was, and the next run makes it.
pub(crate) async fn publish(
    context: &Context,
    report: &RunReport,
    listings: Vec<PageListing>,
) -> Result<(), OperationError> {
    if !context.settings.site.enabled || context.stop.is_requested() {
        return Ok(());
    }
    let known = learn(context, listings).await?;
    let page = put_status(context, report, known).await?;
    let made = tokio::task::spawn_blocking(move || (index_html(&page), metrics_text(&page)));
    let (html, metrics) = made.await?;
    replace(context, SiteFile::Page, html).await?;
    replace(context, SiteFile::Metrics, metrics).await
}

/// What is known of the listings, with what a page of it was never made for: nothing, if no run made one.
pub(crate) async fn known(context: &Context) -> Result<KnownListings, OperationError> {
    let key = LakeKey::Site(SiteFile::Listings);
    let found = context.store.get(&key).await;
    let found = found.map_err(|source| storage("read what the status page knows", source))?;
    Ok(found.map_or_else(KnownListings::default, |found| parse(&key, &found.bytes)))
}

/// The runs that the page knows, and those since.
pub(crate) async fn history(context: &Context, now: Timestamp) -> Result<History, OperationError> {
    let status = status(context).await?;
    History::of(status.as_ref())
        .with_reports(context, now)
        .await
}

/// Adds what the run knows of its listings to what is known.
async fn learn(
    context: &Context,
    listings: Vec<PageListing>,
) -> Result<KnownListings, OperationError> {
    let key = LakeKey::Site(SiteFile::Listings);
    let learnt = update(context.store.as_ref(), &key, |found| {
        let before = found.map(|found| parse::<KnownListings>(&key, &found.bytes));
        let mut known = before.unwrap_or_default();
        known.learn(listings.iter().cloned());
        let bytes = Bytes::from(serde_json::to_vec(&known)?);
        Ok::<_, serde_json::Error>(match found {
            Some(found) if found.bytes == bytes => Change::Keep(known),
            _ => Change::Put(bytes, known),
        })
    });
    learnt.await.map_err(|error| match error {
        UpdateError::Compute(source) => source.into(),
        UpdateError::Read(source) => storage("read what the status page knows", source),
        UpdateError::Write(source) => storage("store what the status page knows", source),
        UpdateError::Contended => OperationError::Contended { key: key.clone() },
    })
}

/// Puts the status, with the run in it, and gives the page that it is of.
async fn put_status(
    context: &Context,
    report: &RunReport,
    known: KnownListings,
) -> Result<Page, OperationError> {
    let key = LakeKey::Site(SiteFile::Status);
    let now = report.timestamp;
    let put = update_by(context.store.as_ref(), &key, |found| {
        let stored = found.map(|found| parse::<Status>(&key, &found.bytes));
        let listings = known.listings.clone();
        async move {
            let history = History::of(stored.as_ref())
                .with_run(report)
                .with_reports(context, now)
                .await?;
            let events = history.events().collect::<Vec<PageEvent>>();
            let scope = "every listing that a run worked on".to_owned();
            let parts = parts(context, now, scope, listings, events, history);
            let page = page(context, parts).await?;
            let bytes = Bytes::from(serde_json::to_vec_pretty(&Status::of(&page))?);
            Ok(Change::Put(bytes, page))
        }
        .boxed()
    });
    put.await.map_err(|error| match error {
        UpdateError::Compute(error) => error,
        UpdateError::Read(source) => storage("read the status", source),
        UpdateError::Write(source) => storage("store the status", source),
        UpdateError::Contended => OperationError::Contended { key: key.clone() },
    })
}

async fn status(context: &Context) -> Result<Option<Status>, OperationError> {
    let key = LakeKey::Site(SiteFile::Status);
    let found = context.store.get(&key).await;
    let found = found.map_err(|source| storage("read the status", source))?;
    Ok(found.map(|found| parse(&key, &found.bytes)))
}

/// A file of the page that cannot be read is as good as none: runs make it again.
fn parse<T: serde::de::DeserializeOwned + Default>(key: &LakeKey, bytes: &[u8]) -> T {
    serde_json::from_slice(bytes).unwrap_or_else(|error| {
        tracing::warn!(%key, %error, "{key} is unusable and made again");
        T::default()
    })
}

async fn replace(context: &Context, file: SiteFile, text: String) -> Result<(), OperationError> {
    let (key, bytes) = (LakeKey::Site(file), Bytes::from(text));
    let replaced = update(context.store.as_ref(), &key, |found| {
        let is_there = found.is_some_and(|object| object.bytes == bytes);
        Ok::<_, Infallible>(if is_there {
            Change::Keep(())
        } else {
            Change::Put(bytes.clone(), ())
        })
    });
    replaced.await.map_err(|error| match error {
        UpdateError::Read(source) => storage("read the status page", source),
        UpdateError::Write(source) => storage("store the status page", source),
        UpdateError::Compute(never) => match never {},
        UpdateError::Contended => OperationError::Contended { key: key.clone() },
    })
}

fn storage(doing: &'static str, source: StorageError) -> OperationError {
    OperationError::Storage { doing, source }
}
