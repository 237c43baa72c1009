use std::collections::BTreeMap;

use bytes::Bytes;
use quantx::lake::{LakeKey, LakePrefix};
use quantx::storage::LakeStore;

/// Everything a lake promises: year files byte for byte, commit records without the count and
/// time of writing and the working memory between runs.
pub async fn promised(store: &dyn LakeStore) -> BTreeMap<String, Bytes> {
    let mut promised = BTreeMap::new();
    for entry in store.list(&LakePrefix::All).await.unwrap() {
        let bytes = store.get(&entry.key).await.unwrap().unwrap().bytes;
        match entry.key {
            LakeKey::Bars { .. } => {
                promised.insert(entry.key.path(), bytes);
            }
            LakeKey::Commit { .. } => {
                promised.insert(entry.key.path(), without_memory(&bytes));
            }
            _ => {}
        }
    }
    promised
}

fn without_memory(record: &[u8]) -> Bytes {
    let mut record: serde_json::Value = serde_json::from_slice(record).unwrap();
    let fields = record.as_object_mut().unwrap();
    fields.remove("revision");
    fields.remove("updated");
    fields.remove("watch");
    Bytes::from(serde_json::to_vec_pretty(&record).unwrap())
}

/// Names the objects in which two lakes differ; empty when they promise the same.
pub fn differences(one: &BTreeMap<String, Bytes>, other: &BTreeMap<String, Bytes>) -> Vec<String> {
    let names: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    names
        .into_iter()
        .filter(|name| one.get(*name) != other.get(*name))
        .map(|name| match (one.get(name), other.get(name)) {
            (Some(_), None) => format!("{name}: only in the first"),
            (None, Some(_)) => format!("{name}: only in the second"),
            (one, other) => format!("{name}: {}", explain(name, one, other)),
        })
        .collect()
}

fn explain(name: &str, one: Option<&Bytes>, other: Option<&Bytes>) -> String {
    let (Some(one), Some(other)) = (one, other) else {
        return String::new();
    };
    if name.ends_with(".json") {
        return format!(
            "\n{}\n--- other:\n{}",
            String::from_utf8_lossy(one),
            String::from_utf8_lossy(other)
        );
    }
    use quantx::lake::codec::decode;
    match (decode(one), decode(other)) {
        (Ok(one), Ok(other)) => {
            let dates = |year: &quantx::lake::codec::StoredYear| -> Vec<_> {
                year.bars.iter().map(|bar| bar.date).collect()
            };
            if dates(&one) != dates(&other) {
                let missing: Vec<_> = other
                    .bars
                    .iter()
                    .filter(|b| !dates(&one).contains(&b.date))
                    .map(|b| b.date.to_string())
                    .collect();
                let extra: Vec<_> = one
                    .bars
                    .iter()
                    .filter(|b| !dates(&other).contains(&b.date))
                    .map(|b| b.date.to_string())
                    .collect();
                return format!("missing {missing:?}, extra {extra:?}");
            }
            let bar = one.bars.iter().zip(&other.bars).find(|(a, b)| a != b);
            if let Some((one, other)) = bar {
                return format!("first differing bar {one:?} / {other:?}");
            }
            if one.derived != other.derived {
                return "derived columns differ".to_owned();
            }
            format!("metadata {:?} / {:?}", one.metadata, other.metadata)
        }
        _ => "one of them is unreadable".to_owned(),
    }
}
