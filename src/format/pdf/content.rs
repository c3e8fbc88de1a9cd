//! The words of a page, each with its place: runs the operators that set text
//! and passes all others over. Nothing is drawn. Operators: ISO 32000-1, 8 and 9.

use std::rc::Rc;

use hayro_syntax::content::TypedIter;
use hayro_syntax::content::ops::TypedInstruction;
use hayro_syntax::object::{Array, Dict, Name, Number, Object, Stream};
use hayro_syntax::page::{Page, Resources};

use super::fonts::{Font, Fonts};
use super::words::{Place, Word, Words};
use super::{guard, properties};

/// Forms in forms that are followed.
const MAX_DEPTH: usize = 12;

/// States that are held.
const MOST_STATES: usize = 256;

/// What reading a document may cost: each bounds what a small file can ask for
/// many times over.
pub struct Budget {
    /// Operators.
    pub operators: u64,
    /// Glyphs.
    pub glyphs: u64,
    /// Bytes of content, decoded.
    pub bytes: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            operators: 40_000_000,
            glyphs: 12_000_000,
            bytes: 512 << 20,
        }
    }
}

impl Budget {
    /// Whether it is used up.
    pub fn is_spent(&self) -> bool {
        self.operators == 0 || self.glyphs == 0 || self.bytes == 0
    }
}

/// A matrix of PDF: points are rows before it.
pub type Matrix = [f64; 6];

fn multiplied(a: &Matrix, b: &Matrix) -> Matrix {
    [
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    ]
}

fn moved(matrix: &Matrix, x: f64, y: f64) -> Matrix {
    multiplied(&[1.0, 0.0, 0.0, 1.0, x, y], matrix)
}

/// What `q` saves and `Q` brings back.
#[derive(Clone)]
struct State<'a> {
    matrix: Matrix,
    font: Option<Rc<Font<'a>>>,
    size: f64,
    character_space: f64,
    word_space: f64,
    scale: f64,
    leading: f64,
    rise: f64,
}

/// Marked content that is open.
struct Mark {
    /// Whether what it holds is no text of the page.
    is_artifact: bool,
    /// What it says instead of its glyphs, until that was said.
    actual: Option<Actual>,
}

enum Actual {
    Waiting(String),
    Said,
}

struct Reader<'a, 'b> {
    fonts: &'b mut Fonts<'a>,
    budget: &'b mut Budget,
    words: Words,
    state: State<'a>,
    saved: Vec<State<'a>>,
    line: Matrix,
    text: Matrix,
    marks: Vec<Mark>,
    has_pictures: bool,
}

/// Reads the words of a page, and tells whether there are pictures on it.
pub fn read<'a>(page: &Page<'a>, fonts: &mut Fonts<'a>, budget: &mut Budget) -> (Vec<Word>, bool) {
    let (width, height) = page.render_dimensions();
    let mut reader = Reader {
        fonts,
        budget,
        words: Words::new(f64::from(width), f64::from(height)),
        state: State {
            matrix: page.initial_transform(true).as_coeffs(),
            font: None,
            size: 1.0,
            character_space: 0.0,
            word_space: 0.0,
            scale: 1.0,
            leading: 0.0,
            rise: 0.0,
        },
        saved: Vec::new(),
        line: [1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
        text: [1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
        marks: Vec::new(),
        has_pictures: false,
    };
    let mut content = Vec::new();
    let raw = page.raw();
    if let Some(stream) = raw.get::<Stream<'_>>("Contents") {
        reader.add(&stream, &mut content);
    } else if let Some(streams) = raw.get::<Array<'_>>("Contents") {
        for stream in streams.iter::<Stream<'_>>() {
            reader.add(&stream, &mut content);
        }
    }
    reader.run(&content, page.resources(), 0);
    (reader.words.finish(), reader.has_pictures)
}

