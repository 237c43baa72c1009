use proptest::prelude::*;

use super::*;
use quantx_market::ExchangeTable;
use quantx_market::UniverseName;
use quantx_settings::{ConfigFile, EnvMap, Overrides, Settings};

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
    let table = Universe::from_csv(name(), text, &exchanges())?;
    assert_eq!(table.unusable, []);
    Ok(table.value)
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
fn a_line_without_a_symbol_is_named_skipped_and_kept() {
    let text = "symbol,exchange,name\nAAPL,us,a\n../x,us,b\n\n,,c\nBRK.B,us,\"d, e\"\n700.HK,hk,\n";
    let table = Universe::from_csv(name(), text, &exchanges()).unwrap();
    assert_eq!(symbols(&table.value), ["AAPL"]);
    let message: Vec<String> = table.unusable.iter().map(ToString::to_string).collect();
    assert_eq!(
        message,
        [
            "line 3: symbol \"../x\" has '/'; allowed are letters, digits, '-', '_' and '.'",
            "line 5: a symbol is empty",
            "line 6: symbol \"BRK.B\" has the unknown suffix \".B\"; known are .AS .AT .AX .BD .BK .BO .BR .CO .DE .HE .HK .IR .IS .JK .JO .KL .KQ .KS .L .LS .MC .MI .MX .NS .NZ .OL .PA .PR .SA .SI .SR .SS .ST .SW .SZ .T .TA .TO .TW .TWO .V .VI .WA (share classes are written with a dash: BRK-B)",
            "line 7: symbol \"700.HK\" is written 0700.HK",
        ]
    );
    let fresh = Universe::from_symbols(name(), ["MSFT"], &exchanges()).unwrap();
    let rewritten = fresh.to_csv_over(Some(text), &exchanges());
    assert_eq!(
        rewritten,
        "symbol,exchange,name,sector,industry,cik,isin\nMSFT,us,,,,,\n../x,us,b,,,,\n,,c,,,,\nBRK.B,us,\"d, e\",,,,\n700.HK,hk,,,,,\n"
    );
    assert_eq!(fresh.to_csv_over(Some(&rewritten), &exchanges()), rewritten);
    let crlf = Universe::from_csv(name(), "symbol\r\nAAPL\r\na b\r\n", &exchanges()).unwrap();
    assert!(crlf.unusable[0].to_string().contains("line 3: "));
    // With nothing else in it the file is none.
    let error = Universe::from_csv(name(), "symbol\n../x\n", &exchanges()).unwrap_err();
    assert!(error.to_string().contains("1 unusable symbols"), "{error}");
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
    let text = "universes:\n  phase_1:\n  - {name: fixed, source_type: static, symbols: [NO, ON, Y, 'TRUE', AAPL, CON, BRK.B]}\n  \
                - {name: file, source_type: local_file, path: lists/hk.csv, symbol_column: Code, symbol_suffix: .HK}\n";
    let file = ConfigFile {
        name: "universes.yaml",
        text,
    };
    let settings =
        Settings::resolve(None, Some(file), &EnvMap::default(), &Overrides::default()).unwrap();
    let entries = settings.universes.phase(&settings.phase).unwrap();
    let read = |entry, text: &str| fresh_list(entry, text.as_bytes(), &settings.exchanges);
    assert_eq!(
        symbols(&read(&entries[0], "").unwrap().universe),
        ["AAPL", "BRK-B", "CON", "NO", "ON", "TRUE", "Y"]
    );
    let local = read(&entries[1], "Code\n00700\n5\n9988.0\n").unwrap();
    assert_eq!(symbols(&local.universe), ["0005.HK", "0700.HK", "9988.HK"]);
    let error = read(&entries[1], "symbol\n5\n").unwrap_err().to_string();
    assert!(error.contains("no column Code"), "{error}");
}

proptest! {
    #[test]
    fn a_written_universe_reads_back(codes in prop::collection::vec("[A-Z]{1,4}[0-9]?(\\.HK|\\.T)?", 1..20)) {
        let exchanges = exchanges();
        if let Ok(universe) = Universe::from_symbols(name(), &codes, &exchanges) {
            let again = Universe::from_csv(name(), &universe.to_csv(), &exchanges).unwrap().value;
            prop_assert_eq!(again, universe);
        }
    }

    #[test]
    fn no_text_panics(text in "(symbol|ticker)?[,\"\r\nA-Z0-9. é\u{feff}]{0,80}") {
        let table = ExchangeTable::default();
        let _ = Universe::from_csv(name(), &text, &table).map_err(|error| error.to_string());
    }
}
