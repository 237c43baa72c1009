use super::*;
use jiff::Timestamp;
use proptest::prelude::*;

fn exchange(code: &str) -> ExchangeCode {
    ExchangeCode::parse(code).unwrap()
}

fn ticker(code: &str) -> Ticker {
    Ticker::parse(code).unwrap()
}

fn name(text: &str) -> UniverseName {
    UniverseName::parse(text).unwrap()
}

fn run() -> RunId {
    RunId::new("daily_update", "2024-07-05T23:04:09Z".parse().unwrap()).unwrap()
}

#[test]
fn every_path_of_the_contract_names_its_object() {
    let (us, aapl) = (exchange("us"), ticker("AAPL"));
    let bars = LakeKey::Bars {
        exchange: exchange("hk"),
        ticker: ticker("0700"),
        year: 2024,
    };
    let commit = LakeKey::Commit {
        exchange: us.clone(),
        ticker: aapl.clone(),
    };
    let panel = LakeKey::Panel {
        exchange: us.clone(),
        year: 2024,
    };
    let quarantine = LakeKey::Quarantine {
        exchange: us.clone(),
        ticker: aapl.clone(),
        run: run(),
    };
    let evidence = |of| LakeKey::Evidence {
        exchange: us.clone(),
        ticker: aapl.clone(),
        run: run(),
        of,
    };
    let decisions = LakeKey::Decisions {
        exchange: us.clone(),
        ticker: ticker("AAPL"),
    };
    let universe = |text| LakeKey::Universe { name: name(text) };
    let metadata = |text| LakeKey::UniverseMetadata { name: name(text) };
    for (key, path) in [
        (bars, "data/exchange=hk/ticker=0700/year=2024/data.parquet"),
        (commit, "data/exchange=us/ticker=AAPL/_symbol.json"),
        (panel, "panel/exchange=us/year=2024/data.parquet"),
        (
            LakeKey::Actions {
                exchange: us.clone(),
            },
            "actions/exchange=us/data.parquet",
        ),
        (universe("phase_1"), "meta/universe_phase_1.csv"),
        (
            LakeKey::Holidays { name: name("ae") },
            "meta/holidays_ae.txt",
        ),
        (universe("a_metadata"), "meta/universe_a_metadata.csv"),
        (metadata("phase_1"), "meta/universe_phase_1_metadata.json"),
        (
            metadata("a_metadata"),
            "meta/universe_a_metadata_metadata.json",
        ),
        (
            LakeKey::Membership {
                name: name("sp500"),
            },
            "meta/membership_sp500.csv",
        ),
        (LakeKey::Manifest, "meta/symbols_manifest.csv"),
        (LakeKey::Alerts, "meta/alerts.json"),
        (LakeKey::LastRuns, "meta/last_runs.json"),
        (
            LakeKey::Report { run: run() },
            "reports/daily_update_20240705_230409.json",
        ),
        (
            LakeKey::Report { run: run().next() },
            "reports/daily_update_20240705_230409-2.json",
        ),
        (
            quarantine,
            "quarantine/exchange=us/ticker=AAPL/daily_update_20240705_230409.json",
        ),
        (
            evidence(EvidenceOf::Year(2012)),
            "quarantine/exchange=us/ticker=AAPL/daily_update_20240705_230409_2012.bytes",
        ),
        (
            evidence(EvidenceOf::Record),
            "quarantine/exchange=us/ticker=AAPL/daily_update_20240705_230409_symbol.bytes",
        ),
        (
            decisions,
            "quarantine/exchange=us/ticker=AAPL/decisions.json",
        ),
        (
            LakeKey::DeltaPart {
                table: DeltaTable::Bars,
                sha256: ContentHash::of(b""),
            },
            "delta/bars/part-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855.parquet",
        ),
        (
            LakeKey::DeltaCommit {
                table: DeltaTable::Factors,
                version: 7,
            },
            "delta/factors/_delta_log/00000000000000000007.json",
        ),
        (
            LakeKey::DeltaCheckpoint {
                table: DeltaTable::Bars,
                version: 50,
            },
            "delta/bars/_delta_log/00000000000000000050.checkpoint.parquet",
        ),
        (
            LakeKey::DeltaLastCheckpoint {
                table: DeltaTable::Factors,
            },
            "delta/factors/_delta_log/_last_checkpoint",
        ),
        (
            LakeKey::DeltaVersions {
                table: DeltaTable::Bars,
            },
            "delta/bars/_versions.json",
        ),
        (
            LakeKey::PanelIndex {
                exchange: exchange("us"),
            },
            "panel/exchange=us/_panel.json",
        ),
        (
            LakeKey::Work { run: run() },
            "runs/daily_update_20240705_230409/work.json",
        ),
        (LakeKey::Site(SiteFile::Page), "site/index.html"),
        (LakeKey::Site(SiteFile::Status), "site/status.json"),
        (LakeKey::Site(SiteFile::Metrics), "site/metrics.prom"),
        (LakeKey::Site(SiteFile::Listings), "site/listings.json"),
        (
            LakeKey::ChunkReport {
                run: run(),
                chunk: 7,
            },
            "runs/daily_update_20240705_230409/chunk_00007.json",
        ),
    ] {
        assert_eq!(key.path(), path);
        assert_eq!(LakeKey::parse(path), Ok(key));
    }
}

