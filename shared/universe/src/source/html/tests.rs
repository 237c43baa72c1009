use proptest::prelude::*;

use super::*;

fn cells(html: &str) -> Vec<Vec<String>> {
    let tables = tables(html);
    assert_eq!(tables.len(), 1, "{html}");
    tables[0].rows.iter().map(|row| row.cells.clone()).collect()
}

/// Cells of a row with `|` between them.
fn shown(html: &str) -> Vec<String> {
    cells(html).iter().map(|row| row.join("|")).collect()
}

#[test]
fn spans_are_filled_in() {
    for (html, expect) in [
        ("<tr><td>a<td>b<tr><td>c<td>d", vec!["a|b", "c|d"]),
        (
            "<tr><td rowspan=2>a<td>b<tr><td>c<tr><td>d<td>e",
            vec!["a|b", "a|c", "d|e"],
        ),
        ("<tr><td>a<td rowspan=2>b<tr><td>c", vec!["a|b", "c|b"]),
        (
            "<tr><td colspan=2>a<td>b<tr><td>c<td>d<td>e",
            vec!["a|a|b", "c|d|e"],
        ),
        (
            "<tr><td colspan=2 rowspan=2>a<td>b<tr><td>c",
            vec!["a|a|b", "a|a|c"],
        ),
        (
            "<tr><td rowspan=0>a<td>b<tr><td>c<tr><td>d",
            vec!["a|b", "a|c", "a|d"],
        ),
        (
            "<tr><td colspan=0>a<td colspan=x>b<td rowspan=-1>c",
            vec!["a|b|c"],
        ),
        // A row that is short of cells of its own still gets those from above, in their place.
        (
            "<tr><td>a<td>b<td rowspan=2>c<tr><td>d",
            vec!["a|b|c", "d||c"],
        ),
        (
            "<tr><td rowspan=2>a<td rowspan=2>b<tr><tr><td>c",
            vec!["a|b", "a|b", "c"],
        ),
        // A span ends with its part of the table.
        (
            "<thead><tr><th rowspan=9>a<th>b<tbody><tr><td>c<td>d",
            vec!["a|b", "c|d"],
        ),
    ] {
        assert_eq!(shown(&format!("<table>{html}</table>")), expect, "{html}");
    }
}

#[test]
fn carried_cells_are_marked() {
    let tables = tables("<table><tr><td rowspan=2>a<td>b<tr><td>c</table>");
    let carried: Vec<_> = tables[0]
        .rows
        .iter()
        .map(|row| row.carried.clone())
        .collect();
    assert_eq!(carried, [[false, false], [true, false]]);
}

#[test]
fn a_header_row_has_headings_only() {
    let html = "<table><thead><tr><td>a</thead><tr><th>b<th>c<tr><th>d<td>e<tr><td>f<tr></table>";
    let tables = tables(html);
    let marks: Vec<_> = tables[0].rows.iter().map(|row| row.is_header).collect();
    assert_eq!(marks, [true, true, false, false, false]);
}

#[test]
fn a_cell_has_the_text_that_one_sees() {
    for (cell, expect) in [
        ("<a href=x>BRK.B</a>\n", "BRK.B"),
        (
            "Twitter.<sup class=\"mw-ref reference\"><a>[4]</a></sup>",
            "Twitter.",
        ),
        ("Under Armour<sup>2</sup>[a]", "Under Armour2"),
        (
            "<span style=\"display: none\">2014-07-02</span>July 2, 2014",
            "July 2, 2014",
        ),
        (
            "<span style=\"DISPLAY:NONE;\">x</span><span hidden>y</span>z",
            "z",
        ),
        ("<style>.a{}</style><script>1</script>5", "5"),
        ("SEHK:&nbsp;5", "SEHK: 5"),
        ("a<br>b<p>c", "a b c"),
        ("AT&amp;T <!-- note -->Inc.", "AT&T Inc."),
        ("x<table><tr><td>inner</table>y", "xy"),
    ] {
        let html = format!("<table><tr><td>{cell}</td><td>.</td></table>");
        let row = &tables(&html)[0].rows[0];
        assert_eq!(row.cells[0], expect, "{cell}");
    }
}

