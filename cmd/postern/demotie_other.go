//go:build !linux

package main

import "os/exec"

// beginTied and tie do nothing: only Linux ends a command with the program that has started it. Here a demonstration that is
// killed, and not interrupted, leaves its server.
func beginTied() (done func()) { return func() {} }

func tie(*exec.Cmd) {}
