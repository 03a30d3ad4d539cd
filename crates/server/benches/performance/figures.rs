//! From rounds to a table.

use std::fmt;

/// Turns that each rival takes.
const ROUNDS: usize = 5;

/// What is hoped for.
#[derive(Clone, Copy)]
pub(crate) enum Aim {
    AtLeast(f64),
    Below(f64, &'static str),
    /// Only reported.
    None,
}

/// One line of the table.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) here: String,
    pub(crate) yardstick: String,
    pub(crate) ratio: Option<Ratio>,
    pub(crate) aim: Aim,
    /// What the aim is about.
    pub(crate) figure: f64,
}

/// The median of the ratios, round by round, and how far they lie apart.
#[derive(Clone, Copy)]
pub(crate) struct Ratio {
    median: f64,
    least: f64,
    most: f64,
}

impl Row {
    /// A rate beside the rate of a yardstick, in so many a second.
    pub(crate) fn compared(what: &str, here: &[f64], yardstick: &[f64], whose: &str, aim: Aim) -> Self {
        let ratio = Ratio::of(here, yardstick);
        Self {
            what: what.to_owned(),
            here: rate(here),
            yardstick: format!("{whose} {}", rate(yardstick)),
            ratio: Some(ratio),
            aim,
            figure: ratio.median,
        }
    }

    /// A figure that stands for itself.
    pub(crate) fn alone(what: &str, figure: f64, unit: &str, aim: Aim) -> Self {
        let here = format!("{figure:.1} {unit}");
        Self { what: what.to_owned(), here, yardstick: String::new(), ratio: None, aim, figure }
    }

    /// A rate that stands for itself.
    pub(crate) fn rate(what: &str, rates: &[f64]) -> Self {
        let here = rate(rates);
        Self {
            what: what.to_owned(),
            here,
            yardstick: String::new(),
            ratio: None,
            aim: Aim::None,
            figure: 0.0,
        }
    }

    fn reached(&self) -> &'static str {
        let reached = match self.aim {
            Aim::AtLeast(least) => self.figure >= least,
            Aim::Below(most, _) => self.figure < most,
            Aim::None => return "",
        };
        if reached { "yes" } else { "**no**" }
    }
}

impl Ratio {
    fn of(here: &[f64], yardstick: &[f64]) -> Self {
        let ratios: Vec<_> = here.iter().zip(yardstick).map(|(here, yardstick)| here / yardstick).collect();
        let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        let most = ratios.iter().copied().fold(0.0, f64::max);
        Self { median: median(&ratios), least, most }
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} ({:.2} to {:.2})", self.median, self.least, self.most)
    }
}

impl fmt::Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(least) => write!(f, "≥ {least:.2}"),
            Self::Below(most, unit) => write!(f, "< {most} {unit}"),
            Self::None => Ok(()),
        }
    }
}

/// How the rivals come to be warm.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Warmth {
    /// By a round that does not count.
    FirstRound,
    /// They have worked before.
    Given,
}

/// Lets every rival have a turn, five times over. Answers the figures of each.
pub(crate) fn take_turns(
    what: &str,
    warmth: Warmth,
    rivals: &mut [&mut dyn FnMut() -> f64],
) -> Vec<Vec<f64>> {
    let mut figures = vec![Vec::new(); rivals.len()];
    let first = usize::from(warmth == Warmth::Given);
    for round in first..=ROUNDS {
        for (rival, figures) in rivals.iter_mut().zip(&mut figures) {
            let figure = rival();
            if round > 0 {
                figures.push(figure);
            }
        }
        println!("{what}, round {round} of {ROUNDS}");
    }
    figures
}

/// The middle one of an odd number of figures.
pub(crate) fn median(figures: &[f64]) -> f64 {
    let mut figures = figures.to_vec();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Prints the rows as `docs/performance.md` holds them.
pub(crate) fn print_table(rows: &[Row]) {
    println!(
        "\n| what | here | yardstick | ratio (least to most) | aim | reached |\n|---|---|---|---|---|---|"
    );
    for row in rows {
        let ratio = row.ratio.map(|ratio| ratio.to_string()).unwrap_or_default();
        let (what, here, yardstick) = (&row.what, &row.here, &row.yardstick);
        println!("| {what} | {here} | {yardstick} | {ratio} | {} | {} |", row.aim, row.reached());
    }
    println!();
}

/// The median as `12,345/s`.
fn rate(rates: &[f64]) -> String {
    let digits = format!("{:.0}", median(rates));
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text + "/s"
}
