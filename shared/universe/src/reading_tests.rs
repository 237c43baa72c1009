use super::*;
use quantx_market::PhaseName;
use quantx_settings::{ConfigFile, EnvMap, Overrides, Settings};

fn read(entry: &str, body: &str) -> Result<FreshList, ReadError> {
    let text = format!("universes:\n  phase_1:\n  - {{name: mine, {entry}}}\n");
    let file = ConfigFile {
        name: "universes.yaml",
        text: &text,
    };
    let settings =
        Settings::resolve(None, Some(file), &EnvMap::default(), &Overrides::default()).unwrap();
    let phase = PhaseName::parse("phase_1").unwrap();
    let entry = &settings.universes.phase(&phase).unwrap()[0];
    fresh_list(entry, body.as_bytes(), &settings.exchanges)
}

fn symbols(list: &FreshList) -> Vec<String> {
    list.universe.listings().map(ToString::to_string).collect()
}

#[test]
fn codes_become_symbols_of_the_exchange_that_the_entry_or_the_row_names() {
    let page = "<table><tr><th>Ticker<th>Company<th>Country<tr><td>VOLV B<td>Volvo<td>Sweden\
                <tr><td>SAN<td>Sanofi<td>France<tr><td>SAN<td>Santander<td>Spain\
                <tr><td>PKO<td>PKO<td>Poland\
                <tr><td>MAREL<td>Marel<td>Iceland</table>";
    let list = read(
        "source_type: wikipedia, url: 'https://h/x', symbol_column: Ticker, symbol_suffix: by_country",
        page,
    )
    .unwrap();
    assert_eq!(symbols(&list), ["SAN.MC", "SAN.PA", "PKO.WA", "VOLV-B.ST"]);
    assert_eq!(
        list.notes,
        ["row 6 (MAREL): the lake has no exchange for Iceland"]
    );
    let list = read(
        "source_type: wikipedia, url: 'https://h/x', symbol_column: Ticker",
        "<table><tr><th>Ticker<tr><td>BRK.B<tr><td>LEN.B</table>",
    )
    .unwrap();
    assert_eq!(symbols(&list), ["BRK-B", "LEN-B"]);
    // A csv file may name symbols of many exchanges.
    let list = read(
        "source_type: csv, url: 'https://h/x'",
        "Symbol,CIK\n7203.T,\nBRK.B,1067983\n0700.HK,\n",
    )
    .unwrap();
    assert_eq!(symbols(&list), ["0700.HK", "7203.T", "BRK-B"]);
    let berkshire = &list.universe.members()[2].about;
    assert_eq!(berkshire.cik.as_deref(), Some("0001067983"));
    assert_eq!(list.constituents.len(), 3);
}

#[test]
fn a_row_without_a_symbol_is_left_out_with_a_note_and_a_misread_column_refuses_the_list() {
    let csv = "source_type: csv, url: 'https://h/x'";
    let list = read(csv, "Symbol\nAAPL\nA&B\nCON\n2026-03-01\n7203.5\nMSFT\n").unwrap();
    assert_eq!(symbols(&list), ["AAPL", "CON", "MSFT"]);
    assert_eq!(
        list.notes,
        [
            "left out: row 3: symbol \"A&B\" has '&'; allowed are letters, digits, '-', '_' and '.'",
            "left out: row 5: code \"2026-03-01\" is a date: a spreadsheet made it of another code; write that code as text",
            "left out: row 6: code \"7203.5\" is a number with a fraction, which no code is",
        ]
    );
    let error = read(csv, "Symbol\nAAPL\nThe A Company\nThe B Company\n").unwrap_err();
    assert_eq!(
        error.to_string(),
        "2 of 3 codes are no symbols: row 3: symbol \"The A Company\" has ' '; allowed are letters, digits, '-', '_' and '.'; \
         row 4: symbol \"The B Company\" has ' '; allowed are letters, digits, '-', '_' and '.'"
    );
}

#[test]
fn every_source_has_the_same_spelling() {
    // Case 26: London's codes of a file and of a page.
    let file = "source_type: local_file, path: x.csv, symbol_column: Code, symbol_suffix: .L";
    let page = "source_type: wikipedia, url: 'https://h/x', symbol_column: Code, symbol_suffix: .L";
    let own = "source_type: static, symbol_suffix: .L, symbols: [BT.A, BP., III, CON]";
    let html = "<table><tr><th>Code<tr><td>BT.A<tr><td>BP.<tr><td>III<tr><td>CON</table>";
    for (entry, body) in [
        (file, "Code\nBT.A\nBP.\nIII\nCON\n"),
        (page, html),
        (own, ""),
    ] {
        let list = read(entry, body).unwrap();
        assert_eq!(
            symbols(&list),
            ["BP.L", "BT-A.L", "CON.L", "III.L"],
            "{entry}"
        );
        assert_eq!(list.notes, [""; 0], "{entry}");
    }
    // Case 13: what spreadsheets and pandas make of numbers.
    for body in [
        "code\n7203\n",
        "code\n7203.0\n",
        "code;name\n7203.0;Toyota\n",
    ] {
        let entry = "source_type: local_file, path: x.csv, symbol_suffix: .T";
        assert_eq!(symbols(&read(entry, body).unwrap()), ["7203.T"], "{body}");
    }
}

#[test]
fn a_source_of_another_kind_is_told() {
    let refused = |entry: &str, body: &str| read(entry, body).unwrap_err().to_string();
    let page = "source_type: wikipedia, url: 'https://h/x', symbol_column: Ticker";
    assert!(refused(page, "no page").starts_with("the page has no table"));
    let list = "source_type: wikipedia, url: 'https://h/x', layout: list";
    assert!(refused(list, "<li>x").starts_with("the list of points has no row"));
    let sheet = "source_type: excel, url: 'https://h/x', symbol_column: Code";
    let message = refused(sheet, "x");
    assert!(message.contains("Excel file"), "{message}");
}
