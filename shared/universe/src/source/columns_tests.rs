use super::*;

fn cells(text: &str) -> Vec<String> {
    text.split('|').map(str::to_owned).collect()
}

fn header(rows: &[&str]) -> Header {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| cells(row)).collect();
    Header::of(rows.iter().map(Vec::as_slice))
}

fn read(header_row: &str, rows: &[&str]) -> SourceList {
    let columns = Columns::find(header(&[header_row]), &code_names("")).unwrap();
    let mut list = SourceList::default();
    for (at, row) in rows.iter().enumerate() {
        columns.read(at + 2, &cells(row), &mut list);
    }
    without_repeats(&mut list);
    list
}

#[test]
fn a_column_is_found_by_any_of_its_names() {
    for (row, wanted, expect) in [
        ("Security|Symbol|CIK", "", Some(1)),
        ("SECURITY| symbol[1]\n|CIK", "Symbol", Some(1)),
        ("Ticker\u{a0}symbol|Name", "", Some(0)),
        ("Name|Stock\nCode", "Stock Code", Some(1)),
        ("Ticker|ISIN|Own code", "Own Code", Some(2)),
        // The wanted name is missing: the usual ones do.
        ("Name|Ticker", "Symbol", Some(1)),
        ("Ticker|Symbol", "", Some(1)),
        ("Name|Sector", "Symbol", None),
        ("", "", None),
    ] {
        assert_eq!(header(&[row]).find(&code_names(wanted)), expect, "{row:?}");
    }
}

#[test]
fn a_header_may_take_several_rows() {
    let header = header(&[
        "Date|Added|Added|Removed|Removed|Reason",
        "Date|Ticker|Security|Ticker|Security|Reason",
    ]);
    assert_eq!(header.find(&["date"]), Some(0));
    assert_eq!(header.find(&["ticker"]), Some(1));
    assert_eq!(header.find(&["removed ticker"]), Some(3));
    assert_eq!(header.find_under("removed", &["symbol", "ticker"]), Some(3));
    assert_eq!(header.find_under("added", &["security"]), Some(2));
    assert_eq!(header.find_under("reason", &["reason"]), None);
    assert_eq!(
        header.to_string(),
        "date, added ticker, added security, removed ticker, removed security, reason"
    );
    assert_eq!(Header::default().to_string(), "none");
}

#[test]
fn every_known_column_is_read() {
    let list = read(
        "Stock Code|Name of Securities|Category|Sub-Category|Board Lot|ISIN|Trading Currency|RMB Counter|Country|GICS Sector|GICS Sub-Industry|Date added|CIK",
        &[
            "00700|TENCENT|Equity|Equity Securities (Main Board)|1,000|KYG875721634|HKD|80700|China|Communication Services|Interactive Media|2008-06-10|1293451",
        ],
    );
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        list.rows,
        [SourceRow {
            line: 2,
            column: 0,
            code: "00700".to_owned(),
            name: text("TENCENT"),
            sector: text("Communication Services"),
            industry: text("Interactive Media"),
            country: text("China"),
            cik: text("0001293451"),
            isin: text("KYG875721634"),
            category: text("Equity"),
            sub_category: text("Equity Securities (Main Board)"),
            trading_currency: text("HKD"),
            rmb_counter: text("80700"),
            board_lot: Some(1_000),
            date_added: Some(jiff::civil::date(2008, 6, 10)),
        }]
    );
    assert_eq!((list.skipped, list.unread), (vec![], vec![]));
}

#[test]
fn what_is_left_out_has_a_reason() {
    let list = read(
        "Symbol|Security|Country|CIK",
        &[
            "SAN|Sanofi|France|",
            "||| ",
            "|Nobody||",
            " \u{a0} |||7",
            "Symbol|Security|Country|CIK",
            "SAN|Santander|Spain|",
            "SAN|Sanofi again|France|1",
            "AI",
            "NYSE: MMM|3M|United States|66740|more",
        ],
    );
    let codes: Vec<_> = list.rows.iter().map(|row| row.code.as_str()).collect();
    assert_eq!(codes, ["SAN", "SAN", "AI", "MMM"]);
    let shown: Vec<String> = list.skipped.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "row 4: no code for \"Nobody\"",
            "row 5: no code",
            "row 6: a heading",
            "row 8: \"SAN\" stands in row 2 already",
        ]
    );
}

#[test]
fn a_cell_that_is_not_understood_is_named_and_its_row_kept() {
    let list = read(
        "Symbol|CIK|ISIN|Date added|Board lot",
        &[
            "A|0000764180|US0378331005|1983-11-30 (1957-03-04)|500",
            "B|12345678901|US037833100|2009|1.5",
            "C|320193.0|us0378331005||,",
            "D|x|03US78331005|March 4, 1957|99999999999",
        ],
    );
    let shown: Vec<String> = list.unread.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "row 3: CIK \"12345678901\"",
            "row 3: ISIN \"US037833100\"",
            "row 3: board lot \"1.5\"",
            "row 3: date added \"2009\"",
            "row 4: board lot \",\"",
            "row 5: CIK \"x\"",
            "row 5: ISIN \"03US78331005\"",
            "row 5: board lot \"99999999999\"",
        ]
    );
    let ciks: Vec<_> = list.rows.iter().map(|row| row.cik.as_deref()).collect();
    assert_eq!(ciks, [Some("0000764180"), None, Some("0000320193"), None]);
    assert_eq!(list.rows[2].isin.as_deref(), Some("US0378331005"));
}

#[test]
fn a_market_in_front_is_no_part_of_the_code() {
    for (code, expect) in [
        ("SEHK: 5", "5"),
        ("TYO: 285A", "285A"),
        ("Euronext Paris: AIR", "AIR"),
        ("BRK.B", "BRK.B"),
        ("SEHK:", ""),
    ] {
        assert_eq!(without_market(code), expect, "{code}");
    }
}
