//! One caller of many: what he asks for, and what he may be told.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use jiff::{Span, ToSpan};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::{FIRST, LAST, request};
use crate::instances::Instances;
use quantx_dev_host::{DevHost, Keys, post};

/// An answer that takes longer hangs: a caller waits five seconds at most, and his run has 25 more to end.
pub(super) const PATIENCE: Duration = Duration::from_secs(90);
/// Calls that a kill may have cut off: the answer of a call that was under way is lost, and a call that
/// came at the same moment may still have gone to the old process.
const AROUND_A_KILL: Duration = Duration::from_secs(1);
const BETWEEN_TIDYINGS: Duration = Duration::from_secs(2);

/// What a caller does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Looks at the health.
    Health,
    /// Starts a run and waits for it.
    Waits,
    /// Starts a run and goes.
    Goes,
    /// Sends a body that is no request.
    BadBody,
    /// Has no key, or the wrong one.
    NoKey,
    /// Starts a run, waits, and hangs up.
    HangsUp,
    /// Sends to the handler itself what no host would.
    Forges,
}

impl Kind {
    /// Mostly health and runs; runs that nobody waits for are few, because nothing bounds them.
    fn drawn(random: &mut Rng) -> Self {
        match random.u32(..100) {
            0..35 => Self::Health,
            35..62 => Self::Waits,
            62..64 => Self::Goes,
            64..82 => Self::BadBody,
            82..86 => Self::NoKey,
            86..94 => Self::HangsUp,
            _ => Self::Forges,
        }
    }

    /// Statuses that are answers; 503 of a trigger: the store did not answer.
    fn expected(self) -> &'static [u16] {
        match self {
            Self::Health => &[200, 503],
            Self::Waits | Self::HangsUp => &[200, 202, 429, 503],
            Self::Goes => &[202, 503],
            Self::BadBody => &[400, 413, 503],
            Self::NoKey => &[401, 404],
            Self::Forges => &[200, 404, 500],
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Health => "health",
            Self::Waits => "run, waited for",
            Self::Goes => "run, left alone",
            Self::BadBody => "bad body",
            Self::NoKey => "no key",
            Self::HangsUp => "run, hung up on",
            Self::Forges => "forged invocation",
        })
    }
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    Answered(u16),
    /// The caller's own doing.
    HungUp,
    /// Its process was killed under it.
    Killed,
    /// No answer for longer than [`PATIENCE`].
    Silent,
    /// A status that it may not have, or no connection, and no kill that explains it.
    Unexplained(String),
}

/// What one caller saw.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) ends: BTreeMap<(Kind, End), u64>,
    /// The slowest answer, and to what.
    pub(super) slowest: Option<(Duration, Kind)>,
}

/// What all callers have in common.
#[derive(Debug)]
pub(super) struct Crowd<'a> {
    host: &'a DevHost,
    client: Client,
    base: String,
    keys: Keys,
    symbols: Vec<String>,
    pub(super) began: Instant,
    pub(super) ends: Instant,
    instances: Instances,
    kills: Mutex<Vec<Instant>>,
    runs: Mutex<BTreeMap<String, u64>>,
}

impl<'a> Crowd<'a> {
    pub(super) fn new(host: &'a DevHost, symbols: Vec<String>, duration: Duration) -> Self {
        let began = Instant::now();
        Self {
            host,
            client: Client::new(),
            base: host.base_url(),
            keys: host.keys().clone(),
            symbols,
            began,
            ends: began + duration,
            instances: Instances::of(host),
            kills: Mutex::default(),
            runs: Mutex::default(),
        }
    }

