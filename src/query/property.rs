//! Values that are not words: days, `has:`, languages, hosts, paths, ids.

use jiff::civil::Date;

use super::dates;
use super::error::ErrorKind;
use super::fields::{Raw, Target};
use super::tree::Kind;
use crate::article::ArticleId;

/// What a value asks of the days or properties of an article.
pub(super) fn property(text: &str, target: Target, today: fn() -> Date) -> Result<Kind, ErrorKind> {
    let owned = || text.to_owned();
    match target {
        Target::Days(days) => dates::read(days, text, today).map(Kind::Days),
        Target::Raw(Raw::Language) => {
            let is_code = text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic());
            if !is_code {
                return Err(ErrorKind::BadLanguage { text: owned() });
            }
            Ok(Kind::Language(text.to_ascii_lowercase()))
        }
        Target::Raw(Raw::Id) => {
            let is_id = !text.is_empty()
                && text.len() <= ArticleId::PRINTED
                && text.bytes().all(|b| b.is_ascii_alphanumeric());
            if !is_id {
                return Err(ErrorKind::BadId { text: owned() });
            }
            Ok(Kind::Id(text.to_ascii_lowercase()))
        }
        Target::Raw(Raw::Site) => host(text)
            .map(Kind::Site)
            .ok_or_else(|| ErrorKind::BadSite { text: owned() }),
        Target::Raw(Raw::Path) => Ok(Kind::Path(owned())),
        Target::Raw(Raw::Url) => Ok(Kind::Url(owned())),
        Target::Has | Target::Words(_) => match text.to_ascii_lowercase().as_str() {
            "date" => Ok(Kind::HasDate),
            "entity" => Ok(Kind::HasEntity),
            _ => Err(ErrorKind::UnknownHas { text: owned() }),
        },
    }
}

/// The host of an address, or a host as such.
fn host(text: &str) -> Option<String> {
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let text = text.strip_suffix('/').unwrap_or(text);
    let text = text.strip_prefix("*.").unwrap_or(text);
    let host = text.trim_matches('.').to_lowercase();
    let is_host = !host.is_empty()
        && host
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    is_host.then_some(host)
}
