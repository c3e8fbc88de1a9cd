//! Whole pages, read as articles.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::article::Provenance;
use crate::format::tests::{articles, reasons};

fn one(page: &str) -> Article {
    articles(&Html, "a.html", page.as_bytes())
        .pop()
        .unwrap_or_default()
}

fn title(article: &Article) -> &str {
    article
        .title
        .as_ref()
        .map_or("", |title| title.text.as_str())
}

const STORY: &str = "<p>The harbour was closed on Monday after a crane fell across the only channel, the port said.</p>\
    <p>Nobody was hurt, but eleven ships wait outside, and the pilots do not expect to move them before Thursday.</p>\
    <p>The crane, built in 1961, was to be scrapped next spring; the port had sold it to a yard in the south.</p>";

const TEXT: &str = "The harbour was closed on Monday after a crane fell across the only channel, the port said.\n\n\
    Nobody was hurt, but eleven ships wait outside, and the pilots do not expect to move them before Thursday.\n\n\
    The crane, built in 1961, was to be scrapped next spring; the port had sold it to a yard in the south.";

#[test]
fn pages_that_single_file_saved_know_their_address() {
    let page = format!(
        "<!DOCTYPE html> <html lang=en><!--\n Page saved with SingleFile \n url: https://herald.example/2012/03/04/crane \n \
         saved date: Tue Nov 14 2023 06:30:00 GMT+0100\n--><title>Crane falls</title>{STORY}"
    );
    let article = one(&page);
    assert_eq!(
        article.url.as_deref(),
        Some("https://herald.example/2012/03/04/crane")
    );
    assert_eq!(article.published.unwrap().day.to_string(), "2012-03-04");
}

#[test]
fn text_behind_an_element_of_xhtml_that_stands_empty_is_kept() {
    for empty in [
        "<iframe src='x'/>",
        "<script src='x'/>",
        "<style/>",
        "<noscript/>",
        "<textarea name='x'/>",
        "<object data='x'/>",
        "<video src='x'/>",
    ] {
        let page = format!("<html><body><h1>Crane closes harbour</h1>{empty}{STORY}");
        assert_eq!(one(&page).body, TEXT, "{empty}");
    }
    let page = format!("<html><head><title/></head><body><h1>Crane closes harbour</h1>{STORY}");
    assert_eq!(one(&page).body, TEXT);
}

#[test]
fn a_lead_above_the_text_that_the_head_describes_is_kept() {
    let lead = "Eleven ships wait outside a harbour that one old crane has closed.";
    let page = format!(
        "<html><head><meta name=description content='{lead}'></head><body>\
        <header class=entry-header><h1>Crane closes harbour</h1><div class=entry-excerpt><p>{lead}</p></div>\
        <p>By Jane Roe</p></header><div class=entry-content>{STORY}</div>"
    );
    assert_eq!(one(&page).body, format!("{lead}\n\n{TEXT}"));
}

#[test]
fn text_behind_a_wall_or_in_a_part_with_advertising_is_kept() {
    let parts: String = STORY
        .split_inclusive("</p>")
        .map(|part| {
            format!("<section class='report__section report__section--ads'>{part}</section>")
        })
        .collect();
    for inner in [
        format!("<div class='entry-content paywall-container'>{STORY}</div>"),
        parts,
    ] {
        let page = format!("<html><body><article><h1>Crane closes harbour</h1>{inner}</article>");
        assert_eq!(one(&page).body, TEXT, "{inner}");
    }
}

#[test]
fn what_a_page_goes_on_with_below_its_text_is_left_out() {
    for tail in [
        "<h3>More from Harbour News</h3><p>Another harbour is closed as well, and nobody knows for how long.</p>",
        "<p>Photo: Jane Roe</p>",
        "<p>Jane Roe/Getty Images</p>",
        "<h4>About the author</h4><p>Jane Roe has written of harbours and of ships since 1999.</p>",
    ] {
        let page = format!(
            "<html><body><article><h1>Crane closes harbour</h1>{STORY}<p>{}</p>{tail}</article>",
            TEXT.replace("\n\n", " ")
        );
        let whole = format!("{TEXT}\n\n{}", TEXT.replace("\n\n", " "));
        assert_eq!(one(&page).body, whole, "{tail}");
    }
}

