//! Which sellers send every month, every second, every quarter or every half year, and whose paper a month lacks. Pure: months are bits.

use crate::word::words;

words! {
    /// How often a seller's papers come.
    pub enum Rhythm {
        /// Each month.
        Monthly = "monthly",
        /// Each second month.
        TwoMonthly = "two_monthly",
        /// Each third month.
        Quarterly = "quarterly",
        /// Each sixth month.
        HalfYearly = "half_yearly",
    }
}

/// Months that are looked back at: two half-years and one more, so that a half-yearly paper is seen twice.
pub const LOOK_BACK: u32 = 13;

/// Months in which papers of a seller came, before the one in question: bit 0 is the month before it, bit 1 the one before that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Months(pub u32);

impl Months {
    /// True where a paper came so many months before; from 1.
    pub fn has(self, before: u32) -> bool {
        (1..=LOOK_BACK).contains(&before) && self.0 >> (before - 1) & 1 == 1
    }

    /// How many months before the last paper came.
    pub fn last(self) -> Option<u32> {
        (1..=LOOK_BACK).find(|before| self.has(*before))
    }

    /// How many months before the first one came.
    fn first(self) -> Option<u32> {
        (1..=LOOK_BACK).rev().find(|before| self.has(*before))
    }

    fn count(self) -> u32 {
        (1..=LOOK_BACK).filter(|before| self.has(*before)).count().try_into().unwrap_or(LOOK_BACK)
    }
}

/// The rhythm by which a paper is due in the month in question; none: nothing can be said.
///
/// Monthly: papers in at least three of the last six months, since the first of them at most one month without, and not both of the
/// last two without: a seller who stopped is not asked for for ever. The longer ones: the last three times (half-yearly: two) exactly
/// in the rhythm, and in no month between.
pub fn due(months: Months) -> Option<Rhythm> {
    if is_monthly(months) {
        return Some(Rhythm::Monthly);
    }
    let steps = [(2, 3, Rhythm::TwoMonthly), (3, 3, Rhythm::Quarterly), (6, 2, Rhythm::HalfYearly)];
    steps.into_iter().find(|(step, times, _)| beats(months, *step, *times)).map(|(_, _, rhythm)| rhythm)
}

fn is_monthly(months: Months) -> bool {
    let recent = Months(months.0 & 0b11_1111);
    let Some(first) = recent.first() else { return false };
    let holes = first - recent.count();
    recent.count() >= 3 && holes <= 1 && (recent.has(1) || recent.has(2))
}

/// Every `step` months for the last `times`, and never between.
fn beats(months: Months, step: u32, times: u32) -> bool {
    (1..=step * times).all(|before| months.has(before) == before.is_multiple_of(step))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Months as a line: the last before the one in question stands last, x is a paper.
    fn months(line: &str) -> Months {
        Months(line.chars().rev().zip(0u32..).filter(|(c, _)| *c == 'x').fold(0, |bits, (_, at)| bits | 1 << at))
    }

    #[test]
    fn cases() {
        use Rhythm::{HalfYearly, Monthly, Quarterly, TwoMonthly};
        for (line, want, why) in [
            ("xxxxxxxxxxxxx", Some(Monthly), "the phone bill"),
            (".........xxx", Some(Monthly), "three months are enough"),
            ("..........xx", None, "two are not"),
            (".......xx.xx", Some(Monthly), "one month without is forgiven"),
            ("......x.x.xx", None, "two are not"),
            ("......xxxxx.", Some(Monthly), "last month lacks too: it is asked for again"),
            ("......xxxx..", None, "two months without: it has ended"),
            ("x.x.x.x.x.x.", Some(TwoMonthly), "water, this month is its turn"),
            (".x.x.x.x.x.x", None, "water, but last month was its turn"),
            ("..x..x..x..", Some(Quarterly), "the insurance, its turn"),
            (".x..x..x..x", None, "the insurance, last month"),
            ("x..x..x..x.", None, "the insurance, next month"),
            ("x.....x.....", Some(HalfYearly), "seen twice"),
            ("......x.....", None, "seen once"),
            ("..x..x...x..", None, "no rhythm"),
            ("............", None, "never"),
            ("x...........", None, "long ago"),
            ("x.x.xxx.....", None, "came often, then ended"),
            ("xxxxxx......", None, "ended"),
        ] {
            assert_eq!(due(months(line)), want, "{line}: {why}");
        }
    }

    proptest! {
        /// What is due came often enough, and not so long ago that it can be said to have ended.
        #[test]
        fn nothing_is_due_without_a_reason(bits in 0u32..1 << LOOK_BACK) {
            let months = Months(bits);
            match due(months) {
                None => {}
                Some(Rhythm::Monthly) => prop_assert!(months.count() >= 3 && months.last().unwrap() <= 2),
                Some(Rhythm::TwoMonthly) => prop_assert_eq!(months.last(), Some(2)),
                Some(Rhythm::Quarterly) => prop_assert_eq!(months.last(), Some(3)),
                Some(Rhythm::HalfYearly) => prop_assert_eq!(months.last(), Some(6)),
            }
        }

        /// A paper each month is monthly however long it has been so, and a hole can only take that away.
        #[test]
        fn holes_never_make_a_rhythm(since in 3u32..=LOOK_BACK, hole in 1u32..=LOOK_BACK) {
            let whole = Months((1 << since) - 1);
            prop_assert_eq!(due(whole), Some(Rhythm::Monthly));
            let holed = Months(whole.0 & !(1 << (hole - 1)));
            prop_assert!(matches!(due(holed), None | Some(Rhythm::Monthly)));
        }

        /// What lies further back than is looked at changes nothing.
        #[test]
        fn the_distant_past_does_not_matter(bits in 0u32..1 << LOOK_BACK, old in any::<u32>()) {
            prop_assert_eq!(due(Months(bits | old << LOOK_BACK)), due(Months(bits)));
        }
    }
}
