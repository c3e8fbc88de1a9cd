//! Markup to text, for texts that carry a little of it: character references
//! in feeds and wire copy, HTML in a JSON field or a message. Whole web pages
//! are the business of `format/html`.

use std::borrow::Cow;

use super::charset::windows_1252;

/// Named references that occur in news, with what they stand for.
#[rustfmt::skip]
const NAMED: &[(&str, &str)] = &[
    ("amp", "&"), ("lt", "<"), ("gt", ">"), ("quot", "\""), ("apos", "'"), ("nbsp", " "), ("iexcl", "¡"), ("cent", "¢"),
    ("pound", "£"), ("curren", "¤"), ("yen", "¥"), ("brvbar", "¦"), ("sect", "§"), ("uml", "¨"), ("copy", "©"), ("ordf", "ª"),
    ("laquo", "«"), ("not", "¬"), ("shy", "\u{AD}"), ("reg", "®"), ("macr", "¯"), ("deg", "°"), ("plusmn", "±"), ("sup2", "²"),
    ("sup3", "³"), ("acute", "´"), ("micro", "µ"), ("para", "¶"), ("middot", "·"), ("cedil", "¸"), ("sup1", "¹"), ("ordm", "º"),
    ("raquo", "»"), ("frac14", "¼"), ("frac12", "½"), ("frac34", "¾"), ("iquest", "¿"), ("Agrave", "À"), ("Aacute", "Á"),
    ("Acirc", "Â"), ("Atilde", "Ã"), ("Auml", "Ä"), ("Aring", "Å"), ("AElig", "Æ"), ("Ccedil", "Ç"), ("Egrave", "È"),
    ("Eacute", "É"), ("Ecirc", "Ê"), ("Euml", "Ë"), ("Igrave", "Ì"), ("Iacute", "Í"), ("Icirc", "Î"), ("Iuml", "Ï"),
    ("ETH", "Ð"), ("Ntilde", "Ñ"), ("Ograve", "Ò"), ("Oacute", "Ó"), ("Ocirc", "Ô"), ("Otilde", "Õ"), ("Ouml", "Ö"),
    ("times", "×"), ("Oslash", "Ø"), ("Ugrave", "Ù"), ("Uacute", "Ú"), ("Ucirc", "Û"), ("Uuml", "Ü"), ("Yacute", "Ý"),
    ("THORN", "Þ"), ("szlig", "ß"), ("agrave", "à"), ("aacute", "á"), ("acirc", "â"), ("atilde", "ã"), ("auml", "ä"),
    ("aring", "å"), ("aelig", "æ"), ("ccedil", "ç"), ("egrave", "è"), ("eacute", "é"), ("ecirc", "ê"), ("euml", "ë"),
    ("igrave", "ì"), ("iacute", "í"), ("icirc", "î"), ("iuml", "ï"), ("eth", "ð"), ("ntilde", "ñ"), ("ograve", "ò"),
    ("oacute", "ó"), ("ocirc", "ô"), ("otilde", "õ"), ("ouml", "ö"), ("divide", "÷"), ("oslash", "ø"), ("ugrave", "ù"),
    ("uacute", "ú"), ("ucirc", "û"), ("uuml", "ü"), ("yacute", "ý"), ("thorn", "þ"), ("yuml", "ÿ"), ("OElig", "Œ"),
    ("oelig", "œ"), ("Scaron", "Š"), ("scaron", "š"), ("Zcaron", "Ž"), ("zcaron", "ž"), ("Yuml", "Ÿ"), ("fnof", "ƒ"),
    ("circ", "ˆ"), ("tilde", "˜"), ("ensp", " "), ("emsp", " "), ("thinsp", " "), ("zwnj", "\u{200C}"), ("zwj", "\u{200D}"),
    ("ndash", "–"), ("mdash", "—"), ("lsquo", "‘"), ("rsquo", "’"), ("sbquo", "‚"), ("ldquo", "“"), ("rdquo", "”"),
    ("bdquo", "„"), ("dagger", "†"), ("Dagger", "‡"), ("bull", "•"), ("hellip", "…"), ("permil", "‰"), ("prime", "′"),
    ("Prime", "″"), ("lsaquo", "‹"), ("rsaquo", "›"), ("euro", "€"), ("trade", "™"), ("larr", "←"), ("uarr", "↑"),
    ("rarr", "→"), ("darr", "↓"), ("minus", "−"), ("infin", "∞"), ("asymp", "≈"), ("ne", "≠"), ("le", "≤"), ("ge", "≥"),
    ("alpha", "α"), ("beta", "β"), ("gamma", "γ"), ("delta", "δ"), ("mu", "μ"), ("pi", "π"), ("omega", "ω"), ("Omega", "Ω"),
    ("lrm", ""), ("rlm", ""), ("Tab", "\t"), ("NewLine", "\n"), ("excl", "!"), ("num", "#"), ("dollar", "$"), ("percnt", "%"),
    ("lpar", "("), ("rpar", ")"), ("ast", "*"), ("plus", "+"), ("comma", ","), ("period", "."), ("sol", "/"), ("colon", ":"),
    ("semi", ";"), ("equals", "="), ("quest", "?"), ("commat", "@"), ("lsqb", "["), ("bsol", "\\"), ("rsqb", "]"), ("lowbar", "_"),
    ("grave", "`"), ("lcub", "{"), ("verbar", "|"), ("vert", "|"), ("rcub", "}"), ("hyphen", "‐"), ("dash", "‐"), ("horbar", "―"),
    ("hairsp", " "), ("numsp", " "), ("puncsp", " "), ("ZeroWidthSpace", "\u{200B}"), ("rsquor", "’"), ("rdquor", "”"),
    ("lsquor", "‚"), ("ldquor", "„"), ("check", "✓"), ("star", "☆"), ("starf", "★"), ("numero", "№"),
    ("Abreve", "Ă"), ("abreve", "ă"), ("Amacr", "Ā"), ("amacr", "ā"), ("Aogon", "Ą"), ("aogon", "ą"), ("Cacute", "Ć"),
    ("cacute", "ć"), ("Ccaron", "Č"), ("ccaron", "č"), ("Dcaron", "Ď"), ("dcaron", "ď"), ("Dstrok", "Đ"), ("dstrok", "đ"),
    ("Ecaron", "Ě"), ("ecaron", "ě"), ("Emacr", "Ē"), ("emacr", "ē"), ("Eogon", "Ę"), ("eogon", "ę"), ("Gbreve", "Ğ"),
    ("gbreve", "ğ"), ("Idot", "İ"), ("imath", "ı"), ("inodot", "ı"), ("Imacr", "Ī"), ("imacr", "ī"), ("Lstrok", "Ł"),
    ("lstrok", "ł"), ("Nacute", "Ń"), ("nacute", "ń"), ("Ncaron", "Ň"), ("ncaron", "ň"), ("Odblac", "Ő"), ("odblac", "ő"),
    ("Omacr", "Ō"), ("omacr", "ō"), ("Rcaron", "Ř"), ("rcaron", "ř"), ("Sacute", "Ś"), ("sacute", "ś"), ("Scedil", "Ş"),
    ("scedil", "ş"), ("Tcaron", "Ť"), ("tcaron", "ť"), ("Tcedil", "Ţ"), ("tcedil", "ţ"), ("Udblac", "Ű"), ("udblac", "ű"),
    ("Umacr", "Ū"), ("umacr", "ū"), ("Uring", "Ů"), ("uring", "ů"), ("Zacute", "Ź"), ("zacute", "ź"), ("Zdot", "Ż"), ("zdot", "ż"),
];

