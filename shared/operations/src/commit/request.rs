//! What is offered to a commit, and how it ends.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::Committed;
use crate::vendors::{Testimony, Way};
use quantx_calendar::Calendar;
use quantx_lake::RunId;
use quantx_lake::sources::Source;
use quantx_market::{Date, Listing, SessionRange, VendorHistory};
use quantx_quality::RuleSettings;
use quantx_quality::agreement::{BarSource, Lineage};

/// A fetch that shall become part of the lake.
#[derive(Debug, Clone)]
pub(crate) struct CommitRequest {
    pub(crate) listing: Listing,
    pub(crate) calendar: Calendar,
    pub(crate) offer: Offer,
    /// Dates asked for and allowed to be stored.
    pub(crate) window: SessionRange,
    pub(crate) currency: String,
    pub(crate) unit_scale: f64,
    pub(crate) first_trade: Option<Date>,
    pub(crate) compression_level: i32,
    pub(crate) now: Timestamp,
    pub(crate) today: Date,
    pub(crate) run: RunId,
    /// A fetch is merged again as often as other writers get in between, at most this often.
    pub(crate) attempts: u32,
    /// Years to be read beside those of the record; with any, all years are read.
    pub(crate) also_read: BTreeSet<i16>,
    /// Years whose files cannot be used: the fetch must bring at least what the record promises of
    /// them, and what lies there is put aside before it is replaced.
    pub(crate) lost: BTreeSet<i16>,
}

/// What is offered to the merge.
#[derive(Debug, Clone)]
pub(crate) enum Offer {
    /// Nothing: only what lies there, and decisions of people, change anything.
    Nothing,
    /// A vendor's answer. It is read anew for each attempt, because stored rows are evidence of the
    /// basis that the vendor's rows are on.
    Answer {
        history: Arc<VendorHistory>,
        /// How long after the close a bar may become final.
        lag: Duration,
        /// Who answered.
        source: Source,
        /// How it was asked.
        way: Way,
        /// How the vendor makes its bars.
        bars: BarSource,
        /// Whose numbers they are.
        lineage: Lineage,
        /// What other vendors say.
        heard: Heard,
        rules: Box<RuleSettings>,
    },
}

/// What other vendors say of an answer.
#[derive(Debug, Clone)]
pub(crate) enum Heard {
    /// Nobody is there to be asked.
    Nobody,
    /// They are asked if something is in doubt: the commit then ends before it writes anything.
    InDoubt,
    /// They were asked.
    Said(Arc<Vec<Testimony>>),
}

impl CommitRequest {
    /// What other vendors say of the answer.
    pub(crate) fn heard(&self) -> &Heard {
        match &self.offer {
            Offer::Nothing => &Heard::Nobody,
            Offer::Answer { heard, .. } => heard,
        }
    }

    /// The same answer, about which others are asked if something is in doubt.
    pub(crate) fn hear_in_doubt(&mut self) {
        if let Offer::Answer { heard, .. } = &mut self.offer {
            *heard = Heard::InDoubt;
        }
    }

    /// The same answer with what other vendors say of it.
    pub(crate) fn hear(&mut self, said: Vec<Testimony>) {
        if let Offer::Answer { heard, .. } = &mut self.offer {
            *heard = Heard::Said(Arc::new(said));
        }
    }
}

/// How a commit ended.
#[derive(Debug)]
pub(crate) enum CommitOutcome {
    /// Written, or nothing to write.
    Done(Box<Committed>),
    /// Nothing is written yet: something is in doubt, and witnesses are there to be asked.
    InDoubt,
    /// The overlap does not fit, and more history may explain why.
    NeedsFullHistory { asked_from: Date },
}

/// What one attempt ended with.
pub(super) enum Attempt {
    Done(CommitOutcome),
    /// Another writer was faster, or a file lies where the record names none. These years may have
    /// been written by us or by others meanwhile: read them all again.
    Lost(Vec<i16>),
}
