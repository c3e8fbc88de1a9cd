//! What each part of the query language matches, on articles small enough to
//! be judged by eye, and on random ones judged by a scanner without an index.
#![allow(clippy::expect_used)]

use proptest::prelude::*;

use super::request::{Filter, Note, Request, SearchError, Sort};
use super::run::{count, search};
use super::testing::*;
use crate::article::EntityKind;
use crate::index::inflect::stemmer;
use crate::index::snapshot::Snapshot;
use crate::query::tree::{DayRange, Kind, Node, Pattern, Scope};
use crate::text::words::folded;

/// Numbers of the articles that match, ascending.
fn found(snapshot: &Snapshot, query: Node) -> Vec<usize> {
    found_with(snapshot, &Request::new(query))
}

fn found_with(snapshot: &Snapshot, request: &Request) -> Vec<usize> {
    let mut numbers = ranked(snapshot, request);
    numbers.sort();
    numbers
}

/// Numbers of the articles that match, best first.
fn ranked(snapshot: &Snapshot, request: &Request) -> Vec<usize> {
    let request = Request {
        limit: None,
        ..request.clone()
    };
    let all = ids(snapshot, &request);
    assert_eq!(
        all.len() as u64,
        count(snapshot, &request).expect("it counts")
    );
    for limit in [1, 3] {
        let top = Request {
            limit: Some(limit),
            total: false,
            ..request.clone()
        };
        let wanted = &all[..limit.min(all.len())];
        assert_eq!(ids(snapshot, &top), wanted, "{:?}", request.query.kind);
    }
    all.iter()
        .map(|id| {
            (0..200)
                .find(|&n| id_of(n).to_string() == *id)
                .expect("a known id")
        })
        .collect()
}

fn news() -> Snapshot {
    let mut index = TestIndex::new();
    index.add_file(1, "/news/gulf/doha.txt");
    index.add_file(2, "/news/old/Archive.zip");
    index.add(Draft {
        day: Some(18_000),
        publisher: Some("Gulf Wire".into()),
        byline: vec!["Ann Lee".into(), "Omar Haddad".into()],
        section: Some("World".into()),
        language: Some("en".into()),
        url: Some("https://www.gulf.example.org/a/1?x=2".into()),
        entities: vec![
            (EntityKind::Person, "Mike Pompeo".into()),
            (EntityKind::Place, "Doha".into()),
        ],
        ..Draft::titled(
            "Envoy meets delegations",
            "The envoy met both sides in Doha.",
        )
    });
    index.add(Draft {
        reading: 2,
        day: Some(-3),
        member: Some("1969/dec.txt".into()),
        language: Some("fr".into()),
        entities: vec![(EntityKind::Org, "Doha Bank".into())],
        ..Draft::titled(
            "Elections delayed",
            "A bank in the city; the election may come later.",
        )
    });
    index.add(Draft::body(
        "Climatic change, climate policy and O'Brien's women.",
    ));
    index.snapshot()
}

#[test]
fn words_match_their_inflections_and_exact_words_only_themselves() {
    let snapshot = news();
    assert_eq!(found(&snapshot, word("elections")), [1]);
    assert_eq!(
        found(&snapshot, word_in(Scope::Body, "=elections")),
        [0usize; 0]
    );
    assert_eq!(found(&snapshot, word_in(Scope::Title, "=elections")), [1]);
    assert_eq!(found(&snapshot, word("meeting")), [0]);
}

#[test]
fn each_word_of_a_conjunction_may_stand_in_title_or_body() {
    let snapshot = news();
    assert_eq!(
        found(&snapshot, and(vec![word("delegations"), word("doha")])),
        [0]
    );
    assert_eq!(found(&snapshot, phrase("delegations the")), [0usize; 0]);
}

#[test]
fn exclusion_and_everything_leave_hidden_documents_out() {
    let snapshot = news();
    assert_eq!(found(&snapshot, node(Kind::All)), [0, 1, 2]);
    assert_eq!(found(&snapshot, not(word("the"))), [2]);
    assert_eq!(
        found(&snapshot, and(vec![word("the"), not(word("envoy"))])),
        [1]
    );
    assert_eq!(
        found(&snapshot, or(vec![not(word("the")), word("envoy")])),
        [0, 2]
    );
}

