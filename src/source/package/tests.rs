//! What is taken out of packages, and what is not opened at all.

use ::zip::CompressionMethod::{Deflated, Stored};

use super::*;
use crate::source::container;
use crate::source::testing::{self, listed, listed_with};

fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let packed = |&(name, content)| match name {
        "mimetype" => (name, content, Stored),
        _ => (name, content, Deflated),
    };
    testing::zipped(&members.iter().map(packed).collect::<Vec<_>>())
}

/// The names of the parts that a file is handed on as, and what was told
/// beside them.
fn taken(name: &str, bytes: &[u8]) -> Vec<String> {
    let hint = Hint::named(name);
    let container = container(&hint, &bytes[..bytes.len().min(1024)]).unwrap();
    assert_eq!(container.name(), "package");
    let mut lines = Vec::new();
    let read = container.visit(
        Input::stream(bytes),
        &hint,
        &Limits::default(),
        &mut |member| {
            match member {
                Member::File {
                    name: None,
                    mut input,
                    ..
                } => {
                    let mut all = Vec::new();
                    input.read_to_end(&mut all).unwrap();
                    let parts = Parts::read(&all).unwrap();
                    lines.extend(parts.iter().map(|(name, content)| {
                        format!("{name}: {}", String::from_utf8_lossy(content))
                    }));
                }
                Member::Rejected { name, reason } => lines.push(format!("{name} ! {reason}")),
                Member::Itself { skip } => lines.push(format!("~ {}", skip.name())),
                _ => lines.push("?".to_owned()),
            }
            ControlFlow::Continue(())
        },
    );
    lines.extend(read.err().map(|reason| format!("! {reason}")));
    lines
}

#[test]
fn only_the_parts_that_hold_text_or_tell_of_it_are_taken() {
    let word = zipped(&[
        ("[Content_Types].xml", b"t"),
        ("word/document.xml", b"d"),
        ("word/header1.xml", b"h"),
        ("word/media/image1.png", b"p"),
        ("docProps/core.xml", b"c"),
    ]);
    let expected = ["word/document.xml: d", "docProps/core.xml: c"];
    for name in ["a.docx", "a", "a.doc", "a.zip"] {
        assert_eq!(taken(name, &word), expected, "{name}");
    }
    let odt = zipped(&[
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        ("content.xml", b"c"),
        ("styles.xml", b"s"),
        ("META-INF/manifest.xml", b"m"),
    ]);
    let expected = ["content.xml: c", "META-INF/manifest.xml: m"];
    assert_eq!(taken("a", &odt), expected);
    assert_eq!(taken("a.docx", &odt), expected);
    let book = zipped(&[
        ("mimetype", b"application/epub+zip"),
        ("META-INF/container.xml", b"c"),
        ("META-INF/other.xml", b"o"),
        ("O/p.opf", b"p"),
        ("O/a.XHTML", b"a"),
        ("O/a.css", b"s"),
    ]);
    assert_eq!(
        taken("a", &book),
        ["META-INF/container.xml: c", "O/p.opf: p", "O/a.XHTML: a"]
    );
}

#[test]
fn spreadsheets_and_other_zips_stay_what_they_are() {
    let sheet = zipped(&[("[Content_Types].xml", b"t"), ("xl/workbook.xml", b"w")]);
    assert_eq!(listed("a.xlsx", &sheet), ["no container"]);
    assert_eq!(listed("a", &sheet), ["~ no extension"]);
    let ods = zipped(&[(
        "mimetype",
        b"application/vnd.oasis.opendocument.spreadsheet",
    )]);
    assert_eq!(listed("a", &ods), ["no container"]);
    let other = zipped(&[("a.txt", b"one")]);
    assert_eq!(listed("a.docx", &other), ["~ docx"]);
    assert_eq!(listed("a.zip", &other), ["a.txt: one"]);
}

#[test]
fn documents_under_a_password_are_told_from_old_ones() {
    let compound = |stream: &str| {
        let mut file = vec![0; 1024];
        file[..8].copy_from_slice(COMPOUND);
        file[30] = 9;
        let name: Vec<u8> = stream.encode_utf16().flat_map(u16::to_le_bytes).collect();
        file[640..640 + name.len()].copy_from_slice(&name);
        file
    };
    assert_eq!(
        listed("a.docx", &compound("EncryptedPackage")),
        ["~ encrypted"]
    );
    assert_eq!(listed("a.docx", &compound("WordDocument")), ["~ docx"]);
    assert_eq!(listed("a.docx", &COMPOUND[..8]), ["~ docx"]);
    assert_eq!(listed("a.doc", &compound("WordDocument")), ["no container"]);
}

#[test]
fn parts_obey_the_limits_of_members_and_of_records() {
    let zeros = vec![b' '; 80 << 20];
    let bomb = zipped(&[
        ("word/document.xml", b"d"),
        ("word/styles.xml", &zeros),
        ("docProps/core.xml", b"c"),
    ]);
    let large = "word/styles.xml ! larger than 67108864 bytes";
    let rest = [
        "word/document.xml: d",
        "word/styles.xml: ",
        "docProps/core.xml: c",
    ];
    assert_eq!(taken("a.docx", &bomb)[0], large);
    assert_eq!(taken("a.docx", &bomb)[1..], rest);
    let limits = Limits {
        record_bytes: 1 << 30,
        ..Limits::default()
    };
    assert_eq!(
        listed_with("a.docx", &bomb, &limits)[0],
        "word/styles.xml ! expands more than 200-fold"
    );
    let alone = zipped(&[("word/document.xml", &zeros)]);
    assert_eq!(
        taken("a.docx", &alone),
        ["word/document.xml ! larger than 67108864 bytes"]
    );
}

#[test]
fn what_can_be_read_of_a_broken_package_is_and_the_rest_is_told() {
    let word = zipped(&[
        ("word/document.xml", b"text of it"),
        ("word/styles.xml", b"s"),
    ]);
    let directory = memchr::memmem::find(&word, b"PK\x01\x02").unwrap();
    let lost = "! broken zip: its directory is missing or damaged; members were looked for";
    assert_eq!(
        taken("a.docx", &word[..directory]),
        ["word/document.xml: text of it", "word/styles.xml: s", lost]
    );
    let mut flipped = word.clone();
    let sum = memchr::memmem::find(&word, b"PK\x01\x02").unwrap() + 16;
    flipped[sum] ^= 1;
    let told = taken("a.docx", &flipped);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(
        told[0].starts_with("word/document.xml ! broken zip"),
        "{told:?}"
    );
    assert_eq!(
        told[1..],
        ["word/document.xml: text of it", "word/styles.xml: s"]
    );
}
