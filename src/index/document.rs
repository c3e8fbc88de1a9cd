//! Articles and files as tantivy documents.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};
use tantivy::TantivyDocument;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::payload::encode_path;
use super::schema::{Fields, KIND_ARTICLE, KIND_FILE};
use super::stored::Meta;
use super::tokenizer::{EntityLine, entity_lines, kind_letter};
use crate::article::{Article, ArticleId, Field};
use crate::error::{Rejection, Skip, Stage};

/// An article made ready for the index on a worker thread. What depends on
/// the order of the archive (id, ordinal, reading) is added by the writer.
pub struct Prepared {
    pub(super) document: TantivyDocument,
    pub(super) own_id: Option<String>,
    pub(super) members: Option<String>,
    /// Bytes it holds in memory, about.
    pub(super) weight: usize,
}

/// Days since 1970-01-01.
pub fn day_number(day: Date) -> i64 {
    i64::from((day - date(1970, 1, 1)).get_days())
}

/// The day of a number given by [`day_number`]; `None` beyond the calendar.
pub fn day_of(number: i64) -> Option<Date> {
    date(1970, 1, 1)
        .checked_add(jiff::Span::new().try_days(number).ok()?)
        .ok()
}

impl Prepared {
    /// Members the article lies in, joined by `!`.
    pub fn members(&self) -> Option<&str> {
        self.members.as_deref()
    }

    /// The id its source gives it.
    pub fn own_id(&self) -> Option<&str> {
        self.own_id.as_deref()
    }

    /// Makes a document of an article. `alone` tells whether its file or
    /// member holds no other.
    pub fn new(fields: &Fields, article: Article, alone: bool) -> Self {
        let (mut derived_title, mut stated_title) = (None, None);
        let weight = article.body.len() + 1024;
        // Room for all of it at once: growing would copy the body again.
        let mut document = TantivyDocument::with_capacity(weight);
        document.add_u64(fields.kind, KIND_ARTICLE);
        if !article.entities.is_empty() {
            document.add_text(fields.entities, entity_lines(names_and_forms(&article)));
        }
        match &article.title {
            Some(title) if title.derived => derived_title = Some(title.text.clone()),
            Some(title) => {
                document.add_text(fields.title, &title.text);
                stated_title = Some(title.text.clone());
            }
            None => {}
        }
        document.add_text(fields.body, &article.body);
        for entity in &article.entities {
            document.add_text(
                fields.names,
                format!("{}{}", kind_letter(entity.kind), entity.name),
            );
        }
        if let Some(published) = article.published {
            document.add_i64(fields.day, day_number(published.day));
        }
        for byline in &article.bylines {
            document.add_text(fields.byline, byline);
        }
        if let Some(publisher) = &article.publisher {
            document.add_text(fields.publisher, publisher);
        }
        if let Some(section) = &article.section {
            document.add_text(fields.section, section);
        }
        if let Some(language) = &article.language {
            document.add_text(fields.language, language);
        }
        if let Some(url) = &article.url {
            document.add_text(fields.url, url);
            for domain in domains(url) {
                document.add_text(fields.site, domain);
            }
        }
        document.add_text(fields.format, article.origin.format);
        let locator = &article.origin.locator;
        let members = locator.member_path();
        if let Some(members) = &members {
            document.add_text(fields.member, members);
        }
        let meta = Meta {
            derived_title,
            published: article.published,
            bylines: article.bylines,
            publisher: article.publisher,
            section: article.section,
            language: article.language,
            url: article.url,
            path: encode_path(std::os::unix::ffi::OsStrExt::as_bytes(
                locator.path.as_os_str(),
            )),
            members: locator
                .members
                .iter()
                .map(|member| member.to_string())
                .collect(),
            ordinal: 0,
            alone,
            format: article.origin.format.to_owned(),
            encoding: article.origin.encoding.map(str::to_owned),
            entities: article
                .entities
                .into_iter()
                .map(|mut entity| {
                    entity.mentions = Vec::new();
                    entity
                })
                .collect(),
        };
        let meta = serde_json::to_string(&meta).unwrap_or_default();
        document.add_u64(
            fields.digest,
            digest(stated_title.as_deref(), &article.body, &meta),
        );
        document.add_text(fields.meta, meta);
        Self {
            document,
            own_id: article.own_id,
            members,
            weight,
        }
    }
}

