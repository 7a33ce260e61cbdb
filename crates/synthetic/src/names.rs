//! Common names, Italian and American, and the two cultures they come from.

/// Which lists a patient is made from: names, places, identifiers, language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Culture {
    Italian,
    American,
}

impl Culture {
    /// The first of two texts for an American, the second for an Italian.
    pub(crate) const fn choose(self, english: &'static str, italian: &'static str) -> &'static str {
        match self {
            Self::American => english,
            Self::Italian => italian,
        }
    }

    pub(crate) const fn given_names(self, female: bool) -> &'static [&'static str] {
        match (self, female) {
            (Self::Italian, true) => &ITALIAN_WOMEN,
            (Self::Italian, false) => &ITALIAN_MEN,
            (Self::American, true) => &AMERICAN_WOMEN,
            (Self::American, false) => &AMERICAN_MEN,
        }
    }

    pub(crate) const fn family_names(self) -> &'static [&'static str] {
        match self {
            Self::Italian => &ITALIAN_FAMILIES,
            Self::American => &AMERICAN_FAMILIES,
        }
    }
}

const ITALIAN_WOMEN: [&str; 20] = [
    "Adele",
    "Agnese",
    "Beatrice",
    "Caterina",
    "Chiara",
    "Donatella",
    "Elena",
    "Federica",
    "Giovanna",
    "Graziella",
    "Irene",
    "Lucia",
    "Marisa",
    "Nicoletta",
    "Patrizia",
    "Rosanna",
    "Silvana",
    "Teresa",
    "Valentina",
    "Zoe",
];

const ITALIAN_MEN: [&str; 20] = [
    "Alfredo",
    "Aurelio",
    "Bruno",
    "Cesare",
    "Dario",
    "Emanuele",
    "Fausto",
    "Giancarlo",
    "Guido",
    "Ivano",
    "Lorenzo",
    "Marcello",
    "Nicola",
    "Ottavio",
    "Pietro",
    "Renato",
    "Silvio",
    "Tommaso",
    "Ugo",
    "Vincenzo",
];

const AMERICAN_WOMEN: [&str; 20] = [
    "Abigail", "Beverly", "Carolyn", "Deborah", "Eleanor", "Frances", "Gloria", "Harriet", "Irma", "Judith",
    "Kathleen", "Lorraine", "Marjorie", "Nancy", "Phyllis", "Rebecca", "Shirley", "Theresa", "Virginia",
    "Winifred",
];

const AMERICAN_MEN: [&str; 20] = [
    "Albert",
    "Benjamin",
    "Clarence",
    "Douglas",
    "Ernest",
    "Franklin",
    "Gerald",
    "Howard",
    "Isaac",
    "Jerome",
    "Kenneth",
    "Leonard",
    "Maurice",
    "Nathaniel",
    "Oliver",
    "Raymond",
    "Stanley",
    "Theodore",
    "Vernon",
    "Wallace",
];

const ITALIAN_FAMILIES: [&str; 28] = [
    "Agostini",
    "Barbieri",
    "Bellucci",
    "Cattaneo",
    "Colombini",
    "D'Amico",
    "De Santis",
    "Esposito",
    "Fabbri",
    "Ferrarini",
    "Galimberti",
    "Giordani",
    "Lanfranchi",
    "Locatelli",
    "Marchesi",
    "Mazzoleni",
    "Negri",
    "Orlandini",
    "Pellegrini",
    "Pesenti",
    "Ravasio",
    "Rinaldi",
    "Salvioni",
    "Tagliabue",
    "Testori",
    "Vezzoli",
    "Zambelli",
    "Zucchi",
];

const AMERICAN_FAMILIES: [&str; 28] = [
    "Abernathy",
    "Atkinson",
    "Bancroft",
    "Blackwell",
    "Carmichael",
    "Chadwick",
    "Dalrymple",
    "Donovan",
    "Eastwood",
    "Ferguson",
    "Garrison",
    "Hathaway",
    "Hollister",
    "Ingersoll",
    "Jefferies",
    "Kensington",
    "Lockhart",
    "Mcallister",
    "Merriweather",
    "Northcott",
    "Pemberton",
    "Prescott",
    "Rutherford",
    "Sheffield",
    "Templeton",
    "Underhill",
    "Vandermeer",
    "Winthrop",
];
