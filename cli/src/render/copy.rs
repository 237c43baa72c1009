//! What a copy did.

use quantx::operations::{CopyReport, Differing, Effects, LakePlace};

use super::{json, table};
use crate::args::Format;
use quantx::report::{bytes, grouped};

/// Objects that are shown one by one; `--json` has all.
const SHOWN: usize = 20;

/// The objects that were not copied and a line of sums, or the [`CopyReport`] as JSON.
pub(crate) fn copy_report(
    report: &CopyReport,
    (from, to): (&LakePlace, &LakePlace),
    differing: Differing,
    effects: Effects,
    format: Format,
) -> serde_json::Result<String> {
    if format == Format::Json {
        return json(report);
    }
    let why = match differing {
        Differing::ReplaceOlder => {
            "another one in the target, and no earlier state of it; --replace replaces it"
        }
        Differing::Keep | Differing::Replace => {
            "another one in the target; --update replaces earlier states, --replace everything"
        }
    };
    let differing = report.differing.iter().map(|path| (path, why));
    let held_back = report
        .held_back
        .iter()
        .map(|(path, why)| (path, why.as_str()));
    let left: Vec<_> = held_back.chain(differing).collect();
    let mut text = String::new();
    if !left.is_empty() {
        let mut lines = table::headed(["object", "not copied because"], &[]);
        for (path, why) in left.iter().take(SHOWN) {
            lines.add_row([(*path).clone(), (*why).to_owned()]);
        }
        text = table::text(&lines);
        if let Some(more) = left.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            text.push_str(&format!("and {} more\n", grouped(more)));
        }
    }
    let done = match effects {
        Effects::Write => "copied, read back and equal by hash",
        Effects::ReadOnly => "to be copied; nothing was written",
    };
    text.push_str(&format!(
        "{from} to {to}: {} objects ({}) {done}; {} were there before; {} not copied\n",
        grouped(report.copied),
        bytes(report.bytes_copied),
        grouped(report.present),
        grouped(left.len()),
    ));
    Ok(text)
}
