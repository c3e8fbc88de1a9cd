//! Snippets and highlights of whole searches, and rules that hold for every
//! text and query.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::article::EntityKind;
use crate::query::tree::{Kind, Node, Pattern, Scope};
use crate::search::request::{Hit, Request};
use crate::search::run::search;
use crate::search::testing::*;
use crate::text::words::Words;

fn hit(draft: Draft, query: Node, options: SnippetOptions) -> Hit {
    let snapshot = TestIndex::of(&[draft]);
    let request = Request {
        snippet: Some(options),
        ..Request::new(query)
    };
    let mut page = search(&snapshot, &request).unwrap();
    page.hits.remove(0)
}

fn chars(max_chars: usize) -> SnippetOptions {
    SnippetOptions {
        max_chars,
        sentences: None,
    }
}

/// The snippet with its matches in brackets.
fn marked(snippet: &Snippet) -> String {
    let mut out = String::new();
    let mut at = 0;
    for mark in &snippet.highlights {
        out.push_str(&snippet.text[at..mark.start]);
        out.push('[');
        out.push_str(&snippet.text[mark.clone()]);
        out.push(']');
        at = mark.end;
    }
    out.push_str(&snippet.text[at..]);
    out
}

fn shown(body: &str, query: Node, options: SnippetOptions) -> String {
    marked(&hit(Draft::body(body), query, options).snippet.unwrap())
}

const STORY: &str = "The ferry left Marstrand at dawn with forty people on board. Nobody saw the \
    fog come in.\n\nThe harbour master warned of fog on Monday. Two hours later the ferry ran \
    aground off the lighthouse, officials said. Mr. Berg, the captain, was not hurt. An inquiry \
    opens in March.\n\nTickets are refunded. The company runs four other ferries on the coast, \
    and has asked the inquiry to publish its report before the summer season begins.";

#[test]
fn a_short_text_is_shown_whole_and_its_white_space_folded() {
    assert_eq!(
        shown(" Two\n\n ferries  sank. ", word("ferry"), chars(40)),
        "Two [ferries] sank."
    );
}

#[test]
fn the_passage_with_most_different_words_is_cut_at_sentences() {
    assert_eq!(
        shown(STORY, and(vec![word("ferry"), word("aground")]), chars(100)),
        "… Two hours later the [ferry] ran [aground] off the lighthouse, officials said. …"
    );
}

#[test]
fn several_passages_are_joined_where_they_show_more_words() {
    assert_eq!(
        shown(
            STORY,
            and(vec![word("fog"), word("refunded"), word("captain")]),
            chars(160)
        ),
        "… Nobody saw the [fog] come in. The harbour master warned of [fog] on Monday. … \
         [captain], was not hurt. An inquiry opens in March. Tickets are [refunded]. …"
    );
}

#[test]
fn words_are_cut_off_whole_where_sentences_are_long() {
    assert_eq!(
        shown(STORY, word("summer"), chars(60)),
        "… to publish its report before the [summer] season begins."
    );
}

#[test]
fn the_lead_stands_in_where_only_the_title_matched() {
    let hit = hit(
        Draft::titled("Storm: ferry\u{2019}s luck", STORY),
        word_in(Scope::Title, "ferry"),
        chars(80),
    );
    assert_eq!(
        marked(&hit.snippet.unwrap()),
        "The ferry left Marstrand at dawn with forty people on board. …"
    );
    assert_eq!(
        hit.title_highlights.as_slice(),
        std::slice::from_ref(&(7..16))
    );
}

#[test]
fn a_phrase_is_marked_as_one_and_only_where_it_stands() {
    assert_eq!(
        shown(
            "Peace talks stalled. The peace held; talks went on. Peace\ntalks!",
            phrase("peace talks"),
            chars(100)
        ),
        "[Peace talks] stalled. The peace held; talks went on. [Peace talks]!"
    );
}

