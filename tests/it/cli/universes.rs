//! Universes from pages on loopback: recorded ones where they are there, and pages made by hand.

use std::fs;
use std::path::{Path, PathBuf};

use quantx_tests::pages::{Page, PageServer};

use super::Desk;

const SP500: &str = "universe/sp500-rev1120976287-2022-11-10-parsoid.html";
const HKEX: &str = "hkex/ListOfSecurities-2021-12-03.xlsx";

fn recorded(file: &str) -> Option<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    if !folder.is_dir() {
        eprintln!("skipped: no ../shared/data");
        return None;
    }
    Some(fs::read(folder.join(file)).unwrap())
}

fn made(file: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/pages");
    fs::read(folder.join(file)).unwrap()
}

/// Wikipedia's page and the one made by hand in its shape, where they are called alike here and there.
const ROADMAP: [(&str, &str); 11] = [
    ("S%26P/TSX_Composite_Index", "tsx"),
    ("S%26P/ASX_200", "asx200"),
    ("NIFTY_50", "nifty50"),
    ("KOSPI_200", "kospi200"),
    ("FTSE_100_Index", "ftse100"),
    ("FTSE_250_Index", "ftse250"),
    ("MDAX", "mdax"),
    ("SDAX", "sdax"),
    ("TecDAX", "tecdax"),
    ("DAX", "dax"),
    ("CAC_40", "cac40"),
];

const TOPIX: &str =
    "https://www.jpx.co.jp/automation/english/markets/indices/topix/files/topixweight_e.csv";

/// The shipped universes with every one enabled, their addresses on `server` and the limits of the
/// pages made by hand, which are short.
fn configure(desk: &Desk, server: &PageServer) -> PathBuf {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/universes.yaml");
    let mut text = fs::read_to_string(shipped).unwrap();
    for (address, path) in [
        (
            "https://en.wikipedia.org/wiki/List_of_S%26P_500_companies",
            "/sp500",
        ),
        ("https://en.wikipedia.org/wiki/Hang_Seng_Index", "/hsi"),
        (
            "https://www.hkex.com.hk/eng/services/trading/securities/securitieslists/ListOfSecurities.xlsx",
            "/hkex.xlsx",
        ),
        (
            "https://en.wikipedia.org/wiki/List_of_S%26P_400_companies",
            "/sp400",
        ),
        (
            "https://en.wikipedia.org/wiki/List_of_S%26P_600_companies",
            "/sp600",
        ),
        ("https://en.wikipedia.org/wiki/Nikkei_225", "/nikkei"),
        ("https://en.wikipedia.org/wiki/STOXX_Europe_600", "/stoxx"),
    ] {
        assert!(text.contains(address), "{address}");
        text = text.replace(address, &server.url(path));
    }
    for (page, path) in ROADMAP {
        let address = format!("https://en.wikipedia.org/wiki/{page}\n");
        assert!(text.contains(&address), "{address}");
        text = text.replace(&address, &format!("{}\n", server.url(&format!("/{path}"))));
    }
    assert!(text.contains(TOPIX));
    text = text.replace(TOPIX, &server.url("/topix.csv"));
    text = text.replace("enabled: false", "enabled: true");
    for limit in [
        "50", "390", "590", "220", "400", "1000", "98", "240", "38", "45", "60", "27", "200", "190",
    ] {
        text = text.replace(&format!("min_members: {limit}\n"), "min_members: 5\n");
    }
    let folder = desk.path("config");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("universes.yaml"), text).unwrap();
    folder
}

fn serve_all(server: &PageServer) -> Option<()> {
    server.set("/sp500", Page::html(recorded(SP500)?));
    server.set("/hkex.xlsx", Page::excel(recorded(HKEX)?));
    for (path, file) in [
        ("/hsi", "hsi.html"),
        ("/sp400", "sp400.html"),
        ("/sp600", "sp600.html"),
        ("/nikkei", "nikkei225.html"),
        ("/stoxx", "stoxx600.html"),
    ] {
        server.set(path, Page::html(made(file)));
    }
    for (_, path) in ROADMAP {
        server.set(
            &format!("/{path}"),
            Page::html(made(&format!("{path}.html"))),
        );
    }
    server.set("/topix.csv", Page::csv(made("topixweight_e.csv")));
    Some(())
}

fn symbols(lake: &std::collections::BTreeMap<String, Vec<u8>>, name: &str) -> Vec<String> {
    let text = String::from_utf8(lake[&format!("meta/universe_{name}.csv")].clone()).unwrap();
    let lines = text.lines().skip(1);
    lines
        .map(|line| line.split(',').next().unwrap().to_owned())
        .collect()
}