    /// Calls until the time is over.
    pub(super) async fn call_on(&self, n: u64) -> Tally {
        let mut random = Rng::with_seed(n);
        let mut tally = Tally::default();
        while Instant::now() < self.ends {
            let kind = Kind::drawn(&mut random);
            let began = Instant::now();
            let end = self.call(kind, &mut random).await;
            if matches!(end, End::Answered(_)) {
                tally.slowest = tally.slowest.max(Some((began.elapsed(), kind)));
            }
            let end = self.judged(kind, end, began);
            *tally.ends.entry((kind, end)).or_default() += 1;
            sleep(Duration::from_millis(random.u64(50..500))).await;
        }
        tally
    }

    async fn call(&self, kind: Kind, random: &mut Rng) -> End {
        let request = match kind {
            Kind::Health => self.client.get(format!("{}/api/health", self.base)),
            Kind::Waits | Kind::HangsUp => {
                let query = format!("&wait={}", random.u32(1..=5));
                self.trigger(&query).json(&self.run(random))
            }
            Kind::Goes => self.trigger("").json(&self.run(random)),
            Kind::BadBody => self.nonsense(random),
            Kind::NoKey => {
                let method = *random.choice(&["", "?code=", "?code=wrong"]).unwrap_or(&"");
                let url = format!("{}/api/trigger-update{method}", self.base);
                self.client.post(url).json(&self.run(random))
            }
            Kind::Forges => return self.forge(random).await,
        };
        let patience = match kind {
            Kind::HangsUp => Duration::from_millis(random.u64(1..800)),
            _ => PATIENCE,
        };
        let answer = async {
            let answer = request.send().await?;
            let status = answer.status().as_u16();
            // An answer is whole or none.
            answer.bytes().await.map(|_| status)
        };
        match timeout(patience, answer).await {
            Ok(Ok(status)) => End::Answered(status),
            Ok(Err(error)) => End::Unexplained(error.to_string()),
            Err(_) if kind == Kind::HangsUp => End::HungUp,
            Err(_) => End::Silent,
        }
    }

    /// Whether a call that ended otherwise than it may was under way when its process was killed.
    fn judged(&self, kind: Kind, end: End, began: Instant) -> End {
        let unexpected = match end {
            End::Answered(status) if !kind.expected().contains(&status) => status.to_string(),
            End::Unexplained(words) => words,
            end => return end,
        };
        let kills = self.kills.lock().unwrap_or_else(PoisonError::into_inner);
        match kills.iter().any(|kill| *kill + AROUND_A_KILL > began) {
            true => End::Killed,
            false => End::Unexplained(unexpected),
        }
    }

    fn trigger(&self, query: &str) -> RequestBuilder {
        let code = &self.keys.function;
        let url = format!("{}/api/trigger-update?code={code}{query}", self.base);
        self.client.post(url)
    }

    /// A run of some listings. Its end moves on with the time, so that there is work for all who call.
    fn run(&self, random: &mut Rng) -> Value {
        let done = self.began.elapsed().as_secs_f64() / (self.ends - self.began).as_secs_f64();
        let days = f64::from((LAST - FIRST).get_days());
        let at = days * done.min(1.0) * (0.8 + 0.2 * random.f64());
        let after: Span = (10 + at as i64).days();
        let end = FIRST.saturating_add(after).min(LAST);
        let n = random.usize(1..=12.min(self.symbols.len()));
        let symbols = random.choose_multiple(self.symbols.iter().cloned(), n);
        request(&symbols, end, random.usize(1..=3))
    }

    /// What is no request, or no wait.
    fn nonsense(&self, random: &mut Rng) -> RequestBuilder {
        let wrong = [
            "{",
            "[]",
            "\u{feff}{}",
            "{\"no_such_key\": 1}",
            "{\"phase\": \"sample\", \"phase\": \"sample\"}",
            "{\"operation\": \"backfill\", \"start\": \"2012-01-03\"}",
            "{\"operation\": \"backfill\", \"start\": \"yesterday\", \"end\": \"2012-01-03\"}",
            "{\"max_workers\": 9223372036854775808}",
            "{\"symbols\": [\"../../etc\", 7, null]}",
        ];
        match random.usize(..wrong.len() + 3) {
            0 => {
                let query = *random
                    .choice(&["&wait=0", "&wait=soon", "&wait=1&wait=2"])
                    .unwrap_or(&"&wait=0");
                self.trigger(query).json(&self.run(random))
            }
            1 => {
                let many = "\"../x\",".repeat(20_000);
                self.trigger("")
                    .body(format!("{{\"symbols\": [{many}\"x\"]}}"))
            }
            2 => self.trigger("&wait=5").body(vec![b' '; 2 << 20]),
            n => self.trigger("&wait=5").body(wrong[n - 3]),
        }
    }

