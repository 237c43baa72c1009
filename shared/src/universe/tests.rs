use proptest::prelude::*;

use super::*;
use crate::market::ExchangeTable;
use crate::market::UniverseName;
use crate::settings::{ConfigFile, EnvMap, Overrides, Settings};

fn exchanges() -> ExchangeTable {
    Settings::resolve(None, None, &EnvMap::default(), &Overrides::default())
        .unwrap()
        .exchanges
}

fn name() -> UniverseName {
    UniverseName::parse("mine").unwrap()
}

fn symbols(universe: &Universe) -> Vec<&str> {
    universe
        .listings()
        .map(|listing| listing.symbol().as_str())
        .collect()
}

fn read(text: &str) -> Result<Universe, UniverseError> {
    Universe::from_csv(name(), text, &exchanges())
}

#[test]
fn a_list_is_read_whatever_wrote_it() {
    for text in [
        "symbol\nMSFT\nAAPL\n0700.HK\n",
        "\u{feff}Name,Symbol\r\n\"Microsoft, Inc.\",msft\r\nApple,AAPL\r\nTencent,0700.HK\r\n",
        "Ticker,weight\n AAPL ,1\n\nMSFT\n,\n0700.HK,2,extra\nAAPL,3\n",
        "ticker symbol\n0700.hk\nMSFT\nAAPL",
        "ticker,symbol\nx y,MSFT\nx y,AAPL\nx y,0700.HK\n",
    ] {
        assert_eq!(
            symbols(&read(text).unwrap()),
            ["0700.HK", "AAPL", "MSFT"],
            "{text:?}"
        );
    }
}

#[test]
fn every_bad_symbol_is_named_with_its_line() {
    let error = read("symbol,name\nAAPL,a\n../x,b\n\n,c\nBRK.B,d\n").unwrap_err();
    assert_eq!(
        error.to_string(),
        "universe mine has 3 unusable symbols:\n  \
         line 3: symbol \"../x\" has '/'; allowed are letters, digits, '-', '_' and '.'\n  \
         line 5: a symbol is empty\n  \
         line 6: symbol \"BRK.B\" has the unknown suffix \".B\"; known are .AS .BR .CO .DE .HE .HK .IR .L .LS .MC .MI .OL .PA .ST .SW .T .VI (share classes are written with a dash: BRK-B)"
    );
    let crlf = read("symbol\r\nAAPL\r\na b\r\n").unwrap_err();
    assert!(crlf.to_string().contains("line 3: "), "{crlf}");
}

#[test]
fn a_list_without_symbols_is_refused() {
    let refused = |text: &str| read(text).unwrap_err().to_string();
    assert_eq!(refused("symbol\n"), "universe mine has no symbols");
    assert_eq!(
        refused("AAPL\nMSFT\n"),
        "universe mine has no column symbol, ticker, ticker symbol; its columns are AAPL"
    );
    assert!(refused("").starts_with("universe mine has no column"));
}

#[test]
fn a_union_has_each_listing_once() {
    let of = |symbols: &[&str]| Universe::from_symbols(name(), symbols, &exchanges()).unwrap();
    let both = union(name(), [&of(&["MSFT", "AAPL"]), &of(&["0700.HK", "AAPL"])]);
    assert_eq!(symbols(&both), ["0700.HK", "AAPL", "MSFT"]);
    assert_eq!(
        both.to_csv(),
        "symbol,exchange,name,sector,industry,cik,isin\n0700.HK,hk,,,,,\nAAPL,us,,,,,\nMSFT,us,,,,,\n"
    );
}

#[test]
fn static_and_local_entries_give_universes() {
    let text = "universes:\n  phase_1:\n  - {name: fixed, source_type: static, symbols: [NO, ON, Y, 'TRUE', AAPL]}\n  \
                - {name: file, source_type: local_file, path: lists/hk.csv, symbol_column: Code, format: hk_pad, symbol_suffix: .HK}\n";
    let file = ConfigFile {
        name: "universes.yaml",
        text,
    };
    let settings =
        Settings::resolve(None, Some(file), &EnvMap::default(), &Overrides::default()).unwrap();
    let entries = settings.universes.phase(&settings.phase).unwrap();
    assert_eq!(
        symbols(&static_symbols(&entries[0]).unwrap()),
        ["AAPL", "NO", "ON", "TRUE", "Y"]
    );
    assert_eq!(local_path(&entries[0]), None);
    assert_eq!(static_symbols(&entries[1]), None);
    assert_eq!(local_path(&entries[1]), Some("lists/hk.csv"));
    let local = local_universe(&entries[1], "Code\n00700\n5\n", &settings.exchanges).unwrap();
    assert_eq!(symbols(&local), ["0005.HK", "0700.HK"]);
}

proptest! {
    #[test]
    fn a_written_universe_reads_back(codes in prop::collection::vec("[A-Z]{1,4}[0-9]?(\\.HK|\\.T)?", 1..20)) {
        let exchanges = exchanges();
        if let Ok(universe) = Universe::from_symbols(name(), &codes, &exchanges) {
            let again = Universe::from_csv(name(), &universe.to_csv(), &exchanges).unwrap();
            prop_assert_eq!(again, universe);
        }
    }

    #[test]
    fn no_text_panics(text in "(symbol|ticker)?[,\"\r\nA-Z0-9. é\u{feff}]{0,80}") {
        let table = ExchangeTable::default();
        let _ = Universe::from_csv(name(), &text, &table).map_err(|error| error.to_string());
    }
}
