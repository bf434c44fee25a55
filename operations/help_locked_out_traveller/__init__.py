"""Help a traveller who is locked out."""
