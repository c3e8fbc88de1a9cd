//! Names of months and days, and words that stand around a date.

use super::clock::is_zone;
use super::fold;

/// Words that may stand around a date and say nothing of the day.
pub(super) fn is_filler(word: &str) -> bool {
    const FILLERS: &[&str] = &[
        "published",
        "posted",
        "updated",
        "modified",
        "last",
        "first",
        "date",
        "on",
        "at",
        "of",
        "the",
        "de",
        "del",
        "den",
        "der",
        "le",
        "el",
        "il",
        "am",
        "um",
        "a",
        "as",
        "vom",
        "op",
        "alle",
        "ore",
        "las",
        "t",
        "publie",
        "mis",
        "jour",
        "stand",
        "veroffentlicht",
        "eastern",
        "time",
        "el",
        "dia",
        "d",
        "kl",
        "st",
        "nd",
        "rd",
        "th",
        "er",
        "re",
        "o",
        "г",
        "года",
        "publicado",
        "em",
        "en",
        "aktualisiert",
        "et",
        "since",
    ];
    FILLERS.contains(&word) || is_zone(word) || is_weekday(word)
}

/// The month a word names, in any of the languages of [`MONTHS`]; a full stop
/// may end it.
pub(super) fn month(word: &str) -> Option<u32> {
    let word = fold(word.trim_end_matches('.'));
    if word.len() < 3 {
        return None;
    }
    let at = MONTHS
        .iter()
        .position(|names| names.split(' ').any(|name| name == word))?;
    u32::try_from(at + 1).ok()
}

/// Names and abbreviations of the months, folded: English, German, French,
/// Spanish, Portuguese, Italian, Dutch, Scandinavian, Polish, Czech, Russian,
/// Turkish, Indonesian.
#[rustfmt::skip]
const MONTHS: [&str; 12] = [
    "january jan januar janner janvier janv enero ene janeiro gennaio gen januari stycznia ledna января янв ocak",
    "february feb februar febr fevrier fevr fev febrero fevereiro febbraio februari lutego unora февраля фев subat",
    "march mar marz mrz maerz mars marzo marco maart mrt marts marca brezna марта мар mart maret",
    "april apr avril avr abril abr aprile kwietnia dubna апреля апр nisan",
    "may mai mayo maio maggio mag mei maj maja kvetna мая mayis",
    "june jun juni juin junio junho giugno giu czerwca cervna июня июн haziran",
    "july jul juli juillet juil julio julho luglio lug lipca cervence июля июл temmuz",
    "august aug aout agosto ago augustus augusti sierpnia srpna августа авг agustos agustus",
    "september sep sept septembre septiembre setiembre setembro set settembre wrzesnia zari сентября сен eylul",
    "october oct oktober okt octobre octubre outubro out ottobre ott pazdziernika rijna октября окт ekim",
    "november nov novembre noviembre novembro listopada listopadu ноября ноя kasim",
    "december dec dezember dez decembre diciembre dic dezembro dicembre desember des grudnia prosince декабря дек aralik",
];

fn is_weekday(word: &str) -> bool {
    #[rustfmt::skip]
    const DAYS: &str = "monday mon tuesday tue tues wednesday wed weds thursday thu thur thurs friday fri \
        saturday sat sunday sun montag mo dienstag di mittwoch mi donnerstag do freitag fr samstag sonnabend sa \
        sonntag so lundi lun mardi mercredi mer jeudi jeu vendredi ven samedi sam dimanche dim lunes martes \
        miercoles mie jueves jue viernes vie sabado sab domingo dom segunda terca quarta quinta sexta feira seg \
        ter qua qui sex lunedi martedi mercoledi giovedi gio venerdi sabato domenica maandag dinsdag woensdag \
        donderdag vrijdag zaterdag zondag ma wo vr za zo mandag tirsdag onsdag torsdag fredag lordag sondag \
        mandag tisdag lordag";
    DAYS.split_whitespace().any(|day| day == word)
}
