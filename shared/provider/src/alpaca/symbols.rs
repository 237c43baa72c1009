//! Symbols at Alpaca. Pure.

use quantx_market::{Exchange, Listing, spelling};

/// `BRK-B` is `BRK.B`, the preferred share `BAC-PL` is `BAC.PRL`. Source: the symbols of the New York Stock
/// Exchange's own feed, which the vendor passes on.
pub(super) fn symbol(listing: &Listing) -> String {
    let ticker = listing.ticker().as_str();
    match ticker.rsplit_once('-') {
        Some((root, class)) if class.len() == 1 => format!("{root}.{class}"),
        Some((root, series)) if series.starts_with('P') => {
            format!("{root}.PR{}", &series[1..])
        }
        _ => ticker.to_owned(),
    }
}

/// Our listing of the vendor's symbol, if it can be one.
pub(super) fn listing(exchange: &Exchange, symbol: &str) -> Option<Listing> {
    let preferred = symbol
        .split_once(".PR")
        .map(|(root, series)| format!("{root}-P{series}"));
    spelling::listing(exchange, preferred.as_deref().unwrap_or(symbol)).ok()
}
