//! One patient's numbers: the only place where two realms meet.

use tacenda_contracts::keystore::Subject;
use tacenda_crypto::{MasterKey, RealmKey};
use tacenda_kernel::{Actor, ApiRealm, Compartment, Pseudonym, Random, realms};

type Root = Pseudonym<realms::Root>;

/// The key of each realm.
pub(crate) struct Numbers {
    contact: RealmKey<realms::Contact>,
    identity: RealmKey<realms::Identity>,
    clinical: RealmKey<realms::Clinical>,
    stream: RealmKey<realms::Stream>,
    field: RealmKey<realms::Field>,
    ledger: RealmKey<realms::Ledger>,
    account: RealmKey<realms::Account>,
    care: RealmKey<realms::Care>,
    house: RealmKey<realms::House>,
    data: RealmKey<realms::Data>,
}

impl Numbers {
    pub(crate) fn of(master: &MasterKey) -> Self {
        Self {
            contact: master.realm_key(),
            identity: master.realm_key(),
            clinical: master.realm_key(),
            stream: master.realm_key(),
            field: master.realm_key(),
            ledger: master.realm_key(),
            account: master.realm_key(),
            care: master.realm_key(),
            house: master.realm_key(),
            data: master.realm_key(),
        }
    }

    /// A new patient's number.
    pub(crate) fn make(random: &dyn Random) -> Root {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        Root::from_bytes(bytes)
    }

    /// Whom a caller means. Any number means someone; whether that patient exists is another question.
    pub(crate) fn root_of(&self, actor: &Actor, subject: Subject) -> Option<Root> {
        match subject {
            Subject::Nobody => None,
            Subject::Public(number) => Some(self.root_at_the_edge(actor.role.realm(), number)),
            Subject::InVault(compartment, number) => self.root_in_vault(compartment, number),
            Subject::Own => actor.patient.map(|account| self.account.root(account)),
        }
    }

    /// Whether the caller is this patient.
    pub(crate) fn is_own(&self, actor: &Actor, patient: Root) -> bool {
        self.root_of(actor, Subject::Own) == Some(patient)
    }

    /// Whether the caller's application was started for this patient: one that a patient uses always is.
    pub(crate) fn is_launched_for(&self, actor: &Actor, patient: Root) -> bool {
        let launch = actor.narrowing.as_ref().and_then(|narrowing| narrowing.patient);
        self.is_own(actor, patient)
            || launch.is_some_and(|number| self.root_at_the_edge(actor.role.realm(), number) == patient)
    }

    /// The patient's number in the ledger.
    pub(crate) fn in_ledger(&self, patient: Root) -> Pseudonym<realms::Ledger> {
        self.ledger.pseudonym(patient)
    }

    /// The patient with this number in the ledger.
    pub(crate) fn root_in_ledger(&self, number: Pseudonym<realms::Ledger>) -> Root {
        self.ledger.root(number)
    }

    /// The number that the patient's own account holds.
    pub(crate) fn in_account(&self, patient: Root) -> Pseudonym<realms::Account> {
        self.account.pseudonym(patient)
    }

    /// The patient's number for the callers of a realm.
    pub(crate) fn at_the_edge(&self, realm: ApiRealm, patient: Root) -> [u8; 16] {
        match realm {
            ApiRealm::Care => self.care.pseudonym(patient).to_bytes(),
            ApiRealm::House => self.house.pseudonym(patient).to_bytes(),
            ApiRealm::Data => self.data.pseudonym(patient).to_bytes(),
        }
    }

    /// The patient's number in a vault; none in the directory.
    pub(crate) fn in_vault(&self, compartment: Compartment, patient: Root) -> Option<[u8; 16]> {
        match compartment {
            Compartment::Contact => Some(self.contact.pseudonym(patient).to_bytes()),
            Compartment::Identity => Some(self.identity.pseudonym(patient).to_bytes()),
            Compartment::Clinical => Some(self.clinical.pseudonym(patient).to_bytes()),
            Compartment::Stream => Some(self.stream.pseudonym(patient).to_bytes()),
            Compartment::Field => Some(self.field.pseudonym(patient).to_bytes()),
            Compartment::Directory => None,
        }
    }

    fn root_at_the_edge(&self, realm: ApiRealm, number: [u8; 16]) -> Root {
        match realm {
            ApiRealm::Care => self.care.root(Pseudonym::from_bytes(number)),
            ApiRealm::House => self.house.root(Pseudonym::from_bytes(number)),
            ApiRealm::Data => self.data.root(Pseudonym::from_bytes(number)),
        }
    }

    fn root_in_vault(&self, compartment: Compartment, number: [u8; 16]) -> Option<Root> {
        match compartment {
            Compartment::Contact => Some(self.contact.root(Pseudonym::from_bytes(number))),
            Compartment::Identity => Some(self.identity.root(Pseudonym::from_bytes(number))),
            Compartment::Clinical => Some(self.clinical.root(Pseudonym::from_bytes(number))),
            Compartment::Stream => Some(self.stream.root(Pseudonym::from_bytes(number))),
            Compartment::Field => Some(self.field.root(Pseudonym::from_bytes(number))),
            Compartment::Directory => None,
        }
    }
}
