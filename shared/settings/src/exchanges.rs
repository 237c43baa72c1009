//! `exchanges.*`: the table of exchanges, each with its calendar.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use quantx_calendar::known_calendars;
use quantx_market::{Exchange, ExchangeCode, ExchangeTable, InstrumentKind, minor_unit};

use super::calendars::{self, Calendars, Planned};
use super::constraint::{Constraint, duration, number};
use super::instruments;
use super::layers::{At, Layers};
use super::problem::{Place, SettingsProblem};

const DAY: Duration = Duration::from_secs(86_400);

/// How long after the close a bar may become final, where nobody says.
const USUAL_LAG: Duration = Duration::from_secs(20 * 60);

pub(super) fn read(layers: &mut Layers<'_>) -> Option<(ExchangeTable, Calendars)> {
    let mut exchanges = Vec::new();
    let mut calendars = Calendars::default();
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    let mut whole = true;
    for (code, place) in layers.keys("exchanges") {
        let exchange = match ExchangeCode::parse(&code) {
            Ok(parsed) => read_one(layers, parsed, &mut owners),
            Err(_) => {
                layers.ignore(&["exchanges", &code]);
                report_bad_code(layers, &code, place);
                None
            }
        };
        whole &= exchange.is_some();
        if let Some((exchange, calendar)) = exchange {
            calendars.add(exchange.code.clone(), calendar);
            exchanges.push(exchange);
        }
    }
    // Codes are keys and suffixes were compared, so the table can only be right; were it not,
    // nothing would be returned and the caller would say so.
    let table = ExchangeTable::new(exchanges).ok().filter(|_| whole)?;
    let table = instruments::read(layers, table)?;
    Some((table, calendars))
}

fn read_one(
    layers: &mut Layers<'_>,
    code: ExchangeCode,
    owners: &mut BTreeMap<String, String>,
) -> Option<(Exchange, Planned)> {
    let key = |name: &str| format!("exchanges.{code}.{name}");
    let kind = InstrumentKind::of(&code);
    let suffix = match kind {
        InstrumentKind::Share => Some(layers.read(&key("suffix"), &suffix())),
        // Their symbols have a form of their own.
        _ => None,
    };
    let mic = layers.read(&key("mic"), &mic());
    let calendar = match &mic {
        Some(mic) => calendars::read(layers, &code, mic),
        None => layers.node(&key("calendar")).and(None),
    };
    // A known calendar has a zone of its own.
    let own_zone = calendar.as_ref().and_then(|calendar| calendar.time_zone());
    let zone = match own_zone {
        Some(own) => layers
            .read_if_given(&key("time_zone"), &time_zone())
            .and_then(|zone| {
                let own = || TimeZoneDatabase::bundled().get(own).ok();
                zone.map(|zone| zone.value).or_else(own)
            }),
        None => layers.value(&key("time_zone"), &time_zone()),
    };
    let currency = layers.read(&key("currency"), &currency());
    let scale = layers.read_if_given(&key("unit_scale"), &number(0.000_001..=1.0));
    let scale = currency
        .as_ref()
        .zip(scale)
        .and_then(|(currency, scale)| unit_scale(layers, &key("unit_scale"), currency, scale));
    let lag = layers.read_if_given(&key("lag"), &duration(Duration::ZERO..=DAY));

    let suffix = match suffix {
        None => String::new(),
        Some(suffix) => {
            let suffix = suffix?;
            if let Some(other) = owners.insert(suffix.value.clone(), code.to_string()) {
                layers.report_problem(
                    &key("suffix"),
                    &suffix,
                    format!("a suffix that {other} does not have already"),
                );
                return None;
            }
            suffix.value
        }
    };
    let exchange = Exchange {
        suffix,
        mic: mic?.value,
        time_zone: zone?,
        currency: currency?.value,
        unit_scale: scale?,
        lag: lag?.map_or(USUAL_LAG, |lag| lag.value),
        code,
    };
    let calendar = calendar?.build(layers, &exchange)?;
    Some((exchange, calendar))
}

/// What was written, or what the currency's spelling says. A scale beside a currency that a stronger layer
/// changed is not of that currency.
fn unit_scale(
    layers: &mut Layers<'_>,
    key: &str,
    currency: &At<String>,
    scale: Option<At<f64>>,
) -> Option<f64> {
    let minor = minor_unit(&currency.value);
    let usual = minor.map_or(1.0, |minor| minor.scale);
    let Some(scale) = scale else {
        return Some(usual);
    };
    if scale.place.is_built_in() && !currency.place.is_built_in() {
        return Some(usual);
    }
    if let Some(minor) = minor.filter(|_| scale.value.to_bits() != usual.to_bits()) {
        let allowed = format!(
            "{usual}, as {} is a part of {}",
            minor.spelling, minor.currency
        );
        layers.report_problem(key, &scale, allowed);
        return None;
    }
    Some(scale.value)
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
        // What trades around the clock has no MIC, and its calendar's name stands for one.
        let good = good || known_calendars().any(|known| known == text);
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