/// The names of an article's entities, each followed by further forms of it
/// that stand in the text.
fn names_and_forms(article: &Article) -> Vec<EntityLine<'_>> {
    let mut names = Vec::with_capacity(article.entities.len());
    for entity in &article.entities {
        let line = |text, is_form| EntityLine {
            kind: entity.kind,
            text,
            is_form,
        };
        names.push(line(entity.name.as_str(), false));
        let mut forms = BTreeSet::new();
        for mention in &entity.mentions {
            let text = match mention.field {
                Field::Title => article
                    .title
                    .as_ref()
                    .map_or("", |title| title.text.as_str()),
                Field::Body => article.body.as_str(),
            };
            let form = text
                .get(mention.start as usize..mention.end as usize)
                .unwrap_or_default();
            if !form.is_empty() && !entity.name.contains(form) {
                forms.insert(form);
            }
        }
        names.extend(forms.into_iter().map(|form| line(form, true)));
    }
    names
}

/// The host of an address and its parent domains, in lower case.
pub fn domains(url: &str) -> Vec<String> {
    let Some((_, rest)) = url.split_once("://") else {
        return Vec::new();
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = host
        .split(':')
        .next()
        .unwrap_or_default()
        .trim_end_matches('.')
        .to_lowercase();
    let mut all = Vec::new();
    let mut rest = host.as_str();
    while !rest.is_empty() {
        all.push(rest.to_owned());
        rest = rest.split_once('.').map_or("", |(_, parent)| parent);
    }
    all
}

/// 64 bits that stand for what is stored of an article: a checksum against
/// failing disks, not against hands, which could change it too.
pub fn digest(title: Option<&str>, body: &str, meta: &str) -> u64 {
    let parts = [title.unwrap_or_default(), body, meta];
    let hash = |before, part: &str| xxh3_64_with_seed(part.as_bytes(), before);
    parts.into_iter().fold(0, hash)
}

/// Derives an article's id from where it lies: `salt` is 0 except for doubles
/// within one file.
pub(super) fn article_id(
    key: &[u8],
    members: Option<&str>,
    own_id: Option<&str>,
    ordinal: u64,
    salt: u64,
) -> ArticleId {
    let mut hasher = blake3::Hasher::new();
    let mut part = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    part(key);
    part(members.unwrap_or_default().as_bytes());
    match own_id {
        Some(own_id) => part(own_id.as_bytes()),
        None => part(&ordinal.to_le_bytes()),
    }
    if salt > 0 {
        part(&ordinal.to_le_bytes());
        part(&salt.to_le_bytes());
    }
    let mut id = [0; 16];
    id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    ArticleId(id)
}

/// State of a file as it was read, for telling whether it has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileState {
    /// Size in bytes.
    pub size: u64,
    /// Modification time, nanoseconds since 1970.
    pub mtime: i64,
    /// Change time, nanoseconds since 1970.
    pub ctime: i64,
    /// Digest of the reading options and parsers; 0 where the file must be
    /// read again in any case.
    pub options: u64,
    /// 64 bits of the content, for a file whose times cannot be relied on
    /// because it was read within seconds of its last change.
    pub digest: Option<u64>,
}

/// What is worth remembering of a file's reading besides its articles.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notes {
    /// Rejected documents, at most [`Notes::MOST`] of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<RejectionNote>,
    /// Rejections by name of reason, all of them.
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub reasons: std::collections::BTreeMap<String, u64>,
    /// Members that are no articles, by name of skip.
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub skipped: std::collections::BTreeMap<String, u64>,
}

/// One rejection, kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RejectionNote {
    /// Members, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
    /// Position in the file or member, where records were told apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordinal: Option<u64>,
    /// How far it came.
    pub stage: Stage,
    /// Name of the reason.
    pub reason: String,
    /// The reason in full.
    pub message: String,
}

