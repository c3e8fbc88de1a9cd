//! The sweep against its plain twin.

use proptest::prelude::*;

use super::super::matching::Match;
use super::super::part::Part;
use super::super::plan::Plan;
use super::super::request::{Filter, Request};
use super::super::testing::*;
use super::super::twin::evaluate;
use super::champions::Single;
use super::phrase::Phrase;
use super::window::WIDTH;
use super::{Keep, shares, sweep};
use crate::index::keeping;
use crate::index::snapshot::Snapshot;
use crate::query::tree::{DayRange, Kind, Node, Scope};

/// Compares all that a sweep may be asked for with what the twin finds.
fn agrees(snapshot: &Snapshot, request: &Request) -> Result<(), TestCaseError> {
    let parts = Part::all(snapshot).unwrap();
    let plan = Plan::new(snapshot, &parts, request).unwrap();
    let twin = evaluate(snapshot, &parts, &plan).unwrap();
    let total = twin.iter().map(Vec::len).sum::<usize>() as u64;
    let run = |keep| sweep(snapshot, &parts, &plan, keep).unwrap();
    prop_assert_eq!(&run(Keep::All).matches, &twin);
    prop_assert_eq!(run(Keep::Nothing).total, total);
    for wanted in [1, 3, 10] {
        let swept = run(Keep::Best(wanted));
        prop_assert_eq!(swept.total, total);
        prop_assert_eq!(
            best(&swept.matches, wanted),
            best(&twin, wanted),
            "{}",
            wanted
        );
        let top = run(Keep::Top(wanted));
        prop_assert_eq!(
            best(&top.matches, wanted),
            best(&twin, wanted),
            "{}",
            wanted
        );
        prop_assert!(top.total <= total && top.total >= total.min(wanted as u64));
    }
    Ok(())
}

/// The matches that reach the `wanted`-th best score.
fn best(matches: &[Vec<Match>], wanted: usize) -> Vec<(usize, Match)> {
    let mut all: Vec<(usize, Match)> = matches
        .iter()
        .enumerate()
        .flat_map(|(segment, found)| found.iter().map(move |&found| (segment, found)))
        .collect();
    let mut scores: Vec<f64> = all.iter().map(|(_, (_, score))| *score).collect();
    scores.sort_by(|a, b| b.total_cmp(a));
    let bar = scores.get(wanted - 1).copied().unwrap_or(f64::MIN);
    all.retain(|(_, (_, score))| *score >= bar);
    all
}

fn any_word() -> impl Strategy<Value = String> {
    let words = [
        "vote", "=vote", "votes", "=polls", "city", "the", "rare", "vo*", "c?ty", "none",
    ];
    prop::sample::select(words.map(str::to_owned).to_vec())
}

fn any_query() -> impl Strategy<Value = Node> {
    let scope =
        prop_oneof![3 => Just(Scope::Text), 1 => Just(Scope::Title), 1 => Just(Scope::Body)];
    let leaf = prop_oneof![
        5 => (scope.clone(), any_word()).prop_map(|(scope, text)| word_in(scope, &text)),
        2 => (scope, prop::collection::vec(any_word(), 2..4), 0u32..2)
            .prop_map(|(scope, words, slop)| phrase_in(scope, &words.join(" "), slop)),
        1 => (any_word(), any_word(), 1u8..5, any::<bool>())
            .prop_map(|(a, b, n, ordered)| near(word(&a), word(&b), n, ordered)),
        1 => Just(node(Kind::HasDate)),
        1 => Just(node(Kind::Language("fr".into()))),
        1 => Just(node(Kind::All)),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 2..4).prop_map(and),
            3 => prop::collection::vec(inner.clone(), 2..4).prop_map(or),
            1 => inner.clone().prop_map(not),
            1 => inner.prop_map(|inner| node(Kind::Boost(Box::new(inner), 2.5))),
        ]
    })
}

/// An archive in several segments, wider than a window, some of it deleted
/// and some of it under way.
fn archive(seed: u64) -> Snapshot {
    let mut index = index(seed, 9000, [1, 1]);
    for number in 0..9000 {
        if number as u64 * seed % 40 == 3 {
            index.delete(number);
        }
    }
    index.unfinished = vec![2];
    index.snapshot()
}

