//! What the parts of an article are called in files with named fields, and how
//! their values are read: shared by JSON, CSV, front matter and headers.

use std::collections::HashMap;
use std::io::{BufRead, Read};
use std::sync::LazyLock;

use jiff::civil::{Date, Time};

use crate::article::{Article, Entity, EntityKind, Provenance, Published, Title};
use crate::error::Reason;
use crate::record::Hint;
use crate::text::dates::{self, Order, Shown, Stamp};
use crate::text::{markup, words};

use super::{credits, prose};

/// A part of an article that a source may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// Headline.
    Title,
    /// Running text.
    Body,
    /// A few sentences that stand in for a missing body.
    Summary,
    /// Day or moment of publication.
    Published,
    /// Authors.
    Byline,
    /// Newspaper, agency, site.
    Publisher,
    /// Section or category.
    Section,
    /// Language.
    Language,
    /// Address.
    Url,
    /// The source's own identifier.
    Id,
    /// Names of any kind.
    Entities,
    /// Names of one kind.
    Names(EntityKind),
}

use Slot::{
    Body, Byline, Entities, Id, Language, Names, Publisher, Section, Summary, Title as Headline,
    Url,
};

/// Names by slot, the most telling first. Compared without case, blanks,
/// hyphens and underscores.
#[rustfmt::skip]
const NAMES: &[(Slot, &[&str])] = &[
    (Headline, &["title", "headline", "articletitle", "newstitle", "articleheadline", "heading", "webtitle",
        "recordtitle", "headlines", "headlinetext", "subject"]),
    (Body, &["body", "text", "articlebody", "fulltext", "articletext", "maintext", "bodytext", "textcontent",
        "cleanedtext", "content", "contenttext", "contenthtml", "bodyhtml", "articlecontent", "newscontent", "story",
        "article", "paragraphs", "html", "news", "plaintext", "storytext", "storybody",
        "newstext", "newsbody", "fullcontent", "postcontent", "bodycontent", "bodynitf", "contents", "contentelements",
        "blocks", "document", "rawtext"]),
    (Summary, &["summary", "abstract", "description", "lead", "leadparagraph", "excerpt", "standfirst", "snippet",
        "teaser", "trailtext", "shortdescription", "subtitle", "subheadline", "subheadlines", "deck", "dek", "lede", "intro",
        "synopsis", "blurb"]),
    (Slot::Published, &["published", "datepublished", "publisheddate", "firstpublishdate", "publishdate", "publishedat", "publishedon",
        "publishedtime", "publishedutc", "publicationdate", "pubdate", "pubtime", "datepublish", "publishtime",
        "publishdatetime", "publicationtime", "webpublicationdate", "firstpublished", "firstpublishedat",
        "firstpublicationdate", "displaydate", "articledate", "newsdate", "date", "datetime", "issued", "alphapubdate",
        "numericpubdate", "dateofpublication", "releasedate", "posted", "postedat", "postdate", "timestamp", "time", "created", "createdat", "datecreated", "versioncreated",
        "seendate"]),
    (Byline, &["byline", "bylines", "author", "authors", "authorname", "by", "creator", "writer", "writers",
        "journalist", "reporter", "authorsbyline", "credits"]),
    (Publisher, &["publisher", "publishername", "source", "sourcename", "publication", "newspaper", "outlet",
        "newsoutlet", "agency", "provider", "sitename", "site", "website", "journal", "medium", "medianame", "sourcehostname",
        "sourcedomain", "hostname", "domain"]),
    (Section, &["section", "sectionname", "category", "categories", "newscategory", "categoryname", "topic", "topics",
        "rubric", "newsdesk", "desk", "channel", "taxonomy"]),
    (Language, &["language", "lang", "languagecode", "inlanguage", "locale"]),
    (Url, &["url", "canonicalurl", "canonicallink", "canonical", "link", "weburl", "articleurl", "permalink",
        "sourceurl", "articlelink", "newsurl", "uri", "href"]),
    (Id, &["id", "guid", "uuid", "articleid", "docid", "docno", "newid", "bodyid", "newsid", "storyid", "documentid"]),
    (Entities, &["entities", "namedentities", "ner", "mentions"]),
    (Names(EntityKind::Person), &["people", "persons", "person", "per", "personnames"]),
    (Names(EntityKind::Org), &["organizations", "organisations", "orgs", "organization", "organisation", "org",
        "companies"]),
    (Names(EntityKind::Place), &["places", "locations", "place", "gpe", "gpes", "loc", "geo", "countries", "cities"]),
];

