//! The language as a whole: what queries are read as, what is said about
//! them, and that printed trees are read as themselves.

#![allow(clippy::unwrap_used)]

use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::parse::{Caps, parse_within};
use super::tree::{DayRange, Kind, Node, Pattern, Scope, Span};
use super::{ErrorKind, MAX_BYTES, MAX_CLAUSES, MAX_DEPTH, Options, parse};
use crate::article::EntityKind;

/// A Wednesday.
const TODAY: fn() -> Date = || date(2021, 3, 31);

const ALL: Options = Options {
    today: TODAY,
    any: false,
};

const ANY: Options = Options {
    today: TODAY,
    any: true,
};

/// What a query is read as, then one line a note.
fn read_with(query: &str, options: &Options) -> String {
    match parse(query, options) {
        Ok(parsed) => {
            let mut out = parsed.root.to_query();
            for note in parsed.notes {
                out.push_str(&format!("\n{note}"));
            }
            out
        }
        Err(error) => error.render(query),
    }
}

#[track_caller]
fn reads(query: &str, expected: &str) {
    assert_eq!(read_with(query, &ALL), expected, "{query}");
}

#[track_caller]
fn reads_any(query: &str, expected: &str) {
    assert_eq!(read_with(query, &ANY), expected, "{query}");
}

#[track_caller]
fn kind(query: &str) -> Kind {
    parse(query, &ALL).unwrap().root.kind
}

fn exact(word: &str) -> Pattern {
    Pattern::Exact(word.to_owned())
}

#[test]
fn a_plain_word_is_inflected_and_a_marked_one_is_exact() {
    let word = |pattern| Kind::Word {
        scope: Scope::Text,
        pattern,
    };
    assert_eq!(
        kind("Elections"),
        word(Pattern::Inflected("elections".into()))
    );
    assert_eq!(kind("=Elections"), word(exact("elections")));
    assert_eq!(kind("\"Elections\""), word(exact("elections")));
}

#[test]
fn words_of_several_parts_are_phrases_of_exact_words() {
    let phrase = |parts: [&str; 2]| Kind::Phrase {
        scope: Scope::Text,
        parts: parts.map(exact).to_vec(),
        slop: 0,
    };
    assert_eq!(kind("don't"), phrase(["don", "t"]));
    assert_eq!(kind("O\u{2019}Brien"), phrase(["o", "brien"]));
    assert_eq!(kind("l'homme"), phrase(["l", "homme"]));
    assert_eq!(kind("covid-19"), phrase(["covid", "19"]));
    assert_eq!(kind("12:30"), phrase(["12", "30"]));
    assert_eq!(kind("AT&T"), phrase(["at", "t"]));
    assert_eq!(kind("=covid-19"), phrase(["covid", "19"]));
}

#[test]
fn spans_cover_what_was_written() {
    let query = "title:(peace OR =war) NOT \"cold war\"~2^1.5";
    let root = parse(query, &ALL).unwrap().root;
    let mut spans = Vec::new();
    fn walk(node: &Node, query: &str, spans: &mut Vec<String>) {
        spans.push(query[node.span.start..node.span.end].to_owned());
        match &node.kind {
            Kind::And(nodes) | Kind::Or(nodes) => nodes.iter().for_each(|n| walk(n, query, spans)),
            Kind::Not(inner) | Kind::Boost(inner, _) => walk(inner, query, spans),
            _ => {}
        }
    }
    walk(&root, query, &mut spans);
    assert_eq!(
        spans,
        [
            "peace OR =war) NOT \"cold war\"~2^1.5",
            "peace OR =war",
            "peace",
            "=war",
            "NOT \"cold war\"~2^1.5",
            "\"cold war\"~2^1.5",
            "\"cold war\"~2",
        ]
    );
}

#[test]
fn words_side_by_side_must_all_occur() {
    reads("climate change", "climate AND change");
    reads("climate AND change", "climate AND change");
    reads("climate (change (policy))", "climate AND change AND policy");
}

