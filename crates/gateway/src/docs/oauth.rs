//! The endpoints of OAuth 2.0 and OpenID Connect. The page that asks people, `/oauth/authorize`, is one for browsers.

use super::operation::{Access, Answer, Body, Group, Operation};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

const OF_OAUTH: Operation = Operation { group: Group::Tokens, ..Operation::NONE };
const OF_CLIENTS: Operation =
    Operation { access: Access::Client, answers: &[REFUSED, UNKNOWN_CLIENT, LATER], ..OF_OAUTH };

const fn json(status: u16, text: &'static str, schema: &'static str) -> Answer {
    Answer { status, text, content: Some((JSON, schema)), headers: &[] }
}

const fn empty(status: u16, text: &'static str, headers: &'static [&'static str]) -> Answer {
    Answer { status, text, content: None, headers }
}

const fn form(schema: &'static str) -> Option<Body> {
    Some(Body { media: &[FORM], schema, required: true, examples: |_| Vec::new() })
}

const REFUSED: Answer = json(400, "The form lacks something, or it is not granted.", "OAuthError");
const UNKNOWN_CLIENT: Answer = Answer {
    headers: &["WWW-Authenticate"],
    ..json(401, "The client is unknown or did not prove itself.", "OAuthError")
};
const LATER: Answer = json(503, "Not now.", "OAuthError");

pub(crate) const SERVER: Operation = Operation {
    id: "authorizationServer",
    summary: "The metadata of the authorization server (RFC 8414)",
    text: "`GET /.well-known/oauth-authorization-server`",
    answers: &[json(200, "The metadata.", "Discovery")],
    ..OF_OAUTH
};

pub(crate) const OPENID: Operation = Operation {
    id: "openidConfiguration",
    summary: "The same for OpenID Connect",
    text: "`GET /.well-known/openid-configuration`",
    ..SERVER
};

pub(crate) const SMART: Operation = Operation {
    id: "smartConfiguration",
    summary: "The SMART configuration (SMART App Launch 2.2)",
    text: "`GET /.well-known/smart-configuration`",
    ..SERVER
};

pub(crate) const SMART_OF_FHIR: Operation = Operation {
    id: "smartConfigurationOfFhir",
    summary: "The same below the FHIR base, where SMART applications look",
    text: "`GET /fhir/.well-known/smart-configuration`",
    ..SERVER
};

pub(crate) const JWKS: Operation = Operation {
    id: "jwks",
    summary: "The keys that tokens are verified with (RFC 7517)",
    text: "`GET /oauth/jwks`",
    answers: &[json(200, "The keys.", "Jwks")],
    ..OF_OAUTH
};

pub(crate) const TOKEN: Operation = Operation {
    id: "token",
    summary: "Get an access token",
    text: "For a code with PKCE, for a refresh token, or for the client itself. Access tokens last 5 minutes. A client \
           proves itself by HTTP Basic, by `client_secret`, or by a signed `client_assertion`; a public one does not.",
    body: form("TokenRequest"),
    answers: &[json(200, "The tokens.", "Tokens"), REFUSED, UNKNOWN_CLIENT, LATER],
    ..OF_CLIENTS
};

pub(crate) const REVOKE: Operation = Operation {
    id: "revoke",
    summary: "End what a token came of (RFC 7009)",
    body: form("OneToken"),
    answers: &[json(200, "It is over, if it was one.", "Nothing"), REFUSED, UNKNOWN_CLIENT, LATER],
    ..OF_CLIENTS
};

pub(crate) const INTROSPECT: Operation = Operation {
    id: "introspect",
    summary: "Ask what a token is (RFC 7662)",
    body: form("OneToken"),
    answers: &[json(200, "What it is, if it is in force.", "Introspection"), REFUSED, UNKNOWN_CLIENT, LATER],
    ..OF_CLIENTS
};

pub(crate) const USER_INFO: Operation = Operation {
    id: "userInfo",
    summary: "Who the token's person is (OpenID Connect Core §5.3)",
    text: "As far as the token's scopes say so: `openid` at least.",
    access: Access::Token,
    answers: &[
        json(200, "Who it is.", "UserInfo"),
        empty(401, "No valid token.", &["WWW-Authenticate"]),
        empty(403, "The token is not for this.", &["WWW-Authenticate"]),
        empty(503, "Not now.", &[]),
    ],
    ..OF_OAUTH
};

pub(crate) const USER_INFO_BY_POST: Operation =
    Operation { id: "userInfoByPost", summary: "The same by POST", ..USER_INFO };

const LEFT: &[Answer] = &[
    empty(303, "To where the browser goes on.", &["Location"]),
    Answer {
        status: 400,
        text: "No such application, or no such address of it.",
        content: Some(("text/plain", "Text")),
        headers: &[],
    },
    empty(503, "Not now.", &[]),
];

pub(crate) const LOGOUT: Operation = Operation {
    id: "logout",
    summary: "Sign out, by an application (OpenID Connect RP-Initiated Logout 1.0)",
    text: "For browsers: parameters `id_token_hint`, `client_id`, `post_logout_redirect_uri`, `state`. Without a hint that \
           is right, the person is asked.",
    answers: LEFT,
    ..OF_OAUTH
};

pub(crate) const LOGOUT_BY_FORM: Operation = Operation {
    id: "logoutByForm",
    summary: "The same by a form",
    body: Some(Body { media: &[FORM], schema: "LogoutForm", required: false, examples: |_| Vec::new() }),
    answers: LEFT,
    ..LOGOUT
};

pub(crate) const BACKCHANNEL: Operation = Operation {
    id: "backchannelLogout",
    summary: "An identity provider ends sessions (OpenID Connect Back-Channel Logout 1.0)",
    body: form("LogoutToken"),
    answers: &[
        empty(200, "They are over.", &[]),
        json(400, "The logout token is not valid.", "OAuthError"),
        LATER,
    ],
    problems: &[404],
    ..OF_OAUTH
};
