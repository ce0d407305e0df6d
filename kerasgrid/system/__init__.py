"""What any program needs of its machine: files written whole, quiet imports, starting fast."""
