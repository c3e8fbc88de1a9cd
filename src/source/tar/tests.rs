use super::super::testing::{listed, listed_with};
use super::*;

/// A header with a right checksum.
fn header(name: &str, kind: u8, size: u64) -> Vec<u8> {
    let mut block = vec![0; BLOCK];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    block[156] = kind;
    block[257..263].copy_from_slice(b"ustar\0");
    seal(&mut block);
    block
}

fn seal(block: &mut [u8]) {
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
}

fn padded(data: &[u8]) -> Vec<u8> {
    let mut all = data.to_vec();
    all.resize(data.len().next_multiple_of(BLOCK), 0);
    all
}

fn member(name: &str, text: &str) -> Vec<u8> {
    let header = header(name, b'0', text.len() as u64);
    [header, padded(text.as_bytes())].concat()
}

fn end() -> Vec<u8> {
    vec![0; 2 * BLOCK]
}

/// A pax header with one record.
fn pax(records: &[(&str, &str)]) -> Vec<u8> {
    let mut all = String::new();
    for (key, value) in records {
        let rest = format!(" {key}={value}\n");
        let mut length = rest.len() + 1;
        while length != rest.len() + length.to_string().len() {
            length += 1;
        }
        all.push_str(&format!("{length}{rest}"));
    }
    let header = header("pax", b'x', all.len() as u64);
    [header, padded(all.as_bytes())].concat()
}

#[test]
fn archives_of_another_writer_are_read() {
    let long = format!("{}a.txt", "folder/".repeat(40));
    let mut builder = ::tar::Builder::new(Vec::new());
    for (name, text) in [("a/b.txt", "one"), (&long, "two"), ("empty.txt", "")] {
        let mut header = ::tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder
            .append_data(&mut header, name, text.as_bytes())
            .unwrap();
    }
    let archive = builder.into_inner().unwrap();
    assert_eq!(
        listed("a.tar", &archive),
        ["a/b.txt: one", &format!("{long}: two"), "empty.txt: "]
    );
    assert_eq!(listed("no suffix", &archive).len(), 3);
}

#[test]
fn joined_archives_are_read_on_behind_the_end_mark() {
    let all = [member("a", "one"), end(), member("b", "two"), end(), end()].concat();
    assert_eq!(listed("a.tar", &all), ["a: one", "b: two"]);
    let padding = [member("a", "one"), vec![0; BLOCK], vec![b'x'; BLOCK]].concat();
    assert_eq!(listed("a.tar", &padding), ["a: one"]);
}

#[test]
fn links_devices_and_fifos_are_named_and_folders_are_not() {
    let all = [
        header("soft", b'2', 0),
        header("hard", b'1', 7),
        header("null", b'3', 0),
        header("pipe", b'6', 0),
        header("folder/", b'5', 0),
        member("a", "one"),
        end(),
    ]
    .concat();
    assert_eq!(
        listed("a.tar", &all),
        [
            "soft ~ link",
            "hard ~ link",
            "null ~ special file",
            "pipe ~ special file",
            "a: one"
        ]
    );
}

#[test]
fn a_damaged_header_costs_its_member_only() {
    let mut all = [
        member("a", "one"),
        member("b", "two"),
        member("c", "three"),
        end(),
    ]
    .concat();
    all[2 * BLOCK + 10] ^= 0xff;
    assert_eq!(
        listed("a.tar", &all),
        [
            "a: one",
            "(byte 1024) ! broken tar: damaged header",
            "c: three"
        ]
    );
    // Bytes lost in the middle: what follows lies at no multiple of a block.
    let mut cut = [member("a", "one"), member("b", "two"), member("c", "three")].concat();
    cut.drain(2 * BLOCK + 50..2 * BLOCK + 150);
    assert_eq!(
        listed("a.tar", &cut),
        [
            "a: one",
            "(byte 1024) ! broken tar: damaged header",
            "c: three"
        ]
    );
}

