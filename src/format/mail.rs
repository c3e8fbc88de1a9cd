//! Reads e-mail, as press releases arrive: one message a file, or an mbox,
//! which is cut at its `From ` lines. Subject, day and sender from the headers,
//! the text from the plain part, or from the HTML part where there is no other;
//! messages and texts that were attached follow it. Documents that were sent
//! along are articles of their own, other attachments are skipped by kind. A page that a browser saved as one file is read as a page.

use std::io::BufRead;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::article::{Article, Provenance, Published, Title};
use crate::error::{Reason, Skip};
use crate::record::{Hint, Opened, Record, read_whole};
use crate::text::{charset, markup};

use super::feed::html;
use super::html as pages;
use super::{Claim, Format, HEAD_BYTES, Head, Options, Parsed, fields, lines, prose};
use message::{Body, Document, Headers, Text, header_name};

mod coding;
mod message;

/// The reader of mail.
pub struct Mail;

/// Headers that mail has and that articles with headers of their own have not.
const SIGNS: &[&str] = &[
    "received",
    "return-path",
    "delivered-to",
    "message-id",
    "mime-version",
    "dkim-signature",
    "x-received",
    "content-transfer-encoding",
    "reply-to",
    "in-reply-to",
    "x-mailer",
];

impl Format for Mail {
    fn name(&self) -> &'static str {
        "mail"
    }

    fn claims(&self, hint: &Hint, head: &Head<'_>) -> Claim {
        let named = matches!(
            hint.extension().as_str(),
            "eml" | "mbox" | "emlx" | "mht" | "mhtml"
        ) || hint.media_type.as_deref() == Some("message/rfc822");
        let head = head.bytes();
        if is_from_line(head) {
            return Claim::Certain;
        }
        let lines = head
            .split(|byte| *byte == b'\n')
            .skip_while(|line| line.trim_ascii().is_empty());
        let names: Vec<String> = lines
            .take(60)
            .take_while(|line| !line.trim_ascii().is_empty())
            .filter(|line| !line.starts_with(b" ") && !line.starts_with(b"\t"))
            .map_while(header_name)
            .map(|name| String::from_utf8_lossy(name).to_ascii_lowercase())
            .collect();
        let signs = names
            .iter()
            .filter(|name| SIGNS.contains(&name.as_str()))
            .count();
        let has = |name: &str| names.iter().any(|known| known == name);
        let told =
            usize::from(has("from")) + usize::from(has("subject")) + usize::from(has("date"));
        match (signs, told) {
            (2.., 1..) | (1.., 2..) => Claim::Certain,
            (3.., 0) => Claim::Certain,
            (_, 2..) if named => Claim::Likely,
            _ if named => Claim::Name,
            _ => Claim::No,
        }
    }

    fn cut(
        &self,
        input: &mut dyn BufRead,
        hint: &Arc<Hint>,
        _: &Options,
        max_record_bytes: u64,
        each: &mut dyn FnMut(Result<Record, Reason>) -> ControlFlow<()>,
    ) -> Result<(), Reason> {
        let first = input.fill_buf().map_err(|e| Reason::of(&e))?;
        if is_from_line(first) {
            return mbox(input, hint, max_record_bytes, each);
        }
        let bytes = read_whole(input, max_record_bytes)?;
        let _ = each(Ok(Record::whole(bytes, Arc::clone(hint))));
        Ok(())
    }

    fn parse(
        &self,
        record: &Record,
        options: &Options,
        emit: &mut dyn FnMut(Parsed),
    ) -> Result<(), Reason> {
        let (headers, body) = Headers::split(skip_blank_lines(&record.bytes));
        let parts = Body::read(&headers, body);
        for kind in &parts.attachments {
            emit(Parsed::Skipped(Skip::Kind(kind.clone())));
        }
        let saved = saved_page(&headers, &parts.texts, options, &record.hint);
        let article = saved.unwrap_or_else(|| read(&headers, &parts.texts, options, &record.hint));
        let is_empty = fields::is_empty(&article) && parts.documents.is_empty();
        let sent = article.published;
        if !fields::is_empty(&article) {
            emit(Parsed::Article(Box::new(article)));
        }
        for document in parts.documents {
            attached(document, record, sent, options, emit);
        }
        match is_empty {
            true => Err(Reason::NoText),
            false => Ok(()),
        }
    }
}

