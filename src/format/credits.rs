//! Who wrote and who published a story, out of the lines that say so. This is
//! the one place that knows what a byline looks like: people are told from
//! houses (agencies, papers, desks), job titles and places.

use super::{fields, prose};

/// The people in a byline. Houses, jobs and places behind a name are left out
/// (`By Jane Doe and Ali Khan, Gulf Wire` gives both); a house that stands
/// alone is who signed.
pub fn names(line: &str) -> Vec<String> {
    let line = fields::one_line(line);
    let lower = line.to_ascii_lowercase();
    let by = ["by: ", "by ", "von ", "par ", "por ", "di "]
        .into_iter()
        .find(|by| lower.starts_with(by));
    let bare = by.map_or(line.as_str(), |by| &line[by.len()..]);
    // Printed bylines name people in full: one word behind a name is a house.
    let is_printed = by.is_some();
    let is_shouted = !bare.contains(char::is_lowercase);
    let mut names: Vec<String> = Vec::new();
    for part in bare.split([';', '|']) {
        for part in part.split(" and ").flat_map(|part| part.split(" & ")) {
            let mut is_housed = false;
            for piece in pieces(part) {
                let piece = without_house(piece.trim().trim_end_matches([',', '.']).trim());
                let piece = without_place(piece);
                if !piece.contains(char::is_alphabetic) {
                    continue;
                }
                let is_single = !piece.contains(' ');
                let follows = names.last().is_some_and(|name| name.contains(' '));
                let is_house =
                    is_house(piece, is_shouted) || is_single && (is_printed || is_housed);
                if follows && is_house {
                    is_housed = true;
                    continue;
                }
                names.extend(joined_names(piece).into_iter().map(str::to_owned));
            }
        }
    }
    names
}

/// Splits at commas, unless a comma parts family and given name (`Doe, Jane`)
/// or a suffix.
fn pieces(part: &str) -> Vec<String> {
    let pieces: Vec<&str> = part
        .split(',')
        .map(str::trim)
        .filter(|piece| !piece.is_empty())
        .collect();
    if let [family, given] = pieces.as_slice()
        && !family.contains(' ')
        && !given.contains(' ')
    {
        return vec![format!("{given} {family}")];
    }
    let mut names: Vec<String> = Vec::new();
    for piece in pieces {
        let suffix = matches!(
            piece,
            "Jr" | "Jr." | "Sr" | "Sr." | "II" | "III" | "MD" | "PhD" | "Ph.D."
        );
        match names.last_mut() {
            Some(last) if suffix => {
                last.push_str(", ");
                last.push_str(piece);
            }
            _ => names.push(piece.to_owned()),
        }
    }
    names
}

/// A name without the house behind a slash or a dash: `Jane Doe / Reuters`.
fn without_house(name: &str) -> &str {
    let is_person = |before: &str| before.contains(' ') && !is_outlet(before);
    [" / ", "/", " - ", " – ", " — "]
        .iter()
        .find_map(|sign| {
            let (before, after) = name.split_once(sign)?;
            (is_person(before.trim()) && is_house(after.trim(), false)).then(|| before.trim())
        })
        .unwrap_or(name)
}

/// A name without the place behind it: `Jane Doe in New York`.
fn without_place(name: &str) -> &str {
    let (before, place) = name.split_once(" in ").unwrap_or((name, ""));
    let words: Vec<&str> = place.split(' ').collect();
    let is_place = words.len() <= 3
        && words
            .iter()
            .all(|word| word.starts_with(char::is_uppercase));
    match is_place && !before.contains(':') && looks_like_person(before) {
        true => before,
        false => name,
    }
}

