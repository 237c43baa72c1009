//! A development host: runs the staged Functions app on this machine, without Azure and without `func`.
//!
//! It starts the app's `handler` process and speaks to it as the real host was recorded to do: timers on
//! their schedule or fired by name, HTTP routes with keys, durable orchestrations with their history in
//! memory, and the management API. It is a development tool: nothing survives its end but what a test
//! carries over, one machine runs everything, and the keys guard nothing.
//!
//! What it cannot do it refuses, at the start or as a failed instance: sub-orchestrations,
//! continue-as-new, events between instances, entities, other triggers, routes with parameters. It does
//! not rewrite dates inside outputs, which the real host does; `functions/host/reply.rs` sends texts for that.
//!
//! In reading order: `app` is what is staged, `process` the handler, `post`, `envelope` and `call` how it is
//! called, `instance`, `hub` and `activity` the durable loop, `http`, `triggers` and `management` what callers see.

mod activity;
mod app;
mod call;
mod cron;
mod envelope;
mod http;
mod hub;
mod instance;
mod journal;
mod keys;
mod management;
mod post;
mod process;
mod triggers;

pub use app::local_settings;
pub use call::{Call, Delivery, Interceptor};
pub use instance::{Instance, RuntimeStatus, Turn};
pub use journal::{Echo, Event, say};
pub use keys::Keys;
pub use post::{Answer, HOST_VERSION, post};
pub use process::HandlerOutput;

use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use app::{App, Trigger};
use hub::Hub;
use journal::{Journal, unpoisoned};
use process::Handler;

/// Why the host cannot run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostError(String);

impl HostError {
    fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    fn at(path: &Path, problem: &dyn fmt::Display) -> Self {
        Self(format!("{}: {problem}", path.display()))
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for HostError {}

/// How long durable timers and pauses between retries last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pace {
    /// As long as they say.
    #[default]
    Real,
    /// At most this long; the clock of the orchestrations then skips the rest.
    Hurried(Duration),
}

impl Pace {
    fn cut(self, wait: Duration) -> Duration {
        match self {
            Self::Real => wait,
            Self::Hurried(longest) => wait.min(longest),
        }
    }
}

/// How a host is started.
#[derive(Default)]
pub struct Options {
    /// The script root: host.json and one folder per function.
    pub root: PathBuf,
    /// The handler, if it is not the one that host.json names.
    pub handler: Option<PathBuf>,
    /// The port to listen on; 0 takes a free one.
    pub port: u16,
    /// App settings and everything else of the handler's environment.
    pub settings: BTreeMap<String, String>,
    /// How long waits last.
    pub pace: Pace,
    /// What time it is for orchestrations when the host starts; the machine's time if nothing is said.
    pub began: Option<Timestamp>,
    /// Who reads along.
    pub echo: Echo,
    /// Where the handler's own lines go.
    pub output: HandlerOutput,
    /// Decides which calls are delivered, for tests.
    pub interceptor: Option<Interceptor>,
    /// What another host has left.
    pub saved: Vec<Instance>,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Settings may hold keys.
        f.debug_struct("Options")
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

/// A running host; dropping it ends the handler too.
pub struct DevHost {
    shared: Arc<Shared>,
}

impl fmt::Debug for DevHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DevHost")
            .field("port", &self.shared.port)
            .finish_non_exhaustive()
    }
}

/// What the tasks of a host have in common.
struct Shared {
    app: App,
    keys: Keys,
    port: u16,
    pace: Pace,
    clock: HubClock,
    interceptor: Option<Interceptor>,
    handler: Handler,
    journal: Arc<Journal>,
    hub: Hub,
    turn_permits: Semaphore,
    activity_permits: Semaphore,
    /// Everything that goes on in the background.
    tasks: Mutex<JoinSet<()>>,
}

impl Shared {
    fn new(
        app: App,
        handler: Handler,
        port: u16,
        pace: Pace,
        interceptor: Option<Interceptor>,
    ) -> Arc<Self> {
        Arc::new(Self {
            turn_permits: Semaphore::new(app.turns_at_once),
            activity_permits: Semaphore::new(app.activities_at_once),
            app,
            keys: Keys::random(),
            port,
            pace,
            clock: HubClock::default(),
            interceptor,
            journal: handler.journal(),
            handler,
            hub: Hub::default(),
            tasks: Mutex::default(),
        })
    }

    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = unpoisoned(&self.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(work);
    }
}

