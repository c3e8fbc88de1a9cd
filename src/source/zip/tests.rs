use std::io::Write;

use ::zip::CompressionMethod as Method;
use ::zip::write::{SimpleFileOptions, ZipWriter};

use super::super::testing::{listed, listed_with, zipped};
use super::*;

const TEXT: &str = "The harbour was closed on Monday. ";

fn three() -> Vec<u8> {
    zipped(&[
        ("a.txt", b"one", Method::Stored),
        ("b.txt", TEXT.repeat(3).as_bytes(), Method::Deflated),
        ("c.txt", b"three", Method::Deflated),
    ])
}

/// A member without its directory entry.
fn local(name: &[u8], data: &[u8], flags: u16, size: u32) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(data);
    let mut bytes = b"PK\x03\x04\x14\0".to_vec();
    bytes.extend(flags.to_le_bytes());
    bytes.extend([0; 6]);
    bytes.extend(crc.sum().to_le_bytes());
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(size.to_le_bytes());
    bytes.extend((name.len() as u16).to_le_bytes());
    bytes.extend([0; 2]);
    bytes.extend(name);
    bytes.extend(data);
    bytes
}

/// A zip of stored members, with `change` made to each directory entry.
fn stored(members: &[(&[u8], &[u8], u16)], change: impl Fn(usize, &mut Vec<u8>)) -> Vec<u8> {
    let mut all = Vec::new();
    let mut directory = Vec::new();
    for (number, (name, data, flags)) in members.iter().enumerate() {
        let at = all.len() as u32;
        let header = local(name, data, *flags, data.len() as u32);
        let mut entry = b"PK\x01\x02\x14\0".to_vec();
        entry.extend(&header[4..30]);
        entry.extend([0; 10]);
        entry.extend(at.to_le_bytes());
        entry.extend(*name);
        change(number, &mut entry);
        directory.extend(entry);
        all.extend(header);
    }
    let at = all.len() as u32;
    let count = (members.len() as u16).to_le_bytes();
    all.extend(&directory);
    all.extend(b"PK\x05\x06\0\0\0\0");
    all.extend(count);
    all.extend(count);
    all.extend((directory.len() as u32).to_le_bytes());
    all.extend(at.to_le_bytes());
    all.extend([0; 2]);
    all
}

#[test]
fn every_method_that_is_read_gives_its_text() {
    let text = TEXT.repeat(2);
    let methods = [
        Method::Stored,
        Method::Deflated,
        Method::Bzip2,
        Method::Zstd,
        Method::Xz,
    ];
    for method in methods {
        let all = zipped(&[
            ("d/a.txt", text.as_bytes(), method),
            ("d/b.txt", b"two", method),
        ]);
        assert_eq!(
            listed("a.zip", &all),
            ["d/a.txt: 68 bytes", "d/b.txt: two"],
            "{method}"
        );
    }
}

#[test]
fn what_lies_in_front_or_behind_does_no_harm() {
    let all = [b"MZ and a program".as_slice(), &three(), b"\0\0\0\0"].concat();
    let expected = ["a.txt: one", "b.txt: 102 bytes", "c.txt: three"];
    assert_eq!(listed("a.exe", &all), expected);
    assert_eq!(listed("a.zip", &all), expected);
    assert_eq!(listed("a.exe", b"MZ and a program"), ["~ exe"]);
}

#[test]
fn a_cut_zip_gives_the_members_that_are_there() {
    let all = three();
    let directory = memchr::memmem::find(&all, b"PK\x01\x02").unwrap();
    let missing = "! broken zip: its directory is missing or damaged; members were looked for";
    assert_eq!(
        listed("a.zip", &all[..directory]),
        ["a.txt: one", "b.txt: 102 bytes", "c.txt: three", missing]
    );
    let last = memchr::memmem::rfind(&all[..directory], b"PK\x03\x04").unwrap();
    assert_eq!(
        listed("a.zip", &all[..last + 10])[..2],
        ["a.txt: one", "b.txt: 102 bytes"]
    );
    assert_eq!(
        listed("a.zip", b"This is no archive at all."),
        ["! broken zip: no member in it"]
    );
}

#[test]
fn members_of_unknown_length_are_found_without_a_directory() {
    let mut writer = ZipWriter::new_stream(Vec::new());
    for (name, method) in [("a.txt", Method::Deflated), ("b.txt", Method::Deflated)] {
        let options = SimpleFileOptions::default().compression_method(method);
        writer.start_file(name, options).unwrap();
        writer.write_all(b"some text").unwrap();
    }
    let all = writer.finish().unwrap().into_inner();
    assert_eq!(
        listed("a.zip", &all),
        ["a.txt: some text", "b.txt: some text"]
    );
    let directory = memchr::memmem::find(&all, b"PK\x01\x02").unwrap();
    assert_eq!(
        listed("a.zip", &all[..directory])[..2],
        ["a.txt: some text", "b.txt: some text"]
    );
}

#[test]
fn encrypted_members_and_links_are_skipped_by_name() {
    let members: [(&[u8], &[u8], u16); 3] = [
        (b"secret.txt", b"xyz", 1),
        (b"link", b"a", 0),
        (b"a", b"one", 0),
    ];
    let all = stored(&members, |number, entry| {
        if number == 1 {
            entry[5] = 3;
            entry[38..42].copy_from_slice(&(0o120_777u32 << 16).to_le_bytes());
        }
    });
    assert_eq!(
        listed("a.zip", &all),
        ["secret.txt ~ encrypted", "link ~ link", "a: one"]
    );
}