/// The same in other languages than English, folded as words are: Spanish,
/// Portuguese, French, Italian, German, Dutch, Swedish, Danish and Norwegian,
/// Polish, Turkish, Indonesian, Russian, Arabic, Chinese, Japanese, Korean.
#[rustfmt::skip]
const FOREIGN_NAMES: &[(Slot, &[&str])] = &[
    (Headline, &["titulo", "titular", "titre", "titolo", "titel", "uberschrift", "schlagzeile", "kop", "koptekst",
        "overskrift", "tittel", "tytul", "baslik", "judul", "заголовок", "العنوان", "عنوان", "标题", "新闻标题", "標題",
        "題目", "タイトル", "見出し", "제목"]),
    (Body, &["texto", "cuerpo", "contenido", "conteudo", "corpo", "texte", "contenu", "corps", "testo", "contenuto",
        "inhalt", "volltext", "artikeltext", "artikel", "tekst", "inhoud", "brodtext", "brodtekst", "innehall", "tresc",
        "metin", "icerik", "isi", "noticia", "текст", "содержание", "النص", "نص", "المحتوى", "正文", "内容", "全文", "內容",
        "本文", "記事本文", "본문", "내용"]),
    (Summary, &["resumen", "entradilla", "resumo", "chapeau", "sommario", "zusammenfassung", "vorspann",
        "samenvatting", "ingress", "streszczenie", "ozet", "ringkasan", "аннотация", "الملخص", "摘要", "概要", "요약"]),
    (Slot::Published, &["fecha", "fechadepublicacion", "fechapublicacion", "datadepublicacao", "datapublicacao",
        "datedepublication", "datepublication", "dataedipubblicazione", "datapubblicazione", "datadipubblicazione", "datum",
        "erscheinungsdatum", "veroffentlichungsdatum", "publikationsdatum", "publicatiedatum", "publicerad",
        "publiceringsdatum", "dato", "udgivelsesdato", "datapublikacji", "tarih", "yayintarihi", "tanggal", "дата",
        "датапубликации", "التاريخ", "تاريخ", "تاريخالنشر", "发布时间", "发布日期", "日期", "时间", "發布時間", "日付", "公開日",
        "掲載日", "날짜", "일자", "작성일"]),
    (Byline, &["autor", "autora", "autores", "auteur", "auteurs", "autore", "autori", "autoren", "verfasser",
        "forfatter", "forfattare", "skribent", "autorzy", "yazar", "muhabir", "penulis", "автор", "авторы", "الكاتب", "المولف",
        "作者", "记者", "記者", "著者", "기자", "작성자"]),
    (Publisher, &["medio", "fuente", "periodico", "fonte", "veiculo", "jornal", "testata", "giornale", "quelle", "zeitung",
        "publikation", "bron", "krant", "kalla", "tidning", "kilde", "zrodlo", "kaynak", "gazete", "sumber", "источник",
        "издание", "المصدر", "الصحيفة", "来源", "來源", "媒体", "新聞社", "언론사", "출처"]),
    (Section, &["seccion", "secao", "editoria", "sezione", "rubrique", "ressort", "categoria", "categorie", "kategorie",
        "kategori", "kategoria", "dzial", "bolum", "рубрика", "раздел", "категория", "القسم", "栏目", "分类", "类别", "版面",
        "カテゴリ", "카테고리", "분류"]),
    (Language, &["idioma", "lingua", "langue", "sprache", "taal", "sprak", "jezyk", "язык", "اللغة", "语言"]),
    (Url, &["enlace", "lien", "odnosnik", "baglanti", "tautan", "ссылка", "الرابط", "链接", "网址", "リンク", "링크"]),
];

/// Endings by which search engines tell a field's type.
const TYPE_ENDINGS: &[&str] = &["t", "txt", "s", "ss", "dt", "tdt", "en", "html"];

/// The slot a field name stands for, and how good a name it is: 0 is best.
pub fn slot(name: &str) -> Option<(Slot, usize)> {
    known_slot(name)
        .or_else(|| {
            let (untyped, ending) = name.rsplit_once('_')?;
            let is_type = TYPE_ENDINGS.contains(&ending);
            known_slot(untyped).filter(|_| is_type)
        })
        // Drupal's way of naming what an editor added.
        .or_else(|| known_slot(name.strip_prefix("field_")?))
}

