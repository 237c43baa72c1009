//! What runs make against a bad vendor is a lake without a finding.

use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::date;
use jiff::tz::TimeZone;
use quantx::lake::proof::Depth;
use quantx::operations::Stopper;
use quantx::operations::verify::{self, VerifyRequest};
use quantx::storage::{LakeStore, MemoryStore};
use quantx_tests::lab::Lab;

const ORDER: VerifyRequest = VerifyRequest {
    listings: None,
    depth: Depth::Deep,
    leftovers: None,
    repair: None,
};

#[tokio::test(flavor = "multi_thread")]
async fn runs_against_a_bad_vendor_leave_nothing_to_find() {
    for seed in 0..6_u64 {
        let begin = date(2009, 3, 2)
            .checked_add((i64::try_from(seed).unwrap() * 400).days())
            .unwrap();
        let start = begin.checked_sub(900.days()).unwrap();
        let hole = begin.checked_add(6.days()).unwrap();
        let block = begin.checked_add(3.days()).unwrap();
        let faults = format!(
            "429=0.03,500=0.05,truncate=0.03,html=0.02,wrong-symbol=0.02,null-rows=0.02,\
             drop-session={hole}:4d:0.7,block100x=S0003:{block}:3:4d,revised-dividend=S0004,\
             late-split=S0005"
        );
        let lab = Lab::new("synthetic:20", &faults, seed, start).await;
        let store: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
        let symbols = lab.server.market().symbols();
        let mut day = begin;
        for step in [0, 1, 1, 3, 1, 1, 9, 1, 30, 1] {
            day = day.checked_add(step.days()).unwrap();
            let now = day.at(5, 10, 0, 0).to_zoned(TimeZone::UTC).unwrap();
            lab.at(now.timestamp());
            lab.daily(&store, &symbols).await.unwrap();
            let context = lab.context(Arc::clone(&store));
            let report = verify::verify(&context, &ORDER).await.unwrap();
            assert!(report.findings.is_empty(), "{day}: {:#?}", report.findings);
            assert!(report.listings > 10, "{}", report.listings);
            assert_eq!(
                report.coverage.missing,
                report.coverage.expected - report.coverage.present - report.coverage.excused
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_that_is_stopped_says_what_it_did_not_reach() {
    let lab = Lab::new("synthetic:10", "", 1, date(2012, 1, 2)).await;
    lab.at("2012-06-01T04:00:00Z".parse().unwrap());
    let store: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
    let symbols = lab.server.market().symbols();
    lab.daily(&store, &symbols).await.unwrap();
    let mut context = lab.context(store);
    let (stopper, stop) = Stopper::new();
    stopper.request();
    context.stop = stop;
    let report = verify::verify(&context, &ORDER).await.unwrap();
    assert_eq!(report.listings, 0);
    assert!(report.not_reached > 5 && !report.is_clean());
}
