# Simulations: scenario in, decisions out.  Needs python3 and nothing else.
SIM_SCENARIOS = %D%/agents %D%/containers %D%/cover %D%/decision %D%/deps %D%/digest %D%/disks %D%/docker %D%/flapping \
	%D%/hostile %D%/jobs \
	%D%/maintenance %D%/memory %D%/network %D%/nodata %D%/orchestrator %D%/past %D%/raw %D%/sources %D%/start %D%/unseen
SIM_TESTS = %D%/scenarios.py %D%/differential.py %D%/histories.py tests/tools/demo_long.py

TESTS += $(SIM_TESTS)
EXTRA_DIST += $(SIM_TESTS) $(SIM_SCENARIOS) %D%/brain.py %D%/oracle.py %D%/README.md
# Where a test says what the terminal should show: how much was run.
AM_TESTS_FD_REDIRECT = 9>&2
