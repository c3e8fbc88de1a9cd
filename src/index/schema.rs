//! The fields of the index and what each is for. A change here raises
//! [`SCHEMA_VERSION`].

use tantivy::schema::{
    BytesOptions, FAST, Field, INDEXED, IndexRecordOption, NumericOptions, STORED, STRING, Schema,
    TextFieldIndexing, TextOptions,
};

/// Version of the fields and of what is stored in them.
pub const SCHEMA_VERSION: u64 = 4;

/// Name under which `text::words` is registered with tantivy.
pub const WORDS: &str = "words";

/// Name of the tokenizer of [`Fields::entities`].
pub const ENTITIES: &str = "entities";

/// Value of [`Fields::kind`] for an article.
pub const KIND_ARTICLE: u64 = 1;

/// Value of [`Fields::kind`] for the hidden document of a file.
pub const KIND_FILE: u64 = 2;

/// Handles of all fields.
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    /// [`KIND_ARTICLE`] or [`KIND_FILE`], indexed: its posting list is every
    /// article, so that `NOT` and `*` leave hidden documents out.
    pub kind: Field,
    /// Which reading of a file a document belongs to; unique in the index's
    /// life. Indexed, to delete a reading; fast, to leave unfinished ones out.
    pub reading: Field,
    /// The first 64 bits of an article's id, indexed and fast: the last tie-break.
    pub order: Field,
    /// The 16 bits after them, fast: with them all that is printed of the id.
    pub id_tail: Field,
    /// Stated headline: folded surface words with positions; stored.
    pub title: Field,
    /// Running text: folded surface words with positions; stored.
    pub body: Field,
    /// Names of entities as words with positions, each word led by its kind's
    /// letter (`pmike`, `ppompeo`). Names lie at least [`NAME_GAP`] positions
    /// apart, each where its number of words shows: see `tokenizer::name_starts`.
    pub entities: Field,
    /// Canonical names led by their kind's letter (`pMike Pompeo`), fast,
    /// many a document: what `entities` and facets count. Not indexed: a
    /// dictionary of them took a third as long to write as the words of all bodies.
    pub names: Field,
    /// Days since 1970-01-01, fast; absent where undated.
    pub day: Field,
    /// Authors: words, and whole and fast for facets; many a document.
    pub byline: Field,
    /// Publisher: words, and whole and fast.
    pub publisher: Field,
    /// Section and topics: words, and whole and fast.
    pub section: Field,
    /// ISO 639-1 code, indexed and fast.
    pub language: Field,
    /// Address, fast: substring queries scan its dictionary.
    pub url: Field,
    /// Host of the address and each of its parent domains, indexed.
    pub site: Field,
    /// Members within the file, joined by `!`, fast; absent for plain files.
    pub member: Field,
    /// 64 bits of the stored title, body and meta, fast: `verify --deep`.
    pub digest: Field,
    /// Name of the format it was read with, fast.
    pub format: Field,
    /// Position in the file or member, from 1; stored.
    pub ordinal: Field,
    /// Everything else that is shown, as JSON; stored. See `stored::Meta`.
    pub meta: Field,

    /// Files only: absolute path in bytes, fast.
    pub file_path: Field,
    /// Files only: size in bytes, fast.
    pub file_size: Field,
    /// Files only: modification time in nanoseconds since 1970, fast.
    pub file_mtime: Field,
    /// Files only: change time in nanoseconds since 1970, fast.
    pub file_ctime: Field,
    /// Files only: digest of the reading options and parsers, fast.
    pub file_options: Field,
    /// Files only: 64 bits of the content, fast; mostly absent.
    pub file_digest: Field,
    /// Files only: articles read, fast.
    pub file_articles: Field,
    /// Files only: documents rejected, fast.
    pub file_rejected: Field,
    /// Files only: why the file as a whole is no article, fast; mostly absent.
    pub file_skipped: Field,
    /// Files only: rejections and skips as JSON, stored where there are any.
    pub file_notes: Field,
}

/// Positions from one name's last word to the next one's first, in
/// [`Fields::entities`], at least.
pub const NAME_GAP: u32 = 40;

/// The position of a name's first word, divided by this, leaves how many words
/// the name has.
pub const NAME_STRIDE: u32 = 64;

/// Builds the schema.
pub fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let words = |fieldnorms| {
        TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer(WORDS)
                .set_index_option(IndexRecordOption::WithFreqsAndPositions)
                .set_fieldnorms(fieldnorms),
        )
    };
    let entities = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer(ENTITIES)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions)
            .set_fieldnorms(false),
    );
    let whole_and_fast = TextOptions::default().set_fast("raw");
    let number = NumericOptions::default().set_fast();
    let fields = Fields {
        kind: builder.add_u64_field("kind", INDEXED),
        reading: builder.add_u64_field("reading", INDEXED | FAST),
        order: builder.add_u64_field("order", INDEXED | FAST),
        id_tail: builder.add_u64_field("id_tail", number.clone()),
        title: builder.add_text_field("title", words(true).set_stored()),
        body: builder.add_text_field("body", words(true).set_stored()),
        entities: builder.add_text_field("entities", entities),
        names: builder.add_text_field("names", whole_and_fast.clone()),
        day: builder.add_i64_field("day", number.clone()),
        byline: builder.add_text_field("byline", words(false).set_fast("raw")),
        publisher: builder.add_text_field("publisher", words(false).set_fast("raw")),
        section: builder.add_text_field("section", words(false).set_fast("raw")),
        language: builder.add_text_field("language", STRING | FAST),
        url: builder.add_text_field("url", whole_and_fast.clone()),
        site: builder.add_text_field("site", STRING),
        member: builder.add_text_field("member", whole_and_fast),
        digest: builder.add_u64_field("digest", number.clone()),
        format: builder.add_text_field("format", TextOptions::default().set_fast("raw")),
        ordinal: builder.add_u64_field("ordinal", STORED),
        meta: builder.add_text_field("meta", STORED),
        file_path: builder.add_bytes_field("file_path", BytesOptions::default().set_fast()),
        file_size: builder.add_u64_field("file_size", number.clone()),
        file_mtime: builder.add_i64_field("file_mtime", number.clone()),
        file_ctime: builder.add_i64_field("file_ctime", number.clone()),
        file_options: builder.add_u64_field("file_options", number.clone()),
        file_digest: builder.add_u64_field("file_digest", number.clone()),
        file_articles: builder.add_u64_field("file_articles", number.clone()),
        file_rejected: builder.add_u64_field("file_rejected", number),
        file_skipped: builder
            .add_text_field("file_skipped", TextOptions::default().set_fast("raw")),
        file_notes: builder.add_text_field("file_notes", STORED),
    };
    (builder.build(), fields)
}