/// Reads a document that was sent along. For want of another its day is that
/// of the message.
fn attached(
    document: Document,
    record: &Record,
    sent: Option<Published>,
    options: &Options,
    emit: &mut dyn FnMut(Parsed),
) {
    let hint = Hint {
        name: format!("{}/{}", record.hint.name, document.name),
        captured: record.hint.captured,
        ..Hint::default()
    };
    let opener = record.hint.opener.as_ref();
    let mut found = opener.map_or_else(Vec::new, |opener| (opener.0)(&document.bytes, &hint));
    if found.is_empty() {
        found.push(Opened::Document(document.bytes, hint.clone()));
    }
    for opened in found {
        match opened {
            Opened::Document(bytes, hint) => read_attached(bytes, hint, sent, options, emit),
            Opened::Skipped(skip) => emit(Parsed::Skipped(skip)),
            Opened::Rejected(reason) => emit(Parsed::Rejected(reason)),
        }
    }
}

fn read_attached(
    bytes: Vec<u8>,
    hint: Hint,
    sent: Option<Published>,
    options: &Options,
    emit: &mut dyn FnMut(Parsed),
) {
    let head = bytes.get(..HEAD_BYTES).unwrap_or(&bytes);
    let kind = hint.extension();
    let known = super::detect(&hint, head).filter(|format| DOCUMENTS.contains(&format.name()));
    let Some(format) = known else {
        emit(Parsed::Skipped(Skip::Kind(kind)));
        return;
    };
    let hint = Arc::new(hint);
    let most = bytes.len() as u64;
    let cut = format.cut(&mut &*bytes, &hint, options, most, &mut |record| {
        let read = record.and_then(|record| {
            format.parse(&record, options, &mut |part| {
                emit(match part {
                    Parsed::Article(mut article) => {
                        article.published = article.published.or(sent.map(|sent| Published {
                            provenance: Provenance::Feed,
                            ..sent
                        }));
                        Parsed::Article(article)
                    }
                    other => other,
                });
            })
        });
        if let Err(reason) = read {
            emit(Parsed::Rejected(reason));
        }
        ControlFlow::Continue(())
    });
    if let Err(reason) = cut {
        emit(Parsed::Rejected(reason));
    }
}

/// Names of the formats that documents sent along may be of.
const DOCUMENTS: &[&str] = &["docx", "odt", "rtf", "epub", "pdf"];

/// Whether bytes start with the line that parts the messages of an mbox:
/// `From jane@x.example Tue Sep 14 09:12:40 2010`.
fn is_from_line(bytes: &[u8]) -> bool {
    let Some(rest) = bytes.strip_prefix(b"From ") else {
        return false;
    };
    let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    let line = String::from_utf8_lossy(&rest[..end.min(200)]);
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_year = |word: &&str| word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit());
    let has_time = words.iter().any(|word| {
        let numbers: Vec<&str> = word.split(':').collect();
        numbers.len() >= 2
            && numbers
                .iter()
                .all(|n| n.len() == 2 && n.parse::<u8>().is_ok())
    });
    let has_month = words.iter().any(|word| {
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ];
        months.contains(word)
    });
    words.len() >= 5 && has_time && has_month && words.iter().any(is_year)
}

/// Cuts at `From ` lines that follow a blank line; in texts they are written
/// `>From `, and one that tells no day is text in any case.
fn mbox(
    input: &mut dyn BufRead,
    hint: &Arc<Hint>,
    max_record_bytes: u64,
    each: &mut dyn FnMut(Result<Record, Reason>) -> ControlFlow<()>,
) -> Result<(), Reason> {
    let mut blank = true;
    let starts = |line: &mut Vec<u8>| {
        let starts = blank && is_from_line(line);
        blank = line.trim_ascii().is_empty();
        if starts {
            line.clear();
        }
        // `>From ` and `>>From ` lost one sign when they were filed.
        let quotes = line.iter().take_while(|byte| **byte == b'>').count();
        if quotes > 0 && line[quotes..].starts_with(b"From ") {
            line.remove(0);
        }
        starts
    };
    lines::cut(input, hint, max_record_bytes, starts, each)
}