impl DevHost {
    /// Starts the app and listens on 127.0.0.1.
    ///
    /// # Errors
    /// [`HostError`] when the app cannot be read, asks for what this host cannot do, or the port is taken.
    pub async fn start(options: Options) -> Result<Self, HostError> {
        let root = std::path::absolute(&options.root)
            .map_err(|error| HostError::at(&options.root, &error))?;
        let app = App::read(&root, &options.settings)?;
        let program = options
            .handler
            .unwrap_or_else(|| root.join(&app.executable));
        if !program.is_file() {
            return Err(HostError::at(&program, &"there is no handler"));
        }
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let listener = TcpListener::bind(address).await;
        let listener =
            listener.map_err(|error| HostError(format!("cannot listen on {address}: {error}")))?;
        let port = listener
            .local_addr()
            .map_err(|error| HostError(error.to_string()))?
            .port();
        let journal = Arc::new(Journal::new(options.echo));
        let settings = options.settings;
        let handler = Handler::new(program, root, settings, options.output, journal);
        let shared = Shared::new(app, handler, port, options.pace, options.interceptor);
        if let Some(began) = options.began {
            shared.clock.set(began);
        }
        let host = Arc::clone(&shared);
        shared.spawn(async move { host.handler.keep_running().await });
        shared.spawn(http::serve(listener, Arc::clone(&shared)));
        for function in shared.app.functions.values() {
            if matches!(function.trigger, Trigger::Timer { .. }) {
                shared.spawn(Arc::clone(&shared).keep_time(function.clone()));
            }
        }
        shared.resume(options.saved);
        Ok(Self { shared })
    }

    /// Ends the host and its handler at once, as kill -9 would; gives back what a task hub keeps.
    pub async fn stop(self) -> Vec<Instance> {
        let mut tasks = std::mem::take(&mut *unpoisoned(&self.shared.tasks));
        tasks.shutdown().await;
        self.shared.hub.all()
    }

    /// Scheme, host and port.
    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.shared.port)
    }

    /// The keys that callers need.
    pub fn keys(&self) -> &Keys {
        &self.shared.keys
    }

    /// Method, address and name of every HTTP function, and the names of the timers.
    pub fn entrances(&self) -> (Vec<(String, String, String)>, Vec<String>) {
        let (mut routes, mut timers) = (Vec::new(), Vec::new());
        for function in self.shared.app.functions.values() {
            match &function.trigger {
                Trigger::Http {
                    route,
                    methods,
                    level,
                } => {
                    let key = match level {
                        app::Level::Anonymous => String::new(),
                        app::Level::Function => format!("?code={}", self.keys().function),
                        app::Level::Admin => format!("?code={}", self.keys().master),
                    };
                    let url = format!("{}/api/{route}{key}", self.base_url());
                    routes.push((methods.join(","), url, function.name.clone()));
                }
                Trigger::Timer { .. } => timers.push(function.name.clone()),
                Trigger::Orchestration | Trigger::Activity => {}
            }
        }
        (routes, timers)
    }

    /// kill -9 of the handler, which is then started again.
    pub fn kill_handler(&self) {
        self.shared.handler.kill();
    }

    /// Calls a timer function now.
    ///
    /// # Errors
    /// [`HostError`] when there is no such timer.
    pub fn fire(&self, timer: &str) -> Result<(), HostError> {
        self.shared.fire(timer).map_err(HostError)
    }

    /// Lets the time of orchestrations skip to `at`, unless it is later already.
    pub fn skip_to(&self, at: Timestamp) {
        self.shared.clock.reach(at);
    }

    /// What time it is for orchestrations.
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// Starts an instance.
    ///
    /// # Errors
    /// [`HostError`] when one of that name is under way.
    pub fn start_instance(
        &self,
        function: &str,
        id: &str,
        input: Option<String>,
    ) -> Result<(), HostError> {
        self.shared.start(function, id, input).map_err(HostError)
    }

    /// Raises an event for an instance.
    pub fn raise(&self, id: &str, event: &str) {
        self.shared.raise_event(id, event, None);
    }

    /// An instance as it stands now.
    pub fn instance(&self, id: &str) -> Option<Instance> {
        self.shared.hub.get(id)
    }

    /// What happened so far; of a long life only the end.
    pub fn events(&self) -> Vec<Event> {
        self.shared.journal.events()
    }

    /// Waits until `n` events were as `wanted`.
    pub async fn wait_for(&self, n: usize, wanted: impl Fn(&Event) -> bool) {
        self.shared.journal.wait_for(n, wanted).await;
    }

    /// Where the handler listens.
    ///
    /// # Errors
    /// [`HostError`] when it does not.
    pub async fn handler_address(&self) -> Result<SocketAddr, HostError> {
        self.shared.handler.address().await.map_err(HostError)
    }
}

impl Drop for DevHost {
    fn drop(&mut self) {
        unpoisoned(&self.shared.tasks).abort_all();
        self.shared.handler.end();
    }
}

/// The time of the orchestrations: the machine's, and what was skipped.
#[derive(Debug, Default)]
struct HubClock {
    skipped_ms: AtomicI64,
}

impl HubClock {
    fn now(&self) -> Timestamp {
        let skipped = SignedDuration::from_millis(self.skipped_ms.load(Ordering::SeqCst));
        now() + skipped
    }

    /// Skips to `at`, unless it is later already.
    fn reach(&self, at: Timestamp) {
        self.skipped_ms.fetch_max(until(at), Ordering::SeqCst);
    }

    /// Goes to `at`, back too.
    fn set(&self, at: Timestamp) {
        self.skipped_ms.store(until(at), Ordering::SeqCst);
    }
}

/// Milliseconds from the machine's time to `at`; negative for what is past.
fn until(at: Timestamp) -> i64 {
    i64::try_from(at.duration_since(now()).as_millis()).unwrap_or(0)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place of the host that asks for the time"
)]
fn now() -> Timestamp {
    Timestamp::now()
}
