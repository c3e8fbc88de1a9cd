//! Documents of word processors, PDFs and books, as whole files: alone, renamed,
//! in archives, under a password, damaged.

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

/// A PDF of pages, each told by the operators that write on it. The fonts are
/// `/R`, `/B` in bold, and `/P` a picture.
pub fn pdf(info: &str, pages: &[&str]) -> Vec<u8> {
    let kids: Vec<String> = (0..pages.len())
        .map(|page| format!("{} 0 R", 10 + 2 * page))
        .collect();
    let kids = kids.join(" ");
    let mut objects = vec![
        (1, "<</Type/Catalog/Pages 2 0 R/Lang(en-GB)>>".to_owned()),
        (2, format!("<</Type/Pages/Count {}/Kids[{kids}]>>", pages.len())),
        (3, format!("<<{info}>>")),
        (4, "<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/Encoding/WinAnsiEncoding>>".to_owned()),
        (5, "<</Type/Font/Subtype/Type1/BaseFont/Times-Bold/Encoding/WinAnsiEncoding>>".to_owned()),
        (6, "<</Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>\nstream\n0\nendstream".to_owned()),
    ];
    for (page, content) in pages.iter().enumerate() {
        let number = 10 + 2 * page;
        let resources = "<</Font<</R 4 0 R/B 5 0 R>>/XObject<</P 6 0 R>>>>";
        objects.push((
            number,
            format!(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 600]/Resources{resources}/Contents {} 0 R>>",
                number + 1
            ),
        ));
        let length = content.len();
        objects.push((
            number + 1,
            format!("<</Length {length}>>\nstream\n{content}\nendstream"),
        ));
    }
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut places = vec![0; 10 + 2 * pages.len()];
    for (number, object) in objects {
        places[number] = file.len();
        file.extend(format!("{number} 0 obj\n{object}\nendobj\n").bytes());
    }
    let start = file.len();
    file.extend(format!("xref\n0 {}\n", places.len()).bytes());
    for place in &places {
        let kind = if *place == 0 { "65535 f" } else { "00000 n" };
        file.extend(format!("{place:010} {kind} \n").bytes());
    }
    let size = places.len();
    file.extend(
        format!("trailer\n<</Size {size}/Root 1 0 R/Info 3 0 R>>\nstartxref\n{start}\n%%EOF\n")
            .bytes(),
    );
    file
}

/// A press release of two pages as a word processor prints it: a letterhead on
/// each, lines broken at the margin, a word divided there.
fn printed() -> Vec<u8> {
    pdf(
        "/Title(Microsoft Word - lamp_v2.doc)/Author(Hedda Marsh)/CreationDate(D:20201121093000+01'00')",
        &[
            "BT /R 8 Tf 40 570 Td (Quay Harbour Office - page 1) Tj ET\n\
             BT /B 18 Tf 40 530 Td (Keeper finds) Tj 0 -20 Td (the lost lamp) Tj ET\n\
             BT /R 10 Tf 12 TL 40 480 Td (The lamp that was lost in the storm lies in the boat of the) Tj\n\
             T* (keeper, who had looked for it along the quay and in the har-) Tj\n\
             T* (bour since Monday.) Tj\n\
             T* T* (\\223Nobody knew,\\224 she said of the \\(old\\) lamp, and went on rowing) Tj ET",
            "BT /R 8 Tf 40 570 Td (Quay Harbour Office - page 2) Tj ET\n\
             BT /R 10 Tf 12 TL 40 540 Td (home with it.) Tj ET",
        ],
    )
}

#[test]
fn pdfs_are_read_wherever_they_lie() {
    let scratch = Scratch::new();
    scratch.write("t/a.pdf", printed());
    let lead = [b"\x1b%-12345X@PJL\r\n".to_vec(), printed()].concat();
    scratch.write("t/b.pdf", lead);
    scratch.write("t/c", printed());
    scratch.write("t/d.zip", zipped(&[("in/a.pdf", &printed())]));
    let coded = base64::engine::general_purpose::STANDARD.encode(printed());
    scratch.write(
        "t/e.eml",
        format!(
            "From: press@quay.example\r\nSubject: A release\r\nDate: Mon, 30 Nov 2020 09:00:00 +0000\r\n\
             MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\nIt is attached.\r\n\
             --b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n{coded}\r\n--b--\r\n"
        ),
    );
    let read_as = "Keeper finds the lost lamp | 2020-11-21 | Hedda Marsh | 44 words";
    assert_eq!(
        read(&scratch, "t"),
        format!(
            "t/a.pdf#1 | pdf | {read_as}\n\
             t/b.pdf#1 | pdf | {read_as}\n\
             t/c#1 | pdf | {read_as}\n\
             t/d.zip!in/a.pdf#1 | pdf | {read_as}\n\
             t/e.eml#1 | mail | A release | 2020-11-30 |  | 3 words\n\
             t/e.eml#2 | mail | {read_as}\n"
        )
    );
}

