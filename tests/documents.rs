//! Documents of word processors and books, as whole files: alone, renamed, in
//! archives, under a password, damaged.

use base64::Engine;

use crate::faults::Numbers;
use crate::shapes::read;
use crate::util::{Scratch, zipped};

/// A press release as Word writes it.
fn docx() -> Vec<u8> {
    let paragraph = |style: &str, text: &str| {
        format!(
            "<w:p><w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"
        )
    };
    let body = [
        paragraph("Standard", "PRESS RELEASE"),
        paragraph("Standard", "21 November 2020"),
        paragraph("Titel", "Lighthouse keeper finds the lamp"),
        paragraph(
            "Standard",
            "The lamp that was lost in the storm lies in the keeper\u{2019}s boat.",
        ),
        "<w:p><w:del><w:r><w:delText>Nobody knew.</w:delText></w:r></w:del></w:p>".to_owned(),
    ];
    let document = format!(
        "<?xml version=\"1.0\"?><w:document xmlns:w=\"urn:w\"><w:body>{}</w:body></w:document>",
        body.concat()
    );
    let styles = "<w:styles xmlns:w=\"urn:w\"><w:style w:styleId=\"Titel\"><w:name w:val=\"Title\"/></w:style></w:styles>";
    let core = "<c:coreProperties xmlns:c=\"urn:c\" xmlns:dc=\"urn:dc\"><dc:title>Document1</dc:title>\
        <dc:creator>Hedda Marsh</dc:creator></c:coreProperties>";
    zipped(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("word/document.xml", document.as_bytes()),
        ("word/styles.xml", styles.as_bytes()),
        ("word/header1.xml", b"<w:hdr><w:p>Letterhead</w:p></w:hdr>"),
        ("word/media/image1.png", &[0; 1000]),
        ("docProps/core.xml", core.as_bytes()),
    ])
}

fn odt(manifest: &str) -> Vec<u8> {
    let content = "<?xml version=\"1.0\"?><office:document-content xmlns:office=\"urn:o\" xmlns:text=\"urn:t\">\
        <office:body><office:text><text:h text:outline-level=\"1\">Lamp is lit again</text:h>\
        <text:p>By Hedda Marsh</text:p><text:p>It was<text:s/>lit on Monday, and seen from the quay.</text:p>\
        </office:text></office:body></office:document-content>";
    let meta = "<office:document-meta xmlns:office=\"urn:o\" xmlns:meta=\"urn:m\"><office:meta>\
        <meta:creation-date>2020-11-23T10:00:00</meta:creation-date></office:meta></office:document-meta>";
    zipped(&[
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        ("content.xml", content.as_bytes()),
        ("meta.xml", meta.as_bytes()),
        ("META-INF/manifest.xml", manifest.as_bytes()),
    ])
}

/// An issue of a weekly as calibre packs it.
fn epub() -> Vec<u8> {
    let page = |title: &str, text: &str| {
        format!(
            "<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\"><head><title>{title}</title></head>\
             <body><a id=\"top\"/><h1>{title}</h1><p>{text}</p></body></html>"
        )
    };
    let lamp = page(
        "What the lamp saw",
        "For ninety years it turned above the harbour, and for ninety years nobody asked what it saw there.",
    );
    let tide = page(
        "The tide table is wrong",
        "Boats lay dry on Tuesday because the table that the harbour office prints was that of another port.",
    );
    let list = page(
        "Harbour",
        "<a href=\"lamp.html\">What the lamp saw</a> <a href=\"tide.html\">The tide table is wrong</a>",
    );
    let package = "<package xmlns=\"urn:opf\"><metadata xmlns:dc=\"urn:dc\">\
        <dc:title>Quay Weekly [Fri, 27 Nov 2020]</dc:title><dc:language>en</dc:language></metadata><manifest>\
        <item id=\"f\" href=\"list.html\"/><item id=\"a\" href=\"lamp.html\"/><item id=\"b\" href=\"tide.html\"/></manifest>\
        <spine><itemref idref=\"f\"/><itemref idref=\"b\"/><itemref idref=\"a\"/></spine></package>";
    zipped(&[
        ("mimetype", b"application/epub+zip"),
        (
            "META-INF/container.xml",
            b"<container><rootfiles><rootfile full-path=\"content.opf\"/></rootfiles></container>",
        ),
        ("lamp.html", lamp.as_bytes()),
        ("list.html", list.as_bytes()),
        ("tide.html", tide.as_bytes()),
        ("content.opf", package.as_bytes()),
    ])
}

