//! What people do by mailed links.

pub(crate) mod answer_requests;
pub(crate) mod ask_new_password;
pub(crate) mod confirm_address;
pub(crate) mod make_link;
pub(crate) mod open_link;
pub(crate) mod set_password_by_link;
