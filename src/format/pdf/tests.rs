use super::*;
use crate::format::tests::{articles, read};

/// A PDF of one page. Objects 1 to 4 are the catalogue, the pages, the page and
/// its content; further ones are told.
fn file(content: &str, page: &str, more: &[&str]) -> Vec<u8> {
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 600]/Contents 4 0 R{page}>>"),
        format!(
            "<</Length {}>>\nstream\n{content}\nendstream",
            content.len()
        ),
    ];
    objects.extend(more.iter().map(|object| (*object).to_owned()));
    let mut file = "%PDF-1.7\n".to_owned();
    for (at, object) in objects.iter().enumerate() {
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", at + 1));
    }
    // Without a table of references: it is made anew.
    file.push_str("trailer\n<</Root 1 0 R>>\n");
    file.into_bytes()
}

const FONT: &str = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>";

fn body(file: &[u8]) -> String {
    let article = articles(&Pdf, "a.pdf", file).into_iter().next();
    let parts = article.map(|article| (article.title, article.body));
    match parts {
        Some((_, body)) if !body.is_empty() => body,
        Some((title, _)) => title.map(|title| title.text).unwrap_or_default(),
        None => String::new(),
    }
}

/// The text of a page with one font, `/F`.
fn page(content: &str) -> String {
    body(&file(content, "/Resources<</Font<</F 5 0 R>>>>", &[FONT]))
}

#[test]
fn words_are_parted_by_gaps_and_not_by_kerning() {
    assert_eq!(
        page("BT /F 10 Tf 40 500 Td [(T)80(he k)-20(eeper)-300(rows)] TJ ET"),
        "The keeper rows"
    );
}

#[test]
fn a_page_that_lies_on_its_side_is_read_upright() {
    let upright = "BT /F 10 Tf 40 500 Td (The keeper rows) Tj ET";
    let turned = "BT /F 10 Tf 0 1 -1 0 100 40 Tm (The keeper rows) Tj ET";
    let resources = "/Resources<</Font<</F 5 0 R>>>>";
    assert_eq!(body(&file(upright, resources, &[FONT])), "The keeper rows");
    for rotation in ["", "/Rotate 90", "/Rotate 270"] {
        let page = format!("{resources}{rotation}");
        assert_eq!(body(&file(turned, &page, &[FONT])), "The keeper rows");
    }
}

#[test]
fn codes_are_characters_as_the_font_maps_them() {
    let map = "/CIDInit /ProcSet findresource begin 1 begincodespacerange <00> <FF> endcodespacerange \
        2 beginbfchar <01> <FB01> <02> <006E0064> endbfchar";
    let stream = format!("<</Length {}>>\nstream\n{map}\nendstream", map.len());
    let fonts = [
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>",
        &stream,
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</Differences[1/eacute/quoteright/fl/A]>>>>",
    ];
    let resources = "/Resources<</Font<</F 5 0 R/G 7 0 R>>>>";
    let content =
        "BT /F 10 Tf 40 500 Td <0102> Tj /G 10 Tf ( ) Tj <0401> Tj <0203> Tj (oats) Tj ET";
    assert_eq!(body(&file(content, resources, &fonts)), "find Aé’floats");
}

#[test]
fn chinese_japanese_and_korean_are_read_by_the_names_of_their_encodings() {
    let cases = [
        ("GB1", "UniGB-UCS2-H", "<6E2153E3949F58F0>", "渡口钟声"),
        ("Japan1", "90ms-RKSJ-H", "<8D608AD482CC8FE0>", "港間の鐘"),
        ("Korea1", "KSCms-UHC-H", "<C7D7B1B8C0C7>", "항구의"),
    ];
    for (collection, encoding, text, read) in cases {
        let font = format!(
            "<</Type/Font/Subtype/Type0/BaseFont/Quay/Encoding/{encoding}/DescendantFonts[\
             <</Type/Font/Subtype/CIDFontType0/BaseFont/Quay/DW 1000/CIDSystemInfo\
             <</Registry(Adobe)/Ordering({collection})/Supplement 2>>>>]>>"
        );
        let content = format!("BT /F 10 Tf 40 500 Td {text} Tj ET");
        let resources = "/Resources<</Font<</F 5 0 R>>>>";
        assert_eq!(body(&file(&content, resources, &[&font])), read);
    }
}

#[test]
fn what_a_tagged_page_says_instead_of_its_glyphs_is_read() {
    assert_eq!(
        page(
            "/Artifact <</Type/Pagination>> BDC BT /F 8 Tf 40 580 Td (Quay Gazette) Tj ET EMC\n\
             BT /F 10 Tf 40 500 Td (The ) Tj /Span <</ActualText(official)>> BDC (o~cial) Tj EMC ( rows) Tj ET"
        ),
        "The official rows"
    );
}

