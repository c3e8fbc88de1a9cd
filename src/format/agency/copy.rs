//! Running copy: from marked-up text to paragraphs, whether an agency's editor
//! set them with tags or with the return key of a teletype.

use crate::text::markup;
use crate::text::xml::{self, Element, Flow, Node};

use super::super::{credits, prose};

/// Running text of marked-up copy, without the elements that `skip` names.
/// Copy typed with indents and line ends inside one element keeps its
/// paragraphs; lines broken at a margin are joined.
pub fn copy(element: &Element, skip: &dyn Fn(&Element) -> bool) -> String {
    let mut element = element.clone();
    part_typed_text(&mut element);
    let mut flow = Flow::default();
    flow.element(&element, skip);
    let text = join_broken_lines(&flow.finish());
    // Some write the tags of their copy as text.
    if markup::looks_like_html(&text) {
        return html_copy(&element.text());
    }
    // Others escape their references twice.
    if text.contains('&') {
        return markup::decode_entities(&text);
    }
    text
}

/// Running text of HTML that came as a text.
pub fn html_copy(html: &str) -> String {
    let bare = html.trim_start();
    let bare = match bare.strip_prefix("<?xml") {
        Some(rest) => rest.split_once("?>").map_or("", |(_, rest)| rest),
        None => bare,
    };
    let document = xml::parse(&format!("<div>{bare}</div>"));
    match document.roots.as_slice() {
        [root] if document.fault.is_none() => {
            let mut root = root.clone();
            part_typed_text(&mut root);
            let mut flow = Flow::default();
            flow.element(&root, &is_furniture);
            join_broken_lines(&flow.finish())
        }
        _ => markup::to_text(bare),
    }
}

/// Running text of a text without markup.
pub fn plain_copy(text: &str) -> String {
    if markup::looks_like_html(text) {
        return html_copy(text);
    }
    prose::paragraphs(&prose::clean(text)).join("\n\n")
}

/// Elements of XHTML that stand around the text: pictures, navigation, and a
/// header that repeats the headline.
pub fn is_furniture(element: &Element) -> bool {
    let class = element.attribute("class").unwrap_or_default();
    match element.name() {
        "figure" | "nav" | "media" | "img" | "button" | "form" => true,
        "header" => element
            .descendants()
            .any(|inner| matches!(inner.name(), "h1" | "h2")),
        _ => matches!(class, "dat" | "slugline"),
    }
}

/// Replaces text that was typed with line ends and indents by paragraphs.
fn part_typed_text(element: &mut Element) {
    let mut children = Vec::with_capacity(element.children.len());
    for node in element.children.drain(..) {
        match node {
            Node::Text(text) if is_typed(&text) => {
                // A byline of its own line is a paragraph.
                let lines = text
                    .lines()
                    .map(|line| match credits::is_byline(line.trim()) {
                        true => format!("{line}\n\n"),
                        false => format!("{line}\n"),
                    });
                let text: String = lines.collect();
                for paragraph in prose::paragraphs(&prose::clean(&text)) {
                    children.push(Node::Element(Element::new(
                        "p",
                        vec![Node::Text(paragraph.into_owned())],
                    )));
                }
            }
            Node::Element(mut inner) => {
                part_typed_text(&mut inner);
                children.push(Node::Element(inner));
            }
            text => children.push(text),
        }
    }
    element.children = children;
}

/// Whether lines start now at the margin and now a little to the right: a
/// typist's paragraphs. Indents of XML written for reading are all alike.
fn is_typed(text: &str) -> bool {
    let (mut at_margin, mut indented) = (0, 0);
    for line in text.lines().skip(1).filter(|line| !line.trim().is_empty()) {
        let bare = line.trim_start();
        match line.len() - bare.len() {
            0 => at_margin += 1,
            2..=8 => indented += 1,
            1 if line.starts_with('\t') => indented += 1,
            _ => {}
        }
    }
    at_margin >= 2 && indented >= 1
}

/// Joins the lines of paragraphs that were broken at a margin. Rows of tables
/// and verses stay: their lines rarely go on in small letters.
fn join_broken_lines(text: &str) -> String {
    let (mut full, mut goes_on, mut all, mut longest) = (0, 0, 0, 0);
    let pairs = || {
        text.split("\n\n").flat_map(|paragraph| {
            let lines: Vec<&str> = paragraph.lines().collect();
            lines
                .windows(2)
                .map(|pair| (pair[0].chars().count(), pair[1]))
                .collect::<Vec<_>>()
        })
    };
    for (width, _) in pairs() {
        longest = longest.max(width);
    }
    for (width, next) in pairs() {
        all += 1;
        full += usize::from(width * 10 >= longest * 7);
        goes_on += usize::from(next.starts_with(char::is_lowercase));
    }
    let is_broken =
        all >= 3 && (30..=90).contains(&longest) && full * 10 >= all * 7 && goes_on * 10 >= all * 4;
    if !is_broken {
        return text.to_owned();
    }
    let joined: Vec<String> = text
        .split("\n\n")
        .map(|paragraph| paragraph.replace('\n', " "))
        .collect();
    joined.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_copy_keeps_its_paragraphs_and_broken_lines_join() {
        let typed = "<p>First line of the story goes on to the\nmargin and over it\n    A second paragraph begins further right and\nends here.</p>";
        assert_eq!(
            copy(&xml::parse(typed).roots[0], &|_| false),
            "First line of the story goes on to the margin and over it\n\nA second paragraph begins further right and ends here."
        );
        let broken = "<p>The first line of it was broken<br/>by a machine that only counts<br/>signs and does not ever know<br/>what they are good for.</p>";
        assert_eq!(
            copy(&xml::parse(broken).roots[0], &|_| false),
            "The first line of it was broken by a machine that only counts signs and does not ever know what they are good for."
        );
        let table = "<table><tr><td>Oslo and its islands in the fjord</td><td>1</td></tr><tr><td>Bergen and its islands in the sea</td><td>2</td></tr><tr><td>Tromso and the islands around the town</td><td>3</td></tr><tr><td>Bodo</td></tr></table>";
        assert_eq!(
            copy(&xml::parse(table).roots[0], &|_| false)
                .lines()
                .count(),
            4
        );
    }

    #[test]
    fn html_in_text_is_read_as_html() {
        assert_eq!(html_copy("<p>A<br>B</p><p>C &amp; D</p>"), "A\nB\n\nC & D");
        assert_eq!(
            copy(
                &xml::parse(
                    "<content>&lt;p&gt;A &amp;amp; B&lt;/p&gt;&lt;p&gt;C&lt;/p&gt;</content>"
                )
                .roots[0],
                &|_| false
            ),
            "A & B\n\nC"
        );
    }
}