    /// Invocations that no host makes; none may start anything.
    async fn forge(&self, random: &mut Rng) -> End {
        // It changes with every life of the handler, and while none lives this waits.
        let address = match self.host.handler_address().await {
            Ok(address) => address,
            Err(trouble) => return End::Unexplained(trouble.to_string()),
        };
        let plan = json!({"instance": "forged", "now": "2026-11-20T12:00:00Z", "request": {
            "operation": "backfill", "start": FIRST, "end": LAST, "symbols": ["S0000"],
            "max_workers": 9_223_372_036_854_775_808_u64}});
        let envelope = |binding: &str, data: Value| {
            json!({"Data": {binding: data}, "Metadata": {}}).to_string()
        };
        let (path, body) = match random.usize(..5) {
            0 => ("/backfill_plan", envelope("plan", plan.to_string().into())),
            1 => ("/backfill_chunk", envelope("chunk", json!("{\"run\": 1}"))),
            2 => (
                "/backfill_orchestrator",
                envelope("context", json!("AAAA////")),
            ),
            3 => ("/backfill_publish", "{\"Data\"".to_owned()),
            _ => ("/no_such_function", "{}".to_owned()),
        };
        let answer = post(address, path, "forged", vec![body.into()]);
        match timeout(PATIENCE, answer).await {
            // An activity answers 200 and says in it that it has failed.
            Ok(Ok(answer)) if answer.status == 200 && !is_refusal(&answer.body) => {
                End::Unexplained(format!("{path} was carried out"))
            }
            Ok(Ok(answer)) => End::Answered(answer.status),
            Ok(Err(words)) => End::Unexplained(words),
            Err(_) => End::Silent,
        }
    }

    pub(super) fn note_kill(&self) {
        let mut kills = self.kills.lock().unwrap_or_else(PoisonError::into_inner);
        kills.push(Instant::now());
    }

    /// Takes ended runs out of the host's memory while the crowd calls.
    pub(super) async fn tidy_up(&self) {
        while Instant::now() < self.ends {
            self.take_out_ended().await;
            sleep(BETWEEN_TIDYINGS.min(self.ends - Instant::now())).await;
        }
    }

    /// Returns once no run is under way.
    pub(super) async fn drained(&self) {
        while self.take_out_ended().await > 0 {
            sleep(Duration::from_millis(200)).await;
        }
        // The handler of the last kill is there again.
        let _ = self.host.handler_address().await;
    }

    /// Counts ended runs and takes them out; how many are under way.
    async fn take_out_ended(&self) -> usize {
        let (under_way, ended) = self.instances.take_ended().await;
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        for instance in ended {
            let status = instance["runtimeStatus"].as_str().unwrap_or_default();
            *runs.entry(status.to_owned()).or_default() += 1;
        }
        under_way
    }

    /// Runs of the host by how they ended.
    pub(super) fn runs(&self) -> BTreeMap<String, u64> {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.clone()
    }
}

/// Whether an activity's answer is a failure that nobody is to try again.
fn is_refusal(body: &[u8]) -> bool {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let returned = answer["ReturnValue"].as_str().unwrap_or_default();
    let returned: Value = serde_json::from_str(returned).unwrap_or_default();
    returned["err"]["retryable"] == Value::Bool(false)
}
