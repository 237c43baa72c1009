//! Nightly updates of a whole market, with whatever vendors the settings name.

use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use quantx::lake::LakeKey;
use quantx::lake::record::CommitRecord;
use quantx::report::RunReport;
use quantx::storage::{LakeStore, MemoryStore};
use quantx_tests::lab::Lab;

/// Past midnight in New York, where even the slowest vendor is ready with the day before `day`.
pub(crate) fn night(day: Date) -> Timestamp {
    let at = day.at(5, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC);
    at.unwrap().timestamp()
}

/// An empty lake.
pub(crate) fn lake() -> Arc<dyn LakeStore> {
    Arc::new(MemoryStore::new())
}

/// The update in the night of `day`.
pub(crate) async fn daily(lab: &Lab, lake: &Arc<dyn LakeStore>, day: Date) -> RunReport {
    lab.at(night(day));
    let symbols = lab.server.market().symbols();
    lab.daily(lake, &symbols).await.unwrap()
}

/// Those of `n` nights from that of `from` on.
pub(crate) async fn days(
    lab: &Lab,
    lake: &Arc<dyn LakeStore>,
    from: Date,
    n: i64,
) -> Vec<RunReport> {
    let mut reports = Vec::new();
    for day in 0..n {
        let day = from.checked_add(day.days()).unwrap();
        reports.push(daily(lab, lake, day).await);
    }
    reports
}

/// The commit record of a listing.
pub(crate) async fn record(lake: &Arc<dyn LakeStore>, lab: &Lab, symbol: &str) -> CommitRecord {
    let listing = lab.listings(&[symbol]).remove(0);
    let object = lake.get(&LakeKey::commit(&listing)).await;
    CommitRecord::parse(&object.unwrap().unwrap().bytes, symbol).unwrap()
}
