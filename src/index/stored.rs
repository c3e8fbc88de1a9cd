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
    /// Names with kind and count, as `3pMike Pompeo`; mentions are not kept.
    #[serde(skip_serializing_if = "Vec::is_empty", with = "entities")]
    pub entities: Vec<Entity>,
}

/// How entities are stored: each as one string of its count, its kind's letter
/// and its name. Named members, several times as long as most names, would make
/// up a twentieth of the store.
mod entities {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use crate::article::Entity;
    use crate::index::tokenizer::{kind_letter, kind_of_letter};

    struct Short<'a>(&'a Entity);

    impl Serialize for Short<'_> {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            let Entity {
                name, kind, count, ..
            } = self.0;
            to.collect_str(&format_args!("{count}{}{name}", kind_letter(*kind)))
        }
    }

    pub fn serialize<S: Serializer>(entities: &[Entity], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(entities.iter().map(Short))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Entity>, D::Error> {
        let all = Vec::<String>::deserialize(from)?;
        let entities = all.iter().map(|short| read(short));
        let entities: Option<Vec<Entity>> = entities.collect();
        entities.ok_or_else(|| D::Error::custom("an entity without count or kind"))
    }

    fn read(short: &str) -> Option<Entity> {
        let digits = short.bytes().take_while(u8::is_ascii_digit).count();
        let (count, named) = short.split_at(digits);
        let mut chars = named.chars();
        Some(Entity {
            kind: chars.next().and_then(kind_of_letter)?,
            name: chars.as_str().to_owned(),
            count: count.parse().ok()?,
            mentions: Vec::new(),
        })
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::EntityKind;

    #[test]
    fn entities_come_back_as_they_were_stored() {
        let entity = |name: &str, kind, count| Entity {
            name: name.to_owned(),
            kind,
            count,
            mentions: Vec::new(),
        };
        let meta = Meta {
            entities: vec![
                entity("Mike \"Mo\" Pompeo", EntityKind::Person, 12),
                entity("3 Mobile", EntityKind::Org, 1),
                entity("Łódź", EntityKind::Place, 2),
            ],
            ..Meta::default()
        };
        let stored = serde_json::to_string(&meta).unwrap();
        assert!(stored.contains(r#"["12pMike \"Mo\" Pompeo","1o3 Mobile","2lŁódź"]"#));
        assert_eq!(serde_json::from_str::<Meta>(&stored).unwrap(), meta);
        let damaged = stored.replace("1o3", "o3");
        assert!(serde_json::from_str::<Meta>(&damaged).is_err());
    }
}
