#![doc = include_str!("../README.md")]

mod method;
mod types;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::{format_ident, quote};
use syn::{Ident, ItemTrait, TraitItem, Visibility, parse_macro_input};

use method::{Callers, Method};

/// Makes request structs, door and client of a contract: `#[contract(Records, Vault)]` names the callers of methods that
/// do not name their own with `#[callers(…)]`.
///
/// A method is `async`, takes `&self` and arguments that can be owned, and answers with `Result<T, E>` where
/// `E: From<wire::CallFault>`. `#[callers(Vault, only = expression)]` says as well which peer it must be exactly.
#[proc_macro_attribute]
pub fn contract(callers: TokenStream, item: TokenStream) -> TokenStream {
    let default = parse_macro_input!(callers as Callers);
    let item = parse_macro_input!(item as ItemTrait);
    expand(&default, item).unwrap_or_else(syn::Error::into_compile_error).into()
}

fn expand(default: &Callers, mut item: ItemTrait) -> syn::Result<Tokens> {
    let name = item.ident.clone();
    let mut methods = Vec::new();
    for inner in &mut item.items {
        let TraitItem::Fn(function) = inner else {
            return Err(syn::Error::new_spanned(inner, "a contract has methods only"));
        };
        methods.push(Method::read(&name, default, function)?);
    }
    let (vis, contract) = (&item.vis, name.to_string());
    let requests = methods.iter().map(Method::messages);
    let client = client(vis, &name, &methods);
    let door = door(vis, &name, &contract, &methods);
    Ok(quote! { #item #(#requests)* #client #door })
}

fn client(vis: &Visibility, name: &Ident, methods: &[Method]) -> Tokens {
    let client = format_ident!("{name}Client");
    let doc = format!("A [`{name}`] at the other end of a line.");
    let asked = methods.iter().map(Method::asked);
    quote! {
        #[doc = #doc]
        #vis struct #client(pub std::sync::Arc<dyn crate::wire::Line>);

        #[async_trait::async_trait]
        impl #name for #client { #(#asked)* }
    }
}

fn door(vis: &Visibility, name: &Ident, contract: &str, methods: &[Method]) -> Tokens {
    let door = format_ident!("{name}Door");
    let client = format_ident!("{name}Client");
    let doc = format!("A [`{name}`] as one peer may call it.");
    let guarded = methods.iter().map(Method::guarded);
    let served = methods.iter().map(Method::served);
    let rows = methods.iter().map(Method::row);
    quote! {
        #[doc = #doc]
        #vis struct #door {
            service: std::sync::Arc<dyn #name>,
            guard: crate::wire::Guard,
        }

        impl #door {
            /// Every method, and who may call it.
            pub const METHODS: &'static [crate::wire::Allowed] = &[#(#rows),*];

            /// The service as this peer may call it; each refusal is recorded by `refusals`.
            #[must_use]
            pub fn new(
                service: std::sync::Arc<dyn #name>,
                peer: crate::wire::Peer,
                refusals: std::sync::Arc<dyn crate::wire::Refusals>,
            ) -> Self {
                Self { service, guard: crate::wire::Guard::new(#contract, peer, refusals) }
            }

            /// The door as this peer holds it.
            #[must_use]
            pub fn held(
                service: std::sync::Arc<dyn #name>,
                peer: crate::wire::Peer,
                calls: &crate::wire::Calls,
            ) -> std::sync::Arc<dyn #name> {
                let door = Self::new(service, peer, std::sync::Arc::clone(&calls.refusals));
                match calls.way {
                    crate::wire::Way::Direct => std::sync::Arc::new(door),
                    crate::wire::Way::Bytes => {
                        std::sync::Arc::new(#client(std::sync::Arc::new(crate::wire::Loopback(door))))
                    }
                }
            }
        }

        #[async_trait::async_trait]
        impl #name for #door { #(#guarded)* }

        #[async_trait::async_trait]
        impl crate::wire::Served for #door {
            async fn answer(&self, method: &str, request: &[u8]) -> Result<Vec<u8>, crate::wire::CallFault> {
                match method {
                    #(#served)*
                    _ => Err(crate::wire::CallFault::NoSuchMethod),
                }
            }
        }
    }
}
