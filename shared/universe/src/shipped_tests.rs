//! Every universe of the shipped configuration, read from its page.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::*;
use quantx_settings::{EnvMap, Overrides, Settings, UniverseEntry, UniverseSource};

fn settings() -> Settings {
    Settings::resolve(None, None, &EnvMap::default(), &Overrides::default()).unwrap()
}

/// By name.
fn entries(settings: &Settings) -> BTreeMap<String, UniverseEntry> {
    let entries = settings.universes.phases().flat_map(|(_, entries)| entries);
    entries
        .map(|entry| (entry.name.to_string(), entry.clone()))
        .collect()
}

fn made(file: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/pages");
    fs::read(folder.join(file)).unwrap()
}

/// Members of the page by their number, some of them, and the one note that there is.
const PAGES: [(&str, &str, usize, &str, &str); 17] = [
    ("hk_hsi", "hsi.html", 20, "0005.HK 0388.HK 0700.HK", ""),
    ("us_sp400", "sp400.html", 15, "MOG-A", ""),
    ("us_sp600", "sp600.html", 11, "AIR AAP", ""),
    ("jp_nikkei225", "nikkei225.html", 24, "7203.T 285A.T", ""),
    (
        "jp_topix",
        "topixweight_e.csv",
        6,
        "1301.T 285A.T 7203.T",
        "the file is not UTF-8: some letters of names are lost",
    ),
    (
        "eu_stoxx600",
        "stoxx600.html",
        22,
        "CCH.L AIR.PA NESN.SW APAM.AS SAN.PA SAN.MC BT-A.L BA.L NOVO-B.CO VOLV-B.ST PKO.WA",
        "row 22 (ALVO): the lake has no exchange for Iceland",
    ),
    (
        "uk_ftse100",
        "ftse100.html",
        14,
        "III.L AV.L BA.L BP.L BT-A.L CCH.L NG.L RR.L SN.L UU.L",
        "",
    ),
    (
        "uk_ftse250",
        "ftse250.html",
        9,
        "3IN.L QQ.L WIZZ.L BBY.L",
        "",
    ),
    (
        "de_dax",
        "dax.html",
        10,
        "ADS.DE AIR.DE CON.DE MUV2.DE VOW3.DE",
        "",
    ),
    ("de_mdax", "mdax.html", 7, "AIXA.DE JUN3.DE SRT3.DE", ""),
    ("de_sdax", "sdax.html", 6, "1U1.DE SIX2.DE", ""),
    ("de_tecdax", "tecdax.html", 7, "AFX.DE SAP.DE", ""),
    (
        "fr_cac40",
        "cac40.html",
        9,
        "AC.PA AIR.PA MT.AS STLAP.PA",
        "",
    ),
    (
        "ca_tsx",
        "tsx.html",
        10,
        "AEM.TO AP-UN.TO BBD-B.TO BIP-UN.TO CTC-A.TO RCI-B.TO RY.TO",
        "",
    ),
    ("au_asx200", "asx200.html", 8, "360.AX A2M.AX BHP.AX", ""),
    (
        "in_nifty50",
        "nifty50.html",
        7,
        "BAJAJ-AUTO.NS LT.NS RELIANCE.NS",
        "left out: row 7: symbol \"M&M\" has '&'; allowed are letters, digits, '-', '_' and '.'",
    ),
    (
        "kr_kospi200",
        "kospi200.html",
        8,
        "000660.KS 005930.KS 373220.KS",
        "",
    ),
];

#[test]
fn each_universe_is_read_from_a_page_of_its_source() {
    let settings = settings();
    let entries = entries(&settings);
    for (name, file, n_members, some, note) in PAGES {
        let list = fresh_list(&entries[name], &made(file), &settings.exchanges)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let members: Vec<String> = list.universe.listings().map(ToString::to_string).collect();
        assert_eq!(members.len(), n_members, "{name}: {members:?}");
        for symbol in some.split(' ') {
            assert!(
                members.iter().any(|it| it == symbol),
                "{name}: {symbol} of {members:?}"
            );
        }
        let notes = list.notes.iter().filter(|it| !it.starts_with("changes: "));
        assert_eq!(
            notes.cloned().collect::<Vec<_>>().join("; "),
            note,
            "{name}"
        );
    }
}

#[test]
fn no_universe_is_shipped_without_a_page_that_proves_it() {
    let settings = settings();
    // Their pages were recorded, and are read where they are there.
    let recorded = ["us_sp500", "hk_all"];
    for (name, entry) in entries(&settings) {
        let is_static = matches!(entry.source, UniverseSource::Static { .. });
        let has_page = PAGES.iter().any(|(of, ..)| *of == name);
        assert!(
            is_static || has_page || recorded.contains(&name.as_str()),
            "{name}"
        );
    }
}

#[test]
fn a_swiss_company_in_london_and_its_neighbours_have_the_symbol_of_their_exchange() {
    let settings = settings();
    let entry = &entries(&settings)["eu_stoxx600"];
    let list = fresh_list(entry, &made("stoxx600.html"), &settings.exchanges).unwrap();
    let members: Vec<String> = list.universe.listings().map(ToString::to_string).collect();
    for wrong in ["CCH.SW", "AIR.AS", "CCH", "AIR"] {
        assert!(!members.iter().any(|it| it == wrong), "{wrong}");
    }
}
