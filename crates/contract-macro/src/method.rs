//! One method of a contract, and what is made of it.

use proc_macro2::TokenStream as Tokens;
use quote::{format_ident, quote};
use syn::{
    Attribute, Expr, FnArg, GenericArgument, Ident, Pat, PathArguments, ReturnType, Signature, Token,
    TraitItemFn, Type,
    parse::{Parse, ParseStream},
};

use crate::types::{Crossing, with};

/// Who may call, and, where it matters, which of them exactly.
#[derive(Clone, Default)]
pub(crate) struct Callers {
    kinds: Vec<Ident>,
    only: Option<Expr>,
}

impl Parse for Callers {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut callers = Self::default();
        while !input.is_empty() {
            let name: Ident = input.parse()?;
            if name == "only" {
                input.parse::<Token![=]>()?;
                callers.only = Some(input.parse()?);
            } else {
                callers.kinds.push(name);
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(callers)
    }
}

struct Argument {
    name: Ident,
    crossing: Crossing,
}

/// A method, read.
pub(crate) struct Method {
    signature: Signature,
    arguments: Vec<Argument>,
    callers: Callers,
    given: Type,
    error: Type,
    request: Ident,
    answer: Ident,
}

impl Method {
    /// Reads it, and takes its `#[callers]` off.
    pub(crate) fn read(contract: &Ident, default: &Callers, function: &mut TraitItemFn) -> syn::Result<Self> {
        let callers = take_callers(&mut function.attrs)?.unwrap_or_else(|| default.clone());
        let signature = function.sig.clone();
        if signature.asyncness.is_none() {
            return Err(syn::Error::new_spanned(&signature, "a method of a contract is async"));
        }
        let (given, error) = answer_of(&signature)?;
        let arguments = signature.inputs.iter().filter_map(argument).collect::<syn::Result<_>>()?;
        let camel = camel(&signature.ident.to_string());
        let request = format_ident!("{contract}{camel}Request");
        let answer = format_ident!("{contract}{camel}Answer");
        Ok(Self { signature, arguments, callers, given, error, request, answer })
    }

    /// What crosses, both ways.
    pub(crate) fn messages(&self) -> Tokens {
        let Self { request, answer, given, error, .. } = self;
        let fields = self.arguments.iter().map(|Argument { name, crossing }| {
            let owned = &crossing.owned;
            let with = with(owned);
            quote!(#with #name: #owned)
        });
        let with = with(&quote!(#given));
        quote! {
            #[derive(serde::Serialize, serde::Deserialize)]
            struct #request { #(#fields),* }

            #[derive(serde::Serialize, serde::Deserialize)]
            enum #answer { Given(#with #given), Refused(#error) }
        }
    }

    /// The client's side.
    pub(crate) fn asked(&self) -> Tokens {
        let Self { signature, request, answer, .. } = self;
        let method = signature.ident.to_string();
        let fields = self.arguments.iter().map(|Argument { name, crossing }| {
            let to_owned = &crossing.to_owned;
            quote!(#name: #to_owned)
        });
        quote! {
            #signature {
                let request = #request { #(#fields),* };
                match crate::wire::ask(self.0.as_ref(), #method, &request).await? {
                    #answer::Given(given) => Ok(given),
                    #answer::Refused(error) => Err(error),
                }
            }
        }
    }

    /// The door's side, called directly.
    pub(crate) fn guarded(&self) -> Tokens {
        let Self { signature, .. } = self;
        let (method, name) = (signature.ident.to_string(), &signature.ident);
        let (kinds, only) = self.admitted();
        let names = self.arguments.iter().map(|argument| &argument.name);
        quote! {
            #signature {
                if !self.guard.may(&[#(#kinds),*], #only) {
                    return Err(self.guard.refuse(#method).await.into());
                }
                self.service.#name(#(#names),*).await
            }
        }
    }

    /// The door's side, called by bytes. Who may not call at all is refused before anything is read.
    pub(crate) fn served(&self) -> Tokens {
        let Self { signature, request, answer, .. } = self;
        let (method, name) = (signature.ident.to_string(), &signature.ident);
        let (kinds, only) = self.admitted();
        let names: Vec<&Ident> = self.arguments.iter().map(|argument| &argument.name).collect();
        let lent = self.arguments.iter().map(|argument| &argument.crossing.lent);
        quote! {
            #method => {
                if !self.guard.may(&[#(#kinds),*], None) {
                    return Err(self.guard.refuse(#method).await);
                }
                let #request { #(#names),* } = crate::wire::decode(request)?;
                if !self.guard.may(&[#(#kinds),*], #only) {
                    return Err(self.guard.refuse(#method).await);
                }
                crate::wire::encode(&match self.service.#name(#(#lent),*).await {
                    Ok(given) => #answer::Given(given),
                    Err(error) => #answer::Refused(error),
                })
            }
        }
    }

    /// Its row in the table of who may call what.
    pub(crate) fn row(&self) -> Tokens {
        let method = self.signature.ident.to_string();
        let (kinds, _) = self.admitted();
        let exactly = self.callers.only.is_some();
        quote!(crate::wire::Allowed { method: #method, callers: &[#(#kinds),*], exactly: #exactly })
    }

    fn admitted(&self) -> (Vec<Tokens>, Tokens) {
        let kinds = self.callers.kinds.iter().map(|kind| quote!(crate::wire::Caller::#kind)).collect();
        let only = self.callers.only.as_ref().map_or_else(|| quote!(None), |only| quote!((#only)));
        (kinds, only)
    }
}

fn take_callers(attributes: &mut Vec<Attribute>) -> syn::Result<Option<Callers>> {
    let at = attributes.iter().position(|attribute| attribute.path().is_ident("callers"));
    at.map(|at| attributes.remove(at).parse_args()).transpose()
}

fn argument(input: &FnArg) -> Option<syn::Result<Argument>> {
    let FnArg::Typed(typed) = input else { return None };
    let Pat::Ident(pattern) = typed.pat.as_ref() else {
        return Some(Err(syn::Error::new_spanned(&typed.pat, "an argument of a contract has a name")));
    };
    let name = pattern.ident.clone();
    let crossing = Crossing::of(&name, &typed.ty);
    Some(Ok(Argument { name, crossing }))
}

/// The two types of `Result<T, E>`.
fn answer_of(signature: &Signature) -> syn::Result<(Type, Type)> {
    let wrong = || syn::Error::new_spanned(signature, "a method of a contract answers with Result<T, E>");
    let ReturnType::Type(_, ty) = &signature.output else { return Err(wrong()) };
    let Type::Path(path) = ty.as_ref() else { return Err(wrong()) };
    let last = path.path.segments.last().filter(|last| last.ident == "Result").ok_or_else(wrong)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return Err(wrong()) };
    let mut types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty.clone()),
        _ => None,
    });
    types.next().zip(types.next()).ok_or_else(wrong)
}

fn camel(name: &str) -> String {
    let mut out = String::new();
    for part in name.split('_') {
        let mut letters = part.chars();
        out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
}
