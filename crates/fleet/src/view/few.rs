//! As much of the yard as a page can show: a hundred thousand boxes would be no picture, and more than a browser lays out.
use super::count;
use shipyard_model::EngineHealth;
use shipyard_model::live::Look;
use shipyard_model::page::Bay;

/// Boxes of a page, of which a bay itself weighs as much as some.
const BOXES: usize = 4000;
/// What a bay weighs beside its boxes.
const BAY: usize = 20;

/// The bays that are shown, and how many are not: where there are too many, those where something is amiss come first.
pub(super) fn few(mut bays: Vec<Bay>) -> (Vec<Bay>, u32) {
    let weight = |bay: &Bay| bay.boxes.len() + BAY;
    if bays.iter().map(weight).sum::<usize>() <= BOXES {
        return (bays, 0);
    }
    bays.sort_by_cached_key(|bay| !is_amiss(bay));
    let mut left = BOXES;
    let mut shown = 0;
    for bay in &mut bays {
        if left <= BAY {
            break;
        }
        let room = left - BAY;
        bay.more = count(bay.boxes.len().saturating_sub(room));
        bay.boxes.truncate(room);
        left -= weight(bay);
        shown += 1;
    }
    let more = count(bays.len() - shown);
    bays.truncate(shown);
    (bays, more)
}

fn is_amiss(bay: &Bay) -> bool {
    let down = |health: &EngineHealth| matches!(health, EngineHealth::Down { .. });
    bay.engine.as_ref().is_some_and(|engine| down(&engine.health)) || bay.boxes.iter().any(|one| one.look == Look::Bad)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::page::YardBox;
    use shipyard_model::{ContainerState, EngineName};

    fn bay(title: usize, boxes: usize, look: Look) -> Bay {
        let one = |n: usize| YardBox {
            engine: EngineName::parse("node1").unwrap(),
            name: format!("web-{n}"),
            state: ContainerState::Running,
            look: if n == 0 { look } else { Look::Ok },
        };
        Bay {
            title: title.to_string(),
            engine: None,
            boxes: (0..boxes).map(one).collect(),
            more: 0,
        }
    }

    #[test]
    fn a_fleet_that_fits_is_whole_and_in_its_order() {
        let bays: Vec<_> = (0..30)
            .map(|title| bay(title, 100, if title == 7 { Look::Bad } else { Look::Ok }))
            .collect();
        assert_eq!(few(bays.clone()), (bays, 0));
    }

    #[test]
    fn of_one_that_does_not_what_is_amiss_comes_first() {
        let bays: Vec<_> = (0..1000)
            .map(|title| bay(title, 100, if title == 700 { Look::Bad } else { Look::Ok }))
            .collect();
        let (shown, more) = few(bays);
        assert_eq!((shown[0].title.as_str(), shown[1].title.as_str()), ("700", "0"));
        assert_eq!(shown.len() + more as usize, 1000);
        assert!(shown.iter().map(|bay| bay.boxes.len()).sum::<usize>() <= BOXES);
    }

    #[test]
    fn a_bay_that_is_too_large_says_how_many_it_does_not_show() {
        let (shown, more) = few(vec![bay(0, 10_000, Look::Ok), bay(1, 5, Look::Ok)]);
        assert_eq!((shown.len(), more), (1, 1));
        assert_eq!(shown[0].boxes.len() + shown[0].more as usize, 10_000);
    }
}
