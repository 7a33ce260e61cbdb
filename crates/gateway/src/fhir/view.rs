//! How much of a resource is asked for, in a read as in a search: `_summary`, `_elements`, `_format`, `_pretty`
//! (FHIR R4 §3.1.0.1 and §3.1.1.5).

use tacenda_fhir::{
    Excerpt, Issue, IssueCode, RESULT_PARAMETERS, ResourceType, format_parameter, parameters,
};

use crate::edge::problem::Problem;

const SUMMARIES: [&str; 5] = ["true", "text", "data", "count", "false"];

/// What was asked for of each resource.
#[derive(Default)]
pub(crate) struct View {
    summary: Option<&'static str>,
    elements: Option<String>,
}

impl View {
    /// The query of a read.
    pub(crate) fn of_read(query: &str) -> Result<Self, Problem> {
        let mut view = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if !view.take(&name, &value)? {
                let reason = "a read has no parameters but _summary, _elements, _format and _pretty";
                return Err(Problem::invalid(vec![Issue::new(IssueCode::NotSupported, reason)]));
            }
        }
        if view.counts() {
            return Err(invalid("_summary=count is for searches: there is one resource here"));
        }
        Ok(view)
    }

    /// The query of an interaction that says nothing by parameters. A parameter that would not be looked at is refused: who
    /// sends criteria with a `POST` wants them to hold. It is named where it is one of searches; other names may be values.
    pub(crate) fn of_nothing(query: Option<&str>, kind: Option<ResourceType>) -> Result<(), Problem> {
        for (number, (name, value)) in (1..).zip(form_urlencoded::parse(query.unwrap_or_default().as_bytes()))
        {
            if matches!(name.as_ref(), "_format" | "_pretty") && Self::default().take(&name, &value)? {
                continue;
            }
            let name = name.split([':', '.']).next().unwrap_or_default();
            let of_searches = kind.into_iter().flat_map(parameters).map(|parameter| parameter.name);
            let known = RESULT_PARAMETERS.into_iter().chain(of_searches).find(|known| *known == name);
            let reason = match known {
                Some(known) => format!(
                    "{known} is a parameter of searches, and not looked at here: leave it out; criteria under which something is created are for If-None-Exist"
                ),
                None => format!("parameter {number} of the URL is not looked at here: leave it out"),
            };
            return Err(Problem::invalid(vec![Issue::new(IssueCode::NotSupported, reason)]));
        }
        Ok(())
    }

    /// Takes a parameter that is one of these; whether it is.
    pub(crate) fn take(&mut self, name: &str, value: &str) -> Result<bool, Problem> {
        match name {
            "_summary" => {
                let known = SUMMARIES.into_iter().find(|known| *known == value);
                let known = known.ok_or_else(|| invalid("_summary is true, text, data, count or false"))?;
                once("_summary", &mut self.summary, known)?;
            }
            "_elements" => once("_elements", &mut self.elements, value.to_owned())?,
            name => return format_parameter(name, value).map_err(|issue| Problem::invalid(vec![issue])),
        }
        Ok(true)
    }

    /// What is shown of each resource of a type.
    pub(crate) fn excerpt(&self, kind: ResourceType) -> Result<Excerpt, Problem> {
        if self.elements.is_some() && self.summary.is_some_and(|summary| summary != "false") {
            return Err(invalid("_elements and _summary say different things: use one of them"));
        }
        match (&self.elements, self.summary) {
            (Some(list), _) => Excerpt::elements(kind, list)
                .map_err(|error| Problem::invalid(vec![Issue::new(IssueCode::Value, error.to_string())])),
            (None, Some("true")) => Ok(Excerpt::summary(kind)),
            (None, Some("text")) => Ok(Excerpt::text(kind)),
            (None, Some("data")) => Ok(Excerpt::WithoutText),
            (None, _) => Ok(Excerpt::Whole),
        }
    }

    /// Whether only a number is asked for.
    pub(crate) fn counts(&self) -> bool {
        self.summary == Some("count")
    }

    /// Whether only texts are asked for.
    pub(crate) fn is_text(&self) -> bool {
        self.summary == Some("text")
    }

    /// What was understood, for the self link. Names of elements were compared with R4's: they are no values.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let summary = self.summary.map(|summary| ("_summary", summary));
        summary.into_iter().chain(self.elements.as_deref().map(|elements| ("_elements", elements)))
    }
}

/// Sets what may be said once.
pub(crate) fn once<T>(name: &'static str, place: &mut Option<T>, value: T) -> Result<(), Problem> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => {
            Err(Problem::invalid(vec![Issue::new(IssueCode::Value, format!("{name} may be given once"))]))
        }
    }
}

fn invalid(reason: &'static str) -> Problem {
    Problem::invalid(vec![Issue::new(IssueCode::Value, reason)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_looked_at_is_named_where_its_name_is_no_value() {
        let refused = |query| {
            let refused = View::of_nothing(Some(query), Some(ResourceType::Observation)).err();
            refused.map(|problem| format!("{:?}", problem.issues))
        };
        for accepted in ["", "_format=json", "_pretty=true&_format=application/fhir%2Bjson"] {
            assert_eq!(refused(accepted), None, "{accepted}");
        }
        for (query, said) in [
            ("identifier=Smith", "identifier is a parameter of searches"),
            ("_format=json&code:not=Smith", "code is a parameter of searches"),
            ("patient.name=Smith", "patient is a parameter of searches"),
            ("_count=Smith", "_count is a parameter of searches"),
            ("_pretty=true&Smith", "parameter 2 of the URL"),
            ("_format=Smith", "_format is json"),
        ] {
            let refused = refused(query).unwrap();
            assert!(refused.contains(said) && !refused.contains("Smith"), "{refused}");
        }
    }
}
