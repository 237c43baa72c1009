use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use proptest::prelude::*;

use super::*;

fn part(name: &str, bytes: &[u8]) -> Part {
    Part {
        name: name.to_owned(),
        bytes: bytes.to_vec(),
    }
}

/// A container of one deflated part, whose directory claims `declared` bytes.
fn deflated(name: &str, bytes: &[u8], declared: usize) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    let packed = encoder.finish().unwrap();
    let mut file = stored(&[part(name, &packed)]).unwrap();
    let mut crc = Crc::new();
    crc.update(bytes);
    let central = LOCAL_BYTES + name.len() + packed.len();
    for (at, field) in [
        (8, None),
        (14, Some(crc.sum())),
        (22, Some(declared as u32)),
    ] {
        // The directory has the version of its maker before the fields of both headers.
        for at in [at, central + at + 2] {
            match field {
                Some(field) => file[at..at + 4].copy_from_slice(&field.to_le_bytes()),
                None => file[at] = 8,
            }
        }
    }
    file
}

fn refused(file: &[u8], limit: u64) -> String {
    unpack(file, limit).unwrap_err().to_string()
}

#[test]
fn parts_are_unpacked_up_to_the_limit() {
    let bytes = b"<row/>".repeat(500);
    let file = deflated("xl/sheet1.xml", &bytes, bytes.len());
    assert!(file.len() < 300);
    assert_eq!(
        unpack(&file, 3_000).unwrap(),
        [part("xl/sheet1.xml", &bytes)]
    );
    assert_eq!(
        refused(&file, 2_999),
        "it says that it unpacks to 3000 bytes; allowed are 2999"
    );
    let two = [
        part("a", &[0; 2_000]),
        part("b/", b""),
        part("c", &[1; 1_000]),
    ];
    let file = stored(&two).unwrap();
    assert_eq!(
        unpack(&file, 3_000).unwrap(),
        [two[0].clone(), two[2].clone()]
    );
    assert_eq!(
        refused(&file, 2_999),
        "it says that it unpacks to 3000 bytes; allowed are 2999"
    );
}

#[test]
fn a_bomb_is_stopped_at_the_size_it_admits() {
    let zeros = vec![0; 50_000_000];
    let file = deflated("xl/sheet1.xml", &zeros, 1_000);
    assert!(file.len() < 60_000, "{}", file.len());
    assert_eq!(
        refused(&file, 64 * 1024 * 1024),
        "xl/sheet1.xml unpacks to more than the 1000 bytes that the directory says"
    );
    let honest = deflated("xl/sheet1.xml", &zeros, zeros.len());
    assert_eq!(
        refused(&honest, 40_000_000),
        "it says that it unpacks to 50000000 bytes; allowed are 40000000"
    );
}

#[test]
fn a_damaged_container_is_refused_by_name() {
    let good = deflated("a.xml", &[7; 1_000], 1_000);
    let check = |change: &dyn Fn(&mut Vec<u8>), expect: &str| {
        let mut file = good.clone();
        change(&mut file);
        assert_eq!(refused(&file, 10_000), expect);
    };
    let central = good.windows(4).position(|it| it == CENTRAL).unwrap();
    check(
        &|file| file.truncate(20),
        "it is no zip container, or its end is missing",
    );
    check(
        &|file| *file = b"<!DOCTYPE html><html></html>".to_vec(),
        "it is no zip container, or its end is missing",
    );
    check(&|file| file[central + 8] = 1, "a.xml is encrypted");
    check(
        &|file| file[central + 10] = 12,
        "a.xml is packed by method 12; known are 0 (stored) and 8 (deflated)",
    );
    check(
        &|file| file[central + 16] ^= 1,
        "a.xml is broken: its checksum is wrong",
    );
    check(
        &|file| file[central + 25] += 1,
        "a.xml is broken: it is shorter or longer than the directory says",
    );
    check(
        &|file| file[central + 20] -= 1,
        "a.xml is broken: its deflate stream is damaged or ends early",
    );
    check(
        &|file| file[central + 45] = 0x7f,
        "a.xml is broken: it lies outside the file",
    );
    check(
        &|file| file[central] = 0,
        "the directory is broken: it ends early",
    );
    let twice = stored(&[part("a", b"1"), part("a", b"2")]).unwrap();
    assert_eq!(
        refused(&twice, 10),
        "a is broken: its name stands twice in the directory"
    );
    let many: Vec<Part> = (0..1_001).map(|n| part(&n.to_string(), b"")).collect();
    assert_eq!(
        refused(&stored(&many).unwrap(), 10),
        "it has 1001 parts; allowed are 1000"
    );
}

proptest! {
    #[test]
    fn what_is_packed_is_unpacked(
        parts in prop::collection::btree_map("[a-z]{1,8}", prop::collection::vec(any::<u8>(), 0..200), 0..6),
    ) {
        let parts: Vec<Part> = parts.iter().map(|(name, bytes)| part(name, bytes)).collect();
        prop_assert_eq!(unpack(&stored(&parts).unwrap(), 10_000).unwrap(), parts);
    }

    #[test]
    fn no_damage_panics_or_passes_the_limit(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut file = deflated("a.xml", &[7; 1_000], 1_000);
        for (at, byte) in damage {
            let at = at.index(file.len());
            file[at] = byte;
        }
        if let Ok(parts) = unpack(&file, 2_000) {
            prop_assert!(parts.iter().map(|part| part.bytes.len()).sum::<usize>() <= 2_000);
        }
    }
}
