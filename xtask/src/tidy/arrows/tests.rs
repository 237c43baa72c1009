use super::super::tests::broken;
use super::*;

fn check(path: &str, text: &str, expect: &[&str]) {
    let path = format!("shared/src/{path}");
    let found = broken(rooms, &[(&path, text)]);
    let found: Vec<&str> = found
        .iter()
        .filter_map(|it| it.strip_prefix(&format!("{path}:")))
        .collect();
    assert_eq!(found, expect, "{path}: {text}");
}

#[test]
fn the_table_is_complete_and_has_no_circle() {
    let place = |name: &str| ARROWS.iter().position(|(room, _)| *room == name);
    for (room, imports) in ARROWS {
        let own = room.split('/').next().unwrap_or_default();
        for import in *imports {
            assert!(place(import).is_some(), "{import} has no row");
            assert!(
                place(import) < place(own),
                "{room} imports {import}, which is below it"
            );
        }
    }
    assert!(PURE.iter().all(|room| place(room).is_some()));
}

#[test]
fn a_room_knows_what_the_table_says() {
    check(
        "lake/merge.rs",
        "use crate::market::Bar; use crate::calendar::Calendar;",
        &[],
    );
    check("market/bar.rs", "use crate::lake::LakeKey;", &["1 import"]);
    check(
        "lake/merge.rs",
        "\nfn f() -> crate::storage::Etag {}",
        &["2 import"],
    );
    check(
        "storage/memory.rs",
        "use crate::operations::daily_update;",
        &["1 import"],
    );
    check(
        "provider/yahoo/parse.rs",
        "use crate::calendar::Calendar;",
        &["1 import"],
    );
    check(
        "provider/replay/market.rs",
        "use crate::calendar::Calendar;",
        &[],
    );
    check(
        "provider/replay/mod.rs",
        "use crate::storage::LakeStore;",
        &["1 import"],
    );
    check(
        "operations/health.rs",
        "use crate::{market::Bar, lake::LakeKey, storage::*};",
        &[],
    );
    check(
        "settings/mod.rs",
        "use crate::{market::Bar,\n lake::{LakeKey}};",
        &["2 import"],
    );
    check("lib.rs", "pub use crate::operations::run;", &[]);
}

#[test]
fn the_way_up_is_followed() {
    check(
        "market/bar.rs",
        "use super::super::lake::LakeKey;",
        &["1 import"],
    );
    check("market/mod.rs", "use super::lake::LakeKey;", &["1 import"]);
    check(
        "lake/adjust/mod.rs",
        "use super::basis; use super::super::market::Bar;",
        &[],
    );
    check(
        "market/bar.rs",
        "mod inner { use super::super::super::lake; }",
        &["1 import"],
    );
    check(
        "market/bar.rs",
        "use super::*; use self::x::y; mod a { use super::super::z; }",
        &[],
    );
    check("market/bar.rs", "use crate::market::Price;", &[]);
}

#[test]
fn only_rooms_are_imported() {
    check("lake/merge.rs", "use crate::Something;", &["1 import"]);
    check("lake/merge.rs", "use crate::*;", &["1 import"]);
    check("lake/merge.rs", "use crate::{self as top};", &["1 import"]);
    check("helpers/mod.rs", "use crate::market::Bar;", &["1 import"]);
    check("clock.rs", "use crate::lake::LakeKey;", &["1 import"]);
    check("report/mod.rs", "use crate::clock::Clock;", &["1 import"]);
}

#[test]
fn pure_rooms_do_no_io() {
    for line in [
        "use tokio::sync::Mutex;",
        "use reqwest;",
        "use azure_core::Url;",
        "fn f() { std::fs::read(x) }",
        "use std::{env, fmt};",
        "use std::process::Command;",
        "let x = ::std::net::TcpStream::connect(y);",
    ] {
        for room in [
            "market", "calendar", "report", "settings", "universe", "lake", "provider",
        ] {
            check(&format!("{room}/mod.rs"), line, &["1 io-in-pure-room"]);
        }
        for adapter in [
            "provider/yahoo/client.rs",
            "provider/yahoo/client/body.rs",
            "provider/throttle.rs",
            "provider/replay/server.rs",
            "storage/local.rs",
            "storage/blob/mod.rs",
            "universe/source/wikipedia.rs",
        ] {
            check(adapter, line, &[]);
        }
    }
    check(
        "provider/yahoo/parse.rs",
        "use tokio::time;",
        &["1 io-in-pure-room"],
    );
    check(
        "settings/web.rs",
        "use std::net::{IpAddr, SocketAddr};",
        &[],
    );
    check(
        "provider/throttle/circuit.rs",
        "use tokio::time::Instant;",
        &[],
    );
    check("provider/retry.rs", "use std::env;", &["1 io-in-pure-room"]);
    check(
        "provider/client.rs",
        "use tokio::time;",
        &["1 io-in-pure-room"],
    );
    check(
        "lake/key.rs",
        "// tokio::spawn\nlet x = \"std::fs::read\"; use std::fmt;",
        &[],
    );
}

#[test]
fn operations_use_the_ports() {
    check(
        "operations/backfill/mod.rs",
        "use tokio::time; use futures::stream;",
        &[],
    );
    check(
        "operations/backfill/mod.rs",
        "use reqwest::Client;",
        &["1 io-past-ports"],
    );
    check(
        "operations/backfill/mod.rs",
        "use azure_storage_blob::X; use clap::Parser;",
        &["1 io-past-ports", "1 io-past-ports"],
    );
}

#[test]
fn tests_may_do_what_they_like() {
    check(
        "lake/merge.rs",
        "#[cfg(test)] mod tests { use std::fs; use crate::storage::X; }",
        &[],
    );
    let files = [
        ("shared/src/lake/merge.rs", "#[cfg(test)] mod tests;"),
        (
            "shared/src/lake/merge/tests.rs",
            "use std::fs; use polars::prelude::X;",
        ),
        ("shared/src/market/mod.rs", "#[cfg(test)] mod tests;"),
        ("shared/src/market/tests/mod.rs", "use std::fs;"),
        ("shared/src/market/tests/rows.rs", "use crate::storage::X;"),
        // Named like a test, but nobody declares it under cfg(test).
        ("shared/src/report/tests.rs", "use std::fs;"),
    ];
    assert_eq!(
        broken(rooms, &files),
        ["shared/src/report/tests.rs:1 io-in-pure-room"]
    );
}

#[test]
fn polars_stays_in_the_lake() {
    let text = "use polars::prelude::*;";
    let files = [
        ("shared/src/lake/codec.rs", text),
        ("shared/benches/codec.rs", text),
        ("tests/it/codec.rs", text),
        ("shared/src/operations/verify/mod.rs", text),
        ("cli/src/command/verify.rs", "fn f(x: polars_utils::Y) {}"),
        (
            "cli/src/main.rs",
            "// polars::x\nlet polars = 1;\n#[cfg(test)] mod tests { use polars::X; }",
        ),
    ];
    let expect = [
        "cli/src/command/verify.rs:1 polars",
        "shared/src/operations/verify/mod.rs:1 polars",
    ];
    assert_eq!(broken(polars_in_the_lake, &files), expect);
}
