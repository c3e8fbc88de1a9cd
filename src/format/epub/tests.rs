//! What becomes of books and of newspapers in EPUB.

use super::*;
use crate::format::Format;

const LEAD: &str = "The harbour board of Wendmouth said on Monday that the old crane on the east quay would be sold \
    to the highest bidder before the winter.";

const CONTAINER: &str =
    "<container><rootfiles><rootfile full-path='O/p.opf'/></rootfiles></container>";

fn page(title: &str, body: &str) -> String {
    format!(
        "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml' xmlns:epub='urn:e'>\
         <head><title>{title}</title><script src='x.js'/></head><body>{body}</body></html>"
    )
}

/// A package of pages, each in its own file and in this order.
fn package(metadata: &str, pages: &[&str], more: &str) -> String {
    let items: String = pages
        .iter()
        .map(|page| {
            format!("<item id='{page}' href='{page}.html' media-type='application/xhtml+xml'/>")
        })
        .collect();
    let spine: String = pages
        .iter()
        .map(|page| format!("<itemref idref='{page}'/>"))
        .collect();
    format!(
        "<package xmlns='urn:opf'><metadata xmlns:dc='urn:dc' xmlns:opf='urn:opf'>{metadata}</metadata>\
         <manifest>{items}<item id='ncx' href='toc.ncx' media-type='application/x-dtbncx+xml'/></manifest>\
         <spine toc='ncx'>{spine}</spine>{more}</package>"
    )
}

fn point(class: &str, label: &str, page: &str, inner: &str) -> String {
    format!(
        "<navPoint class='{class}'><navLabel><text>{label}</text></navLabel><content src='{page}.html'/>{inner}</navPoint>"
    )
}

