//! Names of months and days, and words that stand around a date.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

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
        "eme",
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
    FILLERS.contains(&word) || is_zone(word) || WEEKDAYS.contains(word)
}

/// The month a word names, in any of the languages of [`MONTHS`]; a full stop
/// may end it.
pub(super) fn month(word: &str) -> Option<u32> {
    let word = fold(word.trim_end_matches('.'));
    if word.len() < 3 {
        return None;
    }
    NUMBERS.get(word.as_str()).copied()
}

/// The number of each month's names.
static NUMBERS: LazyLock<HashMap<&'static str, u32>> = LazyLock::new(|| {
    let months = MONTHS.iter().zip(1..);
    let numbers =
        months.flat_map(|(names, number)| names.split(' ').map(move |name| (name, number)));
    numbers.collect()
});

/// Names and abbreviations of the months, folded: English, German, French,
/// Spanish, Portuguese, Italian, Dutch, Scandinavian, Polish, Czech, Russian,
/// Turkish, Indonesian; Ukrainian, Romanian, Hungarian, Finnish; Greek; Arabic as
/// written in Egypt, the Levant and the Maghreb.
#[rustfmt::skip]
pub(super) const MONTHS: [&str; 12] = [
    "january jan januar janner janvier janv enero ene janeiro gennaio gen januari stycznia ledna января янв ocak \
     січня ianuarie tammikuuta ιανουαριου يناير جانفي",
    "february feb februar febr fevrier fevr fev febrero fevereiro febbraio februari lutego unora февраля фев subat \
     лютого februarie helmikuuta φεβρουαριου فبراير شباط فيفري",
    "march mar marz mrz maerz mars marzo marco maart mrt marts marca brezna марта мар mart maret \
     березня martie marcius maaliskuuta μαρτιου مارس اذار",
    "april apr avril avr abril abr aprile kwietnia dubna апреля апр nisan \
     квітня aprilie aprilis huhtikuuta απριλιου ابريل نيسان افريل",
    "may mai mayo maio maggio mag mei maj maja kvetna мая mayis \
     травня majus toukokuuta μαιου مايو ايار ماي",
    "june jun juni juin junio junho giugno giu czerwca cervna июня июн haziran \
     червня iunie junius kesakuuta ιουνιου يونيو حزيران جوان",
    "july jul juli juillet juil julio julho luglio lug lipca cervence июля июл temmuz \
     липня iulie julius heinakuuta ιουλιου يوليو تموز جويلية",
    "august aug aout agosto ago augustus augusti sierpnia srpna августа авг agustos agustus \
     серпня augusztus elokuuta αυγουστου اغسطس اوت",
    "september sep sept septembre septiembre setiembre setembro set settembre wrzesnia zari сентября сен eylul \
     вересня septembrie szeptember syyskuuta σεπτεμβριου سبتمبر ايلول",
    "october oct oktober okt octobre octubre outubro out ottobre ott pazdziernika rijna октября окт ekim \
     жовтня octombrie lokakuuta οκτωβριου اكتوبر",
    "november nov novembre noviembre novembro listopada listopadu ноября ноя kasim \
     листопада noiembrie marraskuuta νοεμβριου نوفمبر",
    "december dec dezember dez decembre diciembre dic dezembro dicembre desember des grudnia prosince декабря дек aralik \
     грудня decembrie joulukuuta δεκεμβριου ديسمبر",
];

static WEEKDAYS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    #[rustfmt::skip]
    const DAYS: &str = "monday mon tuesday tue tues wednesday wed weds thursday thu thur thurs friday fri \
        saturday sat sunday sun montag mo dienstag di mittwoch mi donnerstag do freitag fr samstag sonnabend sa \
        sonntag so lundi lun mardi mercredi mer jeudi jeu vendredi ven samedi sam dimanche dim lunes martes \
        miercoles mie jueves jue viernes vie sabado sab domingo dom segunda terca quarta quinta sexta feira seg \
        ter qua qui sex lunedi martedi mercoledi giovedi gio venerdi sabato domenica maandag dinsdag woensdag \
        donderdag vrijdag zaterdag zondag ma wo vr za zo mandag tirsdag onsdag torsdag fredag lordag sondag \
        tisdag poniedzialek wtorek sroda czwartek piatek sobota niedziela \
        понедельник вторник среда четверг пятница суббота воскресенье понеділок вівторок середа четвер субота неділя \
        pazartesi sali carsamba persembe cuma cumartesi pazar \
        senin selasa rabu kamis jumat sabtu minggu \
        الاثنين الثلاثاء الاربعاء الخميس الجمعة السبت الاحد";
    DAYS.split_whitespace().collect()
});
