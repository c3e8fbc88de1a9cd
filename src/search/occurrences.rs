//! Where an expression stands, word by word: as `positions` decides, but
//! telling which words take part and which only lie between them.

use super::positions::{Expression, Interval};

/// More occurrences than these in one text are not marked.
const MOST: usize = 2_000;

/// One occurrence of an expression.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Occurrence {
    /// First and last position.
    pub(crate) span: Interval,
    /// The words that take part: first and last positions of unbroken runs,
    /// ascending.
    pub(crate) runs: Vec<Interval>,
}

/// Where `expression` stands, given each group's ascending positions.
pub(crate) fn occurrences(expression: &Expression, positions: &[Vec<u32>]) -> Vec<Occurrence> {
    let mut all = match expression {
        Expression::Word(_) | Expression::Phrase { .. } | Expression::Name(_) => expression
            .find(positions)
            .into_iter()
            .take(MOST)
            .map(|span| Occurrence {
                span,
                runs: runs_of(expression, span, positions),
            })
            .collect(),
        Expression::Or(any) => any
            .iter()
            .flat_map(|one| occurrences(one, positions))
            .collect(),
        Expression::Near {
            left,
            right,
            distance,
            ordered,
        } => {
            let (left, right) = (occurrences(left, positions), occurrences(right, positions));
            let mut all = Vec::new();
            follow(&left, &right, *distance, &mut all);
            if !ordered {
                follow(&right, &left, *distance, &mut all);
            }
            all
        }
    };
    all.sort_unstable();
    all.dedup();
    all.truncate(MOST);
    all
}

/// The words of a word or phrase that stands at `span`.
fn runs_of(expression: &Expression, span: Interval, positions: &[Vec<u32>]) -> Vec<Interval> {
    let Expression::Phrase { groups, slop } = expression else {
        return vec![span];
    };
    let (Some((_, rest)), true) = (groups.split_first(), *slop > 0) else {
        return vec![span];
    };
    // The earliest place of every word but the last, as the phrase was found.
    let mut runs = vec![(span.0, span.0)];
    let mut at = span.0;
    for (number, &group) in rest.iter().enumerate() {
        at = if number + 1 == rest.len() {
            span.1
        } else {
            let places = &positions[group];
            match places.get(places.partition_point(|&p| p <= at)) {
                Some(&next) => next,
                None => return vec![span],
            }
        };
        match runs.last_mut() {
            Some(last) if last.1 + 1 == at => last.1 = at,
            _ => runs.push((at, at)),
        }
    }
    runs
}

/// Adds every pair of which the second begins 1 to `distance` positions after
/// the first ends.
fn follow(first: &[Occurrence], second: &[Occurrence], distance: u32, all: &mut Vec<Occurrence>) {
    for one in first {
        let from = second.partition_point(|other| other.span.0 <= one.span.1);
        for other in second[from..]
            .iter()
            .take_while(|other| other.span.0 - one.span.1 <= distance)
        {
            if all.len() >= MOST {
                return;
            }
            let mut runs = one.runs.clone();
            runs.extend(&other.runs);
            all.push(Occurrence {
                span: (one.span.0, other.span.1),
                runs,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(expression: &Expression, positions: &[Vec<u32>]) -> Vec<Vec<Interval>> {
        occurrences(expression, positions)
            .into_iter()
            .map(|one| one.runs)
            .collect()
    }

    #[test]
    fn an_exact_phrase_is_one_run_and_a_loose_one_leaves_out_what_lies_between() {
        let at = [vec![0, 7], vec![1, 9], vec![2, 10]];
        let phrase = |slop| Expression::Phrase {
            groups: vec![0, 1, 2],
            slop,
        };
        assert_eq!(runs(&phrase(0), &at), [[(0, 2)]]);
        assert_eq!(runs(&phrase(1), &at), [vec![(0, 2)], vec![(7, 7), (9, 10)]]);
    }

    #[test]
    fn proximity_marks_its_words_only_where_they_are_near() {
        let at = [vec![0, 20], vec![3]];
        let near = Expression::Near {
            left: Box::new(Expression::Word(0)),
            right: Box::new(Expression::Word(1)),
            distance: 5,
            ordered: false,
        };
        assert_eq!(runs(&near, &at), [[(0, 0), (3, 3)]]);
    }
}
