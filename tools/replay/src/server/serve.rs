use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::log::LoggedRequest;
use super::options::ReplayOptions;
use super::reply::{self, Reply};
use super::state::State;
use super::{chart_endpoint, control, percent_decoded, vendor_endpoint};
use crate::markets::{Market, open_market};
use crate::vendors::VendorProtocol;

const CHART: &str = "/v8/finance/chart/";

/// A running replay vendor. Dropping it closes the port and every connection.
#[derive(Debug)]
pub struct ReplayServer {
    addr: SocketAddr,
    state: Arc<State>,
    accepting: JoinHandle<()>,
}

impl ReplayServer {
    /// Opens the market and the port.
    ///
    /// # Errors
    /// An address that is not loopback, a port that is taken, a folder that is not a market.
    pub async fn start(options: ReplayOptions) -> io::Result<Self> {
        if !options.listen.ip().is_loopback() {
            // The answers are no market data; nobody else's machine shall take them for it.
            let text = format!(
                "{} is not loopback; listen on 127.0.0.1 or [::1]",
                options.listen
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let market = open_market(&options.market, options.seed)?;
        let listener = TcpListener::bind(options.listen).await?;
        let addr = listener.local_addr()?;
        let state = Arc::new(State::new(options, market));
        #[expect(
            clippy::disallowed_methods,
            reason = "the handle is kept by the server, which ends the task when it is dropped"
        )]
        let accepting = tokio::spawn(accept(listener, Arc::clone(&state)));
        Ok(Self {
            addr,
            state,
            accepting,
        })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What a client takes for `https://query1.finance.yahoo.com`; no slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// What a client of another vendor takes for its base URL; that of Yahoo is [`Self::base_url`].
    pub fn vendor_url(&self, vendor: VendorProtocol) -> String {
        format!("{}{}", self.base_url(), vendor.path())
    }

    /// Requests to the other vendors so far, by name.
    pub fn vendor_requests(&self) -> BTreeMap<&'static str, u64> {
        self.state.log().by_vendor.clone()
    }

    /// Sets the instant at which Yahoo is looked at; requests that come later see it.
    pub fn set_as_of(&self, as_of: Timestamp) {
        self.state.set_as_of(as_of);
    }

    /// Chart requests so far, whatever their answer.
    pub fn requests(&self) -> u64 {
        self.state.log().total
    }

    /// Chart requests so far, by symbol.
    pub fn requests_by_symbol(&self) -> BTreeMap<String, u64> {
        self.state.log().by_symbol.clone()
    }

    /// The chart requests, oldest first; only the last 100,000 are kept.
    pub fn request_log(&self) -> Vec<LoggedRequest> {
        self.state.log().last.iter().cloned().collect()
    }

    /// The market behind it, with its truth.
    pub fn market(&self) -> Arc<dyn Market> {
        Arc::clone(&self.state.market)
    }

    /// Closes the port and every connection, answers in the making included.
    pub async fn shutdown(mut self) {
        self.accepting.abort();
        // Cancelled is what it shall be; a panic has been reported where it happened.
        let (Ok(()) | Err(_)) = (&mut self.accepting).await;
    }
}

impl Drop for ReplayServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    // Ends every connection with the loop.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(converse(stream, Arc::clone(&state)));
                }
                // Too many open files, or a client that has gone again: the port stays open.
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::task::yield_now().await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn converse(stream: TcpStream, state: Arc<State>) {
    // A benchmark counts every millisecond, and Nagle's algorithm costs forty.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let service = service_fn(|request| {
        let state = Arc::clone(&state);
        async move { route(&state, &request).await }
    });
    // Clients that go away, and bodies cut off on purpose, end here.
    if let Err(error) = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await
    {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn route(state: &State, request: &Request<Incoming>) -> io::Result<Reply> {
    let path = request.uri().path();
    let query = request.uri().query().unwrap_or_default();
    if let Some(symbol) = path.strip_prefix(CHART)
        && request.method() == Method::GET
    {
        return chart_endpoint::chart(state, &percent_decoded(symbol), query).await;
    }
    if request.method() == Method::GET
        && let Some((protocol, below)) = vendor_endpoint::protocol_of(path)
    {
        return Ok(vendor_endpoint::answer(state, protocol, below, query));
    }
    Ok(match (request.method(), path) {
        (&Method::POST, "/_replay/as-of") => control::set_as_of(state, query),
        (&Method::GET, "/_replay/stats") => control::stats(state),
        _ => reply::own(
            404,
            "text/plain",
            "only GET /v8/finance/chart/SYMBOL and the vendors' own paths are replayed\n",
        ),
    })
}
