//! A query of the server, and its order.

use std::cmp::Reverse;

use serde_json::Value;
use tacenda_fhir::{SearchParameter, parameters};
use url::form_urlencoded;

use super::{
    data::Pool,
    evaluate::{Asked, elements},
    generate::Draw,
    moments::Moments,
};

/// What is asked, and how.
pub(super) struct Question<'a> {
    pub(super) pool: &'a Pool,
    pub(super) criteria: Vec<Asked>,
    pub(super) order: Option<Order>,
    pub(super) count: usize,
    pub(super) by_form: bool,
    pub(super) total: bool,
}

impl Question<'_> {
    /// The query string.
    pub(super) fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.pool.patient.iter().map(|id| ("patient", id)));
        for one in &self.criteria {
            let values: Vec<String> = one.values.iter().map(|value| escaped(one, value)).collect();
            query.append_pair(&one.name(), &values.join(","));
        }
        if let Some(order) = &self.order {
            let direction = if order.descending { "-" } else { "" };
            query.append_pair("_sort", &format!("{direction}{}", order.parameter.name));
        }
        if self.total {
            query.append_pair("_total", "accurate");
        }
        query.append_pair("_count", &self.count.to_string()).finish()
    }
}

fn escaped(asked: &Asked, value: &str) -> String {
    let special = if asked.parameter.fhir_type() == "string" { "\\,|$" } else { "\\,$" };
    let escaped = |letter: char| special.contains(letter).then_some('\\').into_iter().chain([letter]);
    value.chars().flat_map(escaped).collect()
}

/// By a date parameter.
pub(super) struct Order {
    parameter: SearchParameter,
    descending: bool,
}

impl Order {
    /// For two of five queries.
    pub(super) fn draw(draw: &Draw, pool: &Pool) -> Option<Self> {
        let all = parameters(pool.kind).into_iter();
        let dates: Vec<SearchParameter> = all.filter(|parameter| parameter.fhir_type() == "date").collect();
        (draw.below(5) < 2).then(|| Self { parameter: *draw.one(&dates), descending: draw.below(2) == 0 })
    }

    /// What is less comes earlier: a time counts by its beginning, and what has none comes last.
    pub(super) fn rank(&self, resource: &Value) -> (bool, i64, Reverse<i64>) {
        let times = elements(resource, &self.parameter).into_iter().filter_map(Moments::of);
        let times: Vec<i64> = times.map(|moments| moments.from).collect();
        match (times.iter().min(), times.iter().max()) {
            (Some(first), _) if !self.descending => (false, *first, Reverse(0)),
            (_, Some(last)) => (false, 0, Reverse(*last)),
            _ => (true, 0, Reverse(0)),
        }
    }
}