#[test]
fn operators_are_upper_case() {
    reads("a OR b", "a OR b");
    reads("a|b||c", "a OR b OR c");
    reads("a NOT b", "a AND NOT b");
    reads("a -b", "a AND NOT b");
    reads("a -(b OR c)", "a AND NOT (b OR c)");
    reads("-x", "NOT x");
    reads("NOT x", "NOT x");
    reads("a OR -b", "a OR NOT b");
    reads("-(-a)", "NOT (NOT a)");
    reads("And Or Not", "and AND or AND not");
    reads("-OR", "NOT or");
}

#[test]
fn lower_case_operators_are_words_and_a_note_says_so() {
    reads(
        "war and peace and not love",
        "war AND and AND peace AND and AND not AND love\n\
         `and` is searched as a word; the operator is `AND`\n\
         `not` is searched as a word; the operator is `NOT`",
    );
    reads("\"war and peace\"", "\"war and peace\"");
    reads(
        "a near/3 b NEAR c",
        "a AND \"near 3\" AND b AND near AND c\n\
         `near/3` is searched as a word; the operator is written `NEAR/5`\n\
         `NEAR` is searched as a word; the operator is written `NEAR/5`",
    );
}

#[test]
fn and_binds_tighter_than_or_and_mixing_them_is_noted() {
    reads(
        "a b OR c",
        "a AND b OR c\nAND binds tighter than OR: read as (a AND b) OR c",
    );
    reads(
        "a OR b AND NOT c",
        "a OR b AND NOT c\nAND binds tighter than OR: read as a OR (b AND NOT c)",
    );
    reads("(a b) OR c", "a AND b OR c");
    reads("a (b OR c)", "a AND (b OR c)");
}

#[test]
fn a_dash_excludes_only_before_a_word() {
    reads("a - b", "a AND b\n`-` holds no word and is left out");
    reads(
        "a --b",
        "a AND b\n`--b` is searched; one `-` before a word excludes it",
    );
    reads("a-b", "\"a b\"");
    reads("\"a\"-b", "=a AND b");
    reads("(-a)", "NOT a");
    reads("a – b", "a AND b\n`–` holds no word and is left out");
    reads("-\"a b\" -title:c", "NOT \"a b\" AND NOT title:c");
}

#[test]
fn signs_without_words_are_left_out() {
    reads("C++", "c");
    reads("U.S.", "us");
    reads("R & D", "r AND d\n`&` holds no word and is left out");
    reads("a OR …", "a\n`…` holds no word and is left out");
    reads("🦊 fox", "fox\n`🦊` holds no word and is left out");
    reads("a -&", "a\n`&` holds no word and is left out");
    reads("a \"…\"^2", "a\n`\"…\"` holds no word and is left out");
}

#[test]
fn other_scripts_are_read_as_words() {
    reads("北京", "北京");
    reads("北京市", "\"北京 京市\"");
    reads("北京市*", "\"北京 京市\"");
    reads("한국어", "\"한국 국어\"");
    reads("سَلَام عليكم", "سلام AND عليكم");
    reads("\u{200f}שלום", "שלום");
    reads("Москва", "москва");
}

#[test]
fn any_double_quotes_make_a_phrase() {
    reads("\"green deal\"", "\"green deal\"");
    reads("“green deal”", "\"green deal\"");
    reads("„green deal“", "\"green deal\"");
    reads("« green deal »", "\"green deal\"");
    reads("'green deal'", "green AND deal");
    reads("« green", "green\n`«` holds no word and is left out");
    reads("\"green deal\"~3", "\"green deal\"~3");
    reads(
        "\"green\"~3",
        "=green\n`~3` means nothing behind a phrase of one word",
    );
    reads("\"(a OR b) -c\"", "\"a or b c\"");
}

