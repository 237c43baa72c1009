use super::query::{pairs, percent_decoded};
use super::reply::{self, Reply};
use super::state::State;
use crate::vendors::{Question, VendorProtocol, respond};

/// The vendor whose path this is, and what stands behind it without its slash.
pub(super) fn protocol_of(path: &str) -> Option<(VendorProtocol, &str)> {
    VendorProtocol::ALL.into_iter().find_map(|protocol| {
        let below = path.strip_prefix(protocol.path())?.strip_prefix('/')?;
        (!protocol.path().is_empty()).then_some((protocol, below))
    })
}

/// Answers one request to another vendor than Yahoo.
pub(super) fn answer(state: &State, protocol: VendorProtocol, path: &str, query: &str) -> Reply {
    let now = state.now();
    *state.log().by_vendor.entry(protocol.name()).or_default() += 1;
    if state.faults.is_away(protocol, now) {
        return reply::unavailable();
    }
    let question = Question {
        market: state.market.as_ref(),
        faults: state.faults.of_vendors(),
        now,
        path: &percent_decoded(path),
        query: &pairs(query),
    };
    reply::whole(respond(protocol, question))
}
