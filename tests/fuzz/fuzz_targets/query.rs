//! A query is read or refused at a place within a second, and a tree that is
//! printed is read as itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use morgue::query::tree::{Kind, Node, Span};
use morgue::query::{ErrorKind, Options, parse};
use morgue_fuzz::within_a_second;

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
    Node {
        kind,
        span: Span::default(),
    }
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let all = Options {
        today: || jiff::civil::date(2021, 3, 31),
        any: false,
    };
    let any = Options { any: true, ..all };
    for options in [all, any] {
        match within_a_second(|| parse(text, &options)) {
            Ok(parsed) => {
                let tree = bare(parsed.root);
                let printed = within_a_second(|| tree.to_query());
                // What stood side by side is printed with its operators.
                match parse(&printed, &all) {
                    Ok(again) => assert_eq!(bare(again.root), tree, "printed as {printed}"),
                    // A printed query may be longer and deeper than a typed one.
                    Err(error) => assert!(
                        matches!(
                            error.kind,
                            ErrorKind::TooLong { .. }
                                | ErrorKind::TooDeep
                                | ErrorKind::TooManyClauses
                        ),
                        "printed as {printed}: {error:?}"
                    ),
                }
            }
            Err(error) => {
                let span = error.span;
                assert!(span.start <= span.end && span.end <= text.len());
                assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end));
                within_a_second(|| error.render(text));
            }
        }
    }
});
