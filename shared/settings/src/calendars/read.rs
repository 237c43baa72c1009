use quantx_calendar::{CustomCalendar, Exceptions, WeekMask, known_calendars, wall_time};
use quantx_market::ExchangeCode;

use super::{Base, Draft, Holidays, Planned};
use crate::constraint::{Constraint, line};
use crate::fields::Fields;
use crate::layers::{At, Layers, read_node};
use crate::problem::{Place, SettingsProblem, nearest};
use crate::tree::{Document, Node, Value};

/// Keys of a calendar of one's own.
const OWN: [&str; 3] = ["weekmask", "open", "close"];

/// Reads the calendar of one exchange; `None` when it is none, which is then reported. Without a word about
/// it, it is that of the MIC.
pub(crate) fn read(
    layers: &mut Layers<'_>,
    code: &ExchangeCode,
    mic: &At<String>,
) -> Option<Draft> {
    let key = format!("exchanges.{code}.calendar");
    match layers.node(&key) {
        None => of_mic(layers, code, mic).map(|base| Draft {
            planned: planned(base, Holidays::Unsaid),
            place: mic.place.clone(),
            shown: mic.shown.clone(),
            dates: Vec::new(),
            key,
        }),
        Some((document, node)) => {
            let place = document.place(node.at);
            let (planned, dates) = match &node.value {
                Value::Map(_) => section(layers, code, mic, &key, document, node)?,
                _ => {
                    let name = read_node(&key, document, node, &known(), &mut layers.problems)?;
                    (
                        planned(Base::Known(name.value), Holidays::Unsaid),
                        Vec::new(),
                    )
                }
            };
            Some(Draft {
                planned,
                place,
                shown: node.shown(),
                dates,
                key,
            })
        }
    }
}

fn planned(base: Base, holidays: Holidays) -> Planned {
    Planned {
        base,
        holidays,
        built: None,
    }
}

/// The calendar of the MIC.
fn of_mic(layers: &mut Layers<'_>, code: &ExchangeCode, mic: &At<String>) -> Option<Base> {
    if known_calendars().any(|known| known == mic.value) {
        return Some(Base::Known(mic.value.clone()));
    }
    layers.problems.push(SettingsProblem {
        place: mic.place.clone(),
        key: format!("exchanges.{code}.mic"),
        read: mic.shown.clone(),
        allowed: format!(
            "a MIC with a calendar ({}), or any with `calendar` beside it",
            names()
        ),
        hint: nearest(&mic.value, known_calendars()).map(|near| format!("did you mean {near}?")),
    });
    None
}

type Dates = Vec<(quantx_market::Date, Place, String)>;

fn section(
    layers: &mut Layers<'_>,
    code: &ExchangeCode,
    mic: &At<String>,
    key: &str,
    document: &Document,
    node: &Node,
) -> Option<(Planned, Dates)> {
    let is_own = OWN.iter().any(|name| node.child(name).is_some());
    let is_named = node.child("as").is_some();
    // The MIC is only looked up where nothing else says what the calendar is.
    let of_mic = match is_own || is_named {
        true => None,
        false => Some(of_mic(layers, code, mic)),
    };
    let mut fields = Fields::open(document, node, key.to_owned(), &mut layers.problems)?;
    let base = match of_mic {
        Some(base) => {
            // So that they are among the keys that are allowed.
            for name in OWN {
                fields.node(name);
            }
            fields.node("breaks");
            fields.node("as");
            base
        }
        None if is_named => {
            for name in OWN.into_iter().chain(["breaks"]) {
                fields.foreign(name, "nothing: `as` takes it from a known calendar");
            }
            let base = fields.required("as", &known());
            base.map(|base| Base::Known(base.value))
        }
        None => {
            fields.node("as");
            own(&mut fields)
        }
    };
    let holidays = holidays(&mut fields, document);
    fields.finish();
    let (holidays, dates) = holidays?;
    Some((planned(base?, holidays), dates))
}

