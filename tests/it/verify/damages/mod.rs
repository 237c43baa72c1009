//! Named damages, each alone: what is found, and what a repair does without and with the vendor.

mod files;
mod records;
mod rows;

use std::fmt::Write;
use std::fs;

use jiff::civil::date;
use quantx::lake::codec;
use quantx::market::Price;

use super::inflict::{
    bars, edit, hong_kong, json, read, recommit, record, remove, remove_row, repeat_row, rows,
    swap_rows, write,
};
use super::{copy_of, differing, finding_lines, text, verify, whole};
use crate::cli::Desk;

/// A name, and what it does to the lake.
type Damage = (&'static str, fn(&Desk));

/// Inflicts each damage on a copy of its own and tells the story of all in a snapshot.
fn check(group: &str, damages: &[Damage]) {
    let whole = whole();
    let mut story = String::new();
    for (name, inflict) in damages {
        let desk = copy_of(&whole);
        inflict(&desk);
        writeln!(story, "{name}").unwrap();
        let before = desk.lake();
        let report = verify(&desk, &["--deep"]).ends_with(1).json();
        let found = finding_lines(&report["findings"]);
        assert!(!found.is_empty(), "{name}");
        for line in &found {
            writeln!(story, "  found    {line}").unwrap();
        }
        // A quick proof may see less, but never something else, and it never calls damage clean that
        // it can see: whatever it finds is in the deep one.
        let quick = finding_lines(&verify(&desk, &[]).json()["findings"]);
        assert!(
            quick
                .iter()
                .all(|line| found.contains(line) || line.starts_with("session_missing")),
            "{name}: {quick:?}"
        );
        if quick.is_empty() {
            writeln!(story, "  only with --deep").unwrap();
        }
        let dry = verify(&desk, &["--deep", "--repair", "--dry-run"]).ends_with(1);
        assert_eq!(finding_lines(&dry.json()["findings"]), found, "{name}");
        assert_eq!(desk.lake(), before, "{name}: looking changed the lake");
        for flags in [
            &["--deep", "--repair", "--offline"][..],
            &["--deep", "--repair"],
        ] {
            let ran = verify(&desk, flags);
            let report = ran.json();
            let way = if flags.len() == 3 {
                "offline"
            } else {
                "vendor "
            };
            for repair in report["repairs"].as_array().unwrap_or(&Vec::new()) {
                let words = ["kind", "state", "path"].map(|key| text(&repair[key]));
                writeln!(story, "  {way}  {}", words.join(" ")).unwrap();
            }
            let left = finding_lines(&report["findings"]);
            let again = verify(&desk, &["--deep"]);
            assert_eq!(again.code, ran.code, "{name}: {again:?}");
            assert_eq!(finding_lines(&again.json()["findings"]), left, "{name}");
            if left.is_empty() {
                assert_eq!(ran.code, Some(0), "{name}");
                break;
            }
            assert_eq!(ran.code, Some(1), "{name}");
            if way == "vendor " {
                for line in left {
                    writeln!(story, "  left     {line}").unwrap();
                }
            }
        }
        let after = desk.lake();
        verify(&desk, &["--deep", "--repair"]);
        assert_eq!(
            desk.lake(),
            after,
            "{name}: a second repair changed the lake"
        );
        let differing = differing(&desk, &whole);
        if differing.is_empty() {
            writeln!(story, "  as before the damage").unwrap();
        }
        for path in differing {
            writeln!(story, "  differs  {path}").unwrap();
        }
        writeln!(story).unwrap();
    }
    insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(format!("verify_{group}"), story);
    });
}

fn known(price: Option<Price>) -> f64 {
    price.unwrap().get()
}

fn price(value: f64) -> Price {
    Price::new(value).unwrap()
}
