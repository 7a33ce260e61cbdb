//! Scopes: what an application may ask for, and what they mean.

use std::{fmt, str::FromStr};

use tacenda_contracts::accounts::oauth::Meaning;
use tacenda_kernel::{Narrowing, ResourceScope, Role, ScopeContext, UnknownScope};

/// More than an application that asks for each type by itself.
const MOST: usize = 200;
const LONGEST: usize = 6 * 1024;

const ROLE: &str = "role:";

/// One scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    OpenId,
    Profile,
    FhirUser,
    LaunchPatient,
    OnlineAccess,
    OfflineAccess,
    /// Everything the account may do in this role.
    Role(Role),
    Resource(ResourceScope),
}

/// The scopes that are words of their own, as discovery lists them.
pub(crate) const WORDS: [(&str, Scope); 6] = [
    ("openid", Scope::OpenId),
    ("profile", Scope::Profile),
    ("fhirUser", Scope::FhirUser),
    ("launch/patient", Scope::LaunchPatient),
    ("online_access", Scope::OnlineAccess),
    ("offline_access", Scope::OfflineAccess),
];

impl FromStr for Scope {
    type Err = UnknownScope;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some((_, scope)) = WORDS.into_iter().find(|(word, _)| *word == text) {
            return Ok(scope);
        }
        match text.strip_prefix(ROLE) {
            Some(role) => role.parse().map(Self::Role).map_err(|_| UnknownScope),
            None => text.parse().map(Self::Resource),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(role) => write!(f, "{ROLE}{role}"),
            Self::Resource(scope) => scope.fmt(f),
            word => {
                let known = WORDS.iter().find(|(_, scope)| scope == word);
                f.write_str(known.map_or("", |(word, _)| word))
            }
        }
    }
}

/// Scopes, each once, in the order asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scopes(Vec<Scope>);

impl Scopes {
    /// Reads a space-separated list. One scope that is not known refuses them all: a scope that was asked for and
    /// silently dropped is an application that fails later.
    pub(crate) fn parse(text: &str) -> Result<Self, UnknownScope> {
        if text.len() > LONGEST {
            return Err(UnknownScope);
        }
        Self::of(text.split(' ').filter(|word| !word.is_empty()))
    }