fn own(fields: &mut Fields<'_, '_>) -> Option<Base> {
    let week = week(fields);
    let time = || {
        Constraint::new(
            "hours and minutes from 00:00 to 24:00, as 09:30",
            |scalar| wall_time(&scalar.text).map_err(|_| None),
        )
    };
    let open = fields.required("open", &time());
    let close = fields.required("close", &time());
    let pause = Constraint::matching("a pause as 12:00-13:00", |text| {
        let (start, end) = text.split_once('-')?;
        Some((wall_time(start.trim()).ok()?, wall_time(end.trim()).ok()?))
    });
    let n_before = fields.problems.len();
    let breaks = fields.each("breaks", "a list of pauses, as [12:00-13:00]", &pause);
    let is_good = fields.problems.len() == n_before;
    let (week, open, close) = (week?, open?.value, close?.value);
    is_good.then(|| {
        Base::Own(Box::new(CustomCalendar {
            // Both are the exchange's, and filled in once they are known.
            name: String::new(),
            time_zone: String::new(),
            week,
            open,
            close,
            breaks: breaks.into_iter().flatten().map(|at| at.value).collect(),
            exceptions: None,
        }))
    })
}

/// `sun..thu`, or a list of such.
fn week(fields: &mut Fields<'_, '_>) -> Option<WeekMask> {
    let mask = || {
        Constraint::new("weekdays, as mon..fri or [sun, mon, wed]", |scalar| {
            let read: Result<WeekMask, _> = scalar.text.parse();
            read.map_err(|error| Some(error.to_string()))
        })
    };
    let is_list = fields
        .node("weekmask")
        .is_some_and(|node| matches!(node.value, Value::List(_)));
    if !is_list || fields.is_without("weekmask") {
        return fields.required("weekmask", &mask()).map(|at| at.value);
    }
    let n_before = fields.problems.len();
    let parts = fields.each("weekmask", "weekdays", &mask())?;
    let days = parts.iter().map(|at| at.value.to_string());
    let days: Vec<String> = days.collect();
    (fields.problems.len() == n_before)
        .then(|| days.join(",").parse().ok())
        .flatten()
}

/// Dates, each as a line of a table of holidays, or the file of the lake that has them.
fn holidays(fields: &mut Fields<'_, '_>, document: &Document) -> Option<(Holidays, Dates)> {
    let Some(node) = fields.node("holidays") else {
        return Some((Holidays::Unsaid, Vec::new()));
    };
    if !matches!(node.value, Value::List(_)) {
        let file = fields.optional("holidays", &lake_file())?;
        let holidays = Holidays::File {
            path: file.value,
            place: document.place(node.at),
        };
        return Some((holidays, Vec::new()));
    }
    let n_before = fields.problems.len();
    let lines = fields.each("holidays", "a list of dates", &line(200))?;
    let mut all = Exceptions::default();
    let mut dates = Vec::new();
    for at in lines {
        let read = Exceptions::parse(&at.value);
        let read = read.and_then(|one| {
            for (date, exception) in one.iter() {
                all.insert(date, exception)?;
                dates.push((date, at.place.clone(), at.value.clone()));
            }
            Ok(())
        });
        if let Err(error) = read {
            let allowed = "a date, then nothing or a reason, `open`, or the time of an early close: \
                           2024-12-25 Christmas, 2024-01-20 open, 2024-12-24 12:30";
            let mut problem = fields.problem(at.place, "holidays", &at.shown, allowed);
            problem.hint = Some(match error {
                // A list has items where a table has lines.
                quantx_calendar::CalendarError::BadLine { read, .. } => {
                    format!("{read:?} is no date")
                }
                error => error.to_string(),
            });
            fields.problems.push(problem);
        }
    }
    (fields.problems.len() == n_before).then_some((Holidays::Listed(all), dates))
}

fn known() -> Constraint<String> {
    Constraint::new(
        format!("one of {}, or keys of a calendar of one's own", names()),
        |scalar| match known_calendars().find(|known| *known == scalar.text) {
            Some(known) => Ok(known.to_owned()),
            None => Err(nearest(&scalar.text, known_calendars())
                .map(|near| format!("did you mean {near}?"))),
        },
    )
}

fn names() -> String {
    let mut names: Vec<&str> = known_calendars().collect();
    names.sort_unstable();
    names.join(", ")
}

/// A table of holidays in the lake.
fn lake_file() -> Constraint<String> {
    Constraint::matching(
        "a list of dates, or a file of the lake, as meta/holidays_ae.txt",
        |text| {
            let name = text.strip_prefix("meta/holidays_")?.strip_suffix(".txt")?;
            let name = quantx_market::UniverseName::parse(name).ok()?;
            Some(format!("meta/holidays_{name}.txt"))
        },
    )
}
