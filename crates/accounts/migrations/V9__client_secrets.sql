comment on column clients.sealed_secret_hash is 'sealed: SHA-256 of its secret, which is 256 random bits, under a key of the root key';
