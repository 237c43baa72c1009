//! Which dates a repair asks the vendor for. Pure.

use jiff::civil::date;

use crate::plan::{FetchPlan, MIN_OVERLAP};
use quantx_calendar::Calendar;
use quantx_lake::proof::repair_plan::RepairPlan;
use quantx_lake::record::CommitRecord;
use quantx_market::{Date, SessionRange};

/// One question for all that is wanted, with an overlap on both sides.
pub(super) fn window(
    last_final: Option<Date>,
    calendar: &Calendar,
    record: &CommitRecord,
    repair_plan: &RepairPlan,
) -> FetchPlan {
    let stored_last = record.last().unwrap_or(record.asked_from);
    let mut from = Date::MAX;
    let mut until = Date::MIN;
    let mut want = |first: Date, last: Date| {
        from = from.min(back(calendar, first));
        until = until.max(ahead(calendar, last).min(stored_last));
    };
    for year in &repair_plan.lost {
        want(date(*year, 1, 1), date(*year, 12, 31));
    }
    if let (Some(first), Some(last)) = (repair_plan.unasked.first(), repair_plan.unasked.last()) {
        want(*first, *last);
    }
    if repair_plan.events_lost {
        want(record.asked_from, stored_last);
    }
    if let Some(unfinished) = &repair_plan.unfinished {
        let pending = record.watch.pending.iter().map(|claim| claim.date());
        want(pending.fold(stored_last, Date::min), stored_last);
        let announced = record.watch.rewriting.last();
        let announced = announced.map(|year| date(*year, 12, 31));
        let announced = announced.min(last_final);
        until = until.max(unfinished.last.max(announced).unwrap_or(stored_last));
    }
    // Without any year to overlap, the whole history is what was promised.
    let nothing_left = record
        .years
        .keys()
        .all(|year| repair_plan.lost.contains(year));
    FetchPlan {
        from: if nothing_left {
            record.asked_from
        } else {
            from.max(record.asked_from)
        },
        until,
        due: 0,
    }
}

fn back(calendar: &Calendar, date: Date) -> Date {
    let session = calendar.on_or_before(date);
    let earlier = session.and_then(|session| calendar.back(session, MIN_OVERLAP));
    earlier.map_or(date, |session| session.date())
}

fn ahead(calendar: &Calendar, date: Date) -> Date {
    let range = SessionRange::new(date, Date::MAX);
    let later = calendar.sessions(range).nth(MIN_OVERLAP);
    later.map_or(date, |session| session.date())
}
