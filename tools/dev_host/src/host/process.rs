//! The handler process: started on a free port, watched, and started again when it dies.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::watch;

use super::journal::{Event, Journal, unpoisoned};

/// Between looks at the process.
const LOOK: Duration = Duration::from_millis(10);
/// The recorded pause between a death and the next start.
const PAUSE: Duration = Duration::from_millis(150);
/// Who does not listen by then is started again, as by the real host.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// Where the lines go that the handler prints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum HandlerOutput {
    /// Nowhere.
    #[default]
    Dropped,
    /// To the terminal, between our own.
    Shown,
    /// To the end of this file, whatever was there before.
    Kept(PathBuf),
}

impl HandlerOutput {
    fn open(&self) -> Stdio {
        match self {
            Self::Dropped => Stdio::null(),
            Self::Shown => Stdio::inherit(),
            Self::Kept(path) => {
                let file = OpenOptions::new().create(true).append(true).open(path);
                file.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
                    .into()
            }
        }
    }
}

/// Whether calls can be delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Starting,
    Listening(SocketAddr),
    /// It ended with 0, which the real host takes for good.
    Gone,
}

/// Everything about one handler; ends with this value.
#[derive(Debug)]
pub(super) struct Handler {
    program: PathBuf,
    root: PathBuf,
    environment: BTreeMap<String, String>,
    output: HandlerOutput,
    child: Mutex<Option<Child>>,
    state: watch::Sender<State>,
    journal: Arc<Journal>,
}

impl Handler {
    /// Nothing is started yet: see [`Handler::keep_running`].
    pub(super) fn new(
        program: PathBuf,
        root: PathBuf,
        environment: BTreeMap<String, String>,
        output: HandlerOutput,
        journal: Arc<Journal>,
    ) -> Self {
        Self {
            program,
            root,
            environment,
            output,
            child: Mutex::new(None),
            state: watch::Sender::new(State::Starting),
            journal,
        }
    }

    pub(super) fn journal(&self) -> Arc<Journal> {
        Arc::clone(&self.journal)
    }

    /// Starts the process and starts it again whenever it dies. Unlike the real host it never gives up:
    /// here somebody is at work on the handler.
    pub(super) async fn keep_running(&self) {
        loop {
            self.live().await;
            let Some(status) = self.ended() else { continue };
            self.journal.record(Event::HandlerEnded {
                status: status.to_string(),
            });
            if status.code() == Some(0) {
                self.state.send_replace(State::Gone);
                return;
            }
            self.state.send_replace(State::Starting);
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// One life, from the start to the death.
    async fn live(&self) {
        let port = free_port().unwrap_or_else(|error| panic!("no free port: {error}"));
        let spawned = self.command(port).spawn();
        let child = spawned.unwrap_or_else(|error| panic!("{}: {error}", self.program.display()));
        self.journal
            .record(Event::HandlerStarted { pid: child.id() });
        *unpoisoned(&self.child) = Some(child);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listens = async {
            while TcpStream::connect(address).await.is_err() && !self.is_dead() {
                tokio::time::sleep(LOOK).await;
            }
        };
        if tokio::time::timeout(START_TIMEOUT, listens).await.is_err() {
            self.kill();
        } else if super::post::get(address).await.is_ok() {
            // Any answer means ready, also a bad one.
            self.state.send_replace(State::Listening(address));
            self.journal.record(Event::HandlerListens { port });
        }
        while !self.is_dead() {
            tokio::time::sleep(LOOK).await;
        }
    }

    fn command(&self, port: u16) -> Command {
        let mut command = Command::new(&self.program);
        let id = format!("{:032x}", fastrand::u128(..));
        command
            .env_clear()
            .envs(&self.environment)
            .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())
            .env("FUNCTIONS_CUSTOMHANDLER_WORKER_ID", &id)
            .env("FUNCTIONS_HTTPWORKER_PORT", port.to_string())
            .env("FUNCTIONS_HTTPWORKER_ID", &id)
            .env("FUNCTIONS_APP_ROOT_PATH", &self.root)
            .current_dir(&self.root)
            .stdin(Stdio::null())
            .stdout(self.output.open());
        // A Ctrl-C at the terminal is for the host, which then ends the handler.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command
    }

    fn is_dead(&self) -> bool {
        let mut child = unpoisoned(&self.child);
        let looked = child.as_mut().map(Child::try_wait);
        !matches!(looked, Some(Ok(None)))
    }

    fn ended(&self) -> Option<ExitStatus> {
        let child = unpoisoned(&self.child).take();
        child.and_then(|mut child| child.wait().ok())
    }

    /// kill -9.
    pub(super) fn kill(&self) {
        if let Some(child) = unpoisoned(&self.child).as_mut() {
            self.state.send_replace(State::Starting);
            // It may be dead already.
            let _ = child.kill();
        }
    }

    /// Where calls go; waits while the process starts.
    pub(super) async fn address(&self) -> Result<SocketAddr, String> {
        let mut state = self.state.subscribe();
        let ready = state.wait_for(|it| *it != State::Starting);
        let ready = tokio::time::timeout(START_TIMEOUT, ready).await;
        match ready.map(|state| state.map(|it| *it)) {
            Ok(Ok(State::Listening(address))) => Ok(address),
            Ok(_) => Err("the handler ended with 0 and is not started again".to_owned()),
            Err(_) => Err("the handler does not listen".to_owned()),
        }
    }
}

impl Handler {
    /// Ends it for good.
    pub(super) fn end(&self) {
        self.kill();
        self.ended();
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        self.end();
    }
}

/// Free a moment ago.
fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}