/// What is read of a book, a line each.
fn told(parts: &[(&str, &str)]) -> Vec<String> {
    let mut package = Parts::default();
    for (name, content) in parts {
        package.push(name, content.as_bytes());
    }
    let hint = Arc::new(Hint {
        media_type: Some(MEDIA_TYPE.to_owned()),
        ..Hint::named("a.epub")
    });
    let bytes = package.into_bytes();
    assert_eq!(Epub.claims(&hint, &Head::new(&bytes)), Claim::Certain);
    let options = Options::default();
    let mut told = Vec::new();
    Epub.cut(&mut &*bytes, &hint, &options, 1 << 20, &mut |record| {
        let read = record.and_then(|record| {
            Epub.parse(&record, &options, &mut |part| match part {
                Parsed::Article(article) => told.push(line(&article)),
                Parsed::Skipped(skip) => told.push(format!("~ {}", skip.name())),
                Parsed::Rejected(reason) => told.push(format!("! {reason}")),
            })
        });
        if let Err(reason) = read {
            told.push(format!("! {reason}"));
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    told
}

fn line(article: &Article) -> String {
    let published = article.published.unwrap();
    format!(
        "{} | {} {} | {} | {} | {} | {}",
        article.title.as_ref().unwrap().text,
        published.day,
        published.provenance.name(),
        article.bylines.join(", "),
        article.publisher.as_deref().unwrap_or_default(),
        article.section.as_deref().unwrap_or_default(),
        article.body.replace(LEAD, "LEAD").replace("\n\n", " / "),
    )
}

#[test]
fn an_issue_gives_an_article_a_page_in_its_section_and_skips_the_lists() {
    let article = |title: &str, number: usize| {
        page(
            title,
            &format!(
                "<div class='calibre_navbar'>| <a href='x.html'>Next</a> | <a href='i.html'>Main menu</a> |</div>\
                 <a id='top'/><h1>{title}</h1><p>By Ali Khan</p><p>{LEAD}</p><p>{LEAD} <i id='x'/>Again.</p>\
                 <div class='calibre_navbar'><p>This article was downloaded by <b>calibre</b> from \
                 <a href='https://lake.example/{number}'>https://lake.example/{number}</a></p></div>"
            ),
        )
    };
    let list = page(
        "Harbour",
        "<ul><li><a href='a.html'>Crane</a> <p>What the article is about, in many words and more.</p></li></ul>",
    );
    let toc = format!(
        "<ncx><navMap>{}</navMap></ncx>",
        point(
            "periodical",
            "Lake Weekly",
            "i",
            &point(
                "section",
                "Harbour",
                "f",
                &(point("article", "Crane to be sold", "a", "")
                    + &point("article", "Ferry runs", "b", ""))
            )
        )
    );
    let metadata = "<dc:title>Lake Weekly [Fri, 20 Nov 2020]</dc:title><dc:creator>calibre</dc:creator>\
        <dc:publisher>calibre</dc:publisher><dc:language>en</dc:language><dc:date>2020-11-22T05:00:00+00:00</dc:date>";
    let book = package(
        metadata,
        &["c", "i", "f", "a", "b"],
        "<guide><reference type='cover' href='c.html'/></guide>",
    );
    assert_eq!(
        told(&[
            ("META-INF/container.xml", CONTAINER),
            ("O/b.html", &article("Unknown", 2)),
            ("O/a.html", &article("Crane to be sold", 1)),
            ("O/c.html", &page("Cover", "<img src='c.png'/>")),
            ("O/i.html", &list),
            ("O/f.html", &list),
            ("O/p.opf", &book),
            ("O/toc.ncx", &toc),
        ]),
        [
            "~ navigation page",
            "~ navigation page",
            "~ navigation page",
            "Crane to be sold | 2020-11-20 feed | Ali Khan | Lake Weekly | Harbour | LEAD / LEAD Again.",
            "Ferry runs | 2020-11-20 feed | Ali Khan | Lake Weekly | Harbour | LEAD / LEAD Again.",
        ]
    );
}

#[test]
fn a_collection_gives_its_chapters_with_what_the_book_says() {
    let chapter = |number: &str, title: &str| {
        page(
            "Collected Reports",
            &format!(
                "<section epub:type='chapter'><h1>{number}</h1><h2>{title}</h2><p>{LEAD}</p><p>{LEAD}</p></section>"
            ),
        )
    };
    let nav = page(
        "Contents",
        "<nav epub:type='toc'><ol><li><a href='d%201.html'>The crane</a></li></ol></nav>\
         <nav epub:type='landmarks'><ol><li><a epub:type='copyright-page' href='r.html'>Rights</a></li></ol></nav>",
    );
    let metadata = "<dc:title>Collected Reports</dc:title><dc:publisher>Quay Press</dc:publisher>\
        <dc:creator opf:role='aut'>Jane Roe</dc:creator><dc:creator opf:role='edt'>Ali Khan</dc:creator>\
        <dc:date opf:event='modification'>2020-01-01</dc:date><dc:date opf:event='publication'>1998-05-02</dc:date>";
    let book = package(metadata, &["t", "r", "n", "d", "e", "d"], "")
        .replace("href='n.html'", "href='n.html' properties='nav'")
        .replace("href='d.html'", "href='d%201.html'")
        .replace(
            "<item id='ncx' href='toc.ncx' media-type='application/x-dtbncx+xml'/>",
            "",
        );
    assert_eq!(
        told(&[
            ("META-INF/container.xml", CONTAINER),
            ("O/p.opf", &book),
            ("O/n.html", &nav),
            ("O/r.html", &page("x", &format!("<p>{LEAD}</p>"))),
            (
                "O/t.html",
                &page(
                    "x",
                    "<div epub:type='titlepage'><p>Collected Reports by Jane Roe</p></div>"
                )
            ),
            ("O/d 1.html", &chapter("1", "The crane")),
            ("O/e.html", &chapter("II", "The ferry")),
            ("O/unused.html", &chapter("3", "Unused")),
        ]),
        [
            "~ navigation page",
            "~ navigation page",
            "~ navigation page",
            "The crane | 1998-05-02 feed | Jane Roe | Quay Press |  | LEAD / LEAD",
            "The ferry | 1998-05-02 feed | Jane Roe | Quay Press |  | LEAD / LEAD",
        ]
    );
}

#[test]
fn pages_that_are_missing_locked_or_cut_are_told() {
    let metadata = "<dc:title>Reports</dc:title><dc:date>1998-05-02</dc:date>";
    let book = package(metadata, &["a", "gone", "locked", "cut", "told"], "");
    let whole = page(
        "Crane to be sold",
        &format!("<h1>Crane to be sold</h1><p>{LEAD}</p><p>{LEAD}</p>"),
    );
    let encryption = "<encryption><EncryptedData><CipherData><CipherReference URI='O/locked.html'/></CipherData>\
        </EncryptedData></encryption>";
    let cut = &whole[..whole.rfind(" before").unwrap()];
    let told = told(&[
        ("META-INF/encryption.xml", encryption),
        ("O/p.opf", &book),
        ("O/a.html", &whole),
        ("O/locked.html", "\u{1}\u{2}\u{3}"),
        ("O/cut.html", cut),
        ("O/told.html", ""),
    ]);
    let rest = "| 1998-05-02 feed |  | Reports |  |";
    let end = " / The harbour board of Wendmouth said on Monday that the old crane on the east quay would be sold \
        to the highest bidder";
    assert_eq!(
        told,
        [
            format!("Crane to be sold {rest} LEAD / LEAD"),
            "! malformed epub: its page `O/gone.html` is missing".to_owned(),
            "~ encrypted".to_owned(),
            format!("Crane to be sold {rest} LEAD{end}"),
        ]
    );
}

#[test]
fn a_book_without_a_package_document_is_read_by_the_names_of_its_pages() {
    let text = |title: &str| {
        page(
            title,
            &format!("<h1>{title}</h1><p>WENDMOUTH, Nov 21, 2020 (Wire) - {LEAD}</p>"),
        )
    };
    let (a, b) = (text("Crane to be sold"), text("Ferry runs again"));
    let told = told(&[("O/2.html", &b), ("O/1.xhtml", &a), ("O/x.xml", "<x/>")]);
    let titles: Vec<&str> = told.iter().map(|line| &line[..10]).collect();
    assert_eq!(titles, ["Crane to b", "Ferry runs"]);
}