#[test]
fn wildcards_stand_within_and_at_the_end_of_words() {
    reads("climat*", "climat*");
    reads("Colo?r", "colo?r");
    reads("Émi**le*", "emi*le*");
    reads("covid-vac*", "\"covid vac*\"");
    reads("\"climat* change\"", "\"climat* change\"");
    reads("*", "*");
    reads("title:clim*,", "title:clim*");
    reads("ship?", "ship?");
}

#[test]
fn a_question_mark_ends_a_question_in_plain_words() {
    let note = |word: &str| {
        format!(
            "the `?` of `{word}` is read as a question mark; inside a word it stands for one letter"
        )
    };
    reads(
        "What happened to O'Brien's ship?",
        &format!(
            "what AND happened AND to AND \"o brien\" AND ship\n{}",
            note("ship?")
        ),
    );
    reads(
        "Who won? And why?!",
        &format!(
            "who AND won AND and AND why\n{}\n{}",
            note("won?"),
            note("why?!")
        ),
    );
    reads(
        "\"is it over?\"",
        &format!("\"is it over\"\n{}", note("over?")),
    );
    reads(
        "qui est là ?",
        "qui AND est AND la\n`?` holds no word and is left out",
    );
    reads("plant? food", "plant? AND food");
    reads("(wom?n) OR ship?", "wom?n OR ship?");
    reads("title:a ship?", "title:a AND ship?");
    reads("\"green pla?\"~0", "\"green pla?\"~0");
    reads("\"wom?n pla?\"", "\"wom?n pla?\"~0");
}

#[test]
fn fuzzy_words_count_their_edits() {
    reads("obama~", "obama~1");
    reads("merkel~", "merkel~2");
    reads("merkel~1", "merkel~1");
    reads("O'Brien~1", "\"o brien~1\"");
    reads("\"angela merkel~1\"", "\"angela merkel~1\"");
    reads("~ a~b", "\"a b\"\n`~` holds no word and is left out");
}

#[test]
fn regular_expressions_are_whole_words_between_slashes() {
    let regex = |text: &str| Kind::Word {
        scope: Scope::Text,
        pattern: Pattern::Regex(text.to_owned()),
    };
    assert_eq!(kind("/colou?r|gr(a|e)y/"), regex("colou?r|gr(a|e)y"));
    assert_eq!(kind("/É\\D\\p{Lu}\\pL\\//"), regex("e\\D\\p{Lu}\\pL\\/"));
    reads("title:/colou?r/^2", "title:/colou?r/^2");
    // Folding drops the mark, and nothing is left, or nothing to repeat.
    for query in ["/\u{200e}/", "a /b|\u{615}?/"] {
        let error = parse(query, &ALL).unwrap_err();
        assert!(matches!(error.kind, ErrorKind::BadRegex { at: 0, .. }));
    }
    reads("/usr/bin", "\"usr bin\"");
    reads("24/7", "\"24 7\"");
}

#[test]
fn weights_follow_values_and_brackets() {
    reads(
        "flood^2 (dam OR levee)^0.5",
        "flood^2 AND (dam OR levee)^0.5",
    );
    reads("\"a b\"^3", "\"a b\"^3");
    reads("NOT a^2", "NOT a^2");
    reads("a^b", "\"a b\"");
}

#[test]
fn near_joins_words_from_left_to_right() {
    reads("a NEAR/3 b W/5 c", "a NEAR/3 b NEAR/5 c");
    reads("a PRE/3 (b OR \"c d\")", "a PRE/3 (b OR \"c d\")");
    reads("title:(a NEAR/3 b)", "title:a NEAR/3 title:b");
    reads("a NEAR/3 & b", "a AND b\n`&` holds no word and is left out");
    reads("W/O PRE/FIX", "\"w o\" AND \"pre fix\"");
}

