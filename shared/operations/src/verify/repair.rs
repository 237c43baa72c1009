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
use quantx_lake::proof::mend::Mending;
use quantx_lake::record::CommitRecord;
use quantx_lake::{EvidenceOf, LakeKey};
use quantx_report::{Repair, RepairKind, RepairState};
use quantx_storage::{LakeStore, Precondition};

/// What is the same for every listing of a repair.
pub(super) struct Workshop<'a> {
    pub(super) context: &'a Context,
    pub(super) frame: RunFrame,
    pub(super) vendor: VendorUse,
}

/// What a round of repairs did.
#[derive(Debug, Default)]
pub(super) struct Round {
    pub(super) repairs: Vec<Repair>,
}

impl Round {
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
pub(super) fn preview(subject: &Subject, mending: &Mending, use_of_vendor: VendorUse) -> Round {
    let mut round = Round::default();
    let bars = |year: i16| LakeKey::bars(&subject.listing, year).path();
    let record = || LakeKey::commit(&subject.listing).path();
    for year in mending.files.keys() {
        let detail = "from its rows and the record's events, with the SHA-256 of the record";
        let kind = RepairKind::FileRestored;
        round.note(bars(*year), kind, RepairState::Planned, detail);
    }
    if let Some((after, detail)) = &mending.record {
        round.note(record(), record_kind(after), RepairState::Planned, detail);
    }
    for year in &mending.orphans {
        let kind = RepairKind::FilePutAside;
        round.note(bars(*year), kind, RepairState::Planned, "to quarantine/");
    }
    let mut rest = Round::default();
    vendor::tell(subject, mending, &mut rest, |_| Ok(String::new()));
    for mut repair in rest.repairs {
        (repair.state, repair.detail) = match vendor::can_do(mending, use_of_vendor) {
            Ok(detail) => (RepairState::Planned, detail.to_owned()),
            Err(reason) => (RepairState::Left, reason.to_owned()),
        };
        round.repairs.push(repair);
    }
    round
}

pub(super) const OFFLINE: &str = "needs the vendor: run again without --offline";

impl Workshop<'_> {
    /// Does what can be done at once; call it again after another look while it changes something.
    pub(super) async fn mend(
        &self,
        subject: &Subject,
        loaded: &Loaded,
        record: Option<&CommitRecord>,
        mending: &Mending,
    ) -> Round {
        let mut round = Round::default();
        self.files(subject, loaded, mending, &mut round).await;
        self.record(subject, loaded, mending, &mut round).await;
        self.orphans(subject, loaded, mending, &mut round).await;
        if !round.changed_something() {
            vendor::fetch(self, subject, loaded, record, mending, &mut round).await;
        }
        round
    }

    async fn files(
        &self,
        subject: &Subject,
        loaded: &Loaded,
        mending: &Mending,
        round: &mut Round,
    ) {
        for (year, bytes) in &mending.files {
            let key = LakeKey::bars(&subject.listing, *year);
            let precondition = precondition(loaded.tags.get(year));
            let put = self
                .context
                .store
                .put(&key, Bytes::from(bytes.clone()), precondition);
            let written = put.await.map(drop).map_err(|error| chain(&error));
            let detail = "from its rows and the record's events, with the SHA-256 of the record";
            self.told(&key, RepairKind::FileRestored, written, detail, round);
        }
    }

    async fn record(
        &self,
        subject: &Subject,
        loaded: &Loaded,
        mending: &Mending,
        round: &mut Round,
    ) {
        let Some((record, detail)) = &mending.record else {
            return;
        };
        let kind = record_kind(record);
        let mut record = record.clone();
        record.revision += 1;
        record.updated = self.frame.now;
        let written = self.put_record(subject, loaded, &record).await;
        let written = written.map_err(|error| chain(&error));
        let key = LakeKey::commit(&subject.listing);
        self.told(&key, kind, written, detail, round);
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
        let found = loaded.holdings.record.as_ref();
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
        mending: &Mending,
        round: &mut Round,
    ) {
        for year in &mending.orphans {
            let key = LakeKey::bars(&subject.listing, *year);
            let (Some(bytes), Some(tag)) = (loaded.holdings.files.get(year), loaded.tags.get(year))
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
            self.told(&key, RepairKind::FilePutAside, moved, &detail, round);
        }
    }

    fn told(
        &self,
        key: &LakeKey,
        kind: RepairKind,
        written: Result<(), String>,
        detail: &str,
        round: &mut Round,
    ) {
        match written {
            Ok(()) => {
                tracing::info!(path = %key, kind = kind.as_str(), "repaired {key}: {detail}");
                round.note(key.path(), kind, RepairState::Done, detail);
            }
            Err(reason) => round.note(key.path(), kind, RepairState::Left, reason),
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