#[test]
fn nested_tables_are_tables_of_their_own() {
    let html = "<h2>Members<span class=mw-editsection>[edit]</span></h2>\
        <table id=outer><caption>All [1]</caption><tr><td>a<table id=inner><tr><td>b</table>\
        <td>c<tr><td>d</table><h3>Later</h3><table><tr><td>e</table>\
        <table><tr><td></table><table style='display:none'><tr><td>f</table>";
    let found = tables(html);
    let shown: Vec<_> = found
        .iter()
        .map(|table| {
            let rows: Vec<_> = table.rows.iter().map(|row| row.cells.join("|")).collect();
            let names = [&table.id, &table.caption, &table.heading];
            let names: Vec<_> = names.into_iter().flatten().map(String::as_str).collect();
            format!("{}: {}", names.join(" "), rows.join(" / "))
        })
        .collect();
    assert_eq!(
        shown,
        ["outer All Members: a|c / d", "inner Members: b", "Later: e"]
    );
    assert_eq!(found[0].called(0), "table 0 (outer)");
    assert_eq!(found[2].called(2), "table 2 (Later)");
}

#[test]
fn points_have_their_heading_and_links() {
    let html = "<ul><li>Contents</ul><h3>Foods</h3><ul><li><a href=/wiki/A>Ajinomoto</a> \
        (<a href=/t>TYO</a>: <a href=https://www2.jpx.co.jp/s?x=2802>2802</a>)\
        <ul><li><a href=/sub>inner</a></ul></ul>";
    let entries = HtmlPage::parse(html).unwrap().list_entries();
    let shown: Vec<_> = entries
        .iter()
        .map(|entry| {
            let links: Vec<_> = entry.links.iter().map(|it| it.text.as_str()).collect();
            format!("{:?} {} {links:?}", entry.heading, entry.text)
        })
        .collect();
    assert_eq!(
        shown,
        [
            "None Contents []",
            "Some(\"Foods\") Ajinomoto (TYO: 2802) [\"Ajinomoto\", \"TYO\", \"2802\"]",
            "Some(\"Foods\") inner [\"inner\"]",
        ]
    );
}

#[test]
fn a_page_tells_its_revision_in_one_of_two_ways() {
    let revision = |html: &str| HtmlPage::parse(html).unwrap().revision();
    let parsoid =
        "<html about=\"https://en.wikipedia.org/wiki/Special:Redirect/revision/1120976287\">";
    assert_eq!(revision(parsoid).as_deref(), Some("1120976287"));
    let site = "<script>x={\"wgCurRevisionId\":5,\"wgRevisionId\":77,\"b\":1}</script><p>";
    assert_eq!(revision(site).as_deref(), Some("77"));
    assert_eq!(revision("<script>{\"wgRevisionId\":0}</script>"), None);
    assert_eq!(revision("<p>\"wgRevisionId\":7"), None);
}

#[test]
fn a_hostile_span_stays_small() {
    let long = "x".repeat(10_000);
    let rows = "<tr><td>b".repeat(19_000);
    for html in [
        "<table><tr><td colspan=4000000000>a</table>".to_owned(),
        format!("<table><tr><td rowspan=65534 colspan=1000>{long}{rows}</table>"),
        format!(
            "<table>{}</table>",
            format!("<tr><td colspan=1000 rowspan=99>{long}").repeat(50)
        ),
    ] {
        let n_bytes: usize = cells(&html).iter().flatten().map(String::len).sum();
        let n_widest = cells(&html).iter().map(Vec::len).max();
        assert!(n_bytes < 50_000_000, "{n_bytes}");
        assert!(n_widest <= Some(200), "{n_widest:?}");
    }
}