/// The same archive without lists beside its segments and with them, so many times as long in its
/// first segment and its last. If articles are deleted, it is few of the first and many
/// of the last; readings of which some are under way are in all.
fn archives(seed: u64, is_worn: bool, under_way: &[u64], times: [u64; 2]) -> [Snapshot; 2] {
    let mut index = index(seed, 9000, times);
    index.unfinished = under_way.to_vec();
    if is_worn {
        let few = (0..5200).step_by(260);
        let many = (5400..9000).step_by(3);
        few.chain(many).for_each(|number| index.delete(number));
    }
    let (without, with) = (index.snapshot(), index.snapshot());
    keeping::give(&with);
    [without, with]
}

fn index(seed: u64, articles: u64, times: [u64; 2]) -> TestIndex {
    let mut state = seed | 1;
    let mut dice = move |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % below
    };
    const WORDS: &[&str] = &[
        "vote", "votes", "voting", "poll", "polls", "city", "cities", "the", "a",
    ];
    let mut index = TestIndex::new();
    for number in 0..articles {
        let length = match dice(300) {
            // Long enough for what is laid out for usual texts not to do.
            0 => 200 + dice(900),
            _ => dice(6) * dice(4),
        };
        let times = times[usize::from(number > 5300)];
        let mut words: Vec<&str> = (0..length * times)
            .map(|_| WORDS[dice(9) as usize])
            .collect();
        if dice(700) == 0 {
            words.push("rare");
        }
        index.add(Draft {
            title: (dice(4) == 0).then(|| WORDS[dice(9) as usize].to_owned()),
            day: (dice(3) > 0).then(|| dice(9) as i64),
            language: (dice(5) == 0).then(|| "fr".to_owned()),
            reading: 1 + u64::from(dice(50) == 0),
            ..Draft::body(&words.join(" "))
        });
        if number == 5200 || number == 5300 {
            index.snapshot();
        }
    }
    index
}

proptest! {
    #[test]
    fn shares_hold_every_document_once_and_in_order(
        sizes in prop::collection::vec(0u32..40_000, 0..6),
        count in 1u64..9,
    ) {
        let shares = shares(&sizes, count);
        prop_assert!(shares.len() as u64 <= count);
        let mut reached = vec![0; sizes.len()];
        let mut last = 0;
        for stretch in shares.iter().flatten() {
            prop_assert!(stretch.segment >= last && stretch.until > stretch.from);
            prop_assert_eq!(stretch.from, reached[stretch.segment]);
            prop_assert_eq!(stretch.from as usize % WIDTH, 0);
            (reached[stretch.segment], last) = (stretch.until, stretch.segment);
        }
        prop_assert_eq!(reached, sizes.clone());
        let all: u64 = sizes.iter().copied().map(u64::from).sum();
        for share in &shares {
            let documents: u64 = share.iter().map(|one| u64::from(one.until - one.from)).sum();
            prop_assert!(documents <= all / count + 1 + WIDTH as u64);
        }
    }
}

#[test]
fn a_sweep_finds_what_its_plain_twin_finds_in_a_large_worn_archive() {
    let [_, with_lists] = archives(7, true, &[], [1, 3]);
    let snapshots = [archive(7), with_lists];
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let queries = (any_query(), prop::option::of(0i16..3), any::<bool>());
    runner
        .run(&queries, |(query, year, any)| {
            let date = |day| jiff::civil::date(1970, 1, day);
            let days = year.map(|_| DayRange {
                from: Some(date(2)),
                until: Some(date(7)),
            });
            let request = Request {
                any,
                filter: Filter {
                    days,
                    ..Filter::default()
                },
                ..Request::new(query)
            };
            let agree = snapshots.iter().map(|snapshot| agrees(snapshot, &request));
            agree.collect()
        })
        .unwrap();
}

