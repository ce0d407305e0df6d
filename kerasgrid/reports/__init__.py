"""How the results are shown: files to keep and tables for the terminal."""
