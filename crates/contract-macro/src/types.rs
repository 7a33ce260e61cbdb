//! How an argument crosses: what is owned for it, how it becomes that, and how the service is lent it.

use proc_macro2::TokenStream as Tokens;
use quote::{ToTokens, quote};
use syn::{GenericArgument, Ident, PathArguments, Type, TypePath};

/// Types that are serialised by `tacenda_kernel::kept` only.
const KEPT: [&str; 6] = ["Secret", "Phi", "SessionToken", "BearerToken", "LinkToken", "Location"];

/// An argument on its way.
pub(crate) struct Crossing {
    pub(crate) owned: Tokens,
    pub(crate) to_owned: Tokens,
    pub(crate) lent: Tokens,
}

impl Crossing {
    pub(crate) fn of(name: &Ident, ty: &Type) -> Self {
        match ty {
            Type::Reference(reference) => Self::of_borrowed(name, &reference.elem),
            Type::Path(path) => match borrowed_option(path) {
                Some(inner) => Self::of_borrowed_option(name, inner),
                None => Self { owned: quote!(#ty), to_owned: quote!(#name), lent: quote!(#name) },
            },
            _ => Self { owned: quote!(#ty), to_owned: quote!(#name), lent: quote!(#name) },
        }
    }

    fn of_borrowed(name: &Ident, inner: &Type) -> Self {
        let lent = quote!(&#name);
        match inner {
            Type::Slice(slice) => {
                let element = &slice.elem;
                Self { owned: quote!(Vec<#element>), to_owned: quote!(#name.to_vec()), lent }
            }
            inner if is_str(inner) => {
                Self { owned: quote!(String), to_owned: quote!(#name.to_owned()), lent }
            }
            inner => Self { owned: quote!(#inner), to_owned: quote!(#name.clone()), lent },
        }
    }

    fn of_borrowed_option(name: &Ident, inner: &Type) -> Self {
        if is_str(inner) {
            let to_owned = quote!(#name.map(str::to_owned));
            return Self { owned: quote!(Option<String>), to_owned, lent: quote!(#name.as_deref()) };
        }
        Self { owned: quote!(Option<#inner>), to_owned: quote!(#name.cloned()), lent: quote!(#name.as_ref()) }
    }
}

/// How a field of this type is serialised, where serde does not know by itself.
pub(crate) fn with(ty: &Tokens) -> Tokens {
    let is_kept = ty.clone().into_iter().any(is_kept);
    if is_kept { quote!(#[serde(with = "tacenda_kernel::kept")]) } else { Tokens::new() }
}

fn is_kept(token: proc_macro2::TokenTree) -> bool {
    match token {
        proc_macro2::TokenTree::Ident(ident) => KEPT.iter().any(|kept| ident == kept),
        proc_macro2::TokenTree::Group(group) => group.stream().into_iter().any(is_kept),
        _ => false,
    }
}

fn is_str(ty: &Type) -> bool {
    ty.to_token_stream().to_string() == "str"
}

/// The `T` of `Option<&T>`.
fn borrowed_option(path: &TypePath) -> Option<&Type> {
    let last = path.path.segments.last().filter(|last| last.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(Type::Reference(reference))) => Some(&reference.elem),
        _ => None,
    }
}