/// Whether what follows a name is no other name but whom or what its bearer
/// works for. Broader than [`is_outlet`]: some of these words are family
/// names, which do not follow a comma alone. In a line that `is_shouted`, capitals
/// tell no initials.
pub fn is_house(piece: &str, is_shouted: bool) -> bool {
    const WORDS: &[&str] = &[
        "abc",
        "bbc",
        "cbs",
        "cnbc",
        "cnn",
        "itv",
        "msnbc",
        "nbc",
        "npr",
        "pbs",
        "usa",
        "g1",
        "tv",
        "axios",
        "politico",
        "slate",
        "salon",
        "vox",
        "wired",
        "forbes",
        "fortune",
        "mashable",
        "techcrunch",
        "marketwatch",
        "buzzfeed",
        "newsweek",
        "deutsche",
        "jazeera",
        "herald",
        "tribune",
        "gazette",
        "chronicle",
        "guardian",
        "telegraph",
        "mirror",
        "examiner",
        "observer",
        "insider",
        "today",
        "magazine",
        "enquirer",
        "inquirer",
        "dispatch",
        "sentinel",
        "globe",
        "independent",
        "economist",
        "broadcasting",
        "university",
        "college",
        "institute",
        "school",
        "professor",
        "lecturer",
        "director",
        "columnist",
        "contributor",
        "contributing",
        "producer",
        "photographer",
        "special",
        "senior",
        "chief",
        "freelance",
        "guest",
        "analyst",
        "estado",
        "globo",
        "folha",
        "gazeta",
        "jornal",
        "enviado",
        "correspondente",
    ];
    const PHRASES: &[&str] = &[
        "york post",
        "washington post",
        "huffington post",
        "jerusalem post",
        "financial post",
        "national post",
        "denver post",
        "evening standard",
        "daily mail",
        "sky news",
        "for the ",
        "le monde",
        "le figaro",
        "el país",
        "die welt",
        "die zeit",
    ];
    let is_initials = !is_shouted
        && (2..=5).contains(&piece.len())
        && piece
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let lower = piece.to_lowercase();
    let particle = [
        "de", "di", "da", "van", "von", "der", "den", "al", "el", "bin", "la", "du",
    ];
    let first = lower.split(' ').next().unwrap_or_default();
    // `senior writer at the paper`: people are written in capitals.
    let is_remark = piece.starts_with(char::is_lowercase) && !particle.contains(&first);
    is_outlet(piece)
        || is_initials
        || is_remark
        || lower
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| WORDS.contains(&word))
        || PHRASES.iter().any(|phrase| lower.contains(phrase))
}

/// Whether a line is a byline and nothing else: `By Jane Doe`, up to five
/// capitalised words and what follows a comma.
pub fn is_byline(line: &str) -> bool {
    const BY: &[&str] = &["By ", "BY ", "Von ", "Par ", "Por "];
    let Some(rest) = BY.iter().find_map(|by| line.strip_prefix(by)) else {
        return false;
    };
    let names = rest.split(',').next().unwrap_or(rest);
    let words: Vec<&str> = names.split_whitespace().collect();
    let capital =
        |word: &&str| matches!(*word, "and" | "de" | "in") || word.starts_with(char::is_uppercase);
    line.chars().count() <= 80
        && (2..=8).contains(&words.len())
        && words.iter().all(capital)
        && !prose::ends_sentence(line)
}

/// Whether a line is a name with a job behind a comma and nothing else: `JANE
/// DOE, Staff Writer`.
pub fn is_signed(line: &str) -> bool {
    const JOBS: &[&str] = &["writer", "reporter", "correspondent", "editor", "columnist"];
    line.len() <= 80
        && line.split_once(", ").is_some_and(|(name, job)| {
            let last = job.rsplit(' ').next().unwrap_or(job).to_lowercase();
            looks_like_person(name) && JOBS.contains(&last.as_str())
        })
}

/// The people in `(Reporting by A and B; Editing by C)`.
pub fn closing_credit(line: &str) -> Vec<String> {
    let inner = line.trim().trim_start_matches('(').trim_end_matches(')');
    let names = inner
        .strip_prefix("Reporting by ")
        .or_else(|| inner.strip_prefix("Writing by "));
    names
        .and_then(|names| names.split(';').next())
        .map(authors)
        .unwrap_or_default()
}