#[test]
fn any_makes_words_alternatives_but_keeps_conditions() {
    let snapshot = news();
    let query = and(vec![
        word("envoy"),
        word("climate"),
        word("bank"),
        not(word("city")),
    ]);
    let request = Request {
        any: true,
        ..Request::new(query)
    };
    assert_eq!(found_with(&snapshot, &request), [0, 2]);
}

#[test]
fn patterns_match_surface_words() {
    let snapshot = news();
    assert_eq!(found(&snapshot, word("climat*")), [2]);
    assert_eq!(found(&snapshot, word("wom?n")), [2]);
    assert_eq!(found(&snapshot, word("dohe~1")), [0]);
    assert_eq!(found(&snapshot, word("/(city|sides)/")), [0, 1]);
    assert_eq!(found(&snapshot, word("/cit/")), [0usize; 0]);
    assert_eq!(found(&snapshot, phrase("climat* change")), [2]);
}

#[test]
fn absurd_regular_expressions_are_errors() {
    let request = Request::new(word("/(.{0,50}){50}(.{0,50}){50}/"));
    let error = search(&news(), &request).expect_err("too large");
    assert_eq!(error.to_string(), "the regular expression repeats too much");
    let request = Request::new(word("/(/"));
    let error = search(&news(), &request).expect_err("malformed");
    assert!(matches!(error, SearchError::Query { .. }));
}

#[test]
fn proximity_is_decided_by_positions() {
    let snapshot = TestIndex::of_bodies(&["a b x b c", "c x x a", "a x b"]);
    let (a, b, c) = (|| word("=a"), || word("=b"), || word("=c"));
    assert_eq!(found(&snapshot, phrase("a b")), [0]);
    assert_eq!(found(&snapshot, phrase_in(Scope::Text, "a b", 1)), [0, 2]);
    assert_eq!(found(&snapshot, near(a(), c(), 3, false)), [1]);
    assert_eq!(found(&snapshot, near(a(), c(), 4, false)), [0, 1]);
    assert_eq!(found(&snapshot, near(a(), c(), 4, true)), [0]);
    let either = near(a(), or(vec![b(), c()]), 1, false);
    assert_eq!(found(&snapshot, either), [0]);
}

#[test]
fn fields_are_searched_by_words_and_entities_within_one_name() {
    let snapshot = news();
    let entity = |kind, text| word_in(Scope::Entity(kind), text);
    assert_eq!(found(&snapshot, word_in(Scope::Byline, "haddad")), [0]);
    assert_eq!(
        found(&snapshot, phrase_in(Scope::Byline, "lee omar", 0)),
        [0usize; 0]
    );
    assert_eq!(found(&snapshot, word_in(Scope::Source, "gulf")), [0]);
    assert_eq!(found(&snapshot, word_in(Scope::Section, "world")), [0]);
    assert_eq!(found(&snapshot, entity(None, "doha")), [0, 1]);
    assert_eq!(
        found(&snapshot, entity(Some(EntityKind::Place), "doha")),
        [0]
    );
    assert_eq!(
        found(&snapshot, phrase_in(Scope::Entity(None), "mike pompeo", 0)),
        [0]
    );
    assert_eq!(
        found(&snapshot, phrase_in(Scope::Entity(None), "pompeo doha", 60)),
        [0usize; 0]
    );
    let name = |kind, name: &str| {
        node(Kind::Name {
            kind,
            name: name.into(),
        })
    };
    assert_eq!(found(&snapshot, name(None, "doha bank")), [1]);
    assert_eq!(found(&snapshot, name(None, "doha")), [0]);
    assert_eq!(
        found(&snapshot, name(Some(EntityKind::Org), "doha")),
        [0usize; 0]
    );
}

