"""What turns the package and the pages into the site."""