#[test]
fn fields_and_their_aliases_are_known_in_any_case() {
    reads(
        "headline:a intitle:b TITLE:c",
        "title:a AND title:b AND title:c",
    );
    reads("by:doe author:doe", "byline:doe AND byline:doe");
    reads("publisher:reuters", "source:reuters");
    reads("section:sport body:ball", "section:sport AND body:ball");
    reads("title:(a OR body:b)", "title:a OR body:b");
    reads("title:don't", "title:\"don t\"");
    reads(
        "title: climate",
        "title:climate\n`title:` is read as a field of what follows; to search the word, write \"title\"",
    );
}

#[test]
fn names_are_words_or_compared_as_a_whole() {
    assert_eq!(
        kind("person:Pompeo"),
        Kind::Word {
            scope: Scope::Entity(Some(EntityKind::Person)),
            pattern: exact("pompeo"),
        }
    );
    assert_eq!(
        kind("person:=\"Mike Pompeo\""),
        Kind::Name {
            kind: Some(EntityKind::Person),
            name: "mike pompeo".into(),
        }
    );
    reads("entity:=Paris", "entity:=\"paris\"");
    reads("org:\"world bank\"", "org:\"world bank\"");
    reads("place:pari*", "place:pari*");
}

#[test]
fn what_is_no_field_is_text() {
    reads("Q&A: what", "\"q a\" AND what");
    reads("foo:", "foo");
    reads(
        "topic:oil",
        "\"topic oil\"\n`topic:` is no field and is searched as text",
    );
    reads("http://x.org/z?q=1*", "\"http x org z q 1\"");
    reads("https://x.org/A_(b|c) d", "\"https x org a b c\" AND d");
    reads("(https://x.org/a)", "\"https x org a\"");
    reads("source://a", "\"source a\"");
    reads("title:body:x", "title:\"body x\"");
}

#[test]
fn dates_are_resolved() {
    reads("date:2019", "date:2019-01-01..2019-12-31");
    reads("date:2019-04-13", "date:2019-04-13");
    reads("date:>2019", "date:2020-01-01..");
    reads("date:2019..2021", "date:2019-01-01..2021-12-31");
    reads(
        "after:2019 before:2020",
        "date:2019-01-01.. AND date:..2019-12-31",
    );
    reads(
        "since:7d until:last-month",
        "date:2021-03-24.. AND date:..2021-02-28",
    );
    reads(
        "date:(2019-04-13 OR today)",
        "date:2019-04-13 OR date:2021-03-31",
    );
    reads(
        "2019..2021",
        "\"2019 2021\"\n`2019..2021` is searched as text; days are named by `date:2019..2021`",
    );
}

#[test]
fn other_properties_take_their_values_as_written() {
    reads("has:date has:entity", "has:date AND has:entity");
    reads("lang:EN|lang:fr", "lang:en OR lang:fr");
    reads("site:https://WWW.bbc.co.uk/", "site:www.bbc.co.uk");
    reads("id:7F3K2m", "id:7f3k2m");
    reads("path:/var/A(1)/*.xml", "path:\"/var/A(1)/*.xml\"");
    reads("path:\"a b\"", "path:\"a b\"");
    reads("url:https://x.y/z?q=(1)", "url:\"https://x.y/z?q=(1)\"");
    reads("path:(/usr/ OR -tmp)", "path:/usr/ OR NOT path:tmp");
    let error = parse("path:(/a\"b/)", &ALL).unwrap_err();
    assert_eq!(error.kind, ErrorKind::UnclosedQuote);
}

