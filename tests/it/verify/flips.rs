//! Any flipped byte of a file or a record is found, and it is said which object has it.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::civil::date;
use quantx::calendar::Calendar;
use quantx::lake::LakeKey;
use quantx::lake::proof::{
    self, Depth, Finding, FindingSeverity, ManifestLine, ProofRule, StoredListing,
};
use quantx::storage::{LakeStore, MemoryStore};
use quantx_tests::lab::Lab;
use std::sync::Arc;

async fn facebook() -> StoredListing {
    let lab = Lab::new("sample", "", 0, date(2012, 1, 3)).await;
    lab.at("2013-03-02T04:00:00Z".parse().unwrap());
    let store: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
    lab.daily(&store, &["FB"]).await.unwrap();
    let listing = lab.listings(&["FB"]).remove(0);
    let mut files: BTreeMap<i16, Bytes> = BTreeMap::new();
    for year in [2012, 2013] {
        let object = store.get(&LakeKey::bars(&listing, year)).await.unwrap();
        files.insert(year, object.unwrap().bytes);
    }
    let record = store.get(&LakeKey::commit(&listing)).await.unwrap();
    StoredListing {
        calendar: Calendar::of("XNYS").unwrap(),
        record: record.map(|object| object.bytes),
        files,
        manifest: ManifestLine::Unknown,
        hole_asks: 3,
        range_tolerance: 0.03,
        listing,
    }
}

fn damage(stored_listing: &StoredListing) -> Vec<Finding> {
    let mut found = proof::prove(stored_listing, Depth::Quick).findings;
    found.retain(|finding| finding.severity != FindingSeverity::Note);
    found
}

#[tokio::test]
async fn every_flipped_byte_of_a_file_is_told_by_its_file() {
    let whole = facebook().await;
    assert_eq!(damage(&whole), []);
    let path = LakeKey::bars(&whole.listing, 2012).path();
    // Every third byte: pages, footer, seal and the marks at both ends are all met.
    for at in (0..whole.files[&2012].len()).step_by(3) {
        let mut stored_listing = whole.clone();
        let mut bytes = whole.files[&2012].to_vec();
        bytes[at] ^= 1 << (at % 8);
        stored_listing.files.insert(2012, bytes.into());
        let found = damage(&stored_listing);
        assert_eq!(found.len(), 1, "byte {at}: {found:?}");
        assert_eq!(
            (found[0].rule, &found[0].path),
            (ProofRule::FileDamaged, &path),
            "byte {at}"
        );
    }
}

#[tokio::test]
async fn a_file_cut_off_anywhere_is_damaged() {
    let whole = facebook().await;
    for length in (0..whole.files[&2012].len()).step_by(17) {
        let mut stored_listing = whole.clone();
        stored_listing
            .files
            .insert(2012, whole.files[&2012].slice(..length));
        let rules: Vec<ProofRule> = damage(&stored_listing).iter().map(|f| f.rule).collect();
        assert_eq!(rules, [ProofRule::FileDamaged], "{length} bytes");
    }
}

#[tokio::test]
async fn a_flipped_byte_of_a_record_never_passes_for_another_history() {
    let whole = facebook().await;
    let record = whole.record.clone().unwrap();
    let mut unseen = 0;
    for at in 0..record.len() {
        let mut stored_listing = whole.clone();
        let mut bytes = record.to_vec();
        bytes[at] ^= 1;
        stored_listing.record = Some(bytes.clone().into());
        let mut found = proof::prove(&stored_listing, Depth::Deep).findings;
        found.retain(|finding| finding.severity != FindingSeverity::Note);
        if found.is_empty() {
            // What nothing in the lake can prove: white space, when it was written and how often, from
            // where on was asked, and the first trade the vendor has.
            unseen += 1;
            let parse = |bytes: &[u8]| -> serde_json::Value {
                let mut record: serde_json::Value = serde_json::from_slice(bytes).unwrap();
                for field in ["updated", "revision", "asked_from", "first_trade"] {
                    record.as_object_mut().unwrap().remove(field);
                }
                record
            };
            assert_eq!(parse(&bytes), parse(&record), "byte {at}");
        }
    }
    assert!(unseen < record.len() / 2, "{unseen} of {}", record.len());
}
