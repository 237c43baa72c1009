use std::sync::Mutex;

use futures::future::join_all;
use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;
use tokio::time::timeout;

use super::*;
use quantx_fixtures::us_listing;
use quantx_market::{RowStamps, ShareBasis, Symbol};

const FAKE: ProviderName = ProviderName("fake");

/// Gives its answers in order, then only good ones, each after `latency`; notes when it was asked.
#[derive(Debug)]
struct Fake {
    start: Instant,
    latency: Duration,
    answers: Mutex<std::vec::IntoIter<Scripted>>,
    asked_at: Mutex<Vec<u64>>,
}

#[derive(Debug, Clone, Copy)]
enum Scripted {
    Ok,
    Throttled(Option<u64>),
    Unavailable(Option<u64>),
    NoData,
    TimedOut,
}

impl Fake {
    fn new(latency_ms: u64, answers: Vec<Scripted>) -> Self {
        Self {
            start: Instant::now(),
            latency: Duration::from_millis(latency_ms),
            answers: Mutex::new(answers.into_iter()),
            asked_at: Mutex::default(),
        }
    }

    /// Milliseconds from the start to each question.
    fn asked_at(&self) -> Vec<u64> {
        self.asked_at.lock().unwrap().clone()
    }
}

#[async_trait]
impl BarProvider for Fake {
    fn name(&self) -> ProviderName {
        FAKE
    }

    async fn daily_history(
        &self,
        request: &HistoryRequest,
    ) -> Result<VendorHistory, ProviderError> {
        let at_ms = self.start.elapsed().as_millis().try_into().unwrap();
        self.asked_at.lock().unwrap().push(at_ms);
        let answer = self.answers.lock().unwrap().next().unwrap_or(Scripted::Ok);
        sleep(self.latency).await;
        let (provider, symbol) = (FAKE, || -> Symbol { request.listing.symbol().clone() });
        let seconds = |hint: Option<u64>| hint.map(Duration::from_secs);
        Err(match answer {
            Scripted::Ok => return Ok(history()),
            Scripted::Throttled(hint) => ProviderError::Throttled {
                provider,
                retry_after: seconds(hint),
            },
            Scripted::Unavailable(hint) => ProviderError::Unavailable {
                provider,
                status: 503,
                retry_after: seconds(hint),
            },
            Scripted::NoData => ProviderError::NoData {
                provider,
                symbol: symbol(),
            },
            Scripted::TimedOut => ProviderError::TimedOut { provider },
        })
    }

    fn usage(&self) -> VendorUsage {
        VendorUsage {
            requests: self.asked_at().len() as u64,
            bytes: 7,
            ..VendorUsage::default()
        }
    }
}

fn history() -> VendorHistory {
    VendorHistory {
        basis: ShareBasis::Newest,
        stamps: RowStamps::OpenOrLastTrade,
        currency: None,
        time_zone: TimeZone::UTC,
        first_trade: None,
        regular_period: None,
        rows: Vec::new(),
        duplicate_rows: 0,
        actions: Vec::new(),
        refused_actions: Vec::new(),
        foreign: Vec::new(),
        market_price: None,
    }
}

fn request() -> HistoryRequest {
    HistoryRequest {
        listing: us_listing("AAPL"),
        start: date(2025, 8, 14),
        now: Timestamp::UNIX_EPOCH,
    }
}

fn count(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap()
}

/// No rate limit; waits of exactly 2 s, 4 s, 8 s, 10 s before jitter.
fn limits() -> ThrottleLimits {
    ThrottleLimits {
        requests_per_second: None,
        burst: count(1),
        retry: RetryPolicy {
            max_attempts: count(3),
            base: 2.0,
            min_wait: Duration::from_secs(2),
            max_wait: Duration::from_secs(10),
            max_pause: Duration::from_secs(60),
        },
        open_after: count(3),
    }
}

fn throttled(latency_ms: u64, answers: Vec<Scripted>, limits: ThrottleLimits) -> Throttled<Fake> {
    Throttled::with_seed(Fake::new(latency_ms, answers), limits, 1)
}

/// What one question ends with: `ok` or the kind of the error.
async fn fetch(provider: &Throttled<Fake>) -> &'static str {
    match provider.daily_history(&request()).await {
        Ok(_) => "ok",
        Err(error) => error.kind(),
    }
}

async fn fetch_together(provider: &Throttled<Fake>, n_workers: usize) -> Vec<&'static str> {
    join_all((0..n_workers).map(|_| fetch(provider))).await
}

