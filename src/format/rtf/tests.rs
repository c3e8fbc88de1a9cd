//! What becomes of RTF as Word, TextEdit and old systems write it.

use super::*;
use crate::article::Article;
use crate::format::tests::{articles, read, reasons};
use crate::format::{Format, detect};

const HEAD: &str = "{\\rtf1\\ansi\\ansicpg1252\\uc1\\deff0{\\fonttbl{\\f0\\froman\\fcharset0{\\*\\panose 02020603}Times;}\
    {\\f1\\fswiss\\fcharset204 Arial Cyr;}{\\f2\\fnil\\fcharset128 MS Mincho;}{\\f3\\ftech\\fcharset2 Symbol;}}\
    {\\colortbl;\\red0\\green0\\blue0;}{\\stylesheet{\\ql Normal;}{\\s15\\qc\\b Title;}{\\*\\cs10 \\additive Default;}}";

fn one(rest: &str) -> Article {
    one_of(format!("{HEAD}{rest}}}").as_bytes())
}

fn one_of(bytes: &[u8]) -> Article {
    assert_eq!(
        detect(&Hint::named("a.doc"), bytes).map(Format::name),
        Some("rtf")
    );
    let parts = read(&Rtf, "a.doc", bytes);
    assert_eq!(parts.len(), 1, "{parts:?}");
    articles(&Rtf, "a.doc", bytes).remove(0)
}

/// The text of a document that begins with a title of its own.
fn text(rest: &str) -> String {
    one(&format!("\\pard\\s15 Crane\\par\\pard {rest}")).body
}

#[test]
fn properties_styles_and_credits_make_an_article() {
    let article = one(
        "{\\*\\generator Riched20 10;}{\\info{\\title Untitled}{\\author Jane Roe}{\\operator X}\
         {\\creatim\\yr2020\\mo11\\dy21\\hr9\\min5}}{\\header\\pard secret\\par}\
         \\pard\\plain\\s15 Old crane {\\b to be} sold\\par\\pard\\plain By Ali Khan\\par\\pard It had stood for years.\\par",
    );
    assert_eq!(article.title.unwrap().text, "Old crane to be sold");
    assert_eq!(article.bylines, ["Ali Khan"]);
    assert_eq!(article.published.unwrap().day.to_string(), "2020-11-21");
    assert_eq!(article.body, "It had stood for years.");
    assert_eq!(article.origin.encoding, Some("windows-1252"));
    assert_eq!(
        one("{\\info{\\author Jane Roe}}\\pard Crane sold\\par\\par It had stood.\\par").bylines,
        ["Jane Roe"]
    );
}

#[test]
fn bytes_are_read_in_the_charset_of_their_font() {
    assert_eq!(
        text(
            "caf\\'e9 {\\f1 \\'cf\\'f0\\'e8\\'e2\\'e5\\'f2} na\\'efve {\\f2 \\'93\\'fa\\'96\\'7b\\'83A\\'83\\\\} {\\f3\\'b7a}"
        ),
        "café Привет naïve 日本アソ •"
    );
}

#[test]
fn unicode_is_read_and_its_stand_ins_are_passed_over() {
    assert_eq!(
        text(
            "M\\u252\\'fcller \\u8212-{\\uc2 \\u20013 ab\\u25991 \\'61\\'62}\\uc0\\u-10179 \\u-8704 x\\u228y{\\u8364}?"
        ),
        "Müller —中文😀xäy€?"
    );
    assert_eq!(text("a\\u55357 ?b \\u128512?c"), "ab 😀c");
}

#[test]
fn what_is_no_running_text_is_left_out() {
    assert_eq!(
        text(
            "One {\\v hidden}{\\deleted gone}{\\*\\unknown secret}{\\pict\\wmetafile8 0100{\\*\\blipuid 00}ff}\
             {\\field{\\*\\fldinst HYPERLINK \"x\"}{\\fldrslt the site}}{\\*\\bkmkstart mark}\
             {\\upr{ansi}{\\*\\ud{two}}}{\\footnote\\pard {\\super\\chftn} A note.\\par}{\\*\\annotation remark}\
             {\\v a{\\v0  three}b}.{\\listtext\\f3\\'b7\\tab}"
        ),
        "One the sitetwo three.\n\nA note."
    );
}

