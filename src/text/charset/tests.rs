//! Texts in many encodings, told and mistaken.
#![allow(clippy::unwrap_used)]

use super::*;
use encoding_rs::WINDOWS_1251;

fn read(bytes: &[u8], declared: &[&str]) -> (String, &'static str, bool) {
    let decoded = decode(bytes, declared, None);
    (
        decoded.text.into_owned(),
        decoded.encoding,
        decoded.replaced,
    )
}

#[test]
fn a_byte_order_mark_decides_and_is_taken_off() {
    let utf32: Vec<u8> = "\u{FEFF}Ça"
        .chars()
        .flat_map(|c| u32::from(c).to_le_bytes())
        .collect();
    let utf16: Vec<u8> = "\u{FEFF}Ça"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    assert_eq!(read(&utf32, &["latin1"]), ("Ça".into(), "utf-32le", false));
    assert_eq!(read(&utf16, &["latin1"]), ("Ça".into(), "utf-16be", false));
    assert_eq!(
        read("\u{FEFF}Ça".as_bytes(), &["latin1"]),
        ("Ça".into(), "utf-8", false)
    );
}

#[test]
fn zeros_give_utf_16_away_without_a_mark() {
    let text = "Prices rose by 5 per cent, Müller said.\n";
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(&bytes, &[]), (text.into(), "utf-16le", false));
    assert!(!looks_binary(&bytes));
}

#[test]
fn valid_utf_8_beats_a_declared_single_byte_charset() {
    assert_eq!(
        read("naïve café".as_bytes(), &["iso-8859-1"]),
        ("naïve café".into(), "utf-8", false)
    );
}

#[test]
fn a_declared_charset_beats_a_guess() {
    let (bytes, _, _) = WINDOWS_1251.encode("Новости дня");
    assert_eq!(
        read(&bytes, &["nonsense", "CP1251"]),
        ("Новости дня".into(), "windows-1251", false)
    );
    let dos = [b'M', 0x81, b'n', b'c', b'h', b'e', b'n'];
    assert_eq!(read(&dos, &["IBM437"]), ("München".into(), "ibm437", false));
}

#[test]
fn one_bad_byte_leaves_utf_8_what_it_is() {
    let mut bytes = "é".repeat(150).into_bytes();
    bytes.extend(b" \xFC end");
    let (text, encoding, replaced) = read(&bytes, &["windows-1252"]);
    assert_eq!((encoding, replaced), ("utf-8", true));
    assert!(text.ends_with("é \u{FFFD} end"));
}

#[test]
fn undeclared_single_byte_text_is_guessed() {
    assert_eq!(read(b"worth \xA3300m a year", &[]).0, "worth £300m a year");
    let dos =
        b"Die Bev\x94lkerung w\x84chst, f\x81r M\x81nchen hei\xE1t das: gr\x94\xE1ere H\x84user.";
    assert_eq!(
        read(dos, &[]).0,
        "Die Bevölkerung wächst, für München heißt das: größere Häuser."
    );
}

#[test]
fn a_forced_charset_overrules_the_rest() {
    let decoded = decode(b"\xE9t\xE9", &["utf-8"], Some(WINDOWS_1252));
    assert_eq!(
        (decoded.text.as_ref(), decoded.encoding),
        ("été", "windows-1252")
    );
}

#[test]
fn pictures_are_binary_and_wire_copy_is_not() {
    assert!(looks_binary(b"GIF89a\x01\x00"));
    assert!(looks_binary(&[0, 1, 2, 3, 0, 0, 9, 7, 0, 0, 0, 1]));
    assert!(!looks_binary(
        b"\x01\x01\x02 sports; 0042\r\n\x02The match was lost in the last minute.\x03\x04"
    ));
    assert!(!looks_binary(b""));
}

#[test]
fn labels_are_found_in_declarations_and_meta_tags() {
    let find = |head: &str| declared_in_markup(head.as_bytes());
    assert_eq!(
        find("<?xml version='1.0' encoding='KOI8-R'?>"),
        Some("koi8-r".into())
    );
    assert_eq!(find("<html><meta charset=utf-8>"), Some("utf-8".into()));
    assert_eq!(
        find("<META http-equiv=Content-Type content=\"text/html; charset=Big5\">"),
        Some("big5".into())
    );
    assert_eq!(find("<p>charset=x"), None);
}

/// Prints how many files of a folder per encoding decode as the folder says;
/// `MORGUE_TEST_DATA` names the folder that holds `hostile-encodings`.
#[test]
fn at_least_nine_of_ten_strange_files_decode_as_their_folder_says() {
    let Some(data) = std::env::var_os("MORGUE_TEST_DATA") else {
        return;
    };
    let root = std::path::Path::new(&data).join("hostile-encodings");
    let (mut right, mut all, mut wrong) = (0, 0, Vec::new());
    for folder in std::fs::read_dir(root).unwrap() {
        let folder = folder.unwrap();
        let name = folder.file_name().into_string().unwrap();
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let path = file.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            all += 1;
            let label = declared_in_markup(&bytes);
            let declared: Vec<&str> = label.iter().map(String::as_str).collect();
            let decoded = decode(&bytes, &declared, None);
            let is_right = match name.as_str() {
                "None" => looks_binary(&bytes[..bytes.len().min(8192)]),
                "utf_16" | "utf_32" | "utf_16_be" | "utf_32_be" => decoded
                    .encoding
                    .starts_with(&name.replace("_be", "be").replace('_', "-")),
                _ => resolve(&name).is_some_and(|right| {
                    decode_as(&bytes, right).text.trim_start_matches('\u{FEFF}') == decoded.text
                }),
            };
            right += usize::from(is_right);
            if !is_right {
                wrong.push(format!("{} read as {}", path.display(), decoded.encoding));
            }
        }
    }
    println!("{right} of {all} decode as their folder says; not: {wrong:#?}");
    assert!(right * 10 >= all * 9);
}
