# Documents for users.
EXTRA_DIST += %D%/first-steps.md %D%/hardening.md %D%/log.md %D%/migrating.md %D%/telegram.md %D%/thresholds.md %D%/troubleshooting.md
