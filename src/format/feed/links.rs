//! Addresses of items, which feeds may give relative to another.

use crate::format::fields;

/// A link as an address that stands alone. A base of the item may itself be
/// relative to that of the feed.
pub fn absolute(link: &str, own: Option<&str>, base: Option<&str>) -> Option<String> {
    let link = link.trim();
    fields::address(link).or_else(|| {
        let base = own
            .and_then(fields::address)
            .or_else(|| base.and_then(fields::address))?;
        join(&base, link)
    })
}

/// Joins an address and one relative to it; `.` and `..` are left as they are.
fn join(base: &str, link: &str) -> Option<String> {
    if link.is_empty() || link.contains(char::is_whitespace) || link.starts_with('#') {
        return None;
    }
    // `tag:…`, `urn:…`, `mailto:…` are no relative links.
    if link
        .split(['/', '?'])
        .next()
        .is_some_and(|part| part.contains(':'))
    {
        return None;
    }
    let (scheme, rest) = base.split_once("://")?;
    if let Some(host) = link.strip_prefix("//") {
        return Some(format!("{scheme}://{host}"));
    }
    let host = rest.split(['/', '?', '#']).next()?;
    if link.starts_with('/') {
        return Some(format!("{scheme}://{host}{link}"));
    }
    let path = rest[host.len()..].split(['?', '#']).next()?;
    let folder = path.rfind('/').map_or("/", |at| &path[..=at]);
    Some(format!("{scheme}://{host}{folder}{link}"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn relative_links_are_joined() {
        let join = |link| super::join("https://x.example/news/feed.xml?a=1", link);
        assert_eq!(join("/a"), Some("https://x.example/a".to_owned()));
        assert_eq!(join("a/b"), Some("https://x.example/news/a/b".to_owned()));
        assert_eq!(
            join("//y.example/a"),
            Some("https://y.example/a".to_owned())
        );
        assert_eq!(join("tag:x,2020:a"), None);
    }
}
