# Postern: what a developer and the CI run. "make" alone lists the targets.
#
# Everything here needs Go and make. "make test" uses the race detector where a C compiler is found, and says so where
# none is. The versions of the checking tools are those of scripts/tools/go.mod.

export GOTOOLCHAIN := local
GO         ?= go
PKG        ?= ./...
TIMEOUT    ?= 15m
FUZZTIME   ?= 20s
BENCHTIME  ?= 1s
# How often a property is tried in one run of the tests; 1000 and more in a long run of your own.
RAPID      ?= 100
# How often each kind of fault is tried by "make faults".
RUNS       ?= 200
TOOL       := $(GO) tool -modfile=scripts/tools/go.mod
BUF        := $(GO) tool -modfile=scripts/tools/buf/go.mod buf

.DEFAULT_GOAL := help
.PHONY: help build demo test check fuzz bench faults generate contract clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

build: ## build bin/postern
	$(GO) build -trimpath -o bin/postern ./cmd/postern

demo: build ## build it and see a server do its main job, in a folder that is removed afterwards
	@bin/postern demo

test: ## vet the code and run every test; POSTERN_TEST_LONG=1 tries every variant exhaustively
	$(GO) mod download
	$(GO) vet $(PKG)
	GO="$(GO)" RAPID_CHECKS="$(RAPID)" scripts/test -vet=off -timeout $(TIMEOUT) $(PKG)

check: ## what must hold before a change lands: format, vet, staticcheck, ineffassign, import rules, known vulnerabilities
	GO="$(GO)" scripts/check

fuzz: ## run each fuzz target for FUZZTIME
	GO="$(GO)" FUZZTIME="$(FUZZTIME)" scripts/fuzz

bench: ## measure the server beside its baselines; BENCH=NAME measures a part and writes no report, ROUNDS=N fewer rounds, MICRO=1 adds Go's benchmarks
	MEASURE=1 $(GO) test -count=1 -timeout 3h -v -run '$(or $(BENCH),.)' ./cmd/bench $(if $(ROUNDS),-rounds $(ROUNDS)) $(if $(RELOADS),-reloads $(RELOADS)) $(if $(BENCH),,-write $(CURDIR)/docs) | grep --line-buffered -v '^=== '
	$(if $(MICRO),$(GO) test -run '^$$' -bench . -benchtime $(BENCHTIME) -benchmem $(PKG) | grep -v '^?\|no test files')

# One line for each part; each writes its own block of docs/reliability.md.
faults: ## kill, cut, fill, break and confuse the server, RUNS times for each kind, and take its power; writes the counts into docs/reliability.md
	POSTERN_TEST_LONG=1 FAULTS="$(RUNS)" $(GO) test -count=1 -timeout 3h -v ./cmd/postern/e2e/faults -write $(CURDIR)/docs/reliability.md
	POSTERN_TEST_LONG=1 $(GO) test -count=1 -timeout 3h -v ./cmd/postern/e2e/power -write $(CURDIR)/docs/reliability.md

generate: ## write everything anew that is made of something else: the contract's code, the SDKs' messages, parts of the documentation
	GO="$(GO)" scripts/generate
	$(GO) test ./cmd/internal/telemetry -run 'TestTheMetricsPage' -count=1 -update
	$(GO) test ./docs -run 'TestGenerated' -count=1 -update

contract: ## take the contract as it is now as what later ones must be compatible with
	$(BUF) build sdk/contract -o sdk/contract/image.binpb

clean: ## remove what was built
	rm -rf bin
