# Unit tests of notifier.
