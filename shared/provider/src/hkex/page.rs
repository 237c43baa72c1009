//! The page of daily quotations, as its bytes come → an exchange's day. Pure.

use std::collections::BTreeMap;

use super::line::{First, Quoted, begins_security, first, second};
use crate::rows::DayValues;
use crate::{DayBars, DayRow, LeftOut, ParseError, TradingState};
use quantx_market::{Date, Exchange, spelling};

/// Whether the page must be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Yes.
    More,
    /// The quotations are over; what follows is of no use.
    Done,
}

/// A page that is being read.
#[derive(Debug)]
pub struct QuotationsPage<'a> {
    exchange: &'a Exchange,
    date: Date,
    /// What came behind the last line break.
    begun: Vec<u8>,
    n_lines: usize,
    part: Part,
    /// A security whose second line is to come.
    open: Option<First>,
    rows: Vec<DayRow>,
    left_out: LeftOut,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// Before the date.
    Top,
    /// Between the date and the head of the table.
    Dated,
    Quotations,
    Over,
}

/// Longest line that is believed to be one; the longest real ones have about 100 bytes.
const MAX_LINE: usize = 4_096;

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];

impl<'a> QuotationsPage<'a> {
    /// The page of `date`, of which nothing came yet.
    pub fn new(exchange: &'a Exchange, date: Date) -> Self {
        Self {
            exchange,
            date,
            begun: Vec::new(),
            n_lines: 0,
            part: Part::Top,
            open: None,
            rows: Vec::new(),
            left_out: LeftOut::default(),
        }
    }

    /// Takes the next bytes, wherever they are cut.
    ///
    /// # Errors
    /// [`ParseError::WrongDate`] for the page of another date, [`ParseError::Line`] for a table of another
    /// layout: half a table is not read.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Progress, ParseError> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.part == Part::Over {
                break;
            }
            if self.begun.len() + part.len() > MAX_LINE {
                return Err(self.wrong("a line without an end"));
            }
            self.begun.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.take_line()?;
            }
        }
        Ok(match self.part {
            Part::Over => Progress::Done,
            _ => Progress::More,
        })
    }

    /// The day, when all bytes came.
    ///
    /// # Errors
    /// [`ParseError::Line`] when the page has no quotations or ends inside them.
    pub fn finish(mut self) -> Result<DayBars, ParseError> {
        if !self.begun.is_empty() && self.part != Part::Over {
            self.take_line()?;
        }
        match self.part {
            Part::Top => Err(self.wrong("no date of quotations")),
            Part::Dated => Err(self.wrong("no table of quotations")),
            Part::Quotations => Err(self.wrong("the page ends inside the quotations")),
            Part::Over => Ok(DayBars::new(
                self.exchange.code.clone(),
                self.date,
                self.rows,
                BTreeMap::new(),
                self.left_out,
            )),
        }
    }

    fn wrong(&self, detail: &str) -> ParseError {
        ParseError::Line {
            line: self.n_lines,
            detail: detail.to_owned(),
        }
    }

    fn take_line(&mut self) -> Result<(), ParseError> {
        self.n_lines += 1;
        let bytes = std::mem::take(&mut self.begun);
        // Names may be in any encoding; codes and numbers are ASCII.
        let text = without_tags(&String::from_utf8_lossy(&bytes));
        let line = text.trim_end();
        if self.part == Part::Top
            && let Some((_, date)) = line.split_once("DATE:")
        {
            let got = page_date(date).ok_or_else(|| self.wrong("a date that is none"))?;
            if got != self.date {
                let asked = self.date;
                return Err(ParseError::WrongDate { asked, got });
            }
            self.part = Part::Dated;
        }
        let is_head = line.contains("PRV.CLO./");
        let is_second_head = line.contains("TURNOVER ($)");
        if self.part == Part::Dated && is_head {
            if !(line.contains("HIGH/") && line.contains("SHARES TRADED/")) {
                return Err(self.wrong("a table of quotations with other columns"));
            }
            self.part = Part::Quotations;
        } else if self.part == Part::Quotations && !is_head && !is_second_head {
            self.take_quotation(line)?;
        }
        Ok(())
    }

    fn take_quotation(&mut self, line: &str) -> Result<(), ParseError> {
        if let Some(open) = self.open.take() {
            let second = second(line);
            let second = second.ok_or_else(|| self.wrong("a security without its second line"))?;
            let Quoted::With { high, shares } = open.quoted else {
                return Err(self.wrong("a security that is not quoted has a second line"));
            };
            let state = match (second.close, shares) {
                (None, _) => TradingState::NeverTraded,
                (Some(_), Some(shares)) if shares > 0.0 => TradingState::Traded,
                (Some(_), _) => TradingState::NoTrade,
            };
            let values = DayValues {
                prices: [None, high, second.low, second.close],
                // No trade is a volume of 0, which the exchange knows.
                volume: second.close.map(|_| shares.unwrap_or(0.0)),
            };
            return self.add(open, state, values);
        }
        if line.contains("SALES RECORD") {
            self.part = Part::Over;
            return Ok(());
        }
        if !begins_security(line) {
            return Ok(());
        }
        let security = first(line).ok_or_else(|| self.wrong("a security of another layout"))?;
        match security.quoted {
            Quoted::Not(state) => {
                let nothing = DayValues {
                    prices: [None; 4],
                    volume: None,
                };
                self.add(security, state, nothing)
            }
            Quoted::With { .. } => {
                self.open = Some(security);
                Ok(())
            }
        }
    }

    fn add(
        &mut self,
        security: First,
        state: TradingState,
        values: DayValues,
    ) -> Result<(), ParseError> {
        let Ok(listing) = spelling::listing(self.exchange, &security.code) else {
            self.left_out.unreadable += 1;
            return Ok(());
        };
        self.rows.push(DayRow {
            listing,
            row: values.on(self.date, &self.exchange.time_zone)?,
            state,
            currency: security.currency,
        });
        Ok(())
    }
}

/// `02 OCT 2026 (FRIDAY)`.
fn page_date(text: &str) -> Option<Date> {
    let mut words = text.split_whitespace();
    let day = words.next()?.parse().ok()?;
    let name = words.next()?;
    let month = MONTHS.iter().position(|month| *month == name)? + 1;
    let year = words.next()?.get(..4)?.parse().ok()?;
    Date::new(year, i8::try_from(month).ok()?, day).ok()
}

/// The text between tags; a `<` without its end is text.
fn without_tags(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, tag)) = rest.split_once('<') {
        let Some((_, after)) = tag.split_once('>') else {
            break;
        };
        text.push_str(before);
        rest = after;
    }
    text.push_str(rest);
    text
}
