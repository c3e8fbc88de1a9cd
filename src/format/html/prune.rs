//! Takes out of a page what is never part of its article, before the article
//! is looked for: scripts, cookie walls, comments, share bars, related
//! stories, letters to subscribe to. What holds a large part of the page's
//! text is kept, whatever its name.

use dom_query::{Document, Element, NodeRef};

use super::names::{self, NAMED_AS_TEXT};

/// Elements without text for readers.
pub const DEAD: &[&str] = &[
    "script", "style", "noscript", "template", "iframe", "svg", "canvas", "object", "embed",
    "audio", "video", "select", "textarea", "button", "dialog", "map", "noframes",
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

/// Takes out what has no text, and what stands beside the article.
pub fn before(document: &Document) {
    dead(document);
    beside(document);
}

/// Takes the scripts and their like out; the text of a page can be measured then.
fn dead(document: &Document) {
    remove(document, |node, element| match element {
        Some(element) => DEAD.contains(&&*element.name.local),
        None => node.is_comment(),
    });
}

/// Takes out what stands beside the article.
fn beside(document: &Document) {
    take_out(document, |element| {
        let tag = &*element.name.local;
        if matches!(tag, "nav" | "menu") {
            return Some(60);
        }
        let role = names::value(element, "role").map(str::to_ascii_lowercase);
        if role.is_some_and(|role| ROLES.contains(&role.as_str())) {
            return Some(60);
        }
        if is_hidden(element) {
            return Some(30);
        }
        let meaning = names::meaning(element);
        if meaning & names::COMMENTS != 0 {
            return Some(90);
        }
        if meaning & names::BESIDE != 0 {
            return Some(25);
        }
        if meaning & names::WALL != 0 {
            let is_text = names::text_rank(element).is_some_and(|rank| rank <= NAMED_AS_TEXT);
            return (!is_text).then_some(25);
        }
        (meaning & names::ADS != 0).then_some(5)
    });
}

/// Takes out what belongs to the article and is not its text.
pub fn after(document: &Document) {
    take_out(document, |element| {
        if &*element.name.local == "footer" {
            return Some(40);
        }
        (names::meaning(element) & names::AFTER != 0).then_some(25)
    });
}

/// Takes out elements by how many hundredths of the page's text they may hold
/// for it; `None` for those that stay.
fn take_out(document: &Document, share: impl Fn(&Element) -> Option<usize>) {
    let Some(body) = document.body() else { return };
    let all = body.normalized_char_count();
    remove(document, |node, element| {
        let Some(element) = element else { return false };
        let tag = &*element.name.local;
        if matches!(
            tag,
            "html"
                | "body"
                | "main"
                | "article"
                | "head"
                | "h1"
                | "p"
                | "a"
                | "title"
                | "meta"
                | "link"
        ) {
            return false;
        }
        let Some(most) = share(element) else {
            return false;
        };
        let own = node.normalized_char_count();
        let left = all.saturating_sub(own);
        own * 100 <= all * most && (own < 250 || left >= 250) && !holds_article(node)
    });
}

fn is_hidden(element: &Element) -> bool {
    let style = |style: &str| {
        let style: String = style
            .chars()
            .filter(|c| !c.is_whitespace())
            .take(400)
            .collect();
        style.contains("display:none") || style.contains("visibility:hidden")
    };
    element.has_attr("hidden") || names::value(element, "style").is_some_and(style)
}

/// Whether a node holds what only the article itself has.
fn holds_article(node: &NodeRef) -> bool {
    node.descendants_it().any(|inner| {
        inner.element_ref().is_some_and(|element| {
            &*element.name.local == "h1"
                || names::value(&element, "itemprop").is_some_and(|prop| prop == "articleBody")
        })
    })
}

/// Takes out the outermost nodes that a rule names.
fn remove(document: &Document, mut rule: impl FnMut(&NodeRef, Option<&Element>) -> bool) {
    let mut doomed: Vec<NodeRef> = Vec::new();
    let mut open: Vec<NodeRef> = document.root().children_it(true).collect();
    while let Some(node) = open.pop() {
        let goes = {
            let element = node.element_ref();
            rule(&node, element.as_deref())
        };
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