#[test]
fn a_sweep_finds_what_its_plain_twin_finds_for_every_kind_of_query() {
    let snapshot = archive(99);
    let queries = [
        word("vote"),
        word("rare"),
        or(vec![word("rare"), word("the")]),
        or(vec![word("vote"), word("poll"), word("city")]),
        and(vec![word("vote"), word("rare")]),
        and(vec![word("vote"), word("city"), not(word("the"))]),
        or(vec![and(vec![word("vote"), word("rare")]), word("city")]),
        phrase("the city"),
        phrase("a a"),
        phrase("vote polls vote"),
        phrase("=rare the"),
        phrase_in(Scope::Title, "=city", 0),
        near(phrase("the city"), word("rare"), 9, false),
        and(vec![phrase("vote the"), word("poll"), node(Kind::HasDate)]),
        not(phrase("a a")),
        and(vec![phrase("the city"), node(Kind::HasDate)]),
        and(vec![
            phrase_in(Scope::Text, "the city", 1),
            node(Kind::HasDate),
        ]),
        and(vec![word("vote"), node(Kind::HasDate)]),
    ];
    let [_, with_lists] = archives(99, false, &[2], [3, 1]);
    for query in queries {
        agrees(&snapshot, &Request::new(query.clone())).unwrap();
        agrees(&with_lists, &Request::new(query)).unwrap();
    }
}

/// An archive in two segments with lists beside them, of words that each stand in half as
/// many articles as the one before: `w0` in most, `w9` in few.
fn graded(seed: u64, is_worn: bool) -> Snapshot {
    let mut state = seed;
    let mut dice = move |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut index = TestIndex::new();
    for number in 0..14_000u64 {
        let mut words = Vec::new();
        for rank in 0..10 {
            if dice(2 << rank) < 1 + rank / 4 {
                let times = 1 + dice(3) * dice(3) * dice(2);
                words.extend(vec![format!("w{rank}"); times as usize]);
            }
        }
        words.extend(vec!["and".to_owned(); (1 + dice(4) * dice(12)) as usize]);
        index.add(Draft {
            title: (dice(9) == 0).then(|| format!("w{}", dice(10))),
            day: (dice(3) > 0).then(|| dice(9) as i64),
            ..Draft::body(&words.join(" "))
        });
        if number == 9000 {
            index.snapshot();
        }
    }
    if is_worn {
        (0..14_000)
            .step_by(7)
            .for_each(|number| index.delete(number));
    }
    let snapshot = index.snapshot();
    keeping::give(&snapshot);
    snapshot
}

#[test]
fn the_best_of_alternatives_are_those_that_a_plain_twin_finds() {
    let snapshots = [graded(1, false), graded(2, true)];
    let date = |day| jiff::civil::date(1970, 1, day);
    let days = [None, Some((date(2), date(4)))];
    let scope = prop_oneof![4 => Just(Scope::Text), 1 => Just(Scope::Body)];
    let one = prop_oneof![
        8 => (scope, 0..10).prop_map(|(scope, rank)| word_in(scope, &format!("w{rank}"))),
        1 => Just(phrase("w0 w1")),
        1 => Just(word("none")),
    ];
    let one = (
        one,
        prop_oneof![3 => Just(1.0f32), 1 => Just(0.2), 1 => Just(3.0)],
    );
    let one = one.prop_map(|(one, boost)| node(Kind::Boost(Box::new(one), boost)));
    let queries = (
        prop::collection::vec(one, 2..8),
        prop::sample::select(days.to_vec()),
    );
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 150,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let of_query = |(any, days): (Vec<Node>, Option<_>)| {
        let request = Request {
            filter: Filter {
                days: days.map(|(from, until)| DayRange {
                    from: Some(from),
                    until: Some(until),
                }),
                ..Filter::default()
            },
            ..Request::new(or(any))
        };
        let agree = snapshots.iter().map(|snapshot| agrees(snapshot, &request));
        agree.collect()
    };
    runner.run(&queries, of_query).unwrap();
}

