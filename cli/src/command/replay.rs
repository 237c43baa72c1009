//! `quantx replay`

use std::time::Duration;

use anyhow::{Context, Result};
use quantx::settings::Overrides;
use quantx_replay::{ReplayOptions, ReplayServer, VendorProtocol};

use super::Ended;
use crate::args::{GlobalArgs, ReplayArgs};
use crate::console;
use crate::invocation::Invocation;
use crate::signals::Signals;

pub(super) async fn execute(global: GlobalArgs, args: ReplayArgs) -> Result<Ended> {
    let invocation = Invocation::open(global, Overrides::default())?;
    // Before the address is printed: whoever reads it may end us at once.
    let mut signals = Signals::listen()?;
    let market = args.market.to_string();
    let options = ReplayOptions {
        listen: args.listen,
        market: args.market,
        as_of: invocation.global.as_of,
        faults: args.faults,
        latency: Duration::from_millis(args.latency_ms),
        seed: args.seed,
        clock: invocation.clock(),
    };
    let server = ReplayServer::start(options).await;
    let server = server.with_context(|| format!("cannot replay {market} on {}", args.listen))?;
    let vendors = VendorProtocol::ALL.into_iter().skip(1);
    let vendors =
        vendors.map(|vendor| format!("{} on {}\n", vendor.name(), server.vendor_url(vendor)));
    let vendors: String = vendors.collect();
    console::print(&format!("listening on {}\n{vendors}", server.base_url()))?;
    signals.next().await;
    let by_symbol = server.requests_by_symbol();
    invocation.console.line(&format!(
        "{} chart requests for {} symbols",
        server.requests(),
        by_symbol.len(),
    ));
    server.shutdown().await;
    Ok(Ended::Done)
}
