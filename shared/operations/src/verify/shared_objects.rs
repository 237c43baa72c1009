//! Repairs of what belongs to no listing: the manifest and temporary files.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures::FutureExt as _;

use super::VerifyRequest;
use super::repairer::RepairLog;
use crate::context::Context;
use crate::{Effects, manifest};
use quantx_lake::LakeKey;
use quantx_lake::manifest::{Manifest, ManifestRow};
use quantx_lake::proof::{Finding, ProofRule};
use quantx_lake::record::CommitRecord;
use quantx_market::{ExchangeTable, Listing};
use quantx_report::{RepairKind, RepairState};
use quantx_storage::{Change, LakeStore, UpdateError, update_by};

/// Removes what killed writers left. The findings that are settled go out of `findings`.
pub(super) async fn temporaries(
    request: &VerifyRequest,
    effects: Effects,
    findings: &mut Vec<Finding>,
    log: &mut RepairLog,
) {
    let Some(leftovers) = &request.leftovers else {
        return;
    };
    let kind = RepairKind::TemporaryRemoved;
    let mut left = Vec::with_capacity(findings.len());
    for finding in findings.drain(..) {
        let path = finding.path.clone();
        if finding.rule != ProofRule::TemporaryLeft {
            left.push(finding);
        } else if effects == Effects::ReadOnly {
            log.note(path, kind, RepairState::Planned, "under the object's lock");
            left.push(finding);
        } else {
            match leftovers.remove_temporary(&path).await {
                Ok(()) => log.note(path, kind, RepairState::Done, "under the object's lock"),
                Err(error) => {
                    log.note(path, kind, RepairState::Left, error.to_string());
                    left.push(finding);
                }
            }
        }
    }
    *findings = left;
}

/// Makes the manifest say what the records say, of `listings`; lines of others stay. The findings
/// that are settled go out of `findings`.
pub(super) async fn overview(
    context: &Context,
    effects: Effects,
    listings: &[Listing],
    findings: &mut Vec<Finding>,
    log: &mut RepairLog,
) {
    let is_ours = |f: &Finding| {
        matches!(
            f.rule,
            ProofRule::ManifestStale | ProofRule::ManifestUnreadable
        )
    };
    if !findings.iter().any(is_ours) {
        return;
    }
    let (path, kind) = (LakeKey::Manifest.path(), RepairKind::ManifestMended);
    if effects == Effects::ReadOnly {
        let detail = "its lines are made of the commit records again";
        log.note(path, kind, RepairState::Planned, detail);
        return;
    }
    let unreadable = |f: &Finding| f.rule == ProofRule::ManifestUnreadable;
    let repaired = if findings.iter().any(unreadable) {
        let rebuilt = manifest::rebuild(context).await;
        rebuilt
            .map(|rebuilt| format!("{} lines of all records", rebuilt.manifest.len()))
            .map_err(|error| error.to_string())
    } else {
        replace_lines(context, listings).await
    };
    match repaired {
        Ok(detail) => {
            findings.retain(|finding| !is_ours(finding));
            log.note(path, kind, RepairState::Done, detail);
        }
        Err(reason) => log.note(path, kind, RepairState::Left, reason),
    }
}

/// A line of a listing whose record cannot be used stays: it may be all that is known of it.
async fn replace_lines(context: &Context, listings: &[Listing]) -> Result<String, String> {
    let store = context.store.as_ref();
    let replaced = update_by(store, &LakeKey::Manifest, |found| {
        let before = found.map_or_else(
            || Ok(Manifest::default()),
            |found| Manifest::parse(&found.bytes),
        );
        async move {
            let before = before.map_err(|error| error.to_string())?;
            let after = with_lines(context, before, listings).await;
            let bytes = after.to_bytes().map_err(|error| error.to_string())?;
            Ok(Change::Put(Bytes::from(bytes), after.len()))
        }
        .boxed()
    });
    match replaced.await {
        Ok(n_lines) => Ok(format!("{n_lines} lines, as the records say")),
        Err(UpdateError::Compute(reason)) => Err(reason),
        Err(UpdateError::Read(error) | UpdateError::Write(error)) => Err(error.to_string()),
        Err(UpdateError::Contended) => Err("other runs keep changing it: run again".to_owned()),
    }
}

/// The manifest with the lines of `listings` as their records say, and without lines of no listing.
async fn with_lines(context: &Context, before: Manifest, listings: &[Listing]) -> Manifest {
    let mut lines: BTreeMap<(String, String), ManifestRow> = before
        .rows()
        .filter(|row| is_listing(row, &context.settings.exchanges))
        .map(|row| ((row.exchange.clone(), row.ticker.clone()), row.clone()))
        .collect();
    for listing in listings {
        if let Some(row) = line_of(context.store.as_ref(), listing).await {
            lines.insert((row.exchange.clone(), row.ticker.clone()), row);
        }
    }
    let mut after = Manifest::default();
    after.keep_unusable_of(&before);
    for row in lines.into_values() {
        after.upsert(row);
    }
    after
}

fn is_listing(row: &ManifestRow, exchanges: &ExchangeTable) -> bool {
    let listing = Listing::parse(&row.ticker, exchanges);
    listing.is_ok_and(|listing| listing.exchange().as_str() == row.exchange)
}

async fn line_of(store: &dyn LakeStore, listing: &Listing) -> Option<ManifestRow> {
    let object = store.get(&LakeKey::commit(listing)).await.ok()??;
    let record = CommitRecord::parse(&object.bytes, listing.symbol().as_str()).ok()?;
    (!record.years.is_empty()).then(|| ManifestRow::of(&record))
}