#[test]
fn a_path_that_is_not_exactly_one_of_ours_is_refused() {
    for path in [
        "",
        "/",
        "data",
        "/data/exchange=us/ticker=AAPL/_symbol.json",
        "data/exchange=us/ticker=AAPL/_symbol.json/",
        "data/exchange=us/ticker=aapl/_symbol.json",
        "data/exchange=US/ticker=AAPL/_symbol.json",
        "data/exchange=us/ticker=../_symbol.json",
        "data/exchange=us/ticker=AAPL/../ticker=MSFT/_symbol.json",
        "data/exchange=us/ticker=AAPL/year=02024/data.parquet",
        "data/exchange=us/ticker=AAPL/year=+2024/data.parquet",
        "data/exchange=us/ticker=AAPL/year=99999/data.parquet",
        "data/exchange=us/ticker=AAPL/year=2024/.data.parquet.1.2.tmp",
        "meta/universe_.csv",
        "meta/universe_A.csv",
        "meta/universe_../x.csv",
        "meta/other.csv",
        "reports/x.json",
        "runs/x/work.json",
        "runs/daily_update_20240705_230409/chunk_7.json",
        ".quantx/locks/00",
        "delta/bars/_delta_log/7.json",
        "delta/bars/_delta_log/+0000000000000000007.json",
        "delta/bars/_delta_log/7.checkpoint.parquet",
        "delta/bars/_delta_log/00000000000000000007.checkpoint.0000000001.0000000002.parquet",
        "delta/bars/_last_checkpoint",
        "delta/bars/part-E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855.parquet",
        "delta/bars/part-0.parquet",
        "delta/prices/_versions.json",
    ] {
        let error = LakeKey::parse(path).unwrap_err();
        assert!(matches!(error, KeyError::NotAKey { .. }), "{path}");
    }
    for bad in ["", "_a", "-a", "A", "a b", "a.b", "é", "../a"] {
        assert!(UniverseName::parse(bad).is_err(), "{bad}");
    }
    assert!(UniverseName::parse(&"a".repeat(65)).is_err());
}

#[test]
fn a_prefix_takes_whole_folders() {
    let of = |path| LakeKey::parse(path).unwrap();
    let one = LakePrefix::Listing(exchange("us"), ticker("A"));
    assert!(one.contains(&of("data/exchange=us/ticker=A/_symbol.json")));
    assert!(!one.contains(&of("data/exchange=us/ticker=AA/_symbol.json")));
    assert!(!one.contains(&of(
        "quarantine/exchange=us/ticker=A/backfill_20240705_230409.json"
    )));
    let exchange = LakePrefix::Exchange(exchange("us"));
    assert!(exchange.contains(&of("data/exchange=us/ticker=AA/year=2024/data.parquet")));
    assert!(!exchange.contains(&of("panel/exchange=us/year=2024/data.parquet")));
    assert!(!LakePrefix::Commits.contains(&of("data/exchange=us/ticker=A/year=2024/data.parquet")));
}

