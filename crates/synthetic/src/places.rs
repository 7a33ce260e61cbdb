//! Towns and streets.

use crate::names::Culture;

/// A town.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) town: &'static str,
    /// Province or state, two letters.
    pub(crate) region: &'static str,
    pub(crate) postal_code: &'static str,
    /// ISO 3166 code of the country.
    pub(crate) country: &'static str,
    /// The land registry's code, part of a codice fiscale; empty outside Italy.
    pub(crate) cadastral: &'static str,
}

impl Place {
    pub(crate) const fn of(culture: Culture) -> &'static [Self] {
        match culture {
            Culture::Italian => &ITALY,
            Culture::American => &NEW_ENGLAND,
        }
    }
}

/// Streets to live in.
pub(crate) const fn streets(culture: Culture) -> &'static [&'static str] {
    match culture {
        Culture::Italian => &[
            "Via Garibaldi",
            "Via Mazzini",
            "Via dei Tigli",
            "Via San Rocco",
            "Corso Cavour",
            "Viale Europa",
            "Via della Resistenza",
            "Piazza del Popolo",
            "Via Dante",
            "Vicolo del Pozzo",
            "Via Leopardi",
            "Largo Marconi",
        ],
        Culture::American => &[
            "Maple Street",
            "Chestnut Lane",
            "Franklin Avenue",
            "Mill Road",
            "Orchard Drive",
            "Spruce Street",
            "Lakeview Terrace",
            "Quarry Road",
            "Meadow Lane",
            "Congress Street",
            "Old Post Road",
            "Elm Court",
        ],
    }
}

const fn italy(
    town: &'static str,
    region: &'static str,
    postal_code: &'static str,
    cadastral: &'static str,
) -> Place {
    Place { town, region, postal_code, country: "IT", cadastral }
}

const fn america(town: &'static str, region: &'static str, postal_code: &'static str) -> Place {
    Place { town, region, postal_code, country: "US", cadastral: "" }
}

const ITALY: [Place; 12] = [
    italy("Bergamo", "BG", "24121", "A794"),
    italy("Milano", "MI", "20121", "F205"),
    italy("Brescia", "BS", "25121", "B157"),
    italy("Torino", "TO", "10121", "L219"),
    italy("Verona", "VR", "37121", "L781"),
    italy("Bologna", "BO", "40121", "A944"),
    italy("Firenze", "FI", "50121", "D612"),
    italy("Genova", "GE", "16121", "D969"),
    italy("Roma", "RM", "00184", "H501"),
    italy("Napoli", "NA", "80133", "F839"),
    italy("Palermo", "PA", "90133", "G273"),
    italy("Venezia", "VE", "30121", "L736"),
];

const NEW_ENGLAND: [Place; 10] = [
    america("Portland", "ME", "04101"),
    america("Bangor", "ME", "04401"),
    america("Augusta", "ME", "04330"),
    america("Concord", "NH", "03301"),
    america("Keene", "NH", "03431"),
    america("Burlington", "VT", "05401"),
    america("Montpelier", "VT", "05602"),
    america("Salem", "MA", "01970"),
    america("Worcester", "MA", "01608"),
    america("Providence", "RI", "02903"),
];
