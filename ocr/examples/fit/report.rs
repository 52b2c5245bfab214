//! How often a value given with 0.9 or more is right, and how many are that sure: by set, and pooled with a bootstrap over groups.

use std::collections::BTreeMap;

use super::Given;

#[derive(Clone, Copy, Default)]
struct Count {
    all: u32,
    sure: u32,
    right: u32,
}

impl Count {
    fn add(&mut self, other: Count) {
        self.all += other.all;
        self.sure += other.sure;
        self.right += other.right;
    }

    fn precision(&self) -> f64 {
        f64::from(self.right) / f64::from(self.sure.max(1))
    }
}

/// Prints the table.
pub fn print(title: &str, given: &[Given], mut confidence: impl FnMut(&Given) -> f32) {
    let mut by_group: BTreeMap<(&str, &str), Count> = BTreeMap::new();
    for value in given {
        let sure = u32::from(confidence(value) >= 0.9);
        let one = Count { all: 1, sure, right: sure * u32::from(value.right) };
        by_group.entry((&value.set, &value.group)).or_default().add(one);
    }
    let mut by_set: BTreeMap<&str, Count> = BTreeMap::new();
    let mut pooled = Count::default();
    for ((set, _), count) in &by_group {
        by_set.entry(set).or_default().add(*count);
        pooled.add(*count);
    }
    println!("{title}: right of those given with 0.9 or more, and how many of all given these are");
    for (set, count) in &by_set {
        println!(
            "  {set:16} {:.4} of {:5}, share {:.2}",
            count.precision(),
            count.sure,
            f64::from(count.sure) / f64::from(count.all)
        );
    }
    let groups: Vec<Count> = by_group.values().copied().collect();
    let (low, high) = interval(&groups);
    let share = f64::from(pooled.sure) / f64::from(pooled.all.max(1));
    println!("  pooled           {:.4} [{low:.4}, {high:.4}] of {:5}, share {share:.2}", pooled.precision(), pooled.sure);
}

/// 95 % of 2,000 draws of the groups with replacement.
fn interval(groups: &[Count]) -> (f64, f64) {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let mut draws: Vec<f64> = (0..2000)
        .map(|_| {
            let mut sum = Count::default();
            (0..groups.len()).for_each(|_| sum.add(groups[next() % groups.len()]));
            sum.precision()
        })
        .collect();
    draws.sort_by(f64::total_cmp);
    (draws[50], draws[1949])
}
