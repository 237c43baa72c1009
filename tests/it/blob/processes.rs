//! The real program on a lake in Blob Storage: doubled, killed, and on a bad wire.

use std::collections::BTreeMap;
use std::process::{Child, Command};
use std::time::Duration;

use bytes::Bytes;
use quantx::lake::codec;
use quantx::operations::holds_lake;
use quantx_tests::azurite::{Azurite, connection_string};
use quantx_tests::lakes::{differences, promised};
use quantx_tests::wire_proxy::{Only, WireFault, WireProxy};
use serde_json::Value;

use super::{as_shipped, behind_a_proxy, open};
use crate::processes::{
    END, assert_proven, assert_whole, backfill_of, lab_of, proven, verify_with,
};

/// The program's way to a container; it knows no other setting than these.
pub(super) fn on<'a>(
    command: &'a mut Command,
    connection: &str,
    container: &str,
) -> &'a mut Command {
    command
        .env_clear()
        .env("AZURE_STORAGE_CONNECTION_STRING", connection)
        .env("AZURE_CONTAINER_NAME", container)
        .env("AZURE_CREATE_CONTAINER", "true")
        .current_dir(std::env::temp_dir())
}

/// What is promised of the lake, and how many bars that is; each date of a listing stands once, and
/// the proof finds no damage.
pub(super) async fn stored(azurite: &Azurite, container: &str) -> (BTreeMap<String, Bytes>, usize) {
    let store = open(as_shipped(&azurite.connection_string(), container)).await;
    assert_whole(store.as_ref()).await;
    // Who was killed before the first write has left no lake to prove.
    if holds_lake(store.as_ref()).await.unwrap() {
        let (_, report) = prove(azurite, container, &[]);
        assert!(report["severities"].get("damage").is_none(), "{report:#}");
    }
    let stored = promised(store.as_ref()).await;
    let bars = bars(&stored);
    (stored, bars)
}

fn prove(azurite: &Azurite, container: &str, flags: &[&str]) -> (Option<i32>, Value) {
    let mut command = verify_with(flags);
    proven(on(&mut command, &azurite.connection_string(), container))
}

fn bars(lake: &BTreeMap<String, Bytes>) -> usize {
    let files = lake.iter().filter(|(path, _)| path.ends_with(".parquet"));
    let count = |bytes: &Bytes| {
        let year = codec::decode(bytes).unwrap();
        let dates: Vec<_> = year.bars.iter().map(|bar| bar.date).collect();
        assert!(dates.is_sorted_by(|a, b| a < b), "a date stands twice");
        dates.len()
    };
    files.map(|(_, bytes)| count(bytes)).sum()
}

/// Every bar is there once, and the proof is clean as soon as the overview is brought up to date.
pub(super) async fn assert_complete(
    azurite: &Azurite,
    container: &str,
    expected: &BTreeMap<String, Bytes>,
) {
    assert_proven(&prove(azurite, container, &[]).1);
    let (code, report) = prove(azurite, container, &["--repair", "--offline"]);
    assert_eq!(
        (code, &report["findings"]),
        (Some(0), &Value::Array(Vec::new()))
    );
    let (stored, found) = stored(azurite, container).await;
    let differences = differences(&stored, expected);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert_eq!(found, bars(expected));
}