#[test]
fn lines_of_a_pdf_are_paragraphs_again() {
    let scratch = Scratch::new();
    scratch.write("t/a.pdf", printed());
    let ran = scratch.ok(&["inspect", "--no-entities", "t"]);
    let article: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        article["body"],
        "The lamp that was lost in the storm lies in the boat of the keeper, who had looked for it \
         along the quay and in the harbour since Monday.\n\n\
         \u{201C}Nobody knew,\u{201D} she said of the (old) lamp, and went on rowing home with it."
    );
    assert_eq!(article["language"], "en");
}

#[test]
fn columns_of_a_pdf_are_read_one_after_the_other() {
    let scratch = Scratch::new();
    let column = |left: u32, lines: [&str; 4]| {
        let lines = lines.map(|line| format!("({line}) Tj T*")).join(" ");
        format!("BT /R 9 Tf 11 TL {left} 500 Td {lines} ET\n")
    };
    let page = [
        "BT /B 20 Tf 40 540 Td (Boats lie dry at the old quay) Tj ET\n".to_owned(),
        column(
            40,
            [
                "Three boats lay dry on Tuesday",
                "because the table of tides was",
                "that of another port, said the",
                "office, which is sorry for this",
            ],
        ),
        column(
            220,
            [
                "and will print a new one soon.",
                "Until then the keeper will ring",
                "a bell whenever the water sinks",
                "so low that boats may not leave.",
            ],
        ),
        // Words that were recognised in a picture are not seen.
        "BT 3 Tr /R 9 Tf 40 300 Td (A gull looks on.) Tj ET".to_owned(),
    ];
    scratch.write("t/a.pdf", pdf("", &[&page.concat()]));
    let ran = scratch.ok(&["inspect", "--no-entities", "t"]);
    let article: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(article["title"], "Boats lie dry at the old quay");
    assert_eq!(
        article["body"],
        "Three boats lay dry on Tuesday because the table of tides was that of another port, said \
         the office, which is sorry for this and will print a new one soon. Until then the keeper \
         will ring a bell whenever the water sinks so low that boats may not leave.\n\nA gull looks on."
    );
}

#[test]
fn pdfs_without_text_and_damaged_ones_are_told() {
    let scratch = Scratch::new();
    scratch.write("t/blank.pdf", pdf("", &[""]));
    scratch.write("t/broken.pdf", "%PDF-1.4\nand nothing else\n");
    let mut cut = printed();
    cut.truncate(cut.len() * 2 / 3);
    scratch.write("t/cut.pdf", cut);
    scratch.write("t/locked.pdf", locked());
    scratch.write(
        "t/scan.pdf",
        pdf("/Title(Scan)", &["q 400 0 0 600 0 0 cm /P Do Q"]),
    );
    scratch.write(
        "t/told.txt",
        "How files start\n\nEach starts with %PDF- and a number, he said.\n",
    );
    assert_eq!(
        read(&scratch, "t"),
        "t/blank.pdf | rejected: no text\n\
         t/broken.pdf | rejected: broken pdf: no pages are found in it\n\
         t/cut.pdf#1 | pdf | Keeper finds the lost lamp |  |  | 47 words\n\
         t/locked.pdf | skipped: encrypted\n\
         t/scan.pdf | skipped: scan without text\n\
         t/told.txt#1 | text | How files start |  |  | 9 words\n"
    );
}

/// A PDF that opens with a password.
fn locked() -> Vec<u8> {
    let file = String::from_utf8(pdf("", &["BT /R 9 Tf 40 300 Td (Secret.) Tj ET"])).unwrap();
    let key = "00".repeat(32);
    let lock = format!("/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<{key}>/U<{key}>>>");
    file.replace("/Info 3 0 R", &lock).into_bytes()
}

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
        ("pdf", printed()),
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