#[tokio::test(start_paused = true)]
async fn the_bucket_lets_a_burst_through_and_then_keeps_the_rate() {
    let provider = throttled(
        0,
        vec![],
        ThrottleLimits {
            requests_per_second: Some(2.0),
            burst: count(4),
            ..limits()
        },
    );
    fetch_together(&provider, 8).await;
    assert_eq!(
        provider.inner().asked_at(),
        [0, 0, 0, 0, 500, 1000, 1500, 2000]
    );
    // 0.5 s + 1 s + 1.5 s + 2 s; nobody waited for the first four.
    let waited_ms = provider.usage().throttle_wait_ms;
    assert!((4_990..=5_010).contains(&waited_ms), "{waited_ms}");
    sleep(Duration::from_secs(10)).await;
    fetch_together(&provider, 5).await;
    assert_eq!(
        provider.inner().asked_at()[8..],
        [12_000, 12_000, 12_000, 12_000, 12_500]
    );
}

#[tokio::test(start_paused = true)]
async fn without_a_rate_nobody_waits() {
    for requests_per_second in [
        None,
        Some(0.0),
        Some(-1.0),
        Some(f64::NAN),
        Some(f64::INFINITY),
    ] {
        let provider = throttled(
            0,
            vec![],
            ThrottleLimits {
                requests_per_second,
                ..limits()
            },
        );
        fetch_together(&provider, 50).await;
        assert_eq!(
            provider.inner().asked_at(),
            [0; 50],
            "{requests_per_second:?}"
        );
        assert_eq!(provider.usage().throttle_wait_ms, 0);
    }
}

