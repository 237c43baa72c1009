//! The program and its settings: which lake, who signs in, and what is told when that fails.

use std::path::Path;
use std::process::{Command, Output};

use quantx_tests::azurite::{ACCOUNT_KEY, Azurite};

use crate::cli::binary;

fn quantx(words: &[&str], variables: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let output = quantx_in(folder.path(), words, variables);
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 0, "{words:?} wrote to the disk");
    output
}

/// The program, in a folder; it never shows the key.
pub(super) fn quantx_in(folder: &Path, words: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(binary());
    command
        .args(words)
        .env_clear()
        .envs(variables.iter().copied());
    let output = command.current_dir(folder).output().unwrap();
    let text = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(
        !text.contains(&ACCOUNT_KEY[..16]) && !text.contains("sig="),
        "{text}"
    );
    output
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn refused(words: &[&str], variables: &[(&str, &str)]) -> String {
    let output = quantx(words, variables);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    text(&output.stderr)
}

pub(super) const BACKFILL: [&str; 11] = [
    "backfill",
    "--phase",
    "sample",
    "--provider",
    "sample",
    "--as-of",
    "2012-06-02",
    "--start",
    "2011-01-03",
    "--end",
    "2012-06-01",
];

#[test]
fn the_connection_string_alone_leads_every_command_to_the_container() {
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let connection = azurite.connection_string();
    let plain = [("AZURE_STORAGE_CONNECTION_STRING", connection.as_str())];
    let creating = [plain[0], ("AZURE_CREATE_CONTAINER", "true")];
    let missing = "there is no container market-data: create it, or set storage.azure.create_container to true";
    for words in [
        &BACKFILL[..],
        &["show-manifest"],
        &["update-daily", "--symbols", "AAPL"],
    ] {
        let message = refused(words, &plain);
        assert!(
            message.contains("cannot open the lake") && message.contains(missing),
            "{message}"
        );
    }
    // A dry run creates nothing, whatever the settings say.
    let dry: Vec<&str> = BACKFILL.iter().copied().chain(["--dry-run"]).collect();
    assert!(refused(&dry, &creating).contains(missing));

    let first = quantx(&BACKFILL, &creating);
    assert_eq!(first.status.code(), Some(0), "{first:?}");
    let message = text(&first.stderr);
    let signs_in = "signed in with the account key of the connection string";
    assert_eq!(message.matches(signs_in).count(), 1, "{message}");
    let summary = text(&first.stdout);
    for message in [
        "requests",
        "cost, estimated",
        "list prices of 2026-04-30, westus2",
    ] {
        assert!(summary.contains(message), "{summary}");
    }
    let shown = quantx(&["show-manifest", "--json"], &plain);
    let manifest: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(manifest.as_array().unwrap().len(), 5, "{manifest}");
    let update = [
        "update-daily",
        "--phase",
        "sample",
        "--provider",
        "sample",
        "--as-of",
        "2012-06-08",
    ];
    let plan = [
        "plan",
        "--phase",
        "sample",
        "--provider",
        "sample",
        "--as-of",
        "2012-06-08",
        "--json",
    ];
    let plan: serde_json::Value = serde_json::from_slice(&quantx(&plan, &plain).stdout).unwrap();
    let json: Vec<&str> = update.iter().copied().chain(["--json"]).collect();
    let updated = quantx(&json, &plain);
    assert_eq!(updated.status.code(), Some(0));
    let report: serde_json::Value = serde_json::from_slice(&updated.stdout).unwrap();
    // As planned: the run's own report and the four files of the status page come after its own count, and
    // looking for the container comes before it.
    const PAGE_FILES: u64 = 4;
    let (planned, billed) = (&plan["operations"], &report["store"]["billed"]);
    let of = |counts: &serde_json::Value, what: &str| counts[what].as_u64().unwrap();
    assert_eq!(
        of(planned, "reads"),
        of(billed, "reads") + PAGE_FILES,
        "{plan} {report}"
    );
    assert_eq!(of(planned, "writes"), of(billed, "writes") + 1 + PAGE_FILES);
    let price = |estimate: &serde_json::Value| {
        let reads = &estimate["cost"]["lines"][1];
        reads["gross"].as_f64().unwrap() / reads["amount"].as_f64().unwrap()
    };
    assert!(
        (price(&plan) / price(&report) - 1.0).abs() < 1e-9,
        "reads are priced alike"
    );
    let local = quantx(&["show-manifest", "--use-local"], &plain);
    assert!(
        text(&local.stderr).contains("there is no lake in ./data"),
        "{local:?}"
    );
}

#[test]
fn a_wrong_sign_in_is_told_and_nothing_takes_its_place() {
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let connection = azurite.connection_string();
    let wrong = connection.replace(ACCOUNT_KEY, "aHVudGVyMg==");
    let message = refused(
        &["show-manifest"],
        &[("AZURE_STORAGE_CONNECTION_STRING", &wrong)],
    );
    assert!(
        message.contains("the account key of the connection string")
            && !message.contains("aHVudGVyMg"),
        "{message}"
    );

    let both = [
        ("AZURE_STORAGE_CONNECTION_STRING", connection.as_str()),
        ("USE_MANAGED_IDENTITY", "true"),
    ];
    let message = refused(&["show-manifest"], &both);
    assert!(
        message.contains("storage.azure.use_managed_identity: read \"true\"; allowed: false"),
        "{message}"
    );

    // No tools on the path: nobody is signed in.
    let message = refused(
        &["show-manifest"],
        &[("AZURE_STORAGE_ACCOUNT", "quantxtest")],
    );
    assert!(
        message.contains("the developer's own sign-in (az or azd)") && message.contains("az login"),
        "{message}"
    );
}