#[test]
fn sizes_that_lie_cost_their_member_only() {
    let members: [(&[u8], &[u8], u16); 3] =
        [(b"a", b"one", 0), (b"b", b"two", 0), (b"c", b"three", 0)];
    let lying = |at: usize, size: u32| {
        stored(&members, move |number, entry| {
            if number == 1 {
                entry[at..at + 4].copy_from_slice(&size.to_le_bytes());
            }
        })
    };
    assert_eq!(
        listed("a.zip", &lying(24, 2)),
        [
            "a: one",
            "b: ",
            "b ! broken zip: holds more than it says",
            "c: three"
        ]
    );
    assert_eq!(
        listed("a.zip", &lying(24, 9)),
        [
            "a: one",
            "b: two",
            "b ! broken zip: holds less than it says",
            "c: three"
        ]
    );
    assert_eq!(
        listed("a.zip", &lying(20, 400)),
        [
            "a: one",
            "b ! broken zip: overlaps another member",
            "c: three"
        ]
    );
    assert_eq!(
        listed("a.zip", &lying(16, 1)),
        [
            "a: one",
            "b: two",
            "b ! broken zip: checksum does not fit",
            "c: three"
        ]
    );
    assert_eq!(
        listed("a.zip", &lying(42, 7)),
        [
            "a: one",
            "b ! broken zip: no header at its place",
            "c: three"
        ]
    );
}

#[test]
fn a_member_listed_twice_is_read_once() {
    let members: [(&[u8], &[u8], u16); 2] = [(b"a", b"one", 0), (b"a", b"two", 0)];
    let both = stored(&members, |_, _| {});
    assert_eq!(listed("a.zip", &both), ["a: one", "a: two"]);
    let same = stored(&members, |_, entry| entry[42..46].fill(0));
    assert_eq!(
        listed("a.zip", &same),
        ["a: one", "a ! broken zip: overlaps another member"]
    );
}

#[test]
fn names_are_decoded_together() {
    let (one, _, _) = encoding_rs::SHIFT_JIS.encode("新しい橋.txt");
    let (two, _, _) = encoding_rs::SHIFT_JIS.encode("町長の挨拶.txt");
    let members: [(&[u8], &[u8], u16); 2] = [(&one, b"one", 0), (&two, b"two", 0)];
    assert_eq!(
        listed("a.zip", &stored(&members, |_, _| {})),
        ["新しい橋.txt: one", "町長の挨拶.txt: two"]
    );
    let members: [(&[u8], &[u8], u16); 2] = [(b"d\\gr\x81n.txt", b"one", 0), (b"d\\", b"", 0)];
    assert_eq!(
        listed(
            "a.zip",
            &stored(&members, |_, entry| {
                if entry.ends_with(b"d\\") {
                    entry[38] = 0x10;
                }
            })
        ),
        ["d/grün.txt: one"]
    );
}

#[test]
fn documents_that_are_zips_are_no_containers() {
    assert_eq!(listed("a.xlsx", &three()), ["no container"]);
    assert_eq!(listed("a.jar", &three()), ["no container"]);
    assert_eq!(listed("a.zip", &zipped(&[])), Vec::<String>::new());
}

#[test]
fn a_bomb_ends_at_the_ratio_and_its_neighbours_are_read() {
    let zeros = vec![0; 80 << 20];
    let all = zipped(&[
        ("bomb", &zeros, Method::Deflated),
        ("a.txt", b"one", Method::Deflated),
    ]);
    let lines = listed("a.zip", &all);
    assert_eq!(
        lines[1..],
        ["bomb ! expands more than 200-fold", "a.txt: one"]
    );
}

#[test]
fn a_zip_in_a_stream_is_held_up_to_the_cap() {
    let limits = Limits {
        record_bytes: 100,
        ..Limits::default()
    };
    assert_eq!(
        listed_with("a.zip", &three(), &limits),
        ["! larger than 100 bytes"]
    );
}

#[test]
fn large_archives_have_a_wide_record() {
    let members: [(&[u8], &[u8], u16); 1] = [(b"a", b"one", 0)];
    let mut all = stored(&members, |_, _| {});
    let record = all.split_off(all.len() - 22);
    let wide_at = all.len() as u64;
    let (size, start) = (
        u32::from_le_bytes([record[12], record[13], record[14], record[15]]),
        34u64,
    );
    assert_eq!(&all[start as usize..start as usize + 4], b"PK\x01\x02");
    all.extend(b"PK\x06\x06");
    all.extend(44u64.to_le_bytes());
    all.extend([0; 12]);
    all.extend(1u64.to_le_bytes());
    all.extend(1u64.to_le_bytes());
    all.extend(u64::from(size).to_le_bytes());
    all.extend(start.to_le_bytes());
    all.extend(b"PK\x06\x07\0\0\0\0");
    all.extend(wide_at.to_le_bytes());
    all.extend(1u32.to_le_bytes());
    all.extend(b"PK\x05\x06\0\0\0\0");
    all.extend([0xff; 12]);
    all.extend([0; 2]);
    assert_eq!(listed("a.zip", &all), ["a: one"]);
}