#[test]
fn conditions_filter_by_date_language_address_path_and_id() {
    let snapshot = news();
    let days = |from: Option<(i16, i8, i8)>, until: Option<(i16, i8, i8)>| {
        let date = |(y, m, d)| jiff::civil::date(y, m, d);
        node(Kind::Days(DayRange {
            from: from.map(date),
            until: until.map(date),
        }))
    };
    assert_eq!(
        found(&snapshot, days(Some((1969, 12, 29)), Some((1969, 12, 29)))),
        [1]
    );
    assert_eq!(
        found(&snapshot, days(None, Some((1969, 12, 28)))),
        [0usize; 0]
    );
    assert_eq!(found(&snapshot, days(None, None)), [0, 1]);
    assert_eq!(found(&snapshot, node(Kind::HasDate)), [0, 1]);
    assert_eq!(found(&snapshot, not(node(Kind::HasDate))), [2]);
    assert_eq!(found(&snapshot, node(Kind::HasEntity)), [0, 1]);
    assert_eq!(found(&snapshot, node(Kind::Language("fr".into()))), [1]);
    assert_eq!(
        found(&snapshot, node(Kind::Site("example.org".into()))),
        [0]
    );
    assert_eq!(
        found(&snapshot, node(Kind::Site("ample.org".into()))),
        [0usize; 0]
    );
    assert_eq!(found(&snapshot, node(Kind::Url("/A/*x=".into()))), [0]);
    assert_eq!(found(&snapshot, node(Kind::Path("gulf".into()))), [0, 2]);
    assert_eq!(
        found(&snapshot, node(Kind::Path("archive.zip!1969".into()))),
        [1]
    );
    let id = id_of(1).to_string();
    assert_eq!(found(&snapshot, node(Kind::Id(id[..5].into()))), [1]);
    assert_eq!(found(&snapshot, node(Kind::Id(id))), [1]);
    let request = Request {
        filter: Filter {
            below: vec![b"/news/old".to_vec()],
            ..Filter::default()
        },
        ..Request::new(node(Kind::All))
    };
    assert_eq!(found_with(&snapshot, &request), [1]);
}

#[test]
fn titles_weigh_more_and_ties_go_to_the_newest() {
    let mut index = TestIndex::new();
    index.add(Draft::titled("Other things", "flood and more words here"));
    index.add(Draft::titled("Flood things", "other and more words here"));
    for day in [Some(5), None, Some(9)] {
        index.add(Draft {
            day,
            ..Draft::body("harvest")
        });
    }
    let snapshot = index.snapshot();
    assert_eq!(ranked(&snapshot, &Request::new(word("flood"))), [1, 0]);
    assert_eq!(ranked(&snapshot, &Request::new(word("harvest"))), [4, 2, 3]);
    let oldest = Request {
        sort: Sort::Oldest,
        ..Request::new(word("harvest"))
    };
    assert_eq!(ranked(&snapshot, &oldest), [2, 4, 3]);
}

#[test]
fn inflections_score_as_one_word() {
    let snapshot = TestIndex::of_bodies(&["vote votes", "vote vote", "other words"]);
    let page = search(&snapshot, &Request::new(word("voting"))).expect("runs");
    assert_eq!(page.total, 2);
    assert_eq!(page.hits[0].score, page.hits[1].score);
}

#[test]
fn the_history_of_an_index_does_not_change_its_answers() {
    let texts = [
        "flood in the city",
        "the flood came",
        "city votes flood",
        "none of it",
    ];
    let straight = TestIndex::of_bodies(&texts);
    let mut index = TestIndex::new();
    for (number, text) in texts.iter().enumerate() {
        index.add_as(number + 100, Draft::body("flood flood flood"));
        index.snapshot();
        index.add_as(number, Draft::body(text));
        index.delete(number + 100);
    }
    index.unfinished = vec![7];
    index.add_as(
        50,
        Draft {
            reading: 7,
            ..Draft::body("flood under way")
        },
    );
    let worn = index.snapshot();
    for query in [
        word("flood"),
        or(vec![word("flood"), word("city")]),
        phrase("the flood"),
    ] {
        let of = |snapshot| {
            let page = search(snapshot, &Request::new(query.clone())).expect("runs");
            page.hits
                .iter()
                .map(|hit| (hit.article.id.clone(), hit.score))
                .collect::<Vec<_>>()
        };
        assert_eq!(of(&straight), of(&worn));
    }
}

