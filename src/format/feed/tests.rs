//! What feeds of each kind are read as.

use super::*;
use crate::article::{Article, Provenance, Title};
use crate::format::tests::{articles, read as parse, reasons};

fn titles(feed: &str) -> Vec<String> {
    articles(&Feed, "feed.xml", feed.as_bytes())
        .into_iter()
        .map(|article| article.title.unwrap().text)
        .collect()
}

fn one(feed: &str) -> Article {
    let mut all = articles(&Feed, "feed.xml", feed.as_bytes());
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[test]
fn rss_2_is_read_with_its_modules() {
    let article = one(
        r#"<?xml version="1.0"?><rss version="2.0" xmlns:c="http://purl.org/rss/1.0/modules/content/"
        xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Mill &amp;amp; Lane</title>
        <image><title>Logo</title><url>https://x.example/logo.png</url></image><language>en-gb</language>
        <item><title>Ferry &lt;i&gt;sold&lt;/i&gt;</title><link>https://x.example/a?b=1&amp;c=2</link>
        <guid isPermaLink="false">x-17</guid><pubDate>Sat, 21 Nov 2020 23:30:00 -0500</pubDate>
        <dc:creator>By Jane Roe and Ali Khan</dc:creator><category>Shipping</category><category>Money</category>
        <description>Short.</description><c:encoded><![CDATA[<p>The ferry&rsquo;s gone.</p><script>track()</script>
        <style>p{}</style><p>It was old.</p>]]></c:encoded></item></channel></rss>"#,
    );
    assert_eq!(article.title, Some(Title::stated("Ferry sold")));
    assert_eq!(article.body, "The ferry’s gone.\n\nIt was old.");
    let published = article.published.unwrap();
    assert_eq!(published.day.to_string(), "2020-11-21");
    assert_eq!(published.provenance, Provenance::Feed);
    assert_eq!(article.bylines, ["Jane Roe", "Ali Khan"]);
    assert_eq!(article.publisher.as_deref(), Some("Mill & Lane"));
    assert_eq!(article.section.as_deref(), Some("Shipping, Money"));
    assert_eq!(article.language.as_deref(), Some("en"));
    assert_eq!(article.url.as_deref(), Some("https://x.example/a?b=1&c=2"));
    assert_eq!(article.own_id.as_deref(), Some("x-17"));
}

#[test]
fn atom_is_read_in_each_of_its_modes() {
    let feed = r#"<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de" xml:base="https://x.example/n/">
        <title type="html">&lt;b&gt;Mühle&lt;/b&gt;</title><author><name>Ina Roth</name></author>
        <entry><title>A</title><id>tag:1</id><link rel="self" href="s"/><link href="a.html"/>
        <published>2021-01-02T00:10:00+01:00</published><updated>2021-02-03T00:00:00Z</updated>
        <category term="x" label="Schiffe"/><summary>Short</summary>
        <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One &amp; a.</p><p>Two.</p></div></content></entry>
        <entry><title type="text">5 &lt; 6</title><content type="html">&lt;p&gt;One.&lt;/p&gt;</content>
        <author><name>Kai Behn</name></author></entry>
        <entry><title mode="base64">QmFzZQ==</title><summary type="image/png">aGVsbG8=</summary></entry></feed>"#;
    let read = articles(&Feed, "feed.xml", feed.as_bytes());
    let [first, second, third] = read.as_slice() else {
        unreachable!("three articles");
    };
    assert_eq!(first.body, "One & a.\n\nTwo.");
    assert_eq!(first.url.as_deref(), Some("https://x.example/n/a.html"));
    assert_eq!(first.published.unwrap().day.to_string(), "2021-01-02");
    assert_eq!(first.section.as_deref(), Some("Schiffe"));
    assert_eq!(first.bylines, ["Ina Roth"]);
    assert_eq!(first.publisher.as_deref(), Some("Mühle"));
    assert_eq!(first.language.as_deref(), Some("de"));
    assert_eq!(second.title, Some(Title::stated("5 < 6")));
    assert_eq!(second.body, "One.");
    assert_eq!(second.bylines, ["Kai Behn"]);
    assert_eq!(third.title, Some(Title::stated("Base")));
    assert_eq!(third.body, "");
}

#[test]
fn rdf_cdf_and_sitemaps_are_read() {
    let rdf = r#"<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
        <channel r:about="https://x.example/"><title>Mill</title><items><r:Seq><r:li r:resource="https://x.example/1"/></r:Seq></items>
        </channel><item r:about="https://x.example/1"><title>A</title></item></r:RDF>"#;
    let article = one(rdf);
    assert_eq!(article.publisher.as_deref(), Some("Mill"));
    let cdf = r#"<CHANNEL HREF="https://x.example/"><TITLE>Mill</TITLE><ITEM HREF="https://x.example/b" LASTMOD="1998-02-03T10:00:00">
        <TITLE>B</TITLE><ABSTRACT>Text.</ABSTRACT></ITEM></CHANNEL>"#;
    let article = one(cdf);
    assert_eq!(article.body, "Text.");
    assert_eq!(article.url.as_deref(), Some("https://x.example/b"));
    assert_eq!(article.published.unwrap().day.to_string(), "1998-02-03");
    let sitemap = r#"<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"
        xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><url><loc>https://x.example/c</loc><n:news><n:publication>
        <n:name>Mill Post</n:name><n:language>en</n:language></n:publication><n:publication_date>2008-12-23</n:publication_date>
        <n:title>C sold</n:title></n:news><image:image><image:title>No</image:title></image:image></url>
        <url><loc>https://x.example/about</loc></url></urlset>"#;
    let article = one(sitemap);
    assert_eq!(article.title, Some(Title::stated("C sold")));
    assert_eq!(article.publisher.as_deref(), Some("Mill Post"));
    assert_eq!(article.url.as_deref(), Some("https://x.example/c"));
    let parts = parse(&Feed, "sitemap.xml", sitemap.as_bytes());
    assert!(matches!(parts[1], Parsed::Skipped(Skip::Concept)));
}

#[test]
fn a_wordpress_export_gives_its_posts_and_skips_its_pictures() {
    let export = "<rss xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:wp=\"http://wordpress.org/export/1.2/\">\
        <channel><title>Mill</title><wp:category><wp:cat_name>X</wp:cat_name></wp:category>\
        <item><title>A</title><description></description><content:encoded><![CDATA[<!-- wp:paragraph -->One.\n\n[caption id=\"1\"]Two[/caption] <b>now</b>.]]>\
        </content:encoded><wp:post_type>post</wp:post_type><wp:comment><wp:comment_content>Nice</wp:comment_content></wp:comment></item>\
        <item><title>B.jpg</title><wp:post_type>attachment</wp:post_type></item></channel></rss>";
    let article = one(export);
    assert_eq!(article.body, "One.\n\nTwo now.");
    let parts = parse(&Feed, "export.xml", export.as_bytes());
    assert!(matches!(parts[1], Parsed::Skipped(Skip::Media)));
}

#[test]
fn posts_of_wordpress_have_their_own_day_and_their_authors_names() {
    let article = one(
        "<rss xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:wp=\"http://wordpress.org/export/1.2/\"><channel>\
         <title>Mill</title><wp:author><wp:author_login><![CDATA[jroe]]></wp:author_login>\
         <wp:author_display_name><![CDATA[Jane Roe]]></wp:author_display_name></wp:author>\
         <item><title>A</title><pubDate>Sat, 03 Mar 2012 23:30:00 +0000</pubDate><dc:creator><![CDATA[jroe]]></dc:creator>\
         <description>One.</description><wp:post_date>2012-03-04 00:30:00</wp:post_date></item></channel></rss>",
    );
    assert_eq!(article.published.unwrap().day.to_string(), "2012-03-04");
    assert_eq!(article.bylines, ["Jane Roe"]);
}

#[test]
fn only_posts_and_pages_of_a_blogger_export_are_articles() {
    let entry = |kind: &str| {
        format!(
            "<entry><title>{kind}</title><category scheme='http://schemas.google.com/g/2005#kind' \
             term='http://schemas.google.com/blogger/2008/kind#{kind}'/><category scheme='http://www.blogger.com/atom/ns#' \
             term='pier'/><content type='html'>&lt;p&gt;One.&lt;/p&gt;</content></entry>"
        )
    };
    let kinds = ["template", "settings", "post", "comment", "page"].map(entry);
    let feed = format!(
        "<feed xmlns='http://www.w3.org/2005/Atom'>{}</feed>",
        kinds.concat()
    );
    assert_eq!(titles(&feed), ["post", "page"]);
    let sections = articles(&Feed, "feed.xml", feed.as_bytes())
        .into_iter()
        .map(|a| a.section);
    assert_eq!(
        sections.collect::<Vec<_>>(),
        vec![Some("pier".to_owned()); 2]
    );
}

#[test]
fn ill_formed_feeds_give_every_item() {
    let feeds = [
        "<rss><channel><item><title>A</title><item><title>B</title></item>",
        "<rss><item><title>A<link>https://x.example/</link></item><item><title>B</title></item></rss",
        "<rss><channel><textinput><title>no</title></textinput><textinput><item><title>A</title></item><item><title><![CDATA[B",
        "<rss><item><title>A</title><x:y>&</item><item title=\"><title>B</title></item></rss>",
    ];
    let read: Vec<_> = feeds.iter().map(|feed| titles(feed)).collect();
    assert_eq!(read, vec![["A", "B"]; feeds.len()]);
}

#[test]
fn a_large_feed_is_cut_and_each_item_knows_the_head() {
    let items: String = (0..3000)
        .map(|n| {
            format!(
                "<item><title>Title {n}</title><description>Text é {n}, {}</description></item>\n",
                "x".repeat(60)
            )
        })
        .collect();
    let feed = format!(
        "<?xml version='1.0' encoding='iso-8859-1'?><rss><channel><title>Mühle</title>{items}</channel></rss>"
    );
    let bytes: Vec<u8> = feed.chars().map(|c| c as u8).collect();
    let read = articles(&Feed, "feed.xml", &bytes);
    assert_eq!(read.len(), 3000);
    assert!(
        read.iter()
            .all(|article| article.publisher.as_deref() == Some("Mühle"))
    );
    assert!(read[2999].body.starts_with("Text é 2999"));
    let wide: Vec<u8> = feed.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(articles(&Feed, "feed.xml", &wide).len(), 3000);
}

#[test]
fn an_item_without_title_and_text_is_rejected_and_an_empty_feed_skipped() {
    let feed = "<rss><channel><item><link>https://x.example/</link></item></channel></rss>";
    assert_eq!(reasons(&Feed, "feed.xml", feed.as_bytes()), ["no text"]);
    let parts = parse(
        &Feed,
        "feed.xml",
        b"<rss><channel><title>Mill</title></channel></rss>",
    );
    assert!(matches!(parts.as_slice(), [Parsed::Skipped(Skip::Empty)]));
}

#[test]
fn the_root_decides_whether_a_file_is_a_feed() {
    let heads = [
        "<?xml version='1.0'?><!-- a --><rss version='2.0'>",
        "<feed xmlns='http://www.w3.org/2005/Atom'>",
        "<rdf:RDF xmlns='http://purl.org/rss/1.0/'>",
        "<channel><title>",
        "<html><rss>",
        "Some text <rss>",
        "<nitf>",
    ];
    let claims = heads.map(|head| Feed.claims(&Hint::named("a.xml"), &Head::new(head.as_bytes())));
    use Claim::{Certain, Likely, No};
    assert_eq!(claims, [Certain, Certain, Certain, Likely, No, No, No]);
}

#[test]
fn deep_and_endless_markup_takes_linear_time() {
    let worst = [
        "<a>".repeat(300_000),
        "<a".repeat(300_000),
        (0..200_000).map(|n| format!("<t{n}>")).collect(),
        "<![CDATA[".repeat(200_000),
        "<item><title>".repeat(100_000),
    ];
    for text in worst {
        let started = std::time::Instant::now();
        articles(
            &Feed,
            "feed.xml",
            format!("<rss><item><title>A</title>{text}").as_bytes(),
        );
        assert!(started.elapsed().as_secs() < 60, "{}", &text[..10]);
    }
}