#[test]
fn a_cut_archive_gives_what_is_there() {
    let all = [member("a", "one"), header("b", b'0', 2000), padded(b"two")].concat();
    let kept = "b ! broken tar: ends too early";
    let lines = listed("a.tar", &all);
    assert_eq!([&lines[0], &lines[2]], ["a: one", kept]);
    assert_eq!(
        listed("a.tar", &all[..3 * BLOCK - 100]),
        ["a: one", "! broken tar: ends too early"]
    );
    assert_eq!(
        listed("a.tar", b"This is no archive."),
        ["! broken tar: ends too early"]
    );
    let noise = "This is no archive. ".repeat(100);
    assert_eq!(
        listed("a.tar", noise.as_bytes()),
        ["! broken tar: no header in it"]
    );
}

#[test]
fn names_come_from_pax_from_gnu_and_in_old_encodings() {
    let (russian, _, _) = encoding_rs::KOI8_R.encode("Новости недели.txt");
    let mut raw = header("", b'0', 0);
    raw[..russian.len()].copy_from_slice(&russian);
    seal(&mut raw);
    let mut prefixed = header("b.txt", b'0', 0);
    prefixed[345..350].copy_from_slice(b"a/dir");
    seal(&mut prefixed);
    let long = "x".repeat(300);
    let all = [
        pax(&[("path", "år/å.txt"), ("size", "3")]),
        header("cut", b'0', 0),
        padded(b"one"),
        header("././@LongLink", b'L', 301),
        padded(format!("{long}\0").as_bytes()),
        member("xxx", "two"),
        raw,
        prefixed,
    ]
    .concat();
    assert_eq!(
        listed("a.tar", &all),
        [
            "år/å.txt: one",
            &format!("{long}: two"),
            "Новости недели.txt: ",
            "a/dir/b.txt: "
        ]
    );
}

#[test]
fn sparse_members_get_their_holes_back() {
    // Old GNU form.
    let mut old = header("old", b'S', 4);
    old[257..265].copy_from_slice(b"ustar  \0");
    for (at, value) in [(386, 2), (398, 3), (410, 7), (422, 1), (483, 9)] {
        old[at..at + 11].copy_from_slice(format!("{value:011o}").as_bytes());
    }
    seal(&mut old);
    // pax forms 0.1 and 1.0.
    let second = pax(&[
        ("GNU.sparse.name", "second"),
        ("GNU.sparse.size", "9"),
        ("GNU.sparse.map", "2,3,7,1"),
    ]);
    let third = pax(&[
        ("GNU.sparse.major", "1"),
        ("GNU.sparse.minor", "0"),
        ("GNU.sparse.name", "third"),
        ("GNU.sparse.realsize", "9"),
    ]);
    let all = [
        old,
        padded(b"abcd"),
        second,
        header("made/up", b'0', 4),
        padded(b"abcd"),
        third,
        header("made/up", b'0', 516),
        padded(b"#!gnu-sparse-format\n2\n2\n3\n7\n1\n"),
        padded(b"abcd"),
        member("after", "it"),
    ]
    .concat();
    assert_eq!(
        listed("a.tar", &all),
        [
            "old: \0\0abc\0\0d\0",
            "second: \0\0abc\0\0d\0",
            "third: \0\0abc\0\0d\0",
            "after: it"
        ]
    );
}

#[test]
fn a_sparse_bomb_ends_at_the_ratio() {
    let bomb = pax(&[
        ("GNU.sparse.name", "bomb"),
        ("GNU.sparse.size", "1099511627776"),
        ("GNU.sparse.map", "0,1"),
    ]);
    let all = [bomb, member("x", "y"), member("after", "it")].concat();
    let lines = listed("a.tar", &all);
    assert_eq!(
        lines[1..],
        ["bomb ! expands more than 200-fold", "after: it"]
    );
}

#[test]
fn caps_hold_for_members() {
    let all = [member("a", "one"), member("b", "three"), member("c", "two")].concat();
    let limits = Limits {
        member_bytes: 4,
        members: 2,
        ..Limits::default()
    };
    assert_eq!(
        listed_with("a.tar", &all, &limits),
        ["a: one", "b ! larger than 4 bytes", "! more than 2 members"]
    );
}
