//! A turn of an orchestration as the Functions host posts it: the protobuf itself, and the text around it.
#![no_main]

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use quantx::durable::{Replayer, decode_answer};
use quantx::operations::chunked::{ChunkAnswer, workflows};

static REPLAYER: LazyLock<Replayer> = LazyLock::new(|| Replayer::new(workflows()));

fuzz_target!(|bytes: &[u8]| {
    let _ = REPLAYER.answer(&STANDARD.encode(bytes));
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = decode_answer::<ChunkAnswer>(Some(text));
        let _ = REPLAYER.answer(text);
    }
});
