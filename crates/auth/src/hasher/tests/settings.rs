//! Schemes and costs at their doors.

use super::*;

#[test]
fn a_scheme_is_read_and_printed_by_its_name() {
    for (name, scheme) in [("argon2id", Scheme::Argon2id), ("pbkdf2", Scheme::Pbkdf2)] {
        assert_eq!(name.parse(), Ok(scheme));
        assert_eq!(scheme.to_string(), name);
    }
    assert_eq!("Argon2id".parse::<Scheme>(), Err(SchemeError));
}

/// S32: the default is OWASP's, and nothing weaker than one of its rows is taken.
#[test]
fn a_cost_below_the_floor_is_refused() {
    assert_eq!(Argon2Cost::new(19_456, 2, 1), Ok(Argon2Cost::default()));
    for (passes, memory) in Argon2Cost::FLOORS {
        assert!(Argon2Cost::new(memory, passes, 1).is_ok());
        assert_eq!(Argon2Cost::new(memory - 1, passes, 1), Err(CostError::TooCheap { needed: memory }));
    }
    assert_eq!(Argon2Cost::new(7167, 10, 1), Err(CostError::TooCheap { needed: 7168 }));
}

#[test]
fn a_cost_we_would_not_verify_is_refused() {
    assert!(Argon2Cost::new(1 << 20, 10, 16).is_ok());
    assert_eq!(Argon2Cost::new((1 << 20) + 1, 1, 1), Err(CostError::Memory));
    assert_eq!(Argon2Cost::new(1 << 20, 11, 1), Err(CostError::Passes));
    assert_eq!(Argon2Cost::new(1 << 20, 0, 1), Err(CostError::Passes));
    assert_eq!(Argon2Cost::new(1 << 20, 1, 17), Err(CostError::Lanes));
    assert_eq!(Argon2Cost::new(1 << 20, 1, 0), Err(CostError::Lanes));
}

/// S32: 600,000 iterations at least.
#[test]
fn pbkdf2_iterations_out_of_bounds_are_refused() {
    for pbkdf2_iterations in [0, 599_999, 10_000_001] {
        let settings =
            HasherSettings { scheme: Scheme::Pbkdf2, pbkdf2_iterations, ..HasherSettings::default() };
        assert!(matches!(Hasher::new(&settings, &Counter::default()), Err(HasherError::Iterations)));
    }
}
