#!/usr/bin/env python3
"""Writes what exchange_calendars says of each exchange, as facts for the calendar's tests.

    python3 -m venv /tmp/witness && /tmp/witness/bin/pip install exchange_calendars==4.13.2 'pandas<3'
    /tmp/witness/bin/python shared/calendar/witness/witness.py shared/calendar/witness

One file per exchange, or of the MICs named after the folder. pandas 2 is needed: with pandas 3 version 4.13.2 loses
changes of the week. `hours DATE OPEN CLOSE`: regular hours from that date on. `mask DATE 1111100`: the
weekdays (Monday first) that are sessions from that date on. Then up to one line per year and kind: `closed`, days of
the mask without a session; `extra`, sessions outside of the mask; `special MMDD@OPEN-CLOSE`, sessions with other hours.
All hours are the exchange's own. Dates are those the package answers for, 1990 to 2030 at most.
"""

import importlib.metadata
import sys
from datetime import date
from pathlib import Path

import exchange_calendars as xc
import pandas as pd

# Our MIC, and the package's where it has another.
EXCHANGES = {mic: mic for mic in """
    XNYS XLON XETR XPAR XHKG XTKS XSWX XAMS XBRU XLIS XMIL XMAD XSTO XCSE XOSL XHEL XWBO XDUB XTSE XASX XNZE XKRX
    XTAI XSES XBOM XSHG XBKK XIDX XKLS BVMF XMEX XJSE XTAE XSAU XIST XWAR XPRA XBUD""".split()}
EXCHANGES["XATH"] = "ASEX"
FIRST, LAST = pd.Timestamp("1990-01-01"), pd.Timestamp("2030-12-31")
# Weeks that changed, which the package has as a longer week with holidays.
WEEKS = {
    "XKRX": [("1990-01-01", "1111110"), ("1998-12-07", "1111100")],
    "XTAE": [("1990-01-01", "1111001"), ("2026-01-05", "1111100")],
}


def facts(mic: str, name: str) -> str:
    factory = xc.calendar_utils._default_calendar_factories[name]
    start = max(FIRST, factory.bound_min() or FIRST)
    end = min(LAST, factory.bound_max() or LAST)
    calendar = xc.get_calendar(name, start=start, end=end)
    zone = calendar.tz
    lines = [
        f"# exchange_calendars {importlib.metadata.version('exchange_calendars')} ({name}), written {date.today()}",
        f"range {start.date()} {end.date()}",
        f"zone {zone}",
    ]
    opens = regular(calendar.open_times, start)
    closes = regular(calendar.close_times, start)
    changes = sorted({day for day, _ in opens} | {day for day, _ in closes})
    lines += [f"hours {day.date()} {at(opens, day)} {at(closes, day)}" for day in changes]
    masks = week_masks(mic, calendar, start)
    lines += [f"mask {day.date()} {mask}" for day, mask in masks]

    years: dict[tuple[int, str], list[str]] = {}
    sessions = calendar.schedule
    listed = set(sessions.index)
    for day in pd.date_range(start, end):
        inside = at(masks, day)[day.day_of_week] == "1"
        kind = {(True, False): "closed", (False, True): "extra"}.get((inside, day in listed))
        if kind:
            years.setdefault((day.year, kind), []).append(f"{day:%m%d}")
    for day, row in sessions.iterrows():
        hours = [row[side].tz_convert(zone) for side in ("open", "close")]
        text = [clock(hour.time()) for hour in hours]
        if text != [at(opens, day), at(closes, day)]:
            years.setdefault((day.year, "special"), []).append(f"{day:%m%d}@{text[0]}-{text[1]}")
    order = {"closed": 0, "extra": 1, "special": 2}
    for year, kind in sorted(years, key=lambda key: (key[0], order[key[1]])):
        lines.append(f"{year} {kind} {' '.join(years[year, kind])}")
    return "\n".join(lines) + "\n"


def regular(times, start):
    """Ascending (first date, time); what came before `start` is forgotten."""
    entries = [(pd.Timestamp(day) if day else start, clock(time)) for day, time in times]
    older = [entry for entry in entries if entry[0] <= start]
    return [(start, older[-1][1])] + [entry for entry in entries if entry[0] > start]


def week_masks(mic, calendar, start):
    return [(max(start, pd.Timestamp(day)), mask) for day, mask in WEEKS.get(mic, [(FIRST, calendar.weekmask)])]


def at(entries, day):
    return [value for first, value in entries if first <= day][-1]


def clock(time) -> str:
    return f"{time:%H:%M}"


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for mic, name in EXCHANGES.items():
        if len(sys.argv) > 2 and mic not in sys.argv[2:]:
            continue
        (folder / f"{mic.lower()}.txt").write_text(facts(mic, name))