#[test]
fn under_any_words_side_by_side_are_joined_by_or() {
    reads_any("a b -c", "(a OR b) AND NOT c");
    reads_any("-a -b", "NOT a AND NOT b");
    reads_any("-c", "NOT c");
    reads_any(
        "a AND b c",
        "a AND b OR c\nAND binds tighter than OR: read as (a AND b) OR c",
    );
    reads_any("a OR -b", "a OR NOT b");
    reads_any(
        "a b AND -c",
        "a OR b AND NOT c\nAND binds tighter than OR: read as a OR (b AND NOT c)",
    );
    reads_any(
        "titanic iceberg date:1912",
        "(titanic OR iceberg) AND date:1912-01-01..1912-12-31",
    );
    reads_any(
        "a b (lang:en OR lang:fr)",
        "(a OR b) AND (lang:en OR lang:fr)",
    );
    reads_any("a (b -c)", "a OR b AND NOT c");
    reads_any(
        "+boulder +city",
        "boulder OR city\n\
         the `+` of `+boulder` means nothing; write AND between words that must all occur\n\
         the `+` of `+city` means nothing; write AND between words that must all occur",
    );
    reads_any(
        "What happened to O'Brien's ship?",
        "what OR happened OR to OR \"o brien\" OR ship\n\
         the `?` of `ship?` is read as a question mark; inside a word it stands for one letter",
    );
}

#[test]
fn caps_are_named_errors_and_quick() {
    let fails = |query: &str| parse(query, &ALL).unwrap_err().kind;
    assert_eq!(fails(&"(".repeat(5000)), ErrorKind::TooLong { bytes: 5000 });
    assert_eq!(fails(&"(".repeat(MAX_BYTES)), ErrorKind::TooDeep);
    assert_eq!(
        fails(&"a ".repeat(MAX_CLAUSES + 1)),
        ErrorKind::TooManyClauses
    );
    let patterns = format!("\"{}\"", "ab* ".repeat(MAX_CLAUSES));
    assert_eq!(fails(&patterns), ErrorKind::TooManyClauses);
}

#[test]
fn what_is_just_within_the_caps_is_read() {
    let deep = format!("{}a{}", "(".repeat(MAX_DEPTH), ")".repeat(MAX_DEPTH));
    reads(&deep, "a");
    assert!(parse(&"a ".repeat(MAX_CLAUSES), &ALL).is_ok());
    assert!(
        parse(
            &"a NEAR/9 ".repeat(MAX_CLAUSES)[..MAX_CLAUSES * 9 - 8],
            &ALL
        )
        .is_ok()
    );
    assert!(parse(&format!("\"{}\"", "a ".repeat(2000)), &ALL).is_ok());
}

/// A query a line, a blank line, what is printed, and `---` after each.
#[test]
fn errors_point_at_the_place() {
    let golden = include_str!("../../tests/golden/query-errors.txt");
    let mut all = String::new();
    for block in golden.split("---\n") {
        if let Some((query, _)) = block.split_once("\n\n") {
            all.push_str(&format!("{query}\n\n{}\n---\n", read_with(query, &ALL)));
        }
    }
    assert_eq!(all, golden);
}

#[test]
fn a_blank_query_is_an_error_without_a_place() {
    let expected = "morgue: empty query\nhint: name a word to search for; `*` is every article";
    reads("", expected);
    reads(" \u{200b}\t", expected);
}

/// The tree without its places.
fn bare(node: Node) -> Node {
    let all = |nodes: Vec<Node>| nodes.into_iter().map(bare).collect();
    let kind = match node.kind {
        Kind::And(nodes) => Kind::And(all(nodes)),
        Kind::Or(nodes) => Kind::Or(all(nodes)),
        Kind::Not(inner) => Kind::Not(Box::new(bare(*inner))),
        Kind::Boost(inner, factor) => Kind::Boost(Box::new(bare(*inner)), factor),
        Kind::Near {
            left,
            right,
            distance,
            ordered,
        } => Kind::Near {
            left: Box::new(bare(*left)),
            right: Box::new(bare(*right)),
            distance,
            ordered,
        },
        kind => kind,
    };
    node_of(kind)
}

fn node_of(kind: Kind) -> Node {
    Node {
        kind,
        span: Span::default(),
    }
}

/// Printed queries may be longer and deeper than typed ones.
const WIDE: Caps = Caps {
    bytes: usize::MAX,
    depth: 1000,
    clauses: usize::MAX,
};