#[test]
fn loose_phrases_and_proximity_mark_their_words_where_they_are_near() {
    let body = "Talks on peace and on trade. Peace was far away when they opened their talks.";
    assert_eq!(
        shown(
            body,
            near(word("peace"), word("talks"), 2, false),
            chars(100)
        ),
        "[Talks] on [peace] and on trade. Peace was far away when they opened their talks."
    );
    assert_eq!(
        shown(body, phrase_in(Scope::Text, "peace trade", 2), chars(100)),
        "Talks on [peace] and on [trade]. Peace was far away when they opened their talks."
    );
}

#[test]
fn inflections_wildcards_fuzzy_words_and_regular_expressions_are_marked() {
    let body = "Voters voted on Vöting day; the poll closed.";
    let all = or(vec![
        word("vote"),
        word("clo*"),
        word("pool~1"),
        word("/d.y/"),
    ]);
    assert_eq!(
        shown(body, all, chars(100)),
        "Voters [voted] on [Vöting] [day]; the [poll] [closed]."
    );
}

#[test]
fn excluded_words_are_never_marked() {
    assert_eq!(
        shown(
            "The bank held rates.",
            and(vec![
                word("rates"),
                not(and(vec![word("bank"), word("river")]))
            ]),
            chars(100)
        ),
        "The bank held [rates]."
    );
}

#[test]
fn names_asked_for_as_entities_are_marked_where_they_stand_in_the_text() {
    let draft = Draft {
        entities: vec![(EntityKind::Person, "Mike Pompeo".into())],
        ..Draft::body("Pompeo spoke. Mike Pompeo left.")
    };
    let whole = node(Kind::Name {
        kind: None,
        name: "mike pompeo".into(),
    });
    let word = word_in(Scope::Entity(Some(EntityKind::Person)), "=pompeo");
    let shown = |query| marked(&hit(draft.clone(), query, chars(80)).snippet.unwrap());
    assert_eq!(shown(whole), "Pompeo spoke. [Mike Pompeo] left.");
    assert_eq!(shown(word), "[Pompeo] spoke. Mike [Pompeo] left.");
}

#[test]
fn whole_sentences_of_context_are_shown_where_asked_for() {
    let sentences = |sentences| SnippetOptions {
        max_chars: 20,
        sentences: Some(sentences),
    };
    assert_eq!(
        shown(STORY, word("captain"), sentences(0)),
        "… Mr. Berg, the [captain], was not hurt. …"
    );
    assert_eq!(
        shown(STORY, word("captain"), sentences(1)),
        "… Two hours later the ferry ran aground off the lighthouse, officials said. Mr. Berg, the \
         [captain], was not hurt. An inquiry opens in March. …"
    );
    assert_eq!(
        shown("One. Two ferries. Three.", word("ferry"), sentences(9)),
        "One. Two [ferries]. Three."
    );
}

#[test]
fn unspaced_scripts_are_cut_between_letters() {
    let body = "東京都知事選挙が行われた。".repeat(20);
    assert_eq!(
        shown(&body, phrase("知事 事選 選挙"), chars(20)),
        "東京都[知事選挙]が行われた。 …"
    );
}

#[test]
fn a_megabyte_is_cut_in_time() {
    let mut body = "plain words of little use go on and on. ".repeat(30_000);
    body.push_str("The needle lay here.");
    let begun = std::time::Instant::now();
    assert_eq!(
        shown(&body, word("needle"), chars(40)),
        "… The [needle] lay here."
    );
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

/// Texts with the signs that borders and folding care about.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(
        [
            "flood",
            "floods",
            "the",
            "city",
            "cities",
            "O'Brien",
            "U.S.",
            "4,500",
            "Doha's",
            "東京都",
            "caf\u{e9}",
            "cafe\u{301}",
            "vote",
            ".",
            "!",
            "?",
            ",",
            "\n",
            "\n\n",
            "  ",
            "—",
            "\u{ad}",
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "“",
            "”",
            "😀",
        ]
        .map(str::to_owned)
        .to_vec(),
    );
    prop::collection::vec((piece, any::<bool>()), 0..120).prop_map(|pieces| {
        pieces
            .into_iter()
            .map(|(piece, is_spaced)| if is_spaced { piece + " " } else { piece })
            .collect()
    })
}

