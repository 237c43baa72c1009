//! The host goes away in the middle of a run; another takes up what it has left.

use quantx::operations::chunked::Ended;
use quantx::report::Verdict;
use quantx_dev_host::{DevHost, Options};

use super::{Bench, ended, summary};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_on_when_the_host_was_restarted() {
    let bench = Bench::new("").await;
    let host = bench.host().await;
    bench.begin(&host, "restarted");
    let mut host = host;
    let mut n_turns = Vec::new();
    for n_requests in [150, 600] {
        bench.asked(n_requests).await;
        let saved = host.stop().await;
        n_turns.push(saved[0].turns.len());
        let options = Options {
            saved,
            ..bench.options()
        };
        host = DevHost::start(options).await.unwrap();
    }
    let instance = ended(&host, "restarted").await;
    let summary = summary(&instance);
    assert_eq!(
        (summary.ended, summary.symbols_processed),
        (Ended::Finished, 1_000)
    );
    assert_ne!(summary.verdict, Verdict::Red, "{summary:?}");
    eprintln!(
        "stopped after {n_turns:?} of {} turns",
        instance.turns.len()
    );
    assert!(
        n_turns[0] >= 1 && n_turns[1] < instance.turns.len(),
        "{n_turns:?}"
    );
    bench.assert_as_one_backfill().await;
    bench.assert_published().await;
}