#[test]
fn deep_nesting_is_walked_without_recursion() {
    let html = "<div>".repeat(200) + "<table><tr><td>a</table>";
    assert_eq!(shown(&html), ["a"]);
    let html = "<table><tr><td>".repeat(60) + "a";
    assert_eq!(tables(&html).len(), 1);
}

proptest! {
    #[test]
    fn no_page_panics_and_all_rows_are_as_wide_as_their_marks(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "<table>", "</table>", "<tr>", "<td>", "<th>", "<td rowspan=3>", "<td colspan=2>",
                "<th rowspan=0 colspan=3>", "<td rowspan=2 colspan=2>", "x", "[1]", "&nbsp;", "<li>",
                "<ul>", "<a href=b>", "<thead>", "<tbody>", "<h2>", "<caption>", "<p hidden>", "]é[",
            ]),
            0..60,
        ),
    ) {
        let html = pieces.concat();
        let page = HtmlPage::parse(&html).unwrap();
        for table in page.tables() {
            for row in &table.rows {
                prop_assert_eq!(row.cells.len(), row.carried.len());
                prop_assert!(row.cells.len() <= 200);
            }
        }
        let _ = (page.list_entries(), page.revision());
    }
}

fn refusal(html: &str) -> String {
    HtmlPage::parse(html).unwrap_err().to_string()
}

#[test]
fn a_page_of_nothing_but_nesting_is_refused_before_it_costs_anything() {
    let text = refusal(&"<div>".repeat(100_000));
    assert!(text.contains("elements inside elements"), "{text}");
    // Ends that close nothing do not hide it, nor do formats that are opened again in each block.
    let text = refusal(&"<div></span><p></table>".repeat(100_000));
    assert!(text.contains("elements inside elements"), "{text}");
    let formats: String = (0..2_000).map(|n| format!("<p><b id={n}></p>")).collect();
    let text = refusal(&formats);
    assert!(text.contains("elements inside elements"), "{text}");
    let deep = "<div>".repeat(200) + "<table><tr><td>A</table>";
    assert_eq!(tables(&deep).len(), 1);
}

#[test]
fn a_page_has_no_more_rows_and_cells_than_the_longest_list() {
    let rows = "<tr><td>A<td>B".repeat(200_000);
    let text = refusal(&format!("<table>{rows}</table>"));
    assert_eq!(
        text,
        "the page has 20001 table rows, more than the 20000 of any list of members"
    );
    let cells = "<td>A".repeat(500_000);
    let text = refusal(&format!("<table><tr>{cells}</table>"));
    assert!(text.contains("400001 table cells"), "{text}");
    let longest = "<tr><td>A<td>B".repeat(20_000);
    let found = tables(&format!("<table>{longest}</table>"));
    assert_eq!(found[0].rows.len(), 20_000);
}

#[test]
fn a_tag_has_no_endless_attributes_and_no_endless_text() {
    let attributes: String = (0..3_000).map(|n| format!(" a{n}")).collect();
    for tag in [format!("<p{attributes}>"), format!("</p{attributes}>")] {
        let text = refusal(&tag);
        assert!(text.contains("3000 attributes in one tag"), "{text}");
    }
    let attributes: String = (0..500_000).map(|n| format!(" a{n}")).collect();
    for start in ["<p", "</p", "<!--"] {
        let text = refusal(&format!("{start}{attributes}"));
        assert!(text.contains("bytes in one tag"), "{text}");
    }
    // A long text, in a script too, is no tag.
    let script = format!("<script>{}</script><ul><li>A</ul>", attributes.repeat(2));
    let entries = HtmlPage::parse(&script).unwrap().list_entries();
    assert_eq!(entries.len(), 1);
}

#[test]
fn a_page_is_read_the_same_whole_and_in_pieces() {
    let long = "é".repeat(70_000);
    let html = format!("<table><caption>{long}</caption><tr><th>{long}<td>&amp;{long}</table>");
    let found = tables(&html);
    assert_eq!(found[0].caption.as_deref(), Some(long.as_str()));
    assert_eq!(found[0].rows[0].cells, [long.clone(), format!("&{long}")]);
}
