//! Heals one listing as far as the rules of the lake allow.
//!
//! First what the lake itself proves (`repairer`), then what only the vendor can bring (`vendor`).
//! Every write is conditional on the state that was examined, so a run that is at work meanwhile
//! wins, and the next round examines the listing again.

use super::VendorUse;
use super::load::Loaded;
use super::plan::Subject;
use super::repairer::{RepairLog, Repairer, record_kind};
use super::vendor;
use quantx_lake::LakeKey;
use quantx_lake::proof::repair_plan::RepairPlan;
use quantx_lake::record::CommitRecord;
use quantx_report::{RepairKind, RepairState};

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

/// Does what can be done at once; call it again after another look while it changes something.
pub(super) async fn repair(
    repairer: &Repairer<'_>,
    subject: &Subject,
    loaded: &Loaded,
    record: Option<&CommitRecord>,
    repair_plan: &RepairPlan,
) -> RepairLog {
    let mut log = RepairLog::default();
    repairer.files(subject, loaded, repair_plan, &mut log).await;
    repairer
        .record(subject, loaded, repair_plan, &mut log)
        .await;
    repairer
        .orphans(subject, loaded, repair_plan, &mut log)
        .await;
    if !log.changed_something() {
        vendor::fetch(repairer, subject, loaded, record, repair_plan, &mut log).await;
    }
    log
}
