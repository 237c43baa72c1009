use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use jiff::civil::Date;
use quantx::clock::Clock;
use quantx::market::Listing;
use quantx::operations::{self, Context, OperationError, Silent, StopSignal, WorkRequest, run};
use quantx::report::RunReport;
use quantx::settings::{ConfigFile, EnvMap, Overrides, Settings};
use quantx::storage::{Counting, LakeStore};
use quantx_replay::{ReplayOptions, ReplayServer, VendorProtocol};

/// A clock that stands where it was put.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// The replay vendor, the real client and a clock, all at one instant that the test moves.
#[derive(Debug)]
pub struct Lab {
    pub server: ReplayServer,
    clock: Arc<ManualClock>,
    settings: Settings,
}

/// Waits of milliseconds: the policy is tested elsewhere, here only that it is followed.
const QUICK: &str = "
  max_workers: 4
  retry: { max_attempts: 3, min_wait: 5ms, max_wait: 20ms }
providers:
  yahoo:
    requests_per_second: 0
    connect_timeout: 1s
    timeout: 2s
    circuit: { open_after: 1000, max_pause: 50ms }
";

/// App settings of a test: a lake, short waits, and schedules that come once a year, because tests fire
/// their timers by name.
pub fn app_settings(lake: impl IntoIterator<Item = (String, String)>) -> BTreeMap<String, String> {
    let settings = [
        ("FUNCTIONS_WORKER_RUNTIME", "custom"),
        ("DAILY_SCHEDULE", "0 0 0 1 1 *"),
        ("WEEKLY_SCHEDULE", "0 0 0 1 1 *"),
        ("UNIVERSE_PHASE", "sample"),
        ("QUANTX_REQUESTS_PER_SECOND", "0"),
        ("FETCHER_RETRY_MIN_WAIT", "5ms"),
        ("FETCHER_RETRY_MAX_WAIT", "20ms"),
        ("MAX_WORKERS", "4"),
    ];
    let owned = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    owned.into_iter().chain(lake).collect()
}

/// Whether the vendors beside Yahoo are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keys {
    None,
    All,
}

const KEYS: [&str; 4] = [
    "QUANTX_EODHD_KEY",
    "QUANTX_TIINGO_KEY",
    "QUANTX_ALPACA_KEY",
    "QUANTX_ALPACA_SECRET",
];

impl Lab {
    /// `market` and `faults` as on the command line; histories begin at `backfill_start`.
    pub async fn new(market: &str, faults: &str, seed: u64, backfill_start: Date) -> Self {
        Self::with_settings(market, faults, seed, backfill_start, "").await
    }

    /// The same with more settings: top-level keys of the file that the lab's own does not have.
    pub async fn with_settings(
        market: &str,
        faults: &str,
        seed: u64,
        backfill_start: Date,
        more: &str,
    ) -> Self {
        Self::open(market, faults, seed, backfill_start, more, Keys::None).await
    }

    /// The same with the keys of all vendors, whose protocols the server speaks; `providers` is what stands
    /// below that key of the settings: `order: [yahoo, eodhd]`, a line each.
    pub async fn of_vendors(
        market: &str,
        faults: &str,
        seed: u64,
        backfill_start: Date,
        providers: &[&str],
    ) -> Self {
        let lines: Vec<String> = providers.iter().map(|line| format!("  {line}\n")).collect();
        Self::open(
            market,
            faults,
            seed,
            backfill_start,
            &lines.concat(),
            Keys::All,
        )
        .await
    }

    async fn open(
        market: &str,
        faults: &str,
        seed: u64,
        backfill_start: Date,
        more: &str,
        keys: Keys,
    ) -> Self {
        let clock = Arc::new(ManualClock(AtomicI64::new(0)));
        let mut options = ReplayOptions::new(market.parse().unwrap());
        options.faults = faults.parse().unwrap();
        options.seed = seed;
        options.clock = Arc::clone(&clock) as Arc<dyn Clock>;
        let server = ReplayServer::start(options).await.unwrap();
        let vendors = VendorProtocol::ALL.into_iter().skip(1).map(|vendor| {
            let (name, url) = (vendor.name(), server.vendor_url(vendor));
            format!("  {name}: {{ base_url: \"{url}\", requests_per_second: 0 }}\n")
        });
        let vendors: String = match keys {
            Keys::None => String::new(),
            Keys::All => vendors.collect(),
        };
        let text = format!("fetcher:\n  backfill_start: {backfill_start}{QUICK}{vendors}{more}");
        let file = ConfigFile {
            name: "lab.yaml",
            text: &text,
        };
        let flags = Overrides {
            yahoo_base_url: Some(server.base_url()),
            ..Overrides::default()
        };
        let env: EnvMap = match keys {
            Keys::None => EnvMap::default(),
            Keys::All => KEYS
                .map(|name| (name.to_owned(), "a-key".to_owned()))
                .into_iter()
                .collect(),
        };
        let settings = Settings::resolve(Some(file), None, &env, &flags)
            .unwrap_or_else(|problems| panic!("{problems}"));
        Self {
            server,
            clock,
            settings,
        }
    }

    /// Moves everything to `now`.
    pub fn at(&self, now: Timestamp) {
        self.clock.0.store(now.as_second(), Ordering::SeqCst);
    }

    /// The listings of `symbols`.
    pub fn listings<S: AsRef<str>>(&self, symbols: &[S]) -> Vec<Listing> {
        let parse = |symbol: &S| Listing::parse(symbol.as_ref(), &self.settings.exchanges).unwrap();
        symbols.iter().map(parse).collect()
    }

    /// A context on `store`, with a client (and a circuit) of its own.
    pub fn context(&self, store: Arc<dyn LakeStore>) -> Context {
        let vendors = operations::vendors(&self.settings, 1).unwrap();
        Context {
            settings: Arc::new(self.settings.clone()),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            vendors: Arc::new(vendors),
            store: Arc::new(Counting::new(store)),
            observer: Arc::new(Silent),
            stop: StopSignal::never(),
        }
    }

    /// A daily update of `symbols` on `store`.
    ///
    /// # Errors
    /// As the operation itself.
    pub async fn daily<S: AsRef<str>>(
        &self,
        store: &Arc<dyn LakeStore>,
        symbols: &[S],
    ) -> Result<RunReport, OperationError> {
        let context = self.context(Arc::clone(store));
        let order = WorkRequest::daily_update(&context, self.listings(symbols));
        run::run(&context, &order).await
    }

    /// A backfill of `symbols` on `store`.
    ///
    /// # Errors
    /// As the operation itself.
    pub async fn backfill<S: AsRef<str>>(
        &self,
        store: &Arc<dyn LakeStore>,
        symbols: &[S],
        start: Date,
        end: Date,
    ) -> Result<RunReport, OperationError> {
        let context = self.context(Arc::clone(store));
        let order = WorkRequest::backfill(self.listings(symbols), start, end);
        run::run(&context, &order).await
    }
}
