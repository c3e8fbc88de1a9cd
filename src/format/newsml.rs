//! Reads NewsML 1.0 to 1.2, the IPTC's wrapper around stories and their
//! pictures. A news item is a tree of components: an article is the innermost
//! component that has both a headline of its own and text, so that language
//! versions and the parts of a package become articles of their own. Pictures
//! and their captions, style sheets and topic lists are no articles. Layout:
//! NewsML 1.2 Functional Specification of the IPTC.

use crate::article::{Article, EntityKind};
use crate::error::{Reason, Skip};
use crate::record::{Hint, Record};
use crate::text::xml::Element;

use super::agency::{self, set_title};
use super::{Claim, Format, Head, Options, Parsed, credits, fields, nitf};

/// The reader of NewsML 1.
pub struct NewsMl;

impl Format for NewsMl {
    fn name(&self) -> &'static str {
        "newsml"
    }

    fn claims(&self, _hint: &Hint, head: &Head<'_>) -> Claim {
        match head.root() {
            Some(root) if root.is("NewsML") => Claim::Certain,
            Some(root) if root.is("NewsItem") => Claim::Likely,
            _ => Claim::No,
        }
    }

    fn parse(
        &self,
        record: &Record,
        options: &Options,
        emit: &mut dyn FnMut(Parsed),
    ) -> Result<(), Reason> {
        agency::read_xml(record, options, emit, &|document, found| {
            for root in &document.roots {
                let items: Vec<&Element> = if root.is("NewsItem") {
                    vec![root]
                } else {
                    root.descendants()
                        .filter(|inner| inner.is("NewsItem"))
                        .collect()
                };
                for item in &items {
                    read_item(item, root.child("NewsEnvelope"), found);
                }
                if items.is_empty() && root.find("TopicSet").is_some() {
                    found.push(Parsed::Skipped(Skip::Concept));
                }
            }
        })
    }
}

/// Finds the articles of an item; one skip where there are none.
fn read_item(item: &Element, envelope: Option<&Element>, found: &mut Vec<Parsed>) {
    let before = found.len();
    let mut shared = Article::default();
    describe_item(&mut shared, item, envelope);
    let mut walk = Walk {
        found,
        item,
        saw_media: false,
    };
    for component in item.all("NewsComponent") {
        walk.component(component, &shared);
    }
    let saw_media = walk.saw_media;
    if found.len() > before {
        return;
    }
    let news_type = item
        .at("NewsManagement/NewsItemType")
        .and_then(formal_name)
        .unwrap_or_default();
    let skip = agency::skipped_kind(news_type).or(saw_media.then_some(Skip::Media));
    let lines = item.find("NewsLines");
    let headline = lines
        .and_then(|lines| lines.child("HeadLine"))
        .map(Element::line);
    if let Some(skip) = skip {
        found.push(Parsed::Skipped(skip));
    } else if item.find("TopicSet").is_some()
        || item.find("Catalog").is_some() && headline.is_none()
    {
        found.push(Parsed::Skipped(Skip::Concept));
    } else if item.find("NewsItemRef").is_some() && item.find("DataContent").is_none() {
        // A package that names its stories and holds none.
        found.push(Parsed::Skipped(Skip::Concept));
    } else {
        if let Some(component) = item.find("NewsComponent") {
            describe(&mut shared, component);
        }
        set_title(&mut shared, &headline.unwrap_or_default());
        set_title(
            &mut shared,
            &lines
                .and_then(|lines| lines.child("SlugLine"))
                .map(Element::line)
                .unwrap_or_default(),
        );
        found.push(Parsed::Article(Box::new(shared)));
    }
}

struct Walk<'a> {
    found: &'a mut Vec<Parsed>,
    item: &'a Element,
    saw_media: bool,
}

/// A piece of text and what it is for.
struct Piece<'a> {
    role: &'a str,
    content: &'a Element,
}

impl Walk<'_> {
    /// Reads a component; `outer` holds what the components around it tell.
    fn component(&mut self, component: &Element, outer: &Article) {
        if is_media(component) {
            self.saw_media = true;
            return;
        }
        let mut article = outer.clone();
        describe(&mut article, component);
        let mut pieces = Vec::new();
        self.gather(component, &article, "", &mut pieces);
        if let Some(article) = write(article, &pieces) {
            self.found.push(Parsed::Article(Box::new(article)));
        }
    }

    /// Collects the text of a component and of those inside that have no
    /// headline of their own; those that have one are read by themselves.
    fn gather<'e>(
        &mut self,
        component: &'e Element,
        article: &Article,
        role: &'e str,
        pieces: &mut Vec<Piece<'e>>,
    ) {
        let role = component
            .child("Role")
            .and_then(formal_name)
            .unwrap_or(role);
        for inner in component.elements() {
            match inner.name() {
                "ContentItem" if is_text(inner) => {
                    if let Some(content) = inner.find("DataContent") {
                        pieces.push(Piece { role, content });
                    }
                }
                "ContentItem" => self.saw_media |= is_media_content(inner),
                "NewsComponent" if is_media(inner) => self.saw_media = true,
                "NewsComponent" if has_headline(inner) => self.component(inner, article),
                "NewsComponent" => self.gather(inner, article, role, pieces),
                "NewsItem" if !std::ptr::eq(inner, self.item) => {}
                _ => {}
            }
        }
    }
}

