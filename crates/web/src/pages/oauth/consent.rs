//! The page on which somebody lets an application in: who asks, for what, in which role, for which patient.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use tacenda_contracts::accounts::{launch::LaunchError, oauth::Question};
use tacenda_kernel::Role;

use crate::{
    edge::{answer::show_with, member::Member},
    refusal::Refusal,
    view::{
        errors::Errors,
        page::{Area, Page},
        role::role_name,
        scope::meaning,
    },
    web::Web,
};

#[derive(Template)]
#[template(path = "oauth/consent.html")]
struct Consent {
    page: Page,
    query: String,
    title: String,
    intro: String,
    scopes: Vec<String>,
    unproven: bool,
    goes_to: String,
    roles: Vec<(&'static str, &'static str, bool)>,
    patients: Option<Patients>,
    errors: Errors,
}

/// Whom the application can be started for.
struct Patients {
    /// The person's own record: there is nothing to choose.
    own: Option<String>,
    found: Vec<(String, String)>,
    name: String,
    text: Option<&'static str>,
    /// Whether one can search by name.
    searchable: bool,
}

/// What the person chose so far.
#[derive(Default)]
pub(crate) struct Choice {
    /// In which role.
    pub(crate) role: Option<Role>,
    /// Which name they look for.
    pub(crate) name: String,
    /// Whether they answered without choosing what is needed.
    pub(crate) missing: bool,
}

/// The page.
pub(crate) async fn consent(
    web: &Web,
    member: &Member,
    query: String,
    question: &Question,
    choice: Choice,
) -> Result<Response, Refusal> {
    let role = choice.role.filter(|role| question.roles.contains(role));
    let role = role.or(if question.roles.len() == 1 { question.roles.first().copied() } else { None });
    let patients = match (question.needs_patient, role) {
        (true, Some(role)) => Some(patients(web, member, role, choice.name).await?),
        _ => None,
    };
    let template = page(member, query, question, (role, patients), choice.missing);
    let status = if choice.missing { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(show_with(status, &template))
}

fn page(
    member: &Member,
    query: String,
    question: &Question,
    (role, patients): (Option<Role>, Option<Patients>),
    missing: bool,
) -> Consent {
    let page = member.page(Area::None);
    let w = &page.w.consent;
    let choice =
        |offered: &Role| (offered.as_str(), role_name(*offered, &page.w.frame), Some(*offered) == role);
    let mut errors = Errors::default();
    errors.add_if(missing && role.is_none(), "role", w.role_missing);
    errors.add_if(missing && role.is_some(), "patient", w.patient_missing);
    Consent {
        query,
        title: w.title.replace("{application}", &question.application),
        // EXPOSE: a person is shown their own name.
        intro: w.intro.replace("{name}", member.session.display_name.expose()),
        scopes: question.scopes.iter().map(|scope| meaning(scope, page.w)).collect(),
        unproven: !question.proves_itself,
        goes_to: match &question.host {
            Some(host) => w.goes_to.replace("{host}", host),
            None => w.goes_here.to_owned(),
        },
        roles: question.roles.iter().map(choice).collect(),
        patients,
        errors,
        page,
    }
}

async fn patients(web: &Web, member: &Member, role: Role, name: String) -> Result<Patients, Refusal> {
    let words = &member.page(Area::None).w.consent;
    let trace = member.visit.trace;
    let token = web.sign_in.token(&member.token, role, trace).await?.access_token;
    if role == Role::Patient {
        let own = web.launch.own(&token, trace).await.map_err(|_| Refusal::Unavailable)?;
        let text = own.is_none().then_some(words.no_own_record);
        return Ok(Patients { own, found: Vec::new(), name, text, searchable: false });
    }
    let searched = Some(name.as_str()).filter(|name| !name.is_empty());
    let (found, text) = match web.launch.find(&token, searched, trace).await {
        Ok(found) if found.is_empty() => (found, Some(words.no_patients)),
        Ok(found) => (found, None),
        Err(LaunchError::TooMany) => (Vec::new(), Some(words.too_many_patients)),
        Err(LaunchError::Refused) => (Vec::new(), Some(words.no_patients)),
        Err(LaunchError::Unavailable) => return Err(Refusal::Unavailable),
    };
    // EXPOSE: the ledger has an entry of each that is shown.
    let found = found.into_iter().map(|patient| (patient.id, patient.label.expose().clone())).collect();
    Ok(Patients { own: None, found, name, text, searchable: true })
}

/// The patient that a form names, if it is one whom its page offered: the person's own record, or one they found.
///
/// SECURITY: the form comes from a browser, and what it names is signed into tokens.
pub(crate) async fn chosen(
    web: &Web,
    member: &Member,
    role: Role,
    name: String,
    patient: String,
) -> Result<Option<String>, Refusal> {
    if role == Role::Patient {
        return Ok(patients(web, member, role, name).await?.own);
    }
    let trace = member.visit.trace;
    let token = web.sign_in.token(&member.token, role, trace).await?.access_token;
    let searched = Some(name.as_str()).filter(|name| !name.is_empty());
    match web.launch.offers(&token, searched, &patient, trace).await {
        Ok(offered) => Ok(Some(patient).filter(|_| offered)),
        Err(LaunchError::Unavailable) => Err(Refusal::Unavailable),
        Err(LaunchError::TooMany | LaunchError::Refused) => Ok(None),
    }
}

/// The page as a test sees it.
#[cfg(test)]
pub(crate) fn sample(page: Page) -> String {
    let w = &page.w.consent;
    let scopes = ["patient/Observation.rs", "user/*.cruds", "system/Device.u"];
    let scopes = scopes.map(|scope| {
        let scope: tacenda_kernel::ResourceScope = scope.parse().unwrap();
        tacenda_contracts::accounts::oauth::Meaning::Records {
            context: scope.context,
            kind: scope.kind,
            interactions: scope.interactions,
        }
    });
    let template = Consent {
        query: "client_id=a&scope=\"<b>".to_owned(),
        title: w.title.replace("{application}", "Growth charts <b>"),
        intro: w.intro.replace("{name}", "Elena Marchetti"),
        scopes: scopes.iter().map(|scope| meaning(scope, page.w)).collect(),
        unproven: true,
        goes_to: w.goes_to.replace("{host}", "charts.example"),
        roles: vec![
            ("clinician", page.w.frame.clinician, true),
            ("researcher", page.w.frame.researcher, false),
        ],
        patients: Some(Patients {
            own: None,
            found: vec![("1".to_owned(), "Rossi, Maria".to_owned()), ("2".to_owned(), "Bo <b>".to_owned())],
            name: "Ro".to_owned(),
            text: Some(w.no_patients),
            searchable: true,
        }),
        errors: Errors::one("patient", w.patient_missing),
        page,
    };
    template.render().unwrap()
}
