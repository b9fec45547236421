"""The encoder server: vectors for other machines, over HTTP. It opens no database and no library."""
