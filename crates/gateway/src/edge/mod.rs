//! What every endpoint shares: who is there, what is wrong, what was sent.

pub(crate) mod arrival;
pub(crate) mod arriving;
pub(crate) mod bear;
pub(crate) mod body;
pub(crate) mod cross_origin;
pub(crate) mod gate;
pub(crate) mod headers;
pub(crate) mod host;
pub(crate) mod identify;
pub(crate) mod load;
pub(crate) mod observe;
pub(crate) mod prefer;
pub(crate) mod problem;
pub(crate) mod read_out;
pub(crate) mod state;
pub(crate) mod under_way;
pub(crate) mod url;
