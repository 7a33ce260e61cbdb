//! Around every page, and in many of them.

super::texts! { FrameWords {
    skip: "Skip to content", "Vai al contenuto";
    tagline: "A secure home for patient records", "Una casa sicura per i dati dei pazienti";
    recorded: "Every access to a record is written down.", "Ogni accesso a una cartella viene registrato.";
    main_navigation: "Main", "Principale";
    account_navigation: "My account", "Il mio account";
    account: "My account", "Il mio account";
    people: "People", "Persone";
    applications: "Applications", "Applicazioni";
    sign_out: "Sign out", "Esci";
    signed_in_as: "Signed in as {name}", "Accesso come {name}";
    error_prefix: "Error:", "Errore:";
    problem: "There is a problem", "C’è un problema";
    cancel: "Cancel", "Annulla";
    go_on: "Continue", "Continua";
    save: "Save changes", "Salva le modifiche";
    email: "E-mail address", "Indirizzo e-mail";
    password: "Password", "Password";
    never: "Never", "Mai";
    unknown: "Unknown", "Sconosciuto";
    on_system: "{browser} on {system}", "{browser} su {system}";
    unknown_browser: "Unknown browser", "Browser sconosciuto";
    not_fitting: "Check this field: it is too long or has characters it cannot have.", "Controlla questo campo: è troppo lungo o contiene caratteri non ammessi.";
    too_many_attempts: "Too many attempts. Wait {seconds} seconds, then try again.", "Troppi tentativi. Attendi {seconds} secondi, poi riprova.";
    clinician: "Clinician", "Medico";
    technician: "Technician", "Tecnico";
    monitor: "Monitor", "Addetto al monitoraggio";
    researcher: "Researcher", "Ricercatore";
    patient: "Patient", "Paziente";
    security_officer: "Security officer", "Responsabile della sicurezza";
    administrator: "Administrator", "Amministratore";
    application: "Application", "Applicazione";
    device: "Device", "Dispositivo";
} }
