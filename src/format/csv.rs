//! Reads tables: comma, tab, semicolon or bar between the fields, one article a
//! row. Columns are known by the usual names ([`fields`](super::fields)) of a
//! header row and by `--map`; a text under another name, and columns without a
//! header row, by their values where those leave no doubt, and by number. A table whose columns are none of an article's
//! is rejected as a whole; a broken row is rejected and costs only itself.

use std::io::{BufRead, Cursor, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::article::{Article, Provenance};
use crate::error::Reason;
use crate::record::{Hint, Record, read_whole};
use crate::text::charset;
use crate::text::dates::{self, Order, Shown, Stamp};

use super::fields::{self, Slot};
use super::{Claim, Format, Head, Options, Parsed};
use dialect::Dialect;
use rows::{Row, Rows};

mod columns;
mod dialect;
mod rows;

/// The reader of tables.
pub struct Csv;

/// Head of a file that decides how it is read.
const LOOK_AHEAD: u64 = 64 * 1024;

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn claims(&self, hint: &Hint, head: &Head<'_>) -> Claim {
        let named = is_named(hint);
        let unnamed = matches!(hint.extension().as_str(), "" | "txt" | "dat" | "text");
        if !(named || unnamed) || head.is_binary() {
            return Claim::No;
        }
        let text = head.text();
        let Some(dialect) = sniff(text.as_bytes(), named) else {
            return Claim::No;
        };
        let articles = dialect.has_articles();
        match (named, articles) {
            (true, true) => Claim::Certain,
            // Only `--map` can tell which of its columns are an article's.
            (true, false) if dialect.has_prose(text.as_bytes()) => Claim::Name,
            (false, true) if dialect.is_clear() && dialect.delimiter != b',' => Claim::Likely,
            (false, true) if dialect.is_clear() && dialect.header.len() >= 3 => Claim::Likely,
            (false, _) if !dialect.is_headed && dialect.delimiter == b'\t' => {
                let rows = dialect.rows(text.as_bytes());
                // Numbered sentences are claimed to be rejected: no other format could tell.
                match articles || columns::are_numbered(&dialect, &rows) {
                    true => Claim::Likely,
                    false => Claim::No,
                }
            }
            _ => Claim::No,
        }
    }

    fn cut(
        &self,
        input: &mut dyn BufRead,
        hint: &Arc<Hint>,
        options: &Options,
        max_record_bytes: u64,
        each: &mut dyn FnMut(Result<Record, Reason>) -> ControlFlow<()>,
    ) -> Result<(), Reason> {
        let mut head = Vec::new();
        Read::take(&mut *input, LOOK_AHEAD)
            .read_to_end(&mut head)
            .map_err(|e| Reason::of(&e))?;
        let encoding = charset::decode(&head, &[], None).encoding;
        if encoding.starts_with("utf-16") || encoding.starts_with("utf-32") {
            // Rows are found by bytes; rare enough to be held and decoded.
            let bytes = read_whole(&mut Cursor::new(head).chain(input), max_record_bytes)?;
            let text = charset::decode(&bytes, &[], None).text.into_owned();
            let preamble = Preamble {
                encoding,
                is_transcoded: true,
            };
            let head = text.as_bytes()[..text.len().min(LOOK_AHEAD as usize)].to_vec();
            let mut rest = Cursor::new(&text.as_bytes()[head.len()..]);
            return preamble.cut(head, &mut rest, hint, options, max_record_bytes, each);
        }
        let preamble = Preamble {
            encoding,
            is_transcoded: false,
        };
        preamble.cut(head, input, hint, options, max_record_bytes, each)
    }

    fn parse(
        &self,
        record: &Record,
        options: &Options,
        emit: &mut dyn FnMut(Parsed),
    ) -> Result<(), Reason> {
        let [delimiter, quoted, backslash, transcoded, order, rest @ ..] = &record.preamble[..]
        else {
            return Err(no_header());
        };
        let mut lines = rest.splitn(2, |byte| *byte == b'\n');
        let (Some(label), Some(header)) = (lines.next(), lines.next()) else {
            return Err(no_header());
        };
        let label = String::from_utf8_lossy(label);
        let declared: Vec<&str> = match *transcoded == 1 {
            true => vec!["utf-8"],
            false => [record.hint.charset.as_deref(), Some(&*label)]
                .into_iter()
                .flatten()
                .collect(),
        };
        let forced = options.encoding.filter(|_| *transcoded == 0);
        let decoded = charset::decode(&record.bytes, &declared, forced);
        let header = charset::decode(header, &declared, forced).text;
        let is_escaped = *backslash == 1;
        let names: Vec<String> = header.split('\u{1F}').map(str::to_owned).collect();
        let row = decoded.text.trim_end_matches(['\r', '\n']);
        let mut values = dialect::split(row, *delimiter, is_escaped, *quoted == 1);
        if *delimiter == b'\t' {
            for value in &mut values {
                // Where a line break cannot stand, programs write `\n`.
                if value.contains("\\n") && !value.contains('\n') {
                    *value = value.replace("\\n", "\n");
                }
            }
        }
        fit(&mut values, &names, char::from(*delimiter))?;
        let row = Columns {
            names: &names,
            values: &values,
        };
        let mut article = row.article(options);
        if article.published.is_none()
            && let Some(stamp) = row.day(Order::of_sign(*order))
        {
            article.published = Some(fields::published(stamp, Provenance::Metadata));
        }
        if fields::is_empty(&article) {
            return Err(Reason::NoText);
        }
        article.origin.encoding = Some(match *transcoded == 1 {
            true => wide_name(&label),
            false => decoded.encoding,
        });
        fields::complete(&mut article, &record.hint);
        emit(Parsed::Article(Box::new(article)));
        Ok(())
    }
}

