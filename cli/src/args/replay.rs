//! Arguments of `quantx replay`.

use std::net::SocketAddr;

use clap::Args;
use quantx_replay::{FaultPlan, MarketSpec};

/// `quantx replay`; the global `--as-of` is the day on which Yahoo is looked at.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Address on this machine; port 0 takes any free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// sample, synthetic:N, synthetic:N:us, synthetic:N:ae, synthetic:N:all, synthetic:N:kinds, csv:DIR or recorded:DIR
    #[arg(long, value_name = "MARKET", default_value_t = MarketSpec::Sample)]
    pub(crate) market: MarketSpec,
    /// What goes wrong, such as 429=0.05,hang=0.01,AAPL#2=500
    #[arg(
        long,
        value_name = "SPEC",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) faults: FaultPlan,
    /// Wait before every answer
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub(crate) latency_ms: u64,
    /// Makes the synthetic market and the choices of the faults
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
}
