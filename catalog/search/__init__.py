"""Finding listings by words, pinyin and places behind one SearchBackend."""
