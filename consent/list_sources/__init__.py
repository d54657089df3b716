"""Lists that come by themselves: looked for in a folder or on the client's SFTP server, and taken by the same importer."""
