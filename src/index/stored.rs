//! What is stored of an article for showing it, besides title and body.

use serde::{Deserialize, Serialize};

use crate::article::{Entity, Published};

/// The JSON in the `meta` field. Absent values are left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Meta {
    /// A title cut from the text where the source has none: shown, never searched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub derived_title: Option<String>,
    /// Day, time and their provenance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<Published>,
    /// Authors.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bylines: Vec<String>,
    /// Publisher.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// Section.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// Language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Absolute path of the file, as bytes: UTF-8 text, or base 64 behind a NUL.
    pub path: String,
    /// Members, outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
    /// Position in the file or member, from 1; kept in a field of its own.
    #[serde(skip)]
    pub ordinal: u64,
    /// Whether the file or member holds no other article.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub alone: bool,
    /// Format it was read with.
    pub format: String,
    /// Encoding it was decoded from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// Names with kind and count; mentions are not kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<Entity>,
}

/// An article as the index gives it back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoredArticle {
    /// Printed id (16 digits).
    pub id: String,
    /// Stated title, if any.
    pub title: Option<String>,
    /// Running text.
    pub body: String,
    /// All else.
    pub meta: Meta,
}

impl StoredArticle {
    /// The title to show: the stated one, else the derived one.
    pub fn shown_title(&self) -> Option<&str> {
        self.title.as_deref().or(self.meta.derived_title.as_deref())
    }
}
