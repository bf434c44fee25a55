"""Salt, with the site's software and licence runners, behind the port `software`."""
