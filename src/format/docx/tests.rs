//! What becomes of documents as word processors write them.

use super::*;
use crate::article::Article;
use crate::format::Parsed;

fn document(body: &str) -> String {
    format!(
        "<?xml version='1.0'?><w:document xmlns:w='urn:w' xmlns:mc='urn:mc' xmlns:v='urn:v'>\
         <w:body>{body}<w:sectPr/></w:body></w:document>"
    )
}

/// A paragraph of one run.
fn p(text: &str) -> String {
    format!("<w:p><w:r><w:t xml:space='preserve'>{text}</w:t></w:r></w:p>")
}

/// A paragraph in a style.
fn styled(style: &str, text: &str) -> String {
    format!("<w:p><w:pPr><w:pStyle w:val='{style}'/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>")
}

fn parsed(parts: &[(&str, &str)]) -> (Vec<Article>, Result<(), Reason>) {
    let mut package = Parts::default();
    for (name, content) in parts {
        package.push(name, content.as_bytes());
    }
    let hint = Hint {
        media_type: Some(MEDIA_TYPE.to_owned()),
        ..Hint::named("a.docx")
    };
    let record = Record::whole(package.into_bytes(), hint.into());
    let head = Head::new(&record.bytes);
    assert_eq!(Docx.claims(&record.hint, &head), Claim::Certain);
    let mut articles = Vec::new();
    let read = Docx.parse(&record, &Options::default(), &mut |part| {
        if let Parsed::Article(article) = part {
            articles.push(*article);
        }
    });
    (articles, read)
}

/// The text of a document of this body.
fn text(body: &str) -> String {
    let (mut articles, read) = parsed(&[("word/document.xml", &document(body))]);
    assert_eq!(read, Ok(()));
    articles.remove(0).body
}

const LEAD: &str =
    "The harbour board said on Monday that the old crane would be sold before winter.";

#[test]
fn text_is_read_as_it_stands_after_all_changes() {
    let body = "<w:p><w:r><w:t xml:space='preserve'>The board </w:t></w:r>\
        <w:del><w:r><w:delText>never </w:delText></w:r></w:del>\
        <w:ins><w:r><w:t>met</w:t></w:r></w:ins>\
        <w:moveFrom><w:r><w:t> on Friday</w:t></w:r></w:moveFrom>\
        <w:r><w:rPr><w:vanish/></w:rPr><w:t> in secret</w:t></w:r>\
        <w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t> again</w:t></w:r>\
        <w:r><w:noBreakHyphen/><w:t>and left.</w:t></w:r></w:p>\
        <w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t xml:space='preserve'>It will meet </w:t></w:r></w:p>\
        <w:p><w:hyperlink><w:r><w:t>next week.</w:t></w:r></w:hyperlink></w:p>";
    assert_eq!(
        text(body),
        "The board met again-and left.\n\nIt will meet next week."
    );
}

#[test]
fn codes_of_fields_are_left_out_and_what_they_show_is_read() {
    let mark = |kind: &str| format!("<w:r><w:fldChar w:fldCharType='{kind}'/></w:r>");
    let body = format!(
        "<w:p><w:r><w:t xml:space='preserve'>Look at </w:t></w:r>{}<w:r><w:instrText>HYPERLINK x</w:instrText></w:r>\
         {}<w:r><w:t>no</w:t></w:r>{}{}<w:r><w:t>the site</w:t></w:r>{}<w:r><w:t>, says the board.</w:t></w:r>\
         <w:fldSimple w:instr='DATE'><w:r><w:t> Soon.</w:t></w:r></w:fldSimple></w:p>",
        mark("begin"),
        mark("begin"),
        mark("end"),
        mark("separate"),
        mark("end"),
    );
    assert_eq!(text(&body), "Look at the site, says the board. Soon.");
}

#[test]
fn a_text_box_is_read_once_and_behind_its_paragraph() {
    let inner = format!("<w:txbxContent>{}</w:txbxContent>", p("In a box."));
    let body = format!(
        "<w:p><w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing>{inner}</w:drawing></mc:Choice>\
         <mc:Fallback><w:pict><v:textbox>{inner}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>\
         <w:r><w:t>{LEAD}</w:t></w:r></w:p>"
    );
    assert_eq!(text(&body), format!("{LEAD}\n\nIn a box."));
    // A form that gives nothing yields to the next.
    let body = body.replacen(&inner, "", 1);
    assert_eq!(text(&body), format!("{LEAD}\n\nIn a box."));
}

