//! An installation by its configuration, with databases of its own.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
};

use rcgen::{CertificateParams, KeyPair};
use tacenda::databases::specs;
use tacenda_postgres::Cluster;
use tempfile::TempDir;

use crate::process::{Server, ports, tool};

/// Every name of this site's databases and roles begins so.
pub(crate) const PREFIX: &str = "site_";

pub(crate) struct Site {
    pub(crate) cluster: Cluster,
    pub(crate) folder: TempDir,
    pub(crate) ports: (u16, u16),
}

impl Site {
    /// Databases, roles with passwords in files, a certificate, a root key, a configuration: all but a server.
    pub(crate) async fn make() -> Self {
        let cluster = Cluster::start_temporary().await.unwrap();
        cluster.provision(PREFIX, &specs()).await.unwrap();
        let site = Self { cluster, folder: tempfile::tempdir().unwrap(), ports: ports() };
        site.renew_certificate("first.example");
        let passwords = fs::read_to_string(site.cluster.folder().join("passwords")).unwrap();
        for (role, password) in passwords.lines().filter_map(|line| line.split_once(' ')) {
            site.write(&format!("{role}.password"), &format!("{password}\n"));
        }
        site.write("tacenda.toml", &site.configuration());
        let (code, said) = tool(&["init", "--data", &site.data()]).await;
        assert_eq!(code, 0, "{said}");
        site
    }

    fn configuration(&self) -> String {
        let socket =
            fs::read_to_string(self.cluster.folder().join("socket-folder")).unwrap().replace('/', "%2F");
        let mut text = format!(
            "origin = \"https://localhost:{}\"\ndata = \"{}\"\nlisten = \"127.0.0.1:{}\"\n\
             http_listen = \"127.0.0.1:{}\"\ntls_certificate = \"{}\"\ntls_key = \"{}\"\n",
            self.ports.0,
            self.data(),
            self.ports.0,
            self.ports.1,
            self.path("server.pem").display(),
            self.path("server.key").display()
        );
        for spec in specs() {
            let name = format!("{PREFIX}{}", spec.name);
            text.push_str(&format!("[databases.{}]\n", spec.name));
            for (part, role) in [("owner", format!("{name}_owner")), ("runtime", name.clone())] {
                let file = self.path(&format!("{role}.password"));
                text.push_str(&format!(
                    "{part} = \"postgresql://{role}@{socket}/{name}\"\n{part}_password_file = \"{}\"\n",
                    file.display()
                ));
            }
        }
        text
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn data(&self) -> String {
        self.path("data").display().to_string()
    }

    pub(crate) fn config(&self) -> String {
        self.path("tacenda.toml").display().to_string()
    }

    /// Writes a file that only its owner reads.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), Permissions::from_mode(0o600)).unwrap();
    }

    /// A certificate for this name and `localhost`, and its key.
    pub(crate) fn renew_certificate(&self, name: &str) {
        let key = KeyPair::generate().unwrap();
        let names = vec![name.to_owned(), "localhost".to_owned()];
        let certificate = CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
        self.write("server.pem", &certificate.pem());
        self.write("server.key", &key.serialize_pem());
    }

    pub(crate) async fn serve(&self) -> Server {
        Server::start(&self.path("server.log"), self.ports, &["serve", "all", "--config", &self.config()])
            .await
    }

    /// As the superuser of the database of a service.
    pub(crate) async fn admin(&self, service: &str) -> tokio_postgres::Client {
        self.cluster.admin_endpoint(&format!("{PREFIX}{service}")).connect().await.unwrap()
    }
}