fn has_headline(component: &Element) -> bool {
    component
        .at("NewsLines/HeadLine")
        .is_some_and(|line| !line.is_bare())
}

/// Whether a component is a picture or another thing that is not read.
fn is_media(component: &Element) -> bool {
    let role = component
        .child("Role")
        .and_then(formal_name)
        .unwrap_or_default();
    if is_aside(role) || agency::skipped_kind(role) == Some(Skip::Media) {
        return true;
    }
    let mut contents = component
        .descendants()
        .filter(|inner| inner.is("ContentItem"))
        .peekable();
    if contents.peek().is_none() {
        return false;
    }
    let has_media = component
        .descendants()
        .any(|inner| inner.is("ContentItem") && is_media_content(inner));
    let has_story = has_story(component);
    has_media && !has_story
}

/// Whether text other than a caption lies in a component.
fn has_story(component: &Element) -> bool {
    component.elements().any(|inner| match inner.name() {
        "ContentItem" => is_text(inner) && inner.find("DataContent").is_some(),
        "NewsComponent" => {
            let role = inner
                .child("Role")
                .and_then(formal_name)
                .unwrap_or_default();
            !is_aside(role) && has_story(inner)
        }
        _ => false,
    })
}

/// Roles whose text is not the story's.
fn is_aside(role: &str) -> bool {
    let role = role.to_ascii_lowercase();
    role.contains("caption")
        || matches!(
            role.as_str(),
            "stylesheet" | "quicklook" | "preview" | "highdef" | "viewimage" | "icon" | "clickthru"
        )
}