/// How many of [`NAMED`], from its start, are read without a semicolon too:
/// those of Latin-1, which old pages abbreviate so.
const LAX: usize = 101;

/// Longest name of a reference, in bytes.
const LONGEST_NAME: usize = 14;

/// Replaces character references by what they stand for. References to
/// controls vanish; what is no reference stays as it is.
///
/// ```
/// # use morgue::text::markup::decode_entities;
/// assert_eq!(decode_entities("AT&amp;T &#8211; caf&eacute; &#3;R&D &unknown;"), "AT&T – café R&D &unknown;");
/// ```
pub fn decode_entities(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        match reference(rest) {
            Some((length, stands_for)) => {
                decoded.push_str(&stands_for);
                rest = &rest[length..];
            }
            None => {
                decoded.push('&');
                rest = &rest[1..];
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

/// The reference a text starts with: its length in bytes and its meaning.
fn reference(text: &str) -> Option<(usize, String)> {
    let body = &text[1..];
    if let Some(number) = body.strip_prefix('#') {
        let (digits, radix) = match number.strip_prefix(['x', 'X']) {
            Some(hex) => (hex, 16),
            None => (number, 10),
        };
        let length = digits
            .bytes()
            .take_while(|b| char::from(*b).is_digit(radix))
            .count();
        if length == 0 {
            return None;
        }
        let code = u32::from_str_radix(&digits[..length], radix).unwrap_or(0xFFFD);
        let mut end = text.len() - digits.len() + length;
        end += usize::from(text[end..].starts_with(';'));
        return Some((end, numbered(code)));
    }
    let length = body
        .bytes()
        .take(LONGEST_NAME)
        .take_while(u8::is_ascii_alphanumeric)
        .count();
    let at = NAMED
        .iter()
        .position(|(name, _)| *name == &body[..length])?;
    let after = &body[length..];
    let closed = after.starts_with(';');
    // `?a=1&copy=2` is an address, and `&amper` another word.
    let open = at < LAX && !after.starts_with(|c: char| c == '=' || c.is_alphanumeric());
    (closed || open).then(|| (length + 1 + usize::from(closed), NAMED[at].1.to_owned()))
}

fn numbered(code: u32) -> String {
    let c = char::from_u32(code).unwrap_or('\u{FFFD}');
    match c {
        '\n' | '\t' | '\r' => c.to_string(),
        c if c.is_control() => windows_1252(c).map(String::from).unwrap_or_default(),
        c => c.to_string(),
    }
}

/// Whether a text holds HTML elements rather than a stray `<`.
pub fn looks_like_html(text: &str) -> bool {
    const SIGNS: &[&str] = &[
        "</p>",
        "<br",
        "</div>",
        "</a>",
        "</b>",
        "</i>",
        "</em>",
        "</strong>",
        "</span>",
        "</h",
        "<p>",
        "</li>",
    ];
    text.contains('<') && SIGNS.iter().any(|sign| text.contains(sign))
}

/// The text of a piece of HTML or XHTML as plain paragraphs, parted by blank
/// lines: scripts, styles, players, menus of forms and comments left out, references
/// decoded. What a feed, a message or a wire story carries; for whole pages
/// see `format::html`. Runs in linear time whatever the markup.
///
/// ```
/// # use morgue::text::markup::to_text;
/// assert_eq!(to_text("<p>Rates <b>rose</b>.</p><script>x()</script><p>A&amp;B<br>fell.</p>"), "Rates rose.\n\nA&B\nfell.");
/// ```
pub fn to_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len() / 2);
    let mut rest = html;
    let mut quotes = true;
    let mut room = String::with_capacity(MOST_NAME);
    // Comments and elements without text that never end again.
    let mut endless: Vec<&str> = Vec::new();
    while let Some(at) = memchr::memchr(b'<', rest.as_bytes()) {
        push_text(&mut text, &rest[..at]);
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            let end = match endless.contains(&COMMENT) {
                true => None,
                false => comment_end(comment),
            };
            if end.is_none() {
                endless.push(COMMENT);
            }
            // One that never ends is meant to end with its first tag.
            let end = end.or_else(|| memchr::memchr(b'>', comment.as_bytes()).map(|at| at + 1));
            rest = &comment[end.unwrap_or(comment.len())..];
            continue;
        }
        if let Some(section) = rest.strip_prefix("<![CDATA[") {
            let (inner, after) = section.split_once("]]>").unwrap_or((section, ""));
            text.push_str(&inner.replace(['\n', '\r', '\t'], " "));
            rest = after;
            continue;
        }
        let is_tag = rest[1..]
            .starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
        if !is_tag {
            text.push('<');
            rest = &rest[1..];
            continue;
        }
        let end = match tag_end(rest, quotes) {
            Some(end) => end,
            // A quote that never closes is a slip: from here on they mean nothing.
            None => {
                quotes = false;
                tag_end(rest, false).unwrap_or(rest.len())
            }
        };
        let name = tag_name(&rest[1..end], &mut room);
        let closes = rest[1..].starts_with('/');
        let self_closed = rest[..end].ends_with('/');
        rest = rest.get(end + 1..).unwrap_or("");
        if let Some(hidden) = HIDDEN.iter().find(|hidden| **hidden == name)
            && !closes
            && !endless.contains(hidden)
        {
            match hidden_end(rest, hidden, self_closed) {
                Some(after) => rest = after,
                // The text of scripts that are cut off is still no text.
                None if RAW.contains(hidden) && !self_closed => rest = "",
                None => endless.push(hidden),
            }
        }
        match name {
            "br" => text.push('\n'),
            "p" | "div" | "li" | "ul" | "ol" | "dl" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6"
            | "blockquote" | "table" | "tr" | "section" | "article" | "figure" | "figcaption"
            | "header" | "footer" | "main" | "aside" | "nav" | "form" | "pre" | "hr" | "dd"
            | "dt" | "title" | "hl1" | "hl2" | "address" | "center" | "body" | "details"
            | "summary" | "caption" | "fieldset" => text.push_str("\n\n"),
            "td" | "th" => text.push(' '),
            _ => {}
        }
    }
    push_text(&mut text, rest);
    fold_blanks(&text)
}