#[test]
fn json_ld_comes_before_open_graph_and_that_before_print() {
    let ld = "<script type='application/ld+json'>{\"@type\": \"NewsArticle\", \"headline\": \"Crane closes harbour\", \
        \"datePublished\": \"2021-03-01\", \"author\": {\"name\": \"Jane Roe\"}, \"publisher\": {\"name\": \"Harbour News\"}}</script>";
    let og = "<meta property='og:title' content='Harbour shut by crane | Quayside'><meta property='og:site_name' content='Quayside'>\
        <meta property='article:published_time' content='2021-03-02T08:00:00Z'><meta name=author content='Ali Khan'>";
    let print = "<h1>A crane falls</h1><p class=byline>By Ann Other</p><time datetime='2021-03-03'>3 March</time>";
    let told = |page: String| {
        let article = one(&page);
        let day = article
            .published
            .map(|p| p.day.to_string())
            .unwrap_or_default();
        (
            title(&article).to_owned(),
            day,
            article.bylines.join(", "),
            article.publisher.unwrap_or_default(),
        )
    };
    let owned = |a: &str, b: &str, c: &str, d: &str| {
        (a.to_owned(), b.to_owned(), c.to_owned(), d.to_owned())
    };
    assert_eq!(
        told(format!("<html><head>{ld}{og}</head><body>{print}{STORY}")),
        owned(
            "Crane closes harbour",
            "2021-03-01",
            "Jane Roe",
            "Harbour News"
        )
    );
    assert_eq!(
        told(format!("<html><head>{og}</head><body>{print}{STORY}")),
        owned(
            "Harbour shut by crane",
            "2021-03-02",
            "Ali Khan",
            "Quayside"
        )
    );
    assert_eq!(
        told(format!("<html><head></head><body>{print}{STORY}")),
        owned("A crane falls", "2021-03-03", "Ann Other", "")
    );
}

#[test]
fn what_stands_around_the_story_is_left_out() {
    let page = format!(
        "<html><body><div class='cookie-consent'><p>We and our partners store cookies on your device to show you things.</p></div>\
        <nav><ul><li><a href=/>Home</a><li><a href=/s>Sport</a></ul></nav><article><h1>Crane closes harbour</h1>\
        <div class='share-bar'><a href=f>Facebook</a> <a href=t>Twitter</a></div>{STORY}\
        <figure><img src=a.jpg><figcaption>The crane on Monday. Photo: A. Nobody</figcaption></figure>\
        <div class=relatedPosts><h2>Related</h2><ul><li><a href=x>Ferry sinks</a></ul></div></article>\
        <section id=comments><h2>2 comments</h2><p>I always said that this crane would come down one day, and nobody listened.</p></section>\
        <script>var text = 'never seen';</script><footer>© Harbour News</footer></body></html>"
    );
    assert_eq!(one(&page).body, TEXT);
}

#[test]
fn a_page_of_one_line_is_an_article_and_an_empty_one_is_none() {
    assert_eq!(
        one("<html><body>Prices rose.</body></html>").body,
        "Prices rose."
    );
    let empty = [
        "<html><head><title>Nothing</title></head><body><script>a()</script></body></html>",
        "<html><frameset cols='1,2'><frame src=a><frame src=b></frameset></html>",
        "<!doctype html>",
    ];
    for page in empty {
        assert_eq!(
            reasons(&Html, "a.html", page.as_bytes()),
            ["no text"],
            "{page}"
        );
    }
}

#[test]
fn the_house_above_a_story_is_left_out_and_one_small_word_is_kept() {
    let story = "The crane that stood by the harbour fell over on Monday, the police said.";
    let page = format!(
        "<article><h1>A crane falls</h1><p class=byline>By Jane Doe, CNN</p><p>CNN —</p><p>{story}</p></article>"
    );
    let article = one(&page);
    assert_eq!(article.bylines, ["Jane Doe"]);
    assert_eq!(article.body, story);
    assert_eq!(one("<html><body>toto</body></html>").body, "toto");
}

#[test]
fn text_between_line_breaks_is_kept() {
    let page = "<html><body><font size=2>The first line of an old page.<br><br>The second paragraph of it, \
        which goes on.<br>A line of its own.</font></body></html>";
    assert_eq!(
        one(page).body,
        "The first line of an old page.\n\nThe second paragraph of it, which goes on.\nA line of its own."
    );
}

#[test]
fn the_day_comes_from_the_address_where_nothing_states_it() {
    let page = format!(
        "<html><head><link rel=canonical href='https://news.example/2021/03/04/crane'></head><body>{STORY}"
    );
    let published = one(&page).published.unwrap();
    assert_eq!(
        (published.day.to_string().as_str(), published.provenance),
        ("2021-03-04", Provenance::Url)
    );
}

#[test]
fn the_body_stated_in_json_ld_stands_in_for_a_page_without_text() {
    let page = "<html><head><script type='application/ld+json'>{\"@type\": \"NewsArticle\", \"headline\": \"Crane closes harbour\", \
        \"articleBody\": \"The harbour was closed on Monday.\\n\\nNobody was hurt.\"}</script></head><body><div id=root></div></body></html>";
    assert_eq!(
        one(page).body,
        "The harbour was closed on Monday.\n\nNobody was hurt."
    );
}

