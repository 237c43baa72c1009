use super::*;
use crate::{ConfigFile, EnvMap, Overrides, Settings};
use quantx_market::PhaseName;

fn resolve(text: &str) -> Result<UniverseSettings, String> {
    let file = ConfigFile {
        name: "universes.yaml",
        text,
    };
    Settings::resolve(None, Some(file), &EnvMap::default(), &Overrides::default())
        .map(|settings| settings.universes)
        .map_err(|problems| problems.to_string())
}

#[test]
fn every_mistake_of_the_universes_is_told_at_once() {
    let text = r#"universes:
  phase_1:
    - name: us_sp500
      source_type: wikipedia
      url: http://en.wikipedia.org/wiki/X
      table_idx: 0
      symbol_column: Symbol
    - name: hk_hsi
      source_type: static
      symbols: [0700, 5.HK, BRK.B, RY.QQ, null, ../x]
      url: https://host/x
    - name: hk_hsi
      source_type: local_file
    - name: phase_2
      source_type: excell
    - just text
  phase_2:
    - name: a
      source_type: static
      symbols: [A]
      depends_on: [b, us_sp50]
    - name: b
      source_type: static
      symbols: []
      depends_on: [a]
      enabled: yes
      symbol_suffix: HK
  Phase 3: []
universe: {}
"#;
    let expect = r#"universes.yaml:5:12: universes.phase_1[0].url: read "http://en.wikipedia.org/wiki/X"; allowed: an https address, or http to this machine (http only to this machine: localhost, 127.0.0.1 or [::1])
universes.yaml:6:7: universes.phase_1[0]: read the unknown key "table_idx"; allowed: categories, depends_on, description, enabled, format, layout, max_change, max_members, min_members, name, path, source_type, symbol_column, symbol_suffix, symbols, table_id, table_index, url (did you mean table_id?)
universes.yaml:10:17: universes.phase_1[1].symbols: read "0700"; allowed: a symbol, as AAPL or 0700.HK (symbol "0700" is a number without the suffix of its exchange, as in 7203.T or 0700.HK)
universes.yaml:10:36: universes.phase_1[1].symbols: read "RY.QQ"; allowed: a symbol, as AAPL or 0700.HK (symbol "RY.QQ" has the unknown suffix ".QQ"; known are .AS .AT .AX .BD .BK .BO .BR .CO .DE .HE .HK .IR .IS .JK .JO .KL .KQ .KS .L .LS .MC .MI .MX .NS .NZ .OL .PA .PR .SA .SI .SR .SS .ST .SW .SZ .T .TA .TO .TW .TWO .V .VI .WA (share classes are written with a dash: BRK-B))
universes.yaml:10:43: universes.phase_1[1].symbols: read nothing; allowed: a symbol, as AAPL or 0700.HK (a ticker of that name needs quotes: "null")
universes.yaml:10:49: universes.phase_1[1].symbols: read "../x"; allowed: a symbol, as AAPL or 0700.HK (symbol "../x" has '/'; allowed are letters, digits, '-', '_' and '.')
universes.yaml:11:12: universes.phase_1[1].url: read "https://host/x"; allowed: no url: only wikipedia, excel and csv have one
universes.yaml:12:7: universes.phase_1[2].path: read nothing; allowed: 1 to 4096 characters on one line (the key is missing or empty)
universes.yaml:12:13: name: read "hk_hsi"; allowed: each name once; the first is at universes.yaml:8:13
universes.yaml:14:13: name: read "phase_2"; allowed: a name that no phase has, but that of a phase with this universe alone: both name a file of the lake
universes.yaml:15:20: universes.phase_1[3].source_type: read "excell"; allowed: wikipedia, excel, csv, static or local_file (did you mean excel?)
universes.yaml:16:7: universes.phase_1[4]: read "just text"; allowed: a section with keys
universes.yaml:21:20: depends_on of a: read the cycle a -> b -> a; allowed: no universe that needs itself
universes.yaml:21:23: depends_on of a: read "us_sp50"; allowed: a, b, hk_hsi, phase_2 or us_sp500 (did you mean us_sp500?)
universes.yaml:22:7: universes.phase_2[1].symbols: read nothing; allowed: a list of symbols (the key is missing or empty)
universes.yaml:26:16: universes.phase_2[1].enabled: read "yes"; allowed: true or false
universes.yaml:27:22: universes.phase_2[1].symbol_suffix: read "HK"; allowed: .AS, .AT, .AX, .BD, .BK, .BO, .BR, .CO, .DE, .HE, .HK, .IR, .IS, .JK, .JO, .KL, .KQ, .KS, .L, .LS, .MC, .MI, .MX, .NS, .NZ, .OL, .PA, .PR, .SA, .SI, .SR, .SS, .ST, .SW, .SZ, .T, .TA, .TO, .TW, .TWO, .V, .VI, .WA or by_country
universes.yaml:28:3: universes: read the phase "Phase 3"; allowed: a lower-case letter, then lower-case letters, digits and '_'
universes.yaml:29:1: read the unknown key "universe"; allowed: universes (did you mean universes?)"#;
    let shown = resolve(text).unwrap_err();
    assert_eq!(shown, expect);
}

