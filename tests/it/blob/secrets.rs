//! No key and no signature is ever shown: not by Debug, not by errors, not in any log.

use std::io::Write;
use std::sync::{Arc, Mutex};

use quantx::clock::SystemClock;
use quantx::lake::LakePrefix;
use quantx::settings::{AzureAccess, Secret};
use quantx::storage::blob::BlobStore;
use quantx::storage::{LakeStore, Precondition};
use quantx_tests::azurite::{ACCOUNT_KEY, Azurite};
use quantx_tests::wire_proxy::{Only, WireFault};
use tracing::subscriber;

use super::{bars, behind_a_proxy, config, open};

#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[track_caller]
fn assert_clean(text: &str) {
    for secret in ["hunter2", "aHVudGVyMg", &ACCOUNT_KEY[..16]] {
        assert!(!text.contains(secret), "{secret} is in: {text}");
    }
    for after in text.split("sig=").skip(1) {
        assert!(after.starts_with("REDACTED"), "a signature is in: {text}");
    }
}

#[test]
fn nothing_shows_a_secret_at_any_level_of_the_log() {
    let Some(log) = logged() else {
        return;
    };
    let signs_in = log.lines().filter(|line| line.contains("signed in with"));
    assert_eq!(signs_in.count(), 3, "one line per store says who signs in");
    assert!(log.contains("with the account key of the connection string"));
    assert!(
        log.lines().count() > 100,
        "the SDK and the client log at this level"
    );
    assert_clean(&log);
}

/// All that is logged while everything goes well and wrong.
fn logged() -> Option<String> {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // One thread, so that its subscriber hears everything.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let ran = subscriber::with_default(subscriber, || runtime.block_on(work()));
    ran?;
    let bytes = log.0.lock().unwrap().clone();
    Some(String::from_utf8(bytes).unwrap())
}

async fn work() -> Option<()> {
    let (azurite, proxy, config_of_one) = behind_a_proxy().await?;
    let store = open(config_of_one.clone()).await;
    let debug = format!("{store:?} {config_of_one:?} {:?}", store.sign_in());
    assert_clean(&debug);
    let key = bars(2024);
    proxy.script(Only::All, [WireFault::LoseAnswer, WireFault::Reset]);
    let etag = store
        .put(&key, "x".into(), Precondition::Absent)
        .await
        .unwrap();
    store.get(&key).await.unwrap();
    store.list(&LakePrefix::All).await.unwrap();
    for fault in [
        WireFault::Drop,
        WireFault::Reset,
        WireFault::CutBody,
        WireFault::Status(500, None),
    ] {
        proxy.script(Only::All, [fault; 4]);
        if let Err(error) = store.list(&LakePrefix::All).await {
            assert_clean(&format!("{error} {error:?} {error:#?}"));
        }
    }
    proxy.script(Only::All, []);
    store.delete(&key, etag).await.unwrap();

    let wrong = azurite
        .connection_string()
        .replace(ACCOUNT_KEY, "aHVudGVyMg==");
    let given = format!(
        "BlobEndpoint={};SharedAccessSignature=?sv=1&sig=hunter2",
        azurite.endpoint()
    );
    for text in [wrong, given] {
        let mut config = config(&text, "lake");
        config.access = AzureAccess::ConnectionString(Secret::new(text));
        assert_clean(&format!("{config:?}"));
        let error = BlobStore::open(config, Arc::new(SystemClock))
            .await
            .unwrap_err();
        assert_clean(&format!("{error} {error:?}"));
    }
    Some(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_says_in_its_metadata_what_it_is() {
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let store = open(config(&azurite.connection_string(), "lake")).await;
    let first = store
        .put(&bars(2024), "abc".into(), Precondition::Absent)
        .await
        .unwrap();
    let precondition = Precondition::Matches(first.clone());
    store
        .put(&bars(2024), "abcd".into(), precondition)
        .await
        .unwrap();
    let headers = super::mishaps::head(
        &azurite,
        "data/exchange=us/ticker=AAPL/year=2024/data.parquet",
    )
    .await;
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/vnd.apache.parquet");
    assert_eq!(header("x-ms-meta-rows"), "4");
    assert_eq!(header("x-ms-meta-columns"), "3");
    assert_eq!(
        header("x-ms-meta-sha256"),
        "88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589"
    );
    assert_eq!(
        format!("\"{}\"", header("x-ms-meta-replaces")),
        first.as_str()
    );
    assert_eq!(header("x-ms-meta-write").len(), 36);
}