#[test]
fn text_boxes_come_behind_their_paragraph_and_once() {
    assert_eq!(
        text(
            "Around {\\shp{\\*\\shpinst{\\sp{\\sn name}{\\sv value}}{\\shptxt\\pard In a box.\\par}}\
             {\\shprslt{\\*\\do{\\dptxbxtext In a box.\\par}}}}it.\\par Below.\\par"
        ),
        "Around it.\n\nIn a box.\n\nBelow."
    );
}

#[test]
fn rows_are_lines_and_other_breaks_part_paragraphs() {
    assert_eq!(
        text(
            "\\trowd\\cellx1\\pard\\intbl Year\\cell Lifts\\cell\\row\\trowd\\pard\\intbl Office\\par Quay 1\\cell 412\\cell\\row\
             \\pard One\\tab two\\line three\\~four\\_five\\-six\\\nseven\\sect eight \\ldblquote nine\\rdblquote"
        ),
        "Year Lifts\n\nOffice\n\nQuay 1\n\n412\n\nOne two\n\nthree four-fivesix\n\nseven\n\neight “nine”"
    );
}

#[test]
fn binary_data_holds_no_groups() {
    assert_eq!(text("One \\bin7 {{}}}}\\two.").as_str(), "One two.");
    assert_eq!(text("One {\\pict\\bin5 }}}}}}two."), "One two.");
    let rejected = reasons(
        &Rtf,
        "a.rtf",
        format!("{HEAD}\\pard One {{\\b\\bin2000000000 x}}}}").as_bytes(),
    );
    assert_eq!(rejected, ["malformed rtf: ends inside binary data"]);
}

#[test]
fn what_textedit_and_wordpad_leave_out_is_missed_by_nobody() {
    let article = one_of(
        b"{\\rtf1\\ansi\\ansicpg10000\\cocoartf{\\fonttbl\\f0\\fswiss Helvetica;}\n\\f0 Crane sold\\\n\\\nThe caf\\'8e stays.\\\n",
    );
    assert_eq!(article.title.unwrap().text, "Crane sold");
    assert_eq!(article.body, "The café stays.");
    let article = one_of(b"\r\n{\\rtf1\\ansi{\\fonttbl{\\f0 A;}}Crane sold\\par\\par It stays, \\'93so\\'94.\\par}\0");
    assert_eq!(article.body, "It stays, “so”.");
    let raw = [
        &b"{\\rtf1\\ansi\\ansicpg1251 \xCA\xF0\xE0\xED\\par\\par "[..],
        b"\xCF\xEE\xF0\xF2 \xE4\xE0\xEB.}",
    ]
    .concat();
    assert_eq!(one_of(&raw).body, "Порт дал.");
    // What a script wrote as it stood, whatever the charset it names.
    let utf8 = "{\\rtf1\\ansi\\ansicpg1251 Crane\\par\\par The “café” st\\'e5ys.}";
    assert_eq!(one_of(utf8.as_bytes()).body, "The “café” stеys.");
}

#[test]
fn deep_groups_and_cut_files_are_told_and_cost_only_the_rest() {
    let deep = format!("{HEAD}\\pard It had stood.\\par{}", "{".repeat(1_000_000));
    assert_eq!(
        reasons(&Rtf, "a.rtf", deep.as_bytes()),
        ["nested deeper than 1000 levels"]
    );
    assert_eq!(
        articles(&Rtf, "a.rtf", deep.as_bytes())[0].body,
        "It had stood."
    );
    let cut = format!("{HEAD}\\pard Crane sold\\par\\par It had stood {{\\b for");
    assert_eq!(
        reasons(&Rtf, "a.rtf", cut.as_bytes()),
        ["malformed rtf: ends inside a group"]
    );
    assert_eq!(
        articles(&Rtf, "a.rtf", cut.as_bytes())[0].body,
        "It had stood for"
    );
    assert_eq!(reasons(&Rtf, "a.rtf", HEAD.as_bytes()), ["no text"]);
    let closed = "}".repeat(100_000);
    assert_eq!(
        one(&format!("\\pard It had stood.{closed}")).body,
        "It had stood."
    );
}
