//! `cargo xtask func-start`: the staged app on Microsoft's own host, `func`, with Azurite beside it.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::ci::target_directory;
use crate::{package, shell};

const SETTINGS: &str = "local.settings.json";
/// Where `UseDevelopmentStorage=true` looks for blobs.
const BLOBS: &str = "127.0.0.1:10000";

/// Builds, stages and runs `func start` until it ends.
pub(crate) fn run(root: &Path) -> Result<()> {
    if !shell::starts("func") {
        bail!(
            "`func` is not on PATH: install the Azure Functions Core Tools (npm i -g azure-functions-core-tools@4), \
             or run the app without them: cargo xtask dev-host"
        );
    }
    let app = package::staged(root)?;
    fs::copy(root.join(SETTINGS), app.join(SETTINGS))
        .context("cannot stage local.settings.json")?;
    let target = target_directory()?;
    let _azurite = Azurite::start(root, &target)?;
    let lake = target.join("func-start");
    fs::create_dir_all(&lake)?;
    // Staging empties the script root, so the lake must not be in it. The environment goes before the file.
    let variables = [("LOCAL_STORAGE_ROOT", lake.into_os_string())];
    shell::run(&app, &["func", "start"], &variables)
}

/// A storage emulator that we started; ends with this value.
struct Azurite(Child);

impl Azurite {
    /// `None` when one is there already, or none is installed, which is said.
    fn start(root: &Path, target: &Path) -> Result<Option<Self>> {
        if TcpStream::connect(BLOBS).is_ok() {
            shell::say(&format!("a storage emulator answers on {BLOBS}"));
            return Ok(None);
        }
        let version = fs::read_to_string(root.join("tests/support/azurite.version"))?;
        let folder = target.join(format!("azurite-{}", version.trim()));
        let program = folder.join("node_modules/azurite/dist/src/azurite.js");
        if !program.is_file() {
            shell::say(
                "no Azurite: `cargo xtask ci` installs it, or run one yourself; func waits for its storage",
            );
            return Ok(None);
        }
        let memory = target.join("func-start-azurite");
        fs::create_dir_all(&memory)?;
        let child = Command::new("node")
            .arg(program)
            .args([
                "--silent",
                "--skipApiVersionCheck",
                "--disableTelemetry",
                "--location",
            ])
            .arg(&memory)
            .stdin(Stdio::null())
            .spawn()
            .context("cannot start Azurite")?;
        shell::say("Azurite started");
        Ok(Some(Self(child)))
    }
}

impl Drop for Azurite {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
