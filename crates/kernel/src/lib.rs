#![doc = include_str!("../README.md")]

mod access;
mod actor;
mod clock;
mod compartment;
pub mod crash;
pub mod kept;
mod language;
mod network;
mod pseudonym;
mod purpose;
mod random;
mod record;
mod request;
mod scope;
mod sensitive;
mod service;
mod text_id;
mod trace;

pub use access::Action;
pub use actor::{Actor, ActorId, ApiRealm, AuthStrength, Delegation, Role, UnknownRole};
pub use clock::{Clock, SystemClock};
pub use compartment::{Compartment, CompartmentSet, UnknownCompartment};
pub use language::{Language, UnknownLanguage};
pub use network::{Network, TrustedProxies};
pub use pseudonym::{Pseudonym, Realm, realms};
pub use purpose::{Purpose, UnknownPurpose};
pub use random::Random;
pub use record::{RecordId, Version};
pub use request::RequestContext;
pub use scope::{Interactions, Kinds, Narrowing, ResourceScope, ScopeContext, UnknownScope};
pub use sensitive::{Phi, Secret};
pub use service::Service;
pub use text_id::{InvalidId, PublicId};
pub use trace::{TraceId, TraceParent};