#[test]
fn all_six_phases_refresh_from_their_pages() {
    let server = PageServer::start();
    if serve_all(&server).is_none() {
        return;
    }
    let desk = Desk::new();
    configure(&desk, &server);
    let mut message = String::new();
    for phase in [
        "phase_1", "phase_2", "phase_3", "phase_4", "phase_5", "phase_6",
    ] {
        let words = [
            "refresh-universe",
            "--phase",
            phase,
            "-q",
            "--as-of",
            "2022-11-10",
        ];
        message.push_str(&desk.run(&words).ends_with(0).stdout);
    }
    let lake = desk.lake();
    let sp500 = symbols(&lake, "us_sp500");
    assert_eq!(sp500.len(), 503);
    assert!(sp500.contains(&"BRK-B".to_owned()) && sp500.contains(&"BF-B".to_owned()));
    let hk = symbols(&lake, "hk_all");
    assert_eq!(hk.len(), 2_587);
    assert!(hk.contains(&"0700.HK".to_owned()) && !hk.contains(&"4333.HK".to_owned()));
    let phase_1 = symbols(&lake, "phase_1");
    assert_eq!(phase_1.len(), 503 + symbols(&lake, "hk_hsi").len());
    assert!(symbols(&lake, "jp_nikkei225").contains(&"285A.T".to_owned()));
    let stoxx = symbols(&lake, "eu_stoxx600");
    assert!(stoxx.contains(&"SAN.PA".to_owned()) && stoxx.contains(&"SAN.MC".to_owned()));
    assert!(
        stoxx.contains(&"CCH.L".to_owned()),
        "a Swiss company in London"
    );
    assert!(symbols(&lake, "fr_cac40").contains(&"MT.AS".to_owned()));
    assert!(symbols(&lake, "phase_6").contains(&"005930.KS".to_owned()));
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("refresh_six_phases", message);
    });
    // The request says who asks.
    let requested = server.requested();
    assert_eq!(requested.len(), 7 + ROADMAP.len() + 1);
    assert!(
        requested
            .iter()
            .all(|head| head.contains("QuantX-Data-Builder/"))
    );
    // Twice is once, byte for byte.
    desk.run(&[
        "refresh-universe",
        "--phase",
        "phase_1",
        "-q",
        "--as-of",
        "2022-11-10",
    ])
    .ends_with(0);
    let again = desk.lake();
    for name in [
        "universe_us_sp500.csv",
        "membership_us_sp500.csv",
        "identity.csv",
        "universe_phase_1.csv",
    ] {
        let key = format!("meta/{name}");
        assert!(again[&key] == lake[&key], "{key} changed");
    }
}