#[test]
fn champions_settle_single_words_as_a_plain_twin_does() {
    let date = |day| jiff::civil::date(1970, 1, day);
    let days = DayRange {
        from: Some(date(2)),
        until: Some(date(4)),
    };
    let mut settled = [0; 2];
    let archives = [
        archives(3, false, &[], [1, 1]),
        archives(4, true, &[], [1, 6]),
        archives(5, false, &[], [6, 1]),
        archives(6, true, &[2], [1, 1]),
        archives(7, false, &[2], [2, 1]),
    ];
    for [without, snapshot] in archives {
        let [parts_without, parts] = [&without, &snapshot].map(|of| Part::all(of).unwrap());
        for query in ["vote", "poll", "city", "the", "rare", "=votes", "none"] {
            for days in [None, Some(days)] {
                let request = Request {
                    filter: Filter {
                        days,
                        ..Filter::default()
                    },
                    ..Request::new(node(Kind::Boost(Box::new(word(query)), 1.5)))
                };
                agrees(&snapshot, &request).unwrap();
                let plan = Plan::new(&snapshot, &parts, &request).unwrap();
                let plain = Plan::new(&without, &parts_without, &request).unwrap();
                assert_eq!(plan.leaves[0].weight, plain.leaves[0].weight);
                for keep in [Keep::Nothing, Keep::Best(3), Keep::Top(3)] {
                    let single = Single::of(&snapshot, &plan, keep).unwrap();
                    for part in &parts {
                        let answer = single.answer(&snapshot, part).unwrap();
                        settled[usize::from(answer.is_some())] += 1;
                    }
                }
            }
        }
    }
    // Both ways were gone.
    assert!(settled.iter().all(|&count| count > 20), "{settled:?}");
}

#[test]
fn pairs_settle_phrases_as_a_plain_twin_does() {
    let date = |day| jiff::civil::date(1970, 1, day);
    let days = DayRange {
        from: Some(date(2)),
        until: Some(date(4)),
    };
    let archives = [
        archives(3, false, &[], [1, 1]),
        archives(4, true, &[2], [1, 6]),
    ];
    for [without, snapshot] in archives {
        let phrases = [
            "the city",
            "a a",
            "vote polls a",
            "a the a",
            "rare the city",
            "the rare city",
            "the none",
        ];
        for (words, scope) in phrases
            .iter()
            .flat_map(|&words| [Scope::Text, Scope::Title, Scope::Body].map(|scope| (words, scope)))
        {
            for days in [None, Some(days)] {
                let request = Request {
                    filter: Filter {
                        days,
                        ..Filter::default()
                    },
                    ..Request::new(phrase_in(scope, words, 0))
                };
                agrees(&snapshot, &request).unwrap();
            }
        }
        // Positions are read for none but the first, or of what pairs do not know of.
        let reads = |snapshot: &Snapshot, words: &str| {
            let parts = Part::all(snapshot).unwrap();
            let plan = Plan::new(snapshot, &parts, &Request::new(phrase(words))).unwrap();
            let leaf = &plan.leaves[0];
            let expression = leaf.expression.as_ref().unwrap();
            let of_part = parts.iter().enumerate().map(|(segment, part)| {
                let phrase = Phrase::new(part, segment, leaf, expression).unwrap();
                phrase.reads_positions()
            });
            of_part.collect::<Vec<_>>()
        };
        assert!(!reads(&without, "the city").contains(&false));
        assert!(!reads(&snapshot, "the city").contains(&true));
        assert!(!reads(&snapshot, "a the a").contains(&false));
        assert!(!reads(&snapshot, "rare the").contains(&false));
    }
}

#[test]
fn a_champion_list_that_was_altered_is_not_used() {
    let [_, snapshot] = archives(8, false, &[], [1, 1]);
    let parts = Part::all(&snapshot).unwrap();
    let request = Request::new(word("vote"));
    let mut plan = Plan::new(&snapshot, &parts, &request).unwrap();
    let settles = |plan: &Plan| {
        let single = Single::of(&snapshot, plan, Keep::Nothing).unwrap();
        single.answer(&snapshot, &parts[0]).unwrap().is_some()
    };
    assert!(settles(&plan));
    // One of another stemmer, to which other words belong.
    plan.leaves[0].groups[0].segments[0].pop();
    assert!(!settles(&plan));
}
