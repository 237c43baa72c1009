//! `exchanges.*`: the table of exchanges.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use quantx_market::{Exchange, ExchangeCode, ExchangeTable};

use super::constraint::{Constraint, duration, number};
use super::layers::Layers;
use super::problem::{Place, SettingsProblem};

const DAY: Duration = Duration::from_secs(86_400);

pub(super) fn read(layers: &mut Layers<'_>) -> Option<ExchangeTable> {
    let mut exchanges = Vec::new();
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    let mut whole = true;
    for (code, place) in layers.keys("exchanges") {
        let exchange = match ExchangeCode::parse(&code) {
            Ok(parsed) => read_one(layers, parsed, &mut owners),
            Err(_) => {
                layers.ignore(["exchanges", &code]);
                report_bad_code(layers, &code, place);
                None
            }
        };
        whole &= exchange.is_some();
        exchanges.extend(exchange);
    }
    // Codes are keys and suffixes were compared, so the table can only be right; were it not,
    // nothing would be returned and the caller would say so.
    ExchangeTable::new(exchanges).ok().filter(|_| whole)
}

fn read_one(
    layers: &mut Layers<'_>,
    code: ExchangeCode,
    owners: &mut BTreeMap<String, String>,
) -> Option<Exchange> {
    let key = |name: &str| format!("exchanges.{code}.{name}");
    let suffix = layers.read(&key("suffix"), &suffix());
    let mic = layers.value(&key("mic"), &mic());
    let time_zone = layers.value(&key("time_zone"), &time_zone());
    let currency = layers.value(&key("currency"), &currency());
    let unit_scale = layers.value(&key("unit_scale"), &number(0.000_001..=1.0));
    let lag = layers.value(&key("lag"), &duration(Duration::ZERO..=DAY));

    let suffix = suffix?;
    if let Some(other) = owners.insert(suffix.value.clone(), code.to_string()) {
        layers.report_problem(
            &key("suffix"),
            &suffix,
            format!("a suffix that {other} does not have already"),
        );
        return None;
    }
    Some(Exchange {
        suffix: suffix.value,
        mic: mic?,
        time_zone: time_zone?,
        currency: currency?,
        unit_scale: unit_scale?,
        lag: lag?,
        code,
    })
}

fn report_bad_code(layers: &mut Layers<'_>, code: &str, place: Place) {
    layers.problems.push(SettingsProblem {
        place,
        key: "exchanges".to_owned(),
        read: format!("{code:?}"),
        allowed: "a code of 2 to 8 lower-case letters".to_owned(),
        hint: None,
    });
}

fn suffix() -> Constraint<String> {
    Constraint::new(
        "1 to 4 capital letters without the dot, or \"\"",
        |scalar| {
            let text = &scalar.text;
            let good = text.len() <= 4 && text.bytes().all(|b| b.is_ascii_uppercase());
            if good && !scalar.is_null() {
                Ok(text.clone())
            } else {
                Err(text.starts_with('.').then(|| "without the dot".to_owned()))
            }
        },
    )
}

fn mic() -> Constraint<String> {
    Constraint::matching("four capital letters or digits, as XNYS", |text| {
        let good = text.len() == 4
            && text
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        good.then(|| text.to_owned())
    })
}

fn currency() -> Constraint<String> {
    Constraint::matching(
        "three letters as the vendor writes them, as USD or GBp",
        |text| {
            let good = text.len() == 3 && text.bytes().all(|b| b.is_ascii_alphabetic());
            good.then(|| text.to_owned())
        },
    )
}

fn time_zone() -> Constraint<TimeZone> {
    Constraint::matching(
        "a name of the IANA time zone database, as America/New_York",
        |text| {
            // The bundled one: the machine's own would be I/O, and slim images have none.
            TimeZoneDatabase::bundled().get(text).ok()
        },
    )
}
