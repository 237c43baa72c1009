use super::*;

fn row(code: &str, name: &str, category: &str, sub_category: &str) -> SourceRow {
    SourceRow {
        code: code.to_owned(),
        name: Some(name.to_owned()),
        category: (!category.is_empty()).then(|| category.to_owned()),
        sub_category: Some(sub_category.to_owned()),
        ..SourceRow::default()
    }
}

#[test]
fn each_share_is_kept_once_and_every_other_row_is_counted() {
    let main = "Equity Securities (Main Board)";
    let rows = vec![
        row("00005", "HSBC HOLDINGS", EQUITY, main),
        row("00700", "TENCENT", EQUITY, main),
        row("80700", "TENCENT-R", EQUITY, main),
        // Its name does not say that it is a counter, the list does.
        row("80005", "HSBC", EQUITY, main),
        row("80999", "GONE-R", EQUITY, main),
        row("89988", "RENMINBI ONLY", EQUITY, main),
        row("04333", "CISCO-T", EQUITY, TRADING_ONLY),
        row("04338", "MICROSOFT-T", EQUITY, ""),
        row("01234", "NOT A PILOT-T", EQUITY, main),
        row("10001", "A WARRANT", "Derivative Warrants", ""),
        row("10002", "A WARRANT", "Derivative Warrants", ""),
        row("02800", "TRACKER FUND", "", ""),
        row("123456", "LONG", EQUITY, main),
        row("00000", "ZERO", EQUITY, main),
        row("ABC", "LETTERS", EQUITY, main),
    ];
    let shares = shares(rows, &["equity"]);
    let codes: Vec<_> = shares.rows.iter().map(|row| row.code.as_str()).collect();
    assert_eq!(codes, ["0005", "0700", "89988", "1234"]);
    let dropped: Vec<String> = shares
        .dropped
        .iter()
        .map(|(reason, n_rows)| format!("{n_rows} {reason}"))
        .collect();
    assert_eq!(
        dropped,
        [
            "1 category \"\"",
            "2 category \"Derivative Warrants\"",
            "3 renminbi counter",
            "2 trading only",
            "1 \"00000\" is not a code of Hong Kong",
            "1 \"123456\" is not a code of Hong Kong",
            "1 \"ABC\" is not a code of Hong Kong",
        ]
    );
}

#[test]
fn other_categories_can_be_wanted() {
    let trusts = "Real Estate Investment Trusts";
    let rows = vec![
        row("00823", "LINK REIT", trusts, ""),
        row("87001", "HUI XIAN REIT", trusts, ""),
        row("00001", "CKH HOLDINGS", EQUITY, ""),
    ];
    let equities = shares(rows, &[EQUITY, trusts]).rows;
    let codes: Vec<_> = equities.iter().map(|row| row.code.as_str()).collect();
    assert_eq!(codes, ["0823", "87001", "0001"]);
}