#[test]
fn pages_follow_one_another() {
    let bodies: Vec<String> = (0..30)
        .map(|n| format!("word {}", "more ".repeat(n % 7)))
        .collect();
    let snapshot = TestIndex::of_bodies(&bodies.iter().map(String::as_str).collect::<Vec<_>>());
    let all = ranked(&snapshot, &Request::new(word("word")));
    let request = Request {
        limit: Some(7),
        offset: 11,
        ..Request::new(word("word"))
    };
    let page = search(&snapshot, &request).expect("runs");
    assert_eq!(page.total, 30);
    let expected: Vec<String> = all[11..18].iter().map(|&n| id_of(n).to_string()).collect();
    assert_eq!(
        page.hits
            .iter()
            .map(|hit| hit.article.id.clone())
            .collect::<Vec<_>>(),
        expected
    );
    assert_eq!(page.hits[0].rank, 12);
}

#[test]
fn a_pattern_for_too_many_words_keeps_the_frequent_ones_and_says_so() {
    let many: Vec<String> = (0..5000).map(|n| format!("ab{n}")).collect();
    let text = many.join(" ");
    let snapshot = TestIndex::of_bodies(&[&text, "ab4999"]);
    let page = search(&snapshot, &Request::new(word("ab*"))).expect("runs");
    assert_eq!(page.total, 2);
    let [
        Note::Cut {
            kept: 4096,
            found: 5000,
            ..
        },
    ] = page.notes[..]
    else {
        panic!("no note of the cut: {:?}", page.notes);
    };
}

/// Random articles over a few words, so that everything meets everything.
fn text() -> impl Strategy<Value = String> {
    prop::collection::vec("(vote|votes|voting|poll|polls|city|cities|the|a)", 0..9)
        .prop_map(|words| words.join(" "))
}

fn any_word() -> impl Strategy<Value = String> {
    let words = [
        "vote", "=vote", "votes", "poll", "=polls", "city", "the", "a", "vo*", "c?ty", "pool~1",
        "/.*s/", "none",
    ];
    prop::sample::select(words.map(str::to_owned).to_vec())
}

fn any_query() -> impl Strategy<Value = Node> {
    let scope =
        prop_oneof![3 => Just(Scope::Text), 1 => Just(Scope::Title), 1 => Just(Scope::Body)];
    let leaf = prop_oneof![
        4 => (scope.clone(), any_word()).prop_map(|(scope, text)| word_in(scope, &text)),
        2 => (scope, prop::collection::vec(any_word(), 2..4), 0u32..3)
            .prop_map(|(scope, words, slop)| phrase_in(scope, &words.join(" "), slop)),
        1 => (any_word(), any_word(), 1u8..5, any::<bool>())
            .prop_map(|(a, b, n, ordered)| near(word(&a), word(&b), n, ordered)),
        1 => (any_word(), any_word(), any_word(), 1u8..4).prop_map(|(a, b, c, n)| {
            near(near(word(&a), word(&b), n, false), or(vec![word(&c), phrase("the city")]), n, false)
        }),
        1 => Just(node(Kind::HasDate)),
        1 => Just(node(Kind::All)),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(and),
            prop::collection::vec(inner.clone(), 2..4).prop_map(or),
            inner.clone().prop_map(not),
            inner.prop_map(|inner| node(Kind::Boost(Box::new(inner), 2.5))),
        ]
    })
}

/// The scanner: decides from the words alone whether an article matches.
mod scanner {
    use super::*;

