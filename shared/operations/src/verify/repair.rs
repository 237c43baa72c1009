//! Heals one listing as far as the rules of the lake allow.
//!
//! First what the lake itself proves (`files`, `record`), then what only the vendor can bring
//! (`vendor`). Every write is conditional on the state that was examined, so a run that is at work
//! meanwhile wins, and the next round looks again.

use bytes::Bytes;

use super::VendorUse;
use super::load::Loaded;
use super::plan::Subject;
use super::vendor;
use crate::commit::{self, CommitError};
use crate::context::Context;
use crate::listing::{RunFrame, chain};
use quantx_lake::proof::repair_plan::RepairPlan;
use quantx_lake::record::CommitRecord;
use quantx_lake::{EvidenceOf, LakeKey};
use quantx_report::{Repair, RepairKind, RepairState};
use quantx_storage::{LakeStore, Precondition};

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

/// What would be done, without doing it.
pub(super) fn preview(
    subject: &Subject,
    repair_plan: &RepairPlan,
    use_of_vendor: VendorUse,
) -> RepairLog {
    let mut log = RepairLog::default();
    let bars = |year: i16| LakeKey::bars(&subject.listing, year).path();
    let record = || LakeKey::commit(&subject.listing).path();
    for year in repair_plan.files.keys() {
        let detail = "from its rows and the record's events, with the SHA-256 of the record";
        let kind = RepairKind::FileRestored;
        log.note(bars(*year), kind, RepairState::Planned, detail);
    }
    if let Some((after, detail)) = &repair_plan.record {
        log.note(record(), record_kind(after), RepairState::Planned, detail);
    }
    for year in &repair_plan.orphans {
        let kind = RepairKind::FilePutAside;
        log.note(bars(*year), kind, RepairState::Planned, "to quarantine/");
    }
    let mut rest = RepairLog::default();
    vendor::note_outcomes(subject, repair_plan, &mut rest, |_| Ok(String::new()));
    for mut repair in rest.repairs {
        (repair.state, repair.detail) = match vendor::can_do(repair_plan, use_of_vendor) {
            Ok(detail) => (RepairState::Planned, detail.to_owned()),
            Err(reason) => (RepairState::Left, reason.to_owned()),
        };
        log.repairs.push(repair);
    }
    log
}

pub(super) const OFFLINE: &str = "needs the vendor: run again without --offline";

impl Repairer<'_> {
    /// Does what can be done at once; call it again after another look while it changes something.
    pub(super) async fn repair(
        &self,
        subject: &Subject,
        loaded: &Loaded,
        record: Option<&CommitRecord>,
        repair_plan: &RepairPlan,
    ) -> RepairLog {
        let mut log = RepairLog::default();
        self.files(subject, loaded, repair_plan, &mut log).await;
        self.record(subject, loaded, repair_plan, &mut log).await;
        self.orphans(subject, loaded, repair_plan, &mut log).await;
        if !log.changed_something() {
            vendor::fetch(self, subject, loaded, record, repair_plan, &mut log).await;
        }
        log
    }

    async fn files(
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

    async fn record(
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
    async fn orphans(
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
                // What is left is told: the copy is there, and so is the file.
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

fn record_kind(record: &CommitRecord) -> RepairKind {
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
