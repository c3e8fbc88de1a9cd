//! Abbreviations, whose full stops end no sentence, and the words that tell
//! when one does after all; as packed bytes in lower case.

use super::hashing::packed_all;

/// Abbreviations before a name or number: their full stop ends no sentence.
pub(super) static LEADING: [u64; 46] = packed_all([
    "mr", "mrs", "ms", "dr", "gen", "sen", "rep", "gov", "col", "lt", "sgt", "capt", "cmdr", "adm",
    "rev", "hon", "prof", "st", "mt", "ft", "maj", "cpl", "pvt", "pres", "supt", "insp", "sr",
    "messrs", "mme", "mlle", "vs", "no", "nos", "fr", "brig", "amb", "atty", "dist", "det",
    "lieut", "jan", "feb", "aug", "sept", "oct", "nov",
]);

/// Abbreviations that may also end a sentence.
pub(super) static TRAILING: [u64; 52] = packed_all([
    "inc", "corp", "co", "cos", "ltd", "bros", "jr", "dec", "mar", "apr", "jun", "jul", "sep",
    "etc", "al", "ave", "blvd", "rd", "calif", "fla", "mass", "conn", "pa", "va", "ga", "ala",
    "ariz", "ark", "colo", "del", "ill", "ind", "kan", "ky", "la", "md", "mich", "minn", "miss",
    "mo", "mont", "neb", "nev", "okla", "ore", "tenn", "tex", "vt", "wash", "wis", "wyo", "pty",
]);

/// Words that begin a sentence far more often than they follow an
/// abbreviation within one.
pub(super) static STARTERS: [u64; 32] = packed_all([
    "the", "a", "an", "in", "it", "he", "she", "they", "we", "but", "and", "on", "at", "this",
    "that", "these", "his", "her", "its", "their", "if", "as", "for", "there", "when", "while",
    "after", "i", "however", "some", "many", "meanwhi",
]);