#[test]
fn forms_are_read_and_those_that_hold_themselves_end() {
    let content = "BT /F 10 Tf 40 480 Td (and rows) Tj ET /X Do";
    let form = format!(
        "<</Subtype/Form/Resources<</Font<</F 5 0 R>>/XObject<</X 6 0 R>>>>/Matrix[1 0 0 1 0 -12]/Length {}>>\nstream\n{content}\nendstream",
        content.len()
    );
    let page = "/Resources<</Font<</F 5 0 R>>/XObject<</X 6 0 R>>>>";
    let text = body(&file(
        "BT /F 10 Tf 40 480 Td (The keeper) Tj ET /X Do",
        page,
        &[FONT, &form],
    ));
    assert!(text.starts_with("The keeper and rows"), "{text}");
}

#[test]
fn what_repeats_on_pages_is_left_out_and_what_does_not_stays() {
    let line = |text: &str, baseline: f64| Line {
        text: text.to_owned(),
        left: 40.0,
        right: 200.0,
        baseline,
        size: 10.0,
        is_bold: false,
        is_row: false,
        first_word: 20.0,
    };
    let mut pages: Vec<Vec<Vec<Line>>> = ["Boats", "Lamps", "Gulls"]
        .iter()
        .enumerate()
        .map(|(at, text)| {
            vec![vec![
                line("Quay Gazette", 20.0),
                line(text, 50.0),
                line("Nothing more was said.", 70.0 + 100.0 * at as f64),
                line("It rained.", 300.0 + 100.0 * at as f64),
                line(&format!("Page {}", at + 9), 580.0),
            ]]
        })
        .collect();
    running::remove(&mut pages);
    let kept: Vec<String> = pages
        .iter()
        .flatten()
        .flatten()
        .map(|line| line.text.clone())
        .collect();
    assert_eq!(kept.len(), 9, "{kept:?}");
    assert_eq!(kept[..2], ["Boats", "Nothing more was said."]);
}

#[test]
fn titles_are_those_that_somebody_gave() {
    let title = |info: &str| {
        let content = "BT /F 18 Tf 40 560 Td (Lamp is lit) Tj ET BT /F 10 Tf 40 500 Td (It was lit on Monday, and it is seen from the quay, he said.) Tj ET";
        let made = file(content, "/Resources<</Font<</F 5 0 R>>>>", &[FONT, info]);
        let made = String::from_utf8(made).unwrap();
        let made = made.replace("/Root 1 0 R", "/Root 1 0 R/Info 6 0 R");
        let article = articles(&Pdf, "a.pdf", made.as_bytes()).remove(0);
        article.title.unwrap().text
    };
    assert_eq!(
        title("<</Title(Microsoft Word - lamp.doc)>>"),
        "Lamp is lit"
    );
    assert_eq!(title("<</Title(Quarterly 3 layout)>>"), "Lamp is lit");
    assert_eq!(
        title("<</Title<FEFF004C0061006D00700020006900730020006C00690074>>>"),
        "Lamp is lit"
    );
}

#[test]
fn bombs_are_refused_before_they_are_read() {
    use std::io::Write;
    let zeros = vec![0; 80 << 20];
    let level = flate2::Compression::best();
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
    encoder.write_all(&zeros).unwrap();
    let data = encoder.finish().unwrap();
    let stream = |dict: &str| {
        let head = format!("<<{dict}/Length {}>>\nstream\n", data.len());
        [head.as_bytes(), &data, b"\nendstream"].concat()
    };
    let told = |object: Vec<u8>| {
        let mut made = file("", "", &[]);
        made.extend(b"9 0 obj\n");
        made.extend(object);
        made.extend(b"\nendobj\n");
        guard::check(&made).is_ok()
    };
    assert!(!told(stream("/Type/ObjStm/N 1/First 4/Filter/FlateDecode")));
    assert!(!told(stream(
        "/Type/XRef/W[1 2 1]/Size 9/Filter/FlateDecode"
    )));
    assert!(told(stream("/Subtype/Image/Width 9/Filter/FlateDecode")));
    let mut content = file("", "/Contents 9 0 R", &[]);
    let place = String::from_utf8_lossy(&content)
        .find("/Contents 4")
        .unwrap();
    content.drain(place..place + "/Contents 4 0 R".len());
    content.extend(b"9 0 obj\n");
    content.extend(stream("/Filter/FlateDecode"));
    content.extend(b"\nendobj\n");
    assert!(matches!(
        &read(&Pdf, "a.pdf", &content)[..],
        [Parsed::Rejected(Reason::NoText)]
    ));
}
