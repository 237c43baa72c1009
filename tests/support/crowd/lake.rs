//! Where the lake of a crowd is, and what its store suffers.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use quantx::clock::SystemClock;
use quantx::settings::{AzureAccess, Durability, Secret};
use quantx::storage::blob::{BlobConfig, BlobLimits, BlobStore, MissingContainer};
use quantx::storage::{LakeStore, LocalStore};
use serde_json::Value;
use tokio::time::{Instant, sleep, sleep_until};

use super::figures::Figures;
use crate::azurite::{Azurite, connection_string};
use crate::wire_proxy::{WireFault, WireProxy};

/// Share of the requests to Blob Storage that meet a fault.
const SHARE: f64 = 0.02;
/// Lock files of a lake on disk, and how many of them somebody holds at a time.
const LOCKS: usize = 256;
const HELD: usize = 64;
const HELD_FOR: Duration = Duration::from_secs(1);
const CONTAINER: &str = "lake";

/// Where a lake is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A folder; another process holds a quarter of its locks for every other second.
    Disk,
    /// The emulator of Blob Storage, on a bad wire.
    Blob,
}

/// A lake, and the way of the handler to it.
#[derive(Debug)]
pub(super) struct Lake {
    home: Home,
    pub(super) store: Arc<dyn LakeStore>,
    settings: Vec<(String, String)>,
    /// Settings of a program that meets no faults.
    undisturbed: Vec<(String, String)>,
    folder: PathBuf,
    stalls: AtomicU64,
}

#[derive(Debug)]
enum Home {
    Disk { root: PathBuf },
    Blob { _azurite: Azurite, proxy: WireProxy },
}

impl Lake {
    pub(super) async fn open(place: Place, folder: &Path) -> Option<Self> {
        let folder = std::path::absolute(folder).expect("a folder");
        fs::create_dir_all(&folder).expect("the folder can be made");
        let (home, store, settings, undisturbed) = match place {
            Place::Disk => {
                let root = folder.join("lake");
                let path = root.to_str().expect("a path of text").to_owned();
                let settings = vec![("LOCAL_STORAGE_ROOT".to_owned(), path)];
                let store: Arc<dyn LakeStore> = Arc::new(
                    LocalStore::open(&root, Durability::Batch).expect("a lake in the folder"),
                );
                (Home::Disk { root }, store, settings.clone(), settings)
            }
            Place::Blob => {
                let azurite = Azurite::start()?;
                let proxy = WireProxy::start(azurite.address()).await;
                let kinds = [
                    WireFault::Status(503, Some(0)),
                    WireFault::Drop,
                    WireFault::Reset,
                    WireFault::LoseAnswer,
                    WireFault::CutBody,
                    WireFault::Delay(Duration::from_millis(200)),
                ];
                proxy.chance(7, SHARE, u64::MAX, &kinds);
                let through = azurite
                    .endpoint()
                    .replace(azurite.address(), &proxy.address());
                let direct = azurite.connection_string();
                let store = BlobStore::open(config(&direct), Arc::new(SystemClock)).await;
                let store: Arc<dyn LakeStore> = Arc::new(store.expect("a container"));
                let settings = blob_settings(&connection_string(&through));
                let home = Home::Blob {
                    _azurite: azurite,
                    proxy,
                };
                (home, store, settings, blob_settings(&direct))
            }
        };
        Some(Self {
            home,
            store,
            settings,
            undisturbed,
            folder,
            stalls: AtomicU64::new(0),
        })
    }

    /// How the app finds it.
    pub(super) fn settings(&self) -> Vec<(String, String)> {
        self.settings.clone()
    }

    /// Disturbs the store until `end`.
    pub(super) async fn suffer(&self, end: Instant) {
        let Home::Disk { root } = &self.home else {
            // The wire spoils what passes, whoever asks.
            return;
        };
        let locks = root.join(".quantx").join("locks");
        let mut random = fastrand::Rng::with_seed(3);
        while Instant::now() + 2 * HELD_FOR < end {
            let names = random.choose_multiple(0..LOCKS, HELD);
            let held: Vec<File> = names
                .into_iter()
                .filter_map(|n| {
                    let file = File::create(locks.join(format!("{n:02x}"))).ok()?;
                    file.try_lock().ok().map(|()| file)
                })
                .collect();
            self.stalls.fetch_add(held.len() as u64, Relaxed);
            sleep(HELD_FOR).await;
            drop(held);
            sleep_until(end.min(Instant::now() + HELD_FOR)).await;
        }
    }

    /// No fault from now on.
    pub(super) fn calm(&self) {
        if let Home::Blob { proxy, .. } = &self.home {
            proxy.chance(7, 0.0, 0, &[]);
        }
    }

    /// Faults that were met, or locks that were held.
    pub(super) fn faults(&self) -> u64 {
        match &self.home {
            Home::Disk { .. } => self.stalls.load(Relaxed),
            Home::Blob { proxy, .. } => proxy.spoilt(),
        }
    }

    /// `verify --deep`: nothing is found but what the killed left beside the lake, and after a repair
    /// offline nothing at all.
    pub(super) fn prove(&self, program: &Path, figures: &mut Figures) {
        let found = self.verify(program, &[]);
        figures.findings = found.len();
        for finding in found {
            // A killed writer's own file; its next writer or a repair takes it away.
            if finding["rule"] != "temporary_left" {
                figures.problem(format!("verify --deep: {finding}"));
            }
        }
        for finding in self.verify(program, &["--repair", "--offline"]) {
            figures.problem(format!("verify --deep --repair: {finding}"));
        }
    }

    fn verify(&self, program: &Path, flags: &[&str]) -> Vec<Value> {
        let mut command = Command::new(program);
        command
            .args(["verify", "-q", "--deep", "--json"])
            .args(flags)
            .env_clear()
            .envs(self.undisturbed.iter().cloned())
            .current_dir(&self.folder);
        if let Home::Disk { root } = &self.home {
            command.args(["--use-local", "--storage-root"]).arg(root);
        }
        let output = command.output().expect("the program starts");
        let report: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {output:?}"));
        report["findings"].as_array().cloned().unwrap_or_default()
    }
}

fn config(connection: &str) -> BlobConfig {
    BlobConfig {
        container: CONTAINER.to_owned(),
        access: AzureAccess::ConnectionString(Secret::new(connection.to_owned())),
        missing_container: MissingContainer::Create,
        limits: BlobLimits::default(),
        shape_of: quantx::lake::shape_of,
    }
}

fn blob_settings(connection: &str) -> Vec<(String, String)> {
    [
        ("AZURE_STORAGE_CONNECTION_STRING", connection),
        ("AZURE_CONTAINER_NAME", CONTAINER),
        ("USE_MANAGED_IDENTITY", "false"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}
