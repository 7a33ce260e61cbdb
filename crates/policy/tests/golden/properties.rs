//! What holds of every question that can be asked.

use proptest::{prelude::*, sample::select};
use tacenda_kernel::{Action, Compartment, Purpose, Role};
use tacenda_policy::{Decision, Question};

use crate::support::{STRENGTHS, loaded, places, relations, suited};

/// Any question; half of them with a purpose and strength that suit the role, so that many are allowed.
fn question() -> impl Strategy<Value = Question> {
    let place = select(places().collect::<Vec<_>>());
    let whole = (select(&Role::ALL[..]), select(&STRENGTHS[..]), select(&Action::ALL[..]), place);
    (whole, select(&Purpose::ALL[..]), 0_u8..32, any::<bool>()).prop_map(
        |((role, (strength, _), action, compartment), purpose, mask, suits)| {
            let mut question = Question {
                role,
                strength,
                recent: true,
                action,
                compartment,
                purpose,
                relations: relations(mask),
            };
            if suits {
                (question.purpose, question.strength) = suited(role);
            }
            question
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn one_more_relation_never_takes_away(question in question(), mask in 0_u8..32, more in 0_u8..32) {
        let with = |mask| loaded().decide(&Question { relations: relations(mask), ..question }).is_allowed();
        prop_assert!(!with(mask) || with(mask | more));
    }

    #[test]
    fn what_is_decided_was_possible(question in question()) {
        let Question { role, strength, action, compartment, purpose, .. } = question;
        let allowed = loaded().decide(&question).is_allowed();
        prop_assert!(!allowed || loaded().possible(role, strength, action, compartment, purpose));
    }

    #[test]
    fn an_allowed_decision_names_its_policies(question in question()) {
        if let Decision::Allowed { policies } = loaded().decide(&question) {
            prop_assert!(!policies.is_empty() && policies.is_sorted(), "{policies:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn what_is_possible_is_so_under_some_relations(question in question()) {
        let Question { role, strength, action, compartment, purpose, .. } = question;
        let some = (0..32).any(|mask| {
            loaded().decide(&Question { relations: relations(mask), ..question }).is_allowed()
        });
        prop_assert_eq!(some, loaded().possible(role, strength, action, compartment, purpose));
    }
}

#[test]
fn questions_that_make_no_sense_are_denied() {
    for role in Role::ALL {
        for (strength, _) in STRENGTHS {
            for purpose in Purpose::ALL {
                for action in [Action::Register, Action::Erase, Action::Audit, Action::Administer] {
                    for place in Compartment::ALL {
                        assert!(!loaded().possible(role, strength, action, Some(place), purpose));
                    }
                }
                for action in [Action::Read, Action::Lookup, Action::Create, Action::Delete] {
                    assert!(!loaded().possible(role, strength, action, None, purpose));
                }
            }
        }
    }
}