const RTF: &str = "{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0\\fswiss Arial;}}{\\info{\\author Hedda Marsh}\
    {\\creatim\\yr2020\\mo11\\dy24}}\\pard Keeper of the lamp retires\\par\\par \
    She keeps a caf\\'e9 now, {\\*\\secret no}\\ldblquote for the view\\rdblquote , as she says.\\par}";

#[test]
fn documents_and_books_are_told_by_content_wherever_they_lie() {
    let scratch = Scratch::new();
    scratch.write("t/docx/release.docx", docx());
    scratch.write("t/docx/release", docx());
    scratch.write("t/docx/release.doc", docx());
    scratch.write("t/epub/weekly.epub", epub());
    scratch.write("t/odt/lamp.odt", odt("<manifest/>"));
    scratch.write("t/rtf/keeper.doc", RTF);
    scratch.write(
        "t/zip/all.zip",
        zipped(&[
            ("in/release.docx", &docx()),
            ("in/weekly", &epub()),
            ("in/keeper.rtf", RTF.as_bytes()),
        ]),
    );
    let release = "docx | Lighthouse keeper finds the lamp | 2020-11-21 | Hedda Marsh | 13 words";
    let keeper = "rtf | Keeper of the lamp retires | 2020-11-24 | Hedda Marsh | 11 words";
    let tide = "epub | The tide table is wrong | 2020-11-27 |  | 18 words";
    let lamp = "epub | What the lamp saw | 2020-11-27 |  | 18 words";
    assert_eq!(
        read(&scratch, "t"),
        format!(
            "t/docx/release#1 | {release}\n\
             t/docx/release.doc#1 | {release}\n\
             t/docx/release.docx#1 | {release}\n\
             t/epub/weekly.epub | skipped: navigation page\n\
             t/epub/weekly.epub#1 | {tide}\n\
             t/epub/weekly.epub#2 | {lamp}\n\
             t/odt/lamp.odt#1 | odt | Lamp is lit again | 2020-11-23 | Hedda Marsh | 10 words\n\
             t/rtf/keeper.doc#1 | {keeper}\n\
             t/zip/all.zip!in/release.docx#1 | {release}\n\
             t/zip/all.zip!in/weekly | skipped: navigation page\n\
             t/zip/all.zip!in/weekly#1 | {tide}\n\
             t/zip/all.zip!in/weekly#2 | {lamp}\n\
             t/zip/all.zip!in/keeper.rtf#1 | {keeper}\n"
        )
    );
}

#[test]
fn documents_sent_along_with_a_message_are_articles_of_their_own() {
    let scratch = Scratch::new();
    let attached = |name: &str, kind: &str, bytes: &[u8]| {
        let coded = base64::engine::general_purpose::STANDARD.encode(bytes);
        format!(
            "--b\r\nContent-Type: {kind}\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{coded}\r\n"
        )
    };
    let binary = "application/octet-stream";
    let undated = RTF.replace("\\creatim", "\\revtim");
    let mut cut = docx();
    cut.truncate(cut.len() / 2);
    let message = [
        "From: press@quay.example\r\nSubject: Two releases\r\nDate: Mon, 30 Nov 2020 09:00:00 +0000\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nBoth are attached, with our regards.\r\n",
        &attached("release.docx", binary, &docx()),
        &attached("", "application/rtf", undated.as_bytes()),
        &attached("figures.xlsx", binary, b"PK"),
        &attached(
            "locked.odt",
            binary,
            &odt("<manifest><encryption-data/></manifest>"),
        ),
        &attached("empty.docx", binary, b"none"),
        &attached("cut.docx", binary, &cut),
        "--b--\r\n",
    ];
    scratch.write("t/a.eml", message.concat());
    assert_eq!(
        read(&scratch, "t"),
        "t/a.eml | skipped: xlsx\n\
         t/a.eml#1 | mail | Two releases | 2020-11-30 |  | 6 words\n\
         t/a.eml#2 | mail | Lighthouse keeper finds the lamp | 2020-11-21 | Hedda Marsh | 13 words\n\
         t/a.eml#3 | mail | Keeper of the lamp retires | 2020-11-30 | Hedda Marsh | 11 words\n\
         t/a.eml | skipped: encrypted\n\
         t/a.eml | skipped: docx\n\
         t/a.eml#4 | mail | Lighthouse keeper finds the lamp | 2020-11-21 |  | 13 words\n\
         t/a.eml#5 | rejected: broken zip: its directory is missing or damaged; members were looked for\n"
    );
}