impl<'a> Reader<'a, '_> {
    /// Adds what a stream holds to the content of a page.
    fn add(&mut self, stream: &Stream<'_>, content: &mut Vec<u8>) {
        let data = guard::decoded(stream).unwrap_or_default();
        let size = data.len() as u64;
        if size <= self.budget.bytes {
            content.extend_from_slice(&data);
            content.push(b'\n');
        }
        self.budget.bytes = self.budget.bytes.saturating_sub(size);
    }

    fn run(&mut self, content: &[u8], resources: &Resources<'a>, depth: usize) {
        let mut operators = TypedIter::new(content);
        while let Some(operator) = operators.next() {
            if self.budget.is_spent() {
                return;
            }
            self.budget.operators -= 1;
            self.operator(operator, resources, depth);
        }
    }

    fn operator(
        &mut self,
        operator: TypedInstruction<'_, '_>,
        resources: &Resources<'a>,
        depth: usize,
    ) {
        use TypedInstruction as T;
        match operator {
            T::SaveState(_) if self.saved.len() < MOST_STATES => {
                self.saved.push(self.state.clone());
            }
            T::RestoreState(_) => {
                if let Some(state) = self.saved.pop() {
                    self.state = state;
                }
            }
            T::Transform(m) => {
                let matrix = [m.0, m.1, m.2, m.3, m.4, m.5].map(|n| n.as_f64());
                self.state.matrix = multiplied(&matrix, &self.state.matrix);
            }
            T::BeginText(_) => {
                self.line = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];
                self.text = self.line;
            }
            T::CharacterSpacing(n) => self.state.character_space = n.0.as_f64(),
            T::WordSpacing(n) => self.state.word_space = n.0.as_f64(),
            T::HorizontalScaling(n) => self.state.scale = n.0.as_f64() / 100.0,
            T::TextLeading(n) => self.state.leading = n.0.as_f64(),
            T::TextRise(n) => self.state.rise = n.0.as_f64(),
            T::TextFont(font) => {
                self.state.size = font.1.as_f64();
                self.set_font(resources.get_font(font.0));
            }
            T::SetGraphicsState(state) => {
                let state = resources.get_ext_g_state(state.0);
                if let Some(font) = state.and_then(|state| state.get::<Array<'a>>("Font")) {
                    let mut parts = font.flex_iter();
                    let dict = parts.next::<Dict<'a>>();
                    if let Some(size) = parts.next::<Number>() {
                        self.state.size = size.as_f64();
                        self.set_font(dict);
                    }
                }
            }
            T::NextLine(to) => self.next_line(to.0.as_f64(), to.1.as_f64()),
            T::NextLineAndSetLeading(to) => {
                self.state.leading = -to.1.as_f64();
                self.next_line(to.0.as_f64(), to.1.as_f64());
            }
            T::SetTextMatrix(m) => {
                self.line = [m.0, m.1, m.2, m.3, m.4, m.5].map(|n| n.as_f64());
                self.text = self.line;
            }
            T::NextLineUsingLeading(_) => self.next_line(0.0, -self.state.leading),
            T::ShowText(text) => self.show(text.0.as_bytes()),
            T::NextLineAndShowText(text) => {
                self.next_line(0.0, -self.state.leading);
                self.show(text.0.as_bytes());
            }
            T::ShowTextWithParameters(text) => {
                self.state.word_space = text.0.as_f64();
                self.state.character_space = text.1.as_f64();
                self.next_line(0.0, -self.state.leading);
                self.show(text.2.as_bytes());
            }
            T::ShowTexts(texts) => {
                for part in texts.0.iter::<Object<'_>>() {
                    match part {
                        Object::String(text) => self.show(text.as_bytes()),
                        Object::Number(by) => {
                            let by = -by.as_f64() / 1000.0 * self.state.size * self.state.scale;
                            self.text = moved(&self.text, by, 0.0);
                        }
                        _ => {}
                    }
                }
            }
            T::BeginMarkedContent(_) => self.mark(b"", None),
            T::BeginMarkedContentWithProperties(mark) => {
                let name = mark.0.as_ref();
                match mark.1 {
                    Object::Dict(dict) => self.mark(name, Some(dict)),
                    Object::Name(known) => {
                        let dict = resources.properties.get::<Dict<'_>>(known);
                        self.mark(name, dict.as_ref());
                    }
                    _ => self.mark(name, None),
                }
            }
            T::EndMarkedContent(_) => {
                self.marks.pop();
            }
            T::XObject(object) if depth < MAX_DEPTH => {
                if let Some(form) = resources.get_x_object(object.0) {
                    self.form(&form, resources, depth);
                }
            }
            T::InlineImage(_) => self.has_pictures = true,
            _ => {}
        }
    }

    fn set_font(&mut self, dict: Option<Dict<'a>>) {
        self.state.font = match dict {
            Some(dict) => self.fonts.font(&dict),
            None => self.fonts.stand_in(),
        };
    }

    fn next_line(&mut self, x: f64, y: f64) {
        self.line = moved(&self.line, x, y);
        self.text = self.line;
    }

    fn mark(&mut self, name: &[u8], dict: Option<&Dict<'_>>) {
        let named = |key: &str| dict.and_then(|dict| dict.get::<Name<'_>>(key));
        let is_apart = named("Type").is_some_and(|kind| kind.as_ref() == b"Pagination")
            || named("Subtype").is_some_and(|kind| {
                matches!(
                    kind.as_ref(),
                    b"Header" | b"Footer" | b"Watermark" | b"PageNum"
                )
            });
        let actual = dict
            .and_then(|dict| dict.get::<hayro_syntax::object::String<'_>>("ActualText"))
            .map(|text| Actual::Waiting(properties::text(text.as_bytes())));
        if self.marks.len() < MOST_STATES {
            self.marks.push(Mark {
                is_artifact: name == b"Artifact" && is_apart,
                actual,
            });
        }
    }

    /// Runs a form, which is content of its own.
    fn form(&mut self, form: &Stream<'a>, around: &Resources<'a>, depth: usize) {
        let dict = form.dict();
        let kind = dict.get::<Name<'_>>("Subtype");
        if kind.is_none_or(|kind| kind.as_ref() != b"Form") {
            self.has_pictures = true;
            return;
        }
        let mut content = Vec::new();
        self.add(form, &mut content);
        let own = dict.get::<Dict<'a>>("Resources").map(Resources::new);
        let matrix = dict.get::<[f64; 6]>("Matrix");
        let (state, saved) = (self.state.clone(), std::mem::take(&mut self.saved));
        let (line, text, marks) = (self.line, self.text, self.marks.len());
        if let Some(matrix) = matrix {
            self.state.matrix = multiplied(&matrix, &self.state.matrix);
        }
        self.run(&content, own.as_ref().unwrap_or(around), depth + 1);
        self.state = state;
        self.saved = saved;
        (self.line, self.text) = (line, text);
        self.marks.truncate(marks);
    }

    fn show(&mut self, bytes: &[u8]) {
        let Some(font) = self.state.font.clone() else {
            return;
        };
        let is_artifact = self.marks.iter().any(|mark| mark.is_artifact);
        let state = &self.state;
        let (size, scale) = (state.size, state.scale);
        let mut at = 0;
        while at < bytes.len() && self.budget.glyphs > 0 {
            self.budget.glyphs -= 1;
            let code = font.code(bytes, at);
            at += code.length;
            let mut space = state.character_space;
            if code.is_blank {
                space += state.word_space;
            }
            let (x, y) = match code.advance {
                (x, 0.0) => ((x * size + space) * scale, 0.0),
                (_, y) => (0.0, y * size + space),
            };
            if !is_artifact {
                let matrix = multiplied(&self.text, &state.matrix);
                let start = moved(&matrix, 0.0, state.rise);
                let end = moved(&matrix, x, y + state.rise);
                let height = size.abs() * matrix[2].hypot(matrix[3]) * font.height;
                let is_mirrored = size < 0.0;
                let place = Place {
                    start: (start[4], start[5]),
                    end: (end[4], end[5]),
                    along: match is_mirrored {
                        true => (-matrix[0], -matrix[1]),
                        false => (matrix[0], matrix[1]),
                    },
                    height,
                    is_bold: font.is_bold,
                };
                let actual = self
                    .marks
                    .iter_mut()
                    .rev()
                    .find_map(|mark| mark.actual.as_mut());
                match actual {
                    Some(Actual::Said) => self.words.add("", &place),
                    Some(waiting) => {
                        if let Actual::Waiting(text) = std::mem::replace(waiting, Actual::Said) {
                            self.words.add(&text, &place);
                        }
                    }
                    None => self.words.add(&code.text, &place),
                }
            }
            self.text = moved(&self.text, x, y);
        }
    }
}
