use std::io;
use std::time::Duration;

use super::query;
use super::reply::{self, Reply};
use super::state::State;
use crate::chart::{ChartRequest, Defects, bad_query};
use crate::fault::WireFault;
use crate::vendors::VendorProtocol;

/// How long a hanging answer keeps the client, who should give up before.
const HANG: Duration = Duration::from_secs(60);

/// Answers one chart request.
///
/// # Errors
/// After a hang: there is no answer, and the connection closes.
pub(super) async fn chart(state: &State, symbol: &str, query: &str) -> io::Result<Reply> {
    let symbol = symbol.to_ascii_uppercase();
    let now = state.now();
    let pairs = query::pairs(query);
    let pairs = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let request = ChartRequest::parse(pairs, now.as_second());
    let attempt = state
        .log()
        .add(&symbol, request.as_ref().ok().map(|request| request.window));
    if !state.latency.is_zero() {
        tokio::time::sleep(state.latency).await;
    }
    if state.faults.is_away(VendorProtocol::Yahoo, now) {
        return Ok(reply::unavailable());
    }
    let fault = state.faults.wire_fault(state.seed(), &symbol, attempt);
    let request = match request {
        Ok(request) => request,
        Err(bad) => return Ok(reply::whole(bad_query(&bad))),
    };
    let with = |defects: &Defects| state.answer(&symbol, &request, now, defects);
    Ok(match fault {
        None => reply::whole(with(&Defects::default())),
        Some(WireFault::TooManyRequests { retry_after }) => reply::too_many_requests(retry_after),
        Some(WireFault::ServerError) => reply::server_error(),
        Some(WireFault::Html) => reply::outage_page(),
        Some(WireFault::Truncated) => reply::truncated(with(&Defects::default())),
        Some(WireFault::WrongSymbol) => reply::whole(with(&Defects {
            wrong_symbol: Some("WRONG".to_owned()),
            ..Defects::default()
        })),
        Some(WireFault::NullRows) => reply::whole(with(&Defects {
            null_rows: Some(attempt),
            ..Defects::default()
        })),
        Some(WireFault::Hang) => {
            tokio::time::sleep(HANG).await;
            return Err(io::Error::new(io::ErrorKind::TimedOut, "hung on purpose"));
        }
    })
}
