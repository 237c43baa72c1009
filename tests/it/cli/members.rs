//! Who was a member when: what is proven of it, and histories of one's own.

use std::fs;
use std::path::Path;

use quantx_tests::pages::{Page, PageServer};

use super::Desk;

/// One universe with a table of changes behind the page `/list`.
fn configure(desk: &Desk, server: &PageServer) {
    let folder = desk.path("config");
    fs::create_dir_all(&folder).unwrap();
    let universes = format!(
        "universes:\n  p:\n  - {{name: index, source_type: wikipedia, url: \"{}\", table_id: constituents, symbol_column: Symbol}}\n",
        server.url("/list")
    );
    fs::write(folder.join("universes.yaml"), universes).unwrap();
}

/// Capri was Kors when it joined, and no row says so; Baker Hughes is in the list since it has its name.
const PAGE: &str = "<html><body><table id=constituents><tr><th>Symbol<th>Security<th>Date added<th>CIK\
    <tr><td>AAPL<td>Apple<td>1982-11-30<td>320193\
    <tr><td>BKR<td>Baker Hughes<td>2017-07-07<td>1701605\
    <tr><td>DPZ<td>Domino's<td>2020-05-12<td>1286681\
    <tr><td>HWM<td>Howmet<td>1964-03-31<td>4281</table>\
    <table id=changes><tr><th rowspan=2>Date<th colspan=2>Added<th colspan=2>Removed<th rowspan=2>Reason\
    <tr><th>Ticker<th>Security<th>Ticker<th>Security\
    <tr><td>May 12, 2020<td>DPZ<td>Domino's<td>CPRI<td>Capri Holdings<td>Market capitalization change.\
    <tr><td>April 1, 2020<td>HWM<td>Howmet Aerospace<td>ARNC<td>Arconic<td>Arconic separated into 2 companies.\
    <tr><td>November 1, 2016<td>ARNC<td>Arconic Inc<td>AA<td>Alcoa Inc<td>AA spins off ARNC\
    <tr><td>November 13, 2013<td>KORS<td>Michael Kors<td>NYX<td>NYSE Euronext<td>Acquired.</table></body></html>";

#[test]
fn members_whose_beginning_nothing_tells_are_named_as_unproven() {
    let server = PageServer::start();
    server.set("/list", Page::html(PAGE));
    let desk = Desk::new();
    configure(&desk, &server);
    desk.run(&["refresh-universe", "-q", "--as-of", "2022-11-10"])
        .ends_with(0);
    let ran = desk
        .run(&["members", "index", "--on", "2012-06-29"])
        .ends_with(0);
    assert_eq!(ran.stdout, "AA\nAAPL\nCPRI\nNYX\n");
    for message in [
        "unproven: 2 of 4, ",
        ": CPRI, NYX",
        "perhaps lacking: 1 members of later",
        "BKR (2017-07-07)",
    ] {
        assert!(
            ran.stderr.contains(message),
            "{message:?} is not in {ran:?}"
        );
    }
    let json = desk.run(&["members", "index", "--on", "2012-06-29", "--json"]);
    let json = json.ends_with(0).json();
    assert_eq!(json["unproven"], serde_json::json!(["CPRI", "NYX"]));
    assert_eq!(json["perhaps_lacking"][0]["symbol"], "BKR");
    assert_eq!(json["without_prices"], serde_json::Value::Null);

    // What a person knows is followed when the page is read anew.
    let identity = desk.path("data/meta/identity.csv");
    let known = fs::read_to_string(&identity).unwrap()
        + ",cik,1530721,KORS,2011-12-15,2019-01-02,manual\n,cik,1530721,CPRI,2019-01-02,,manual\n";
    fs::write(&identity, known).unwrap();
    fs::remove_file(desk.path("data/meta/membership_index.csv")).unwrap();
    desk.run(&["refresh-universe", "-q", "--as-of", "2022-11-10"])
        .ends_with(0);
    let on = |date: &str| {
        desk.run(&["members", "index", "--on", date])
            .ends_with(0)
            .stdout
    };
    assert_eq!(on("2012-06-29"), "AA\nAAPL\nNYX\n");
    assert_eq!(on("2015-06-30"), "AA\nAAPL\nKORS\n");
    assert_eq!(on("2019-06-28"), "AAPL\nARNC\nBKR\nCPRI\n");
}

