"""What Okno depends on: compared with the list of known weaknesses, and told in bills of material."""
