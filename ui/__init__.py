"""The pages people open in a browser: the front end's source, its build, and the routes that serve what was built."""
