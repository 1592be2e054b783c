//! Which of the rows that are made already shows which item: making a row costs a browser many times what filling it again
//! does, so that those that leave the page are filled with what comes into it.

/// For each wanted item, in order, the place of the row that shows it. A row keeps its item as long as that is wanted; others
/// take, from the first on, what no row has. Places from the end of `rows` on are rows that have to be made, and come in order.
pub fn deal<T: PartialEq>(rows: &[T], wanted: &[T]) -> Vec<usize> {
    // A page has some fifty rows: to compare each with each is quicker than to sort them, and smaller.
    let mut free = (0..).filter(|place| rows.get(*place).is_none_or(|row| !wanted.contains(row)));
    let place = |item| rows.iter().position(|row| row == item).or_else(|| free.next());
    wanted.iter().filter_map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::btree_set;
    use proptest::prelude::*;

    fn shuffled(most: usize) -> impl Strategy<Value = Vec<u8>> {
        btree_set(0_u8..40, 0..most).prop_map(Vec::from_iter).prop_shuffle()
    }

    proptest! {
        #[test]
        fn each_item_has_a_row_and_keeps_it(rows in shuffled(30), wanted in shuffled(30)) {
            let dealt = deal(&rows, &wanted);
            prop_assert_eq!(dealt.len(), wanted.len());
            let each: std::collections::BTreeSet<_> = dealt.iter().collect();
            prop_assert_eq!(each.len(), dealt.len(), "a row shows one item");
            prop_assert!(dealt.iter().all(|place| *place < rows.len().max(wanted.len())), "no more rows than needed");
            for (item, place) in wanted.iter().zip(&dealt) {
                if let Some(before) = rows.iter().position(|row| row == item) {
                    prop_assert_eq!(*place, before);
                }
            }
        }
    }

    #[test]
    fn rows_that_leave_at_the_top_come_in_at_the_bottom() {
        assert_eq!(deal(&[1, 2, 3, 4], &[3, 4, 5, 6]), [2, 3, 0, 1]);
        assert_eq!(deal(&[], &[1, 2]), [0, 1]);
        assert_eq!(deal(&[1, 2, 3], &[3]), [2]);
        assert!(deal(&[1], &[]).is_empty());
    }
}