fn any_key() -> impl Strategy<Value = LakeKey> {
    let exchange = || "[a-z]{2,8}".prop_map(|code| exchange(&code));
    let ticker = || "[A-Za-z0-9_-]{1,8}(\\.[A-Za-z0-9_-]{1,6}){0,2}".prop_map(|code| ticker(&code));
    let name = || "[a-z][a-z0-9_]{0,20}(_metadata|_|)".prop_map(|text| name(&text));
    let run = || {
        let second = 0..253_402_207_200_i64;
        ("[a-z][a-z0-9_-]{0,20}", second, 0..4).prop_map(|(operation, second, repeats)| {
            let at = Timestamp::from_second(second).unwrap();
            let first = RunId::new(&operation, at).unwrap();
            (0..repeats).fold(first, |run, _| run.next())
        })
    };
    prop_oneof![
        (exchange(), ticker(), any::<i16>()).prop_map(|(exchange, ticker, year)| LakeKey::Bars {
            exchange,
            ticker,
            year
        }),
        (exchange(), ticker()).prop_map(|(exchange, ticker)| LakeKey::Commit { exchange, ticker }),
        (exchange(), any::<i16>()).prop_map(|(exchange, year)| LakeKey::Panel { exchange, year }),
        exchange().prop_map(|exchange| LakeKey::Actions { exchange }),
        name().prop_map(|name| LakeKey::Universe { name }),
        name().prop_map(|name| LakeKey::Holidays { name }),
        name().prop_map(|name| LakeKey::UniverseMetadata { name }),
        name().prop_map(|name| LakeKey::Membership { name }),
        Just(LakeKey::Manifest),
        Just(LakeKey::Alerts),
        Just(LakeKey::LastRuns),
        run().prop_map(|run| LakeKey::Report { run }),
        (exchange(), ticker(), run()).prop_map(|(exchange, ticker, run)| LakeKey::Quarantine {
            exchange,
            ticker,
            run
        }),
        (exchange(), ticker(), run(), any::<Option<i16>>()).prop_map(
            |(exchange, ticker, run, year)| LakeKey::Evidence {
                exchange,
                ticker,
                run,
                of: year.map_or(EvidenceOf::Record, EvidenceOf::Year),
            }
        ),
        (exchange(), ticker())
            .prop_map(|(exchange, ticker)| LakeKey::Decisions { exchange, ticker }),
        (delta(), any::<Vec<u8>>()).prop_map(|(table, content)| LakeKey::DeltaPart {
            table,
            sha256: ContentHash::of(&content),
        }),
        (delta(), any::<u64>())
            .prop_map(|(table, version)| LakeKey::DeltaCommit { table, version }),
        (delta(), any::<u64>())
            .prop_map(|(table, version)| LakeKey::DeltaCheckpoint { table, version }),
        delta().prop_map(|table| LakeKey::DeltaLastCheckpoint { table }),
        delta().prop_map(|table| LakeKey::DeltaVersions { table }),
    ]
}

fn delta() -> impl Strategy<Value = DeltaTable> {
    prop_oneof![Just(DeltaTable::Bars), Just(DeltaTable::Factors)]
}

fn any_prefix() -> impl Strategy<Value = LakePrefix> {
    let exchange = || "[a-z]{2,3}".prop_map(|code| exchange(&code));
    prop_oneof![
        Just(LakePrefix::All),
        (exchange(), "[A-Z]{1,2}")
            .prop_map(|(code, local)| LakePrefix::Listing(code, ticker(&local))),
        exchange().prop_map(LakePrefix::Exchange),
        Just(LakePrefix::Commits),
        Just(LakePrefix::Quarantine),
        (exchange(), "[A-Z]{1,2}")
            .prop_map(|(code, local)| LakePrefix::ListingQuarantine(code, ticker(&local))),
        Just(LakePrefix::Reports),
        delta().prop_map(LakePrefix::DeltaLog),
    ]
}

proptest! {
    #[test]
    fn parse_inverts_path(key in any_key()) {
        prop_assert_eq!(LakeKey::parse(&key.path()), Ok(key));
    }

    #[test]
    fn no_text_is_a_key_unless_it_is_its_path(path in "(data|meta|reports|panel|delta)/[a-zA-Z0-9=_./-]{0,40}") {
        if let Ok(key) = LakeKey::parse(&path) {
            prop_assert_eq!(key.path(), path);
        }
    }

    #[test]
    fn no_path_leaves_the_lake_or_hides_in_it(key in any_key()) {
        for segment in key.path().split('/') {
            prop_assert!(!segment.is_empty() && !segment.starts_with('.'), "{}", key);
        }
    }

    #[test]
    fn a_prefix_contains_only_what_begins_with_its_path(prefix in any_prefix(), key in any_key()) {
        let path = key.path();
        if prefix.contains(&key) {
            prop_assert!(path.starts_with(&prefix.path()));
            prop_assert!(path.matches('/').count() <= prefix.max_depth());
        }
    }
}
