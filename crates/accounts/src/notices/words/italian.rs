//! Notices in Italian.

use super::{Frame, Words};
use crate::notices::NoticeKind;

pub(super) const FRAME: Frame = Frame {
    greeting: "Buongiorno,",
    closing: "Questo messaggio è stato inviato da {origin}. Nessuno legge le risposte.",
};

const NOT_YOU: &str =
    "Se non è stato lei, cambi subito la password e avvisi il suo amministratore:\n{account}";

pub(super) const fn words(kind: NoticeKind) -> Words {
    let (subject, fact, advice) = match kind {
        NoticeKind::Invitation => (
            "Il suo account",
            "è stato creato un account per lei. Per cominciare scelga una password. Questo link vale una sola volta, \
             per 7 giorni:",
            "Se non se lo aspettava, non faccia nulla.",
        ),
        NoticeKind::ForgottenPassword => (
            "Una nuova password",
            "qualcuno ha chiesto una nuova password per il suo account. Questo link vale una sola volta, per 30 \
             minuti:",
            "Se non è stato lei, non faccia nulla: la sua password non è cambiata.",
        ),
        NoticeKind::LeaveAddress => (
            "Confermi un altro indirizzo e-mail",
            "qualcuno è entrato nel suo account e ha chiesto di spostarlo da questo indirizzo e-mail a un altro. Lo \
             spostamento avviene quando entrambi sono confermati. Questo link vale una sola volta, per 30 minuti:",
            NOT_YOU,
        ),
        NoticeKind::JoinAddress => (
            "Confermi questo indirizzo e-mail",
            "qualcuno ha chiesto di spostare un account a questo indirizzo e-mail. Questo link vale una sola volta, \
             per 30 minuti:",
            "Se non è stato lei, non faccia nulla.",
        ),
        NoticeKind::AddressChanged => (
            "Il suo indirizzo e-mail è stato cambiato",
            "il suo account è stato spostato a un altro indirizzo e-mail il {when}. Questo è l'ultimo messaggio a \
             questo indirizzo.",
            "Se non è stato lei, avvisi subito il suo amministratore.",
        ),
        NoticeKind::NewBrowser => (
            "Un accesso da un nuovo browser",
            "il {when} qualcuno è entrato nel suo account da un browser mai usato prima.",
            NOT_YOU,
        ),
        NoticeKind::FactorAdded => (
            "È stato aggiunto un secondo fattore",
            "il {when} è stato aggiunto un secondo fattore al suo account.",
            NOT_YOU,
        ),
        NoticeKind::FactorRemoved => (
            "È stato tolto un secondo fattore",
            "il {when} è stato tolto un secondo fattore dal suo account.",
            NOT_YOU,
        ),
        NoticeKind::FactorsReset => (
            "I suoi secondi fattori sono stati tolti",
            "il {when} un amministratore ha tolto tutti i secondi fattori del suo account.",
            "Entri con la password e ne registri uno nuovo. Se non lo ha chiesto lei, avvisi subito il suo \
             amministratore:\n{account}",
        ),
        NoticeKind::RecoveryCodesMade => (
            "Nuovi codici di recupero",
            "il {when} sono stati creati nuovi codici di recupero per il suo account. I precedenti non valgono più.",
            NOT_YOU,
        ),
        NoticeKind::RecoveryCodeUsed => (
            "È stato usato un codice di recupero",
            "il {when} è stato usato un codice di recupero per entrare nel suo account. Ora non vale più.",
            NOT_YOU,
        ),
        NoticeKind::PasswordChanged => (
            "La sua password è stata cambiata",
            "il {when} è stata cambiata la password del suo account.",
            NOT_YOU,
        ),
        NoticeKind::PasswordDemanded => (
            "Scelga un'altra password",
            "un amministratore le chiede di scegliere un'altra password. Le sue sessioni sono terminate.",
            "Le sarà chiesta al prossimo accesso:\n{account}",
        ),
        NoticeKind::ApplicationLetIn => (
            "Un'applicazione ha accesso",
            "il {when} un'applicazione ha ottenuto l'accesso a suo nome: {application}.",
            "Se non è stato lei, tolga l'accesso e cambi subito la password:\n{account}",
        ),
        NoticeKind::ApplicationCutOff => (
            "L'accesso di un'applicazione è terminato",
            "il {when} è terminato l'accesso a suo nome di questa applicazione, perché un suo token è stato usato \
             due volte, come farebbe un ladro: {application}.",
            "Per continuare, dia di nuovo l'accesso all'applicazione. Se succede ancora, avvisi il suo \
             amministratore.",
        ),
        NoticeKind::Dormant => (
            "Il suo account è stato sospeso",
            "il {when} il suo account è stato sospeso, perché non è stato usato a lungo.",
            "Se le serve, si rivolga al suo amministratore.",
        ),
    };
    Words { subject, fact, advice }
}
