//! The lake in Blob Storage, against the emulator.

mod copying;
mod economy;
mod expiry;
mod faults;
mod mishaps;
mod processes;
mod program;
mod same;
mod secrets;
mod sign_in;
mod snapshots;
#[cfg(target_os = "linux")]
mod throughput;

use std::error::Error;
use std::num::{NonZeroU32, NonZeroU64};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use quantx::clock::SystemClock;
use quantx::lake::{LakeKey, TableShape};
use quantx::settings::{AzureAccess, Secret};
use quantx::storage::LakeStore;
use quantx::storage::blob::{BlobConfig, BlobLimits, BlobStore, MissingContainer};
use quantx_tests::azurite::{Azurite, connection_string};
use quantx_tests::conformance::storage::run_all;
use quantx_tests::wire_proxy::{Only, WireFault, WireProxy};

/// A lake in `container` that is created, with short waits.
fn config(connection_string: &str, container: &str) -> BlobConfig {
    BlobConfig {
        container: container.to_owned(),
        access: AzureAccess::ConnectionString(Secret::new(connection_string.to_owned())),
        missing_container: MissingContainer::Create,
        limits: BlobLimits {
            first_wait: Duration::from_millis(5),
            ..BlobLimits::default()
        },
        shape_of: |key, bytes| match key {
            LakeKey::Bars { .. } => Some(TableShape {
                rows: bytes.len() as u64,
                columns: 3,
            }),
            _ => None,
        },
    }
}

/// As the settings open it, but for short waits.
pub(crate) fn as_shipped(connection_string: &str, container: &str) -> BlobConfig {
    BlobConfig {
        shape_of: quantx::lake::shape_of,
        ..config(connection_string, container)
    }
}

pub(crate) async fn open(config: BlobConfig) -> Arc<BlobStore> {
    Arc::new(
        BlobStore::open(config, Arc::new(SystemClock))
            .await
            .unwrap(),
    )
}

/// The emulator, a proxy in front of it, and a lake behind the proxy.
async fn behind_a_proxy() -> Option<(Azurite, WireProxy, BlobConfig)> {
    let azurite = Azurite::start()?;
    let proxy = WireProxy::start(azurite.address()).await;
    let through = azurite
        .endpoint()
        .replace(azurite.address(), &proxy.address());
    let config = config(&connection_string(&through), "lake");
    Some((azurite, proxy, config))
}

fn bars(year: i16) -> LakeKey {
    let path = format!("data/exchange=us/ticker=AAPL/year={year}/data.parquet");
    LakeKey::parse(&path).unwrap()
}

/// An error and its causes, without the port and the number of the request.
fn error_chain(error: &dyn Error, address: &str) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    // The emulator numbers its requests at random.
    let text = text.split(" (request ").next().unwrap();
    text.replace(address, "http://azurite")
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_promise_with_an_account_key() {
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let n = AtomicU32::new(0);
    run_all(async || {
        let container = format!("lake-{}", n.fetch_add(1, Relaxed));
        open(config(&azurite.connection_string(), &container)).await as Arc<dyn LakeStore>
    })
    .await;
}

/// Objects in many blocks and ranges, as large ones are.
#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_promise_in_small_blocks() {
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let n = AtomicU32::new(0);
    run_all(async || {
        let container = format!("lake-{}", n.fetch_add(1, Relaxed));
        let mut config = config(&azurite.connection_string(), &container);
        config.limits.block_bytes = NonZeroU64::new(60_000).unwrap();
        config.limits.attempts = NonZeroU32::new(10).unwrap();
        open(config).await as Arc<dyn LakeStore>
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_promise_through_a_bad_wire() {
    let Some((_azurite, proxy, config)) = behind_a_proxy().await else {
        return;
    };
    let n = AtomicU32::new(0);
    run_all(async || {
        // Faults that say for sure that nothing was written: others may end in an I/O error, which
        // the suite takes for a broken promise.
        let n = n.fetch_add(1, Relaxed);
        proxy.script(Only::Reads, [WireFault::Drop, WireFault::CutBody]);
        let mut config = config.clone();
        config.container = format!("lake-{n}");
        config.limits.attempts = NonZeroU32::new(8).unwrap();
        let store = open(config).await;
        let kinds = [
            WireFault::Status(503, Some(0)),
            WireFault::Status(429, None),
            WireFault::Delay(Duration::from_millis(20)),
        ];
        proxy.chance(u64::from(n), 0.1, 200, &kinds);
        store as Arc<dyn LakeStore>
    })
    .await;
    assert!(proxy.spoilt() > 200, "{}", proxy.spoilt());
}
