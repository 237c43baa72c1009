use super::*;

/// Recordings of a past window know its dividends, while the vendor's column knows later ones too:
/// they scale every row alike, so the last row's adjusted close is made its close first.
fn without_later_actions(mut history: VendorHistory) -> VendorHistory {
    let last = history
        .rows
        .iter()
        .rev()
        .find_map(|row| Some((row.close?, row.adjusted_close?)));
    let (close, adjusted) = last.unwrap();
    for row in &mut history.rows {
        row.adjusted_close = row.adjusted_close.map(|value| value * (close / adjusted));
    }
    history
}

#[test]
fn recorded_adjusted_closes_are_reproduced() {
    let Some(folder) = shared_data() else { return };
    let mut rows = 0;
    for (file, symbol, n_cash) in [
        ("2025-chart-AAPL-2020-08-31-to-2020-11-07.json", "AAPL", 1),
        (
            "2025-historical-via-chart-MSFT-dividends-2021-02-01-to-2022-01-31.csv.json",
            "MSFT",
            4,
        ),
        (
            "2025-historical-via-chart-dividends-TSLA-no-dividends.json",
            "TSLA",
            0,
        ),
        ("historicalv8-AAPL-2020-01-01-to-2021-01-04.json", "AAPL", 4),
        ("historicalv8-ABBV-2020-01-01-to-2021-01-04.json", "ABBV", 4),
        ("historicalv8-BABA-2020-01-01-to-2021-01-04.json", "BABA", 0),
        ("historicalv8-GOOG-2020-01-01-to-2021-01-04.json", "GOOG", 0),
        (
            "historicalv8-ORSTED.CO-2020-01-01-to-2021-01-04.json",
            "ORSTED.CO",
            1,
        ),
        ("historicalv8-QQQ-2020-01-01-to-2021-01-04.json", "QQQ", 3),
        (
            "historicalv8-UNIR.MI-2020-01-01-to-2021-01-04.json",
            "UNIR.MI",
            0,
        ),
    ] {
        let path = folder.join("yahoo_chart/exchanges").join(file);
        let history = without_later_actions(recorded(&path, symbol));
        let cash = history
            .actions
            .iter()
            .filter(|action| action.kind.cash().is_some());
        assert_eq!(cash.count(), n_cash, "{file}");
        let checksum = vendor_checksum(&history).unwrap();
        assert!(checksum.difference <= 4e-7, "{file}: {checksum:?}");
        assert!(checksum.agrees());
        assert_eq!(checksum.rows, history.rows.len(), "{file}");
        rows += checksum.rows;
    }
    assert_eq!(rows, 49 + 252 + 3303 + 5 * 253 + 250 + 255);
}

#[test]
fn recorded_snapshots_of_the_present_agree_as_they_are() {
    let Some(folder) = shared_data() else { return };
    let snapshots = snapshots(&folder, "AAPL");
    assert_eq!(snapshots.len(), 48);
    for (now, history) in snapshots {
        let checksum = vendor_checksum(&history).unwrap();
        assert!(checksum.difference <= 4e-7, "{now}: {checksum:?}");
    }
}

fn table_history(rows: &[TableRow]) -> VendorHistory {
    let mut history = answer("2024-06-04", vec![], &[]);
    for line in rows {
        let mut vendor = row("2024-06-04", [line.close; 4], 1.0);
        vendor.date = line.date;
        vendor.adjusted_close = Some(line.adjusted_close);
        history.rows.push(vendor);
        let date = line.date.to_string();
        let actions = &mut history.actions;
        actions.extend((line.split != 0.0).then(|| split(&date, line.split, 1.0)));
        actions.extend((line.dividend != 0.0).then(|| dividend(&date, line.dividend)));
        actions.extend((line.capital_gain != 0.0).then(|| capital_gain(&date, line.capital_gain)));
    }
    history
}

#[test]
fn the_checksum_finds_a_dividend_that_was_not_divided_by_the_split_of_its_day() {
    let Some(folder) = shared_data() else { return };
    // Shin-Etsu, 2023-03-30: 5:1 and 275 yen per old share, listed as 275 per new share.
    let bad = table_history(&price_table(&folder, "4063-T-1d-bad-div.csv"));
    let checksum = vendor_checksum(&bad).unwrap();
    assert!(
        !checksum.agrees() && checksum.difference > 0.05,
        "{checksum:?}"
    );
    let fixed = table_history(&price_table(&folder, "4063-T-1d-bad-div-fixed.csv"));
    let checksum = vendor_checksum(&fixed).unwrap();
    assert!(checksum.difference <= 4e-7, "{checksum:?}");
}

#[test]
fn recorded_true_negatives_agree_and_recorded_mistakes_do_not() {
    let Some(folder) = shared_data() else { return };
    for (file, agrees) in [
        ("CALM-1d-no-bad-divs.csv", true),
        ("EWG-1d-no-bad-divs.csv", true),
        ("IBE-MC-1d-no-bad-divs.csv", true),
        ("8TRA-DE-1d-missing-div-adjust.csv", false),
        ("8TRA-DE-1d-missing-div-adjust-fixed.csv", true),
    ] {
        let history = without_later_actions(table_history(&price_table(&folder, file)));
        let checksum = vendor_checksum(&history).unwrap();
        assert_eq!(checksum.agrees(), agrees, "{file}: {checksum:?}");
    }
}

#[test]
fn the_checksum_knows_nothing_without_a_column_and_skips_what_is_no_number() {
    let mut history = answer("2024-06-04", vec![row("2024-06-04", [10.0; 4], 1.0)], &[]);
    assert_eq!(vendor_checksum(&history), None);
    history.rows[0].adjusted_close = Some(f64::INFINITY);
    assert_eq!(vendor_checksum(&history), None);
    history.rows[0].adjusted_close = Some(9.0);
    assert_eq!(vendor_checksum(&history).unwrap().date, day("2024-06-04"));
}
