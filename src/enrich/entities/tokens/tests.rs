//! What the cutter promises.

use super::*;

/// Sentences parted by `|`, tokens by blanks.
fn cut(text: &str) -> String {
    let mut tokens = Tokens::default();
    tokens.cut(text);
    let shown: Vec<String> = tokens
        .sentences
        .iter()
        .map(|sentence| {
            tokens.tokens[sentence.start as usize..sentence.end as usize]
                .iter()
                .map(|token| &text[token.start as usize..token.end as usize])
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    shown.join(" | ")
}

#[test]
fn abbreviations_and_initials_keep_their_stops() {
    for (text, expected) in [
        (
            "The U.S. envoy left. He flew home.",
            "The U.S. envoy left . | He flew home .",
        ),
        (
            "Mr. J. Aldous met Dr. Birk.",
            "Mr. J. Aldous met Dr. Birk .",
        ),
        (
            "Gorton Corp. fell. Shares sank.",
            "Gorton Corp. fell . | Shares sank .",
        ),
        (
            "He joined Gorton Inc. The firm grew.",
            "He joined Gorton Inc. | The firm grew .",
        ),
        ("a U.S.-led force at 5 p.m.", "a U.S.-led force at 5 p.m."),
        (
            "It rose 4,500.5 to 7, then fell.",
            "It rose 4,500.5 to 7 , then fell .",
        ),
    ] {
        assert_eq!(cut(text), expected);
    }
}

#[test]
fn possessives_are_tokens_and_apostrophes_are_not() {
    assert_eq!(cut("Doha's O'Brien didn't"), "Doha 's O'Brien didn't");
    assert_eq!(cut("Doha’s workers’ AT&T"), "Doha ’s workers ’ AT&T");
}

#[test]
fn blank_and_short_lines_end_sentences() {
    assert_eq!(
        cut("FERRY SINKS\nNobody hurt\n\nThe ferry"),
        "FERRY SINKS | Nobody hurt | The ferry"
    );
    let wrapped = "The delegations of both sides met again in New\nYork on Friday.";
    assert_eq!(cut(wrapped).split(" | ").count(), 1);
    assert_eq!(
        cut("“Stop!” he said. “Go.” They went."),
        "“ Stop ! ” he said . | “ Go . ” | They went ."
    );
}

#[test]
fn sentences_tell_how_they_are_written() {
    let case = |text: &str| {
        let mut tokens = Tokens::default();
        tokens.cut(text);
        tokens.sentences[0].case
    };
    assert_eq!(
        case("The envoy met Aldous in Doha on Friday."),
        Case::Running
    );
    assert_eq!(case("ENVOY MEETS ALDOUS IN DOHA"), Case::Upper);
    assert_eq!(case("Envoy Meets Both Delegations in Doha"), Case::Title);
    assert_eq!(case("Marlow 2 Gorton 1"), Case::Table);
}

#[test]
fn words_between_spaces_are_cut_as_between_tabs() {
    let text = "A storm, the worst since 1987, hit Harborough on Monday. It  felled trees! no \
                one was hurt\n\nThe Mayor of East Sundmark said: I saw it. iPhone McDonald x Y. \
                \"Go home\" he told U.S. Navy men with 20th-Century self-confidence at a pub.\n";
    let (mut spaced, mut tabbed) = (Tokens::default(), Tokens::default());
    spaced.cut(text);
    tabbed.cut(&text.replace(' ', "\t"));
    assert_eq!(spaced.tokens, tabbed.tokens);
    assert_eq!(spaced.sentences, tabbed.sentences);
}

#[test]
fn any_text_is_cut_within_its_characters() {
    for text in [
        "",
        "’",
        "’s",
        "É.",
        "ﬁ’S x",
        "日本 U.",
        "a’",
        "\u{feff}A\u{300}b.c’d",
        "....",
        "'s 's",
    ] {
        let mut tokens = Tokens::default();
        tokens.cut(text);
        for token in &tokens.tokens {
            assert!(
                text.get(token.start as usize..token.end as usize).is_some(),
                "{text:?}"
            );
        }
    }
}
