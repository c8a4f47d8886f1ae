# Units for systemd: installed if configure was told where, else put beside the documents.
SYSTEMD_UNITS = %D%/systemd/watchdog.service %D%/systemd/watchdog-separate.service
EXTRA_DIST += %D%/systemd/watchdog.service.in %D%/systemd/watchdog-separate.service.in \
	%D%/systemd/notify-reload.conf %D%/systemd/sysusers.conf %D%/systemd/tmpfiles.conf
CLEANFILES += $(SYSTEMD_UNITS)

subst_unit = $(MKDIR_P) $(@D) && sed 's|@sbindir[@]|$(sbindir)|g' $(top_srcdir)/$@.in >$@.tmp && mv $@.tmp $@

%D%/systemd/watchdog.service: $(top_srcdir)/%D%/systemd/watchdog.service.in Makefile
	$(AM_V_GEN)$(subst_unit)
%D%/systemd/watchdog-separate.service: $(top_srcdir)/%D%/systemd/watchdog-separate.service.in Makefile
	$(AM_V_GEN)$(subst_unit)

if INSTALL_UNITS
systemdsystemunit_DATA = $(SYSTEMD_UNITS)

install-data-hook: install-systemd
uninstall-hook: uninstall-systemd
else
systemdexampledir = $(docdir)/systemd
systemdexample_DATA = $(SYSTEMD_UNITS) %D%/systemd/notify-reload.conf %D%/systemd/sysusers.conf %D%/systemd/tmpfiles.conf
endif

install-systemd:
	$(MKDIR_P) $(DESTDIR)$(sysusersdir) $(DESTDIR)$(tmpfilesdir)
	$(INSTALL_DATA) $(srcdir)/%D%/systemd/sysusers.conf $(DESTDIR)$(sysusersdir)/watchdog.conf
	$(INSTALL_DATA) $(srcdir)/%D%/systemd/tmpfiles.conf $(DESTDIR)$(tmpfilesdir)/watchdog.conf
if NOTIFY_RELOAD
	for unit in watchdog watchdog-separate; do \
		$(MKDIR_P) $(DESTDIR)$(systemdsystemunitdir)/$$unit.service.d && \
		$(INSTALL_DATA) $(srcdir)/%D%/systemd/notify-reload.conf $(DESTDIR)$(systemdsystemunitdir)/$$unit.service.d/ || exit; \
	done
endif

uninstall-systemd:
	rm -f $(DESTDIR)$(sysusersdir)/watchdog.conf $(DESTDIR)$(tmpfilesdir)/watchdog.conf
	for unit in watchdog watchdog-separate; do \
		rm -f $(DESTDIR)$(systemdsystemunitdir)/$$unit.service.d/notify-reload.conf; \
		rmdir $(DESTDIR)$(systemdsystemunitdir)/$$unit.service.d 2>/dev/null || :; \
	done
EXTRA_DIST += %D%/docker/Dockerfile %D%/docker/compose.yaml %D%/docker/collect
EXTRA_DIST += .editorconfig .clang-format contrib/pre-commit
# The Debian package; ./dev deb
EXTRA_DIST += %D%/debian/README.Debian %D%/debian/changelog %D%/debian/control \
	%D%/debian/copyright %D%/debian/rename %D%/debian/rename.sed \
	%D%/debian/rules %D%/debian/source/format %D%/debian/watchdog-sidecar.docs \
	%D%/debian/watchdog-sidecar.postinst %D%/debian/watchdog-sidecar.postrm %D%/debian/watchdog-sidecar.prerm
