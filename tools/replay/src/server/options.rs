use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::fault::FaultPlan;
use crate::markets::MarketSpec;
use quantx_clock::{Clock, SystemClock};

/// How to start a [`ReplayServer`](super::ReplayServer).
#[derive(Debug, Clone)]
pub struct ReplayOptions {
    /// A loopback address; port 0 takes any free one.
    pub listen: SocketAddr,
    /// What to replay.
    pub market: MarketSpec,
    /// The instant at which Yahoo is looked at; `None` asks `clock` for each request.
    pub as_of: Option<Timestamp>,
    /// What goes wrong.
    pub faults: FaultPlan,
    /// Wait before every answer.
    pub latency: Duration,
    /// Makes the synthetic market and the choices of the faults.
    pub seed: u64,
    /// Where "now" comes from when `as_of` is `None`.
    pub clock: Arc<dyn Clock>,
}

impl ReplayOptions {
    /// `market` on any free port, as of now, without faults or latency, seed 0.
    pub fn new(market: MarketSpec) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            market,
            as_of: None,
            faults: FaultPlan::default(),
            latency: Duration::ZERO,
            seed: 0,
            clock: Arc::new(SystemClock),
        }
    }
}

impl Default for ReplayOptions {
    /// The sample market.
    fn default() -> Self {
        Self::new(MarketSpec::Sample)
    }
}
