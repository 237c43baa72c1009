//! What a revision changes is written, each object on condition, the record last.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use futures::stream::{self, StreamExt};

use super::load::LoadedYears;
use super::request::{Attempt, CommitOutcome, CommitRequest};
use super::{CommitError, Committed, evidence};
use crate::inspection::Interpreted;
use quantx_lake::record::{CommitRecord, Watch};
use quantx_lake::revision::Revision;
use quantx_lake::{EvidenceOf, LakeKey};
use quantx_market::Listing;
use quantx_storage::{ETag, LakeStore, Precondition};

/// Year files of one listing that are put at once: a round trip, or a wait for the disk, is shared by them.
const PARALLEL_PUTS: usize = 8;

pub(super) async fn write(
    store: &dyn LakeStore,
    request: &CommitRequest,
    before: Option<CommitRecord>,
    mut tag: Option<ETag>,
    loaded: LoadedYears,
    mut revision: Revision,
    read: Interpreted,
) -> Result<Attempt, CommitError> {
    // Evidence first: rows put aside must not be lost by a crash after the record says so.
    evidence::put_quarantine(store, request, &revision.quarantine).await?;
    for (year, bytes) in &loaded.lost {
        if revision.files.iter().any(|file| file.year == *year) {
            let of = EvidenceOf::Year(*year);
            evidence::put_evidence(store, &request.listing, &request.run, of, bytes.clone())
                .await?;
        }
    }
    let years: Vec<i16> = revision.files.iter().map(|file| file.year).collect();
    settle(&mut revision, before.as_ref(), &years);
    if let Some(intent) = intent(before.as_ref(), revision.record.as_ref(), &years) {
        match put_record(store, &request.listing, &intent, tag).await? {
            Some(announced) => tag = Some(announced),
            None => return Ok(Attempt::Lost(years)),
        }
        if let Some(record) = &mut revision.record {
            record.revision = intent.revision + 1;
        }
    }
    let puts = std::mem::take(&mut revision.files).into_iter().map(|file| {
        let key = LakeKey::bars(&request.listing, file.year);
        let known = loaded.etags.get(&file.year).cloned();
        let precondition = known.map_or(Precondition::Absent, Precondition::Matches);
        async move { store.put(&key, Bytes::from(file.bytes), precondition).await }
    });
    // In any order: a crash leaves any of them, as a power cut does whatever the order. All are waited for, so
    // that nothing of this attempt is under way when the next one reads.
    let answers: Vec<_> = stream::iter(puts).buffered(PARALLEL_PUTS).collect().await;
    for answer in answers {
        match answer {
            Ok(_) => {}
            Err(error) if error.calls_for_reading_again() => return Ok(Attempt::Lost(years)),
            Err(error) => return Err(error.into()),
        }
    }
    let changed = match (&before, &revision.record) {
        (Some(before), Some(after)) => !years.is_empty() || !before.same_content(after),
        (None, Some(_)) => true,
        (_, None) => false,
    };
    if let (true, Some(record)) = (changed, &revision.record)
        && put_record(store, &request.listing, record, tag)
            .await?
            .is_none()
    {
        return Ok(Attempt::Lost(years));
    }
    Ok(Attempt::Done(CommitOutcome::Done(Box::new(Committed {
        merged: revision.merged,
        record: if changed { revision.record } else { before },
        years_written: years,
        record_written: changed,
        refused_actions: revision.refused_actions,
        remarks: revision.remarks,
        read,
        absent: revision.absent,
        unsure: revision.unsure,
    }))))
}

/// Years that somebody announced to rewrite stay announced until a reader of all years finds
/// nothing to write: only then has every writer of that time ended or been outrun.
fn settle(revision: &mut Revision, before: Option<&CommitRecord>, years: &[i16]) {
    let Some(record) = &mut revision.record else {
        return;
    };
    let announced = before.map(|record| &record.watch.rewriting);
    record.watch.rewriting = match announced {
        Some(announced) if !announced.is_empty() && !years.is_empty() => {
            announced.iter().chain(years).copied().collect()
        }
        _ => BTreeSet::new(),
    };
}

/// The record that announces a rewrite, if one is needed.
///
/// Files of the newest year are read by every run, so a crash after writing them is noticed.
/// Older ones are not: without the announcement a writer that loses a race and dies would leave
/// derived columns of its own behind where nobody looks.
fn intent(
    before: Option<&CommitRecord>,
    after: Option<&CommitRecord>,
    years: &[i16],
) -> Option<CommitRecord> {
    let newest = before.and_then(|record| record.years.keys().next_back());
    let all_new = newest.is_some_and(|newest| years.iter().all(|year| year >= newest));
    if years.is_empty() || all_new {
        return None;
    }
    let mut intent = match (before, after) {
        (Some(before), _) => before.clone(),
        (None, Some(after)) => CommitRecord {
            years: BTreeMap::new(),
            actions: Vec::new(),
            judged: Vec::new(),
            sources: Vec::new(),
            confirmed: Vec::new(),
            watch: Watch {
                decided: after.watch.decided,
                ..Watch::default()
            },
            ..after.clone()
        },
        (None, None) => return None,
    };
    intent.watch.rewriting.extend(years);
    intent.revision = before.map_or(0, |record| record.revision) + 1;
    Some(intent)
}

/// Puts the record; `None` when another writer was faster.
pub(super) async fn put_record(
    store: &dyn LakeStore,
    listing: &Listing,
    record: &CommitRecord,
    tag: Option<ETag>,
) -> Result<Option<ETag>, CommitError> {
    let key = LakeKey::commit(listing);
    let bytes = record.to_bytes().map_err(|source| CommitError::Record {
        key: key.clone(),
        source,
    })?;
    let precondition = tag.map_or(Precondition::Absent, Precondition::Matches);
    match store.put(&key, Bytes::from(bytes), precondition).await {
        Ok(tag) => Ok(Some(tag)),
        Err(error) if error.calls_for_reading_again() => Ok(None),
        Err(error) => Err(error.into()),
    }
}
