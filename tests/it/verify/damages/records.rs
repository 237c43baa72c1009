//! Damages of commit records.

use super::*;

#[test]
fn damages_of_records() {
    check(
        "records",
        &[
            ("the record is deleted", |desk| {
                remove(desk, &record("AAPL"))
            }),
            ("the record is cut off", |desk| {
                edit(desk, &record("AAPL"), |bytes| bytes.truncate(300));
            }),
            ("the record is deleted and a file is damaged", |desk| {
                remove(desk, &record("AAPL"));
                edit(desk, &bars("AAPL", 2008), |bytes| bytes[77] ^= 4);
            }),
            ("the listing is deleted", |desk| {
                let folder = desk.path("data/data/exchange=us/ticker=FB");
                fs::remove_dir_all(folder).unwrap();
            }),
            ("the record is another listing's", |desk| {
                let other = read(desk, &record("IBM"));
                write(desk, &record("AAPL"), other);
            }),
            ("the record is of a newer program", |desk| {
                json(desk, &record("AAPL"), |record| record["schema"] = 3.into());
            }),
            ("a hash of the record is wrong", |desk| {
                json(desk, &record("AAPL"), |record| {
                    record["years"]["2005"]["sha256"] = "0".repeat(64).into();
                });
            }),
            ("the record has one row more", |desk| {
                json(desk, &record("AAPL"), |record| {
                    record["years"]["2005"]["rows"] = 253.into();
                });
            }),
            ("the record begins a year late", |desk| {
                json(desk, &record("AAPL"), |record| {
                    record["years"]["2005"]["first"] = "2006-01-03".into();
                });
            }),
            ("a dividend of the record is gone", |desk| {
                json(desk, &record("MSFT"), |record| {
                    record["actions"].as_array_mut().unwrap().remove(5);
                });
            }),
            ("a dividend of the record is another", |desk| {
                json(desk, &record("MSFT"), |record| {
                    record["actions"][5]["amount"] = 0.5.into();
                });
            }),
            ("a split of the record is gone", |desk| {
                json(desk, &record("AAPL"), |record| {
                    let actions = record["actions"].as_array_mut().unwrap();
                    actions.retain(|action| action["kind"] != "split");
                });
            }),
            ("all events are gone and a file is deleted", |desk| {
                json(desk, &record("MSFT"), |record| {
                    record["actions"].as_array_mut().unwrap().clear();
                });
                remove(desk, &bars("MSFT", 2009));
            }),
            ("the record is in another currency", |desk| {
                json(desk, &record("IBM"), |record| {
                    record["currency"] = "EUR".into()
                });
            }),
            ("the record is in another unit", |desk| {
                json(desk, &record("IBM"), |record| {
                    record["unit_scale"] = 0.01.into()
                });
            }),
            ("the record knows a hole where a row is", |desk| {
                json(desk, &record("IBM"), |record| {
                    let hole = serde_json::json!({"asks": 3, "last_asked": "2013-03-01"});
                    record["watch"]["holes"]["2008-03-03"] = hole.clone();
                    record["watch"]["holes"]["2008-03-01"] = hole;
                });
            }),
            ("a rewrite was announced", |desk| {
                json(desk, &record("IBM"), |record| {
                    record["watch"]["rewriting"] = serde_json::json!([2007, 2008]);
                });
            }),
        ],
    );
}