/// Slots by plain name, with the rank of the name; those of other languages
/// stand behind all that are English.
static SLOTS: LazyLock<HashMap<&'static str, (Slot, usize)>> = LazyLock::new(|| {
    let mut slots = HashMap::new();
    for (names, first) in [(NAMES, 0), (FOREIGN_NAMES, FOREIGN_RANK)] {
        for (slot, names) in names {
            for (rank, name) in names.iter().enumerate() {
                slots.entry(*name).or_insert((*slot, first + rank));
            }
        }
    }
    slots
});

/// Rank of the best name that is not English: more than any slot has names.
const FOREIGN_RANK: usize = 100;

fn known_slot(name: &str) -> Option<(Slot, usize)> {
    // No known name is as long; most that are asked about are paragraphs.
    if letters_of(name).nth(MOST_LETTERS - 1).is_some() {
        return None;
    }
    SLOTS.get(plain_name(name).as_str()).copied()
}

/// Whether a name stands for a part of an article in another language than English.
pub fn is_foreign(name: &str) -> bool {
    known_slot(name).is_some_and(|(_, rank)| rank >= FOREIGN_RANK)
}

/// The slot that `--map` calls by an article field's name.
pub fn mapped_slot(name: &str) -> Option<Slot> {
    slot(name).map(|(slot, _)| slot)
}

/// Letters of a name that are compared: more than any known name has. What
/// is asked about may be a paragraph, where text is taken for a header row.
const MOST_LETTERS: usize = 32;

fn letters_of(name: &str) -> impl Iterator<Item = char> {
    name.chars()
        .filter(|c| !matches!(c, '_' | '-' | ' ' | '.' | ':'))
}

fn plain_name(name: &str) -> String {
    let letters = letters_of(name).take(MOST_LETTERS);
    match name.is_ascii() {
        true => letters.map(|c| c.to_ascii_lowercase()).collect(),
        false => words::fold_piece(&letters.collect::<String>()),
    }
}

/// Puts a text into a slot of an article. Empty texts and what cannot be read
/// (a date that is none) leave it as it was.
pub fn put(article: &mut Article, slot: Slot, value: &str) {
    // A text longer than the words that stand for nothing needs no line made of it.
    if matches!(slot, Slot::Body | Slot::Summary) && value.trim().len() > 4 {
        article.body = running_text(value);
        return;
    }
    let line = one_line(value);
    if line.is_empty() {
        return;
    }
    match slot {
        Headline => {
            let line = if markup::looks_like_html(&line) {
                one_line(&markup::to_text(&line))
            } else {
                markup::decode_entities(&line)
            };
            article.title = Some(Title::stated(line));
        }
        Body | Summary => article.body = running_text(value),
        Slot::Published => put_date(article, &line, None),
        Byline => article.bylines.extend(names(&line)),
        Publisher => {
            // Crawlers give the site's address for its name, or the article's.
            let (host, path) = match line.split_once("://") {
                Some((_, rest)) => rest.split_once('/').unwrap_or((rest, "")),
                None => (line.as_str(), ""),
            };
            if !path.is_empty() && article.url.is_none() {
                article.url = address(&line);
            }
            let host = host
                .strip_prefix("www.")
                .unwrap_or(host)
                .trim_end_matches('/');
            article.publisher = Some(host.to_owned());
        }
        Section => article.section = Some(line),
        Language => article.language = language(&line),
        Url => article.url = address(&line),
        Id => article.own_id = Some(line),
        Entities => {}
        Names(kind) => {
            for name in line.split([',', ';', '|']) {
                add_entity(article, name, kind);
            }
        }
    }
}

/// Puts the day that a value on [one line](one_line) tells into an article, if it tells
/// one; `order` is that of days of numbers alone.
pub fn put_date(article: &mut Article, line: &str, order: Option<Order>) {
    // Some write the element of a page: `<time datetime="…">…</time>`.
    let shown = || {
        line.contains('<')
            .then(|| date_in(&one_line(&markup::to_text(line)), order))?
    };
    if let Some(stamp) = date_in(line, order).or_else(shown) {
        article.published = Some(published(stamp, Provenance::Metadata));
    }
}

/// Paragraphs from the text of a field, which may be HTML.
pub fn running_text(value: &str) -> String {
    if markup::looks_like_html(value) {
        return markup::to_text(value);
    }
    prose::paragraphs(&prose::clean(value)).join("\n\n")
}

/// A text on one line, blanks folded, placeholders for nothing left out.
pub fn one_line(value: &str) -> String {
    let line = value.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.as_str() {
        "None" | "null" | "NULL" | "NaN" | "nan" | "N/A" | "n/a" | "-" => String::new(),
        _ => line,
    }
}