/// Whether a content item holds words, by its media type, format or mime type.
fn is_text(content: &Element) -> bool {
    let name = |element: &str| {
        content
            .child(element)
            .and_then(formal_name)
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let media = name("MediaType");
    if !media.is_empty() {
        return media == "text" || media == "complexdata" && content.find("DataContent").is_some();
    }
    let mime = name("MimeType");
    if !mime.is_empty() {
        let stylesheet = mime == "text/css" || mime == "text/javascript";
        let worded = mime.starts_with("text/") || mime.contains("xml") || mime.contains("html");
        return worded && !stylesheet;
    }
    let format = name("Format");
    let binary = [
        "jpeg",
        "jpg",
        "gif",
        "png",
        "tiff",
        "css",
        "video",
        "mpeg",
        "quicktime",
        "wav",
        "mp3",
        "flash",
        "pdf",
    ];
    content.find("DataContent").is_some() && !binary.iter().any(|sign| format.contains(sign))
}

fn is_media_content(content: &Element) -> bool {
    let name = |element: &str| {
        content
            .child(element)
            .and_then(formal_name)
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let mime = name("MimeType");
    agency::skipped_kind(&name("MediaType")) == Some(Skip::Media)
        || ["image/", "video/", "audio/"]
            .iter()
            .any(|kind| mime.starts_with(kind))
        || content.attribute("Href").is_some() && content.find("DataContent").is_none()
}

fn formal_name(element: &Element) -> Option<&str> {
    element.attribute("FormalName")
}

/// The article that the pieces of a component make, if they hold any text.
fn write(mut article: Article, pieces: &[Piece]) -> Option<Article> {
    let (mut before, mut text, mut after) = (Vec::new(), Vec::new(), Vec::new());
    for piece in pieces {
        if let Some(story) = inner_story(piece.content) {
            let story = nitf::read(story);
            text.push(story.body.clone());
            fill(&mut article, story);
            continue;
        }
        let copy = content_text(piece.content);
        let role = piece.role.to_ascii_lowercase();
        match role.as_str() {
            "headline" => set_title(&mut article, &copy),
            "subheadline" | "summary" | "lead" | "abstract" => before.push(copy),
            "contact" | "boilerplate" | "about" => after.push(copy),
            _ => text.push(copy),
        }
    }
    text.retain(|copy| !copy.is_empty());
    // Renderings of one text in several formats repeat it.
    text.dedup_by(|later, first| agency::same_words(later, first));
    let parts: Vec<String> = before
        .into_iter()
        .chain(text)
        .chain(after)
        .filter(|part| !part.is_empty())
        .collect();
    if parts.is_empty() {
        return None;
    }
    article.body = parts.join("\n\n");
    agency::drop_repeats(&mut article);
    Some(article)
}

fn inner_story(content: &Element) -> Option<&Element> {
    content
        .descendants()
        .find(|inner| inner.name().eq_ignore_ascii_case("nitf"))
}

fn content_text(content: &Element) -> String {
    if let Some(body) = content.at("html/body") {
        return agency::copy(body, &agency::is_furniture);
    }
    let has_elements = content.elements().next().is_some();
    if has_elements {
        return agency::copy(content, &|inner| {
            agency::is_furniture(inner) || inner.is("media")
        });
    }
    agency::plain_copy(&content.text())
}

/// Takes what an article lacks from a story inside it.
pub fn fill(article: &mut Article, story: Article) {
    article.title = article.title.take().or(story.title);
    article.published = article.published.or(story.published);
    article.publisher = article.publisher.take().or(story.publisher);
    article.section = article.section.take().or(story.section);
    article.language = article.language.take().or(story.language);
    article.url = article.url.take().or(story.url);
    article.own_id = article.own_id.take().or(story.own_id);
    if article.bylines.is_empty() {
        article.bylines = story.bylines;
    }
    for entity in story.entities {
        let known = article
            .entities
            .iter_mut()
            .find(|known| known.kind == entity.kind && known.name == entity.name);
        match known {
            Some(known) => known.count = known.count.max(entity.count),
            None => article.entities.push(entity),
        }
    }
}

/// What the item itself and its envelope tell of all articles inside.
fn describe_item(article: &mut Article, item: &Element, envelope: Option<&Element>) {
    let identifier = item.at("Identification/NewsIdentifier");
    let part = |name: &str| {
        identifier
            .and_then(|id| id.child(name))
            .map(Element::line)
            .filter(|line| !line.is_empty())
    };
    article.own_id = part("PublicIdentifier").or_else(|| part("NewsItemId"));
    let management = item.child("NewsManagement");
    let managed = |name: &str| {
        management
            .and_then(|m| m.child(name))
            .and_then(|date| agency::published(&date.line()))
    };
    let sent = || {
        envelope
            .and_then(|e| e.child("DateAndTime"))
            .and_then(|date| agency::published(&date.line()))
    };
    article.published = managed("ThisRevisionCreated")
        .or_else(|| managed("FirstCreated"))
        .or_else(sent)
        .or_else(|| agency::published(&part("DateId")?));
    article.language = item.attribute("xml:lang").and_then(fields::language);
    let sender = envelope
        .and_then(|e| e.at("SentFrom/Party").or_else(|| e.child("NewsService")))
        .and_then(formal_name);
    article.publisher = sender
        .map(str::to_owned)
        .or_else(|| part("ProviderId"))
        .and_then(|name| credits::outlet(&name));
}

/// What a component tells of the articles inside.
fn describe(article: &mut Article, component: &Element) {
    if let Some(lines) = component.child("NewsLines") {
        let line = |name: &str| {
            lines
                .all(name)
                .map(Element::line)
                .find(|line| !line.is_empty())
        };
        if let Some(headline) = line("HeadLine") {
            article.title = None;
            set_title(article, &headline);
        }
        let credit: Vec<String> = lines
            .all("ByLine")
            .flat_map(|by| credits::authors(&by.line()))
            .collect();
        if !credit.is_empty() {
            article.bylines = credit;
        }
        if article.section.is_none() {
            let keywords = lines.all("KeywordLine").map(Element::line);
            article.section = agency::section(keywords);
        }
    }
    if let Some(administration) = component.child("AdministrativeMetadata") {
        let party = |name: &str| {
            administration
                .at(&format!("{name}/Party"))
                .and_then(formal_name)
        };
        if let Some(name) = party("Provider").and_then(credits::outlet) {
            article.publisher = Some(name);
        } else if article.publisher.is_none() {
            article.publisher = party("Source").and_then(credits::outlet);
        }
        if article.bylines.is_empty() {
            let creators = administration.all("Creator").flat_map(|c| c.all("Party"));
            let people = creators
                .filter_map(formal_name)
                .filter(|name| credits::looks_like_person(name));
            article.bylines = people.map(str::to_owned).collect();
        }
    }
    let Some(description) = component.child("DescriptiveMetadata") else {
        return;
    };
    let language = description
        .child("Language")
        .and_then(formal_name)
        .and_then(fields::language);
    article.language = language.or(article.language.take());
    let subjects = description.descendants().filter(|inner| {
        matches!(
            inner.name(),
            "Subject" | "SubjectMatter" | "SubjectDetail" | "SubjectQualifier"
        )
    });
    let mut names: Vec<&str> = Vec::new();
    for subject in subjects {
        let code = formal_name(subject).unwrap_or_default();
        match agency::topic(code) {
            Some(topic) => names.push(topic),
            None if !code.contains(|c: char| c.is_ascii_digit()) => names.push(code),
            None => {}
        }
    }
    article.section = agency::section(names).or(article.section.take());
    for property in description
        .descendants()
        .filter(|inner| inner.is("Property"))
    {
        let value = property.attribute("Value").unwrap_or_default();
        let kind = match formal_name(property).unwrap_or_default() {
            "City" | "Country" | "CountryName" | "Region" => EntityKind::Place,
            "Person" | "PersonName" => EntityKind::Person,
            "Organisation" | "Organization" | "Company" | "CompanyName" => EntityKind::Org,
            "Category" | "Section" if article.section.is_none() => {
                article.section = agency::section([value]);
                continue;
            }
            _ => continue,
        };
        // Codes of countries and companies are no names.
        if !(value.len() <= 3 && value == value.to_ascii_uppercase()) {
            agency::add_name(article, value, kind);
        }
    }
}

#[cfg(test)]
mod tests;