fn any_word() -> impl Strategy<Value = Node> {
    prop::sample::select(
        [
            "flood", "city", "=cities", "us", "vot*", "東京", "cafe", "4500", "the",
        ]
        .map(word)
        .to_vec(),
    )
}

/// Whether a snippet keeps its promises and marks every word that is `wanted`.
fn check(snippet: &Snippet, options: SnippetOptions, wanted: &[Pattern]) -> Result<(), String> {
    let ensure = |holds: bool, what: &str| match holds {
        true => Ok(()),
        false => Err(what.to_owned()),
    };
    let SnippetOptions {
        max_chars,
        sentences,
    } = options;
    let text = &snippet.text;
    let fits = sentences.is_some() || text.chars().count() <= max_chars;
    ensure(fits, "too long")?;
    let mut before = 0;
    for mark in &snippet.highlights {
        ensure(before <= mark.start && mark.start < mark.end, "not sorted")?;
        ensure(
            text.get(mark.clone()).is_some(),
            "outside or inside a character",
        )?;
        before = mark.end;
    }
    let is_line = !text.contains('\n') && !text.contains("  ") && text.trim() == text;
    ensure(is_line, "not folded")?;
    if max_chars < 80 && sentences.is_none() {
        // Words may have been cut to fit.
        return Ok(());
    }
    let english = rust_stemmers::Stemmer::create(rust_stemmers::Algorithm::English);
    let mut words = Words::new(text);
    let mut holds_any = false;
    while words.advance() {
        let is_wanted = wanted.iter().any(|pattern| match pattern {
            Pattern::Inflected(word) => english.stem(word) == english.stem(words.word()),
            Pattern::Exact(word) => word == words.word(),
            _ => words.word().starts_with("vot"),
        });
        let range = words.range();
        let mut marks = snippet.highlights.iter();
        let is_marked = marks.any(|mark| mark.start <= range.start && range.end <= mark.end);
        ensure(!is_wanted || is_marked, words.word())?;
        holds_any |= is_wanted;
    }
    // What is left of a word longer than a snippet may read otherwise alone:
    // `xxx…\u{ad}café` is one word, behind the `4,500` it started with it is two.
    let is_cut_open = text.trim_start_matches("… ").starts_with("xxxx");
    let is_shown = holds_any || is_cut_open && !snippet.highlights.is_empty();
    ensure(is_shown, "what matched is not shown")
}

proptest! {
    // 50 texts a case: 10,000 in all.
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn highlights_are_sorted_inside_the_text_and_cover_what_matched(
        bodies in prop::collection::vec(any_text(), 50),
        query in prop::collection::vec(any_word(), 1..4),
        max_chars in 1usize..200,
        sentences in prop::option::weighted(0.2, 0usize..3),
    ) {
        let wanted: Vec<Pattern> = query.iter().filter_map(|node| match &node.kind {
            Kind::Word { pattern, .. } => Some(pattern.clone()),
            _ => None,
        }).collect();
        let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
        let snapshot = TestIndex::of_bodies(&bodies);
        let options = SnippetOptions { max_chars, sentences };
        let request = Request {
            limit: None,
            snippet: Some(options),
            ..Request::new(or(query))
        };
        for hit in search(&snapshot, &request).unwrap().hits {
            if let Some(snippet) = &hit.snippet {
                let of = &hit.article.body;
                check(snippet, options, &wanted).map_err(|error| {
                    TestCaseError::fail(format!("{error}: {snippet:?} of {of:?}"))
                })?;
            }
        }
    }
}
