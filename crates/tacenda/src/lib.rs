#![doc = include_str!("../README.md")]

pub mod commands;
pub mod databases;
pub mod demo;
pub mod folder;
pub mod import;
pub mod keys;
pub mod mail;
pub mod providers;
pub mod reindex;
pub mod running;
pub mod settings;
pub mod system;
pub mod tls;
pub mod upkeep;
pub mod verify;
