use std::collections::BTreeMap;
use std::fs;

use proptest::prelude::*;

use super::*;
use crate::source::SourceRow;
use crate::source::fixtures;
use crate::source::hong_kong::{DropReason, EQUITY, shares};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";

/// A workbook as HKEX writes it: every element has a prefix, and the dimension is false.
fn workbook(strings: &str, rows: &str) -> Vec<u8> {
    let part = |name: &str, xml: String| Part {
        name: name.to_owned(),
        bytes: format!("{HEAD}{xml}").into_bytes(),
    };
    let relation = |id: u8, kind: &str, target: &str| {
        format!("<Relationship Id=\"rId{id}\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/>")
    };
    let relations =
        |inner: String| format!("<Relationships xmlns=\"{PACKAGE}\">{inner}</Relationships>");
    let parts = [
        part(
            "_rels/.rels",
            relations(relation(1, "officeDocument", "xl/workbook.xml")),
        ),
        part(
            "xl/_rels/workbook.xml.rels",
            relations(relation(1, "worksheet", "worksheets/sheet1.xml")),
        ),
        part(
            "xl/workbook.xml",
            format!(
                "<x:workbook xmlns:x=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><x:sheets>\
                 <x:sheet name=\"ListOfSecurities\" sheetId=\"1\" r:id=\"rId1\" /></x:sheets></x:workbook>"
            ),
        ),
        part(
            "xl/sharedStrings.xml",
            format!(
                "<x:sst count=\"9\" uniqueCount=\"{strings}\" xmlns:x=\"{MAIN}\"><x:si><x:t>Name of\nSecurities</x:t></x:si></x:sst>"
            ),
        ),
        part(
            "xl/worksheets/sheet1.xml",
            format!(
                "<x:worksheet xmlns:x=\"{MAIN}\"><x:dimension ref=\"A9:A1\" /><x:sheetData>{rows}\
                 </x:sheetData></x:worksheet>"
            ),
        ),
    ];
    archive::stored(&parts).unwrap()
}

/// A row of cells with `|` between them; `#` begins a number, `@` a shared string.
fn row(number: u32, cells: &str) -> String {
    let cells = cells.split('|').zip('A'..='Z').map(|(cell, column)| {
        let (kind, value) = match cell.split_at_checked(1) {
            Some(("#", number)) => ("n", number),
            Some(("@", at)) => ("s", at),
            _ => ("str", cell),
        };
        format!("<x:c r=\"{column}{number}\" t=\"{kind}\"><x:v>{value}</x:v></x:c>")
    });
    format!(
        "<x:row r=\"{number}\">{}</x:row>",
        cells.collect::<String>()
    )
}

#[test]
fn a_sheet_of_this_shape_is_read() {
    let rows = [
        row(1, "List of Securities"),
        row(2, "Updated as at 03/12/2021| | "),
        row(3, "Stock Code|@0|Category|Board Lot|Trading Currency"),
        row(4, "00001|CKH  HOLDINGS|Equity|500|HKD"),
        row(5, "#5|HSBC|Equity|1,000| "),
        row(7, " | | | | "),
        row(8, " |Nameless| | | "),
    ];
    let list = securities(&workbook("1", &rows.concat()), "Stock Code").unwrap();
    assert_eq!(list.revision.as_deref(), Some("2021-12-03"));
    let of = |line, code: &str, name: &str, lot, currency: Option<&str>| SourceRow {
        line,
        code: code.to_owned(),
        name: Some(name.to_owned()),
        category: Some("Equity".to_owned()),
        board_lot: Some(lot),
        trading_currency: currency.map(str::to_owned),
        ..SourceRow::default()
    };
    assert_eq!(
        list.rows,
        [
            of(4, "00001", "CKH HOLDINGS", 500, Some("HKD")),
            of(5, "5", "HSBC", 1_000, None),
        ]
    );
    let skipped: Vec<String> = list.skipped.iter().map(ToString::to_string).collect();
    assert_eq!(skipped, ["row 8: no code for \"Nameless\""]);
}

#[test]
fn sizes_that_a_file_only_claims_are_not_believed() {
    let rows = row(1, "Symbol") + &row(2, "A");
    // Reserving that much would end the program.
    let list = securities(&workbook("999999999999999999", &rows), "").unwrap();
    assert_eq!(list.rows.len(), 1);
    // Two cells whose rectangle has 17 billion.
    let far = "<x:row r=\"1048576\"><x:c r=\"XFD1048576\" t=\"str\"><x:v>B</x:v></x:c></x:row>";
    let list = securities(&workbook("1", &(rows + far)), "").unwrap();
    assert_eq!(list.rows.len(), 1);
}

