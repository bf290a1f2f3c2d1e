# `make` alone lists what there is. STACK=local needs no account; any other stack uses your own Pulumi backend and asks first.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PULUMI := .tools/bin/pulumi
PYTHON := .venv/bin/python
ACTIONLINT := .tools/bin/actionlint

# What a person has set for their own Python is not for the project's, and its files are UTF-8 in every locale.
export PYTHONUTF8 := 1
unexport PYTHONHOME PYTHONPATH PYTHONOPTIMIZE PYTHONWARNINGS PYTHONSTARTUP

# What a person may set. Each is taken as it was written, never expanded by make, and reaches commands by the environment:
# in a recipe's own text it would be part of the shell's program.
GIVEN_STACK := $(filter command% environment%,$(origin STACK))
STACK ?= local
VARIABLES := STACK FROM TO BACKUP INTO ONLY OVERWRITE UNPROVEN BASE OUT APPLY REGION DATABASE LOGIN ROLE ROTATE FORMAT JSON ARGS \
	FOLDER REPORT DUMP ALLOW REHEARSED DATA_PLANE KUBERNETES CHARTS
$(foreach name,$(VARIABLES),$(if $(value $(name)),$(eval override $(name) := $$(value $(name)))))
export $(foreach name,$(filter-out STACK,$(VARIABLES)),$(if $(value $(name)),$(name)))

# The stack's name alone stands in recipes and file names, so that it may hold what Pulumi allows and nothing else.
rest := $(STACK)
$(foreach letter,a b c d e f g h i j k l m n o p q r s t u v w x y z A B C D E F G H I J K L M N O P Q R S T U V W X Y Z \
	0 1 2 3 4 5 6 7 8 9 _ . -,$(eval rest := $$(subst $(letter),,$$(rest))))
ifneq (,$(rest)$(filter -% .%,$(STACK)))
$(error STACK is '$(STACK)', which is no name of a stack: letters, digits, _, . and - are allowed, and neither . nor - first)
endif
SETTINGS := Pulumi.$(STACK).yaml
comma := ,
space := $(subst ,, )

# Stacks named local, or local-*, keep their state inside this folder, without account, login or passphrase.
# `make copy` names two stacks of its own instead, and finds each one's state by its name.
ifneq (,$(if $(filter copy,$(MAKECMDGOALS)),,$(filter local local-%,$(STACK))))
export PULUMI_HOME := $(CURDIR)/.local/pulumi
export PULUMI_BACKEND_URL := file://$(CURDIR)/.local/state
export PULUMI_CONFIG_PASSPHRASE :=
export PULUMI_SKIP_UPDATE_CHECK := true
unexport PULUMI_CONFIG_PASSPHRASE_FILE PULUMI_ACCESS_TOKEN
STACK_READY := .local/state/.pulumi/stacks/milvus-on-aws/$(STACK).json
ENGINE := $(PYTHON) -m operations.local $(STACK)
UP := --yes --skip-preview
DOWN := --yes --skip-preview
else
ENGINE := $(PULUMI)
POLICIES := --policy-pack policies
endif

# Where `plan`, `review` and `drift` write to, and a comment for people among it.
WHERE := "$${OUT:-.local/review/$(STACK)}"
PREVIEW_JSON = $(ENGINE) preview --stack $(STACK) --non-interactive --json --show-sames $(POLICIES)
SHOW_COMMENT = >$(WHERE)/comment.md || code=$$?; cat $(WHERE)/comment.md; exit $$code

# What bootstrap has done is done, unless requirements changed or what it made is gone.
TOOLCHAIN := .tools/complete
ifeq (,$(and $(wildcard $(PULUMI)),$(wildcard $(PYTHON))))
.PHONY: $(TOOLCHAIN)
endif

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  STACK=local is the default; STACK=dev and others work with every command."

# A stack has settings here; what a stack without them made can still be deleted.
.PHONY: known-stack
known-stack:
ifeq (,$(wildcard $(SETTINGS) $(STACK_READY)))
	@echo "error: there is no $(SETTINGS); stacks with settings here: $(subst $(space),$(comma) ,$(patsubst Pulumi.%.yaml,%,$(sort $(wildcard Pulumi.*.yaml))))" >&2; exit 1
endif

.PHONY: up
up: known-stack $(TOOLCHAIN) ## deploy or change a stack, and prove that its Milvus answers
ifndef STACK_READY
	@$(PYTHON) -m operations preflight --stack $(STACK)
endif
	@$(ENGINE) up --stack $(STACK) $(UP) $(POLICIES)
ifndef STACK_READY
	@echo "Proven by the probe in the cluster. From inside the VPC: make smoke STACK=$(STACK)"
