//! A timeline as a picture: a bar chart in SVG, plain enough to be printed
//! with a story and restyled in any drawing program.

use std::fmt::Write;

use super::clean;
use crate::search::{Bin, Timeline};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 72.0;
const BOTTOM: f64 = 64.0;

/// Labels under the bars, at most.
const MOST_LABELS: usize = 12;

/// Draws a timeline. `title` is what was asked; with `normalize` the bars show
/// shares in percent instead of counts.
pub fn timeline(timeline: &Timeline, title: &str, normalize: bool) -> String {
    let value = |bin: &Bin| match normalize {
        true => bin.share() * 100.0,
        false => bin.articles as f64,
    };
    let most = timeline.bins.iter().map(value).fold(0.0, f64::max);
    let step = tick_step(most, normalize);
    let ceiling = (most / step).ceil().max(1.0) * step;
    let (inner_width, inner_height) = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
    let bottom = TOP + inner_height;
    let unit = match normalize {
        true => format!(
            "share of all articles per {}, in percent",
            timeline.period.name()
        ),
        false => format!("articles per {}", timeline.period.name()),
    };
    let mut svg = String::new();
    let mut put = |line: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        let _ = svg.write_fmt(line);
        svg.push('\n');
    };
    put(format_args!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" font-family="Helvetica, Arial, sans-serif" role="img">"#
    ));
    let title = escaped(title);
    put(format_args!("<title>{title}</title>"));
    put(format_args!(
        r##"<rect width="100%" height="100%" fill="#ffffff"/>"##
    ));
    put(format_args!(
        r##"<text x="{LEFT}" y="32" font-size="20" font-weight="bold" fill="#222222">{title}</text>"##
    ));
    put(format_args!(
        r##"<text x="{LEFT}" y="54" font-size="13" fill="#666666">{unit}</text>"##
    ));
    let mut tick = 0.0;
    while tick <= ceiling + step / 2.0 {
        let y = bottom - tick / ceiling * inner_height;
        put(format_args!(
            r##"<line x1="{LEFT}" x2="{:.1}" y1="{y:.1}" y2="{y:.1}" stroke="{}" stroke-width="1"/>"##,
            WIDTH - RIGHT,
            if tick == 0.0 { "#222222" } else { "#dddddd" }
        ));
        put(format_args!(
            r##"<text x="{:.1}" y="{:.1}" font-size="12" text-anchor="end" fill="#666666">{}</text>"##,
            LEFT - 8.0,
            y + 4.0,
            tick_label(tick, step)
        ));
        tick += step;
    }
    let count = timeline.bins.len().max(1);
    let slot = inner_width / count as f64;
    let gap = (slot * 0.2).min(8.0);
    let every = count.div_ceil(MOST_LABELS);
    for (number, bin) in timeline.bins.iter().enumerate() {
        let x = LEFT + slot * number as f64;
        let height = value(bin) / ceiling * inner_height;
        let label = timeline.period.label(bin.from);
        if height > 0.0 {
            put(format_args!(
                r##"<rect x="{:.2}" y="{:.2}" width="{:.2}" height="{height:.2}" fill="#2b6cb0"><title>{label}: {}</title></rect>"##,
                x + gap / 2.0,
                bottom - height,
                (slot - gap).max(0.5),
                bin.articles
            ));
        }
        if number.is_multiple_of(every) {
            put(format_args!(
                r##"<text x="{:.1}" y="{:.1}" font-size="12" text-anchor="middle" fill="#444444">{label}</text>"##,
                x + slot / 2.0,
                bottom + 18.0
            ));
        }
    }
    let dated = timeline.total - timeline.undated;
    let mut source = format!("{dated} dated articles");
    if timeline.undated > 0 {
        let _ = write!(source, "; {} more bear no date", timeline.undated);
    }
    put(format_args!(
        r##"<text x="{LEFT}" y="{:.1}" font-size="12" fill="#666666">{source}</text>"##,
        HEIGHT - 16.0
    ));
    put(format_args!("</svg>"));
    svg
}

/// Distance of the marks on the axis: 1, 2 or 5 times a power of ten, so that
/// there are about five; counts have no marks between whole numbers.
fn tick_step(most: f64, normalize: bool) -> f64 {
    let rough = (most / 5.0).max(if normalize { 1e-6 } else { 1.0 });
    let power = 10f64.powf(rough.log10().floor());
    let times = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|times| times * power >= rough * 0.999);
    times.unwrap_or(10.0) * power
}

/// A mark's number with as many decimals as its step has.
fn tick_label(tick: f64, step: f64) -> String {
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    format!("{tick:.decimals$}")
}

fn escaped(text: &str) -> String {
    clean::line(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::search::Period;

    #[test]
    fn the_picture_holds_a_bar_for_each_period_with_articles() {
        let bin = |year, articles| Bin {
            from: date(year, 1, 1),
            until: date(year, 12, 31),
            articles,
            of: 40,
        };
        let drawn = timeline(
            &Timeline {
                period: Period::Year,
                bins: vec![bin(2019, 3), bin(2020, 0), bin(2021, 9)],
                undated: 1,
                total: 13,
            },
            "a < b & c",
            false,
        );
        assert_eq!(drawn.matches("<rect x=").count(), 2);
        assert!(drawn.contains("<title>2021: 9</title>"));
        assert!(drawn.contains("a &lt; b &amp; c"));
        assert!(drawn.contains("12 dated articles; 1 more bear no date"));
    }

    #[test]
    fn marks_are_round_numbers() {
        let steps = [0.0, 3.0, 9.0, 47.0, 1234.0].map(|most| tick_step(most, false));
        assert_eq!(steps, [1.0, 1.0, 2.0, 10.0, 500.0]);
        assert_eq!(tick_label(0.5, 0.5), "0.5");
        assert_eq!(tick_label(20.0, 10.0), "20");
    }
}