/// The page that a browser saved as one file with its pictures: MHTML.
fn saved_page(
    headers: &Headers<'_>,
    texts: &[Text],
    options: &Options,
    hint: &Hint,
) -> Option<Article> {
    let is_named = matches!(hint.extension().as_str(), "mht" | "mhtml");
    let page = texts.iter().find(|text| text.is_html)?;
    let address = headers
        .text("snapshot-content-location")
        .or_else(|| page.location.clone().filter(|_| is_named));
    if !is_named && address.is_none() {
        return None;
    }
    let decoded = decoded(page, options);
    let saved = headers.text("date").and_then(|date| fields::date(&date));
    let hint = Hint {
        url: hint.url.clone().or(address),
        captured: hint.captured.or(saved.map(|stamp| stamp.day)),
        ..hint.clone()
    };
    let mut article = pages::read(&decoded.text, &hint, options.date_order)?;
    article.origin.encoding = Some(decoded.encoding);
    Some(article)
}

fn read(headers: &Headers<'_>, texts: &[Text], options: &Options, hint: &Hint) -> Article {
    let mut article = Article::default();
    if let Some(subject) = headers.text("subject") {
        article.title =
            Some(Title::stated(without_prefix(&subject))).filter(|t| !t.text.is_empty());
    }
    article.published = headers
        .text("date")
        .and_then(|date| fields::date(&date))
        .map(|stamp| fields::published(stamp, Provenance::Metadata));
    if let Some(from) = headers.text("from").or_else(|| headers.text("sender")) {
        article.bylines = sender(&from);
    }
    article.publisher = headers
        .text("organization")
        .or_else(|| headers.text("organisation"));
    article.language = headers
        .text("content-language")
        .and_then(|l| fields::language(&l));
    article.own_id = headers
        .text("message-id")
        .map(|id| id.trim_matches(['<', '>']).to_owned());
    let (text, encoding) = text_of(texts, options);
    article.body = text;
    article.origin.encoding = Some(encoding);
    fields::complete(&mut article, hint);
    article
}

fn skip_blank_lines(mut bytes: &[u8]) -> &[u8] {
    // Lines of blanks before the headers, which some programs leave.
    while let Some(end) = memchr::memchr(b'\n', bytes) {
        if !bytes[..end].trim_ascii().is_empty() {
            break;
        }
        bytes = &bytes[end + 1..];
    }
    bytes
}

/// A subject without what mail programs put before it.
fn without_prefix(subject: &str) -> String {
    let mut rest = subject.trim();
    loop {
        let lower = rest.to_ascii_lowercase();
        let found = ["re:", "fwd:", "fw:", "aw:", "wg:", "tr:"]
            .iter()
            .find(|prefix| lower.starts_with(**prefix));
        match found {
            Some(prefix) => rest = rest[prefix.len()..].trim_start(),
            None => return rest.to_owned(),
        }
    }
}

/// The name of a sender: `Jane Roe <jane@x.example>`, `jane@x.example (Jane Roe)`.
fn sender(from: &str) -> Vec<String> {
    let named = match (from.split_once('<'), from.split_once('(')) {
        (Some((name, _)), _) if !name.trim().is_empty() => name,
        (_, Some((_, rest))) => rest.split(')').next().unwrap_or_default(),
        _ => return Vec::new(),
    };
    let name = named.trim().trim_matches(['"', '\'']).trim();
    match name.contains('@') || name.is_empty() {
        true => Vec::new(),
        // A desk may have a comma in its name, and `Roe, Jane` is one person.
        false => vec![match name.split_once(", ") {
            Some((family, given)) if !family.contains(' ') && !given.contains([' ', ',']) => {
                format!("{given} {family}")
            }
            _ => name.to_owned(),
        }],
    }
}

/// A part as its charset, or its own markup, says.
fn decoded<'a>(text: &'a Text, options: &Options) -> charset::Decoded<'a> {
    let in_file = match text.is_html {
        true => charset::declared_in_markup(&text.bytes),
        false => None,
    };
    let declared: Vec<&str> = [&text.charset, &in_file]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    charset::decode(&text.bytes, &declared, options.encoding)
}

/// The text of a message: its plain parts, or its HTML where they say nothing.
fn text_of(texts: &[Text], options: &Options) -> (String, &'static str) {
    let mut encoding = "utf-8";
    let mut read = |text: &Text| {
        let decoded = decoded(text, options);
        encoding = decoded.encoding;
        match text.is_html {
            true => html::paragraphs(&body_of(&decoded.text)),
            false => plain(&decoded.text, text.flowed),
        }
    };
    let mut join = |is_html: bool| {
        texts
            .iter()
            .filter(|text| text.is_html == is_html)
            .map(&mut read)
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join("\n\n")
    };
    let text = join(false);
    let text = if text.is_empty() { join(true) } else { text };
    (text, encoding)
}