endif

.PHONY: preview
preview: known-stack $(TOOLCHAIN) $(STACK_READY) ## what `make up` would change
	@$(ENGINE) preview --stack $(STACK) --diff $(POLICIES)

.PHONY: plan
plan: known-stack $(TOOLCHAIN) $(STACK_READY) ## what `make apply` would do, judged by guard and policies
	@mkdir -p $(WHERE)
	@code=0; $(PREVIEW_JSON) --save-plan $(WHERE)/plan.json >$(WHERE)/preview.json || code=$$?; \
		$(PYTHON) -m operations review --head $(WHERE)/preview.json >$(WHERE)/comment.md || code=$$?; \
		cat $(WHERE)/comment.md; test $$code = 0 || { rm -f $(WHERE)/plan.json; exit $$code; }
	@$(PYTHON) -m operations.review.plans $(WHERE)/plan.json

.PHONY: apply
apply: known-stack $(TOOLCHAIN) ## do what `make plan` showed and nothing else, without asking
ifndef STACK_READY
	@$(PYTHON) -m operations preflight --stack $(STACK)
endif
	@$(ENGINE) up --stack $(STACK) --yes --skip-preview --plan $(WHERE)/plan.json $(POLICIES)

.PHONY: review
review: known-stack $(TOOLCHAIN) ## what this branch changes of a stack against BASE; REHEARSED=1: without an account
	@$(PYTHON) -m operations.review.previews --stack $(STACK) --base "$${BASE:-origin/main}" --out $(WHERE) $(if $(REHEARSED),--rehearsed)
	@code=0; $(PYTHON) -m operations review --base $(WHERE)/base.json --head $(WHERE)/head.json \
		$(if $(REHEARSED),--rollout $(WHERE)/rollout.json) $(SHOW_COMMENT)

.PHONY: drift
drift: known-stack $(TOOLCHAIN) $(STACK_READY) ## fail if the cloud is no longer as the program left it
	@mkdir -p $(WHERE)
	@code=0; $(PREVIEW_JSON) --refresh --expect-no-changes >$(WHERE)/drift.json || code=$$?; \
		$(PYTHON) -m operations review --head $(WHERE)/drift.json $(SHOW_COMMENT)

.PHONY: doctor
doctor: known-stack $(TOOLCHAIN) ## what is wrong with the account before, or with a stack after its deployment; JSON=1
	@$(PYTHON) -m operations doctor --stack $(STACK) $(if $(JSON),--json)

.PHONY: smoke
smoke: known-stack $(TOOLCHAIN) ## prove layer by layer that a stack's Milvus answers
	@$(PYTHON) -m operations smoke --stack $(STACK) $(if $(JSON),--json)

.PHONY: status
status: known-stack $(TOOLCHAIN) ## alarms that are on, the canary, versions that end, cost against the estimate; JSON=1
	@$(PYTHON) -m operations status --stack $(STACK) $(if $(JSON),--json)

.PHONY: alarm-test
alarm-test: known-stack $(TOOLCHAIN) ## let CloudWatch send one alarm as a page and one as a mail, and say what became of them
	@$(PYTHON) -m operations alarm-test --stack $(STACK)

.PHONY: mute
mute: known-stack $(TOOLCHAIN) ## silence a stack's alarms for 30 minutes of maintenance, but not that Milvus is unreachable
	@$(PYTHON) -m operations mute --stack $(STACK)

.PHONY: unmute
unmute: known-stack $(TOOLCHAIN) ## end that silence now; alarms that are on tell it
	@$(PYTHON) -m operations mute --stack $(STACK) --end

.PHONY: outputs
outputs: known-stack $(TOOLCHAIN) ## the contract; FORMAT=json, env (for a shell's eval) or dotenv
	@$(PYTHON) -m operations outputs --stack $(STACK) --format "$${FORMAT:-json}"

.PHONY: grant
grant: known-stack $(TOOLCHAIN) ## DATABASE, LOGIN and ROLE (ro, rw, admin) for an application; prints its secret's ARN; ROTATE=1: its other user takes over, ROTATE=end: the former one goes
	@$(PYTHON) -m operations grant --stack $(STACK) --database "$$DATABASE" --user "$$LOGIN" --role "$$ROLE" \
		$(if $(ROTATE),--rotate "$$ROTATE")

.PHONY: upgrade
upgrade: known-stack $(TOOLCHAIN) ## Milvus to version TO, one role after the other: the plan; APPLY=1 does it, or goes on where it stopped
	@$(PYTHON) -m operations upgrade --stack $(STACK) --to "$$TO" $(if $(APPLY),--apply)

