"""What the platform puts forward on the home page: slots with a picture and a link, and fixed hot words, each between
two days. Knows no page: where a link may lead is checked by the desk that takes it."""
