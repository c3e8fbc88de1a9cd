//! What the classes and ids of elements are called, as words: pages speak of
//! `relatedPosts`, `related-posts` and `post__related`, and mean one thing.

use dom_query::{Element, LocalName, NodeRef, local_name};

/// The words of an element's class and id, lower case, each between hyphens:
/// `-related-posts-`. Empty where it has neither.
pub fn words(element: &Element) -> String {
    let class = element.attr_ref(local_name!("class")).unwrap_or_default();
    let id = element.attr_ref(local_name!("id")).unwrap_or_default();
    let mut words = String::with_capacity(class.len() + id.len() + 4);
    for text in [class, id] {
        let mut small = false;
        for c in text.chars().take(600) {
            if c.is_alphanumeric() {
                if c.is_uppercase() && small || words.is_empty() {
                    words.push('-');
                }
                small = c.is_lowercase() || c.is_ascii_digit();
                words.extend(c.to_lowercase());
            } else {
                small = false;
                if !words.ends_with('-') {
                    words.push('-');
                }
            }
        }
        if !words.is_empty() && !words.ends_with('-') {
            words.push('-');
        }
    }
    words
}

/// Whether one of the names stands among the words of [`words`], whole words only.
pub fn any(words: &str, names: &[&str]) -> bool {
    !words.is_empty()
        && names.iter().any(|name| {
            words.match_indices(name).any(|(at, _)| {
                words[..at].ends_with('-') && words[at + name.len()..].starts_with('-')
            })
        })
}

/// A value of an element, by name.
pub fn value<'a>(element: &'a Element, name: &str) -> Option<&'a str> {
    element
        .attr_ref(LocalName::from(name))
        .map(str::trim)
        .filter(|value| !value.is_empty())
}

/// The text of a node on one line.
pub fn line(node: &NodeRef) -> String {
    node.text().split_whitespace().collect::<Vec<_>>().join(" ")
}