/// What `shown` tells of the order in which a file writes days, of its head or, where
/// that leaves it open, of what follows: files are sorted by day, and a few
/// days may fill the head. What was read of the rest is added to the head.
pub fn order_of_days(
    head: &mut Vec<u8>,
    rest: &mut dyn BufRead,
    shown: impl Fn(&[u8]) -> Shown,
) -> Result<Shown, Reason> {
    const LOOK_FURTHER: u64 = 8 * 1024 * 1024;
    match shown(head) {
        Shown::Either => {
            Read::take(&mut *rest, LOOK_FURTHER)
                .read_to_end(head)
                .map_err(|e| Reason::of(&e))?;
            Ok(shown(head))
        }
        other => Ok(other),
    }
}

/// What [`date`] reads and, in an order that is known, days that could be two.
pub fn date_in(text: &str, order: Option<Order>) -> Option<Stamp> {
    date(text).or_else(|| order?.parse(text))
}

/// A date in print or as an epoch number of ten digits or more. Midnight of 1
/// January 1970 is how programs write that they know of none.
pub fn date(text: &str) -> Option<Stamp> {
    let stamp = dates::parse(text).or_else(|| {
        let number = text.trim();
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        let is_number = number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        (is_number && (9..=19).contains(&digits) && !(digits == 12 || digits == 14))
            .then(|| number.parse().ok().and_then(dates::from_epoch))?
    });
    stamp.filter(|stamp| {
        stamp.day != Date::constant(1970, 1, 1) || stamp.time != Some(Time::midnight())
    })
}

/// A stamp with where it was read.
pub fn published(stamp: Stamp, provenance: Provenance) -> Published {
    Published {
        day: stamp.day,
        time: stamp.time,
        provenance,
    }
}

/// Authors in one text; lists in the writing of programs (`['A', 'B']`) too.
pub fn names(text: &str) -> Vec<String> {
    if text.starts_with("http") || text.contains("://") {
        return Vec::new();
    }
    let listed = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    let Some(listed) = listed else {
        return credits::names(text);
    };
    listed
        .split(',')
        .map(|name| name.trim().trim_matches(['\'', '"']))
        .flat_map(credits::names)
        .collect()
}

/// An ISO 639-1 code from a code, a locale or an English name.
pub fn language(text: &str) -> Option<String> {
    const CODES: &[(&str, &str)] = &[
        ("english", "en"),
        ("eng", "en"),
        ("german", "de"),
        ("deutsch", "de"),
        ("deu", "de"),
        ("ger", "de"),
        ("french", "fr"),
        ("fra", "fr"),
        ("fre", "fr"),
        ("spanish", "es"),
        ("spa", "es"),
        ("portuguese", "pt"),
        ("por", "pt"),
        ("italian", "it"),
        ("ita", "it"),
        ("dutch", "nl"),
        ("nld", "nl"),
        ("russian", "ru"),
        ("rus", "ru"),
        ("arabic", "ar"),
        ("ara", "ar"),
        ("chinese", "zh"),
        ("zho", "zh"),
        ("japanese", "ja"),
        ("jpn", "ja"),
        ("swahili", "sw"),
        ("swa", "sw"),
        ("hausa", "ha"),
        ("hau", "ha"),
        ("amharic", "am"),
        ("amh", "am"),
        ("turkish", "tr"),
        ("polish", "pl"),
        ("swedish", "sv"),
        ("danish", "da"),
        ("norwegian", "no"),
        ("finnish", "fi"),
        ("greek", "el"),
        ("hindi", "hi"),
        ("korean", "ko"),
        ("ukrainian", "uk"),
    ];
    let lower = text.trim().to_ascii_lowercase();
    let code = lower.split(['-', '_']).next().unwrap_or(&lower);
    if code.len() == 2 && code.bytes().all(|b| b.is_ascii_lowercase()) {
        return Some(code.to_owned());
    }
    let (_, code) = CODES.iter().find(|(name, _)| *name == code)?;
    Some((*code).to_owned())
}

/// An address, if the text is one.
pub fn address(text: &str) -> Option<String> {
    let is_address =
        text.contains("://") && !text.contains(char::is_whitespace) && text.len() <= 2048;
    is_address.then(|| text.to_owned())
}

/// Adds a name, or one to the count of a name already there.
pub fn add_entity(article: &mut Article, name: &str, kind: EntityKind) {
    let name = one_line(name);
    if name.is_empty() || name.len() > 200 {
        return;
    }
    match article
        .entities
        .iter_mut()
        .find(|e| e.kind == kind && e.name == name)
    {
        Some(entity) => entity.count += 1,
        None => article.entities.push(Entity {
            name,
            kind,
            count: 1,
            mentions: Vec::new(),
        }),
    }
}

