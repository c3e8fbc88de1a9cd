//! Which vocabulary an element of a feed belongs to. Prefixes mean what the
//! feed declares, and where it declares nothing what they mean by custom.

use super::scan::Tag;

/// A vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// RSS of any version, Atom, CDF, sitemaps.
    Core,
    /// RSS 1.0's module for whole texts.
    Content,
    /// Dublin Core, both of its spaces.
    Dublin,
    /// Media RSS.
    Media,
    /// Podcasts.
    Podcast,
    /// News sitemaps.
    News,
    /// WordPress exports.
    WordPress,
    /// WordPress excerpts.
    Excerpt,
    /// XHTML inside an item.
    Xhtml,
    /// `xml:lang` and its like.
    Xml,
    /// Anything else.
    Other,
}

/// Prefixes and their vocabularies.
pub struct Names {
    declared: Vec<(String, Space)>,
}

/// Prefixes by custom.
const CUSTOMARY: &[(&str, Space)] = &[
    ("", Space::Core),
    ("rss", Space::Core),
    ("atom", Space::Core),
    ("atom10", Space::Core),
    ("a10", Space::Core),
    ("content", Space::Content),
    ("dc", Space::Dublin),
    ("dcterms", Space::Dublin),
    ("dct", Space::Dublin),
    ("media", Space::Media),
    ("itunes", Space::Podcast),
    ("news", Space::News),
    ("wp", Space::WordPress),
    ("excerpt", Space::Excerpt),
    ("xhtml", Space::Xhtml),
    ("xml", Space::Xml),
];

/// Prefixes a feed may declare.
const MAX_PREFIXES: usize = 256;

impl Names {
    /// The customary prefixes.
    pub fn new() -> Self {
        Self {
            declared: Vec::new(),
        }
    }

    /// Notes what a tag declares.
    pub fn note(&mut self, tag: &Tag<'_>) {
        if !tag.attributes.contains("xmlns:") {
            return;
        }
        for (name, uri) in tag.attributes() {
            let Some(prefix) = name.strip_prefix("xmlns:") else {
                continue;
            };
            let space = space_of(&uri);
            let known = self.declared.iter().position(|(known, _)| known == prefix);
            match known {
                Some(at) => self.declared[at].1 = space,
                None if self.declared.len() < MAX_PREFIXES => {
                    self.declared.push((prefix.to_owned(), space));
                }
                None => {}
            }
        }
    }

    /// The vocabulary and the local name, in lower case, of a name.
    pub fn resolve(&self, name: &str) -> (Space, String) {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let declared = self.declared.iter().find(|(known, _)| known == prefix);
        let space = declared.map(|(_, space)| *space).or_else(|| {
            let lower = prefix.to_ascii_lowercase();
            let known = CUSTOMARY.iter().find(|(known, _)| *known == lower);
            known.map(|(_, space)| *space)
        });
        (space.unwrap_or(Space::Other), local.to_ascii_lowercase())
    }

    /// Whether the feed declares WordPress's vocabulary.
    pub fn is_wordpress(&self) -> bool {
        self.declared
            .iter()
            .any(|(_, space)| *space == Space::WordPress)
    }
}

fn space_of(uri: &str) -> Space {
    let uri = uri.trim().to_ascii_lowercase();
    let is = |part: &str| uri.contains(part);
    match () {
        () if is("rss/1.0/modules/content") => Space::Content,
        () if is("purl.org/dc/") => Space::Dublin,
        () if is("yahoo.com/mrss") || is("video.search.yahoo") => Space::Media,
        () if is("itunes") => Space::Podcast,
        () if is("sitemap-news") => Space::News,
        () if is("wordpress.org/export") && is("excerpt") => Space::Excerpt,
        () if is("wordpress.org/export") => Space::WordPress,
        () if is("1999/xhtml") => Space::Xhtml,
        () if is("/2005/atom") || is("purl.org/atom") => Space::Core,
        () if is("rss/1.0/modules") => Space::Other,
        () if is("purl.org/rss/1") || is("purl.org/net/rss1") || is("netscape.com/rdf") => {
            Space::Core
        }
        () if is("userland.com") || is("harvard.edu/tech/rss") => Space::Core,
        () if is("sitemaps.org/schemas/sitemap") || is("google.com/schemas/sitemap/") => {
            Space::Core
        }
        () => Space::Other,
    }
}

/// Name without its prefix, in lower case.
pub fn local(name: &str) -> String {
    let name = name.rsplit_once(':').map_or(name, |(_, local)| local);
    name.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::super::scan::{Scan, Token};
    use super::*;

    #[test]
    fn a_prefix_means_what_the_feed_declares() {
        let mut names = Names::new();
        let Some(Token::Start(tag)) = Scan::new(
            "<x xmlns:dc='http://www.w3.org/2005/Atom' xmlns:q='http://purl.org/dc/terms/'>",
        )
        .next() else {
            unreachable!("a tag");
        };
        names.note(&tag);
        assert_eq!(names.resolve("dc:Title"), (Space::Core, "title".to_owned()));
        assert_eq!(names.resolve("q:date"), (Space::Dublin, "date".to_owned()));
        assert_eq!(names.resolve("media:title").0, Space::Media);
        assert_eq!(names.resolve("z:title").0, Space::Other);
    }
}
