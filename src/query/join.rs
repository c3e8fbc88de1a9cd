//! Operands side by side, joined by AND and joined by OR: what they are
//! together.

use super::tree::{Kind, Node, Scope, Span};

/// How an operand is joined to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    /// By nothing: it stands beside it.
    Side,
    /// By AND.
    And,
    /// By OR.
    Or,
}

/// An operand; without a node where it held no word.
pub(super) struct Item {
    pub(super) join: Join,
    pub(super) node: Option<Node>,
}

/// What the operands of one bracket are together.
pub(super) struct Joined {
    /// `None` if no operand held a word.
    pub(super) node: Option<Node>,
    /// Whether AND and OR met without brackets.
    pub(super) is_mixed: bool,
}

/// Joins operands: AND binds tighter than OR, side by side is AND. With `any`
/// side by side is OR, and what stands there to exclude or to filter holds for
/// all the others.
pub(super) fn join(items: Vec<Item>, any: bool) -> Joined {
    let joins: Vec<Join> = items.iter().map(|item| item.join).collect();
    let mut groups: Vec<Vec<Node>> = Vec::new();
    let mut filters = Vec::new();
    for (at, Item { join, node }) in items.into_iter().enumerate() {
        let next = joins.get(at + 1).copied().unwrap_or(Join::Side);
        let is_alone = join == Join::Side && next == Join::Side;
        let starts_group = match join {
            Join::Side => any || at == 0,
            Join::And => false,
            Join::Or => true,
        };
        if starts_group {
            groups.push(Vec::new());
        }
        match node {
            Some(node) if any && is_alone && is_filter(&node) => filters.push(node),
            Some(node) => {
                if let Some(group) = groups.last_mut() {
                    group.push(node);
                }
            }
            None => {}
        }
    }
    groups.retain(|group| !group.is_empty());
    let is_mixed = groups.len() > 1 && groups.iter().any(|group| group.len() > 1);
    let wanted = any_of(groups.into_iter().filter_map(all_of).collect());
    Joined {
        node: all_of(wanted.into_iter().chain(filters).collect()),
        is_mixed,
    }
}

/// Whether it only narrows what other words find.
fn is_filter(node: &Node) -> bool {
    match &node.kind {
        kind if kind.is_condition() => true,
        Kind::And(nodes) | Kind::Or(nodes) => nodes.iter().all(is_filter),
        _ => false,
    }
}

/// What an operand of `NEAR` cannot be.
pub(super) enum NoPositions {
    /// It has no place in the text.
    Kind(Span),
    /// It looks at several fields.
    Scopes(Span),
}

/// The one field an operand of `NEAR` looks at.
pub(super) fn near_scope(node: &Node) -> Result<Scope, NoPositions> {
    match &node.kind {
        Kind::Word { scope, .. } | Kind::Phrase { scope, .. } => Ok(*scope),
        // Checked when it was built.
        Kind::Near { left, .. } => near_scope(left),
        Kind::Or(nodes) => {
            let mut first = None;
            for node in nodes {
                let scope = near_scope(node)?;
                if *first.get_or_insert(scope) != scope {
                    return Err(NoPositions::Scopes(node.span));
                }
            }
            first.ok_or(NoPositions::Kind(node.span))
        }
        _ => Err(NoPositions::Kind(node.span)),
    }
}

fn all_of(nodes: Vec<Node>) -> Option<Node> {
    combine(nodes, Kind::And, |kind| match kind {
        Kind::And(nodes) => Ok(nodes),
        kind => Err(kind),
    })
}

fn any_of(nodes: Vec<Node>) -> Option<Node> {
    combine(nodes, Kind::Or, |kind| match kind {
        Kind::Or(nodes) => Ok(nodes),
        kind => Err(kind),
    })
}

/// One node of several; those of the same kind are taken in.
fn combine(
    mut nodes: Vec<Node>,
    join: fn(Vec<Node>) -> Kind,
    open: fn(Kind) -> Result<Vec<Node>, Kind>,
) -> Option<Node> {
    if nodes.len() < 2 {
        return nodes.pop();
    }
    let mut flat = Vec::with_capacity(nodes.len());
    for Node { kind, span } in nodes {
        match open(kind) {
            Ok(inner) => flat.extend(inner),
            Err(kind) => flat.push(Node { kind, span }),
        }
    }
    let start = flat.iter().map(|node| node.span.start).min()?;
    let end = flat.iter().map(|node| node.span.end).max()?;
    Some(Node {
        kind: join(flat),
        span: Span { start, end },
    })
}
