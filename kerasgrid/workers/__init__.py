"""Who trains where: worker processes and how work is handed out to them."""
