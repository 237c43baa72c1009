//! Azurite, Azure's own emulator of Blob Storage, for as long as a test runs.
//!
//! It is installed with npm into the target directory, once for all tests; each test starts its
//! own on a free port, in memory, and ends it by its process id.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// The newest that runs on Node 20; it knows the protocol version that the store asks for. Read by
/// `cargo xtask ci` too, which installs it before the tests.
fn version() -> &'static str {
    include_str!("azurite.version").trim()
}

/// Set where the tests must run: a missing Node then fails them.
const REQUIRED: &str = "QUANTX_REQUIRE_AZURITE";
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// The account of the tests.
pub const ACCOUNT: &str = "quantxtest";
/// Its key: not the well-known one, so that a test cannot pass with that by accident.
pub const ACCOUNT_KEY: &str = "bm90IGEgc2VjcmV0OiB0aGUga2V5IG9mIHRoZSB0ZXN0cycgZW11bGF0b3I=";

/// A running emulator; dropping it ends it.
#[derive(Debug)]
pub struct Azurite {
    child: Child,
    address: String,
}

/// Paths of a certificate and its key, PEM.
#[derive(Debug, Clone)]
pub struct Certificate {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Azurite {
    /// Starts one over http, for keys and signatures; `None` where Node is missing, which is said.
    pub fn start() -> Option<Self> {
        Self::with(&[])
    }

    /// Starts one over https that also takes bearer tokens, of any signature.
    pub fn start_with_oauth(certificate: &Certificate) -> Option<Self> {
        let [cert, key] = [&certificate.certificate, &certificate.key]
            .map(|path| path.to_str().expect("a temporary path is text").to_owned());
        Self::with(&["--oauth", "basic", "--cert", &cert, "--key", &key])
    }

    fn with(options: &[&str]) -> Option<Self> {
        let Some(program) = installed() else {
            assert!(
                !is_required(),
                "{REQUIRED} is set, but node or npm is missing"
            );
            eprintln!("skipped: no node and npm");
            return None;
        };
        let mut child = Command::new("node")
            .arg(program)
            .args(["--blobHost", "127.0.0.1", "--blobPort", "0"])
            .args(["--inMemoryPersistence", "--disableTelemetry", "--silent"])
            .args(options)
            .env("AZURITE_ACCOUNTS", format!("{ACCOUNT}:{ACCOUNT_KEY}"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node starts");
        let address = address_of(&mut child);
        Some(Self { child, address })
    }

    /// Scheme, host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Where the account answers.
    pub fn endpoint(&self) -> String {
        format!("{}/{ACCOUNT}", self.address)
    }

    /// With the account's key.
    pub fn connection_string(&self) -> String {
        connection_string(&self.endpoint())
    }
}

/// With the account's key, for another way to it, as through a proxy.
pub fn connection_string(endpoint: &str) -> String {
    format!("AccountName={ACCOUNT};AccountKey={ACCOUNT_KEY};BlobEndpoint={endpoint}")
}

impl Drop for Azurite {
    fn drop(&mut self) {
        // It may have died before; there is nothing else to do about either failure.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Waits until it says where it listens.
fn address_of(child: &mut Child) -> String {
    const LISTENS: &str = "successfully listens on ";
    let output = child.stdout.take().expect("stdout is piped");
    let (started, listens) = mpsc::channel();
    // Reads to the end, or a full pipe would stop the emulator.
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some((_, address)) = line.split_once(LISTENS) {
                drop(started.send(address.trim().to_owned()));
            }
        }
    });
    listens.recv_timeout(START_TIMEOUT).unwrap_or_else(|error| {
        drop(child.kill());
        panic!("Azurite does not start: {error}")
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the variable is for the tests alone, not for the product"
)]
fn is_required() -> bool {
    std::env::var_os(REQUIRED).is_some_and(|value| !value.is_empty())
}

/// The emulator's program, installed if need be; `None` without Node.
fn installed() -> Option<PathBuf> {
    let folder = target_folder().join(format!("azurite-{}", version()));
    let program = folder.join("node_modules/azurite/dist/src/blob/main.js");
    runs("node").then_some(())?;
    fs::create_dir_all(&folder).expect("the target directory can be written");
    // Tests are processes of their own: the first installs, the others wait for it.
    let lock = File::create(folder.join("lock")).expect("the lock can be made");
    lock.lock().expect("the lock can be taken");
    let done = folder.join("installed");
    if !done.exists() {
        runs(NPM).then_some(())?;
        install(&folder);
        File::create(done).expect("the target directory can be written");
    }
    Some(program)
}

const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

fn install(folder: &Path) {
    let status = Command::new(NPM)
        .args([
            "install",
            "--no-audit",
            "--no-fund",
            "--no-save",
            "--prefix",
        ])
        .arg(folder)
        .arg(format!("azurite@{}", version()))
        .stdout(Stdio::null())
        .status()
        .expect("npm starts");
    assert!(status.success(), "npm cannot install azurite@{}", version());
}

fn runs(program: &str) -> bool {
    let version = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    version.is_ok_and(|status| status.success())
}

/// `target`, above `<profile>/deps/<this test>`.
fn target_folder() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let target = test
        .ancestors()
        .nth(3)
        .expect("tests lie in target/<profile>/deps");
    target.to_owned()
}