/// Whether the name or the media type says that a file is a table.
fn is_named(hint: &Hint) -> bool {
    matches!(hint.extension().as_str(), "csv" | "tsv" | "psv" | "tab")
        || matches!(
            hint.media_type.as_deref(),
            Some("text/csv" | "text/tab-separated-values")
        )
}

/// The dialect by a file's head. In what is named a table some lines may stand above
/// the header: what was exported, and when.
fn sniff(head: &[u8], is_named: bool) -> Option<Dialect> {
    let dialect = Dialect::sniff(head);
    if !is_named || dialect.as_ref().is_some_and(Dialect::has_articles) {
        return dialect;
    }
    Dialect::below_other_lines(head).or(dialect)
}

fn no_header() -> Reason {
    malformed("no header row".to_owned())
}

fn malformed(detail: String) -> Reason {
    Reason::Malformed {
        kind: "csv",
        detail,
    }
}

fn wide_name(label: &str) -> &'static str {
    ["utf-16le", "utf-16be", "utf-32le", "utf-32be"]
        .into_iter()
        .find(|name| *name == label)
        .unwrap_or("utf-8")
}

/// What each row needs to be read alone.
struct Preamble {
    encoding: &'static str,
    /// Whether the rows are UTF-8 now, whatever the file was.
    is_transcoded: bool,
}

impl Preamble {
    /// Four signs of the dialect, the order of days, the encoding, a line end, the names.
    fn bytes(
        &self,
        dialect: &Dialect,
        quoted: bool,
        order: Option<Order>,
        header: &[u8],
    ) -> Arc<[u8]> {
        let mut bytes = vec![
            dialect.delimiter,
            u8::from(quoted),
            u8::from(dialect.backslash),
            u8::from(self.is_transcoded),
            Order::sign(order),
        ];
        bytes.extend_from_slice(self.encoding.as_bytes());
        bytes.push(b'\n');
        bytes.extend_from_slice(header);
        Arc::from(bytes)
    }