/// A tag, as [`each_tag`] hands it out.
#[derive(Debug)]
pub struct Tag<'a> {
    /// Its name in lower case, without a namespace prefix.
    pub name: &'a str,
    /// Whether it ends an element.
    pub closes: bool,
    /// Whether it is written `<x/>`.
    pub self_closed: bool,
    /// All of it, brackets included.
    pub source: &'a str,
    /// Where it ends, in bytes from the start of the piece.
    pub end: usize,
}

/// How far before its `/>` a tag is looked for, in bytes.
const MOST_LOOKED_BACK: usize = 4096;

/// Writes the elements that `is_meant` names and that stand as `<x/>` as
/// `<x></x>`. A parser of HTML overlooks the slash: all that follows a
/// `<script/>` of XHTML would be its content. Those whose end tag does follow
/// are left alone.
pub fn with_ends<'a>(html: &'a str, is_meant: impl Fn(&str) -> bool) -> Cow<'a, str> {
    let mut room = String::with_capacity(MOST_NAME);
    let mut ends = memchr::memmem::find_iter(html.as_bytes(), b"/>");
    let may_be_meant = ends.any(|end| {
        let before = &html.as_bytes()[..end];
        let from = end.saturating_sub(MOST_LOOKED_BACK);
        memchr::memrchr(b'<', &before[from..])
            .is_some_and(|at| is_meant(tag_name(&html[from + at + 1..end], &mut room)))
    });
    if !may_be_meant {
        return Cow::Borrowed(html);
    }
    let mut out = String::new();
    let mut copied = 0;
    each_tag(html, &mut |tag| {
        let is_empty = tag.self_closed
            && !tag.closes
            && is_meant(tag.name)
            && hidden_end(&html[tag.end..], tag.name, true)
                .is_none_or(|after| after.len() == html.len() - tag.end);
        if is_empty {
            out.push_str(&html[copied..tag.end]);
            out.push_str("</");
            out.push_str(tag.name);
            out.push('>');
            copied = tag.end;
        }
        true
    });
    match copied {
        0 => Cow::Borrowed(html),
        _ => {
            out.push_str(&html[copied..]);
            Cow::Owned(out)
        }
    }
}

