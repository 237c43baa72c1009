//! Five real years of the S&P 500, replayed: every bar of 505 files is accounted for.

use std::path::Path;
use std::sync::Arc;

use jiff::civil::date;
use quantx::report::Outcome;
use quantx::storage::{LakeStore, MemoryStore};
use quantx_tests::lab::Lab;

#[tokio::test(flavor = "multi_thread")]
async fn every_bar_of_the_sp500_is_stored_refused_or_null() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/sp500_5yr");
    if !folder.is_dir() {
        eprintln!("skipped: no ../shared/data");
        return;
    }
    let lab = Lab::new(
        &format!("csv:{}", folder.display()),
        "",
        0,
        date(2013, 2, 8),
    )
    .await;
    lab.at("2018-02-12T04:00:00Z".parse().unwrap());
    let store: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
    let symbols = lab.server.market().symbols();
    assert_eq!(symbols.len(), 505);
    let report = lab
        .backfill(&store, &symbols, date(2013, 2, 8), date(2018, 2, 7))
        .await
        .unwrap();

    let mut in_files = 0;
    for symbol in &symbols {
        in_files += lab.server.market().truth(symbol).unwrap().rows.len();
    }
    assert_eq!(in_files, 619_040);
    let totals = &report.totals;
    eprintln!("{totals:?}\n{:?}", report.outcomes);
    let rows = totals.rows;
    assert_eq!(
        totals.changes.bars_added + rows.refused + rows.null + rows.off_session,
        in_files,
        "stored + refused + null + off-session"
    );
    let not_updated: Vec<_> = report
        .listings
        .iter()
        .filter(|listing| listing.outcome != Outcome::Updated)
        .collect();
    assert!(not_updated.is_empty(), "{not_updated:?}");

    // A second run finds everything there and writes nothing but its report.
    let again = lab
        .backfill(&store, &symbols, date(2013, 2, 8), date(2018, 2, 7))
        .await
        .unwrap();
    assert_eq!(again.totals.files_written, 0);
}