    pub(super) fn matches(query: &Node, draft: &Draft) -> bool {
        match &query.kind {
            Kind::All => true,
            Kind::HasDate => draft.day.is_some(),
            Kind::And(all) => all.iter().all(|one| matches(one, draft)),
            Kind::Or(any) => any.iter().any(|one| matches(one, draft)),
            Kind::Not(inner) => !matches(inner, draft),
            Kind::Boost(inner, _) => matches(inner, draft),
            _ => texts(scope(query), draft)
                .iter()
                .any(|words| !places(query, words).is_empty()),
        }
    }

    fn scope(query: &Node) -> Scope {
        match &query.kind {
            Kind::Word { scope, .. } | Kind::Phrase { scope, .. } => *scope,
            _ => Scope::Text,
        }
    }

    fn texts(scope: Scope, draft: &Draft) -> Vec<Vec<String>> {
        let title = folded(draft.title.as_deref().unwrap_or(""));
        let body = folded(&draft.body);
        match scope {
            Scope::Title => vec![title],
            Scope::Body => vec![body],
            _ => vec![title, body],
        }
    }

    fn fits(pattern: &Pattern, word: &str) -> bool {
        match pattern {
            Pattern::Exact(exact) => exact == word,
            Pattern::Inflected(asked) => {
                let english = stemmer();
                english.stem(asked) == english.stem(word)
            }
            Pattern::Wildcard(text) => {
                let regex = text.replace('*', ".*").replace('?', ".");
                regex::Regex::new(&format!("^{regex}$"))
                    .expect("valid")
                    .is_match(word)
            }
            // The only fuzzy word of the tests is `pool~1`.
            Pattern::Fuzzy { .. } => word == "poll",
            Pattern::Regex(_) => word.ends_with('s'),
        }
    }

    /// Every (first, last) place at which the query stands, by trying all.
    fn places(query: &Node, words: &[String]) -> Vec<(usize, usize)> {
        match &query.kind {
            Kind::Word { pattern, .. } => (0..words.len())
                .filter(|&at| fits(pattern, &words[at]))
                .map(|at| (at, at))
                .collect(),
            Kind::Phrase { parts, slop, .. } => {
                let mut found: Vec<(usize, usize)> = (0..words.len())
                    .filter(|&at| fits(&parts[0], &words[at]))
                    .map(|at| (at, at))
                    .collect();
                for part in &parts[1..] {
                    found = found
                        .iter()
                        .flat_map(|&(first, last)| {
                            (last + 1..words.len())
                                .filter(|&at| fits(part, &words[at]))
                                .map(move |at| (first, at))
                                .collect::<Vec<_>>()
                        })
                        .collect();
                }
                found.retain(|&(first, last)| last - first + 1 - parts.len() <= *slop as usize);
                found
            }
            Kind::Or(any) => any.iter().flat_map(|one| places(one, words)).collect(),
            Kind::Near {
                left,
                right,
                distance,
                ordered,
            } => {
                let mut found = Vec::new();
                for a in places(left, words) {
                    for b in places(right, words) {
                        let reach = usize::from(*distance);
                        if b.0 > a.1 && b.0 - a.1 <= reach {
                            found.push((a.0, b.1));
                        } else if !ordered && a.0 > b.1 && a.0 - b.1 <= reach {
                            found.push((b.0, a.1));
                        }
                    }
                }
                found
            }
            _ => Vec::new(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_index_finds_what_a_scanner_finds(
        articles in prop::collection::vec((prop::option::of(text()), text(), prop::option::of(0i64..9)), 1..20),
        queries in prop::collection::vec(any_query(), 8),
    ) {
        let mut index = TestIndex::new();
        let mut drafts = Vec::new();
        for (number, (title, body, day)) in articles.into_iter().enumerate() {
            let draft = Draft { title, day, ..Draft::body(&body) };
            index.add(draft.clone());
            drafts.push(draft);
            if number == 9 {
                index.snapshot();
            }
        }
        let snapshot = index.snapshot();
        for query in queries {
            let expected: Vec<usize> = (0..drafts.len())
                .filter(|&number| scanner::matches(&query, &drafts[number]))
                .collect();
            prop_assert_eq!(found(&snapshot, query.clone()), expected, "{:?}", query.kind);
        }
    }
}