/// The body of a page; what its head says is no text.
fn body_of(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    match lower.find("<body") {
        Some(at) => page[at..].to_owned(),
        None => page.to_owned(),
    }
}

fn plain(text: &str, flowed: bool) -> String {
    if markup::looks_like_html(text) && text.trim_start().starts_with('<') {
        return html::paragraphs(&body_of(text));
    }
    let text = text.replace("\r\n", "\n");
    let text = match flowed {
        // A line that ends in a blank goes on in the next one.
        true => text.replace(" \n", " "),
        false => text,
    };
    let cleaned = prose::clean(&text);
    // What follows the line of two hyphens is a signature.
    let paragraphs = prose::paragraphs(&cleaned).into_iter();
    let text: Vec<_> = paragraphs
        .take_while(|paragraph| paragraph != "--")
        .collect();
    text.join("\n\n")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::format::tests::{articles, reasons};

    fn one(message: &str) -> Article {
        let mut all = articles(&Mail, "a.eml", message.as_bytes());
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    #[test]
    fn a_message_gives_subject_day_sender_and_text() {
        let article = one(
            "Received: from x\r\nFrom: \"Roe, Jane\" <jane@x.example>\r\nSubject: Fwd: =?utf-8?Q?Caf=C3=A9_?=\r\n =?utf-8?Q?opens?=\r\n\
             Date: Sat, 21 Nov 2020 23:30:00 -0500\r\nMessage-ID: <7@x.example>\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\
             Content-Transfer-Encoding: quoted-printable\r\n\r\nThe caf=E9 opens =\r\nat last.\r\n\r\nIt is small.\r\n\r\n-- \r\nJane\r\n",
        );
        assert_eq!(article.title, Some(Title::stated("Café opens")));
        assert_eq!(article.published.unwrap().day.to_string(), "2020-11-21");
        assert_eq!(article.bylines, ["Jane Roe"]);
        assert_eq!(article.own_id.as_deref(), Some("7@x.example"));
        assert_eq!(article.body, "The café opens at last.\n\nIt is small.");
        assert_eq!(article.origin.encoding, Some("windows-1252"));
    }

    #[test]
    fn html_is_read_where_there_is_no_plain_text() {
        let article = one(
            "From: jane@x.example (Jane Roe)\nSubject: A\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n\
             --b\nContent-Type: text/html\n\n<html><head><title>x</title><style>p{}</style></head><body><p>One.</p><script>y</script><p>Two.</p></body></html>\n\
             --b\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\nAAAA\n--b--\n",
        );
        assert_eq!(article.body, "One.\n\nTwo.");
        assert_eq!(article.bylines, ["Jane Roe"]);
    }

    #[test]
    fn an_mbox_is_cut_at_its_from_lines() {
        let mbox = "From a@x.example Tue Sep 14 09:12:40 2010\nSubject: A\n\nOne.\n\n>From here on.\n\nFrom now on too.\n\n\
                    From b@x.example  Wed Sep 15 09:12:40 2010 +0200\nSubject: B\n\nTwo.\n";
        let read: Vec<_> = articles(&Mail, "a.mbox", mbox.as_bytes())
            .into_iter()
            .map(|article| (article.title.unwrap().text, article.body))
            .collect();
        assert_eq!(
            read,
            [
                (
                    "A".to_owned(),
                    "One.\n\nFrom here on.\n\nFrom now on too.".to_owned()
                ),
                ("B".to_owned(), "Two.".to_owned())
            ]
        );
    }

    #[test]
    fn a_message_without_subject_and_text_is_rejected() {
        assert_eq!(
            reasons(&Mail, "a.eml", b"From: a@x.example\nTo: b@x.example\n\n"),
            ["no text"]
        );
    }

    #[test]
    fn mail_is_told_from_articles_with_headers() {
        let heads = [
            "From a@x.example Tue Sep 14 09:12:40 2010\n",
            "\n   \nReceived: by x\n\tid y\nFrom: a\nSubject: b\n\n",
            "Title: Talks\nDate: 21 Nov 2020\nBy: Jane Roe\n\nThey met.\n",
            "From Doha, where talks began at 10:30 in 2020, came word of a deal.\n",
            "Subject: Talks\nDate: 21 Nov 2020\n\nThey met.\n",
        ];
        let claims = heads.map(|head| Mail.claims(&Hint::named("a"), &Head::new(head.as_bytes())));
        use Claim::{Certain, No};
        assert_eq!(claims, [Certain, Certain, No, No, No]);
    }
}
