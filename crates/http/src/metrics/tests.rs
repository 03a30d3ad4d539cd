use super::*;

fn counted(traffic: &Traffic, route: &str, method: &str) -> RouteFigures {
    let mut figures = traffic.figures();
    figures.retain(|figures| figures.route == route && figures.method == method);
    assert_eq!(figures.len(), 1, "{route} {method}");
    figures.remove(0)
}

#[test]
fn requests_are_counted_by_route_method_and_status() {
    let traffic = Traffic::default();
    let (one, two) = (Tally::new(traffic.clone()), Tally::new(traffic.clone()));
    let milli = Duration::from_millis(1);
    for tally in [&one, &two, &one] {
        tally.count(Some("/users/{id}"), &Method::GET, StatusCode::OK, milli);
    }
    two.count(Some("/users/{id}"), &Method::GET, StatusCode::NOT_FOUND, 3 * milli);
    two.count(Some("/users/{id}"), &Method::DELETE, StatusCode::IM_A_TEAPOT, Duration::from_mins(1));
    let figures = counted(&traffic, "/users/{id}", "GET");
    assert_eq!(figures.statuses, [(Some(200), 3), (Some(404), 1)]);
    assert_eq!((figures.spans[1], figures.spans[3], figures.spent), (3, 1, 6 * milli));
    let figures = counted(&traffic, "/users/{id}", "DELETE");
    assert_eq!((figures.statuses, figures.spans[BOUNDS.len()]), (vec![(None, 1)], 1));
}

/// What strangers make up adds nothing to the tables.
#[test]
fn paths_and_methods_nobody_serves_are_one_each() {
    let traffic = Traffic::default();
    let tally = Tally::new(traffic.clone());
    for number in 0..100 {
        let method = Method::from_bytes(format!("M{number}").as_bytes()).unwrap();
        tally.count(None, &method, StatusCode::NOT_FOUND, Duration::ZERO);
    }
    assert_eq!(counted(&traffic, NO_ROUTE, "other").statuses, [(Some(404), 100)]);
    assert_eq!(traffic.figures().len(), 1);
}

#[test]
fn a_request_is_under_way_until_it_is_dropped() {
    let traffic = Traffic::default();
    let (first, second) = (traffic.enter(), traffic.enter());
    assert_eq!(traffic.under_way(), 2);
    drop(first);
    assert_eq!(traffic.under_way(), 1);
    drop(second);
    assert_eq!(traffic.under_way(), 0);
}

#[test]
fn the_tables_are_in_order() {
    assert!(STATUSES.is_sorted() && BOUNDS.is_sorted());
}