#[test]
fn extreme_rates_make_no_overflow() {
    for rate in [f64::MIN_POSITIVE, 1e-300, 1e-9, 1e9, f64::MAX] {
        let bucket = Bucket::new(Some(rate), NonZeroU32::MAX);
        assert!(
            bucket.is_none_or(|bucket| bucket.take().is_none()),
            "{rate}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn workers_are_served_in_the_order_they_came() {
    let provider = throttled(
        0,
        vec![],
        ThrottleLimits {
            requests_per_second: Some(10.0),
            ..limits()
        },
    );
    let served = Mutex::new(String::new());
    // The first is back before the others come, then it must stand behind them.
    join_all([('a', 4), ('b', 1), ('c', 2)].map(|(worker, n_questions)| {
        let (provider, served) = (&provider, &served);
        async move {
            for _ in 0..n_questions {
                fetch(provider).await;
                served.lock().unwrap().push(worker);
            }
        }
    }))
    .await;
    assert_eq!(served.lock().unwrap().as_str(), "aabcaca");
}

#[tokio::test(start_paused = true)]
async fn failures_of_the_server_are_asked_again_with_growing_waits() {
    let provider = throttled(
        0,
        vec![Scripted::Unavailable(None), Scripted::TimedOut],
        limits(),
    );
    assert_eq!(fetch(&provider).await, "ok");
    let at = provider.inner().asked_at();
    // Equal jitter: half of 2 s to 2 s, then half of 4 s to 4 s.
    assert!((1_000..=2_001).contains(&(at[1] - at[0])), "{at:?}");
    assert!((2_000..=4_001).contains(&(at[2] - at[1])), "{at:?}");
    let usage = provider.usage();
    assert_eq!((usage.requests, usage.retries, usage.throttled), (3, 2, 0));
    assert_eq!((usage.bytes, usage.throttle_wait_ms), (7, 0));
}

#[tokio::test(start_paused = true)]
async fn attempts_have_an_end_and_a_hint_is_honoured() {
    let answers = vec![Scripted::TimedOut; 3];
    let provider = throttled(0, answers, limits());
    assert_eq!(fetch(&provider).await, "timed_out");
    assert_eq!(provider.usage().requests, 3);

    let provider = throttled(0, vec![Scripted::Unavailable(Some(30))], limits());
    assert_eq!(fetch(&provider).await, "ok");
    assert_eq!(provider.inner().asked_at(), [0, 30_000]);

    let provider = throttled(0, vec![Scripted::Unavailable(Some(61))], limits());
    assert_eq!(fetch(&provider).await, "unavailable");
    assert_eq!(provider.inner().asked_at(), [0]);
}

#[tokio::test(start_paused = true)]
async fn what_asking_cannot_help_is_asked_once() {
    let provider = throttled(0, vec![Scripted::NoData], limits());
    assert_eq!(fetch(&provider).await, "no_data");
    assert_eq!(provider.usage().requests, 1);
}

#[tokio::test(start_paused = true)]
async fn one_refusal_pauses_all_workers_until_the_longest_instant_asked_for() {
    let answers = vec![
        Scripted::Throttled(Some(5)),
        Scripted::Throttled(None),
        Scripted::Throttled(Some(20)),
        Scripted::Ok,
    ];
    let provider = throttled(100, answers, limits());
    let early = fetch_together(&provider, 4);
    let late = async {
        sleep(Duration::from_secs(1)).await;
        fetch(&provider).await
    };
    let (early, late) = tokio::join!(early, late);
    assert_eq!((early, late), (vec!["ok"; 4], "ok"));
    let at = provider.inner().asked_at();
    assert_eq!(at[..4], [0; 4]);
    // The answers came at 0.1 s; three of them ask again and the late one for the first time.
    assert!(
        at[4..].iter().all(|ms| (20_100..=20_110).contains(ms)),
        "{at:?}"
    );
    assert_eq!(at.len(), 8);
    let usage = provider.usage();
    assert_eq!((usage.retries, usage.throttled), (3, 3));
    let waited_ms = usage.throttle_wait_ms;
    assert!(
        (3 * 20_000 + 19_100..3 * 20_000 + 19_200).contains(&waited_ms),
        "{waited_ms}"
    );
}

#[tokio::test(start_paused = true)]
async fn pauses_double_and_after_the_last_the_circuit_is_open_for_good() {
    let provider = throttled(0, vec![Scripted::Throttled(None); 100], limits());
    assert_eq!(fetch(&provider).await, "throttled");
    let at = provider.inner().asked_at();
    assert!((2_000..=2_002).contains(&at[1]), "{at:?}");
    assert!((6_000..=6_004).contains(&at[2]), "{at:?}");
    for _ in 0..3 {
        assert_eq!(fetch(&provider).await, "circuit_open");
        sleep(Duration::from_secs(86_400)).await;
    }
    assert_eq!(provider.inner().asked_at().len(), 3);
    assert_eq!(provider.usage().throttled, 3);
}

#[tokio::test(start_paused = true)]
async fn twenty_workers_refused_together_are_one_refusal() {
    let provider = throttled(100, vec![Scripted::Throttled(None); 40], limits());
    assert_eq!(fetch_together(&provider, 20).await, ["ok"; 20]);
    assert_eq!(provider.usage().throttled, 40);
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_between_keeps_the_circuit_closed() {
    let mut answers = Vec::new();
    for good in [Scripted::Ok, Scripted::NoData]
        .into_iter()
        .cycle()
        .take(10)
    {
        answers.extend([Scripted::Throttled(None), Scripted::Throttled(None), good]);
    }
    let provider = throttled(0, answers, limits());
    for n in 0..10 {
        assert_eq!(fetch(&provider).await, ["ok", "no_data"][n % 2]);
    }
}

#[tokio::test(start_paused = true)]
async fn too_long_a_demand_ends_the_run_for_waiting_workers_too() {
    let provider = throttled(0, vec![], limits());
    let refused = |seconds| {
        provider.on_throttled(PauseEpoch::default(), Some(Duration::from_secs(seconds)));
    };
    refused(50);
    let late = async {
        sleep(Duration::from_secs(1)).await;
        refused(3_600);
    };
    let (waiting, ()) = tokio::join!(fetch_together(&provider, 3), late);
    assert_eq!(waiting, ["circuit_open"; 3]);
    let waited = provider.inner().start.elapsed();
    assert!(waited < Duration::from_secs(2), "{waited:?}");
    assert_eq!(provider.usage().requests, 0);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_gives_its_place_to_the_next() {
    let provider = throttled(
        0,
        vec![],
        ThrottleLimits {
            requests_per_second: Some(1.0),
            ..limits()
        },
    );
    assert_eq!(fetch(&provider).await, "ok");
    let dropped = timeout(Duration::from_millis(300), fetch(&provider)).await;
    assert!(dropped.is_err());
    assert_eq!(fetch(&provider).await, "ok");
    let at = provider.inner().asked_at();
    assert!((1_000..=1_002).contains(&at[1]), "{at:?}");
}

#[test]
fn it_can_be_used_behind_the_port() {
    let provider: Box<dyn BarProvider> = Box::new(throttled(0, vec![], limits()));
    assert_eq!(provider.name(), FAKE);
    assert!(format!("{provider:?}").contains("Fake"));
}
