use super::*;
use quantx_market::minor_unit;

#[test]
fn the_shipped_files_resolve_with_an_empty_environment() {
    let settings =
        Settings::resolve(None, None, &EnvMap::default(), &Overrides::default()).unwrap();
    let again = resolve("", &[]).unwrap();
    assert_eq!(format!("{settings:?}"), format!("{again:?}"));
    assert!(settings.storage.azure.is_none());
    assert_eq!(settings.storage.local_root.to_str(), Some("./data"));
    assert_eq!(settings.fetcher.max_workers.get(), 10);
    assert_eq!(settings.fetcher.lookback_days, 5);
    assert_eq!(settings.fetcher.chunk_size.get(), 100);
    assert_eq!(
        settings.fetcher.backfill_start,
        jiff::civil::date(2010, 1, 1)
    );
    assert_eq!(settings.fetcher.retry.min_wait, Duration::from_secs(2));
    assert_eq!(settings.fetcher.retry.max_wait, Duration::from_secs(10));
    assert_eq!(
        settings.yahoo.base_url.as_str(),
        "https://query2.finance.yahoo.com"
    );
    assert_eq!(settings.yahoo.requests_per_second, Some(2.0));
    assert_eq!(settings.yahoo.body_limit_bytes, 32 << 20);
    assert_eq!(settings.limits.run_deadline, None);
    assert_eq!(settings.phase.as_str(), "phase_1");
    assert_eq!(settings.universe_path, None);
    assert_eq!(
        settings.schedules.daily_data_update.as_str(),
        "0 0 5 * * 2-6"
    );
}

#[test]
fn the_shipped_exchanges_are_those_of_the_contract() {
    let settings = resolve("", &[]).unwrap();
    for (code, suffix, mic, lag) in [
        ("us", "", "XNYS", 0),
        ("hk", ".HK", "XHKG", 15),
        ("jp", ".T", "XTKS", 20),
        ("uk", ".L", "XLON", 20),
        ("de", ".DE", "XETR", 15),
        ("fr", ".PA", "XPAR", 15),
        ("nl", ".AS", "XAMS", 20),
        ("ch", ".SW", "XSWX", 30),
        ("it", ".MI", "XMIL", 20),
        ("es", ".MC", "XMAD", 20),
        ("se", ".ST", "XSTO", 20),
        ("dk", ".CO", "XCSE", 20),
        ("no", ".OL", "XOSL", 20),
        ("fi", ".HE", "XHEL", 20),
        ("be", ".BR", "XBRU", 20),
        ("pt", ".LS", "XLIS", 20),
        ("at", ".VI", "XWBO", 20),
        ("ie", ".IR", "XDUB", 20),
        ("ca", ".TO", "XTSE", 20),
        ("tsxv", ".V", "XTSX", 20),
        ("br", ".SA", "BVMF", 20),
        ("mx", ".MX", "XMEX", 20),
        ("au", ".AX", "XASX", 35),
        ("nz", ".NZ", "XNZE", 35),
        ("kr", ".KS", "XKRX", 20),
        ("kosdaq", ".KQ", "XKOS", 20),
        ("tw", ".TW", "XTAI", 20),
        ("tpex", ".TWO", "ROCO", 20),
        ("sg", ".SI", "XSES", 30),
        ("in", ".NS", "XNSE", 30),
        ("bse", ".BO", "XBOM", 30),
        ("cn", ".SS", "XSHG", 30),
        ("szse", ".SZ", "XSHE", 30),
        ("th", ".BK", "XBKK", 30),
        ("id", ".JK", "XIDX", 30),
        ("my", ".KL", "XKLS", 20),
        ("za", ".JO", "XJSE", 20),
        ("il", ".TA", "XTAE", 35),
        ("sa", ".SR", "XSAU", 30),
        ("tr", ".IS", "XIST", 30),
        ("pl", ".WA", "XWAR", 20),
        ("cz", ".PR", "XPRA", 20),
        ("hu", ".BD", "XBUD", 20),
        ("gr", ".AT", "XATH", 20),
    ] {
        let listing = Listing::parse(&format!("ABC{suffix}"), &settings.exchanges).unwrap();
        assert_eq!(listing.exchange().as_str(), code);
        let exchange = settings.exchanges.get(listing.exchange()).unwrap();
        assert_eq!(
            (exchange.mic.as_str(), exchange.lag),
            (mic, Duration::from_secs(60 * lag))
        );
        let minor = minor_unit(&exchange.currency);
        let quotes_in_minor = matches!(code, "uk" | "za" | "il");
        assert_eq!(minor.is_some(), quotes_in_minor, "{code}");
        assert_eq!(
            exchange.unit_scale,
            minor.map_or(1.0, |unit| unit.scale),
            "{code}"
        );
    }
    assert_eq!(settings.exchanges.iter().count(), 44 + 5);
}