/// Hands the tags of a piece of HTML to `each` until that says `false`, in
/// linear time. What scripts, styles and comments hold is passed over.
pub fn each_tag(html: &str, each: &mut dyn FnMut(&Tag) -> bool) {
    let mut rest = html;
    let mut quotes = true;
    let mut room = String::with_capacity(MOST_NAME);
    let mut endless: Vec<&str> = Vec::new();
    while let Some(at) = memchr::memchr(b'<', rest.as_bytes()) {
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            let end = match endless.contains(&COMMENT) {
                true => None,
                false => comment_end(comment),
            };
            if end.is_none() {
                endless.push(COMMENT);
            }
            rest = &comment[end.unwrap_or(0)..];
            continue;
        }
        if !rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') {
            rest = &rest[1..];
            continue;
        }
        let end = tag_end(rest, quotes).unwrap_or_else(|| {
            quotes = false;
            tag_end(rest, false).unwrap_or(rest.len() - 1)
        });
        let end = end + 1;
        let source = &rest[..end];
        let name = tag_name(&source[1..], &mut room);
        let closes = source[1..].starts_with('/');
        let tag = Tag {
            name,
            closes,
            self_closed: source.ends_with("/>"),
            source,
            end: html.len() - rest.len() + end,
        };
        if !each(&tag) {
            return;
        }
        let self_closed = tag.self_closed;
        rest = &rest[end..];
        if let Some(raw) = UNTAGGED.iter().find(|raw| **raw == name)
            && !closes
            && !endless.contains(raw)
        {
            match hidden_end(rest, raw, self_closed) {
                Some(after) => rest = after,
                None => endless.push(raw),
            }
        }
    }
}