/// The people behind `Reporting by:` in notes to editors.
pub fn reporters(notes: &str) -> Vec<String> {
    let mut lines = notes.lines().map(str::trim_end).peekable();
    while let Some(line) = lines.next() {
        let bare = line.trim_start_matches(['-', ' ']);
        let signs = [
            "Reporting by:",
            "Autor:",
            "Autorin:",
            "Autor/in:",
            "Autoren:",
            "Por:",
        ];
        let Some(names) = signs.iter().find_map(|sign| bare.strip_prefix(sign)) else {
            continue;
        };
        let mut names = names.to_owned();
        while let Some(more) = lines.next_if(|next| next.starts_with("  ")) {
            names.push(' ');
            names.push_str(more.trim());
        }
        // Telephone numbers and addresses follow a name.
        let people: Vec<String> = names
            .split(',')
            .filter(|part| !part.contains(['@', '+', '<']) && part.chars().any(char::is_alphabetic))
            .map(str::to_owned)
            .collect();
        return people.iter().flat_map(|names| authors(names)).collect();
    }
    Vec::new()
}

/// The people in a byline: agencies, desks and job titles left out, `in
/// Vienna` and `/TT` cut off.
pub fn authors(line: &str) -> Vec<String> {
    let line = fields::one_line(line);
    let lower = line.to_lowercase();
    let by = [
        "av ",
        "af ",
        "door ",
        "text: ",
        "written by ",
        "reporting by ",
    ]
    .into_iter()
    .find(|by| lower.starts_with(by) && line.is_char_boundary(by.len()));
    let line = by.map_or(line.as_str(), |by| &line[by.len()..]);
    names(line)
        .iter()
        .filter_map(|name| {
            let name = name.split(" in ").next().unwrap_or(name);
            let name = name.split(['/', '(']).next().unwrap_or(name).trim();
            let name = behind_job(name.trim_start_matches(['_', '*', '-', ' ']));
            (!is_outlet(name) && name.chars().any(char::is_alphabetic)).then(|| name.to_owned())
        })
        .collect()
}

/// A name without the job before it: `Gulf Wire writers Li Ming` is Li Ming.
fn behind_job(name: &str) -> &str {
    const JOBS: &[&str] = &[
        "writer",
        "writers",
        "reporter",
        "reporters",
        "correspondent",
        "correspondents",
    ];
    let mut rest = name;
    for job in JOBS {
        let lower = rest.to_lowercase();
        let behind = lower.find(&format!("{job} ")).map(|at| at + job.len() + 1);
        if let Some(behind) = behind.and_then(|at| rest.get(at..)) {
            rest = behind;
        }
    }
    if rest.split_whitespace().count() >= 2 {
        rest
    } else {
        name
    }
}

