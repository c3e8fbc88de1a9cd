//! What becomes of documents as LibreOffice writes them.

use super::*;
use crate::article::Article;
use crate::format::tests::{articles, reasons};
use crate::format::{Format, detect};

/// A flat document of this text.
fn flat(text: &str) -> String {
    format!(
        "<?xml version='1.0'?><office:document xmlns:office='urn:o' xmlns:text='urn:t' xmlns:table='urn:tb' \
         xmlns:draw='urn:d' xmlns:svg='urn:svg' xmlns:meta='urn:m' xmlns:dc='urn:dc' xmlns:style='urn:st' \
         office:mimetype='{MEDIA_TYPE}'><office:meta><dc:title>Untitled 1</dc:title>\
         <meta:initial-creator>Jane Roe</meta:initial-creator>\
         <meta:creation-date>2020-11-21T10:00:00.123456789</meta:creation-date></office:meta>\
         <office:automatic-styles><style:style style:name='P1' style:parent-style-name='Title'/>\
         </office:automatic-styles><office:body><office:text>{text}</office:text></office:body></office:document>"
    )
}

fn one(text: &str) -> Article {
    let document = flat(text);
    let format = detect(&Hint::named("a.fodt"), document.as_bytes()).map(Format::name);
    assert_eq!(format, Some("odt"));
    articles(&Odt, "a.fodt", document.as_bytes()).remove(0)
}

const LEAD: &str =
    "The harbour board said on Monday that the old crane would be sold before winter.";

#[test]
fn titles_authors_and_days_come_from_styles_and_properties() {
    let article = one(&format!(
        "<text:p text:style-name='P1'>Crane to\n  be sold</text:p><text:p>{LEAD}</text:p>"
    ));
    assert_eq!(article.title.unwrap().text, "Crane to be sold");
    assert_eq!(article.bylines, ["Jane Roe"]);
    assert_eq!(article.published.unwrap().day.to_string(), "2020-11-21");
    assert_eq!(article.body, LEAD);
    let heading = format!("<text:h text:outline-level='1'>Crane</text:h><text:p>{LEAD}</text:p>");
    assert_eq!(one(&heading).title.unwrap().text, "Crane");
}

#[test]
fn blanks_and_breaks_are_kept_and_what_is_no_text_is_left_out() {
    let article = one(&format!(
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion>\
         </text:changed-region></text:tracked-changes>\
         <text:table-of-content><text:index-body><text:p>Crane 1</text:p></text:index-body></text:table-of-content>\
         <text:p>{LEAD}</text:p>\
         <text:p>One<text:s text:c='900000000'/>two<text:tab/>three<office:annotation><text:p>remark</text:p>\
         </office:annotation><text:note><text:note-citation>1</text:note-citation><text:note-body>\
         <text:p>From the minutes.</text:p></text:note-body></text:note>.<text:line-break/>Four</text:p>\
         <text:p><draw:frame><draw:text-box><text:p>In a box.</text:p></draw:text-box><svg:desc>picture</svg:desc>\
         </draw:frame>Around it.</text:p>\
         <text:list><text:list-item><text:p>an item</text:p></text:list-item></text:list>\
         <table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Year</text:p></table:table-cell>\
         <table:table-cell table:number-columns-repeated='99999999'><text:p>Lifts</text:p></table:table-cell>\
         </table:table-row></table:table-header-rows></table:table>"
    ));
    assert_eq!(
        article.body,
        format!(
            "{LEAD}\n\nOne two three.\n\nFour\n\nAround it.\n\nIn a box.\n\nan item\n\nYear Lifts\n\nFrom the minutes."
        )
    );
}

#[test]
fn packages_are_read_and_those_under_a_password_are_skipped() {
    let content = flat(&format!("<text:p>{LEAD}</text:p>"));
    let told = |manifest: &str| {
        let mut parts = Parts::default();
        parts.push("META-INF/manifest.xml", manifest.as_bytes());
        parts.push("content.xml", content.as_bytes());
        let hint = Hint {
            media_type: Some(MEDIA_TYPE.to_owned()),
            ..Hint::named("a.odt")
        };
        let record = Record::whole(parts.into_bytes(), hint.into());
        let mut told = Vec::new();
        Odt.parse(&record, &Options::default(), &mut |part| {
            told.push(match part {
                Parsed::Article(article) => article.body,
                Parsed::Skipped(skip) => skip.name(),
                Parsed::Rejected(reason) => reason.to_string(),
            });
        })
        .unwrap();
        told
    };
    assert_eq!(told("<manifest:manifest/>"), [LEAD]);
    assert_eq!(
        told("<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"),
        ["encrypted"]
    );
}

#[test]
fn spreadsheets_are_not_claimed_and_a_cut_file_is_told() {
    let sheet = flat("").replace("opendocument.text", "opendocument.spreadsheet");
    let format = detect(&Hint::named("a.fods"), sheet.as_bytes()).map(Format::name);
    assert_ne!(format, Some("odt"));
    let document = flat(&format!("<text:p>{LEAD}</text:p><text:p>It"));
    let cut = &document[..document.find("</office:text>").unwrap()];
    assert_eq!(articles(&Odt, "a.fodt", cut.as_bytes()).len(), 1);
    assert_eq!(
        reasons(&Odt, "a.fodt", cut.as_bytes()),
        ["malformed xml: ends inside `text:p`"]
    );
}
