use super::*;

fn table() -> Table {
    let columns = vec![
        ("Date".to_owned(), Values::dates([19_000, 19_001, 19_002])),
        (
            "Open".to_owned(),
            Values::Numbers(vec![Some(1.5), None, Some(-0.0)]),
        ),
        (
            "Volume".to_owned(),
            Values::Counts(vec![None, Some(7), Some(i64::MAX)]),
        ),
        (
            "Ticker".to_owned(),
            Values::texts(["0700", "AAPL", "a symbol of more than twelve bytes"]),
        ),
    ];
    Table::new(columns).unwrap()
}

#[test]
fn what_is_written_is_read_again() {
    let bytes = write(
        &table(),
        3,
        vec![("a".to_owned(), "b".to_owned())],
        Layout::Year,
    )
    .unwrap();
    assert_eq!(read(bytes.clone().into(), None).unwrap(), table());
    let dates = read(bytes.into(), Some(&["Date"])).unwrap();
    assert_eq!(dates.names().collect::<Vec<_>>(), ["Date"]);
    assert_eq!(dates.rows(), 3);
}

#[test]
fn a_table_without_rows_is_a_file_too() {
    let empty = Table::new(vec![("Date".to_owned(), Values::dates([]))]).unwrap();
    let bytes = write(&empty, 3, Vec::new(), Layout::Year).unwrap();
    assert_eq!(read(bytes.into(), None).unwrap(), empty);
}

#[test]
fn columns_of_two_lengths_or_of_one_name_are_no_table() {
    let column = |name: &str, rows| (name.to_owned(), Values::dates(0..rows));
    assert_eq!(Table::new(vec![column("a", 2), column("b", 3)]), None);
    assert_eq!(Table::new(vec![column("a", 2), column("a", 2)]), None);
}