.PHONY: backup
backup: known-stack $(TOOLCHAIN) ## back up what a stack's Milvus holds, with a manifest by which a restore is proven
	@$(PYTHON) -m operations backup --stack $(STACK) $(if $(JSON),--json)

.PHONY: backups
backups: known-stack $(TOOLCHAIN) ## list a stack's backups: whole or damaged, and which were restored and proven
	@$(PYTHON) -m operations backups --stack $(STACK) $(if $(JSON),--json)

.PHONY: restore
restore: known-stack $(TOOLCHAIN) ## BACKUP, and prove it; INTO=_suffix or a database; ONLY, OVERWRITE="database.collection ..."; UNPROVEN=1: a backup without a manifest
	@$(PYTHON) -m operations restore --stack $(STACK) --backup "$$BACKUP" --into "$$INTO" --only "$$ONLY" \
		--overwrite "$$OVERWRITE" $(if $(UNPROVEN),--unproven) $(if $(JSON),--json)

.PHONY: drill
drill: known-stack $(TOOLCHAIN) ## restore one collection of the newest backup under a suffix, prove it, and drop it
	@$(PYTHON) -m operations drill --stack $(STACK) --backup "$$BACKUP" --only "$$ONLY" $(if $(JSON),--json)

.PHONY: recover
recover: known-stack up ## a new STACK from the newest backup in FROM, an old stack or s3://BUCKET: deploy, copy it, restore, compare
	@$(PYTHON) -m operations recover --stack $(STACK) --from "$$FROM" --backup "$$BACKUP" --only "$$ONLY" \
		--overwrite "$$OVERWRITE" $(if $(JSON),--json)

.PHONY: copy
copy: $(TOOLCHAIN) ## what stack FROM holds to stack TO, compared in the end; ONLY and OVERWRITE: "database.collection ..."
	@$(PYTHON) -m operations copy --from "$$FROM" --to "$$TO" --only "$$ONLY" --overwrite "$$OVERWRITE" $(if $(JSON),--json)

.PHONY: rag
rag: known-stack $(TOOLCHAIN) ## index FOLDER (examples/documents) in a running stack, and open a page to ask about it; ARGS="--port 8766"
	@PATH="$(CURDIR)/.tools/bin:$$PATH" RAG_STACK="stack:$(STACK)" \
		$(PYTHON) -m operations.shell module examples.rag_openai serve --open --index "$${FOLDER:-examples/documents}"

.PHONY: new
new: $(TOOLCHAIN) ## write Pulumi.STACK.yaml by asking; in scripts ARGS="--vectors 1e6 ..."
	@$(PYTHON) -m operations.shell module operations new --stack $(STACK)

.PHONY: estimate
estimate: known-stack $(TOOLCHAIN) ## size and price of a stack's settings, deployed or not
	@$(PYTHON) -m operations estimate --stack $(STACK) $(if $(JSON),--json)

.PHONY: rehearse
rehearse: known-stack $(TOOLCHAIN) ## preview, up, up again and destroy a stack against an emulated AWS; DATA_PLANE=1: on real Kafka, Milvus, S3; KUBERNETES=1: its objects before a real API server, CHARTS=folder: those of its charts, too
	@$(if $(and $(DATA_PLANE),$(KUBERNETES)),echo "error: either DATA_PLANE=1 or KUBERNETES=1" >&2; exit 1)
	@$(if $(KUBERNETES),,$(if $(CHARTS),echo "error: CHARTS has no effect without KUBERNETES=1" >&2; exit 1))
	@$(PYTHON) -m $(if $(DATA_PLANE),testbed,$(if $(KUBERNETES),testbed.kubernetes,rehearsal)) $(STACK)

.PHONY: rehearse-faults
rehearse-faults: known-stack $(TOOLCHAIN) ## then let every call fail once, and repair it by running it again: dev and prod, 10 minutes each
	@for stack in $(if $(GIVEN_STACK),$(STACK),dev prod); do \
		$(PYTHON) -m rehearsal $$stack --faults all || exit; \
	done

.PHONY: prices
prices: $(TOOLCHAIN) ## AWS' current prices for REGION into planning/pricing/prices.json, with your own credentials
	@$(PYTHON) -m operations.prices "$${REGION:-us-east-1}"

.PHONY: down
down: known-stack $(TOOLCHAIN) $(STACK_READY) ## delete what a stack made; a local stack keeps its data
	@$(PYTHON) -m operations destroyable --stack $(STACK)
	@$(ENGINE) destroy --stack $(STACK) $(DOWN)

.PHONY: sweep
sweep: known-stack $(TOOLCHAIN) ## what a stack left in its account, with its price; APPLY=1 deletes what is safe to delete
	@$(PYTHON) -m operations sweep --stack $(STACK) $(if $(JSON),--json) $(if $(APPLY),--apply)

