//! Yahoo's client, alone and throttled, keeps the port's promise. The other vendors' clients are held to theirs in
//! `shared/provider/src/<vendor>/tests.rs`.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::date;
use quantx::market::{Action, Listing, SessionRange};
use quantx::provider::yahoo::{YahooClient, YahooConfig};
use quantx::provider::{BarProvider, RetryPolicy, ThrottleLimits, Throttled};
use quantx::settings::{EnvMap, Overrides, Settings};
use quantx_replay::{Market, MarketSpec, ReplayOptions, ReplayServer, open_market};
use quantx_tests::conformance::provider::{KnownSession, Opened, Scene, Trouble, World, run_all};

/// Apple, which split in 2000 and 2005 and paid from 2012 on, until the day before the sample ends.
const SYMBOL: &str = "AAPL";

fn listing(symbol: &str) -> Listing {
    let settings =
        Settings::resolve(None, None, &EnvMap::default(), &Overrides::default()).unwrap();
    Listing::parse(symbol, &settings.exchanges).unwrap()
}

fn world(market: &dyn Market) -> World {
    let truth = market.truth(SYMBOL).unwrap();
    let range = SessionRange::inclusive(date(2004, 11, 1), date(2013, 2, 28));
    let open_at = |date| {
        let sessions = &truth.venue.sessions;
        let session = sessions.get(sessions.index_of(date).unwrap()).unwrap();
        let at = |stamp| Timestamp::from_second(stamp).unwrap();
        (at(session.open), at(session.close))
    };
    let rows = truth.rows.iter().filter(|row| range.contains(row.date));
    let sessions = rows.map(|row| {
        let (open, end) = open_at(row.date);
        KnownSession {
            date: row.date,
            open,
            end,
            close: row.close.unwrap(),
        }
    });
    let in_range = |action: &&Action| range.contains(action.ex_date);
    World {
        listing: listing(SYMBOL),
        time_zone: truth.venue.zone.clone(),
        currency: truth.venue.facts.currency,
        sessions: sessions.collect(),
        actions: truth.actions.iter().filter(in_range).copied().collect(),
        unknown: listing("NOSUCH"),
        not_yet: (listing("FB"), "2012-05-01T20:00:00Z".parse().unwrap()),
    }
}

/// The replay vendor at the scene's instant, and Yahoo's client asking it.
async fn yahoo(scene: Scene) -> (YahooClient, ReplayServer) {
    let fault = match scene.trouble {
        Some(Trouble::Throttled(None)) => "429".to_owned(),
        Some(Trouble::Throttled(Some(wait))) => format!("429ra:{}", wait.as_secs()),
        Some(Trouble::ServerError) => "500".to_owned(),
        Some(Trouble::Hang) => "hang".to_owned(),
        Some(Trouble::CutOff) => "truncate".to_owned(),
        Some(Trouble::Page) => "html".to_owned(),
        Some(Trouble::OtherSymbol) => "wrong-symbol".to_owned(),
        Some(Trouble::NullRows) => "null-rows".to_owned(),
        Some(Trouble::TooLarge) | None => String::new(),
    };
    let mut options = ReplayOptions::new(MarketSpec::Sample);
    options.as_of = Some(scene.now);
    if !fault.is_empty() {
        options.faults = format!("{SYMBOL}#1={fault}").parse().unwrap();
    }
    let server = ReplayServer::start(options).await.unwrap();
    let client = YahooClient::new(YahooConfig {
        base_url: server.base_url(),
        user_agent: "Mozilla/5.0 (X11; Linux x86_64) Test/1".to_owned(),
        connect_timeout: Duration::from_secs(5),
        timeout: match scene.trouble {
            Some(Trouble::Hang) => Duration::from_millis(500),
            _ => Duration::from_secs(30),
        },
        body_limit_bytes: match scene.trouble {
            Some(Trouble::TooLarge) => 10_000,
            _ => 32 << 20,
        },
    });
    (client.unwrap(), server)
}

#[tokio::test(flavor = "multi_thread")]
async fn yahoos_client_keeps_the_promise() {
    let market = open_market(&MarketSpec::Sample, 0).unwrap();
    run_all(&world(market.as_ref()), async |scene| {
        let (client, server) = yahoo(scene).await;
        Opened {
            provider: Arc::new(client) as Arc<dyn BarProvider>,
            vendor: Box::new(server),
        }
    })
    .await;
}

/// With one attempt the decorator is as the client that it holds.
#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_client_keeps_the_promise() {
    let market = open_market(&MarketSpec::Sample, 0).unwrap();
    let limits = ThrottleLimits {
        requests_per_second: None,
        burst: NonZeroU32::MIN,
        retry: RetryPolicy {
            max_attempts: NonZeroU32::MIN,
            base: 2.0,
            min_wait: Duration::from_millis(1),
            max_wait: Duration::from_millis(1),
            max_pause: Duration::from_secs(60),
        },
        open_after: NonZeroU32::MAX,
    };
    run_all(&world(market.as_ref()), async |scene| {
        let (client, server) = yahoo(scene).await;
        Opened {
            provider: Arc::new(Throttled::with_seed(client, limits, 0)) as Arc<dyn BarProvider>,
            vendor: Box::new(server),
        }
    })
    .await;
}
