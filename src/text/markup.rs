//! Markup to text, for texts that carry a little of it: character references
//! in feeds and wire copy, HTML in a JSON field or a message. Whole web pages
//! are the business of `format/html`.

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
    ("lrm", ""), ("rlm", ""),
];

/// Longest name of a reference, in bytes.
const LONGEST_NAME: usize = 10;

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
    if !body[length..].starts_with(';') {
        return None;
    }
    let (_, stands_for) = NAMED.iter().find(|(name, _)| *name == &body[..length])?;
    Some((length + 2, (*stands_for).to_owned()))
}

fn numbered(code: u32) -> String {
    let c = match code {
        0x80..=0x9F => {
            // Pages number these as windows-1252 does.
            let byte = [code as u8];
            let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&byte);
            return text.chars().filter(|c| !c.is_control()).collect();
        }
        code => char::from_u32(code).unwrap_or('\u{FFFD}'),
    };
    match c {
        '\n' | '\t' | '\r' => c.to_string(),
        c if c.is_control() => String::new(),
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

/// The text of a piece of HTML: paragraphs parted by blank lines, scripts,
/// styles and comments left out, references decoded. Runs in linear time
/// whatever the markup.
///
/// ```
/// # use morgue::text::markup::to_text;
/// assert_eq!(to_text("<p>Rates <b>rose</b>.</p><script>x()</script><p>A&amp;B<br>fell.</p>"), "Rates rose.\n\nA&B\nfell.");
/// ```
pub fn to_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        text.push_str(&decode_entities(&rest[..at]).replace(['\n', '\r', '\t'], " "));
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let is_tag = rest[1..]
            .starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
        if !is_tag {
            text.push('<');
            rest = &rest[1..];
            continue;
        }
        let end = rest.find('>').unwrap_or(rest.len());
        let name: String = rest[1..end]
            .trim_start_matches('/')
            .chars()
            .take(12)
            .take_while(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let closes = rest[1..].starts_with('/');
        rest = rest.get(end + 1..).unwrap_or("");
        if !closes
            && matches!(
                name.as_str(),
                "script" | "style" | "template" | "noscript" | "iframe"
            )
        {
            rest = after_close(rest, &name);
        }
        match name.as_str() {
            "br" => text.push('\n'),
            "p" | "div" | "li" | "ul" | "ol" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6"
            | "blockquote" | "table" | "tr" | "section" | "article" | "figure" | "figcaption"
            | "header" | "footer" | "pre" | "hr" | "dd" | "dt" | "hl2" => text.push_str("\n\n"),
            "td" | "th" => text.push(' '),
            _ => {}
        }
    }
    text.push_str(&decode_entities(rest).replace(['\n', '\r', '\t'], " "));
    fold_blanks(&text)
}

/// What follows the end tag of an element whose content is no text.
fn after_close<'a>(html: &'a str, name: &str) -> &'a str {
    let mut rest = html;
    while let Some(at) = rest.find("</") {
        rest = &rest[at + 2..];
        if rest
            .get(..name.len())
            .is_some_and(|end| end.eq_ignore_ascii_case(name))
        {
            return rest.split_once('>').map_or("", |(_, after)| after);
        }
    }
    ""
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
