//! Phrases and proximity, decided by positions alone: given where each group
//! of words stands in one text, where does the whole expression stand?

use crate::index::tokenizer::name_starts;

/// What must stand near what. Groups are numbers into the leaf's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expression {
    /// One of a group's words.
    Word(usize),
    /// The groups in order, with at most `slop` other words between them in all.
    Phrase { groups: Vec<usize>, slop: u32 },
    /// The groups side by side, as the whole of an entity's name.
    Name(Vec<usize>),
    /// Any of these.
    Or(Vec<Expression>),
    /// Two expressions at most `distance` apart that do not overlap.
    Near {
        left: Box<Expression>,
        right: Box<Expression>,
        distance: u32,
        ordered: bool,
    },
}

/// First and last position of one occurrence.
pub(crate) type Interval = (u32, u32);

/// More occurrences than these in one text are not told apart.
const MAX_INTERVALS: usize = 100_000;

impl Expression {
    /// Where the expression stands, ascending and without doubles, given each
    /// group's ascending positions.
    pub(crate) fn find(&self, positions: &[Vec<u32>]) -> Vec<Interval> {
        match self {
            Self::Word(group) => positions[*group].iter().map(|&p| (p, p)).collect(),
            Self::Phrase { groups, slop } => phrase(groups, *slop, positions),
            Self::Name(groups) => {
                let mut all = phrase(groups, 0, positions);
                all.retain(|&(start, _)| name_starts(start, groups.len()));
                all
            }
            Self::Or(any) => {
                let mut all: Vec<Interval> =
                    any.iter().flat_map(|one| one.find(positions)).collect();
                all.sort_unstable();
                all.dedup();
                all
            }
            Self::Near {
                left,
                right,
                distance,
                ordered,
            } => {
                let (left, right) = (left.find(positions), right.find(positions));
                let mut all = Vec::new();
                follow(&left, &right, *distance, &mut all);
                if !ordered {
                    follow(&right, &left, *distance, &mut all);
                }
                all.sort_unstable();
                all.dedup();
                all
            }
        }
    }

    /// A value for each group put together as the expression is: parts that
    /// must all stand there are added, of alternatives the best one counts.
    pub(crate) fn sum(&self, value: &impl Fn(usize) -> f64) -> f64 {
        match self {
            Self::Word(group) => value(*group),
            Self::Phrase { groups, .. } | Self::Name(groups) => {
                groups.iter().map(|&group| value(group)).sum()
            }
            Self::Or(any) => any.iter().map(|one| one.sum(value)).fold(0.0, f64::max),
            Self::Near { left, right, .. } => left.sum(value) + right.sum(value),
        }
    }
}

/// Occurrences of a phrase: from each first word, every last word in reach.
fn phrase(groups: &[usize], slop: u32, positions: &[Vec<u32>]) -> Vec<Interval> {
    let mut found = Vec::new();
    let (Some((&first, rest)), others) = (groups.split_first(), groups.len() as u32 - 1) else {
        return found;
    };
    // Where each further group was last looked at; starts ascend, so cursors do.
    let mut cursors = vec![0usize; rest.len()];
    'starts: for &start in &positions[first] {
        let limit = start.saturating_add(others).saturating_add(slop);
        // The earliest place of every word but the last leaves the most room.
        let mut at = start;
        for (number, &group) in rest.iter().enumerate() {
            let places = &positions[group];
            let cursor = &mut cursors[number];
            while places.get(*cursor).is_some_and(|&p| p <= at) {
                *cursor += 1;
            }
            let Some(&next) = places.get(*cursor) else {
                return found;
            };
            if next > limit {
                continue 'starts;
            }
            if number + 1 == rest.len() {
                found.extend(
                    places[*cursor..]
                        .iter()
                        .take_while(|&&p| p <= limit)
                        .map(|&p| (start, p)),
                );
                if found.len() > MAX_INTERVALS {
                    return found;
                }
            }
            at = next;
        }
        if rest.is_empty() {
            found.push((start, start));
        }
    }
    found
}

/// Adds every pair of an interval of `first` and one of `second` that begins
/// 1 to `distance` positions after it ends.
fn follow(first: &[Interval], second: &[Interval], distance: u32, found: &mut Vec<Interval>) {
    for &(start, end) in first {
        let from = second.partition_point(|&(begin, _)| begin <= end);
        for &(_, last) in second[from..]
            .iter()
            .take_while(|&&(begin, _)| begin - end <= distance)
        {
            if found.len() > MAX_INTERVALS {
                return;
            }
            found.push((start, last));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(groups: &[usize], slop: u32) -> Expression {
        Expression::Phrase {
            groups: groups.to_vec(),
            slop,
        }
    }

    fn near(left: Expression, right: Expression, distance: u32, ordered: bool) -> Expression {
        Expression::Near {
            left: Box::new(left),
            right: Box::new(right),
            distance,
            ordered,
        }
    }

    #[test]
    fn a_phrase_stands_where_its_words_are_adjacent_and_in_order() {
        let at = [vec![0, 4, 9], vec![1, 3, 10]];
        assert_eq!(words(&[0, 1], 0).find(&at), [(0, 1), (9, 10)]);
        assert_eq!(words(&[1, 0], 0).find(&at), [(3, 4)]);
    }

    #[test]
    fn slop_counts_other_words_between_all_parts_and_keeps_the_order() {
        let at = [vec![0], vec![2], vec![4]];
        assert_eq!(words(&[0, 1, 2], 1).find(&at), []);
        assert_eq!(words(&[0, 1, 2], 2).find(&at), [(0, 4)]);
        assert_eq!(words(&[2, 1], 9).find(&at), []);
    }

    #[test]
    fn a_name_is_no_part_of_a_longer_one() {
        let stride = crate::index::schema::NAME_STRIDE;
        // "Doha", then "Doha Bank", then "Doha" as a form of another name.
        let form = 2 * stride + stride / 2;
        let at = [vec![1, 2 + stride, form], vec![3 + stride]];
        assert_eq!(Expression::Name(vec![0]).find(&at), [(1, 1)]);
        let both = Expression::Name(vec![0, 1]);
        assert_eq!(both.find(&at), [(2 + stride, 3 + stride)]);
        assert_eq!(Expression::Name(vec![1]).find(&at), []);
    }

    #[test]
    fn a_repeated_word_needs_two_places() {
        let at = [vec![5]];
        assert_eq!(words(&[0, 0], 9).find(&at), []);
        assert_eq!(words(&[0, 0], 0).find(&[vec![5, 6]]), [(5, 6)]);
        assert_eq!(
            near(Expression::Word(0), Expression::Word(0), 3, false).find(&at),
            []
        );
    }

    #[test]
    fn near_counts_from_end_to_start_in_either_order_and_pre_in_one() {
        let at = [vec![10], vec![7, 14]];
        let (a, b) = (Expression::Word(0), Expression::Word(1));
        assert_eq!(near(a.clone(), b.clone(), 3, false).find(&at), [(7, 10)]);
        assert_eq!(
            near(a.clone(), b.clone(), 4, false).find(&at),
            [(7, 10), (10, 14)]
        );
        assert_eq!(near(a, b, 4, true).find(&at), [(10, 14)]);
    }

    #[test]
    fn near_measures_from_the_far_end_of_a_loose_phrase() {
        // a b x b c: the later b is adjacent to c.
        let at = [vec![0], vec![1, 3], vec![4]];
        let loose = words(&[0, 1], 5);
        assert_eq!(
            near(loose, Expression::Word(2), 1, true).find(&at),
            [(0, 4)]
        );
    }
}