fn reparsed(tree: &Node) -> Node {
    let printed = tree.to_query();
    let parsed = parse_within(&printed, &ALL, WIDE);
    bare(
        parsed
            .unwrap_or_else(|error| panic!("{}", error.render(&printed)))
            .root,
    )
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,8}",
        "[0-9]{1,4}",
        Just("2.5bn".to_owned()),
        "[абвгд]{2,6}",
        Just("北京".to_owned()),
        prop_oneof![
            Just("and"),
            Just("or"),
            Just("not"),
            Just("near"),
            Just("title")
        ]
        .prop_map(str::to_owned),
    ]
}

fn wildcard() -> impl Strategy<Value = Pattern> {
    "[a-z]{2,4}([*?][a-z]{1,3}){0,2}[*?]".prop_map(Pattern::Wildcard)
}

fn fuzzy() -> impl Strategy<Value = Pattern> {
    ("[a-z]{1,8}", 1u8..=2).prop_map(|(word, edits)| Pattern::Fuzzy { word, edits })
}

fn scope() -> impl Strategy<Value = Scope> {
    prop_oneof![
        4 => Just(Scope::Text),
        1 => Just(Scope::Title),
        1 => Just(Scope::Body),
        1 => Just(Scope::Byline),
        1 => Just(Scope::Source),
        1 => Just(Scope::Section),
        1 => entity_kind().prop_map(Scope::Entity),
    ]
}

fn entity_kind() -> impl Strategy<Value = Option<EntityKind>> {
    prop_oneof![
        Just(None),
        Just(Some(EntityKind::Person)),
        Just(Some(EntityKind::Org)),
        Just(Some(EntityKind::Place)),
    ]
}

/// A word or phrase in one field.
fn text(scope: Scope) -> impl Strategy<Value = Node> {
    let inflected = word().prop_map(move |word| match scope {
        Scope::Entity(_) => Pattern::Exact(word),
        _ => Pattern::Inflected(word),
    });
    let single = prop_oneof![
        4 => inflected,
        1 => word().prop_map(Pattern::Exact),
        1 => wildcard(),
        1 => fuzzy(),
        1 => "[a-z]{1,3}[.][*+?]([(]a[|]b[)])?".prop_map(Pattern::Regex),
    ]
    .prop_map(move |pattern| node_of(Kind::Word { scope, pattern }));
    let part = prop_oneof![4 => word().prop_map(Pattern::Exact), 1 => wildcard(), 1 => fuzzy()];
    let phrase = (prop::collection::vec(part, 2..5), 0u32..=9)
        .prop_map(move |(parts, slop)| node_of(Kind::Phrase { scope, parts, slop }));
    prop_oneof![3 => single, 1 => phrase]
}

/// What NEAR can join, in one field.
fn near(scope: Scope) -> BoxedStrategy<Node> {
    text(scope)
        .prop_recursive(3, 8, 3, |inner| {
            let pair = (inner.clone(), inner.clone(), 1u8..=255, any::<bool>()).prop_map(
                |(left, right, distance, ordered)| {
                    node_of(Kind::Near {
                        left: Box::new(left),
                        right: Box::new(right),
                        distance,
                        ordered,
                    })
                },
            );
            prop_oneof![pair, prop::collection::vec(inner, 2..4).prop_map(or)]
        })
        .boxed()
}

fn and(nodes: Vec<Node>) -> Node {
    node_of(Kind::And(
        nodes
            .into_iter()
            .flat_map(|node| match node.kind {
                Kind::And(inner) => inner,
                kind => vec![node_of(kind)],
            })
            .collect(),
    ))
}

fn or(nodes: Vec<Node>) -> Node {
    node_of(Kind::Or(
        nodes
            .into_iter()
            .flat_map(|node| match node.kind {
                Kind::Or(inner) => inner,
                kind => vec![node_of(kind)],
            })
            .collect(),
    ))
}

