# Shorthand for bootstrap.py; arguments: make test ARGS="-k door"
.PHONY: run test setup check
run test setup:
	python3 bootstrap.py $@ $(ARGS)
check:
	.ci/run
