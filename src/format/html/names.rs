//! What the classes and ids of elements are called, as words: pages speak of
//! `relatedPosts`, `related-posts` and `post__related`, and mean one thing.
//! Every name that says something lies in one table here, so that an element's
//! names are looked up once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use dom_query::{Element, NodeRef, local_name};

/// What readers wrote below an article.
pub const COMMENTS: u32 = 1;
/// Other things around an article: more to read, consent, ways around the site.
pub const BESIDE: u32 = 1 << 1;
/// What belongs to an article and is not its text: share bars, tags, who wrote it at length.
pub const AFTER: u32 = 1 << 2;
/// The words below a picture.
pub const CAPTION: u32 = 1 << 3;
/// What tells that an element is the text after all.
pub const NO_CAPTION: u32 = 1 << 4;
/// Around a date of publication.
pub const PUBLISHED: u32 = 1 << 5;
/// Around any date.
pub const DATED: u32 = 1 << 6;
/// Around the date of another thing.
pub const OTHER_DATE: u32 = 1 << 7;
/// Around a byline.
pub const BYLINE: u32 = 1 << 8;
/// Around what tells of an author, not who.
pub const NO_BYLINE: u32 = 1 << 9;
/// Around a headline.
pub const HEADLINE: u32 = 1 << 10;
/// Parts of a page that are about something else.
pub const ELSEWHERE: u32 = 1 << 11;
/// The element that holds the text; see [`text_rank`].
pub const TEXT: u32 = 1 << 12;
/// Advertising, or a part of the text that has some in it.
pub const ADS: u32 = 1 << 13;
/// What asks for payment, or the text behind it.
pub const WALL: u32 = 1 << 14;

/// Names by what they say. A name may say several things.
#[rustfmt::skip]
const NAMES: &[(u32, &[&str])] = &[
    (COMMENTS, &["comments", "comment-list", "commentlist", "comment-section", "disqus", "respond", "comment-form", "comments-area",
        "kommentare", "comentarios", "commentaires", "talkback", "fb-comments", "reader-comments", "comment-thread",
        "comments-section", "commentform", "discussion"]),
    (BESIDE, &["related", "relatedposts", "jp-relatedposts", "yarpp", "recommended", "recommendations", "recirc", "recirculation",
        "outbrain", "taboola", "plista", "more-stories", "more-news", "most-read", "mostread", "most-popular", "popular",
        "popular-posts", "trending", "read-more", "read-next", "readnext", "up-next", "see-also", "also-read", "similar",
        "read-also", "more-from", "morefrom", "keep-reading", "also-like", "teaser-list", "teasers", "weiterlesen", "lire-aussi"]),
    (BESIDE, &["cookie", "cookies", "consent", "gdpr", "onetrust", "newsletter", "newsletters", "subscribe", "signup", "sign-up",
        "mailchimp", "mc-embed", "login", "popup", "modal", "overlay", "toast", "interstitial"]),
    (WALL, &["paywall", "regwall"]),
    (ADS, &["advert", "advertisement", "advertising", "adsense", "sponsored", "anzeige", "anzeigen", "werbung", "ad-container",
        "ad-slot", "ads", "google-ad", "publicidad", "publicite", "pub", "dfp"]),
    (BESIDE, &["breadcrumb", "breadcrumbs", "pagination", "pager", "post-navigation", "nav-links", "post-nav", "navigation",
        "navbar", "sidebar", "widget-area", "menu", "submenu", "subnav", "skip-link", "site-header", "site-footer", "searchform",
        "search-form", "toolbar", "topbar", "screen-reader-text", "screen-reader", "sr-only", "visually-hidden", "visuallyhidden",
        "printonly", "print-only", "rating", "ratings", "vote", "poll"]),
    (AFTER, &["share", "sharing", "social", "sharedaddy", "addtoany", "addthis", "shariff", "sociable", "follow-us", "socials",
        "social-media", "social-share", "share-buttons", "sharebar", "teilen", "tags", "tag-list", "taglist", "tagcloud",
        "post-tags", "entry-tags", "article-tags", "tag-links", "cat-links", "entry-footer", "post-footer", "copyright", "imprint",
        "impressum", "author-bio", "author-box", "authorbox", "about-author", "about-the-author", "author-info", "autorenbox",
        "author-card", "author-description", "bio"]),
    (CAPTION, &["caption", "wp-caption-text", "image-caption", "photo-credit", "image-credit", "credit", "credits",
        "bildunterschrift", "copyright", "picture-credit", "media-caption", "caption-text", "image-copyright"]),
    (NO_CAPTION, &["wp-caption", "article", "content"]),
    (PUBLISHED, &["published", "publish", "pubdate", "pub-date", "post-date", "postdate", "entry-date", "article-date", "story-date",
        "dateline", "datetime", "publication-date", "date-published", "created", "posted", "posted-on", "entry-meta", "release-date"]),
    (DATED, &["date", "datum", "fecha", "time", "timestamp", "meta", "infos", "byline"]),
    (OTHER_DATE, &["updated", "modified", "update", "comment", "comments", "related", "event", "current", "today", "copyright",
        "sidebar", "widget", "teaser", "footer", "expires"]),
    (BYLINE, &["byline", "by-line", "author", "authors", "author-name", "authorname", "writer", "autor", "auteur", "auteurs", "autore",
        "contributor", "reporter", "journalist", "bylines", "article-author", "post-author", "creator"]),
    (NO_BYLINE, &["bio", "box", "description", "about", "comment", "comments", "image", "img", "avatar", "photo", "social", "links",
        "related", "more", "twitter", "footer", "sidebar", "follow"]),
    (HEADLINE, &["headline", "entry-title", "article-title", "post-title", "story-title", "articletitle", "titel"]),
    (ELSEWHERE, &["related", "comment", "comments", "sidebar", "recommended", "teaser", "teasers", "most-read"]),
    (TEXT, TEXTS),
];

