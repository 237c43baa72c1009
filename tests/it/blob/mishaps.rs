//! What an operator reads when something is not set up as it should be.

use std::sync::Arc;

use azure_core::credentials::Secret as SdkSecret;
use jiff::{SignedDuration, Timestamp};
use quantx::clock::{Clock, FixedClock, SystemClock};
use quantx::settings::{AzureAccess, Secret};
use quantx::storage::blob::{BlobConfig, BlobStore, MissingContainer};
use quantx::storage::{LakeStore, Precondition};
use quantx_tests::azurite::{ACCOUNT, ACCOUNT_KEY, Azurite};

use super::{bars, config, error_chain, open};

async fn refusal(config: BlobConfig, azurite: &Azurite) -> String {
    let error = BlobStore::open(config, Arc::new(SystemClock))
        .await
        .unwrap_err();
    error_chain(&error, azurite.address())
}

/// An account signature, made here once more and not by the store.
pub(super) fn signed(permissions: &str, expires: Timestamp) -> String {
    let text =
        format!("{ACCOUNT}\n{permissions}\nb\nco\n\n{expires}\n\nhttps,http\n2022-11-02\n\n");
    let key = SdkSecret::from(ACCOUNT_KEY);
    let signature = azure_core::hmac::hmac_sha256(&text, &key).unwrap();
    let signature = signature
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    format!(
        "sv=2022-11-02&ss=b&srt=co&sp={permissions}&se={expires}&spr=https,http&sig={signature}"
    )
}

fn with_signature(azurite: &Azurite, signature: &str) -> BlobConfig {
    let text = format!(
        "BlobEndpoint={};SharedAccessSignature={signature}",
        azurite.endpoint()
    );
    config(&text, "lake")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_signs_in_until_it_expires() {
    let mut texts = Vec::new();
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let good = signed("rwdlc", "2036-01-01T00:00:00Z".parse().unwrap());
    let store = open(with_signature(&azurite, &good)).await;
    store
        .put(&bars(1), "x".into(), Precondition::Absent)
        .await
        .unwrap();

    let expired = signed("rwdlc", "2024-07-05T20:00:00Z".parse().unwrap());
    texts.push(refusal(with_signature(&azurite, &expired), &azurite).await);
    let read_only = signed("r", "2036-01-01T00:00:00Z".parse().unwrap());
    let store = open(with_signature(&azurite, &read_only)).await;
    assert!(store.get(&bars(1)).await.unwrap().is_some());
    let refused = store.put(&bars(2), "x".into(), Precondition::Absent).await;
    texts.push(error_chain(&refused.unwrap_err(), azurite.address()));
    let damaged = good.replace("&sig=", "&sig=AAAA");
    texts.push(refusal(with_signature(&azurite, &damaged), &azurite).await);
    insta::assert_snapshot!(texts.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_one_clear_error() {
    let mut texts = Vec::new();
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let wrong = azurite
        .connection_string()
        .replace(ACCOUNT_KEY, "aHVudGVyMg==");
    texts.push(refusal(config(&wrong, "lake"), &azurite).await);
    let unknown = azurite.connection_string().replace(ACCOUNT, "somebodyelse");
    texts.push(refusal(config(&unknown, "lake"), &azurite).await);
    let garbled = config("AccountName=quantx;AccountKey=hunter2!", "lake");
    texts.push(refusal(garbled, &azurite).await);
    insta::assert_snapshot!(texts.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_container_is_created_only_when_told_so() {
    let mut texts = Vec::new();
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let refuse = BlobConfig {
        missing_container: MissingContainer::Refuse,
        ..config(&azurite.connection_string(), "market-data")
    };
    texts.push(refusal(refuse.clone(), &azurite).await);
    open(config(&azurite.connection_string(), "market-data")).await;
    let store = open(refuse).await;
    // Created twice is created once, and what is there stays.
    store
        .put(&bars(1), "x".into(), Precondition::Absent)
        .await
        .unwrap();
    open(config(&azurite.connection_string(), "market-data")).await;
    assert!(store.get(&bars(1)).await.unwrap().is_some());
    insta::assert_snapshot!(texts.join("\n"));
}

/// A container that vanishes is no empty lake.
#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_is_removed_during_a_run_is_an_error() {
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let store = open(config(&azurite.connection_string(), "lake")).await;
    let all = signed("rwdlc", "2036-01-01T00:00:00Z".parse().unwrap());
    let address = format!("{}/lake?restype=container&{all}", azurite.endpoint());
    let request = reqwest::Client::new()
        .delete(address)
        .header("x-ms-version", "2025-11-05");
    assert!(request.send().await.unwrap().status().is_success());
    let get = store.get(&bars(1)).await.unwrap_err();
    let put = store
        .put(&bars(1), "x".into(), Precondition::Absent)
        .await
        .unwrap_err();
    let list = store
        .list(&quantx::lake::LakePrefix::All)
        .await
        .unwrap_err();
    for error in [get, put, list] {
        let text = error_chain(&error, azurite.address());
        assert!(
            text.contains("there is no container lake: create it"),
            "{text}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_is_named() {
    let mut texts = Vec::new();
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let shifted = async |by: SignedDuration| {
        let now = SystemClock.now() + by;
        let config = config(&azurite.connection_string(), "lake");
        let opened = BlobStore::open(config, Arc::new(FixedClock(now))).await;
        opened.map_err(|error| error_chain(&error, azurite.address()))
    };
    assert!(
        shifted(SignedDuration::from_mins(10)).await.is_ok(),
        "some skew is tolerated"
    );
    assert!(shifted(SignedDuration::from_mins(-60)).await.is_ok());
    // A minute more than half, so that the minutes told do not depend on the test's own time.
    let ahead = SignedDuration::from_secs(3 * 24 * 3600 + 30);
    texts.push(shifted(ahead).await.unwrap_err());
    let behind = SignedDuration::from_secs(-3 * 24 * 3600 - 30);
    texts.push(shifted(behind).await.unwrap_err());
    insta::assert_snapshot!(texts.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_string_never_stands_in_for_an_identity() {
    let mut texts = Vec::new();
    // No environment, no tools: an identity that cannot sign in ends the run; see `sign_in`.
    let text = "BlobEndpoint=http://quantx.example.com;AccountName=a;AccountKey=a2V5";
    let insecure = BlobStore::open(config(text, "lake"), Arc::new(SystemClock)).await;
    assert!(error_chain(&insecure.unwrap_err(), "-").contains("for emulators only"));
    let config = BlobConfig {
        access: AzureAccess::ConnectionString(Secret::new(String::new())),
        ..config("", "lake")
    };
    let empty = BlobStore::open(config, Arc::new(SystemClock)).await;
    texts.push(error_chain(&empty.unwrap_err(), "-"));
    insta::assert_snapshot!(texts.join("\n"));
}

/// The headers of a blob, asked for without the store.
pub(super) async fn head(azurite: &Azurite, path: &str) -> reqwest::header::HeaderMap {
    let all = signed("r", "2036-01-01T00:00:00Z".parse().unwrap());
    let address = format!("{}/lake/{path}?{all}", azurite.endpoint());
    let request = reqwest::Client::new()
        .head(address)
        .header("x-ms-version", "2025-11-05");
    let answer = request.send().await.unwrap();
    assert!(answer.status().is_success());
    answer.headers().clone()
}