.PHONY: report
report: known-stack $(TOOLCHAIN) ## settings, plan, events, logs of a stack as one file here, without secrets; sent nowhere
	@$(PYTHON) -m operations report --stack $(STACK)

.PHONY: pulumi
pulumi: known-stack $(TOOLCHAIN) ## the Pulumi CLI on a stack, as make runs it: ARGS="config get milvus-on-aws:tier"
	@$(PYTHON) -m operations.shell pulumi $(STACK)

.PHONY: shell
shell: known-stack $(TOOLCHAIN) ## a shell in which `pulumi` and `python` are this project's, set for a stack
	@$(PYTHON) -m operations.shell shell $(STACK)

.PHONY: size
size: $(TOOLCHAIN) ## size and price of any workload: ARGS="--vectors 5e7 --dim 768 --compare"; ARGS=--help
	@$(PYTHON) -m operations.shell module planning

PYTEST_OPTIONS := --numprocesses auto

.PHONY: test
test: $(TOOLCHAIN) ## all tests but the slowest, in eight minutes
	@$(PYTHON) -m pytest $(PYTEST_OPTIONS) -m "not slow"

.PHONY: test-all
test-all: test test-slow ## `make test`, then `make test-slow`

.PHONY: test-slow
test-slow: $(TOOLCHAIN) ## the slowest tests, in about 45 minutes (docs/testing.md)
	@! command -v go >/dev/null || $(PYTHON) tools/kubernetes/build.py
	@$(PYTHON) -m pytest $(PYTEST_OPTIONS) -m slow

.PHONY: test-python
test-python: OTHER := .tools/python-$(VERSION)
test-python: ## on VERSION=3.13, or another Python on PATH: the tests that start no engine
	@test -x $(OTHER)/bin/pytest || { python$(VERSION) -m venv --clear $(OTHER) && \
		$(OTHER)/bin/pip install --quiet --no-deps --requirement requirements.txt; }
	@$(OTHER)/bin/python -m pytest $(PYTEST_OPTIONS) -m "not slow and not engine"

.PHONY: check
check: $(TOOLCHAIN) $(if $(shell command -v go),$(ACTIONLINT)) ## formatting, lint, types, workflows
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m basedpyright
	@said=$$(.venv/bin/lint-imports --no-cache) || { echo "$$said"; exit 1; }
	@.venv/bin/zizmor --offline --quiet .github
	@if test -x $(ACTIONLINT); then $(ACTIONLINT); else \
		echo "actionlint left out: it is built from its Go module, and there is no Go"; fi

.PHONY: toolchain
toolchain: $(TOOLCHAIN) ## bring the packages and the Pulumi CLI into this folder, and do nothing else

.PHONY: docs
docs: $(TOOLCHAIN) ## write the pages that follow from the code
	@$(PYTHON) tools/docs.py

.PHONY: lock
lock: $(TOOLCHAIN) ## requirements.txt again from requirements.in
	@test -x .tools/uv/bin/uv || { python3 -m venv .tools/uv && .tools/uv/bin/pip install --quiet uv==0.13.9; }
	@.tools/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock (install it by: pip install --no-deps --requirement requirements.txt)" requirements.in --output-file requirements.txt

.PHONY: clean
clean: ## stop the local stacks and delete everything this Makefile made, their data included
	@for state in $(wildcard .local/state/.pulumi/stacks/milvus-on-aws/*.json); do \
		$(MAKE) --no-print-directory down STACK=$$(basename $$state .json) || exit; \
	done
	@test ! -x $(PYTHON) || PULUMI_HOME="$$PWD/.local/pulumi" $(PYTHON) -m operations.local
	@rm -rf .local .tools .venv .pytest_cache .ruff_cache .hypothesis

# Its package on PyPI holds no binary: it would download one from a forge.
$(ACTIONLINT): tools/actionlint/go.mod
	@cd tools/actionlint && go build -o $(CURDIR)/$@ github.com/rhysd/actionlint/cmd/actionlint

$(TOOLCHAIN): requirements.txt tools/bootstrap.py $(wildcard tools/pulumi/*)
	@for python in python3 python3.13 python3.12 python3.11; do \
		$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && exec $$python tools/bootstrap.py; \
	done; echo "error: no Python >= 3.11 on PATH: install one (python.org/downloads) and run again" >&2; exit 1
	@touch $@

.local/state/.pulumi/stacks/milvus-on-aws/%.json: | known-stack
	@mkdir -p .local/state
	@$(PULUMI) stack select --create $* >/dev/null
