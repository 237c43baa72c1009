//! Codes as sources write them: cases of `../shared/data/cases`, read by the program itself.

use std::fs;
use std::path::{Path, PathBuf};

use quantx_tests::pages::{Page, PageServer};

use super::Desk;
use super::lists::{configure, symbols};
use super::replay::Vendor;

fn case(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/cases");
    if !folder.is_dir() {
        eprintln!("skipped: no ../shared/data");
        return None;
    }
    Some(folder.join(name))
}

/// Case 15: CON (Concentra) joined the S&P 600 in November 2024.
#[test]
fn a_listing_called_con_is_a_listing_like_others() {
    let Some(case) = case("15-con-in-sp600") else {
        return;
    };
    let server = PageServer::start();
    let page = |name: &str| Page::html(fs::read(case.join("web").join(name)).unwrap());
    server.set("/sp600", page("sp600.html"));
    server.set("/other", page("other.html"));
    let desk = Desk::new();
    let entry = |name: &str| {
        format!(
            "    - {{ name: {name}, source_type: wikipedia, url: \"{}\", table_id: constituents, symbol_column: Symbol }}\n",
            server.url(&format!("/{name}"))
        )
    };
    configure(
        &desk,
        &format!(
            "universes:\n  phase_3:\n{}  phase_9:\n{}",
            entry("sp600"),
            entry("other")
        ),
    );
    let refresh = |phase: &str| {
        let words = [
            "refresh-universe",
            "-q",
            "--as-of",
            "2024-11-25",
            "--phase",
            phase,
        ];
        desk.run(&words).ends_with(0)
    };
    refresh("phase_3");
    assert!(symbols(&desk, "sp600").contains(&"CON".to_owned()));
    let vendor = Vendor::start(
        &desk,
        &[
            "--market",
            &format!("recorded:{}", case.join("vendor").display()),
        ],
    );
    let words = [
        "backfill",
        "-q",
        "--json",
        "--symbols",
        "AAP,ABG,ABM,CON",
        "--start",
        "2024-08-01",
        "--end",
        "2024-10-31",
        "--as-of",
        "2024-11-02",
        "--yahoo-base-url",
        &vendor.url,
        "--requests-per-second",
        "0",
    ];
    let report = desk.run(&words).ends_with(0).json();
    assert_eq!(report["results"]["success"], 4, "{report}");
    assert!(
        desk.lake()
            .contains_key("data/exchange=us/ticker=CON/_symbol.json")
    );
    // The other universe, a later refresh and the proof do not mind.
    refresh("phase_9");
    refresh("phase_3");
    let plan = [
        "plan",
        "--phase",
        "phase_3",
        "--json",
        "-q",
        "--as-of",
        "2024-11-25",
    ];
    desk.run(&plan).ends_with(0);
    let proof = desk
        .run(&["verify", "--deep", "--json"])
        .ends_with(0)
        .json();
    assert_eq!(
        proof["findings"].as_array().map(Vec::len),
        Some(0),
        "{proof}"
    );
}

/// Case 22: what Excel makes of codes.
#[test]
fn codes_that_excel_made_dates_and_fractions_of_are_left_out_with_their_cells() {
    let Some(case) = case("22-excel-numbers") else {
        return;
    };
    let server = PageServer::start();
    let desk = Desk::new();
    let mut universes = String::from("universes:\n");
    for (name, column, suffix) in [
        ("hk", "Stock Code", ".HK"),
        ("us", "Ticker", ""),
        ("jp", "code", ".T"),
        ("date", "Ticker", ""),
    ] {
        let file = fs::read(case.join(format!("web/{name}.xlsx"))).unwrap();
        server.set(&format!("/{name}.xlsx"), Page::excel(file));
        universes.push_str(&format!(
            "  {name}: [{{ name: u_{name}, source_type: excel, url: \"{}\", symbol_column: {column}, symbol_suffix: \"{suffix}\" }}]\n",
            server.url(&format!("/{name}.xlsx"))
        ));
    }
    configure(&desk, &universes);
    let refresh = |phase: &str| {
        let ran = desk.run(&["refresh-universe", "-q", "--phase", phase]);
        ran.ends_with(0).stdout
    };
    refresh("hk");
    assert_eq!(
        symbols(&desk, "u_hk"),
        ["0001.HK", "0005.HK", "0700.HK", "0941.HK", "9988.HK"]
    );
    let message = refresh("us");
    assert_eq!(
        symbols(&desk, "u_us"),
        ["AAPL", "BF-B", "BRK-B", "NA", "TRUE"]
    );
    for part in [
        "cell A4: code \"2026-03-01\" is a date",
        "cell A8: symbol \"#N/A\"",
    ] {
        assert!(message.contains(part), "{part:?} is not in {message}");
    }
    let message = refresh("jp");
    assert_eq!(symbols(&desk, "u_jp"), ["1301.T", "285A.T", "7203.T"]);
    assert!(
        message.contains("cell A3: code \"7203.5\" is a number with a fraction"),
        "{message}"
    );
    let message = refresh("date");
    assert!(
        message.contains("cell A3: code \"2026-03-01\" is a date"),
        "{message}"
    );
    assert_eq!(symbols(&desk, "u_date"), ["AAPL"]);
}