#[test]
fn pages_are_known_by_their_first_tag() {
    let claim =
        |name: &str, text: &str| Html.claims(&Hint::named(name), &Head::new(text.as_bytes()));
    assert_eq!(
        claim("a", "\u{FEFF} <!-- saved --> <!DOCTYPE html><p>"),
        Claim::Certain
    );
    assert_eq!(
        claim("a.xml", "<?xml version='1.0'?>\n<html xmlns='x'>"),
        Claim::Certain
    );
    assert_eq!(claim("a.xml", "<?xml version='1.0'?><rss>"), Claim::No);
    assert_eq!(claim("a.html", "<p>text"), Claim::Likely);
    assert_eq!(claim("a.txt", "text about <html>"), Claim::No);
    assert_eq!(
        Html.claims(&Hint::named("a.html"), &Head::new(b"\x89PNG\r\n")),
        Claim::No
    );
}

#[test]
fn the_worst_pages_end_in_time() {
    let worst = [
        "<div>".repeat(40_000),
        "<div><p>a".repeat(40_000),
        "<b><i>".repeat(20_000),
        "<b><i>a</b></i>".repeat(20_000),
        "<b><p><i>a".repeat(20_000),
        "<table><b>a".repeat(20_000),
        "<table><tr><td>".repeat(20_000),
        "<a href=x>a<p>".repeat(20_000),
        "<p>a</p>".repeat(60_000),
        "<br>".repeat(100_000),
        "<br>a".repeat(100_000),
        "<font color=red>a<p>".repeat(20_000),
        "<select><option>a".repeat(40_000),
        "<svg><g>".repeat(20_000),
        "<ul><li>a".repeat(20_000),
        format!("<p {}>", "a='b' ".repeat(100_000)),
        format!("<h1>{}", "a ".repeat(300_000)),
        format!("<title>{}</title>", "a - ".repeat(100_000)),
        "<meta name=date content=x>".repeat(60_000),
        "<time>1 May 2020 a</time>".repeat(30_000),
        "<span class='related comment share'>a</span>".repeat(40_000),
        "<div class=article>aaa aaaa.<p>".repeat(500),
        format!(
            "{}{}",
            "<div class=article>".repeat(200),
            "<p>the words of a paragraph</p>".repeat(20_000)
        ),
        "<script type='application/ld+json'>{\"@type\": \"Article\", \"headline\":</script>"
            .repeat(10_000),
        format!(
            "<script type='application/ld+json'>{}</script>",
            "[".repeat(200_000)
        ),
        format!(
            "<script type='application/ld+json'>{}</script>",
            "{\"@graph\":".repeat(20_000)
        ),
    ];
    for page in worst {
        let started = Instant::now();
        let _ = read(&page, &Hint::named("a.html"), None);
        let took = started.elapsed();
        // Generous: tests run unoptimised, several at a time.
        assert!(took < Duration::from_secs(30), "{took:?}: {}", &page[..30]);
    }
}

fn soup() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "<div>",
        "</div>",
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        "<i>",
        "</i>",
        "<a href='x'>",
        "</a>",
        "<table>",
        "<tr>",
        "<td>",
        "</table>",
        "<ul>",
        "<li>",
        "<h1>",
        "</h1>",
        "<br>",
        "<br>",
        "<article class='post-content'>",
        "<time datetime='2020-01-02'>",
        "<script>",
        "</script>",
        "<script type='application/ld+json'>{\"@type\":\"Article\",\"headline\":\"A b c\"}</script>",
        "<style>",
        "<!--",
        "-->",
        "<meta name=author content='Jane Roe'>",
        "<title>A - B | C",
        "</title>",
        "<form>",
        "<select>",
        "<svg>",
        "<math>",
        "<template>",
        "<body class=comments>",
        "<html lang=en-US>",
        "<frameset>",
        "&amp;",
        "&#0;",
        "&nbsp",
        "\0",
        "<p class='byline'>By Jane Roe",
        "words of a sentence, and more of them. ",
        "été ",
        "日本語。",
        "<",
        ">",
        "\"",
        "'",
        "=",
    ]);
    prop::collection::vec(pieces, 0..120).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_soup_of_tags_ends_and_holds_no_script(soup in soup()) {
        let started = Instant::now();
        let page = format!("{soup}<script>secret_of_a_script()</script>");
        let article = read(&page, &Hint::named("a.html"), None);
        prop_assert!(started.elapsed() < Duration::from_secs(30));
        let body = article.map(|article| article.body).unwrap_or_default();
        // Behind an unclosed comment or title, or within a tag that nothing has
        // closed (`<words of … <script>`), a script is none.
        let is_script = !["<!--", "<title>", "<style>", "<script>", "<select>", "<svg>", "<math>", "<template>", "<words"]
            .iter()
            .any(|tag| soup.contains(tag));
        prop_assert!(!is_script || !body.contains("secret_of_a_script"), "{}", body);
    }

    #[test]
    fn any_text_at_all_can_be_read(text in ".{0,400}") {
        let _ = read(&text, &Hint::named("a.html"), None);
        let _ = markup::to_text(&text);
    }
}
