//! The recorded exchanges with a real host (see host_recordings/README.md beside them).

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::Message;
use serde_json::Value;

use super::exchange::decode;
use quantx_durable::wire::{OrchestratorRequest, OrchestratorResponse};

/// One recorded turn.
pub(super) struct RecordedTurn {
    /// `<family>/<scenario>`.
    pub(super) scenario: String,
    pub(super) seq: u64,
    /// The base64 text as the orchestrator gets it.
    pub(super) text: String,
    pub(super) request: OrchestratorRequest,
    /// `None` where the recorded answer was broken on purpose, or the handler died.
    pub(super) response: Option<OrchestratorResponse>,
}

/// All turns, scenarios in order of name; `None` where the checkout has no recordings.
pub(super) fn turns() -> Option<Vec<RecordedTurn>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/host_recordings");
    if !folder.is_dir() {
        eprintln!("skipped: no ../shared/data");
        return None;
    }
    let mut turns = Vec::new();
    for family in entries(&folder).into_iter().filter(|path| path.is_dir()) {
        for file in entries(&family) {
            let text = fs::read_to_string(&file).unwrap();
            turns.extend(text.lines().filter_map(|line| turn(&family, line)));
        }
    }
    Some(turns)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn turn(family: &Path, line: &str) -> Option<RecordedTurn> {
    let exchange: Value = serde_json::from_str(line).unwrap();
    if exchange["direction"] != "host->handler" || exchange["function"] != "backfill_orchestrator" {
        return None;
    }
    let body: Value = serde_json::from_str(exchange["request"]["body"].as_str().unwrap()).unwrap();
    let text: String = serde_json::from_str(body["Data"]["context"].as_str().unwrap()).unwrap();
    let family = family.file_name().unwrap().to_str().unwrap();
    Some(RecordedTurn {
        scenario: format!("{family}/{}", exchange["scenario"].as_str().unwrap()),
        seq: exchange["seq"].as_u64().unwrap(),
        request: decode(&text),
        response: response(&exchange["response"]),
        text,
    })
}

fn response(response: &Value) -> Option<OrchestratorResponse> {
    if response["status"] != 200 {
        return None;
    }
    let body: Value = serde_json::from_str(response["body"].as_str()?).ok()?;
    let bytes = STANDARD.decode(body["ReturnValue"].as_str()?).ok()?;
    OrchestratorResponse::decode(bytes.as_slice()).ok()
}
