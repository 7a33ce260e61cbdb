//! Where something is not done: what happened, and what to do.

super::texts! { RefusedWords {
    not_found: "This page does not exist", "Questa pagina non esiste";
    not_found_do: "Check the address for typing errors, or start again from the first page. If a link brought you here, it may be out of date.", "Controlla che l’indirizzo sia scritto bene, oppure ricomincia dalla prima pagina. Se sei arrivato da un link, potrebbe non essere più valido.";
    forbidden: "This page is not for your role", "Questa pagina non è per il tuo ruolo";
    forbidden_do: "If you need it for your work, ask an administrator of your organisation to give you the role.", "Se ti serve per il tuo lavoro, chiedi a un amministratore della tua organizzazione di assegnarti il ruolo.";
    foreign_form: "This form came from somewhere else", "Questo modulo proviene da un altro sito";
    foreign_form_do: "For your safety, forms are accepted only from this site’s own pages. Nothing was changed. Open the page here and send the form again.", "Per la tua sicurezza accettiamo solo moduli inviati dalle pagine di questo sito. Nulla è stato modificato. Apri la pagina qui e invia di nuovo il modulo.";
    stale_form: "This form has expired", "Questo modulo è scaduto";
    stale_form_do: "You signed in or out since you opened it, or it was open for a long time. Nothing was changed. Go back, reload the page and send the form again.", "Hai effettuato l’accesso o sei uscito dopo averlo aperto, oppure è rimasto aperto a lungo. Nulla è stato modificato. Torna indietro, ricarica la pagina e invia di nuovo il modulo.";
    malformed: "This request cannot be understood", "Questa richiesta non è comprensibile";
    malformed_do: "Nothing was changed. Go back, reload the page and try again.", "Nulla è stato modificato. Torna indietro, ricarica la pagina e riprova.";
    too_large: "What was sent is too large", "I dati inviati sono troppo grandi";
    too_large_do: "Nothing was changed. Shorten what you typed and send the form again.", "Nulla è stato modificato. Accorcia il testo inserito e invia di nuovo il modulo.";
    not_allowed: "This address does not work that way", "Questo indirizzo non funziona così";
    not_allowed_do: "It takes forms from this site’s pages only. Start again from the first page.", "Accetta solo moduli dalle pagine di questo sito. Ricomincia dalla prima pagina.";
    slow: "Too many attempts", "Troppi tentativi";
    slow_do: "Wait {seconds} seconds, then try again. If these attempts were not yours, tell your administrator.", "Attendi {seconds} secondi, poi riprova. Se questi tentativi non sono tuoi, avvisa il tuo amministratore.";
    full: "There is no space left", "Lo spazio è esaurito";
    full_do: "A disk of the server is full, so nothing was shown or changed. Tell your administrator: trying again does not help.", "Un disco del server è pieno, quindi nulla è stato mostrato o modificato. Avvisa il tuo amministratore: riprovare non serve.";
    unavailable: "This is not available right now", "Al momento non è disponibile";
    unavailable_do: "Something we depend on does not answer, so nothing was shown or changed. Try again in a minute. If it lasts, tell your administrator.", "Un componente necessario non risponde, quindi nulla è stato mostrato o modificato. Riprova tra un minuto. Se il problema continua, avvisa il tuo amministratore.";
    provider_again: "This sign-in cannot be completed here", "Questo accesso non può essere completato qui";
    provider_again_do: "It took too long, was completed already, or was started in another browser. Open the sign-in page and start again.", "È passato troppo tempo, è già stato completato oppure è iniziato in un altro browser. Apri la pagina di accesso e ricomincia.";
    provider_declined: "You were not signed in", "L’accesso non è riuscito";
    provider_declined_do: "Your organisation’s sign-in sent you back without confirming who you are. Start again, or ask the people who run it.", "Il servizio di accesso della tua organizzazione ti ha rimandato qui senza confermare chi sei. Ricomincia o rivolgiti a chi lo gestisce.";
    provider_not_valid: "The answer of your organisation’s sign-in is not valid", "La risposta del servizio di accesso della tua organizzazione non è valida";
    provider_not_valid_do: "Nobody was signed in. Start again; if this happens once more, tell your administrator.", "Nessuno ha effettuato l’accesso. Ricomincia; se succede di nuovo, avvisa il tuo amministratore.";
    not_admitted: "You have no access here", "Non hai accesso a questo servizio";
    not_admitted_do: "Your organisation’s sign-in knows you, but gives you no role here, or your account is suspended. Ask your administrator.", "Il servizio di accesso della tua organizzazione ti conosce, ma non ti assegna alcun ruolo qui, oppure il tuo account è sospeso. Rivolgiti al tuo amministratore.";
    provider_down: "Your organisation’s sign-in does not answer", "Il servizio di accesso della tua organizzazione non risponde";
    provider_down_do: "Try again in a minute. If it lasts, tell the people who run it.", "Riprova tra un minuto. Se il problema continua, avvisa chi lo gestisce.";
    start: "Go to the first page", "Vai alla prima pagina";
} }
