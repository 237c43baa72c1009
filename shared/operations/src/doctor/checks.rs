//! The checks of `quantx doctor`, each by itself.

use bytes::Bytes;

use super::Check;
use crate::assemble::{Effects, LakePlace};
use crate::context::Context;
use crate::health;
use crate::listing::chain;
use crate::manifest;
use quantx_lake::schema::SCHEMA_VERSION;
use quantx_lake::{LakeKey, RunId};
use quantx_market::Listing;
use quantx_provider::{HistoryRequest, ProviderError};
use quantx_report::Verdict;
use quantx_settings::AzureAccess;
use quantx_storage::{LakeStore, Precondition, StorageError};

/// The listing that the vendor is asked for where the lake has none: one that every vendor has.
const WELL_KNOWN: &str = "AAPL";
/// Days of the vendor's history that are asked for.
const DAYS_ASKED: i64 = 14;

pub(super) fn program(version: &str) -> String {
    let (os, machine) = (std::env::consts::OS, std::env::consts::ARCH);
    format!("quantx {version}, schema {SCHEMA_VERSION}, {os} {machine}")
}

pub(super) fn sign_in(place: &LakePlace) -> String {
    match place {
        LakePlace::Folder { .. } => "none: the lake is a folder".to_owned(),
        LakePlace::Azure(azure) => match &azure.access {
            AzureAccess::Identity(identity) => {
                format!("{} identity", format!("{:?}", identity.kind).to_lowercase())
            }
            AzureAccess::ConnectionString(_) => {
                "connection string (AZURE_STORAGE_CONNECTION_STRING)".to_owned()
            }
        },
    }
}

/// The store answers, and takes and gives up an object.
pub(super) async fn store(context: &Context, place: &LakePlace, effects: Effects) -> Check {
    const NAME: &str = "store";
    let outcome = if effects == Effects::Write {
        probed(context).await
    } else {
        let read = context.store.get(&LakeKey::Manifest).await;
        read.map(|_| "answers; not written to".to_owned())
    };
    match outcome {
        Ok(found) => Check::ok(NAME, format!("{place}: {found}")),
        Err(error) => Check::wrong(NAME, format!("{place}: {}", chain(&error)), advice(&error)),
    }
}

async fn probed(context: &Context) -> Result<String, StorageError> {
    let store = context.store.as_ref();
    // Below `runs/`, which is working memory: one that is left behind by a kill does no harm.
    let Ok(run) = RunId::new("doctor", context.clock.now()) else {
        return store
            .get(&LakeKey::Manifest)
            .await
            .map(|_| "answers".to_owned());
    };
    let key = LakeKey::Work { run };
    let bytes = Bytes::from_static(b"a probe of quantx doctor; may be deleted");
    let put = store.put(&key, bytes, Precondition::Absent).await;
    if let Err(error) = put
        && !error.calls_for_reading_again()
    {
        return Err(error);
    }
    let Some(found) = store.get(&key).await? else {
        return Ok("answers; another doctor was here at the same second".to_owned());
    };
    store.delete(&key, found.etag).await?;
    Ok("answers, writes, reads and deletes".to_owned())
}

fn advice(error: &StorageError) -> &'static str {
    if error.needs_a_person() {
        "check the account, the container and the role of who signs in: Storage Blob Data Contributor on the container; \
         on disk the owner and the free space of the folder"
    } else {
        "the store is away or busy: try again, then look at its status page"
    }
}

/// The work list of the settings.
pub(super) async fn universe(context: &Context) -> Check {
    const NAME: &str = "universe";
    let settings = &context.settings;
    let phase = settings.phase.as_str();
    match health::wanted(context).await {
        Err(detail) => Check::wrong(
            NAME,
            detail,
            format!("quantx refresh-universe --phase {phase}"),
        ),
        Ok(None) => Check::look(
            NAME,
            format!("no list of phase {phase} is stored yet"),
            format!(
                "quantx refresh-universe --phase {phase}; a phase of lists of your own needs none"
            ),
        ),
        Ok(Some(listings)) => Check::ok(NAME, format!("{phase}: {} listings", listings.len())),
    }
}

