//! The organisations and the people who work for them. Their family names are no patient's.

use crate::{names::Culture, places::Place};

/// An organisation; its index is also its place in [`DirectoryRefs::organization`](crate::DirectoryRefs).
pub(crate) struct House {
    pub(crate) name: &'static str,
    pub(crate) kind: (&'static str, &'static str),
    pub(crate) culture: Culture,
    pub(crate) street: &'static str,
    pub(crate) phone: &'static str,
    pub(crate) wards: &'static [&'static str],
}

impl House {
    pub(crate) const fn place(&self) -> &'static Place {
        &Place::of(self.culture)[0]
    }
}

/// Someone who works there; the index is also the place in [`DirectoryRefs::practitioner`](crate::DirectoryRefs).
pub(crate) struct Worker {
    pub(crate) given: &'static str,
    pub(crate) family: &'static str,
    pub(crate) female: bool,
    pub(crate) house: usize,
    /// SNOMED CT code and name of the specialty; none for technicians and researchers.
    pub(crate) specialty: Option<(&'static str, &'static str)>,
    pub(crate) role: (&'static str, &'static str),
}

impl Worker {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.given, self.family)
    }
}

/// The service that installs sensors, as an index into [`HOUSES`].
pub(crate) const HOME_SERVICE: usize = 2;
/// The research institute, as an index into [`HOUSES`].
pub(crate) const INSTITUTE: usize = 3;

/// The hospital of a culture, as an index into [`HOUSES`].
pub(crate) const fn hospital(culture: Culture) -> usize {
    match culture {
        Culture::Italian => 0,
        Culture::American => 1,
    }
}

pub(crate) const HOUSES: [House; 4] = [
    House {
        name: "Ospedale Santa Rosalba",
        kind: ("prov", "Healthcare Provider"),
        culture: Culture::Italian,
        street: "Via delle Terme 40",
        phone: "+39 035 0000100",
        wards: &["Ambulatorio di medicina interna", "Ambulatorio di geriatria", "Laboratorio analisi"],
    },
    House {
        name: "Harbor Street General Hospital",
        kind: ("prov", "Healthcare Provider"),
        culture: Culture::American,
        street: "1200 Harbor Street",
        phone: "+1 207 555 0100",
        wards: &["Internal medicine clinic", "Geriatric clinic", "Clinical laboratory"],
    },
    House {
        name: "Casa Vigile Home Monitoring",
        kind: ("bus", "Non-Healthcare Business or Corporation"),
        culture: Culture::Italian,
        street: "Via dell'Artigianato 7",
        phone: "+39 035 0000200",
        wards: &["Magazzino e officina"],
    },
    House {
        name: "Istituto per gli Studi sull'Invecchiamento",
        kind: ("edu", "Educational Institute"),
        culture: Culture::Italian,
        street: "Via del Collegio 3",
        phone: "+39 035 0000300",
        wards: &[],
    },
];

const DOCTOR: (&str, &str) = ("doctor", "Doctor");
const TECHNICIAN: (&str, &str) = ("ict", "ICT professional");
const RESEARCHER: (&str, &str) = ("researcher", "Researcher");
const MEDICINE: Option<(&str, &str)> = Some(("394802001", "General medicine"));
const CARDIOLOGY: Option<(&str, &str)> = Some(("394579002", "Cardiology"));
const GERIATRICS: Option<(&str, &str)> = Some(("394811001", "Geriatric medicine"));

pub(crate) const WORKERS: [Worker; 9] = [
    Worker {
        given: "Ornella",
        family: "Valsecchi",
        female: true,
        house: 0,
        specialty: MEDICINE,
        role: DOCTOR,
    },
    Worker {
        given: "Fabrizio",
        family: "Montanari",
        female: false,
        house: 0,
        specialty: CARDIOLOGY,
        role: DOCTOR,
    },
    Worker { given: "Ilaria", family: "Quadri", female: true, house: 0, specialty: GERIATRICS, role: DOCTOR },
    Worker {
        given: "Hannah",
        family: "Whitcombe",
        female: true,
        house: 1,
        specialty: MEDICINE,
        role: DOCTOR,
    },
    Worker {
        given: "Malcolm",
        family: "Ashdown",
        female: false,
        house: 1,
        specialty: CARDIOLOGY,
        role: DOCTOR,
    },
    Worker {
        given: "Priscilla",
        family: "Thornbury",
        female: true,
        house: 1,
        specialty: GERIATRICS,
        role: DOCTOR,
    },
    Worker {
        given: "Tiziano",
        family: "Brambati",
        female: false,
        house: 2,
        specialty: None,
        role: TECHNICIAN,
    },
    Worker {
        given: "Wendy",
        family: "Fairclough",
        female: true,
        house: 2,
        specialty: None,
        role: TECHNICIAN,
    },
    Worker {
        given: "Livia",
        family: "Castelnovo",
        female: true,
        house: 3,
        specialty: None,
        role: RESEARCHER,
    },
];