/// Whether a line holds initials and nothing else, as editors leave them below
/// a text: `jd/kl`, `gwa a bc def`.
pub fn is_sign_off(line: &str) -> bool {
    let words: Vec<&str> = line
        .split([' ', '/', '-'])
        .filter(|word| !word.is_empty())
        .collect();
    let initials = |word: &&str| {
        (1..=5).contains(&word.len())
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    (2..=8).contains(&words.len())
        && words.iter().all(initials)
        && line.contains(|c: char| c.is_ascii_lowercase())
        && (line.contains('/') || words.iter().all(|word| word.len() <= 4) && words.len() >= 3)
}

/// The people in an element that the source marks as a person: no name is
/// taken for an agency's.
pub fn people(line: &str) -> Vec<String> {
    let line = fields::one_line(line);
    names(&line)
}

/// Names joined by the word for `and` of another language.
fn joined_names(names: &str) -> Vec<&str> {
    let words = [
        " et ", " und ", " y ", " och ", " og ", " en ", " ja ", " e ",
    ];
    let split = words.iter().find_map(|and| {
        let parts: Vec<&str> = names.split(and).collect();
        let are_names = parts.len() > 1 && parts.iter().all(|part| looks_like_person(part));
        are_names.then_some(parts)
    });
    split.unwrap_or_else(|| vec![names])
}

/// Whether a name is that of an agency, a paper, a desk or a job.
pub fn is_outlet(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "press",
        "news",
        "agency",
        "agence",
        "agencia",
        "agentur",
        "reuters",
        "ap",
        "afp",
        "dpa",
        "ansa",
        "efe",
        "tass",
        "xinhua",
        "kyodo",
        "pa",
        "aap",
        "ntb",
        "tt",
        "stt",
        "ritzau",
        "upi",
        "apa",
        "sda",
        "ats",
        "belga",
        "anp",
        "lusa",
        "bloomberg",
        "network",
        "wire",
        "writer",
        "writers",
        "reporter",
        "reporters",
        "correspondent",
        "correspondents",
        "editor",
        "editors",
        "staff",
        "media",
        "times",
        "journal",
        "inc",
        "ltd",
        "gmbh",
        "corp",
        "tv",
        "radio",
        "database",
        "bureau",
        "newsroom",
        "desk",
        "newsdesk",
        "redaktion",
        "redaction",
        "rédaction",
        "kontributor",
        "korrespondent",
    ];
    let lower = name.to_lowercase();
    lower.starts_with("the ")
        || lower.contains('@')
        || lower
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| WORDS.contains(&word))
}

/// Whether a name can be that of a person: two to five words in capitals.
pub fn looks_like_person(name: &str) -> bool {
    let words: Vec<&str> = name.split_whitespace().collect();
    let capital = |word: &&str| {
        word.starts_with(char::is_uppercase)
            || matches!(
                *word,
                "de" | "van" | "von" | "der" | "al" | "bin" | "di" | "da" | "la" | "del"
            )
    };
    (2..=5).contains(&words.len())
        && words.iter().all(capital)
        && !name.contains(|c: char| c.is_ascii_digit() || matches!(c, ',' | '&'))
        && !is_outlet(name)
}

/// A publisher's name without a copyright notice around it.
pub fn outlet(text: &str) -> Option<String> {
    let line = fields::one_line(text);
    let mut name = line.as_str();
    for sign in ["Copyright", "(c)", "(C)", "©", "Copyright"] {
        name = name.strip_prefix(sign).unwrap_or(name).trim_start();
    }
    name =
        name.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ' ' | ',' | '-' | '–'));
    let lower = name.to_lowercase();
    if let Some(at) = lower
        .find("all rights")
        .filter(|at| name.is_char_boundary(*at))
    {
        name = &name[..at];
    }
    let name = name.trim_matches(['.', ',', ' ', '–', '-', '/']);
    name.chars()
        .any(char::is_alphabetic)
        .then(|| name.to_owned())
}

