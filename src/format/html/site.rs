//! What sites put between and below the paragraphs of a story and that is
//! none of it: buttons, credits of pictures, links to other stories, calls to
//! subscribe. Each is known by how it starts or by what it links to.

use super::paragraphs::{Block, Kind};

/// Starts of lines that lead to other stories.
const LEADS_AWAY: &[&str] = &[
    "read more",
    "read also",
    "also read",
    "read next",
    "related:",
    "related stories",
    "related articles",
    "see also",
    "more:",
    "more on",
    "lesen sie auch",
    "lesen sie hier",
    "lesen sie mehr",
    "mehr zum thema",
    "mehr dazu",
    "auch interessant",
    "siehe auch",
    "weiterlesen",
    "lire aussi",
    "à lire",
    "lea también",
    "lee también",
    "puedes ver",
    "leia também",
    "leia mais",
    "leggi anche",
    "lees ook",
    "les også",
    "läs också",
    "watch:",
    "listen:",
    "click here",
    "hier geht",
    "photos:",
    "video:",
    "recommended",
    "don't miss",
    "you may also like",
    "lesetipp",
    "ähnliche beiträge",
    "related posts",
    "you might also",
    "zum thema",
    "voir aussi",
    "sur le même sujet",
    "das könnte",
    "das thema könnte",
    "weitere informationen",
    "weiterführende",
    "meistgelesen",
    "meistdiskutiert",
    "entdecke",
    "alle artikel",
    "mehr lesen",
    "plus d'infos",
    "pour aller plus loin",
    "más información",
    "te puede interesar",
    "también te puede",
    "you might like",
    "more from",
    "more stories",
    "most read",
    "most popular",
    "trending",
    "top stories",
    "read the full",
    "for more on",
];

/// Short lines that belong to the site.
const OF_THE_SITE: &[&str] = &[
    "advertisement",
    "anzeige",
    "werbung",
    "publicité",
    "publicidad",
    "advertisement - continue reading below",
    "share",
    "share this",
    "share this article",
    "story continues below advertisement",
    "article continues below advertisement",
    "continue reading",
    "continue reading below",
    "loading",
    "loading...",
    "loading…",
    "print",
    "email",
    "e-mail",
    "tweet",
    "facebook",
    "twitter",
    "whatsapp",
    "kommentare",
    "comments",
    "leave a comment",
    "kommentar schreiben",
    "teilen",
    "drucken",
    "share on facebook",
    "share on twitter",
    "pinterest",
    "linkedin",
    "reddit",
    "copy link",
    "link kopieren",
    "nach oben",
    "back to top",
    "top",
    "-",
    "|",
    "•",
    "skip to content",
    "zum inhalt springen",
    "tags:",
    "tags",
    "schlagwörter",
    "partager",
    "compartir",
    "compartilhar",
    "condividi",
];

/// Starts of lines that ask for something, in letters and digits only.
const ASKS: &[&str] = &[
    "sign up for",
    "sign up to",
    "subscribe to our",
    "subscribe now",
    "follow us on",
    "abonnieren sie",
    "abonniere unseren",
    "join our newsletter",
    "get the latest",
    "all rights reserved",
    "alle rechte vorbehalten",
    "tous droits réservés",
    "copyright ©",
    "©",
    "this website uses cookies",
    "this site uses cookies",
    "we use cookies",
    "wir verwenden cookies",
    "diese website verwendet",
    "by continuing to",
    "newsletter abonnieren",
    "jetzt newsletter",
    "follow him on",
    "follow her on",
    "folgen sie uns",
    "this article was originally published",
];

/// Starts of lines that say whose a picture is.
const CREDITS: &[&str] = &[
    "photo:",
    "photo by",
    "photos by",
    "photograph by",
    "photograph:",
    "photo credit",
    "photo courtesy",
    "image:",
    "image by",
    "image credit",
    "image illustrative",
    "picture:",
    "credit:",
    "credits:",
    "illustration by",
    "illustration:",
    "foto:",
    "fotos:",
    "bild:",
    "bilder:",
    "titelbild",
    "beitragsbild",
    "symbolbild",
    "bildquelle",
    "crédit photo",
    "crédits photo",
    "crédit :",
    "crédits :",
    "foto de",
    "fotografía:",
    "imagen:",
    "crédito:",
];

/// Agencies of pictures: a short line that ends in one, behind a slash, is a credit.
const AGENCIES: &[&str] = &[
    "getty images",
    "getty",
    "afp",
    "ap",
    "ap photo",
    "reuters",
    "shutterstock",
    "dpa",
    "picture alliance",
    "epa",
    "imago",
    "bloomberg",
    "istock",
    "apa",
    "keystone",
    "unsplash",
    "alamy",
    "efe",
];

/// Whether a block only says whose a picture is.
pub fn is_credit(block: &Block) -> bool {
    let length = block.length();
    if block.kind == Kind::Heading || length > 120 {
        return false;
    }
    let lower = block.text.to_lowercase();
    let is_sentence = lower.ends_with(['.', '!', '?', '"', '”']) && length > 60;
    let said = CREDITS.iter().any(|start| lower.starts_with(start));
    let parted = lower.split(['/', '|']).map(str::trim);
    let by_agency = lower.contains(['/', '|'])
        && parted
            .into_iter()
            .any(|part| AGENCIES.contains(&part.trim_end_matches([')', '.'])));
    !is_sentence && (said || by_agency && length <= 80)
}

