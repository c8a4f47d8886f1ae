# The names of files and pages, as the package has them; processes and keys keep theirs.
s|/usr/sbin/watchdog$|/usr/sbin/watchdog-sidecar|
s|/etc/watchdog\.\([a-z]\)|/etc/watchdog-sidecar/watchdog.\1|g
s|man:watchdog|man:watchdog-sidecar|g
s|watchdog\.conf(5)|watchdog-sidecar.conf(5)|g
s|\<watchdog\(-separate\)\{0,1\}\.service|watchdog-sidecar\1.service|g
s|^\.Nm watchdog$|.Nm watchdog-sidecar|
s|^\.Nm watchdog\.conf$|.Nm watchdog-sidecar.conf|
s|^\.It Nm watchdog$|.It Nm watchdog-sidecar|
s|^\.Xr watchdog |.Xr watchdog-sidecar |
s|^\.Xr watchdog\.conf |.Xr watchdog-sidecar.conf |
s|\(WATCHDOG_TG_CHAT_ID=[-0-9]*\) watchdog |\1 watchdog-sidecar |
s|^# systemctl enable --now watchdog$|&-sidecar|
s|^\.Dl # watchdog -|.Dl # watchdog-sidecar -|
s|^\.Ql watchdog -|.Ql watchdog-sidecar -|
s|^\.Dt WATCHDOG 8|.Dt WATCHDOG-SIDECAR 8|
s|^\.Dt WATCHDOG\.CONF|.Dt WATCHDOG-SIDECAR.CONF|
