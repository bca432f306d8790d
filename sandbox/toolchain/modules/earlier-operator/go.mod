// Made by update-modules.ts.

module perch.invalid/toolchain/earlier-operator

go 1.26.0

require (
	github.com/prometheus-operator/prometheus-operator v0.92.1
)