/// Starts of headings below which a page goes on to other things.
const TAILS: &[&str] = &[
    "related",
    "you may also",
    "you might also",
    "you might like",
    "recommended",
    "more from",
    "more stories",
    "more news",
    "most read",
    "most popular",
    "trending",
    "read next",
    "up next",
    "about the author",
    "sign up",
    "newsletter",
    "subscribe",
    "comments",
    "leave a reply",
    "leave a comment",
    "auch interessant",
    "das könnte",
    "das thema könnte",
    "lesen sie auch",
    "mehr zum thema",
    "meistgelesen",
    "meistdiskutiert",
    "weitere artikel",
    "ähnliche",
    "über den autor",
    "über die autorin",
    "zum autor",
    "zur autorin",
    "kommentare",
    "entdecke weitere",
    "à lire aussi",
    "lire aussi",
    "sur le même sujet",
    "commentaires",
    "te puede interesar",
    "también te puede",
    "lee también",
    "noticias relacionadas",
    "más noticias",
    "comentarios",
    "leia também",
    "leggi anche",
    "potrebbe interessarti",
    "lees ook",
    "les også",
    "läs också",
];

/// Longest heading of that kind, in characters.
const LONGEST_TAIL: usize = 60;

/// Cuts what follows a heading that leads on to other things, where that is a
/// fifth of the text at most: a story may have such a heading of its own.
pub fn cut_tail(blocks: &mut Vec<Block>) {
    let all = super::paragraphs::weight(blocks);
    let mut below = 0;
    let mut end = None;
    for (at, block) in blocks.iter().enumerate().skip(1).rev() {
        if below * 5 > all {
            break;
        }
        let stands_alone = block.kind == Kind::Heading
            || !block.text.ends_with(['.', '!', '?', '"', '”', '…', ',']);
        let lower = block.text.to_lowercase();
        // `Related: a story` leads to that story and no further.
        let is_heading = !lower.trim_end_matches(':').contains(':');
        let leads_on = is_heading
            && block.linked * 2 < block.length()
            && TAILS.iter().any(|start| lower.starts_with(start));
        if stands_alone && leads_on && block.length() <= LONGEST_TAIL {
            end = Some(at);
        }
        below += block.weight();
    }
    if let Some(end) = end {
        blocks.truncate(end);
    }
}

/// Whether a block is a line of the site: a button, a heading of its own, a
/// call to subscribe.
pub fn is_line(block: &Block) -> bool {
    let length = block.length();
    if length > 220 {
        return false;
    }
    let lower = block.text.to_lowercase();
    let bare = lower.trim_matches([' ', '.', ':', '!', '\n']);
    OF_THE_SITE.contains(&lower.as_str())
        || OF_THE_SITE.contains(&bare)
        || ASKS.iter().any(|ask| lower.starts_with(ask))
}

/// Whether a block is a way to another story: links that say so, links among
/// links, or a heading above nothing but those.
pub fn leads_away(blocks: &[Block], at: usize) -> bool {
    let block = &blocks[at];
    let length = block.length();
    let lower = block.text.to_lowercase();
    let says_so = LEADS_AWAY.iter().any(|lead| lower.starts_with(lead));
    if says_so
        && length <= 250
        && (block.linked * 3 >= length || length <= 40 && block.kind != Kind::Paragraph)
    {
        return true;
    }
    if !block.is_linked() || block.kind == Kind::Heading {
        return false;
    }
    let beside = |other: Option<&Block>| {
        other.is_some_and(|other| other.is_linked() && other.kind != Kind::Heading)
    };
    let run = beside(at.checked_sub(1).and_then(|before| blocks.get(before)))
        || beside(blocks.get(at + 1));
    // A list of links at the end, or a linked headline by itself.
    run && block.kind == Kind::Item && length <= 200
        || run && length <= 150 && at + 3 >= blocks.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(kind: Kind, text: &str) -> Block {
        Block {
            kind,
            text: text.to_owned(),
            linked: 0,
        }
    }

    #[test]
    fn credits_are_told_from_sentences() {
        let is = |text| is_credit(&block(Kind::Paragraph, text));
        for credit in [
            "Photo: Jane Roe",
            "Photograph by Ann Other, Harbour News",
            "AFP / Marco Berg",
            "Jane Roe/Getty Images",
            "(Jane Roe | dpa)",
        ] {
            assert!(is(credit), "{credit}");
        }
        for text in [
            "Photo by photo, the exhibition follows a family through a century of war and of peace.",
            "The AP and Reuters reported the same.",
            "He left the AFP/Getty partnership in 2012, and he never took another picture for an agency.",
        ] {
            assert!(!is(text), "{text}");
        }
    }

    #[test]
    fn what_follows_a_heading_that_leads_on_goes_if_it_is_little() {
        let text = "The crane was to be scrapped next spring, and the port had sold it to a yard.";
        let other = "Eleven ships wait outside the harbour of another town as well.";
        let mut blocks = vec![block(Kind::Paragraph, text); 6];
        blocks.push(block(Kind::Heading, "More from Harbour News"));
        blocks.push(block(Kind::Paragraph, other));
        let mut short = blocks[4..].to_vec();
        cut_tail(&mut blocks);
        assert_eq!(blocks.len(), 6);
        cut_tail(&mut short);
        assert_eq!(short.len(), 4);
    }
}
