# The front door. Every target installs the packages of package-lock.json first, when they aren't there or are older.
.DEFAULT_GOAL := help
.PHONY: help up preview outputs shell status logs exec query down test test-live e2e check clean distclean

# tsx takes what follows for a query, and finds no program then.
ifneq ($(findstring ?,$(CURDIR)),)
$(error The path of the checkout, $(CURDIR), has a question mark in it, with which nothing runs: rename the folder)
endif

# npm writes this file last, so its age tells whether the packages are those of the lock file.
packages := node_modules/.package-lock.json
sandbox := npm exec -- tsx sandbox/cli.ts
profile = $(if $(PROFILE),--profile "$(PROFILE)")
pods = $(if $(PODS),--pods "$(PODS)")

help: ## this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: $(packages) ## deploy everything into the embedded platform (PROFILE=<name>; PODS=real: pods that run; SANDBOX=kubeconfig: your own cluster)
	@$(sandbox) up $(profile) $(pods)

preview: $(packages) ## say what "make up" would change (PROFILE=<name>)
	@$(sandbox) preview $(profile) $(pods)

outputs: $(packages) ## print the outputs of the stack (SECRETS=1: secret ones too)
	@$(sandbox) outputs $(if $(SECRETS),--show-secrets)

shell: $(packages) ## open a shell where pulumi, kubectl and the S3 API just work
	@$(sandbox) shell $(profile) $(pods)

status: $(packages) ## say which processes and pods run, and which of those are simulated
	@$(sandbox) status

logs: $(packages) ## print what a component says (C=<component>; FOLLOW=1)
	@$(sandbox) logs "$$C" $(if $(FOLLOW),--follow)

exec: $(packages) ## run a command in a component's container (C=<component> CMD=<command>)
	@$(sandbox) exec "$$C" -- $(CMD)

query: $(packages) ## ask for metrics (Q='<PromQL>')
	@$(sandbox) query "$$Q"

down: $(packages) ## destroy the stack and stop the platform
	@$(sandbox) down $(pods)

test: $(packages) ## run the unit tests and the checks of the rendered configuration
	@npm test
	@npm run test:rendered

test-live: $(packages) ## run the stack's software on a real node of its own (Linux, root; PERCH_LIVE=skip: leave it out)
	@npm run test:live

e2e: $(packages) ## deploy, change, repair and destroy the stack in a platform of its own
	@npm run e2e

check: $(packages) ## check types, style, formatting and workflow files
	@npm run check

clean: $(packages) ## stop the platform and remove its state, logs and credentials
	@$(sandbox) clean

distclean: clean ## remove the tools too, which all checkouts of this user share
	@$(sandbox) distclean

$(packages): package-lock.json
	@command -v npm >/dev/null || { echo 'Perch needs Node 20 or newer with npm: get it from https://nodejs.org/en/download' \
		'or from your distribution, such as "apt-get install npm".' >&2; exit 1; }
	@npm ci
