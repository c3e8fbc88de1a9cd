//! Metadata that lies in a file of its own beside a text: author, address,
//! section and day, one a line and without names, among numbers that count words.

use crate::article::{Article, Provenance};
use crate::format::fields::{self, Slot};
use crate::record::Hint;
use crate::text::charset;
use crate::text::dates::Stamp;

/// Largest such file.
const MAX_BYTES: usize = 4096;

/// Lines at its head that say something of the text.
const TELLING: usize = 5;

/// Whether a file holds the metadata of the text beside it: `62-meta.txt`
/// with a value a line, most of them numbers.
pub fn is_sidecar(hint: &Hint, text: &str) -> bool {
    let stem = stem(hint);
    let named = ["-meta", "_meta", ".meta"]
        .iter()
        .any(|end| stem.ends_with(end));
    if !named || text.len() > MAX_BYTES {
        return false;
    }
    let values = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let (numbers, all) = values.fold((0, 0), |(numbers, all), line| {
        (numbers + usize::from(line.parse::<f64>().is_ok()), all + 1)
    });
    all >= 4 && numbers * 2 >= all
}

/// Adds what the file beside a text says of it, and the text does not.
pub fn apply(hint: &Hint, article: &mut Article) {
    let Some(beside) = &hint.beside else {
        return;
    };
    let stem = stem(hint);
    if stem.is_empty() || stem.contains('/') {
        return;
    }
    let folder = hint.name.rsplit('/').nth(1).unwrap_or_default();
    let names = [
        format!("{stem}-meta.txt"),
        format!("{stem}_meta.txt"),
        format!("{stem}.meta.txt"),
        format!("../{folder}-meta-information/{stem}-meta.txt"),
        format!("../{folder}-meta/{stem}-meta.txt"),
    ];
    let Some(bytes) = names.iter().find_map(|name| (beside.0)(name)) else {
        return;
    };
    if bytes.len() > MAX_BYTES {
        return;
    }
    let text = charset::decode(&bytes, &[], None).text;
    let lines: Vec<String> = text.lines().take(TELLING).map(fields::one_line).collect();
    let address = lines.iter().find_map(|line| fields::address(line));
    for (at, line) in lines.iter().enumerate() {
        if line.is_empty() || line.parse::<f64>().is_ok() || fields::address(line).is_some() {
            continue;
        }
        if let Some(stamp) = day(line, address.as_deref()) {
            if article.published.is_none() {
                article.published = Some(fields::published(stamp, Provenance::Metadata));
            }
        } else if at == 0 {
            if article.bylines.is_empty() {
                fields::put(article, Slot::Byline, line);
            }
        } else if article.section.is_none() {
            fields::put(article, Slot::Section, line);
        }
    }
    if article.url.is_none() {
        article.url = address;
    }
}

fn stem(hint: &Hint) -> &str {
    hint.file_name()
        .rsplit_once('.')
        .map_or("", |(stem, _)| stem)
}

/// A day; of `03/04/2017` the day comes first where the address is of a
/// country that writes so, as all but one do.
fn day(line: &str, address: Option<&str>) -> Option<Stamp> {
    fields::date(line).or_else(|| {
        let host = address?.split_once("://")?.1.split(['/', ':']).next()?;
        let country = host.rsplit('.').next()?;
        if country.len() != 2 || country.eq_ignore_ascii_case("us") {
            return None;
        }
        let mut parts = line.split('/');
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        fields::date(&format!("{year}-{month:0>2}-{day:0>2}"))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::record::Beside;

    #[test]
    fn the_file_beside_a_text_gives_author_address_section_and_day() {
        let metadata = "Ana Prado\nhttps://x.example.br/a\npolitica\n03/04/2017\n168\n12\n0.5\n";
        let hint = Hint {
            name: "box/true/7.txt".to_owned(),
            beside: Some(Beside(Arc::new(move |name: &str| {
                (name == "../true-meta-information/7-meta.txt").then(|| metadata.into())
            }))),
            ..Hint::default()
        };
        let mut article = Article::default();
        apply(&hint, &mut article);
        assert_eq!(article.bylines, ["Ana Prado"]);
        assert_eq!(article.url.as_deref(), Some("https://x.example.br/a"));
        assert_eq!(article.section.as_deref(), Some("politica"));
        assert_eq!(article.published.unwrap().day.to_string(), "2017-04-03");
    }
}
