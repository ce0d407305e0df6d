"""Drawing ahead: the pictures of the trials are drawn by a process of their own while the winner is refitted."""
