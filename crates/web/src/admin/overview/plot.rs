//! Bars, drawn of numbers.

/// The whole, in the units of the drawing.
const WIDTH: u64 = 640;
const HEIGHT: u64 = 220;
/// What the numbers beside the lines take.
const LEFT: u64 = 40;
/// Where the highest bar may begin.
const TOP: u64 = 12;
/// What the days below the bars take.
const BELOW: u64 = 24;
/// Between the bars of two days.
const GAP: u64 = 4;
/// Every so many days one is named.
const NAMED: usize = 5;

/// A drawing of one or two series, a bar for each day and series. The second is hatched, so that nobody needs colours to tell
/// them apart.
pub(super) struct Plot {
    /// What it is called.
    pub(super) title: &'static str,
    /// What it shows, for those who do not see it.
    pub(super) about: String,
    pub(super) width: u64,
    pub(super) height: u64,
    pub(super) left: u64,
    pub(super) lines: Vec<Mark>,
    pub(super) labels: Vec<Mark>,
    pub(super) bars: Vec<Bar>,
}

/// Something beside an axis.
pub(super) struct Mark {
    pub(super) at: u64,
    pub(super) label: String,
}

/// A bar.
pub(super) struct Bar {
    pub(super) x: u64,
    pub(super) y: u64,
    pub(super) width: u64,
    pub(super) height: u64,
    pub(super) is_hatched: bool,
}

impl Plot {
    /// A drawing of `series`, which are as long as `labels`.
    pub(super) fn of(title: &'static str, about: String, labels: &[String], series: &[&[u64]]) -> Self {
        let most = series.iter().flat_map(|series| series.iter()).copied().max().unwrap_or_default();
        let step = step(most);
        let top = most.div_ceil(step).max(1).saturating_mul(step);
        let days = u64::try_from(labels.len().max(1)).unwrap_or(u64::MAX);
        let day = (WIDTH - LEFT) / days;
        let scale = Scale {
            top,
            day,
            width: (day - GAP.min(day - 1)) / u64::try_from(series.len().max(1)).unwrap_or(1),
        };
        let lines = (0..=top / step).map(|line| scale.mark(line * step)).collect();
        // Named from the end, so that the last day, which is today, is always among them.
        let named = (0..labels.len()).rev().step_by(NAMED);
        let named =
            named.map(|at| Mark { at: scale.left_of(at) + day / 2, label: labels[at].clone() }).collect();
        let bars = series.iter().enumerate().flat_map(|(row, values)| scale.bars(row, values)).collect();
        Self { title, about, width: WIDTH, height: HEIGHT, left: LEFT, lines, labels: named, bars }
    }

    /// Whether there is nothing to see.
    pub(super) fn is_empty(&self) -> bool {
        self.bars.is_empty()
    }
}

/// How far apart the lines are: 1, 2 or 5 with zeros behind it, so that there are at most five.
fn step(most: u64) -> u64 {
    let mut ten: u64 = 1;
    loop {
        for step in [1, 2, 5].map(|digit| ten.saturating_mul(digit)) {
            if most.div_ceil(step) <= 5 {
                return step;
            }
        }
        ten = ten.saturating_mul(10);
    }
}

struct Scale {
    /// The number at the highest line.
    top: u64,
    day: u64,
    width: u64,
}

impl Scale {
    fn bars(&self, row: usize, values: &[u64]) -> Vec<Bar> {
        let shown = values.iter().enumerate().filter(|(_, value)| **value > 0);
        shown.map(|(at, value)| self.bar(row, at, *value)).collect()
    }

    fn bar(&self, row: usize, at: usize, value: u64) -> Bar {
        // Whatever happened is seen, be it once beside a million.
        let height = self.height_of(value).max(1);
        let x = self.left_of(at) + GAP / 2 + u64::try_from(row).unwrap_or(0) * self.width;
        Bar { x, y: HEIGHT - BELOW - height, width: self.width, height, is_hatched: row > 0 }
    }

    fn height_of(&self, value: u64) -> u64 {
        let room = u128::from(HEIGHT - BELOW - TOP);
        u64::try_from(u128::from(value) * room / u128::from(self.top)).unwrap_or(0)
    }

    fn left_of(&self, at: usize) -> u64 {
        LEFT + u64::try_from(at).unwrap_or(0) * self.day
    }

    fn mark(&self, value: u64) -> Mark {
        Mark { at: HEIGHT - BELOW - self.height_of(value), label: value.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn drawn(series: &[&[u64]]) -> Plot {
        let labels: Vec<_> = (0..series[0].len()).map(|day| day.to_string()).collect();
        Plot::of("A plot", String::new(), &labels, series)
    }

    #[test]
    fn a_bar_is_as_high_as_its_number() {
        let plot = drawn(&[&[0, 5, 10]]);
        let heights: Vec<_> = plot.bars.iter().map(|bar| bar.height).collect();
        assert_eq!(heights, [92, 184]);
        let lines: Vec<_> = plot.lines.iter().map(|line| &*line.label).collect();
        assert_eq!(lines, ["0", "2", "4", "6", "8", "10"]);
        assert!(drawn(&[&[0, 0]]).is_empty());
    }

    #[test]
    fn the_second_series_is_told_apart_without_colours() {
        let plot = drawn(&[&[1, 2], &[2, 1]]);
        let hatched: Vec<_> = plot.bars.iter().map(|bar| bar.is_hatched).collect();
        assert_eq!(hatched, [false, false, true, true]);
    }

    proptest! {
        #[test]
        fn every_bar_lies_in_the_drawing(
            days in proptest::collection::vec((any::<u64>(), 0_u64..1000), 1..60)
        ) {
            let (one, other): (Vec<_>, Vec<_>) = days.into_iter().unzip();
            let plot = drawn(&[&one, &other]);
            for bar in &plot.bars {
                prop_assert!(bar.x >= LEFT && bar.x + bar.width <= WIDTH);
                prop_assert!(bar.y >= TOP && bar.y + bar.height == HEIGHT - BELOW);
                prop_assert!(bar.width > 0 && bar.height > 0);
            }
            prop_assert!(plot.lines.len() <= 6);
        }
    }
}
