//! A proxy on this machine that spoils what passes through it: by script, or at random from a seed.

mod answer;
mod connection;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use answer::{answer, status};
use connection::Connection;

/// What happens to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WireFault {
    /// It passes.
    None,
    /// It passes, late.
    Delay(Duration),
    /// It never arrives; the connection is closed without an answer.
    Drop,
    /// It never arrives; the connection is reset.
    Reset,
    /// It never arrives; this status is answered, with `Retry-After` in seconds if given.
    Status(u16, Option<u32>),
    /// It arrives and is carried out; the connection is closed without an answer.
    LoseAnswer,
    /// It arrives and is carried out; this status is answered all the same.
    LieAbout(u16),
    /// It never arrives and is never answered: whoever sent it can be killed now.
    Swallow,
    /// It arrives and is carried out, and is never answered.
    Hang,
    /// It arrives; half of the answer's body comes, then the connection is closed.
    CutBody,
}

/// Which requests a fault may meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Only {
    /// All.
    All,
    /// Those that change something.
    Writes,
    /// Those that read.
    Reads,
}

/// A running proxy; dropping it closes its port.
#[derive(Debug)]
pub struct WireProxy {
    address: SocketAddr,
    plan: Arc<Plan>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Plan {
    upstream: String,
    client: reqwest::Client,
    script: Mutex<(Only, VecDeque<WireFault>)>,
    chance: Mutex<Option<Chance>>,
    requests: AtomicU64,
    spoilt: AtomicU64,
    bytes_answered: AtomicU64,
    hung: AtomicU64,
    writes: AtomicU64,
}

#[derive(Debug)]
struct Chance {
    random: fastrand::Rng,
    share: f64,
    left: u64,
    kinds: Vec<WireFault>,
}

impl WireProxy {
    /// Starts one in front of `upstream`, scheme, host and port; everything passes.
    pub async fn start(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_gzip()
            .no_brotli()
            .build()
            .expect("a client");
        let plan = Arc::new(Plan {
            upstream: upstream.to_owned(),
            client,
            script: Mutex::new((Only::All, VecDeque::new())),
            chance: Mutex::new(None),
            requests: AtomicU64::new(0),
            spoilt: AtomicU64::new(0),
            bytes_answered: AtomicU64::new(0),
            hung: AtomicU64::new(0),
            writes: AtomicU64::new(0),
        });
        let server = tokio_spawn(serve(listener, Arc::clone(&plan)));
        Self {
            address,
            plan,
            server,
        }
    }

    /// Scheme, host and port.
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next requests of this kind meet these faults, one each; later ones pass.
    pub fn script(&self, only: Only, faults: impl IntoIterator<Item = WireFault>) {
        *unpoisoned(&self.plan.script) = (only, faults.into_iter().collect());
    }

    /// This share of the requests meets one of `kinds`, as the seed has it, until there were
    /// `faults` of them.
    pub fn chance(&self, seed: u64, share: f64, faults: u64, kinds: &[WireFault]) {
        *unpoisoned(&self.plan.chance) = Some(Chance {
            random: fastrand::Rng::with_seed(seed),
            share,
            left: faults,
            kinds: kinds.to_vec(),
        });
    }

    /// Requests seen up to now.
    pub fn requests(&self) -> u64 {
        self.plan.requests.load(SeqCst)
    }

    /// Bodies of answers that came from upstream, in bytes.
    pub fn bytes_answered(&self) -> u64 {
        self.plan.bytes_answered.load(SeqCst)
    }

    /// Requests that would change something.
    pub fn writes(&self) -> u64 {
        self.plan.writes.load(SeqCst)
    }

    /// Requests that were carried out and are never answered.
    pub fn hung(&self) -> u64 {
        self.plan.hung.load(SeqCst)
    }

    /// Requests that met a fault.
    pub fn spoilt(&self) -> u64 {
        self.plan.spoilt.load(SeqCst)
    }
}

impl Drop for WireProxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Plan {
    fn next(&self, method: &Method) -> WireFault {
        self.requests.fetch_add(1, SeqCst);
        if !matches!(*method, Method::GET | Method::HEAD) {
            self.writes.fetch_add(1, SeqCst);
        }
        let fault = self.scripted(method).or_else(|| self.chosen());
        let fault = fault.unwrap_or(WireFault::None);
        if fault != WireFault::None {
            self.spoilt.fetch_add(1, SeqCst);
        }
        fault
    }

    fn scripted(&self, method: &Method) -> Option<WireFault> {
        let mut script = unpoisoned(&self.script);
        let reads = matches!(*method, Method::GET | Method::HEAD);
        let meets = match script.0 {
            Only::All => true,
            Only::Writes => !reads,
            Only::Reads => reads,
        };
        if meets { script.1.pop_front() } else { None }
    }

    fn chosen(&self) -> Option<WireFault> {
        let mut chance = unpoisoned(&self.chance);
        let chance = chance.as_mut().filter(|chance| chance.left > 0)?;
        if chance.random.f64() >= chance.share {
            return None;
        }
        chance.left -= 1;
        let index = chance.random.usize(..chance.kinds.len());
        chance.kinds.get(index).copied()
    }

    /// Sends `request` on and brings the whole answer; an upstream that is gone is 502.
    async fn forward(&self, request: Request<Incoming>) -> Response<Bytes> {
        let (parts, body) = request.into_parts();
        let Ok(body) = body.collect().await else {
            return status(StatusCode::BAD_REQUEST);
        };
        let target = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        // `Host` stays what the client sent: signatures are made for it.
        let sent = self
            .client
            .request(parts.method, format!("{}{target}", self.upstream))
            .headers(parts.headers)
            .body(body.to_bytes())
            .send();
        let Ok(answer) = sent.await else {
            return status(StatusCode::BAD_GATEWAY);
        };
        let (code, headers) = (answer.status(), answer.headers().clone());
        let Ok(content) = answer.bytes().await else {
            return status(StatusCode::BAD_GATEWAY);
        };
        self.bytes_answered.fetch_add(content.len() as u64, SeqCst);
        let mut whole = Response::new(content);
        *whole.status_mut() = code;
        *whole.headers_mut() = headers;
        whole.headers_mut().remove("transfer-encoding");
        whole.headers_mut().remove("connection");
        whole
    }
}

async fn serve(listener: TcpListener, plan: Arc<Plan>) {
    while let Ok((stream, _)) = listener.accept().await {
        let plan = Arc::clone(&plan);
        let resets = Arc::new(AtomicBool::new(false));
        let connection = Connection {
            stream,
            resets: Arc::clone(&resets),
        };
        tokio_spawn(async move {
            let service = service_fn(move |request| {
                let (plan, resets) = (Arc::clone(&plan), Arc::clone(&resets));
                async move { answer(&plan, &resets, request).await }
            });
            let served = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(connection), service);
            // A broken connection is what the test asked for.
            drop(served.await);
        });
    }
}

fn unpoisoned<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a server of a test lives as long as the test's runtime"
)]
fn tokio_spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(future)
}