#[test]
fn what_the_sheet_has_instead_is_told() {
    let refused = |rows: &str| {
        securities(&workbook("1", rows), "Stock Code")
            .unwrap_err()
            .to_string()
    };
    let wanted = "Stock Code, symbol, ticker, ticker symbol, stock symbol, stock code, code, epic, trading symbol";
    assert_eq!(
        refused(&(row(1, "Title") + &row(2, "Name|Category") + &row(3, "CKH"))),
        format!(
            "the sheet \"ListOfSecurities\" has no column {wanted}; its columns are name, category"
        )
    );
    assert_eq!(
        refused(""),
        format!("the sheet \"ListOfSecurities\" has no column {wanted}; its columns are none")
    );
    assert_eq!(
        refused(&row(3, "Stock Code")),
        "the sheet \"ListOfSecurities\" has no row with a code"
    );
    // Too far down to be a header.
    assert!(refused(&row(101, "Stock Code")).contains("no column"));
    assert_eq!(
        refused("<x:row r=\"1\"><x:c r=\"A1\" t=\"s\"><x:v>7</x:v></x:c></x:row>"),
        "the sheet \"ListOfSecurities\" of the Excel file cannot be read"
    );
    let page = securities(b"<!DOCTYPE html><html></html>", "").unwrap_err();
    assert_eq!(
        page.to_string(),
        "the file cannot be unpacked as an Excel file (.xlsx)"
    );
    let other = archive::stored(&[]).unwrap();
    let error = securities(&other, "").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the sheet \"workbook\" of the Excel file cannot be read"
    );
}

#[test]
fn the_recorded_list_of_hong_kong_is_read_whole() {
    let Some(folder) = fixtures::shared_data() else {
        return;
    };
    let file = fs::read(folder.join("hkex/ListOfSecurities-2021-12-03.xlsx")).unwrap();
    let list = securities(&file, "Stock Code").unwrap();
    assert_eq!(list.revision.as_deref(), Some("2021-12-03"));
    // 19,015 rows: two titles, the header, four empty ones at the end.
    assert_eq!(list.rows.len(), 19_008);
    assert_eq!((list.skipped, list.unread), (vec![], vec![]));
    let n_equities = list
        .rows
        .iter()
        .filter(|row| row.category.as_deref() == Some(EQUITY));
    assert_eq!(n_equities.count(), 2_594);

    let n_all = list.rows.len();
    let shares = shares(list.rows, &[EQUITY]);
    let other = |category: &str| DropReason::OtherCategory(category.to_owned());
    assert_eq!(
        shares.dropped,
        BTreeMap::from([
            (other("Callable Bull/Bear Contracts"), 4_888),
            (other("Debt Securities"), 1_761),
            (other("Derivative Warrants"), 9_394),
            (other("Equity Warrants (GEM)"), 1),
            (other("Equity Warrants (Main Board)"), 3),
            (other("Exchange Traded Products"), 242),
            (other("Inline Warrants"), 114),
            (other("Real Estate Investment Trusts"), 11),
            (DropReason::RmbCounter, 1),
            (DropReason::TradingOnly, 6),
        ])
    );
    assert_eq!(shares.rows.len(), 2_587);
    assert_eq!(
        shares.rows.len() + shares.dropped.values().sum::<usize>(),
        n_all
    );
    let codes: Vec<_> = shares.rows.iter().map(|row| row.code.as_str()).collect();
    assert_eq!(codes[..3], ["0001", "0002", "0003"]);
    for code in ["0005", "0700", "9988"] {
        assert!(codes.contains(&code), "{code}");
    }
    let tencent = shares.rows.iter().find(|row| row.code == "0700").unwrap();
    assert_eq!(tencent.name.as_deref(), Some("TENCENT"));
    assert_eq!(tencent.isin.as_deref(), Some("KYG875721634"));
    assert_eq!(tencent.board_lot, Some(100));
    assert!(
        codes.iter().all(|code| code.len() == 4),
        "no other code is longer"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_sheet_panics(
        rows in "(<x:row r=\"[0-9]{0,5}\">|</x:row>|<x:c( r=\"[A-Z]{0,3}[0-9]{0,5}\")?( t=\"(s|n|str|b|e|inlineStr)\")?>|</x:c>|<x:v>|</x:v>|[a-z0-9 &;]{0,4}){0,20}",
    ) {
        let file = workbook("1", &(row(1, "Symbol|Name") + &rows));
        let _ = securities(&file, "").map_err(|error| error.to_string());
    }
}
