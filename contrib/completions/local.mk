# Completions of watchdogctl(8), where the shells look for those of packages.
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
dist_zshcompletion_DATA = %D%/_watchdogctl
EXTRA_DIST += %D%/watchdogctl.bash

# bash wants the file to have the program's name.
install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(bashcompletiondir)'
	$(INSTALL_DATA) $(srcdir)/%D%/watchdogctl.bash '$(DESTDIR)$(bashcompletiondir)/watchdogctl'

uninstall-local:
	rm -f '$(DESTDIR)$(bashcompletiondir)/watchdogctl'