    pub(crate) fn of<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, UnknownScope> {
        let mut scopes = Self::default();
        for word in words {
            let scope: Scope = word.parse()?;
            if !scopes.has(&scope) {
                scopes.0.push(scope);
            }
        }
        let roles = scopes.0.iter().filter(|scope| matches!(scope, Scope::Role(_))).count();
        if roles > 1 || scopes.0.len() > MOST { Err(UnknownScope) } else { Ok(scopes) }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn has(&self, scope: &Scope) -> bool {
        self.0.contains(scope)
    }

    /// Whether each is allowed by one of the others, and all together by all of them.
    ///
    /// SECURITY: a role named alone is that role as a whole, so it is more than the same role with scopes for resources.
    pub(crate) fn within(&self, others: &Self) -> bool {
        if self.narrowing(None).is_none() && others.narrowing(None).is_some() {
            return false;
        }
        let allowed = |scope: &Scope| match scope {
            Scope::Resource(scope) => others.resources().any(|other| scope.within(other)),
            scope => others.has(scope),
        };
        self.0.iter().all(allowed)
    }

    /// The role that is named, if one is.
    pub(crate) fn role(&self) -> Option<Role> {
        self.0.iter().find_map(|scope| match scope {
            Scope::Role(role) => Some(*role),
            _ => None,
        })
    }

    pub(crate) fn resources(&self) -> impl Iterator<Item = &ResourceScope> {
        self.0.iter().filter_map(|scope| match scope {
            Scope::Resource(scope) => Some(scope),
            _ => None,
        })
    }

    /// Whether it must be said which patient the application is started for.
    pub(crate) fn need_patient(&self) -> bool {
        self.has(&Scope::LaunchPatient)
            || self.resources().any(|scope| scope.context == ScopeContext::Patient)
    }

    /// Whether refresh tokens are asked for.
    pub(crate) fn lasting(&self) -> bool {
        self.has(&Scope::OnlineAccess) || self.has(&Scope::OfflineAccess)
    }

    /// To what they narrow an access token.
    ///
    /// SECURITY: only a role named without any scope for resources gives that role as a whole. `openid` alone opens
    /// nothing.
    pub(crate) fn narrowing(&self, patient: Option<[u8; 16]>) -> Option<Narrowing> {
        let scopes: Vec<ResourceScope> = self.resources().cloned().collect();
        let whole = scopes.is_empty() && self.role().is_some();
        (!whole).then_some(Narrowing { scopes, patient })
    }

    /// Those that a client may have for itself.
    pub(crate) fn for_itself(&self) -> Self {
        let own = |scope: &&Scope| match scope {
            Scope::Resource(scope) => scope.context == ScopeContext::System,
            Scope::Role(_) => true,
            _ => false,
        };
        Self(self.0.iter().filter(own).cloned().collect())
    }

    /// Those of what is told of the person.
    pub(crate) fn identity(&self) -> Vec<String> {
        let told = |scope: &&Scope| matches!(scope, Scope::OpenId | Scope::Profile | Scope::FhirUser);
        self.0.iter().filter(told).map(ToString::to_string).collect()
    }

    pub(crate) fn words(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    pub(crate) fn meanings(&self) -> Vec<Meaning> {
        self.0.iter().map(meaning).collect()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().join(" "))
    }
}

fn meaning(scope: &Scope) -> Meaning {
    match scope {
        Scope::OpenId => Meaning::Identity,
        Scope::Profile => Meaning::Name,
        Scope::FhirUser => Meaning::OwnResource,
        Scope::LaunchPatient => Meaning::Patient,
        Scope::OnlineAccess => Meaning::WhileSignedIn,
        Scope::OfflineAccess => Meaning::WhileAway,
        Scope::Role(role) => Meaning::Everything(*role),
        Scope::Resource(ResourceScope { context, kind, interactions }) => {
            Meaning::Records { context: *context, kind: kind.clone(), interactions: *interactions }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(text: &str) -> Scopes {
        Scopes::parse(text).unwrap()
    }

    #[test]
    fn scopes_are_read_once_each_and_written_as_they_are_understood() {
        let read =
            scopes("openid  fhirUser openid launch/patient patient/*.read role:patient offline_access");
        assert_eq!(
            read.to_string(),
            "openid fhirUser launch/patient patient/*.rs role:patient offline_access"
        );
        assert!(read.need_patient() && read.lasting());
        assert_eq!(read.role(), Some(Role::Patient));
    }

    #[test]
    fn one_unknown_scope_or_two_roles_refuse_them_all() {
        for text in ["openid email", "launch", "role:king", "role:monitor role:patient", "patient/X.rs?a=b"] {
            assert_eq!(Scopes::parse(text), Err(UnknownScope), "{text}");
        }
        let many: Vec<String> = (0..=MOST).map(|number| format!("user/A{}.r", "b".repeat(number))).collect();
        assert_eq!(Scopes::of(many.iter().map(String::as_str)), Err(UnknownScope));
        assert_eq!(Scopes::parse(&"x".repeat(LONGEST + 1)), Err(UnknownScope));
    }

    #[test]
    fn what_is_allowed_allows_less_too() {
        let allowed = scopes("openid patient/*.rs user/Condition.r role:clinician");
        for text in [
            "openid",
            "patient/Observation.r patient/*.s",
            "role:clinician user/Condition.r",
            "user/Condition.r",
        ] {
            assert!(scopes(text).within(&allowed), "{text}");
        }
        for text in
            ["profile", "patient/Observation.c", "user/Observation.r", "role:monitor", "openid user/*.r"]
        {
            assert!(!scopes(text).within(&allowed), "{text}");
        }
    }

    #[test]
    fn a_role_alone_is_more_than_the_role_with_scopes() {
        let narrowed = scopes("openid role:clinician user/Observation.rs");
        for text in ["role:clinician", "openid role:clinician"] {
            assert!(!scopes(text).within(&narrowed), "{text}");
            assert!(scopes(text).within(&scopes("openid role:clinician")), "{text}");
        }
        assert!(narrowed.within(&narrowed));
    }

    #[test]
    fn only_a_role_alone_is_the_role_as_a_whole() {
        assert_eq!(scopes("openid role:clinician").narrowing(None), None);
        for text in ["openid", "", "profile offline_access"] {
            assert!(scopes(text).narrowing(None).unwrap().scopes.is_empty(), "{text}");
        }
        let narrowed = scopes("role:clinician user/Patient.r").narrowing(Some([1; 16])).unwrap();
        assert_eq!((narrowed.scopes.len(), narrowed.patient), (1, Some([1; 16])));
    }
}