#[test]
fn the_page_of_the_sp500_tells_what_it_does_not_prove() {
    let file = "../../shared/data/universe/sp500-rev1120976287-2022-11-10-parsoid.html";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let Ok(page) = fs::read(file) else {
        eprintln!("skipped: no ../shared/data");
        return;
    };
    let server = PageServer::start();
    server.set("/list", Page::html(page));
    let desk = Desk::new();
    configure(&desk, &server);
    desk.run(&["refresh-universe", "-q", "--as-of", "2022-11-10"])
        .ends_with(0);
    let words = ["members", "index", "--on", "2016-06-30", "--json"];
    let json = desk.run(&words).ends_with(0).json();
    let names = |key: &str| -> Vec<&str> {
        let all = json[key].as_array().unwrap().iter();
        all.map(|it| it.as_str().or(it["symbol"].as_str()).unwrap())
            .collect()
    };
    let (members, unproven) = (names("members"), names("unproven"));
    // Alcoa is followed to Howmet; Kors is not to Capri, and Baker Hughes has no row of before.
    assert!(members.contains(&"AA") && !unproven.contains(&"AA"));
    assert!(!members.contains(&"HWM") && !members.contains(&"KORS"));
    assert!(unproven.contains(&"CPRI"), "{unproven:?}");
    assert!(names("perhaps_lacking").contains(&"BKR"));
    // Facebook, a newcomer of 2013-12-23, is META in the list, and proven.
    assert!(members.contains(&"META") && !unproven.contains(&"META"));
    eprintln!(
        "{} members, {} unproven, {} perhaps lacking",
        members.len(),
        unproven.len(),
        names("perhaps_lacking").len()
    );
    assert!(unproven.len() * 3 < members.len(), "{}", unproven.len());
}

#[test]
fn a_membership_history_of_one_s_own_is_imported() {
    let desk = Desk::new();
    fs::create_dir(desk.path("config")).unwrap();
    let universes =
        "universes:\n  p:\n  - {name: mine, source_type: static, symbols: [AAPL, MSFT]}\n";
    fs::write(desk.path("config/universes.yaml"), universes).unwrap();
    let history = "Symbol,From,To\nBRK.B,2010-02-16,2012-01-03\nAAPL,2010-01-04,\nIBM,2010-01-04,2011-06-30\n";
    fs::write(desk.path("membership_mine.csv"), history).unwrap();
    let import = ["members", "import", "membership_mine.csv"];
    let ran = desk.run(import.iter().chain(&["--dry-run"])).ends_with(0);
    assert!(
        ran.stdout
            .contains("3 spells since 2010-01-04, 1 members today, would be written"),
        "{ran:?}"
    );
    assert!(desk.lake().is_empty());
    let ran = desk.run(&import).ends_with(0);
    assert!(ran.stdout.contains("written"), "{ran:?}");
    let ran = desk.run(&import).ends_with(0);
    assert!(ran.stdout.contains("unchanged"), "{ran:?}");
    let on = |date: &str| {
        desk.run(&["members", "mine", "--on", date])
            .ends_with(0)
            .stdout
    };
    assert_eq!(on("2011-01-03"), "AAPL\nBRK-B\nIBM\n");
    // A refresh goes on from it.
    desk.run(&["refresh-universe", "-q", "--as-of", "2013-01-02"])
        .ends_with(0);
    assert_eq!(on("2013-01-02"), "AAPL\nMSFT\n");
    assert_eq!(on("2011-01-03"), "AAPL\nBRK-B\nIBM\n");
    // Runs of those years take them, and those without prices are counted.
    let words = [
        "backfill",
        "--provider",
        "sample",
        "--use-local",
        "--members-between",
        "2011-01-03",
        "2011-12-30",
        "--start",
        "2011-01-03",
        "--end",
        "2011-12-30",
        "--json",
        "-q",
    ];
    let report = desk.run(&words).ends_with(0).json();
    assert_eq!(report["outcomes"]["unknown_symbol"], 1, "{report}");
    assert_eq!(report["verdict"], "green", "{report}");
    let ran = desk
        .run(&["members", "mine", "--on", "2011-01-03"])
        .ends_with(0);
    assert!(
        ran.stderr.contains("without prices in the lake: 1 of 3") && ran.stderr.contains("BRK-B"),
        "{ran:?}"
    );

    // Another history needs the word.
    fs::write(desk.path("other.csv"), "symbol,from,to\nFB,2012-05-18,\n").unwrap();
    let other = ["members", "import", "other.csv", "--universe", "mine"];
    desk.run(&other)
        .is_refused(&["is in the lake already", "--replace"]);
    desk.run(other.iter().chain(&["--replace"])).ends_with(0);
    assert_eq!(on("2012-06-29"), "FB\n");
    // Every line that cannot be used is named.
    fs::write(
        desk.path("bad.csv"),
        "symbol,from,to\nX.YZ,2012-05-18,\nFB,soon,\n",
    )
    .unwrap();
    desk.run(&["members", "import", "bad.csv"])
        .is_refused(&["line 2: symbol \"X.YZ\"", "line 3: from \"soon\""]);
    desk.run(&["members", "import", "Bad-Name.csv"])
        .is_refused(&["--universe NAME"]);
}