#[test]
fn a_phase_of_one_universe_may_have_its_name() {
    let entry = "{name: mine, source_type: static, symbols: [A]}";
    let other = "{name: other, source_type: static, symbols: [A]}";
    assert!(resolve(&format!("universes:\n  mine:\n  - {entry}\n")).is_ok());
    for text in [
        format!("universes:\n  mine:\n  - {entry}\n  - {other}\n"),
        format!("universes:\n  mine:\n  - {other}\n  x:\n  - {entry}\n"),
    ] {
        let shown = resolve(&text).unwrap_err();
        assert!(shown.contains("both name a file of the lake"), "{shown}");
    }
}

#[test]
fn the_phase_of_a_file_with_one_phase_is_the_default_and_others_are_checked_where_they_are_used() {
    let phase = |text: &str, flag: Option<&str>| {
        let file = ConfigFile {
            name: "universes.yaml",
            text,
        };
        let flags = Overrides {
            phase: flag.map(str::to_owned),
            ..Overrides::default()
        };
        let settings = Settings::resolve(None, Some(file), &EnvMap::default(), &flags).unwrap();
        settings.phase.to_string()
    };
    let list = "- {name: u, source_type: static, symbols: [A]}\n";
    let one = format!("universes:\n  mine:\n  {list}");
    assert_eq!(phase(&one, None), "mine");
    // What somebody said is not put right in silence.
    assert_eq!(phase(&one, Some("theirs")), "theirs");
    let two = format!("{one}  second: []\n");
    assert_eq!(phase(&two, None), "phase_1");
}

#[test]
fn words_and_numbers_stay_symbols_as_they_are_written() {
    let text = "universes:\n  phase_1:\n    - name: a\n      source_type: static\n      symbol_suffix: .HK\n      symbols: [0700, 1e5, 0x10, NO, true, 1_0]\n";
    let universes = resolve(text).unwrap();
    let entries = universes
        .phase(&PhaseName::parse("phase_1").unwrap())
        .unwrap();
    let UniverseSource::Static { symbols } = &entries[0].source else {
        panic!("{entries:?}")
    };
    let symbols: Vec<&str> = symbols
        .iter()
        .map(|listing| listing.symbol().as_str())
        .collect();
    assert_eq!(
        symbols,
        ["0700.HK", "0X10.HK", "1E5.HK", "1_0.HK", "NO.HK", "TRUE.HK"]
    );
}

#[test]
fn a_remote_source_may_have_a_fallback() {
    let universes = resolve(super::super::resolve::BUILT_IN_UNIVERSES).unwrap();
    let entries = universes
        .phase(&PhaseName::parse("phase_1").unwrap())
        .unwrap();
    let UniverseSource::Wikipedia {
        fallback, layout, ..
    } = &entries[1].source
    else {
        panic!("{entries:?}")
    };
    assert_eq!(fallback.len(), 16);
    let PageLayout::Table { symbol_column, .. } = layout else {
        panic!("{layout:?}")
    };
    assert_eq!(symbol_column, "Ticker");
}
