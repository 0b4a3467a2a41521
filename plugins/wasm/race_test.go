//go:build race

package wasm_test

// raceDetector keeps a shadow of all memory: what the process holds says nothing then.
const raceDetector = true
