//! Text without its meaning: charsets, markup, dates, words. Knows nothing of
//! the rest of the house.

pub mod charset;
pub mod dates;
pub mod markup;
pub mod sentences;
pub mod words;
pub mod xml;
