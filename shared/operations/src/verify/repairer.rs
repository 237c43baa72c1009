//! The writes of a repair that need nobody but the lake, each conditional on the state that was
//! examined, and the log of what was done.

use bytes::Bytes;

use super::VendorUse;
use super::load::Loaded;
use super::plan::Subject;
use crate::commit::{self, CommitError};
use crate::context::Context;
use crate::listing::{RunFrame, chain};
use quantx_lake::proof::repair_plan::RepairPlan;
use quantx_lake::record::CommitRecord;
use quantx_lake::{EvidenceOf, LakeKey};
use quantx_report::{Repair, RepairKind, RepairState};
use quantx_storage::{LakeStore, Precondition};

pub(super) const OFFLINE: &str = "needs the vendor: run again without --offline";

/// What is the same for every listing of a repair.
pub(super) struct Repairer<'a> {
    pub(super) context: &'a Context,
    pub(super) frame: RunFrame,
    pub(super) vendor: VendorUse,
}

/// What a round of repairs did.
#[derive(Debug, Default)]
pub(super) struct RepairLog {
    pub(super) repairs: Vec<Repair>,
}

impl RepairLog {
    pub(super) fn note(
        &mut self,
        path: String,
        kind: RepairKind,
        state: RepairState,
        detail: impl Into<String>,
    ) {
        self.repairs.push(Repair {
            path,
            kind,
            state,
            detail: detail.into(),
        });
    }

    /// Whether the lake was changed, so that looking again may find more to do.
    pub(super) fn changed_something(&self) -> bool {
        let done = |repair: &Repair| repair.state == RepairState::Done;
        self.repairs.iter().any(done)
    }
}

impl Repairer<'_> {
    pub(super) async fn files(
        &self,
        subject: &Subject,
        loaded: &Loaded,
        repair_plan: &RepairPlan,
        log: &mut RepairLog,
    ) {
        for (year, bytes) in &repair_plan.files {
            let key = LakeKey::bars(&subject.listing, *year);
            let precondition = precondition(loaded.tags.get(year));
            let put = self
                .context
                .store
                .put(&key, Bytes::from(bytes.clone()), precondition);
            let written = put.await.map(drop).map_err(|error| chain(&error));
            let detail = "from its rows and the record's events, with the SHA-256 of the record";
            self.note_written(&key, RepairKind::FileRestored, written, detail, log);
        }
    }

    pub(super) async fn record(
        &self,
        subject: &Subject,
        loaded: &Loaded,
        repair_plan: &RepairPlan,
        log: &mut RepairLog,
    ) {
        let Some((record, detail)) = &repair_plan.record else {
            return;
        };
        let kind = record_kind(record);
        let mut record = record.clone();
        record.revision += 1;
        record.updated = self.frame.now;
        let written = self.put_record(subject, loaded, &record).await;
        let written = written.map_err(|error| chain(&error));
        let key = LakeKey::commit(&subject.listing);
        self.note_written(&key, kind, written, detail, log);
    }

    /// Puts a record in the place of what was found there; what cannot be read is kept as evidence.
    pub(super) async fn put_record(
        &self,
        subject: &Subject,
        loaded: &Loaded,
        record: &CommitRecord,
    ) -> Result<(), CommitError> {
        let key = LakeKey::commit(&subject.listing);
        let (store, run) = (self.context.store.as_ref(), &self.frame.run);
        let symbol = subject.listing.symbol().as_str();
        let found = loaded.stored_listing.record.as_ref();
        if let Some(bytes) = found.filter(|bytes| CommitRecord::parse(bytes, symbol).is_err()) {
            let of = EvidenceOf::Record;
            commit::put_evidence(store, &subject.listing, run, of, bytes.clone()).await?;
        }
        let bytes = record.to_bytes().map_err(|source| CommitError::Record {
            key: key.clone(),
            source,
        })?;
        let precondition = precondition(loaded.record_tag.as_ref());
        store.put(&key, Bytes::from(bytes), precondition).await?;
        Ok(())
    }

    /// Moves what nobody committed to quarantine: the copy is durable before the file goes.
    pub(super) async fn orphans(
        &self,
        subject: &Subject,
        loaded: &Loaded,
        repair_plan: &RepairPlan,
        log: &mut RepairLog,
    ) {
        for year in &repair_plan.orphans {
            let key = LakeKey::bars(&subject.listing, *year);
            let (Some(bytes), Some(tag)) =
                (loaded.stored_listing.files.get(year), loaded.tags.get(year))
            else {
                continue;
            };
            let (store, run) = (self.context.store.as_ref(), &self.frame.run);
            let of = EvidenceOf::Year(*year);
            let copy = LakeKey::evidence(&subject.listing, run.clone(), of).path();
            let copied =
                commit::put_evidence(store, &subject.listing, run, of, bytes.clone()).await;
            let moved = match copied {
                Err(error) => Err(chain(&error)),
                // Both the copy and the file are there: the log says so.
                Ok(()) => store.delete(&key, tag.clone()).await.map_err(|error| {
                    format!("it is copied to {copy} and still there: {}", chain(&error))
                }),
            };
            let detail = format!("to {copy}");
            self.note_written(&key, RepairKind::FilePutAside, moved, &detail, log);
        }
    }

    fn note_written(
        &self,
        key: &LakeKey,
        kind: RepairKind,
        written: Result<(), String>,
        detail: &str,
        log: &mut RepairLog,
    ) {
        match written {
            Ok(()) => {
                tracing::info!(path = %key, kind = kind.as_str(), "repaired {key}: {detail}");
                log.note(key.path(), kind, RepairState::Done, detail);
            }
            Err(reason) => log.note(key.path(), kind, RepairState::Left, reason),
        }
    }
}

pub(super) fn record_kind(record: &CommitRecord) -> RepairKind {
    // One that was made of files alone was never written.
    if record.revision == 0 {
        RepairKind::RecordRebuilt
    } else {
        RepairKind::RecordCorrected
    }
}

fn precondition(tag: Option<&quantx_storage::ETag>) -> Precondition {
    tag.cloned()
        .map_or(Precondition::Absent, Precondition::Matches)
}