pub(super) fn ended_well(child: &mut Child) {
    let status = child.wait().unwrap();
    assert!(status.code().is_some_and(|code| code <= 1), "{status:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_on_one_container_lose_nothing() {
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let (lab, symbols, expected) = lab_of(12).await;
    let connection = azurite.connection_string();
    for (round, ends) in [
        vec!["2012-06-29", END],
        vec![END, END],
        vec!["2012-06-29", "2013-10-31", END],
        vec![END, END, END],
    ]
    .into_iter()
    .enumerate()
    {
        let container = format!("lake-{round}");
        let start = |end: &&str| {
            let mut command = backfill_of(&lab, &symbols, end);
            on(&mut command, &connection, &container).spawn().unwrap()
        };
        let mut processes: Vec<Child> = ends.iter().map(start).collect();
        processes.iter_mut().for_each(ended_well);
        assert_complete(&azurite, &container, &expected).await;
    }
    eprintln!(
        "10 processes in 4 rounds, {} bars each, none lost",
        bars(&expected)
    );
}

/// At each write of a run once before it arrives and once after it was carried out.
#[tokio::test(flavor = "multi_thread")]
async fn kill_9_between_any_two_writes_loses_nothing() {
    let Some((azurite, proxy, _)) = behind_a_proxy().await else {
        return;
    };
    let (lab, symbols, expected) = lab_of(3).await;
    let through = azurite
        .endpoint()
        .replace(azurite.address(), &proxy.address());
    let through = connection_string(&through);
    let (mut killed, mut complete_before) = (0, 0);
    for fault in [WireFault::Swallow, WireFault::Hang] {
        for write in 0.. {
            let container = format!("{fault:?}-{write}").to_lowercase();
            let spared = std::iter::repeat_n(WireFault::None, write);
            proxy.script(Only::Writes, spared.chain([fault]));
            let before = (proxy.spoilt(), proxy.hung());
            let mut command = backfill_of(&lab, &symbols, END);
            // One worker, so that writes come one after the other.
            // Without the page, whose writes the tests of `publish` kill a run at.
            let command = command
                .args(["--max-workers", "1"])
                .env("SITE_ENABLED", "false");
            let mut process = on(command, &through, &container).spawn().unwrap();
            let is_held = || match fault {
                WireFault::Hang => proxy.hung() > before.1,
                _ => proxy.spoilt() > before.0,
            };
            let ended = loop {
                if is_held() {
                    process.kill().unwrap();
                    process.wait().unwrap();
                    break false;
                }
                if process.try_wait().unwrap().is_some() {
                    break true;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            };
            if ended {
                // It has no more writes than that: everything was killed at.
                assert!(write > 15, "{write}");
                break;
            }
            killed += 1;
            proxy.script(Only::All, []);
            if write > 0 {
                let (left, _) = stored(&azurite, &container).await;
                complete_before += usize::from(differences(&left, &expected).is_empty());
            }
            let mut command = backfill_of(&lab, &symbols, END);
            let command = on(&mut command, &azurite.connection_string(), &container);
            ended_well(&mut command.spawn().unwrap());
            assert_complete(&azurite, &container, &expected).await;
        }
    }
    // The manifest, the tables with their index and versions, and the report come after the last record.
    assert!((2..=60).contains(&complete_before), "{complete_before}");
    eprintln!("{killed} kills, one at each write before and after it, no bar lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_at_any_moment_loses_nothing_in_blob_storage() {
    const ROUNDS: u64 = 40;
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let (lab, symbols, expected) = lab_of(12).await;
    let connection = azurite.connection_string();
    let mut killed = 0;
    for round in 0..ROUNDS {
        let mut command = backfill_of(&lab, &symbols, END);
        let mut process = on(&mut command, &connection, "lake").spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(20 + round * 17 % 401)).await;
        process.kill().unwrap();
        killed += usize::from(process.wait().unwrap().code().is_none());
        stored(&azurite, "lake").await;
    }
    assert!(
        killed >= 5,
        "the kills came too late to prove anything: {killed}"
    );
    let mut command = backfill_of(&lab, &symbols, END);
    ended_well(&mut on(&mut command, &connection, "lake").spawn().unwrap());
    assert_complete(&azurite, "lake", &expected).await;
    eprintln!("{killed} of {ROUNDS} runs were killed before their end, no bar lost");
}

/// Two processes at once, whose requests are dropped, delayed, reset, refused, and carried out
/// without an answer, until nothing is left to do.
#[tokio::test(flavor = "multi_thread")]
async fn processes_on_a_bad_wire_lose_nothing() {
    let Some((azurite, proxy, _)) = behind_a_proxy().await else {
        return;
    };
    let (lab, symbols, expected) = lab_of(6).await;
    let through = azurite
        .endpoint()
        .replace(azurite.address(), &proxy.address());
    let through = connection_string(&through);
    let kinds = [
        WireFault::Drop,
        WireFault::Delay(Duration::from_millis(30)),
        WireFault::Reset,
        WireFault::Status(500, None),
        WireFault::Status(503, Some(0)),
        WireFault::Status(503, Some(1)),
        WireFault::LoseAnswer,
        WireFault::LoseAnswer,
        WireFault::LieAbout(500),
        WireFault::CutBody,
    ];
    let mut runs = 0;
    for seed in 0..3_u64 {
        let container = format!("lake-{seed}");
        proxy.chance(seed, 0.15, 60, &kinds);
        let start = |end: &&str| {
            let mut command = backfill_of(&lab, &symbols, end);
            on(&mut command, &through, &container).spawn().unwrap()
        };
        let mut processes: Vec<Child> = ["2013-03-01", END].iter().map(start).collect();
        for process in &mut processes {
            // It may have ended with an error: a run does not go on for ever on such a wire.
            process.wait().unwrap();
            runs += 1;
        }
        stored(&azurite, &container).await;
        rest(&proxy, seed);
        let mut command = backfill_of(&lab, &symbols, END);
        ended_well(&mut on(&mut command, &through, &container).spawn().unwrap());
        runs += 1;
        assert_complete(&azurite, &container, &expected).await;
    }
    assert!(proxy.spoilt() > 50, "{}", proxy.spoilt());
    eprintln!(
        "{runs} runs, {} faults in {} requests, no bar lost",
        proxy.spoilt(),
        proxy.requests()
    );
}

/// Nothing is spoilt any more.
fn rest(proxy: &WireProxy, seed: u64) {
    proxy.chance(seed, 0.0, 0, &[]);
}
