# Manual pages.
dist_man_MANS += %D%/watchdog.8 %D%/watchdogctl.8 %D%/watchdog.conf.5