/// The agency in the dateline of a text: `BERLIN (dpa) - …`.
pub fn agency_in_dateline(body: &str) -> Option<String> {
    let head: String = body.chars().take(120).collect();
    let (before, rest) = head.split_once('(')?;
    let (name, after) = rest.split_once(')')?;
    let ends = after
        .trim_start_matches(['.', ' '])
        .starts_with(['-', '–', '—', '_', ':']);
    let short =
        (2..=30).contains(&name.len()) && name.chars().all(|c| c.is_alphabetic() || c == ' ');
    let opens = before.trim().is_empty() || before.trim().starts_with(char::is_uppercase);
    (ends && short && opens).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_behind_a_name_is_left_out() {
        let line = "By Jane Doe in Doha and Ali Khan in New York";
        assert!(is_byline("By Jane Doe in Doha"));
        assert_eq!(names(line), ["Jane Doe", "Ali Khan"]);
        assert_eq!(names("Doctors in Distress"), ["Doctors in Distress"]);
    }

    #[test]
    fn the_house_behind_a_name_is_left_out_and_one_alone_signs() {
        let lines = [
            ("Jane Doe, CNN", vec!["Jane Doe"]),
            ("By Jane Doe, Associated Press Writer", vec!["Jane Doe"]),
            (
                "By Jane Doe and John Roe, Associated Press Writers",
                vec!["Jane Doe", "John Roe"],
            ),
            (
                "JANE DOE and JOHN ROE / Reuters",
                vec!["JANE DOE", "JOHN ROE"],
            ),
            ("Jane Doe/AFP", vec!["Jane Doe"]),
            ("Jane Doe - BBC News", vec!["Jane Doe"]),
            ("By Jane Doe, Northline", vec!["Jane Doe"]),
            ("By JANE DOE, Special to The Lake Herald", vec!["JANE DOE"]),
            (
                "By Jane Doe, CNN and John Roe, CNN",
                vec!["Jane Doe", "John Roe"],
            ),
            (
                "Jane Doe, USA TODAY; John Roe, The Lake Press",
                vec!["Jane Doe", "John Roe"],
            ),
            (
                "Ana Lago e Rui Rio, G1, Brasília",
                vec!["Ana Lago", "Rui Rio"],
            ),
            (
                "Jane Doe, Professor of Law, University of Oslo",
                vec!["Jane Doe"],
            ),
            ("Jane Doe, senior writer", vec!["Jane Doe"]),
            (
                "Jane Doe, John Roe, Ali Khan",
                vec!["Jane Doe", "John Roe", "Ali Khan"],
            ),
            ("Doe, Jane", vec!["Jane Doe"]),
            (
                "Jane Doe, Jr., Max van der Berg",
                vec!["Jane Doe, Jr", "Max van der Berg"],
            ),
            ("CNN", vec!["CNN"]),
            ("The Associated Press", vec!["The Associated Press"]),
            ("Jean-Luc Roi", vec!["Jean-Luc Roi"]),
            ("Jane Doe & Emily Post", vec!["Jane Doe", "Emily Post"]),
        ];
        for (line, expected) in lines {
            assert_eq!(names(line), expected, "{line}");
        }
    }

    #[test]
    fn bylines_keep_people_and_leave_their_employers_out() {
        let lines = [
            ("By Ann Roe, Lake Press", vec!["Ann Roe"]),
            ("Von Otto Beispiel, dpa", vec!["Otto Beispiel"]),
            (
                "Ann Roe in Vienna, Bo Li in Geneva and Cy Poe in New York",
                vec!["Ann Roe", "Bo Li", "Cy Poe"],
            ),
            ("Staff Reporter", vec![]),
            ("Karl Foto/TT", vec!["Karl Foto"]),
            ("The Lake Database", vec![]),
            (
                "Lake Press writers Li Ming, Wang Fang",
                vec!["Li Ming", "Wang Fang"],
            ),
            ("AP Sports Writer", vec![]),
            ("Par Ève Roi et Luc Lac", vec!["Ève Roi", "Luc Lac"]),
        ];
        for (line, names) in lines {
            assert_eq!(authors(line), names, "{line}");
        }
    }

    #[test]
    fn initials_below_a_text_are_told_from_words() {
        let lines = ["jd/kl", "gwa a bc def", "bur-ab/cde"];
        assert!(lines.iter().all(|line| is_sign_off(line)));
        let words = ["The end", "ends", "and so on and so forth", "1/2"];
        assert!(!words.iter().any(|line| is_sign_off(line)));
    }

    #[test]
    fn copyright_lines_are_cut_to_the_name() {
        assert_eq!(
            outlet("The Lake Press. All rights reserved").as_deref(),
            Some("The Lake Press")
        );
        assert_eq!(outlet("© 2024 GWA").as_deref(), Some("GWA"));
        assert_eq!(outlet("2024"), None);
    }

    #[test]
    fn the_agency_stands_in_the_dateline() {
        assert_eq!(
            agency_in_dateline("Selfoss, Iceland (Gulf Wire) - Farmers").as_deref(),
            Some("Gulf Wire")
        );
        assert_eq!(agency_in_dateline("He (she) said so"), None);
    }
}
