use jiff::civil::date;

use super::*;
use crate::source::fixtures;

const HEADER: &str = "<tr><th rowspan=2>Effective Date<th colspan=2>Added<th colspan=2>Removed<th rowspan=2>Reason\
                      <tr><th>Ticker<th>Security<th>Ticker<th>Security";

fn read(rows: &str) -> MembershipChanges {
    changes(&format!("<table id=changes>{HEADER}{rows}</table>")).unwrap()
}

fn pair(code: &str, name: &str) -> Option<(String, String)> {
    Some((code.to_owned(), name.to_owned()))
}

/// Date, codes and row of each change.
fn shown(changes: &MembershipChanges) -> Vec<String> {
    let code = |side: &Option<(String, String)>| side.as_ref().map_or("-", |it| &it.0).to_owned();
    changes
        .changes
        .iter()
        .map(|it| {
            format!(
                "{} {}: +{} -{}",
                it.row,
                it.date,
                code(&it.added),
                code(&it.removed)
            )
        })
        .collect()
}

#[test]
fn the_recorded_page_gives_all_its_changes() {
    let Some(page) = fixtures::sp500() else {
        return;
    };
    let read = changes(&page).unwrap();
    assert_eq!(read.revision.as_deref(), Some("1120976287"));
    assert_eq!(read.changes.len(), 312);
    let faults: Vec<String> = read.faults.iter().map(ToString::to_string).collect();
    assert_eq!(faults, [""; 0]);
    assert_eq!(
        read.changes[0],
        MembershipChange {
            date: date(2022, 11, 1),
            added: pair("ACGL", "Arch Capital Group"),
            removed: pair("TWTR", "Twitter"),
            reason: "Elon Musk acquired Twitter.".to_owned(),
            row: 3,
        }
    );
    // One side only: Gap left, Constellation came.
    let of = |day| read.changes.iter().find(move |it| it.date == day).unwrap();
    assert_eq!(of(date(2022, 2, 3)).added, None);
    assert_eq!(of(date(2022, 2, 3)).removed, pair("GPS", "Gap Inc."));
    assert_eq!(
        of(date(2022, 2, 2)).added,
        pair("CEG", "Constellation Energy")
    );
    assert_eq!(of(date(2022, 2, 2)).removed, None);
    let is_newest_first = read.changes.is_sorted_by(|a, b| a.date >= b.date);
    assert!(is_newest_first);
    assert!(read.changes.iter().all(|it| !it.reason.contains('[')));
    assert_eq!(read.changes[311].date.year(), 1997);
}

#[test]
fn one_cell_may_span_several_changes() {
    let read = read(
        "<tr><td rowspan=2>September 20, 2013<td>AME<td>Ametek<td>SAI<td>SAIC<td rowspan=2>Spin-off[3]\
         <tr><td>VRTX<td>Vertex<td>AMD<td>AMD\
         <tr><td rowspan=2>July 2, 2012<td rowspan=2>KRFT<td rowspan=2>Kraft<td>A<td>a<td>r\
         <tr><td>B<td>b<td>r",
    );
    assert_eq!(
        shown(&read),
        [
            "3 2013-09-20: +AME -SAI",
            "4 2013-09-20: +VRTX -AMD",
            "5 2012-07-02: +KRFT -A",
            // It came once, although its cell stands beside both.
            "6 2012-07-02: +- -B",
        ]
    );
    assert_eq!(read.changes[1].reason, "Spin-off");
    assert_eq!(read.faults, []);
}

#[test]
fn what_cannot_be_read_is_named() {
    let read = read(
        "<tr><td>July 2, 2014<td>A<td>a<td>B<td>b<td>x\
         <tr><td>July 2014<td>C<td>c<td><td><td>x\
         <tr><td>July 2, 2014<td><td><td>—<td><td>x\
         <tr><td>July 2, 2014<td><td>Nameless<td>D<td>d<td>x\
         <tr><td>July 2, 2014<td>E<td>e<td>GOOG, GOOGL<td>f<td>x\
         <tr><td>July 2, 2014<td>F F<td>f<td><td><td>x\
         <tr><td><td><td><td><td><td>\
         <tr><td>July 2, 2014<td>NYSE: G<td>g\
         <tr><th colspan=6>2013",
    );
    assert_eq!(
        shown(&read),
        [
            "3 2014-07-02: +A -B",
            "6 2014-07-02: +- -D",
            "7 2014-07-02: +E --",
            "10 2014-07-02: +G --",
        ]
    );
    let faults: Vec<String> = read.faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        faults,
        [
            "row 4: \"July 2014\" is no date such as \"July 2, 2014\"",
            "row 5: nobody came and nobody went on 2014-07-02",
            "row 6: added on 2014-07-02: \"Nameless\" has no code",
            "row 7: removed on 2014-07-02: \"GOOG, GOOGL\" is not a code, nor several with a slash between them",
            "row 8: added on 2014-07-02: \"F F\" is not a code, nor several with a slash between them",
        ]
    );
}

#[test]
fn the_table_is_known_by_its_columns_too() {
    let html = format!(
        "<table><tr><th>Year<tr><td>1</table><table>{HEADER}<tr><td>2014-07-02<td>A<td>a</table>"
    );
    assert_eq!(shown(&changes(&html).unwrap()), ["3 2014-07-02: +A --"]);
}

#[test]
fn a_page_without_changes_is_refused() {
    let refused = |html: &str| changes(html).unwrap_err().to_string();
    assert_eq!(
        refused("<table><tr><th>Year<tr><td>1</table>"),
        "the page has no table \"changes\", and none with a date, added and removed codes; its \
         tables are table 0 with year (a moved or renamed table needs another table_index or \
         symbol_column)"
    );
    assert_eq!(
        refused("<table id=changes><tr><th>Date<th>Ticker<tr><td>1<td>A</table>"),
        "table 0 (changes) has no column ticker under added; its columns are date, ticker"
    );
}