/// Elements whose content holds no tags.
const UNTAGGED: &[&str] = &["script", "style", "textarea", "title"];

/// Elements whose content is no text for readers.
const HIDDEN: &[&str] = &[
    "script", "style", "template", "noscript", "iframe", "svg", "object", "audio", "video",
    "canvas", "select", "textarea", "noframes",
];

/// How a comment starts, behind its `<`.
const COMMENT: &str = "!--";

/// Those of them whose content is not even markup.
const RAW: &[&str] = &["script", "style"];

fn push_text(text: &mut String, piece: &str) {
    let decoded = decode_entities(piece);
    text.extend(decoded.chars().filter_map(|c| match c {
        '\n' | '\r' | '\t' => Some(' '),
        c => (!c.is_control()).then_some(c),
    }));
}

/// Longest name of a tag.
const MOST_NAME: usize = 32;

/// Name of a tag, lower case, without a namespace prefix; `tag` starts behind
/// `<`. It is written to `room`.
fn tag_name<'r>(tag: &str, room: &'r mut String) -> &'r str {
    room.clear();
    let name = tag.trim_start_matches('/').bytes().take(MOST_NAME);
    for byte in name.take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'-')) {
        match byte {
            b':' => room.clear(),
            byte => room.push(char::from(byte.to_ascii_lowercase())),
        }
    }
    room
}

/// Where the tag that a text starts with has its `>`: one in a quoted value
/// does not count. `None` where there is none.
fn tag_end(tag: &str, quotes: bool) -> Option<usize> {
    let bytes = tag.as_bytes();
    // Declarations and ends have no values.
    if !quotes || matches!(bytes.get(1), Some(b'/' | b'!' | b'?')) {
        return memchr::memchr(b'>', bytes);
    }
    let mut at = 1;
    loop {
        at += memchr::memchr3(b'>', b'"', b'\'', &bytes[at..])?;
        if bytes[at] == b'>' {
            return Some(at);
        }
        let is_value = bytes[..at].trim_ascii_end().ends_with(b"=");
        at += 1;
        if is_value {
            at += memchr::memchr(bytes[at - 1], &bytes[at..])? + 1;
        }
    }
}

/// Where a comment, whose start is taken off, is over.
fn comment_end(comment: &str) -> Option<usize> {
    if comment.starts_with('>') {
        return Some(1);
    }
    if comment.starts_with("->") {
        return Some(2);
    }
    memchr::memmem::find(comment.as_bytes(), b"-->").map(|at| at + 3)
}

/// What follows the end tag of an element whose content is no text; `None`
/// where it does not end. One written `<x/>` is empty, unless its end tag comes before another start.
fn hidden_end<'a>(html: &'a str, name: &str, self_closed: bool) -> Option<&'a str> {
    let bytes = html.as_bytes();
    let mut at = 0;
    loop {
        at += memchr::memchr(b'<', &bytes[at..])? + 1;
        let closes = bytes.get(at) == Some(&b'/');
        let start = at + usize::from(closes);
        let Some(found) = bytes.get(start..start + name.len()) else {
            continue;
        };
        let ended = bytes
            .get(start + name.len())
            .is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'-');
        if !ended || !found.eq_ignore_ascii_case(name.as_bytes()) {
            continue;
        }
        if closes {
            let end =
                memchr::memchr(b'>', &bytes[start..]).map_or(html.len(), |end| start + end + 1);
            return Some(&html[end..]);
        }
        if self_closed {
            return Some(html);
        }
    }
}