impl Notes {
    /// Rejections of one file that are kept one by one.
    pub const MOST: usize = 1000;

    /// Remembers a rejection.
    pub fn reject(&mut self, rejection: &Rejection) {
        *self.reasons.entry(rejection.reason.name()).or_default() += 1;
        if self.rejected.len() < Self::MOST {
            self.rejected.push(RejectionNote {
                members: rejection
                    .locator
                    .members
                    .iter()
                    .map(|member| member.to_string())
                    .collect(),
                ordinal: rejection.locator.ordinal,
                stage: rejection.stage,
                reason: rejection.reason.name(),
                message: rejection.reason.to_string(),
            });
        }
    }

    /// Remembers a member that is no article.
    pub fn skip(&mut self, skip: &Skip) {
        *self.skipped.entry(skip.name()).or_default() += 1;
    }

    /// Rejections in all.
    pub fn rejections(&self) -> u64 {
        self.reasons.values().sum()
    }
}

/// The hidden document of a file.
pub(super) fn file_document(
    fields: &Fields,
    reading: u64,
    key: &[u8],
    state: &FileState,
    articles: u64,
    skip: Option<&Skip>,
    notes: &Notes,
) -> TantivyDocument {
    let mut document = TantivyDocument::new();
    document.add_u64(fields.kind, KIND_FILE);
    document.add_u64(fields.reading, reading);
    document.add_bytes(fields.file_path, key);
    document.add_u64(fields.file_size, state.size);
    document.add_i64(fields.file_mtime, state.mtime);
    document.add_i64(fields.file_ctime, state.ctime);
    document.add_u64(fields.file_options, state.options);
    if let Some(digest) = state.digest {
        document.add_u64(fields.file_digest, digest);
    }
    document.add_u64(fields.file_articles, articles);
    document.add_u64(fields.file_rejected, notes.rejections());
    if let Some(skip) = skip {
        document.add_text(fields.file_skipped, skip.name());
    }
    if *notes != Notes::default() {
        document.add_text(
            fields.file_notes,
            serde_json::to_string(notes).unwrap_or_default(),
        );
    }
    document
}

/// Documents on their way into a segment; dropping them lets the next ones in.
/// They go together: each handing over may have to wake a thread.
pub(super) struct Queued {
    pub(super) documents: Vec<TantivyDocument>,
    pub(super) _permit: Option<super::gate::Permit>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::{Entity, EntityKind, Mention};

    #[test]
    fn domains_of_an_address_are_its_host_and_its_parents() {
        assert_eq!(
            domains("https://user@WWW.Example.co.uk:80/a?b"),
            ["www.example.co.uk", "example.co.uk", "co.uk", "uk"]
        );
        assert_eq!(domains("no address"), Vec::<String>::new());
    }

    #[test]
    fn further_forms_follow_the_name_they_stand_for() {
        let (body, start) = ("He left Britain.", 8);
        let article = Article {
            body: body.to_owned(),
            entities: vec![Entity {
                name: "United Kingdom".to_owned(),
                kind: EntityKind::Place,
                count: 1,
                mentions: vec![Mention {
                    field: Field::Body,
                    start,
                    end: start + 7,
                    kind: EntityKind::Place,
                }],
            }],
            ..Article::default()
        };
        let lines = entity_lines(names_and_forms(&article));
        assert_eq!(lines, "lUnited Kingdom\nLBritain");
    }

    #[test]
    fn days_are_counted_from_1970_both_ways() {
        for day in [date(1970, 1, 1), date(1887, 4, 2), date(2020, 11, 21)] {
            assert_eq!(day_of(day_number(day)), Some(day));
        }
        assert_eq!(day_number(date(1970, 1, 2)), 1);
    }

    #[test]
    fn ids_tell_files_members_and_numbers_apart() {
        let id = article_id(b"/a", None, Some("7"), 1, 0);
        assert_ne!(id, article_id(b"/a", Some("m"), Some("7"), 1, 0));
        assert_ne!(id, article_id(b"/a", None, Some("7"), 1, 1));
    }
}
