//! The real program, killed and doubled: processes on one root lose nothing.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::civil::date;
use quantx::lake::codec;
use quantx::lake::{LakeKey, LakePrefix};
use quantx::operations::holds_lake;
use quantx::storage::{LakeStore, LocalStore, MemoryStore};
use quantx_tests::lab::Lab;
use quantx_tests::lakes::{differences, promised};
use serde_json::Value;

use crate::cli::binary;

const NOW: &str = "2015-01-05T04:00:00Z";
const START: &str = "2011-01-03";
pub(crate) const END: &str = "2014-12-31";

/// Twelve listings: among them every kind of split, a late one and a suspended one.
async fn lab() -> (Lab, Vec<String>, BTreeMap<String, Bytes>) {
    lab_of(12).await
}

/// A vendor, its first `n` listings, and what a lake promises after one backfill of them.
pub(crate) async fn lab_of(n: usize) -> (Lab, Vec<String>, BTreeMap<String, Bytes>) {
    let lab = Lab::new("synthetic:20", "", 11, date(2011, 1, 3)).await;
    lab.at(NOW.parse().unwrap());
    let symbols: Vec<String> = lab.server.market().symbols().into_iter().take(n).collect();
    let alone: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
    lab.backfill(&alone, &symbols, date(2011, 1, 3), date(2014, 12, 31))
        .await
        .unwrap();
    let expected = promised(&alone).await;
    assert!(expected.len() > 2 * n, "{}", expected.len());
    (lab, symbols, expected)
}

/// A backfill by the program, of a lake that is still to be named.
pub(crate) fn backfill_of(lab: &Lab, symbols: &[String], end: &str) -> Command {
    let mut command = Command::new(binary());
    command
        .args([
            "backfill", "-q", "--as-of", NOW, "--start", START, "--end", end,
        ])
        .args([
            "--symbols",
            &symbols.join(","),
            "--requests-per-second",
            "0",
        ])
        .args(["--yahoo-base-url", &lab.server.base_url()])
        .stdout(Stdio::null());
    command
}

fn backfill(lab: &Lab, symbols: &[String], root: &Path, end: &str) -> Child {
    backfill_of(lab, symbols, end)
        .args(["--use-local", "--storage-root"])
        .arg(root)
        .current_dir(root.parent().unwrap())
        .spawn()
        .unwrap()
}

/// Every object that has a name is whole, whoever was killed while writing it.
pub(crate) async fn assert_whole(store: &dyn LakeStore) -> usize {
    let entries = store.list(&LakePrefix::All).await.unwrap();
    for entry in &entries {
        let bytes = store.get(&entry.key).await.unwrap().unwrap().bytes;
        match &entry.key {
            LakeKey::Bars { .. } => {
                codec::decode(&bytes).unwrap_or_else(|error| panic!("{}: {error}", entry.key));
            }
            LakeKey::Commit { .. }
            | LakeKey::Report { .. }
            | LakeKey::Quarantine { .. }
            | LakeKey::Decisions { .. } => {
                serde_json::from_slice::<serde_json::Value>(&bytes).unwrap();
            }
            _ => {}
        }
    }
    entries.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_at_any_moment_loses_nothing() {
    let (lab, symbols, expected) = lab().await;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("lake");
    let mut killed = 0;
    for round in 0..40_u64 {
        let mut process = backfill(&lab, &symbols, &root, END);
        // Spread over the life of a run, in steps that share no factor with anything in it.
        tokio::time::sleep(Duration::from_millis(3 + round * 7 % 173)).await;
        process.kill().unwrap();
        killed += usize::from(process.wait().unwrap().code().is_none());
        if root.is_dir() {
            let store = LocalStore::open_read_only(&root).unwrap();
            assert_whole(&store).await;
            // Who was killed before the first write has left no lake to prove.
            if holds_lake(&store).await.unwrap() {
                let (_, report) = verify(&root, &[]);
                assert!(report["severities"].get("damage").is_none(), "{report:#}");
            }
        }
    }
    eprintln!("{killed} of 40 runs were killed before their end");
    assert!(
        killed >= 5,
        "the kills came too late to prove anything: {killed}"
    );
    let status = backfill(&lab, &symbols, &root, END).wait().unwrap();
    assert!(status.code().is_some_and(|code| code <= 1), "{status:?}");
    let store = LocalStore::open_read_only(&root).unwrap();
    let differences = differences(&promised(&store).await, &expected);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    // What may be left are announcements that nobody looked at again, and files
    // of the killed that nobody wrote again.
    let (_, report) = verify(&root, &[]);
    assert_proven(&report);
    let (code, report) = verify(&root, &["--repair", "--offline"]);
    assert_eq!(
        (code, &report["findings"]),
        (Some(0), &Value::Array(Vec::new()))
    );
}

/// Exit code and report of a deep proof.
fn verify(root: &Path, flags: &[&str]) -> (Option<i32>, Value) {
    let mut command = verify_with(flags);
    command.args(["--use-local", "--storage-root"]).arg(root);
    proven(command.current_dir(root.parent().unwrap()))
}

/// A deep proof by the program, of a lake that is still to be named.
pub(crate) fn verify_with(flags: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command
        .args(["verify", "-q", "--deep", "--json"])
        .args(flags);
    command
}

/// Exit code and report of [`verify_with`].
pub(crate) fn proven(command: &mut Command) -> (Option<i32>, Value) {
    let output = command.output().unwrap();
    let report = serde_json::from_slice(&output.stdout);
    let report = report.unwrap_or_else(|error| panic!("{error}: {output:?}"));
    (output.status.code(), report)
}

/// Fails on what is wrong in a lake on which a run ended: only announcements and unfinished files of
/// killed writers may be left.
pub(crate) fn assert_proven(report: &Value) {
    for finding in report["findings"].as_array().unwrap() {
        let rule = finding["rule"].as_str().unwrap();
        assert!(
            ["rewrite_unfinished", "temporary_left"].contains(&rule),
            "{finding:#}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_processes_on_one_root_lose_nothing() {
    let (lab, symbols, expected) = lab().await;
    for round in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("lake");
        let ends = ["2012-06-29", "2013-10-31", END];
        let processes: Vec<Child> = ends
            .iter()
            .map(|end| backfill(&lab, &symbols, &root, end))
            .collect();
        for mut process in processes {
            let status = process.wait().unwrap();
            // Whoever wrote it: every session is there, and no run is red.
            assert_eq!(status.code(), Some(0), "round {round}");
        }
        let store = LocalStore::open_read_only(&root).unwrap();
        let differences = differences(&promised(&store).await, &expected);
        assert!(
            differences.is_empty(),
            "round {round}: {}",
            differences.join("\n")
        );
    }
}