/// Folds runs of blanks to one, trims lines, and runs of line ends to a line
/// break or a paragraph break.
pub fn fold_blanks(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut breaks = 0;
    for line in text.split('\n') {
        let mut words = line.split_whitespace().peekable();
        if words.peek().is_some() && !folded.is_empty() {
            folded.push_str(if breaks > 1 { "\n\n" } else { "\n" });
        }
        if words.peek().is_some() {
            breaks = 0;
        }
        let mut first = true;
        for word in words {
            if !first {
                folded.push(' ');
            }
            folded.push_str(word);
            first = false;
        }
        breaks += 1;
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_and_styles_never_become_text() {
        let pieces = [
            "a<script>b</script>c",
            "a<SCRIPT type='x > y'>b</SCRIPT >c",
            "a<script/>b</script>c",
            "a<style>p::after { content: '</p>' }</style>c",
            "a<svg:script>b</script>c",
            "a<script><!-- <script>b</script> -->c",
            "a<script>b",
            "a<style>b</styles>",
        ];
        let texts: Vec<String> = pieces.iter().map(|piece| to_text(piece)).collect();
        assert_eq!(texts, ["ac", "ac", "ac", "ac", "ac", "a -->c", "a", "a"]);
    }

    #[test]
    fn an_empty_script_of_xhtml_hides_nothing() {
        assert_eq!(
            to_text("<p>a</p><script src='x'/><p>b</p><script/><p>c</p>"),
            "a\n\nb\n\nc"
        );
    }

    #[test]
    fn elements_that_stand_empty_get_an_end() {
        let names = ["script", "iframe", "title"];
        let ended = |html| with_ends(html, |name| names.contains(&name));
        assert_eq!(
            ended("<title/><script src='x'/>a<script/>b<iframe/>c<br/>"),
            "<title/></title><script src='x'/></script>a<script/></script>b<iframe/></iframe>c<br/>"
        );
        for whole in [
            "<script src=a/></script>b",
            "<iframe src='x'/></iframe>",
            "<script>'<iframe/>'</script>",
            "<!-- <iframe/> --><p/>",
        ] {
            assert!(matches!(ended(whole), Cow::Borrowed(_)), "{whole}");
        }
    }

    #[test]
    fn a_sign_in_a_value_does_not_end_a_tag() {
        assert_eq!(to_text("<img alt=\"a > b\" title='c > d'>e"), "e");
        assert_eq!(to_text("<p title=\"never closed>f</p> <p>g</p>"), "f\n\ng");
        assert_eq!(to_text("5 < 6 and <b>it's</b>"), "5 < 6 and it's");
    }

    #[test]
    fn a_player_without_end_hides_nothing() {
        assert_eq!(to_text("<video src=x>a<p>b</p><video>c"), "a\n\nb\n\nc");
    }

    #[test]
    fn references_of_latin_1_may_lack_their_semicolon() {
        assert_eq!(
            decode_entities("caf&eacute &nbsp;R&ampD ?a=1&copy=2 &ndash x &lstrok;"),
            "café  R&ampD ?a=1&copy=2 &ndash x ł"
        );
    }

    #[test]
    fn the_worst_markup_takes_linear_time() {
        let worst = [
            "<script/>".repeat(200_000),
            "/>".repeat(500_000),
            "<a b='><a' ".repeat(200_000),
            "<!--".repeat(500_000),
            "<!-- a>".repeat(200_000),
            "<video>".repeat(200_000),
            "<a b=\"".repeat(200_000),
            "&".repeat(1_000_000),
            "<".repeat(1_000_000),
        ];
        for text in worst {
            let started = std::time::Instant::now();
            to_text(&text);
            with_ends(&text, |name| HIDDEN.contains(&name));
            assert!(started.elapsed().as_secs() < 20, "{}", &text[..10]);
        }
    }
}