    fn cut(
        &self,
        mut head: Vec<u8>,
        rest: &mut dyn BufRead,
        hint: &Arc<Hint>,
        options: &Options,
        max_record_bytes: u64,
        each: &mut dyn FnMut(Result<Record, Reason>) -> ControlFlow<()>,
    ) -> Result<(), Reason> {
        let Some(mut dialect) = sniff(&head, is_named(hint)) else {
            return Err(no_header());
        };
        let count = dialect.header.len();
        let is_number = |name: &str| {
            name.parse()
                .is_ok_and(|at: usize| (1..=count).contains(&at))
        };
        if !dialect.is_headed && options.map.iter().any(|(_, source)| is_number(source)) {
            dialect.header = columns::numbers(count);
        }
        let is_plain = self.is_transcoded || self.encoding == "utf-8" || !dialect.is_headed;
        let mut header = match is_plain {
            true => dialect.header.join("\u{1F}").into_bytes(),
            // Names in another encoding keep their bytes.
            false => names_as_written(&head[..dialect.body], &dialect),
        };
        let declared = match self.is_transcoded {
            true => "utf-8",
            false => self.encoding,
        };
        let names = charset::decode(&header, &[declared], None)
            .text
            .into_owned();
        let mut names: Vec<&str> = names.split('\u{1F}').collect();
        // A text under a name that is not known is told by its values.
        if dialect.is_headed
            && !hold(&names, options, &[Slot::Body])
            && let Some(at) = columns::text(&dialect.rows(&head), &names)
        {
            header = renamed(&header, at, b"text");
            names[at] = "text";
        }
        if !hold(&names, options, &[Slot::Title, Slot::Body, Slot::Summary]) {
            let columns = match dialect.is_headed {
                true => fields::one_line(&names.join(", ")),
                false => columns::shown(dialect.rows(&head).first().unwrap_or(&dialect.header)),
            };
            return Err(Reason::NoColumns { columns });
        }
        let mut values = head.split_off(dialect.body);
        let in_values = |values: &[u8]| columns::order(&dialect, &names, values);
        let order = fields::order_of_days(&mut values, rest, in_values)?;
        // Only where English is spoken may the month come first.
        let is_foreign = || names.iter().any(|name| fields::is_foreign(name));
        let order = match order {
            Shown::Order(order) => Some(order),
            _ if options.date_order.is_some() => options.date_order,
            Shown::Either if is_foreign() => Some(Order::DayFirst),
            Shown::Either | Shown::Nothing => None,
        };
        let preambles = [false, true].map(|quoted| self.bytes(&dialect, quoted, order, &header));
        let mut input = Cursor::new(values).chain(rest);
        let mut rows = Rows::new(&mut input, &dialect, max_record_bytes);
        let mut number = 0u64;
        while let Some(row) = rows.next()? {
            number += 1;
            let next = match row {
                Row::Fields(bytes, quoted) => Ok(Record {
                    bytes,
                    hint: Arc::clone(hint),
                    preamble: Arc::clone(&preambles[usize::from(quoted)]),
                }),
                Row::Broken => Err(malformed(format!(
                    "row {number} has a quote that does not fit its {} columns",
                    dialect.header.len()
                ))),
                Row::TooLarge => Err(Reason::TooLarge {
                    limit: max_record_bytes,
                }),
            };
            if each(next).is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// The header row with its fields parted as [`Preamble`] parts them.
fn names_as_written(head: &[u8], dialect: &Dialect) -> Vec<u8> {
    let mut lines = head.split(|byte| *byte == dialect.newline);
    let line = lines
        .rfind(|line| !line.trim_ascii().is_empty() && !line.starts_with(b"sep="))
        .unwrap_or_default();
    let line = line.trim_ascii();
    let parts = line.split(|byte| *byte == dialect.delimiter);
    let names: Vec<&[u8]> = parts
        .map(|name| {
            let name = name.trim_ascii();
            let inner = name.strip_prefix(b"\"").and_then(|n| n.strip_suffix(b"\""));
            inner.unwrap_or(name)
        })
        .collect();
    names.join(&0x1F)
}

/// A header with another name for one of its columns.
fn renamed(header: &[u8], at: usize, name: &[u8]) -> Vec<u8> {
    let mut names: Vec<&[u8]> = header.split(|byte| *byte == 0x1F).collect();
    if let Some(old) = names.get_mut(at) {
        *old = name;
    }
    names.join(&0x1F)
}

/// Makes a row as long as the header where it is plain what was meant: empty
/// fields beyond it go, and the signs in a last column of text come back.
fn fit(values: &mut Vec<String>, names: &[String], delimiter: char) -> Result<(), Reason> {
    while values.len() > names.len() && values.last().is_some_and(|value| value.trim().is_empty()) {
        values.pop();
    }
    let last_is_text = names
        .last()
        .and_then(|name| fields::slot(name))
        .is_some_and(|(slot, _)| matches!(slot, Slot::Body | Slot::Summary));
    if values.len() > names.len() && last_is_text {
        let tail = values.split_off(names.len() - 1);
        values.push(tail.join(&delimiter.to_string()));
    }
    let (found, expected) = (values.len(), names.len());
    if found > expected || (found == 1 && expected >= 3) {
        return Err(malformed(format!(
            "a row of {found} fields where the header has {expected}"
        )));
    }
    Ok(())
}

/// Whether any column, by its name or by `--map`, stands for one of these slots.
fn hold(names: &[&str], options: &Options, wanted: &[Slot]) -> bool {
    let by_name = names
        .iter()
        .filter_map(|name| fields::slot(name).map(|(slot, _)| slot));
    let by_map = options.map.iter().filter_map(|(target, source)| {
        let is_there = names.iter().any(|name| name.eq_ignore_ascii_case(source));
        is_there.then(|| fields::mapped_slot(target)).flatten()
    });
    by_name.chain(by_map).any(|slot| wanted.contains(&slot))
}

/// A row under its header.
struct Columns<'a> {
    names: &'a [String],
    values: &'a [String],
}

impl Columns<'_> {
    fn value(&self, name: &str) -> Option<&str> {
        let at = self
            .names
            .iter()
            .position(|known| known == name)
            .or_else(|| {
                self.names
                    .iter()
                    .position(|known| known.eq_ignore_ascii_case(name))
            })?;
        self.values.get(at).map(String::as_str)
    }

    /// The day in columns that name one and were not read as they stand: written
    /// in an order that only the table tells, or parted into year, month and day.
    fn day(&self, order: Option<Order>) -> Option<Stamp> {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let mut days = columns::days(&names);
        let whole = days.find_map(|at| {
            let value = fields::one_line(self.values.get(at)?);
            dates::parse_in(&value, order)
        });
        whole.or_else(|| {
            let part = |name| Some(self.value(name)?.trim().trim_end_matches(".0"));
            let (year, month, day) = (part("year")?, part("month")?, part("day")?);
            let is_number = month.bytes().all(|byte| byte.is_ascii_digit());
            dates::parse(&match is_number {
                true => format!("{year}-{month}-{day}"),
                false => format!("{day} {month} {year}"),
            })
        })
    }

    /// The row as an article.
    fn article(&self, options: &Options) -> Article {
        let mut article = Article::default();
        let mut chosen: Vec<(Slot, usize, &str)> = Vec::new();
        for (name, value) in self.names.iter().zip(self.values) {
            if let Some((slot, rank)) = fields::slot(name) {
                chosen.push((slot, rank, value));
            }
        }
        let mapped: Vec<(Slot, &str)> = options
            .map
            .iter()
            .filter_map(|(target, source)| {
                Some((fields::mapped_slot(target)?, self.value(source)?))
            })
            .collect();
        // Best names last: what is put later replaces what was put before.
        chosen.sort_by_key(|(slot, rank, _)| (*slot != Slot::Summary, std::cmp::Reverse(*rank)));
        for (slot, _, value) in chosen {
            if slot == Slot::Byline && !fields::one_line(value).is_empty() {
                article.bylines.clear();
            }
            fields::put(&mut article, slot, value);
        }
        for (slot, value) in mapped {
            if slot == Slot::Byline {
                article.bylines.clear();
            }
            fields::put(&mut article, slot, value);
        }
        article
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::article::Title;
    use crate::format::tests::{articles, read_with, reasons};

    #[test]
    fn a_row_is_an_article() {
        let table = "id,date,headline,byline,section,text,score\r\n\
                     7,2020-11-21,\"Ferry sold, at last\",Jane Roe,Shipping,\"One.\n\n\"\"Two,\"\" she said.\",3\r\n\
                     8,21 Nov 2020,B,,,Three.,4\r\n";
        let read = articles(&Csv, "a.csv", table.as_bytes());
        let [first, second] = read.as_slice() else {
            unreachable!("two articles");
        };
        assert_eq!(first.title, Some(Title::stated("Ferry sold, at last")));
        assert_eq!(first.body, "One.\n\n\"Two,\" she said.");
        assert_eq!(first.published.unwrap().day.to_string(), "2020-11-21");
        assert_eq!(first.bylines, ["Jane Roe"]);
        assert_eq!(first.section.as_deref(), Some("Shipping"));
        assert_eq!(first.own_id.as_deref(), Some("7"));
        assert_eq!(second.body, "Three.");
    }

    #[test]
    fn a_broken_row_is_rejected_and_the_others_are_read() {
        let table = "title\ttext\turl\nA\t1\tx\nB\nC\t2\ty\nD\t3\tz\tz\tz\n";
        let titles: Vec<_> = articles(&Csv, "a.tsv", table.as_bytes())
            .into_iter()
            .map(|article| article.title.unwrap().text)
            .collect();
        assert_eq!(titles, ["A", "C"]);
        assert_eq!(
            reasons(&Csv, "a.tsv", table.as_bytes()),
            [
                "malformed csv: a row of 1 fields where the header has 3",
                "malformed csv: a row of 5 fields where the header has 3"
            ]
        );
    }

    #[test]
    fn signs_in_a_last_column_of_text_come_back() {
        let table = "title,text\nA,One, two, three\nB,Four,,\n";
        let bodies: Vec<_> = articles(&Csv, "a.csv", table.as_bytes())
            .into_iter()
            .map(|article| article.body)
            .collect();
        assert_eq!(bodies, ["One, two, three", "Four"]);
    }

    #[test]
    fn tables_that_hold_no_articles_are_not_claimed() {
        let claims = [
            (
                "a.csv",
                "Sentence #,Word,POS,Tag\nSentence: 1,Thousands,NNS,O\n,of,IN,O\n",
            ),
            ("a.csv", "1,2,3\n4,5,6\n"),
            ("a.tsv", "word\t768\t96\nthe\t1\t2\n"),
            (
                "a.csv",
                "naam,verhaal\na,one two three four five six seven\n",
            ),
            ("a.csv", "title,text\na,b\n"),
            ("a.txt", "title\ttext\na\tb\n"),
            ("a.txt", "Talks, text and tea\n\nThey met, and they ate.\n"),
        ]
        .map(|(name, table)| Csv.claims(&Hint::named(name), &Head::new(table.as_bytes())));
        use Claim::{Certain, Likely, Name, No};
        assert_eq!(claims, [No, No, No, Name, Certain, Likely, No]);
    }

    #[test]
    fn map_names_columns_and_without_it_unknown_ones_are_one_rejection() {
        let table = b"naam;verhaal\nA;B c d e f g.\nC;D e f g h i.\n";
        assert_eq!(
            reasons(&Csv, "a.csv", table),
            [
                "no column is known as an article's title or text; name one of `naam, verhaal` with --map title=…,body=…"
            ]
        );
        let options = Options {
            map: vec![
                ("title".into(), "naam".into()),
                ("body".into(), "verhaal".into()),
            ],
            ..Options::default()
        };
        let parts = read_with(&Csv, "a.csv", table, &options);
        let [Parsed::Article(article), Parsed::Article(_)] = parts.as_slice() else {
            unreachable!("two articles");
        };
        assert_eq!(article.title, Some(Title::stated("A")));
        assert_eq!(article.body, "B c d e f g.");
    }

    fn days(table: &str) -> Vec<Option<String>> {
        let articles = articles(&Csv, "a.csv", table.as_bytes());
        let day = |article: Article| article.published.map(|p| p.day.to_string());
        articles.into_iter().map(day).collect()
    }

    #[test]
    fn other_rows_tell_how_a_day_is_written() {
        let read = |written: [&str; 3]| {
            let rows = written.map(|day| format!("A,The ferry was sold.,{day}\n"));
            days(&format!("title,text,date\n{}", rows.concat()))
        };
        let some = |days: [&str; 3]| days.map(|day| Some(day.to_owned())).to_vec();
        assert_eq!(
            read(["03/04/2021", "14/11/2021 06:30", "05/06/2021"]),
            some(["2021-04-03", "2021-11-14", "2021-06-05"])
        );
        assert_eq!(
            read(["03/04/2021", "11/14/2021", "05-06-2021"]),
            some(["2021-03-04", "2021-11-14", "2021-05-06"])
        );
        // Nothing tells, or rows differ.
        assert_eq!(read(["03/04/2021", "05/06/2021", ""]), [None, None, None]);
        assert_eq!(read(["03/04/2021", "14/11/2021", "11/15/2021"])[0], None);
    }

    #[test]
    fn a_row_far_below_tells_how_the_days_of_the_first_ones_are_written() {
        let row = |day: &str| format!("A,{},{day}\n", "The ferry was sold. ".repeat(400));
        let table = format!(
            "title,text,date\n{}{}",
            row("03/04/2021").repeat(20),
            row("14/04/2021")
        );
        assert_eq!(days(&table)[0].as_deref(), Some("2021-04-03"));
    }

    #[test]
    fn a_header_in_another_language_tells_how_days_are_written() {
        let tables = [
            "Título;Texto;Data\nBarca vendida;A barca foi vendida.;03/04/2021\n",
            "Заголовок;Текст;Дата\nПаром продан;Паром был продан.;03.04.2021\n",
            "标题,正文,发布时间\n渡轮出售,渡轮已售出。,2021年4月3日\n",
            "Year,Month,Day,Title,Text\n2021,4,3,Ferry sold,It was sold.\n",
        ];
        for table in tables {
            let read = articles(&Csv, "a.csv", table.as_bytes());
            assert!(!read[0].title.as_ref().unwrap().derived && !read[0].body.is_empty());
            assert_eq!(days(table), [Some("2021-04-03".to_owned())]);
        }
    }

    #[test]
    fn a_text_under_an_unknown_name_is_told_by_its_values() {
        let row = |n: u8| {
            format!(
                "Ferry sold again {n}\tGulf {n}\tThe ferry that lay idle for {n} years was sold on Monday. Nobody said why.\n"
            )
        };
        let table = format!(
            "headline\tville\tnotre_papier\n{}{}{}",
            row(2),
            row(3),
            row(4)
        );
        let read = articles(&Csv, "a.tsv", table.as_bytes());
        assert_eq!(read[0].title, Some(Title::stated("Ferry sold again 2")));
        assert_eq!(
            read[2].body,
            "The ferry that lay idle for 4 years was sold on Monday. Nobody said why."
        );
    }

    #[test]
    fn lines_above_the_header_are_passed_over() {
        let table = "Archive of the Gazette\nExported 2024-01-05, 2 articles\n\nTitle,Text,Date\n\
                     Ferry sold,It was sold.,2021-04-03\nDam opens,It opened.,2021-04-04\n";
        let hint = Hint::named("a.csv");
        assert_eq!(
            Csv.claims(&hint, &Head::new(table.as_bytes())),
            Claim::Certain
        );
        let titles = articles(&Csv, "a.csv", table.as_bytes())
            .into_iter()
            .map(|a| a.title.unwrap().text);
        assert_eq!(titles.collect::<Vec<_>>(), ["Ferry sold", "Dam opens"]);
    }

    #[test]
    fn quotes_behind_backslashes_are_text_even_at_the_end_of_a_field() {
        let table = "title,text,url\n\"The \\\"ferry\\\"\",\"She said \\\"no\\\", and left.\",x\n\"B\",\"\",y\n";
        let read = articles(&Csv, "a.csv", table.as_bytes());
        assert_eq!(read[0].title, Some(Title::stated("The \"ferry\"")));
        assert_eq!(read[0].body, "She said \"no\", and left.");
        assert_eq!(read.len(), 2);
    }

    #[test]
    fn tables_without_a_header_are_read_where_values_tell() {
        let topics = "\"3\",\"Ferry sold to line\",\"Gulf Wire - The ferry, idle for a year, was sold on Monday.\"\n\
                      \"3\",\"Bank holds rates\",\"Gulf Wire - The \"\"bank\"\" kept its rate\nwhere it was on Friday.\"\n\
                      \"1\",\"Dam opens at last\",\"Gulf Wire - Water flowed through the gates of the dam.\"\n";
        let read: Vec<_> = articles(&Csv, "train.csv", topics.as_bytes())
            .into_iter()
            .map(|article| (article.title.unwrap().text, article.body))
            .collect();
        assert_eq!(read.len(), 3);
        assert_eq!(read[0].0, "Ferry sold to line");
        assert!(
            read[1]
                .1
                .starts_with("Gulf Wire - The \"bank\" kept its rate")
        );
        // A section by the name of `news` is no header.
        let news = "N1\tnews\tnewsworld\tFerry sold to Doha line\tThe ferry that lay idle for a year was sold on Monday.\thttps://x.example/1\t[{\"Label\": \"Doha\"}]\t[]\n\
                    N2\tsports\tcycling\tClimber wins again in the hills\t\thttps://x.example/2\t[]\t[]\n\
                    N3\thealth\tmedical\tNurses vote to \"strike\" again\tNurses in four towns voted for a strike on Sunday, unions said.\thttps://x.example/3\t[]\t[]\n";
        for name in ["news.tsv", "news.txt"] {
            let read = articles(&Csv, name, news.as_bytes());
            let [first, second, third] = read.as_slice() else {
                unreachable!("three articles: {read:?}");
            };
            assert_eq!(first.title, Some(Title::stated("Ferry sold to Doha line")));
            assert_eq!(first.section.as_deref(), Some("news"));
            assert_eq!(first.own_id.as_deref(), Some("N1"));
            assert_eq!(first.url.as_deref(), Some("https://x.example/1"));
            assert_eq!(second.body, "");
            assert_eq!(
                third.title,
                Some(Title::stated("Nurses vote to \"strike\" again"))
            );
            let claim = Csv.claims(&Hint::named(name), &Head::new(news.as_bytes()));
            assert!(claim >= Claim::Likely, "{name}");
        }
    }

    #[test]
    fn columns_without_names_are_mapped_by_number() {
        let sentences: String = (1..10)
            .map(|at| format!("{at}\tThe ferry that lay idle was sold on day {at} of the month.\n"))
            .collect();
        for name in ["sentences.tsv", "eng_news_2020-sentences.txt"] {
            let claim = Csv.claims(&Hint::named(name), &Head::new(sentences.as_bytes()));
            assert_ne!(claim, Claim::No, "{name}");
            assert_eq!(
                reasons(&Csv, name, sentences.as_bytes()),
                [
                    "no column is known as an article's title or text; name one of `1 (1), 2 (The ferry that lay idle…)` with --map title=…,body=…"
                ]
            );
        }
        let options = Options {
            map: vec![("body".into(), "2".into())],
            ..Options::default()
        };
        let parts = read_with(&Csv, "a.tsv", sentences.as_bytes(), &options);
        assert_eq!(parts.len(), 9);
        assert!(
            matches!(&parts[0], Parsed::Article(first) if first.body.ends_with("day 1 of the month."))
        );
    }

    #[test]
    fn tables_in_old_and_wide_encodings_are_read() {
        let table = "titel;inhalt;autor\nÄpfel;Für alle, schön und groß, über Nacht.;Jörg Maß\n";
        let latin: Vec<u8> = table.chars().map(|c| c as u8).collect();
        let wide: Vec<u8> = format!("\u{FEFF}{table}")
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        for bytes in [table.as_bytes(), &latin, &wide] {
            let article = articles(&Csv, "a.csv", bytes).remove(0);
            assert_eq!(article.title, Some(Title::stated("Äpfel")));
            assert_eq!(article.bylines, ["Jörg Maß"]);
        }
        assert_eq!(
            articles(&Csv, "a.csv", &wide)[0].origin.encoding,
            Some("utf-16le")
        );
    }
}