/// The newest run of that work list, and what health makes of it.
pub(super) async fn last_run(context: &Context) -> Check {
    const NAME: &str = "last run";
    let health = health::check(context, health::PATIENCE).await;
    let reasons = health.reasons.iter().map(|it| it.message.as_str());
    let reasons: Vec<&str> = reasons.collect();
    match health.last_run {
        None => Check::look(
            NAME,
            "no run of the work list is known",
            "quantx update-daily",
        ),
        Some(run) => {
            let found = format!(
                "{}, {} hours ago, {:?}",
                run.run, run.age_hours, run.verdict
            );
            if run.verdict == Verdict::Red || !reasons.is_empty() {
                Check::look(
                    NAME,
                    found,
                    format!("{}; docs/runbook.md", reasons.join("; ")),
                )
            } else {
                Check::ok(NAME, found)
            }
        }
    }
}

/// What the manifest says.
pub(super) async fn listings(context: &Context) -> Check {
    const NAME: &str = "lake";
    match manifest::show(context.store.as_ref()).await {
        Err(error) => Check::wrong(NAME, chain(&error), "quantx show-manifest --rebuild"),
        Ok(manifest) if manifest.is_empty() => {
            Check::look(NAME, "no listing is stored yet", "quantx backfill --help")
        }
        Ok(manifest) => {
            let rows: usize = manifest.rows().map(|row| row.row_count).sum();
            let holes: usize = manifest.rows().map(|row| row.holes).sum();
            let n = manifest.rows().count();
            Check::ok(NAME, format!("{n} listings, {rows} rows, {holes} holes"))
        }
    }
}

/// Whether somebody would hear of a run that does not begin.
pub(super) fn alerts(context: &Context) -> Check {
    const NAME: &str = "alerts";
    let alerts = &context.settings.alerts;
    match (alerts.heartbeat.is_some(), alerts.webhook.is_some()) {
        (true, true) => Check::ok(NAME, "heartbeat and webhook"),
        (true, false) => Check::ok(NAME, "heartbeat; no webhook"),
        (false, webhook) => Check::look(
            NAME,
            if webhook {
                "webhook; no heartbeat"
            } else {
                "none"
            },
            "set QUANTX_HEARTBEAT_URL: nobody else notices that nothing ran",
        ),
    }
}

/// One question to the vendor, for the first listing of the lake.
pub(super) async fn vendor(context: &Context) -> Check {
    const NAME: &str = "vendor";
    let Some(listing) = listing_to_ask(context).await else {
        return Check::look(NAME, "not asked", "the settings have no exchange for AAPL");
    };
    let now = context.clock.now();
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let start = jiff::Span::new().try_days(DAYS_ASKED);
    let start = start.ok().and_then(|days| today.checked_sub(days).ok());
    let request = HistoryRequest {
        listing: listing.clone(),
        start: start.unwrap_or(today),
        now,
    };
    let asked = &context.settings.asked;
    let order = context.vendors.in_order(asked, listing.exchange());
    let Some(first) = order.first() else {
        let advice = "set the key of a vendor of providers.order, or name another; docs/vendors.md";
        return Check::wrong(NAME, format!("nobody can be asked for {listing}"), advice);
    };
    let name = first.vendor.name;
    match first.provider.daily_history(&request).await {
        Ok(history) => {
            let rows = history.rows.len();
            Check::ok(NAME, format!("{name} answered for {listing}: {rows} rows"))
        }
        Err(ProviderError::NoData { .. } | ProviderError::NotListedYet { .. }) => Check::ok(
            NAME,
            format!("{name} answered for {listing}: no rows in two weeks"),
        ),
        Err(error @ ProviderError::UnknownSymbol { .. }) => Check::look(
            NAME,
            error.to_string(),
            "the vendor answers; try another symbol before you worry",
        ),
        Err(error) => Check::wrong(
            NAME,
            chain(&error),
            "check the network, HTTPS_PROXY and providers.yahoo; a vendor that throttles this address needs a lower rate or time",
        ),
    }
}

async fn listing_to_ask(context: &Context) -> Option<Listing> {
    let exchanges = &context.settings.exchanges;
    let manifest = manifest::show(context.store.as_ref()).await.ok();
    let first = manifest.and_then(|it| it.rows().next().map(|row| row.ticker.clone()));
    let symbol = first.unwrap_or_else(|| WELL_KNOWN.to_owned());
    Listing::parse(&symbol, exchanges).ok()
}
