use std::collections::BTreeMap;
use std::fs;

use super::*;
use crate::source::countries::{CountryFault, exchange_of};
use crate::source::{SourceRow, csv_table, fixtures};

fn choice(index: usize, symbol_column: &str) -> TableChoice<'_> {
    TableChoice::Table {
        id: None,
        index: Some(index),
        symbol_column,
    }
}

fn constituents() -> TableChoice<'static> {
    TableChoice::Table {
        id: Some("constituents"),
        index: None,
        symbol_column: "Symbol",
    }
}

fn codes(list: &SourceList) -> Vec<&str> {
    list.rows.iter().map(|row| row.code.as_str()).collect()
}

fn row<'a>(list: &'a SourceList, code: &str) -> &'a SourceRow {
    list.rows.iter().find(|row| row.code == code).unwrap()
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn the_recorded_page_gives_the_members_that_others_read_from_it() {
    let Some(page) = fixtures::sp500() else {
        return;
    };
    let list = members(&page, constituents()).unwrap();
    assert_eq!(list.rows.len(), 503);
    assert_eq!(list.revision.as_deref(), Some("1120976287"));
    assert_eq!(list.skipped, []);

    let folder = fixtures::shared_data().unwrap().join("universe");
    let csv = fs::read_to_string(folder.join("wikipedia_sp500_daily/20221108.csv")).unwrap();
    let others = csv_table::securities(&csv, "").unwrap();
    let facts = |list: &SourceList| -> BTreeMap<String, _> {
        let facts = list.rows.iter().map(|row| {
            let facts = [&row.sector, &row.industry, &row.cik].map(Clone::clone);
            (row.code.clone(), (facts, row.date_added))
        });
        facts.collect()
    };
    let (ours, theirs) = (facts(&list), facts(&others));
    let differ: Vec<_> = ours
        .iter()
        .filter(|(code, fact)| theirs.get(*code) != Some(fact))
        .map(|(code, _)| code.as_str())
        .collect();
    // The csv is two days older than the page: NortonLifeLock became Gen Digital.
    assert_eq!(differ, ["GEN"]);
    assert_eq!(ours["GEN"], theirs["NLOK"]);
    assert_eq!((ours.len(), theirs.len()), (503, 503));
    let csv = fs::read_to_string(folder.join("wikipedia_sp500_daily/20221201.csv")).unwrap();
    let later = facts(&csv_table::securities(&csv, "").unwrap());
    assert!(ours.keys().eq(later.keys()));

    let berkshire = row(&list, "BRK.B");
    assert_eq!(berkshire.name, text("Berkshire Hathaway"));
    assert_eq!(berkshire.cik, text("0001067983"));
    assert_eq!(berkshire.sector, text("Financials"));
    assert!(codes(&list).contains(&"BF.B"));
    let unread: Vec<String> = list.unread.iter().map(ToString::to_string).collect();
    let expect = [
        "row 188: date added \"2009\"",
        "row 478: date added \"2005\"",
    ];
    assert_eq!(unread, expect);
}

#[test]
fn the_smaller_indices_are_known_by_their_id() {
    let list = members(&fixtures::page("sp400.html"), constituents()).unwrap();
    assert_eq!(list.rows.len(), 15);
    assert_eq!(list.revision.as_deref(), Some("1250000400"));
    let moog = row(&list, "MOG.A");
    assert_eq!((&moog.name, &moog.cik), (&text("Moog"), &None));
    assert_eq!(moog.industry, text("Aerospace & Defense"));
    assert_eq!(moog.line, 15);

    let list = members(&fixtures::page("sp600.html"), constituents()).unwrap();
    assert_eq!(list.rows.len(), 11);
    let aar = row(&list, "AIR");
    assert_eq!(
        (&aar.name, &aar.cik),
        (&text("AAR Corp"), &text("0000001750"))
    );
}

#[test]
fn the_hang_seng_is_found_at_its_place_and_after_it_moved() {
    let page = fixtures::page("hsi.html");
    for index in [6, 5, 7_000] {
        let list = members(&page, choice(index, "Ticker")).unwrap();
        assert_eq!(list.rows.len(), 20, "table {index}");
        assert_eq!(codes(&list)[..3], ["5", "388", "939"]);
        let tencent = row(&list, "700");
        assert_eq!(tencent.name, text("Tencent Holdings"));
        assert_eq!(tencent.sector, text("Commerce & Industry"));
    }
    // A table at the chosen place wins while it has the column.
    let list = members(&page, choice(7, "Ticker")).unwrap();
    assert_eq!(codes(&list), ["8"]);
}

#[test]
fn the_nikkei_is_a_list_of_points() {
    let list = members(&fixtures::page("nikkei225.html"), TableChoice::List).unwrap();
    assert_eq!(list.rows.len(), 24);
    assert_eq!(list.revision.as_deref(), Some("1250000225"));
    let toyota = row(&list, "7203");
    assert_eq!(toyota.name, text("Toyota"));
    assert_eq!(toyota.sector, text("Automobiles & auto parts"));
    assert_eq!(row(&list, "285A").name, text("Kioxia"));
    assert_eq!(row(&list, "8267").name, text("Aeon (company)"));
}

#[test]
fn the_stoxx_600_tells_countries() {
    let list = members(&fixtures::page("stoxx600.html"), choice(1, "Ticker")).unwrap();
    assert_eq!(list.rows.len(), 23);
    let of = |row: &SourceRow| exchange_of(row.country.as_deref(), &row.code);
    let sans: Vec<_> = list
        .rows
        .iter()
        .filter(|row| row.code == "SAN")
        .map(of)
        .collect();
    assert_eq!(sans, [Ok("fr"), Ok("es")]);
    let faults: Vec<_> = list.rows.iter().filter_map(|row| of(row).err()).collect();
    let none = |country: &str| CountryFault::NoExchange {
        country: country.to_owned(),
    };
    assert_eq!(faults, [none("Iceland")]);
}

#[test]
fn what_a_page_has_instead_is_told() {
    let refused = |html: &str| members(html, choice(0, "Symbol")).unwrap_err().to_string();
    let by_id = |html: &str| members(html, constituents()).unwrap_err().to_string();
    assert_eq!(
        refused("<h2>Years</h2><table><tr><th>Year<th>Close<tr><td>1<td>2</table>"),
        "the page has no table with a column Symbol, symbol, ticker, ticker symbol, stock symbol, \
         stock code, code, epic, trading symbol; its tables are table 0 (Years) with year, close \
         (a moved or renamed table needs another table_index or symbol_column)"
    );
    assert!(refused("").contains("its tables are none"));
    // The table of this name is the one: another with codes is not taken in its place.
    let renamed = "<table id=constituents><tr><th>Name<tr><td>3M</table>\
                   <table><tr><th>Symbol<tr><td>X</table>";
    assert_eq!(
        by_id(renamed),
        "table 0 (constituents) has no column Symbol, symbol, ticker, ticker symbol, \
         stock symbol, stock code, code, epic, trading symbol; its columns are name"
    );
    assert_eq!(
        by_id("<table id=constituents><tr><th>Symbol</table>"),
        "table 0 (constituents) has no row with a code"
    );
}

#[test]
fn a_header_that_is_not_marked_is_the_first_row() {
    let html = "<table><tr><td><tr><td>Symbol<td>Name<tr><td>A<td>a\
                <tr><th colspan=2>B to Z<tr><td>B<td>b</table>";
    let list = members(html, choice(0, "")).unwrap();
    assert_eq!(codes(&list), ["A", "B"]);
    assert_eq!(list.skipped[0].to_string(), "row 4: a heading");
}
