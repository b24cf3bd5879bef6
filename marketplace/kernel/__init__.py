"""Technical mechanisms every room uses; knows no word of the domain and imports no other room."""
