//! Goes through an article's texts run by run and marks the names in them.

use std::sync::OnceLock;

use super::features::{Extractor, Features, Surroundings};
use super::lexicon::{Damaged, Lexicon};
use super::memory::{Company, Memory, Seen, Sport};
use super::model::{Decoding, Model, Part, meaning};
use super::runs::{Run, Runs};
use super::tokens::{Case, Tokens};
use crate::article::EntityKind;

static LEXICON: &[u8] = include_bytes!("lexicon.zst");
static MODEL: &[u8] = include_bytes!("model.zst");

/// A name found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
    /// What it names.
    pub kind: EntityKind,
    /// Whether the sentence it stands in is in running text.
    pub running: bool,
}

/// Lexicon and weights.
pub struct Knowledge {
    /// What is known of words.
    pub lexicon: Lexicon,
    /// The weights.
    pub model: Model,
}

impl Knowledge {
    /// Reads the two compressed files.
    pub fn new(lexicon: &[u8], model: &[u8]) -> Result<Self, Damaged> {
        let lexicon = zstd::decode_all(lexicon).map_err(|_| Damaged("lexicon"))?;
        let model = zstd::decode_all(model).map_err(|_| Damaged("model"))?;
        Ok(Self {
            lexicon: Lexicon::new(&lexicon)?,
            model: Model::new(&model)?,
        })
    }

    /// The embedded one, made ready at the first call.
    pub fn embedded() -> Option<&'static Self> {
        static READY: OnceLock<Option<Knowledge>> = OnceLock::new();
        READY
            .get_or_init(|| Self::new(LEXICON, MODEL).ok())
            .as_ref()
    }
}

/// How sure the tagger must be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// Weight added to "no name": for noisy text.
    pub caution: i32,
}

/// Decides the labels of runs; the trainer has one that knows them.
pub trait Labeller {
    /// Fills `labels` with one label a word of the run.
    fn label(&mut self, tokens: &Tokens, run: Run, features: &Features, labels: &mut Vec<u8>);
}

/// Stands for a run without names, beside the kinds of names from 1.
const NO_NAME: u64 = 4;

/// What an article's texts are gone through with. Kept from article to
/// article for its memory.
#[derive(Default)]
pub struct Walker {
    finder: Runs,
    sport: Sport,
    seen: Seen,
    memory: Memory,
    company: Company,
    extractor: Extractor,
    features: Features,
    runs: Vec<Run>,
    labels: Vec<u8>,
    level: u8,
}

impl Walker {
    /// Begins an article. Its texts are given first to last, for what they
    /// show of how words are written.
    pub fn begin(&mut self, texts: &[&Tokens], lexicon: &Lexicon) {
        self.memory.begin();
        let tokens = texts.iter().map(|text| text.tokens.len()).sum();
        self.seen.begin(tokens);
        self.company.begin(tokens);
        self.level = 0;
        for text in texts {
            self.seen.add(text);
            self.company.add(text, lexicon);
            self.level = self.level.max(self.sport.level(text));
        }
    }

    /// Goes through one of the texts and calls `found` with each name.
    pub fn walk(
        &mut self,
        text: &str,
        tokens: &Tokens,
        lexicon: &Lexicon,
        labeller: &mut impl Labeller,
        found: &mut impl FnMut(Span),
    ) {
        // Kind of the first name of the line above, and of the last name before.
        let mut line = NO_NAME;
        for &sentence in &tokens.sentences {
            let mut before = match sentence.case {
                Case::Table => 8 | line,
                _ => 0,
            };
            line = NO_NAME;
            let mut last_end = sentence.start;
            self.runs.clear();
            self.finder.find(text, tokens, sentence, &mut self.runs);
            for &run in &self.runs {
                let around = Surroundings {
                    text,
                    tokens: &tokens.tokens,
                    lexicon,
                    seen: &self.seen,
                    memory: &self.memory,
                    company: &self.company,
                    before: before | u64::from((run.start - last_end).min(3)) << 4,
                    sport: self.level,
                };
                self.extractor
                    .extract(&around, sentence, run, &mut self.features);
                labeller.label(tokens, run, &self.features, &mut self.labels);
                let words = &tokens.tokens[run.start as usize..run.end as usize];
                (before, last_end) = (NO_NAME, run.end);
                let mut open: Option<Span> = None;
                for (token, &label) in words.iter().zip(&self.labels) {
                    if token.capital {
                        self.memory.set(token.lower, label);
                    }
                    let meaning = meaning(label);
                    if let (Some(name), Some((_, Part::Inside))) = (&mut open, meaning) {
                        name.end = token.end as usize;
                        continue;
                    }
                    open.take().into_iter().for_each(&mut *found);
                    let Some((kind, _)) = meaning else { continue };
                    before = 1 + kind as u64;
                    if line == NO_NAME {
                        line = before;
                    }
                    open = Some(Span {
                        start: token.start as usize,
                        end: token.end as usize,
                        kind,
                        running: sentence.case == Case::Running,
                    });
                }
                open.into_iter().for_each(&mut *found);
            }
        }
    }
}

/// Labels by the model.
struct Decoder<'a> {
    model: &'a Model,
    caution: i32,
    state: &'a mut Decoding,
}

impl Labeller for Decoder<'_> {
    fn label(&mut self, _tokens: &Tokens, _run: Run, features: &Features, labels: &mut Vec<u8>) {
        self.model
            .decode(features, self.caution, self.state, labels);
    }
}

/// Finds names in articles. Kept from article to article for its memory.
#[derive(Default)]
pub struct Tagger {
    walker: Walker,
    state: Decoding,
}

impl Tagger {
    /// Finds the names in an article's texts, in the order given: what is
    /// found in one helps with the next. Calls `found` with the text's number.
    pub fn tag(
        &mut self,
        knowledge: &Knowledge,
        texts: &[(&str, &Tokens, Manner)],
        found: &mut impl FnMut(usize, Span),
    ) {
        let all: Vec<&Tokens> = texts.iter().map(|text| text.1).collect();
        self.walker.begin(&all, &knowledge.lexicon);
        for (number, (text, tokens, manner)) in texts.iter().enumerate() {
            let mut decoder = Decoder {
                model: &knowledge.model,
                caution: manner.caution,
                state: &mut self.state,
            };
            self.walker.walk(
                text,
                tokens,
                &knowledge.lexicon,
                &mut decoder,
                &mut |span| found(number, span),
            );
        }
    }
}
