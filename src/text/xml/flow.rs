//! From marked-up copy (NITF, XHTML, or a few tags of either) to running text:
//! paragraphs parted by a blank line, rows of tables and items of lists on
//! lines of their own, blanks folded.

use super::{Element, Node};

/// Running text of an element: [`Flow`] with nothing left out but scripts,
/// styles and the like.
pub fn running_text(element: &Element) -> String {
    let mut flow = Flow::default();
    flow.element(element, &|_| false);
    flow.finish()
}

/// What stands between two words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Blank,
    Line,
    Paragraph,
}

/// Gathers running text piece by piece.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    text: String,
    gap: Gap,
    /// Elements open in which line ends count.
    preformatted: usize,
}

impl Flow {
    /// Adds an element and its content. Elements for which `skip` is true are
    /// left out with all that is inside.
    pub fn element(&mut self, element: &Element, skip: &dyn Fn(&Element) -> bool) {
        let name = element.name();
        if is_silent(name) || skip(element) {
            return;
        }
        if name.eq_ignore_ascii_case("br") {
            // One that was left open holds what follows.
            self.line_break();
        }
        let around = gap_around(name);
        self.widen(around);
        let keeps_lines = matches!(name, "pre" | "PRE");
        self.preformatted += usize::from(keeps_lines);
        for node in &element.children {
            match node {
                Node::Text(text) => self.text(text),
                Node::Element(inner) => self.element(inner, skip),
            }
        }
        self.preformatted -= usize::from(keeps_lines);
        self.widen(around);
    }

    /// Adds text, its runs of blanks folded.
    pub fn text(&mut self, text: &str) {
        for c in text.chars() {
            if c == '\n' && self.preformatted > 0 {
                self.line_break();
            } else if c.is_whitespace() {
                self.widen(Gap::Blank);
            } else {
                self.character(c);
            }
        }
    }

    /// Starts a new paragraph.
    pub fn paragraph(&mut self) {
        self.widen(Gap::Paragraph);
    }

    /// The text.
    pub fn finish(self) -> String {
        self.text
    }

    /// A line break; a second one in a row parts paragraphs.
    fn line_break(&mut self) {
        self.gap = match self.gap {
            Gap::None | Gap::Blank => Gap::Line,
            Gap::Line | Gap::Paragraph => Gap::Paragraph,
        };
    }

    fn widen(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    fn character(&mut self, c: char) {
        if !self.text.is_empty() {
            self.text.push_str(match self.gap {
                Gap::None => "",
                Gap::Blank => " ",
                Gap::Line => "\n",
                Gap::Paragraph => "\n\n",
            });
        }
        self.gap = Gap::None;
        self.text.push(c);
    }
}

/// Elements whose content is no text of the article.
fn is_silent(name: &str) -> bool {
    [
        "script", "style", "template", "noscript", "iframe", "object", "svg", "math", "head",
    ]
    .iter()
    .any(|silent| name.eq_ignore_ascii_case(silent))
}

fn gap_around(name: &str) -> Gap {
    // Names of HTML are written in capitals too.
    let lower = name.to_ascii_lowercase();
    match lower.as_str() {
        "p" | "div" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "blockquote" | "bq" | "block"
        | "table" | "nitf-table" | "caption" | "section" | "article" | "figure" | "figcaption"
        | "header" | "footer" | "aside" | "main" | "pre" | "hr" | "ul" | "ol" | "dl" | "fn"
        | "note" | "hl1" | "hl2" | "hedline" | "credit" | "datasource" | "abstract" | "byline"
        | "distributor" | "dateline" | "tagline" | "bibliography" | "body" | "body.head"
        | "body.content" | "body.end" | "media" | "media-caption" | "media-producer" | "thead"
        | "tbody" | "tfoot" => Gap::Paragraph,
        "tr" | "li" | "dt" | "dd" => Gap::Line,
        "td" | "th" => Gap::Blank,
        _ => Gap::None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn text(xml: &str) -> String {
        running_text(&parse(xml).roots[0])
    }

    #[test]
    fn blocks_are_paragraphs_and_inline_elements_join() {
        assert_eq!(
            text(
                "<d>\n <p>Rates  <b>ro</b>se\n by <i>a</i> <i>point</i>.</p><p/>\n<p> </p><hl2>Why</hl2><p>A<br/>B<br/><br/>C</p></d>"
            ),
            "Rates rose by a point.\n\nWhy\n\nA\nB\n\nC"
        );
    }

    #[test]
    fn rows_and_items_are_lines() {
        assert_eq!(
            text(
                "<d>Before<table><tr><th>City</th><th>Low</th></tr>\n<tr><td>Oslo</td><td>-3</td></tr></table><ul><li>one</li><li><p>two</p></li></ul></d>"
            ),
            "Before\n\nCity Low\nOslo -3\n\none\n\ntwo"
        );
    }

    #[test]
    fn preformatted_lines_stay_apart_and_scripts_are_left_out() {
        assert_eq!(
            text("<d><pre>a  1\nb  2\n\nc</pre><script>x()</script><style>p{}</style>d</d>"),
            "a 1\nb 2\n\nc\n\nd"
        );
    }
}