#[test]
fn every_symbol_of_the_benchmarks_has_a_folder_sessions_and_a_time_zone() {
    let settings = resolve("", &[]).unwrap();
    let exchanges = &settings.exchanges;
    for (symbol, path, zone, mic) in [
        ("^GSPC", "index/GSPC", "America/New_York", "XNYS"),
        ("^HSI", "index/HSI", "Asia/Hong_Kong", "XHKG"),
        ("^N225", "index/N225", "Asia/Tokyo", "XTKS"),
        ("^STOXX50E", "index/STOXX50E", "Europe/Paris", "XPAR"),
        ("^TA125.TA", "index/TA125.TA", "Asia/Jerusalem", "XTAE"),
        ("EURUSD=X", "fx/EURUSD", "Europe/London", "24x5"),
        ("JPY=X", "fx/JPY", "Europe/London", "24x5"),
        ("BTC-USD", "crypto/BTC-USD", "UTC", "24x7"),
        ("CL=F", "future/CL", "America/New_York", "GLBX"),
        ("0P0000XYZ1.L", "fund/0P0000XYZ1.L", "Europe/London", "XLON"),
        ("BRK-B", "us/BRK-B", "America/New_York", "XNYS"),
        ("BAC-PL", "us/BAC-PL", "America/New_York", "XNYS"),
    ] {
        let listing = Listing::parse(symbol, exchanges).unwrap();
        assert_eq!(format!("{}/{}", listing.exchange(), listing.ticker()), path);
        let (exchange, calendar) = settings.venue(&listing).unwrap();
        assert_eq!(exchange.time_zone.iana_name(), Some(zone), "{symbol}");
        assert_eq!(
            (exchange.mic.as_str(), calendar.mic()),
            (mic, mic),
            "{symbol}"
        );
    }
    let of = |phase: &str| {
        let mut phases = settings.universes.phases();
        let entries = phases.find(|(name, _)| name.as_str() == phase).unwrap().1;
        entries.to_vec()
    };
    let mut n_symbols = 0;
    for entry in of("benchmarks") {
        let crate::UniverseSource::Static { symbols } = &entry.source else {
            panic!("{} needs a network", entry.name);
        };
        assert!(entry.enabled, "{}", entry.name);
        for listing in symbols {
            assert!(settings.venue(listing).is_some(), "{listing}");
            assert_ne!(
                listing.kind(),
                quantx_market::InstrumentKind::Share,
                "{listing}"
            );
            n_symbols += 1;
        }
    }
    assert!(n_symbols > 40, "{n_symbols}");
}

#[test]
fn what_a_symbol_is_can_be_said_otherwise_and_a_mistake_is_named() {
    let text = "instruments: { symbols: { VFINX: fund, ABC-USD: us, FTSEMIB.MI: index }, follows: { ^FOO: hk, ^GSPC: ca, ^VIX: null } }\n";
    let settings = resolve(text, &[]).unwrap();
    let found = |symbol: &str| {
        let listing = Listing::parse(symbol, &settings.exchanges).unwrap();
        let mic = settings.exchanges.of(&listing).unwrap().mic.clone();
        format!("{}/{} {mic}", listing.exchange(), listing.ticker())
    };
    assert_eq!(found("VFINX"), "fund/VFINX XNYS");
    assert_eq!(found("abc-usd"), "us/ABC-USD XNYS");
    assert_eq!(found("FTSEMIB.MI"), "index/FTSEMIB.MI XMIL");
    assert_eq!(found("^FOO"), "index/FOO XHKG");
    assert_eq!(found("^GSPC"), "index/GSPC XTSE");
    assert_eq!(found("^DJI"), "index/DJI XNYS");
    let refused = |symbol: &str| {
        let error = Listing::parse(symbol, &settings.exchanges).unwrap_err();
        error.to_string()
    };
    assert!(
        refused("^VIX").contains("follows: { \"^VIX\": us }"),
        "{}",
        refused("^VIX")
    );
    assert!(
        refused("^FTSEMIB.MI").contains("FTSEMIB.MI"),
        "{}",
        refused("^FTSEMIB.MI")
    );
    for (text, told) in [
        (
            "instruments: { symbols: { VFINX: funds } }",
            "did you mean fund?",
        ),
        ("instruments: { follows: { ^FOO: fx } }", "one of at, au"),
        ("instruments: { symbols: { \"A/B\": index } }", "A/B"),
        (
            "instruments: { symbols: [VFINX] }",
            "a section whose keys are symbols",
        ),
        (
            "instruments: { quotes: [B] }",
            "three to five capital letters",
        ),
        ("instruments: { symbol: {} }", "unknown key"),
        ("exchanges: { fx: { suffix: FX } }", "unknown key"),
    ] {
        let problems = problems(text, &[]);
        assert!(problems.contains(told), "{text}: {problems}");
    }
}

#[test]
fn the_shipped_universes_are_those_of_the_original_its_roadmap_and_the_sample() {
    let settings = resolve("", &[]).unwrap();
    let names: Vec<String> = settings
        .universes
        .phases()
        .map(|(phase, entries)| {
            let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
            format!("{phase}: {}", names.join(" "))
        })
        .collect();
    assert_eq!(
        names,
        [
            "benchmarks: world_indices currencies crypto futures",
            "phase_1: us_sp500 hk_hsi",
            "phase_2: hk_all",
            "phase_3: us_sp400 us_sp600",
            "phase_4: jp_nikkei225 jp_topix",
            "phase_5: eu_stoxx600 uk_ftse100 uk_ftse250 de_dax de_mdax de_sdax de_tecdax fr_cac40",
            "phase_6: ca_tsx au_asx200 in_nifty50 kr_kospi200",
            "sample: us_sample",
        ]
    );
}