/// Cases 13 and 26: files of people, publishers and spreadsheets, and London's codes on pages.
#[test]
fn files_and_pages_are_read_by_one_spelling() {
    let (Some(files), Some(london)) = (case("13-universe-files"), case("26-london-tidms")) else {
        return;
    };
    let server = PageServer::start();
    let page = |name: &str| Page::html(fs::read(london.join("web").join(name)).unwrap());
    server.set("/ftse.html", page("ftse.html"));
    server.set("/stoxx.html", page("stoxx.html"));
    let desk = Desk::new();
    let config = files.join("config");
    let local = |name: &str, more: &str| {
        let path = config.join(format!("{name}.csv"));
        format!(
            "  p_{name}: [{{ name: {name}, source_type: local_file, path: \"{}\"{more} }}]\n",
            path.display()
        )
    };
    let mut universes = String::from("universes:\n");
    for (name, more) in [
        ("hk", ", symbol_suffix: .HK"),
        ("jp", ", symbol_suffix: .T"),
        ("bom", ""),
        ("bom_semicolon", ""),
        ("tsv", ""),
        ("dots", ""),
        ("blanks", ""),
        ("nasdaqscreener", ""),
        ("latin1", ""),
        ("nohdr", ""),
    ] {
        universes.push_str(&local(name, more));
    }
    let tidms = london.join("config/ftse.csv");
    universes.push_str(&format!(
        "  a: [{{ name: u_csv, source_type: local_file, path: \"{}\", symbol_column: Code, symbol_suffix: .L }}]\n  \
         b: [{{ name: u_web, source_type: wikipedia, url: \"{}\", table_id: constituents, symbol_column: Ticker, symbol_suffix: .L }}]\n  \
         c: [{{ name: u_stoxx, source_type: wikipedia, url: \"{}\", symbol_column: Ticker, symbol_suffix: by_country }}]\n",
        tidms.display(), server.url("/ftse.html"), server.url("/stoxx.html"),
    ));
    configure(&desk, &universes);
    let refresh = |phase: &str| desk.run(&["refresh-universe", "-q", "--phase", phase]);
    for (phase, universe, expect) in [
        ("p_hk", "hk", "0001.HK 0005.HK 0700.HK 80700.HK 9988.HK"),
        ("p_jp", "jp", "285A.T 7203.T"),
        ("p_bom", "bom", "AAPL MSFT NA NAN ON TRUE"),
        ("p_bom_semicolon", "bom_semicolon", "AAPL"),
        ("p_tsv", "tsv", "AAPL"),
        ("p_dots", "dots", "AAPL BF-B BRK-B"),
        ("p_blanks", "blanks", "AAPL"),
        (
            "p_nasdaqscreener",
            "nasdaqscreener",
            "AAPL BAC-PL BRK-A CON",
        ),
        ("a", "u_csv", "BT-A.L III.L"),
        ("b", "u_web", "AV.L BP.L BT-A.L III.L"),
        (
            "c",
            "u_stoxx",
            "CON.DE NOVO-B.CO RHM.DE ERIC-B.ST VOLV-B.ST BT-A.L",
        ),
    ] {
        refresh(phase).ends_with(0);
        let mut expect: Vec<&str> = expect.split(' ').collect();
        let mut found = symbols(&desk, universe);
        expect.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expect, "{phase}");
    }
    for (phase, because) in [("p_latin1", "not UTF-8"), ("p_nohdr", "no column")] {
        let ran = refresh(phase).ends_with(1);
        assert!(ran.stdout.contains(because), "{ran:?}");
    }
}