#[test]
fn tables_of_figures_are_lines_and_tables_that_arrange_text_are_read_cell_by_cell() {
    let cell = |text: &str| format!("<w:tc><w:tcPr/>{text}</w:tc>");
    let row = |cells: &[String]| format!("<w:tr>{}</w:tr>", cells.concat());
    let figures = row(&[cell(&p("2019")), cell(&p("412")), cell(&p(""))]);
    let deleted =
        "<w:tr><w:trPr><w:del/></w:trPr><w:tc><w:p><w:r><w:t>gone</w:t></w:r></w:p></w:tc></w:tr>";
    let arranged = row(&[cell(&(p("Press office") + &p("Quay 1"))), cell(&p(LEAD))]);
    let body = format!("{}<w:tbl>{figures}{deleted}{arranged}</w:tbl>", p(LEAD));
    assert_eq!(
        text(&body),
        format!("{LEAD}\n\n2019 412\n\nPress office\n\nQuay 1\n\n{LEAD}")
    );
}

#[test]
fn styles_are_known_by_their_names_and_what_they_are_based_on() {
    let styles = "<w:styles xmlns:w='urn:w'>\
        <w:style w:styleId='Titel'><w:name w:val='Title'/></w:style>\
        <w:style w:styleId='Kopf'><w:name w:val='Kopf'/><w:basedOn w:val='Titel'/></w:style>\
        <w:style w:styleId='A'><w:name w:val='A'/><w:basedOn w:val='B'/></w:style>\
        <w:style w:styleId='B'><w:name w:val='B'/><w:basedOn w:val='A'/></w:style></w:styles>";
    let core = "<cp:coreProperties xmlns:cp='c' xmlns:dc='d'><dc:title>Vorlage</dc:title>\
        <dc:creator>Jane Roe;Ali Khan</dc:creator></cp:coreProperties>";
    let body = document(&format!(
        "<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val='Table of Contents'/></w:docPartObj></w:sdtPr>\
         <w:sdtContent>{}</w:sdtContent></w:sdt>{}{}{}",
        p("Crane 1"),
        styled("TOC1", "Crane 1"),
        styled("Kopf", "Crane to be sold"),
        styled("A", LEAD),
    ));
    let (articles, read) = parsed(&[
        ("docProps/core.xml", core),
        ("word/styles.xml", styles),
        ("word/document2.xml", &body),
    ]);
    assert_eq!(read, Ok(()));
    let article = &articles[0];
    assert_eq!(article.title.as_ref().unwrap().text, "Crane to be sold");
    assert_eq!(article.bylines, ["Jane Roe"]);
    assert_eq!(article.body, LEAD);
}

#[test]
fn notes_follow_the_text_and_lines_that_part_them_do_not() {
    let notes = format!(
        "<w:footnotes xmlns:w='urn:w'><w:footnote w:type='separator' w:id='0'>{}</w:footnote>\
         <w:footnote w:id='1'>{}</w:footnote></w:footnotes>",
        p("line"),
        p(" From the minutes."),
    );
    let body = document(&p(LEAD));
    let (articles, _) = parsed(&[("word/document.xml", &body), ("word/footnotes.xml", &notes)]);
    assert_eq!(articles[0].body, format!("{LEAD}\n\nFrom the minutes."));
}

#[test]
fn a_cut_document_is_read_as_far_as_it_goes_and_the_fault_told() {
    let whole = document(&(p(LEAD) + &p("Three bids came in.")));
    let cut = &whole[..whole.find(" bids").unwrap()];
    let (articles, read) = parsed(&[("word/document.xml", cut)]);
    assert_eq!(articles[0].body, format!("{LEAD}\n\nThree"));
    assert_eq!(
        read.unwrap_err().to_string(),
        "malformed xml: ends inside `w:t`"
    );
    assert_eq!(
        parsed(&[("word/document.xml", &document(""))]).1,
        Err(Reason::NoText)
    );
    assert_eq!(parsed(&[("word/styles.xml", "")]).1, Err(Reason::NoText));
}
