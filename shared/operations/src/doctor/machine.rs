//! What `quantx doctor` looks at of the machine: its disk and its clock.

use jiff::{SignedDuration, Timestamp};

use super::Check;
use crate::assemble::LakePlace;
use crate::context::Context;
use crate::listing::chain;
use quantx_clock::{Clock as _, SystemClock};
use quantx_report::bytes;
use quantx_storage::{FreeSpace, LakeStore as _, free_space};

/// Less than this is worth a look: a backfill of 500 listings over 20 years writes about half of it, with the tables.
const SCARCE_BYTES: u64 = 1 << 30;
/// Less than this fails the next run.
const NOTHING_BYTES: u64 = 64 << 20;
/// A listing has a file for each year, and a listing more is a folder more.
const SCARCE_FILES: u64 = 10_000;
/// More than this makes the newest session of a run a matter of luck.
const SKEW_TO_LOOK_AT: SignedDuration = SignedDuration::from_mins(2);
/// Azure refuses what is signed with a key from here on.
const SKEW_REFUSED: SignedDuration = SignedDuration::from_mins(15);

/// The disk of a lake in a folder.
pub(super) fn disk(place: &LakePlace) -> Option<Check> {
    let LakePlace::Folder { root: folder, .. } = place else {
        return None;
    };
    Some(match free_space(folder) {
        Ok(free) => space(free),
        Err(error) => Check::wrong(
            "disk",
            format!("{}: {error}", folder.display()),
            "check that the disk of the lake is there and can be read",
        ),
    })
}

fn space(free: FreeSpace) -> Check {
    const NAME: &str = "disk";
    let found = match free.files {
        Some(files) => format!("{} and {files} files free", bytes(free.bytes)),
        None => format!("{} free", bytes(free.bytes)),
    };
    let advice = "make room: a run that finds none keeps what is committed and fails the rest; \
                  `quantx plan` says how large the lake becomes";
    if free.bytes < NOTHING_BYTES || free.files == Some(0) {
        Check::wrong(NAME, found, advice)
    } else if free.bytes < SCARCE_BYTES || free.files.is_some_and(|files| files < SCARCE_FILES) {
        Check::look(NAME, found, advice)
    } else {
        Check::ok(NAME, found)
    }
}

/// The clock of this machine against that of the store, where the store says its time.
pub(super) async fn clock(context: &Context) -> Option<Check> {
    const NAME: &str = "clock";
    // The real one: a run as of another day signs its requests now.
    let before = SystemClock.now();
    match context.store.time().await {
        Ok(None) => None,
        Ok(Some(there)) => Some(skew(before, there, SystemClock.now())),
        Err(error) => Some(Check::look(
            NAME,
            chain(&error),
            "the store did not say its time: try again",
        )),
    }
}

/// What the clock here is off by, if the store said `there` between `before` and `after`, in whole seconds.
fn skew(before: Timestamp, there: Timestamp, after: Timestamp) -> Check {
    const NAME: &str = "clock";
    let second = SignedDuration::from_secs(1);
    let ahead = before.duration_since(there) - second;
    let behind = there.duration_since(after);
    let off = ahead.max(behind).max(SignedDuration::ZERO);
    if off <= second {
        return Check::ok(NAME, "agrees with the store's");
    }
    let side = if ahead > behind { "ahead of" } else { "behind" };
    let found = format!("{} seconds {side} the store's", off.as_secs());
    let advice = "set the clock by NTP: it decides which session is over, and a request signed with a key is refused \
                  when it is 15 minutes off";
    if off >= SKEW_REFUSED {
        Check::wrong(NAME, found, advice)
    } else if off >= SKEW_TO_LOOK_AT {
        Check::look(NAME, found, advice)
    } else {
        Check::ok(NAME, found)
    }
}

#[cfg(test)]
mod tests {
    use super::super::CheckState;
    use super::*;

    fn free(bytes: u64, files: Option<u64>) -> CheckState {
        space(FreeSpace { bytes, files }).state
    }

    #[test]
    fn a_full_disk_is_wrong_and_a_scarce_one_is_looked_at() {
        assert_eq!(free(10 << 30, Some(1 << 20)), CheckState::Ok);
        assert_eq!(free(10 << 30, None), CheckState::Ok);
        assert_eq!(free(SCARCE_BYTES - 1, None), CheckState::Look);
        assert_eq!(free(10 << 30, Some(SCARCE_FILES - 1)), CheckState::Look);
        assert_eq!(free(NOTHING_BYTES - 1, Some(1 << 20)), CheckState::Wrong);
        assert_eq!(free(10 << 30, Some(0)), CheckState::Wrong);
    }

    #[test]
    fn a_clock_is_off_by_what_neither_the_way_nor_whole_seconds_explain() {
        let at = |second: i64| Timestamp::from_second(1_720_000_000 + second).unwrap();
        let check = |before, there, after| skew(at(before), at(there), at(after));
        // An answer of ten seconds says nothing against either clock.
        assert_eq!(check(0, 10, 10).found, "agrees with the store's");
        assert_eq!(check(0, 0, 10).found, "agrees with the store's");
        assert_eq!(check(0, 61, 0).found, "61 seconds behind the store's");
        assert_eq!(check(0, 61, 0).state, CheckState::Ok);
        assert_eq!(check(121, 0, 121).found, "120 seconds ahead of the store's");
        assert_eq!(check(121, 0, 121).state, CheckState::Look);
        assert_eq!(check(0, 900, 0).state, CheckState::Wrong);
        assert_eq!(check(901, 0, 901).state, CheckState::Wrong);
    }
}
