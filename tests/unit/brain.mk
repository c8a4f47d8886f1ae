# Unit tests of brain.
