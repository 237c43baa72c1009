//! Sign-ins that end in the middle of a run: nothing is lost, and the next run goes on.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use quantx::clock::{Clock, SystemClock};
use quantx::report::Verdict;
use quantx::storage::LakeStore;
use quantx::storage::blob::BlobStore;
use quantx_tests::wire_proxy::WireFault;

use super::mishaps::signed;
use super::processes::{assert_complete, ended_well, on, stored};
use super::program::text;
use super::{as_shipped, behind_a_proxy};
use crate::processes::{END, backfill_of, lab_of};

/// The service decides by its own clock, so the signature really ends: a slow wire keeps the run
/// going until then.
#[tokio::test(flavor = "multi_thread")]
async fn a_signature_that_expires_during_a_run_loses_nothing() {
    let Some((azurite, proxy, _)) = behind_a_proxy().await else {
        return;
    };
    let (lab, symbols, expected) = lab_of(12).await;
    let through = azurite
        .endpoint()
        .replace(azurite.address(), &proxy.address());
    proxy.chance(
        1,
        1.0,
        u64::MAX,
        &[WireFault::Delay(Duration::from_millis(150))],
    );
    let soon = SystemClock.now() + SignedDuration::from_secs(4);
    let soon = soon.round(jiff::Unit::Second).unwrap();
    let connection = format!(
        "BlobEndpoint={through};SharedAccessSignature={}",
        signed("rwdlc", soon)
    );
    let mut command = backfill_of(&lab, &symbols, END);
    let command = command.args(["--max-workers", "1"]).stdout(Stdio::piped());
    let output = on(command, &connection, "lake").output().unwrap();
    let message = text(&[output.stdout, output.stderr].concat());
    assert_ne!(output.status.code(), Some(0), "{message}");
    assert!(
        message.contains("expired") && !message.contains("sig="),
        "{message}"
    );
    let (left, _) = stored(&azurite, "lake").await;
    assert!(
        !left.is_empty() && left.len() < expected.len(),
        "{} of {} objects: it did not end in the middle",
        left.len(),
        expected.len()
    );
    let mut command = backfill_of(&lab, &symbols, END);
    let command = on(&mut command, &azurite.connection_string(), "lake");
    ended_well(&mut command.spawn().unwrap());
    assert_complete(&azurite, "lake", &expected).await;
}

/// A clock that somebody sets while the run goes on.
#[derive(Debug, Default)]
struct JumpingClock {
    readings: AtomicU64,
    jumps_after: AtomicU64,
    by_seconds: AtomicI64,
}

impl Clock for JumpingClock {
    fn now(&self) -> Timestamp {
        let jumped = self.readings.fetch_add(1, Relaxed) >= self.jumps_after.load(Relaxed);
        let by = if jumped {
            self.by_seconds.load(Relaxed)
        } else {
            0
        };
        SystemClock.now() + SignedDuration::from_secs(by)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_during_a_run_loses_nothing() {
    const DAYS_3: i64 = 3 * 24 * 3600;
    let Some((azurite, _proxy, _)) = behind_a_proxy().await else {
        return;
    };
    let (lab, symbols, expected) = lab_of(6).await;
    let mut cut_short = 0;
    for (round, (by, after)) in [
        (600, 0),
        (-600, 0),
        (DAYS_3, 9),
        (DAYS_3, 25),
        (-DAYS_3, 9),
        (-DAYS_3, 25),
    ]
    .into_iter()
    .enumerate()
    {
        let container = format!("lake-{round}");
        let clock = Arc::new(JumpingClock::default());
        clock.by_seconds.store(by, Relaxed);
        clock.jumps_after.store(after, Relaxed);
        let config = as_shipped(&azurite.connection_string(), &container);
        let store = BlobStore::open(config, Arc::clone(&clock) as _)
            .await
            .unwrap();
        let store: Arc<dyn LakeStore> = Arc::new(store);
        let (start, end) = (date(2011, 1, 3), date(2014, 12, 31));
        let ended = lab.backfill(&store, &symbols, start, end).await;
        let whole = ended.is_ok_and(|report| report.verdict != Verdict::Red);
        assert!(whole || by.abs() == DAYS_3, "ten minutes are tolerated");
        cut_short += u32::from(!whole);
        stored(&azurite, &container).await;
        let mut command = backfill_of(&lab, &symbols, END);
        let command = on(&mut command, &azurite.connection_string(), &container);
        ended_well(&mut command.spawn().unwrap());
        assert_complete(&azurite, &container, &expected).await;
    }
    assert!(cut_short >= 2, "{cut_short} of 4 jumps cut a run short");
}