fn day() -> impl Strategy<Value = Date> {
    (0i16..=9999, 1i8..=12, 1i8..=28).prop_map(|(year, month, day)| date(year, month, day))
}

fn days() -> impl Strategy<Value = DayRange> {
    (day(), day(), 0..4).prop_map(|(one, two, open)| DayRange {
        from: (open != 1).then_some(one.min(two)),
        until: (open != 2).then_some(one.max(two)),
    })
}

fn leaf() -> impl Strategy<Value = Node> {
    let raw = "[ -!#-~é東]{0,8}[!#-~é東]";
    let property = prop_oneof![
        Just(Kind::All),
        Just(Kind::HasDate),
        Just(Kind::HasEntity),
        days().prop_map(Kind::Days),
        "[a-z]{2}".prop_map(Kind::Language),
        "[0-9a-z]{1,16}".prop_map(Kind::Id),
        "[a-z]{1,5}([.][a-z]{2}){0,2}".prop_map(Kind::Site),
        raw.prop_map(Kind::Path),
        raw.prop_map(Kind::Url),
        (entity_kind(), prop::collection::vec(word(), 1..3)).prop_map(|(kind, words)| Kind::Name {
            kind,
            name: words.join(" "),
        }),
    ]
    .prop_map(node_of);
    prop_oneof![2 => scope().prop_flat_map(near), 1 => property]
}

fn tree() -> impl Strategy<Value = Node> {
    leaf().prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(and),
            prop::collection::vec(inner.clone(), 2..4).prop_map(or),
            inner
                .clone()
                .prop_map(|node| node_of(Kind::Not(Box::new(node)))),
            (inner, 1u32..=100_000).prop_map(|(node, cents)| node_of(Kind::Boost(
                Box::new(node),
                cents as f32 / 100.0
            ))),
        ]
    })
}

#[test]
fn marks_in_an_order_of_their_own_are_printed_in_it() {
    for query in ["ck\u{7f1}\u{1714}", "ck\u{1714}\u{7f1}", "\u{ac00}"] {
        let tree = kind(query);
        let node = Node {
            kind: tree.clone(),
            span: Span::default(),
        };
        assert_eq!(node.to_query(), query);
        assert_eq!(kind(&node.to_query()), tree);
    }
}

#[test]
fn a_text_that_would_look_like_an_address_is_printed_in_quotes() {
    let tree = Node {
        kind: Kind::Url("//A".to_owned()),
        span: Span::default(),
    };
    assert_eq!(tree.to_query(), "url:\"//A\"");
    assert_eq!(reparsed(&tree), tree);
}

/// Pieces that queries are made of, and much that they are not.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => word(),
        4 => "[-()|\"*?~^=<>:/.,'“”«»&+ ]",
        2 => prop_oneof![
            Just(" AND "), Just(" OR "), Just(" NOT "), Just(" NEAR/3 "), Just(" PRE/2 "),
            Just("title:"), Just("date:"), Just("path:"), Just("person:="), Just("site:"),
            Just("://"), Just("~2"), Just("^2.5"), Just("2019.."), Just("\\"),
        ].prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        2 => Just(" ".to_owned()),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_printed_tree_is_read_as_itself(tree in tree()) {
        prop_assert_eq!(reparsed(&tree), tree);
    }

    #[test]
    fn any_text_is_read_or_refused_at_a_place(text in soup(), any in any::<bool>()) {
        let options = Options { today: TODAY, any };
        match parse(&text, &options) {
            Ok(parsed) => {
                let tree = bare(parsed.root);
                prop_assert_eq!(reparsed(&tree), tree);
            }
            Err(error) => {
                prop_assert!(error.span.start <= error.span.end && error.span.end <= text.len());
                prop_assert!(!error.render(&text).contains(char::is_control) || error.render(&text).contains('\n'));
            }
        }
    }
}
