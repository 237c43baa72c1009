//! The program and its settings: which lake, who signs in, and what is told when that fails.

use std::process::{Command, Output};

use quantx_tests::azurite::{ACCOUNT_KEY, Azurite};

use crate::cli::binary;

fn quantx(words: &[&str], variables: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(binary());
    command.args(words).env_clear().envs(variables.iter().copied());
    let output = command.current_dir(folder.path()).output().unwrap();
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 0, "{words:?} wrote to the disk");
    let text = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(!text.contains(&ACCOUNT_KEY[..16]) && !text.contains("sig="), "{text}");
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn refused(words: &[&str], variables: &[(&str, &str)]) -> String {
    let output = quantx(words, variables);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    text(&output.stderr)
}

const BACKFILL: [&str; 9] = [
    "backfill", "--phase", "sample", "--provider", "sample", "--start", "2012-01-03", "--end", "2013-03-01",
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
    for words in [&BACKFILL[..], &["show-manifest"], &["update-daily", "--symbols", "AAPL"]] {
        let told = refused(words, &plain);
        assert!(told.contains("cannot open the lake") && told.contains(missing), "{told}");
    }
    // A dry run creates nothing, whatever the settings say.
    let dry: Vec<&str> = BACKFILL.iter().copied().chain(["--dry-run"]).collect();
    assert!(refused(&dry, &creating).contains(missing));

    let first = quantx(&BACKFILL, &creating);
    assert_eq!(first.status.code(), Some(0), "{first:?}");
    let told = text(&first.stderr);
    let signs_in = "signed in with the account key of the connection string";
    assert_eq!(told.matches(signs_in).count(), 1, "{told}");
    let shown = quantx(&["show-manifest", "--json"], &plain);
    let manifest: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(manifest.as_array().unwrap().len(), 5, "{manifest}");
    let update = ["update-daily", "--phase", "sample", "--provider", "sample", "--as-of", "2013-03-08"];
    assert_eq!(quantx(&update, &plain).status.code(), Some(0));
    let local = quantx(&["show-manifest", "--use-local"], &plain);
    assert!(text(&local.stderr).contains("no listing in the manifest of ./data"), "{local:?}");
}

#[test]
fn a_wrong_sign_in_is_told_and_nothing_takes_its_place() {
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let connection = azurite.connection_string();
    let wrong = connection.replace(ACCOUNT_KEY, "aHVudGVyMg==");
    let told = refused(&["show-manifest"], &[("AZURE_STORAGE_CONNECTION_STRING", &wrong)]);
    assert!(told.contains("the account key of the connection string") && !told.contains("aHVudGVyMg"), "{told}");

    let both = [
        ("AZURE_STORAGE_CONNECTION_STRING", connection.as_str()),
        ("USE_MANAGED_IDENTITY", "true"),
    ];
    let told = refused(&["show-manifest"], &both);
    assert!(told.contains("storage.azure.use_managed_identity: read \"true\"; allowed: false"), "{told}");

    // No tools on the path: nobody is signed in.
    let told = refused(&["show-manifest"], &[("AZURE_STORAGE_ACCOUNT", "quantxtest")]);
    assert!(told.contains("the developer's own sign-in (az or azd)") && told.contains("az login"), "{told}");
}