/// Worst rank of an element that is named as the text of an article and not
/// merely as content.
pub const NAMED_AS_TEXT: usize = 20;

/// Names of the element that holds an article's text, best first.
#[rustfmt::skip]
const TEXTS: &[&str] = &[
    "article-body", "articlebody", "article-text", "article-content", "articletext", "story-body", "storybody", "story-content",
    "entry-content", "entrycontent", "post-content", "postcontent", "post-body", "post-entry", "content-body", "body-content",
    "article-main", "news-content", "field-name-body", "td-post-content", "text-content", "main-content", "maincontent",
    "artikel", "article", "entry", "post", "story", "content", "inhalt", "text",
];

static TABLE: LazyLock<HashMap<&'static str, u32>> = LazyLock::new(|| {
    let mut table = HashMap::new();
    for (meaning, names) in NAMES {
        for name in *names {
            *table.entry(*name).or_default() |= meaning;
        }
    }
    table
});

/// Most words of one name in the table.
const MOST_WORDS: usize = 3;

/// Longest class or id that is looked at, in characters.
const MOST_CHARS: usize = 400;

/// The words of an element's class and id and where each starts.
fn words(element: &Element) -> (String, Vec<(usize, usize)>) {
    let class = element.attr_ref(local_name!("class")).unwrap_or_default();
    let id = element.attr_ref(local_name!("id")).unwrap_or_default();
    let mut words = String::with_capacity(class.len() + id.len() + 4);
    let mut places = Vec::new();
    for text in [class, id] {
        let mut start = None;
        let mut small = false;
        for c in text.chars().take(MOST_CHARS) {
            let ends = !c.is_alphanumeric() || c.is_uppercase() && small;
            if ends && let Some(from) = start.take() {
                places.push((from, words.len()));
                words.push('-');
            }
            if c.is_alphanumeric() {
                start.get_or_insert(words.len());
                words.extend(c.to_lowercase());
            }
            small = c.is_lowercase() || c.is_ascii_digit();
        }
        if let Some(from) = start {
            places.push((from, words.len()));
            words.push('-');
        }
    }
    (words, places)
}

/// Most names whose meaning is remembered: a page has a few hundred.
const MOST_KNOWN: usize = 4096;

thread_local! {
    /// Meanings by class and id, and room for the two of one element: pages
    /// repeat their names, and each element is asked several times.
    static KNOWN: RefCell<(HashMap<String, u32>, String)> = RefCell::default();
}

/// What an element's class and id say, as a sum of the meanings above.
pub fn meaning(element: &Element) -> u32 {
    let has_name = element.attrs.iter().any(|attr| {
        attr.name.local == local_name!("class") || attr.name.local == local_name!("id")
    });
    if !has_name {
        return 0;
    }
    KNOWN.with_borrow_mut(|(known, names)| {
        names.clear();
        names.push_str(element.attr_ref(local_name!("class")).unwrap_or_default());
        names.push('\0');
        names.push_str(element.attr_ref(local_name!("id")).unwrap_or_default());
        if let Some(meaning) = known.get(names.as_str()) {
            return *meaning;
        }
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        let meaning = read_meaning(element);
        known.insert(names.clone(), meaning);
        meaning
    })
}

fn read_meaning(element: &Element) -> u32 {
    let (words, places) = words(element);
    let mut meaning = 0;
    for at in 0..places.len() {
        for last in at..places.len().min(at + MOST_WORDS) {
            let name = &words[places[at].0..places[last].1];
            meaning |= TABLE.get(name).copied().unwrap_or(0);
        }
    }
    meaning
}

/// How well the names of an element fit the one that holds the text: 1 is best.
pub fn text_rank(element: &Element) -> Option<usize> {
    let words = format!("-{}", words(element).0);
    TEXTS
        .iter()
        .position(|name| words.contains(&format!("-{name}-")))
        .map(|at| at + 1)
}

/// A value of an element, by name.
pub fn value<'a>(element: &'a Element, name: &str) -> Option<&'a str> {
    // To intern the name would cost more than to compare a few.
    element
        .attrs
        .iter()
        .find(|attr| &*attr.name.local == name)
        .map(|attr| attr.value.trim())
        .filter(|value| !value.is_empty())
}

/// The text of a node on one line.
pub fn line(node: &NodeRef) -> String {
    node.text().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use dom_query::Document;

    #[test]
    fn names_are_read_however_they_are_joined() {
        let said = |class: &str| {
            let document = Document::from(format!("<div class='{class}'></div>"));
            let node = document.select("div").nodes()[0];
            node.element_ref()
                .map(|element| meaning(&element))
                .unwrap_or_default()
        };
        for class in [
            "most-read",
            "mostRead",
            "box most_read-list",
            "x--most-read",
        ] {
            assert_ne!(said(class) & BESIDE, 0, "{class}");
        }
        assert_eq!(said("mostly-readable unrelated"), 0);
        assert_ne!(said("entry-content") & TEXT, 0);
    }
}
