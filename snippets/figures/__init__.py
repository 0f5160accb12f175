"""One function, one figure, one message: numbers of an experiment drawn with matplotlib."""
