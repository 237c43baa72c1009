use proptest::prelude::*;

use super::*;

fn codes(text: &str) -> Vec<String> {
    let list = securities(text, "").unwrap();
    list.rows.into_iter().map(|row| row.code).collect()
}

#[test]
fn a_list_is_read_whatever_wrote_it() {
    for text in [
        "symbol\nMSFT\nAAPL\n0700.HK\n",
        "\u{feff}Name,Symbol\r\n\"Microsoft, Inc.\",MSFT\r\nApple,AAPL\r\nTencent,0700.HK\r\n",
        "Ticker,weight\n MSFT ,1\n\nAAPL\n,\n0700.HK,2,extra\nAAPL,3\n",
        "\n\nticker symbol\nMSFT\nAAPL\n0700.HK",
        "ticker,symbol\nx y,MSFT\nx y,AAPL\nx y,0700.HK\n",
    ] {
        assert_eq!(codes(text), ["MSFT", "AAPL", "0700.HK"], "{text:?}");
    }
}

#[test]
fn other_columns_come_along_and_lines_are_those_of_the_file() {
    let text = "Symbol,Security,GICS Sector,GICS Sub-Industry,Headquarters Location,Date added,CIK,Founded\r\n\
                MMM,3M,Industrials,Industrial Conglomerates,\"Saint Paul,\r\nMinnesota\",1957-03-04,66740,1902\r\n\r\n\
                ,,,,,,,\r\n,Nobody\r\nAOS,A. O. Smith,Industrials\r\n";
    let list = securities(text, "").unwrap();
    let text = |text: &str| Some(text.to_owned());
    let [mmm, aos] = &list.rows[..] else {
        panic!("{list:?}");
    };
    assert_eq!((mmm.line, &mmm.cik), (2, &text("0000066740")));
    assert_eq!(
        (&mmm.name, &mmm.industry),
        (&text("3M"), &text("Industrial Conglomerates"))
    );
    assert_eq!(mmm.date_added, Some(jiff::civil::date(1957, 3, 4)));
    assert_eq!(
        (aos.line, &aos.sector, &aos.cik),
        (7, &text("Industrials"), &None)
    );
    assert_eq!(list.skipped[0].to_string(), "row 6: no code for \"Nobody\"");
}

#[test]
fn titles_above_the_header_and_other_separators_are_tolerated() {
    for text in [
        "\u{feff}Symbol;Name\nMSFT;\"Microsoft, Inc.\"\nAAPL;Apple\n",
        "Symbol\tName\nMSFT\tMicrosoft\nAAPL\tApple\n",
        "Holdings of a Fund\nas of,\"Aug 20, 2026\"\n \nTicker,Name\nMSFT,Microsoft\nAAPL,Apple\n",
    ] {
        assert_eq!(codes(text), ["MSFT", "AAPL"], "{text:?}");
    }
}

#[test]
fn a_named_column_is_meant() {
    let text = "symbol,Own Code\nA,1\n";
    let list = securities(text, "own code").unwrap();
    assert_eq!(list.rows[0].code, "1");
    let error = securities(text, "isin").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the list has no column isin; its columns are symbol, own code"
    );
}

#[test]
fn a_list_without_symbols_is_refused() {
    let refused = |text: &str| securities(text, "").unwrap_err().to_string();
    assert_eq!(refused("symbol\n,\n"), "the list has no row with a code");
    assert!(refused("").contains("its columns are none"));
    assert!(refused("AAPL\nMSFT\n").contains("its columns are aapl"));
}

proptest! {
    #[test]
    fn no_text_panics(text in "(symbol|ticker)?[,\"\r\nA-Z0-9. é\u{feff}]{0,80}") {
        let _ = securities(&text, "").map_err(|error| error.to_string());
    }

    #[test]
    fn every_code_is_read_with_its_line(rows in prop::collection::btree_set("[A-Z]{1,5}", 1..20)) {
        let text: String = rows.iter().map(|code| format!("{code}\n")).collect();
        let list = securities(&format!("symbol\n{text}"), "").unwrap();
        let read: Vec<_> = list.rows.iter().map(|row| (row.line, row.code.clone())).collect();
        let expect: Vec<_> = rows.iter().enumerate().map(|(at, code)| (at + 2, code.clone())).collect();
        prop_assert_eq!(read, expect);
    }
}
