use std::collections::BTreeSet;

use super::*;
use quantx_storage::disk::FileSystem;

fn content(disk: &SimulatedDisk, path: &str) -> Option<Vec<u8>> {
    disk.read(Path::new(path)).ok()
}

/// What a hundred cuts at the end leave at `path`.
fn outcomes(disk: &SimulatedDisk, path: &str) -> BTreeSet<Option<Vec<u8>>> {
    let cuts = (0..100).map(|seed| disk.after_a_cut(disk.n_effects(), seed));
    cuts.map(|left| content(&left, path)).collect()
}

#[test]
fn what_was_not_synced_may_be_lost_torn_or_there() {
    let disk = SimulatedDisk::new();
    let text = vec![7; 2000];
    disk.create_file(Path::new("/a"), &text).unwrap();
    assert_eq!(content(&disk, "/a").as_ref(), Some(&text));
    let outcomes = outcomes(&disk, "/a");
    assert!(outcomes.contains(&None), "its name is lost");
    assert!(outcomes.contains(&Some(Vec::new())), "its content is lost");
    assert!(
        outcomes.contains(&Some(vec![0; 2000])),
        "its bytes are lost"
    );
    assert!(outcomes.contains(&Some(text)), "nothing is lost");
    assert!(
        outcomes.len() > 8,
        "it is torn in many ways: {}",
        outcomes.len()
    );
}

#[test]
fn a_synced_file_without_a_synced_name_is_whole_or_not_there() {
    let disk = SimulatedDisk::new();
    let file = disk.create_file(Path::new("/a"), b"text").unwrap();
    file.sync(SyncPoint::Content).unwrap();
    let expected = [None, Some(b"text".to_vec())];
    assert_eq!(outcomes(&disk, "/a"), expected.into());
}

#[test]
fn names_without_content_and_the_other_way_round_are_left_by_a_rename() {
    let disk = SimulatedDisk::new();
    let old = disk.create_file(Path::new("/a"), b"old").unwrap();
    old.sync(SyncPoint::Content).unwrap();
    disk.open_folder(Path::new("/"))
        .unwrap()
        .sync(SyncPoint::Name)
        .unwrap();
    disk.create_file(Path::new("/t"), b"new").unwrap();
    disk.rename(Path::new("/t"), Path::new("/a")).unwrap();
    let outcomes = outcomes(&disk, "/a");
    for expected in [&b"old"[..], b"new", b"", b"\0\0\0"] {
        assert!(outcomes.contains(&Some(expected.to_vec())), "{expected:?}");
    }
    assert!(!outcomes.contains(&None), "the old name was durable");
}

#[test]
fn a_folder_whose_name_is_lost_takes_all_that_was_synced_in_it() {
    let disk = SimulatedDisk::new();
    disk.create_folder(Path::new("/d")).unwrap();
    let file = disk.create_file(Path::new("/d/a"), b"text").unwrap();
    file.sync(SyncPoint::Content).unwrap();
    disk.open_folder(Path::new("/d"))
        .unwrap()
        .sync(SyncPoint::Name)
        .unwrap();
    let expected = [None, Some(b"text".to_vec())];
    assert_eq!(outcomes(&disk, "/d/a"), expected.into());
    disk.open_folder(Path::new("/"))
        .unwrap()
        .sync(SyncPoint::Folder)
        .unwrap();
    assert_eq!(outcomes(&disk, "/d/a"), [Some(b"text".to_vec())].into());
}

#[test]
fn one_sync_of_the_file_system_reaches_everything_before_it_and_nothing_after() {
    let disk = SimulatedDisk::new();
    disk.create_folder(Path::new("/d")).unwrap();
    disk.create_file(Path::new("/d/a"), b"text").unwrap();
    let root = disk.open_folder(Path::new("/")).unwrap();
    root.sync_file_system(&[SyncPoint::Content]).unwrap();
    disk.remove_file(Path::new("/d/a")).unwrap();
    let expected = [None, Some(b"text".to_vec())];
    assert_eq!(outcomes(&disk, "/d/a"), expected.into());
    assert_eq!(disk.syncs(), [(SyncPoint::Content, 1)].into());
}

#[test]
fn a_cut_depends_on_its_seed_alone_and_a_sync_that_is_left_out_does_nothing() {
    let disk = SimulatedDisk::new().leaving_out(Some(SyncPoint::Content));
    let file = disk.create_file(Path::new("/a"), &[1; 900]).unwrap();
    file.sync(SyncPoint::Content).unwrap();
    for seed in 0..20 {
        let left = || content(&disk.after_a_cut(disk.n_effects(), seed), "/a");
        assert_eq!(left(), left());
    }
    assert!(outcomes(&disk, "/a").len() > 4);
}
