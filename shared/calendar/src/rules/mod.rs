//! The rules of each exchange, one file per exchange.

mod bvmf;
mod clock;
mod days;
mod euronext;
mod hebrew;
mod holiday;
mod lunar;
mod market;
mod xasx;
mod xath;
mod xbkk;
mod xbom;
mod xbud;
mod xcse;
mod xdub;
mod xetr;
mod xhel;
mod xhkg;
mod xidx;
mod xist;
mod xjse;
mod xkls;
mod xkrx;
mod xlon;
mod xmad;
mod xmex;
mod xmil;
mod xnys;
mod xnze;
mod xosl;
mod xpra;
mod xsau;
mod xses;
mod xshg;
mod xsto;
mod xswx;
mod xtae;
mod xtai;
mod xtks;
mod xtse;
mod xwar;
mod xwbo;

use market::{BASE, Exception, Week};
pub(super) use market::{Hours, Market, Special, Year, hours_on};

/// How many names have a calendar.
pub(super) const N_MARKETS: usize = MARKETS.len();

/// Everything with a calendar.
pub(super) static MARKETS: [Market; 47] = [
    xnys::MARKET,
    xlon::MARKET,
    xetr::MARKET,
    euronext::PARIS,
    xhkg::MARKET,
    xtks::MARKET,
    xswx::MARKET,
    euronext::AMSTERDAM,
    euronext::BRUSSELS,
    euronext::LISBON,
    xmil::MARKET,
    xmad::MARKET,
    xsto::MARKET,
    xcse::MARKET,
    xosl::MARKET,
    xhel::MARKET,
    xwbo::MARKET,
    xdub::MARKET,
    xtse::MARKET,
    xtse::VENTURE,
    xasx::MARKET,
    xnze::MARKET,
    xkrx::MARKET,
    xkrx::KOSDAQ,
    xtai::MARKET,
    xtai::TAIPEI,
    xses::MARKET,
    xbom::MARKET,
    xbom::NATIONAL,
    xshg::MARKET,
    xshg::SHENZHEN,
    xbkk::MARKET,
    xidx::MARKET,
    xkls::MARKET,
    bvmf::MARKET,
    xmex::MARKET,
    xjse::MARKET,
    xtae::MARKET,
    xsau::MARKET,
    xist::MARKET,
    xwar::MARKET,
    xpra::MARKET,
    xbud::MARKET,
    xath::MARKET,
    clock::WEEKDAYS,
    clock::ALWAYS,
    clock::GLOBEX,
];
