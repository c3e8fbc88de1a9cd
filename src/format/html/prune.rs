//! Takes out of a page what is never part of its article, before the article
//! is looked for: scripts, cookie walls, comments, share bars, related
//! stories, letters to subscribe to. What holds a large part of the page's text is kept, whatever its name.

use dom_query::{Document, Element, NodeRef};

use super::names;

/// Elements without text for readers.
const DEAD: &[&str] = &[
    "script", "style", "noscript", "template", "iframe", "svg", "canvas", "object", "embed",
    "audio", "video", "select", "textarea", "button", "dialog", "map", "noframes",
];

/// Words of names of what readers wrote below an article.
const COMMENTS: &[&str] = &[
    "comments",
    "comment-list",
    "commentlist",
    "comment-section",
    "disqus",
    "respond",
    "comment-form",
    "comments-area",
    "kommentare",
    "comentarios",
    "commentaires",
    "talkback",
    "fb-comments",
    "reader-comments",
    "comment-thread",
    "comments-section",
    "commentform",
    "discussion",
];

/// Words of names of other things around an article.
const BESIDE: &[&str] = &[
    // More to read.
    "related",
    "relatedposts",
    "jp-relatedposts",
    "yarpp",
    "recommended",
    "recommendations",
    "recirc",
    "recirculation",
    "outbrain",
    "taboola",
    "plista",
    "more-stories",
    "more-news",
    "most-read",
    "mostread",
    "most-popular",
    "popular",
    "popular-posts",
    "trending",
    "read-more",
    "read-next",
    "readnext",
    "up-next",
    "see-also",
    "also-read",
    "similar",
    "read-also",
    "more-from",
    "morefrom",
    "keep-reading",
    "also-like",
    "teaser-list",
    "teasers",
    "weiterlesen",
    "lire-aussi",
    // Consent and letters.
    "cookie",
    "cookies",
    "consent",
    "gdpr",
    "onetrust",
    "newsletter",
    "newsletters",
    "subscribe",
    "signup",
    "sign-up",
    "mailchimp",
    "mc-embed",
    "login",
    "paywall",
    "regwall",
    "popup",
    "modal",
    "overlay",
    "toast",
    "interstitial",
    // Sharing.
    "share",
    "sharing",
    "social",
    "sharedaddy",
    "addtoany",
    "addthis",
    "shariff",
    "sociable",
    "follow-us",
    "socials",
    "social-media",
    "social-share",
    "share-buttons",
    "sharebar",
    "teilen",
    // Advertising.
    "advert",
    "advertisement",
    "advertising",
    "adsense",
    "sponsored",
    "anzeige",
    "anzeigen",
    "werbung",
    "ad-container",
    "ad-slot",
    "ads",
    "google-ad",
    "publicidad",
    "publicite",
    "pub",
    "dfp",
    // Ways around the site.
    "breadcrumb",
    "breadcrumbs",
    "pagination",
    "pager",
    "post-navigation",
    "nav-links",
    "post-nav",
    "navigation",
    "navbar",
    "sidebar",
    "widget-area",
    "menu",
    "submenu",
    "subnav",
    "skip-link",
    "site-header",
    "site-footer",
    "searchform",
    "search-form",
    "toolbar",
    "topbar",
    "tags",
    "tag-list",
    "taglist",
    "tagcloud",
    "post-tags",
    "entry-tags",
    "article-tags",
    "tag-links",
    "cat-links",
    "entry-footer",
    "post-footer",
    "copyright",
    "imprint",
    "impressum",
    // Who wrote it, at length.
    "author-bio",
    "author-box",
    "authorbox",
    "about-author",
    "about-the-author",
    "author-info",
    "autorenbox",
    "author-card",
    "author-description",
    "bio",
    // For machines and screen readers.
    "screen-reader-text",
    "screen-reader",
    "sr-only",
    "visually-hidden",
    "visuallyhidden",
    "printonly",
    "print-only",
    "rating",
    "ratings",
    "vote",
    "poll",
];

/// Roles of what is no article.
const ROLES: &[&str] = &[
    "navigation",
    "dialog",
    "alertdialog",
    "alert",
    "search",
    "menu",
    "menubar",
    "contentinfo",
    "toolbar",
    "tablist",
];

/// Takes the scripts and their like out; the text of a page can be measured then.
pub fn dead(document: &Document) {
    remove(document, |_, element| DEAD.contains(&&*element.name.local));
    let comments: Vec<NodeRef> = document
        .root()
        .descendants_it()
        .filter(NodeRef::is_comment)
        .collect();
    for comment in comments {
        comment.remove_from_parent();
    }
}

/// Takes out what stands beside the article.
pub fn beside(document: &Document) {
    let Some(body) = document.body() else { return };
    let all = body.normalized_char_count();
    remove(document, |node, element| {
        let Some(most) = share_that_may_go(element) else {
            return false;
        };
        let own = node.normalized_char_count();
        let left = all.saturating_sub(own);
        own * 100 <= all * most && (own < 250 || left >= 250) && !holds_article(node)
    });
}

/// How many hundredths of the page's text an element may hold to be taken out;
/// `None` for one that stays.
fn share_that_may_go(element: &Element) -> Option<usize> {
    let tag = &*element.name.local;
    if matches!(
        tag,
        "html" | "body" | "main" | "article" | "head" | "h1" | "p" | "a" | "title"
    ) {
        return None;
    }
    if matches!(tag, "nav" | "menu") {
        return Some(60);
    }
    if tag == "footer" {
        return Some(40);
    }
    if names::value(element, "role")
        .is_some_and(|role| ROLES.contains(&role.to_ascii_lowercase().as_str()))
    {
        return Some(60);
    }
    let is_hidden = element
        .attr_ref(dom_query::LocalName::from("hidden"))
        .is_some()
        || names::value(element, "style").is_some_and(|style| {
            let style: String = style.split_whitespace().collect();
            style.contains("display:none") || style.contains("visibility:hidden")
        });
    if is_hidden {
        return Some(30);
    }
    let words = names::words(element);
    if names::any(&words, COMMENTS) {
        return Some(90);
    }
    names::any(&words, BESIDE).then_some(25)
}

/// Whether a node holds what only the article itself has.
fn holds_article(node: &NodeRef) -> bool {
    node.descendants_it().any(|inner| {
        inner.element_ref().is_some_and(|element| {
            element.name.local == dom_query::local_name!("h1")
                || names::value(&element, "itemprop").is_some_and(|prop| prop == "articleBody")
        })
    })
}

/// Takes out the outermost nodes that a rule names.
fn remove(document: &Document, mut rule: impl FnMut(&NodeRef, &Element) -> bool) {
    let mut doomed: Vec<NodeRef> = Vec::new();
    let mut open: Vec<NodeRef> = document.root().children_it(true).collect();
    while let Some(node) = open.pop() {
        let goes = node
            .element_ref()
            .is_some_and(|element| rule(&node, &element));
        if goes {
            doomed.push(node);
        } else {
            open.extend(node.children_it(true));
        }
    }
    for node in doomed {
        node.remove_from_parent();
    }
}