#[test]
fn members_are_those_of_the_date() {
    let Some(page) = recorded(SP500) else { return };
    let server = PageServer::start();
    server.set("/sp500", Page::html(page));
    server.set("/hsi", Page::html(made("hsi.html")));
    let desk = Desk::new();
    configure(&desk, &server);
    desk.run(&["refresh-universe", "-q", "--as-of", "2022-11-10"])
        .ends_with(0);
    let on = |date: &str| {
        let ran = desk
            .run(&["members", "us_sp500", "--on", date])
            .ends_with(0);
        ran.stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let then = on("2019-06-28");
    assert!((495..=510).contains(&then.len()), "{}", then.len());
    // Tesla joined on 2020-12-21 for Aimco.
    assert!(!then.contains(&"TSLA".to_owned()) && then.contains(&"AIV".to_owned()));
    let now = on("2022-11-10");
    assert!(now.contains(&"TSLA".to_owned()) && !now.contains(&"AIV".to_owned()));
    assert_eq!(now.len(), 503);
    // Nobody is made up for a time that is not known.
    desk.run(&["members", "us_sp500", "--on", "1980-01-02"])
        .is_refused(&["the members of us_sp500 are known since"]);
    desk.run(&["members", "us_sp5000"])
        .is_refused(&["meta/membership_us_sp5000.csv is not in the lake"]);
    // A backfill of those years takes both.
    let words = [
        "backfill",
        "--dry-run",
        "--json",
        "-q",
        "--as-of",
        "2022-11-10",
        "--members-between",
        "2020-12-01",
        "2020-12-31",
        "--start",
        "2020-01-01",
        "--end",
        "2020-12-31",
    ];
    let plan = desk.run(&words).ends_with(0).json();
    let planned: Vec<&str> = plan["listings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|listing| listing["symbol"].as_str().unwrap())
        .collect();
    assert!(planned.contains(&"TSLA") && planned.contains(&"AIV"));
    assert!(planned.len() > 503, "{}", planned.len());
}

fn page_of(symbols: &[&str]) -> Page {
    let rows: String = symbols
        .iter()
        .map(|symbol| format!("<tr><td>{symbol}</td><td>The {symbol} Company</td></tr>"))
        .collect();
    Page::html(format!(
        "<html><body><table id=constituents><tr><th>Symbol</th><th>Security</th></tr>{rows}</table></body></html>"
    ))
}

/// One small universe behind the page `/list`.
fn small(desk: &Desk, server: &PageServer, more: &str) {
    let folder = desk.path("config");
    fs::create_dir_all(&folder).unwrap();
    let text = format!(
        "universes:\n  phase_1:\n    - name: mine\n      source_type: wikipedia\n      url: {}\n      \
         symbol_column: Symbol\n      min_members: 3\n{more}",
        server.url("/list")
    );
    fs::write(folder.join("universes.yaml"), text).unwrap();
    let settings = "sources: { timeout: 2s, connect_timeout: 1s }\n";
    fs::write(folder.join("settings.yaml"), settings).unwrap();
}

#[test]
fn a_source_that_is_away_leaves_the_last_good_list_in_force() {
    let server = PageServer::start();
    let desk = Desk::new();
    small(&desk, &server, "");
    let refresh = |as_of: &str| desk.run(&["refresh-universe", "--json", "-q", "--as-of", as_of]);
    // Nothing stored and nothing to fall back to.
    server.set("/list", Page::error(404));
    let report = refresh("2024-01-01").ends_with(1).json();
    assert_eq!(report["universes"][0]["outcome"], "failed");
    assert_eq!(report["verdict"], "red");
    assert!(!desk.lake().contains_key("meta/universe_mine.csv"));

    server.set("/list", page_of(&["A", "B", "C", "D"]));
    let report = refresh("2024-01-02").ends_with(0).json();
    assert_eq!(report["universes"][0]["outcome"], "refreshed");
    let good = desk.lake()["meta/universe_mine.csv"].clone();
    for (as_of, page) in [
        ("2024-01-03", Page::error(404)),
        (
            "2024-01-04",
            Page::html("<html><table><tr><th>Year</th></tr></table></html>"),
        ),
        ("2024-01-05", Page::excel("PK")),
    ] {
        server.set("/list", page);
        let report = refresh(as_of).ends_with(1).json();
        let universe = &report["universes"][0];
        assert_eq!(universe["outcome"], "stale", "{as_of}");
        // Since the first failure, not since the last.
        assert_eq!(universe["stale_since"], "2024-01-03T23:59:59Z", "{as_of}");
        assert_eq!(universe["members"], 4);
        assert_eq!(report["union"]["members"], 4);
        assert_eq!(desk.lake()["meta/universe_mine.csv"], good);
    }
    server.set("/list", page_of(&["A", "B", "C", "D"]));
    let report = refresh("2024-01-06").ends_with(0).json();
    assert_eq!(report["universes"][0]["outcome"], "unchanged");
    assert!(report["universes"][0].get("stale_since").is_none());
}

#[test]
fn a_list_that_is_not_believable_waits_for_an_operator() {
    let server = PageServer::start();
    let desk = Desk::new();
    small(&desk, &server, "      max_change: 1\n");
    server.set("/list", page_of(&["A", "B", "C", "D"]));
    desk.run(&["refresh-universe", "-q", "--as-of", "2024-01-02"])
        .ends_with(0);
    let good = desk.lake()["meta/universe_mine.csv"].clone();
    server.set("/list", page_of(&["A", "X", "Y", "Z"]));
    let refresh = ["refresh-universe", "-q", "--as-of", "2024-01-09"];
    let ran = desk.run(&refresh).ends_with(1);
    for message in ["refused", "3 of 4 seats changed", "--accept", "X, Y, Z"] {
        assert!(
            ran.stdout.contains(message),
            "{message:?} is not in {ran:?}"
        );
    }
    assert_eq!(desk.lake()["meta/universe_mine.csv"], good);
    server.set("/list", page_of(&["A", "B"]));
    let ran = desk.run(&refresh).ends_with(1);
    assert!(ran.stdout.contains("it has 2 members"), "{ran:?}");

    server.set("/list", page_of(&["A", "X", "Y", "Z"]));
    let looked = desk
        .run(refresh.iter().chain(&["--accept", "--dry-run"]))
        .ends_with(0);
    assert!(looked.stdout.contains("would be written"), "{looked:?}");
    assert_eq!(desk.lake()["meta/universe_mine.csv"], good);
    desk.run(refresh.iter().chain(&["--accept"])).ends_with(0);
    let membership = desk.lake()["meta/membership_mine.csv"].clone();
    assert_eq!(
        String::from_utf8(membership).unwrap(),
        "symbol,from,to,source\n\
         A,2024-01-02,,known_since\n\
         B,2024-01-02,2024-01-09,known_since/refresh\n\
         C,2024-01-02,2024-01-09,known_since/refresh\n\
         D,2024-01-02,2024-01-09,known_since/refresh\n\
         X,2024-01-09,,refresh\n\
         Y,2024-01-09,,refresh\n\
         Z,2024-01-09,,refresh\n"
    );
}

#[test]
fn a_universe_waits_for_what_it_depends_on() {
    let server = PageServer::start();
    let desk = Desk::new();
    let more = format!(
        "    - name: other\n      source_type: csv\n      url: {}\n      depends_on: [mine]\n",
        server.url("/other.csv")
    );
    small(&desk, &server, &more);
    server.set("/other.csv", Page::csv("Symbol,Name\n7203.T,Toyota\n"));
    server.set("/list", Page::error(403));
    let words = ["refresh-universe", "--json", "-q"];
    let report = desk.run(&words).ends_with(1).json();
    assert_eq!(
        report["universes"][1]["detail"],
        "it depends on mine, which is failed"
    );
    server.set("/list", page_of(&["A", "B", "C"]));
    let report = desk.run(&words).ends_with(0).json();
    assert_eq!(report["union"]["members"], 4);
}