#[test]
fn what_is_locked_or_not_read_is_skipped_by_name() {
    let scratch = Scratch::new();
    let compound = |stream: &str| {
        let mut file = vec![0; 1024];
        file[..8].copy_from_slice(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
        file[30] = 9;
        let name: Vec<u8> = stream.encode_utf16().flat_map(u16::to_le_bytes).collect();
        file[640..640 + name.len()].copy_from_slice(&name);
        file
    };
    scratch.write("t/a.docx", compound("EncryptedPackage"));
    scratch.write("t/b.doc", compound("WordDocument"));
    scratch.write("t/c.odt", odt("<manifest><encryption-data/></manifest>"));
    scratch.write(
        "t/d.xlsx",
        zipped(&[("[Content_Types].xml", b""), ("xl/workbook.xml", b"")]),
    );
    scratch.write(
        "t/e.zip",
        zipped(&[("[Content_Types].xml", b""), ("xl/workbook.xml", b"")]),
    );
    assert_eq!(
        read(&scratch, "t"),
        "t/a.docx | skipped: encrypted\n\
         t/b.doc | skipped: doc\n\
         t/c.odt | skipped: encrypted\n\
         t/d.xlsx | skipped: xlsx\n\
         t/e.zip | skipped: zip\n"
    );
}

#[test]
fn words_of_documents_are_found_and_those_that_were_deleted_are_not() {
    let scratch = Scratch::new();
    scratch.write("t/release.docx", docx());
    scratch.write("t/weekly.epub", epub());
    scratch.write("t/keeper.rtf", RTF);
    scratch.ok(&["index", "t"]);
    assert_eq!(scratch.ids("lamp").len(), 3);
    assert_eq!(scratch.ids("source:quay ninety").len(), 1);
    assert_eq!(scratch.ids("byline:marsh café").len(), 1);
    for left_out in ["nobody knew", "letterhead", "secret"] {
        assert_eq!(
            scratch.ids(&format!("\"{left_out}\"")),
            [""; 0],
            "{left_out}"
        );
    }
    let again = scratch.index_json(&["t"]);
    assert_eq!(again["unchanged"], 4, "{again}");
}

#[test]
fn damaged_documents_end_as_articles_or_reasons() {
    let scratch = Scratch::new();
    let mut numbers = Numbers(0xd0c5);
    let kinds = [
        ("docx", docx()),
        ("odt", odt("<manifest/>")),
        ("epub", epub()),
        ("rtf", RTF.as_bytes().to_vec()),
    ];
    for (kind, content) in &kinds {
        for round in 0..40 {
            let mut damaged = content.clone();
            let at = numbers.below(content.len() as u64) as usize;
            match round % 2 {
                0 => damaged[at] ^= 1 << numbers.below(8),
                _ => damaged.truncate(at),
            }
            scratch.write(&format!("t/{kind}/{round:02}.{kind}"), damaged);
        }
    }
    let told = read(&scratch, "t");
    for (kind, _) in &kinds {
        let of_kind = || {
            told.lines()
                .filter(|line| line.starts_with(&format!("t/{kind}/")))
        };
        let articles = of_kind().filter(|line| line.contains(" words")).count();
        assert!(articles >= 10, "{kind}: {told}");
        let files: std::collections::BTreeSet<&str> =
            of_kind().map(|line| &line[..kind.len() + 5]).collect();
        assert_eq!(files.len(), 40, "{kind}: {told}");
    }
    assert!(!told.contains("its reader failed"), "{told}");
}