/// The kind that a source's label means; `None` for kinds morgue does not keep.
pub fn entity_kind(label: &str) -> Option<EntityKind> {
    match plain_name(label).as_str() {
        "person" | "per" | "people" | "persons" | "personne" => Some(EntityKind::Person),
        "org" | "orgs" | "organization" | "organisation" | "organizations" | "organisations"
        | "company" | "companies" | "corp" => Some(EntityKind::Org),
        "place" | "places" | "loc" | "location" | "locations" | "gpe" | "geo" | "country"
        | "city" | "lieu" => Some(EntityKind::Place),
        _ => None,
    }
}

/// Whether a name is one that newspapers give their sections.
pub fn is_section(name: &str) -> bool {
    const SECTIONS: &[&str] = &[
        "arts",
        "books",
        "business",
        "commentary",
        "crime",
        "culture",
        "economy",
        "editorial",
        "editorials",
        "education",
        "entertainment",
        "environment",
        "finance",
        "food",
        "health",
        "international",
        "law",
        "lifestyle",
        "local",
        "markets",
        "media",
        "metro",
        "money",
        "movies",
        "music",
        "national",
        "obituaries",
        "opinion",
        "politics",
        "religion",
        "science",
        "society",
        "sport",
        "sports",
        "tech",
        "technology",
        "theater",
        "theatre",
        "travel",
        "weather",
        "world",
        "politik",
        "wirtschaft",
        "kultur",
        "wissenschaft",
        "politique",
        "economie",
        "deportes",
        "politica",
        "economia",
        "cultura",
        "esporte",
        "esportes",
        "sociedade",
    ];
    let lower = name.to_lowercase();
    SECTIONS.contains(&lower.as_str())
}

/// Adds what an article does not say itself but its address, path, dateline or
/// capture tell, in this order of trust, and a derived title.
pub fn complete(article: &mut Article, hint: &Hint) {
    if article.url.is_none() {
        article.url = hint.url.as_deref().and_then(address);
    }
    if article.title.is_none() {
        article.title = prose::derived_title(&article.body);
    }
    // `Jane Doe, Lake Weekly` in the Lake Weekly itself.
    if let (Some(house), 2..) = (&article.publisher, article.bylines.len()) {
        article
            .bylines
            .retain(|name| name.to_lowercase() != house.to_lowercase());
    }
    if article.published.is_none() {
        let url = article.url.as_deref().and_then(dates::from_url);
        let path = || dates::from_path(&hint.name);
        let dateline = || dates::from_dateline(&article.body, dates::year_from_path(&hint.name));
        let known = |day: Date, provenance| Published {
            day,
            time: None,
            provenance,
        };
        article.published = url
            .map(|day| known(day, Provenance::Url))
            .or_else(|| path().map(|day| known(day, Provenance::Path)))
            .or_else(|| dateline().map(|day| known(day, Provenance::Dateline)))
            .or_else(|| hint.captured.map(|day| known(day, Provenance::Capture)));
    }
}

/// Whether an article holds neither a title nor text.
pub fn is_empty(article: &Article) -> bool {
    article.body.trim().is_empty()
        && article
            .title
            .as_ref()
            .is_none_or(|title| title.text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_moment_of_the_epoch_is_no_date_and_its_day_is_one() {
        let days = ["1970-01-01T00:00:00Z", "1970-01-01", "1970-01-01 10:00"].map(date);
        assert_eq!(days.map(|day| day.is_some()), [false, true, true]);
    }

    #[test]
    fn names_are_known_without_case_marks_and_signs() {
        // What is compared is folded: a name that is not would never be found.
        let all = NAMES.iter().chain(FOREIGN_NAMES);
        let unknown: Vec<_> = all
            .flat_map(|(slot, names)| names.iter().map(move |name| (*slot, *name)))
            .filter(|(slot, name)| known_slot(name).is_none_or(|(found, _)| found != *slot))
            .map(|(_, name)| (name, plain_name(name)))
            .collect();
        assert_eq!(unknown, []);
        let slots = [
            "Título",
            "Fecha de publicación",
            "Źródło",
            "field_byline",
            "headline_txt",
            "Notiz",
        ]
        .map(|name| slot(name).map(|(slot, _)| slot));
        use Slot::{Byline, Published, Publisher, Title};
        assert_eq!(
            slots,
            [
                Some(Title),
                Some(Published),
                Some(Publisher),
                Some(Byline),
                Some(Title),
                None
            ]
        );
    }
}
